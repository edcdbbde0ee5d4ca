/** What a file of invoices says, once its text is understood. */
import type { Instant, LongmenError } from "../../base/index.ts";

/** One row of the file, read by itself. */
export interface Row {
  /** Where it stands in the file, the header being line 1. */
  readonly lineNumber: number;
  readonly invoice: string;
  /** As written: `85123a` and `85123A` are two codes. */
  readonly code: string;
  readonly quantity: bigint;
  /** Pounds, as text. */
  readonly unitPrice: string;
  /** Quantity times price in pence, a half rounded away from zero. */
  readonly amountMinor: bigint;
  readonly at: Instant;
  /** Empty for a walk-in. */
  readonly customer: string;
  /** What the goods are called, where the file says so. */
  readonly description?: string | undefined;
}

/** What can be read of a row: of a malformed one, the fields that are sound by themselves. */
export interface RowParts {
  readonly lineNumber: number;
  readonly invoice?: string | undefined;
  readonly code?: string | undefined;
  readonly quantity?: bigint | undefined;
  readonly unitPrice?: string | undefined;
  readonly customer?: string | undefined;
}

/** A row that could not be read. It spoils its invoice, where that much could be read. */
export interface RowFault {
  readonly lineNumber: number;
  readonly invoice: string | undefined;
  readonly parts: RowParts;
  readonly error: Pick<LongmenError, "code" | "message">;
}

/**
 * What an invoice is, in this order: its number begins with C (cancellation) or A (adjustment of a
 * bad debt); its lines add up to nothing (stock entry); or it is a sale.
 */
export type InvoiceKind = "sale" | "cancellation" | "adjustment" | "stock";

/** Where a line that sells something stands among the orders. */
export interface OrderPlace {
  readonly order: string;
  /** From 0. */
  readonly line: number;
}

/** Units of an earlier sale that a cancelled line brings back, and what was paid for them. */
export interface Taken extends OrderPlace {
  readonly quantity: bigint;
  readonly amountMinor: bigint;
}

export interface InvoiceLine extends Row {
  /** Its place in its invoice, from 1: with the invoice's number the line's own name. */
  readonly ordinal: number;
  /** Of a cancellation: the id of the earlier sale that it reverses, where there is one. */
  readonly reverses: string | undefined;
  /** Of a line that sells something. */
  readonly sold?: OrderPlace | undefined;
  /** Of a cancellation: from which sales its units come back, as far as there are any. */
  readonly taken?: readonly Taken[] | undefined;
  /** Of a cancellation: the malformed line that must be mended before that can be told. */
  readonly waitsFor?: number | undefined;
}

/** An invoice with all its lines, in the order of the file. */
export interface Invoice {
  readonly number: string;
  readonly kind: InvoiceKind;
  readonly lines: readonly InvoiceLine[];
  /** The malformed line that must be mended first: until then it can't be told what this one is. */
  readonly waitsFor?: number | undefined;
}

/** Which kind an invoice is, by its number and what its lines add up to. */
export function kindOfInvoice(number: string, totalMinor: bigint): InvoiceKind {
  if (number.startsWith("C")) return "cancellation";
  if (number.startsWith("A")) return "adjustment";
  return totalMinor === 0n ? "stock" : "sale";
}

/** Does the line sell something for nothing or more? Then it is a line of an order. */
export function isSold(kind: InvoiceKind, { quantity, unitPrice }: Row): boolean {
  const sells = kind === "sale" || kind === "cancellation";
  return sells && quantity > 0n && !unitPrice.startsWith("-");
}
