/**
 * An invoice as chains of transfers. A line `536365/1` is:
 *
 *     536365/1/delivery   supplier   → shop/stock   what the line takes off the shelf, no more
 *     536365/1/goods      shop/stock → shop/sold
 *     536365/1            customer owes revenue     always there, 0.00 for what costs nothing
 *
 * and at the end `536365/payment` moves what the invoice adds up to between customer and bank. Each
 * chain follows from its invoice alone (and, for a cancellation, from the sale that it reverses),
 * never from what happened to be on the shelf: so a file that was mended and is booked again meets
 * the same chains in the books, and the order of arrival can't refuse anything.
 */
import { CHAIN_MAX, type Chain, type PostedTransfer } from "../../ledger/index.ts";
import {
  accounts,
  classify,
  DELIVERY_CODE,
  lineCodes,
  type LineKind,
  type Move,
  PAYMENT_CODE,
} from "./classify.ts";
import type { Invoice, InvoiceLine } from "./invoice.ts";
import { customerPath, invoiceId, MONEY, stockAsset } from "./names.ts";
import { lineId } from "./read-invoices.ts";

/** A chain of nothing but posted transfers. */
export interface TransferChain extends Chain {
  readonly requests: readonly PostedTransfer[];
}

/** All that one invoice is in the books. */
export interface InvoiceChains {
  /** One, or more where the invoice is too long for one. Together they are the invoice. */
  readonly chains: readonly TransferChain[];
  readonly transferCount: number;
  readonly lineKinds: readonly LineKind[];
}

/** Turns an invoice into its chains, accounts not yet opened (see openings.ts). */
export function invoiceChains(invoice: Invoice, chainMax: number = CHAIN_MAX): InvoiceChains {
  const groups: PostedTransfer[][] = [];
  const lineKinds: LineKind[] = [];
  const owed = new Map<string, bigint>();
  for (const line of invoice.lines) {
    const { transfers, kind } = lineTransfers(invoice, line);
    groups.push(transfers);
    lineKinds.push(kind);
    const customer = customerPath(line.customer);
    owed.set(customer, (owed.get(customer) ?? 0n) + line.amountMinor);
  }
  groups.push(...paymentsOf(invoice, owed).map((payment) => [payment]));
  const chains = cutIntoChains(invoiceId(invoice.number), groups, chainMax);
  const transferCount = chains.reduce((sum, chain) => sum + chain.requests.length, 0);
  return { chains, transferCount, lineKinds };
}

function lineTransfers(
  invoice: Invoice,
  line: InvoiceLine,
): { transfers: PostedTransfer[]; kind: LineKind } {
  const id = lineId(invoice.number, line.ordinal);
  const { kind, money, goods } = classify(invoice, line);
  const told = { code: lineCodes[kind], reference: line.reverses, effectiveAt: line.at };
  const transfers: PostedTransfer[] = [];
  if (goods !== undefined) {
    const asset = stockAsset(line.code);
    if (goods.credit === accounts.stock) transfers.push(deliveryOf(id, asset, goods, line));
    transfers.push({ id: `${id}/goods`, asset, ...goods, ...told });
  }
  transfers.push({ id, asset: MONEY, ...money, ...told });
  return { transfers, kind };
}

function deliveryOf(id: string, asset: string, goods: Move, line: InvoiceLine): PostedTransfer {
  return {
    id: `${id}/delivery`,
    asset,
    debit: accounts.stock,
    credit: accounts.supplier,
    amount: goods.amount,
    code: DELIVERY_CODE,
    effectiveAt: line.at,
  };
}

/** Sales are paid and cancellations paid back at once, by bank; an adjustment moves no money. */
function paymentsOf(invoice: Invoice, owed: ReadonlyMap<string, bigint>): PostedTransfer[] {
  const last = invoice.lines.at(-1);
  if (invoice.kind === "adjustment" || last === undefined) return [];
  const open = [...owed].filter(([, minor]) => minor !== 0n);
  return open.map(([customer, minor], index) => ({
    id: `${invoiceId(invoice.number)}/payment${index === 0 ? "" : `/${index + 1}`}`,
    asset: MONEY,
    ...(minor > 0n
      ? { debit: accounts.bank, credit: customer, amount: minor }
      : { debit: customer, credit: accounts.bank, amount: -minor }),
    code: PAYMENT_CODE,
    effectiveAt: last.at,
  }));
}

/** Cuts between lines, never inside one. `536365`, then `536365#2`, … */
function cutIntoChains(
  id: string,
  groups: readonly PostedTransfer[][],
  chainMax: number,
): TransferChain[] {
  const parts: PostedTransfer[][] = [];
  let part: PostedTransfer[] = [];
  for (const group of groups) {
    if (part.length > 0 && part.length + group.length > chainMax) {
      parts.push(part);
      part = [];
    }
    part.push(...group);
  }
  if (part.length > 0) parts.push(part);
  return parts.map((requests, index) => ({
    chain: index === 0 ? id : `${id}#${index + 1}`,
    requests,
  }));
}

/**
 * Takes back a chain that was booked, where a later chain of its invoice was refused: all of an
 * invoice or nothing. Its transfers run the other way, last first, each naming the one it undoes.
 */
export function undoChain(chain: TransferChain): TransferChain {
  return {
    chain: `${chain.chain}/undo`,
    requests: chain.requests.toReversed().map((one) => ({
      ...one,
      id: `${one.id}/undo`,
      debit: one.credit,
      credit: one.debit,
      reference: one.id,
    })),
  };
}
