/**
 * What an invoice becomes in the shop: orders of what it sells, refunds of what it brings back, and one chain of
 * postings for whatever no order can say. All keys follow from its number, and all that they stand for
 * from its rows and the sales they reverse: so a file that was mended and is sold again meets the same in the books.
 *
 * A cancelled line `C536379/1` always has a posting, mostly of zero: its reference names the sale that it reverses, its
 * metadata what of which order comes back. So the books refuse to take it back twice, however it is read later.
 */
import { hash } from "node:crypto";
import { toRfc3339 } from "../../base/index.ts";
import { CHAIN_MAX, type Chain, type PostedTransfer } from "../../ledger/index.ts";
import { agreedPrice, classify, lineCodes, type LineKind, unstockedCodes } from "./classify.ts";
import type { Invoice, InvoiceLine } from "./invoice.ts";
import { companyOf, invoiceId, MONEY, refundKey, skuOf, stockAsset, WALK_IN } from "./names.ts";
import { lineId } from "./read-invoices.ts";

/** A chain of nothing but posted transfers. */
export interface TransferChain extends Chain {
  readonly requests: readonly PostedTransfer[];
}

export interface PlannedLine {
  readonly sku: string;
  readonly quantity: bigint;
  /** The invoice's own price, and on which invoice it stands. */
  readonly agreed: { readonly amount: bigint; readonly per: bigint; readonly reason: string };
}

/** What one buyer bought. */
export interface PlannedOrder {
  /** Its key is the first of these that is free; more than one only where it ended unpaid. */
  readonly order: string;
  readonly buyer: string;
  /** Whose credit pays; undefined: cash. */
  readonly company: string | undefined;
  /** By what it says: another content has another quote, and so the order is refused. */
  readonly quote: string;
  readonly lines: readonly PlannedLine[];
  readonly totalMinor: bigint;
  /** How many transfers placing, paying and delivering it takes. */
  readonly transferCount: number;
}

/** What comes back of one order. */
export interface PlannedRefund {
  readonly refund: string;
  readonly order: string;
  readonly lines: readonly { readonly line: number; readonly quantity: bigint }[];
  /** What whoever paid gets back. */
  readonly amountMinor: bigint;
  readonly reason: string;
  readonly transferCount: number;
}

/** All that one invoice is in the shop. */
export interface InvoicePlan {
  readonly orders: readonly PlannedOrder[];
  /** Mostly none or one, more where the invoice is too long for one. */
  readonly chains: readonly TransferChain[];
  readonly refunds: readonly PlannedRefund[];
  readonly transferCount: number;
  readonly lineKinds: readonly LineKind[];
}

/** Turns an invoice into what is done for it, accounts not yet opened (see openings.ts). */
export function invoicePlan(invoice: Invoice, chainMax: number = CHAIN_MAX): InvoicePlan {
  const groups: PostedTransfer[][] = [];
  const lineKinds: LineKind[] = [];
  for (const line of invoice.lines) {
    const { transfers, kind } = postingsOf(invoice, line);
    lineKinds.push(kind);
    if (transfers.length > 0) groups.push(transfers);
  }
  const chains = cutIntoChains(invoiceId(invoice.number), groups, chainMax);
  const orders = ordersOf(invoice);
  const refunds = refundsOf(invoice);
  const posted = chains.reduce((sum, { requests }) => sum + requests.length, 0);
  const transferCount = [...orders, ...refunds].reduce(
    (sum, one) => sum + one.transferCount,
    posted,
  );
  return { orders, chains, refunds, transferCount, lineKinds };
}

function ordersOf({ number, lines }: Invoice): PlannedOrder[] {
  const byOrder = new Map<string, InvoiceLine[]>();
  for (const line of lines) {
    if (line.sold === undefined) continue;
    const own = byOrder.get(line.sold.order);
    if (own === undefined) byOrder.set(line.sold.order, [line]);
    else own.push(line);
  }
  return Array.from(byOrder, ([order, own]) => orderOf(number, order, own));
}

function orderOf(number: string, order: string, lines: readonly InvoiceLine[]): PlannedOrder {
  const [{ customer, at } = { customer: "", at: 0 }] = lines;
  const reason = `invoice ${number.slice(0, 40)} of ${timeText(at)}`;
  let totalMinor = 0n;
  let stocked = 0;
  const planned = lines.map(({ code, quantity, unitPrice, amountMinor }) => {
    totalMinor += amountMinor;
    if (!unstockedCodes.has(code)) stocked += 1;
    return { sku: skuOf(code), quantity, agreed: { ...agreedPrice(unitPrice), reason } };
  });
  const company = customer === "" ? undefined : companyOf(customer);
  const money = totalMinor === 0n ? 0 : 1;
  return {
    order,
    buyer: company ?? WALK_IN,
    company,
    quote: `${order}:${digestOf(customer, lines)}`,
    lines: planned,
    totalMinor,
    // Placed, paid, delivered: an act that moves nothing posts zero, and paying what holds nothing, too.
    transferCount: 2 * Math.max(1, stocked) + money + Math.max(1, stocked + money),
  };
}

/** Everything that the file says of them. */
function digestOf(customer: string, lines: readonly InvoiceLine[]): string {
  const said = lines.map(({ code, quantity, unitPrice, at }) => [
    code,
    String(quantity),
    unitPrice,
    at,
  ]);
  return hash("sha256", JSON.stringify([customer, said]), "hex").slice(0, 16);
}

function timeText(at: number): string {
  return toRfc3339(at).slice(0, 16).replace("T", " ");
}

interface ComingBack {
  readonly quantity: bigint;
  readonly money: bigint;
  readonly goods: boolean;
}

function refundsOf({ number, lines }: Invoice): PlannedRefund[] {
  const byOrder = new Map<string, Map<number, ComingBack>>();
  for (const { taken = [], code } of lines) {
    for (const { order, line, quantity, amountMinor } of taken) {
      let back = byOrder.get(order);
      if (back === undefined) byOrder.set(order, (back = new Map<number, ComingBack>()));
      const before = back.get(line) ?? { quantity: 0n, money: 0n };
      back.set(line, {
        quantity: before.quantity + quantity,
        money: before.money + amountMinor,
        goods: !unstockedCodes.has(code),
      });
    }
  }
  return Array.from(byOrder, ([order, back]) => {
    const goods = [...back.values()].filter((one) => one.goods).length;
    const amountMinor = [...back.values()].reduce((sum, { money }) => sum + money, 0n);
    return {
      refund: refundKey(number, order),
      order,
      lines: Array.from(back, ([line, { quantity }]) => ({ line, quantity })),
      amountMinor,
      reason: `invoice ${number.slice(0, 40)}`,
      transferCount: Math.max(1, goods + (amountMinor > 0n ? 1 : 0)),
    };
  });
}

function postingsOf(
  invoice: Invoice,
  line: InvoiceLine,
): { transfers: PostedTransfer[]; kind: LineKind } {
  const { kind, money, goods } = classify(invoice, line);
  if (money === undefined) return { transfers: [], kind };
  const id = lineId(invoice.number, line.ordinal);
  const told = { code: lineCodes[kind], reference: line.reverses, effectiveAt: line.at };
  const taken = (line.taken ?? []).map(({ order, line: of, quantity }) => [
    order,
    of,
    Number(quantity),
  ]);
  const metadata = taken.length === 0 ? undefined : JSON.stringify({ refunds: taken });
  const transfers: PostedTransfer[] = [];
  if (goods !== undefined) {
    transfers.push({ id: `${id}/goods`, asset: stockAsset(line.code), ...goods, ...told });
  }
  transfers.push({ id, asset: MONEY, ...money, ...told, metadata });
  return { transfers, kind };
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
 * Takes back a chain that was booked, where the rest of its invoice was refused: all of an invoice or nothing.
 * Its transfers run the other way, last first, each naming the one it undoes.
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
