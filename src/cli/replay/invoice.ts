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
  readonly error: LongmenError;
}

/**
 * What an invoice is, in this order: its number begins with C (cancellation) or A (adjustment of a
 * bad debt); its lines add up to nothing (stock entry); or it is a sale.
 */
export type InvoiceKind = "sale" | "cancellation" | "adjustment" | "stock";

export interface InvoiceLine extends Row {
  /** Its place in its invoice, from 1: with the invoice's number the line's own name. */
  readonly ordinal: number;
  /** Of a cancellation: the id of the earlier sale that it reverses, where there is one. */
  readonly reverses: string | undefined;
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
