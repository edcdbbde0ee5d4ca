/**
 * What a line of an invoice is in the shop: a line of an order, units that come back to one, or what no order
 * can say and a posting has to. Pure rules, one table of cases beside them (classify.test.ts); the guide,
 * docs/guides/online-retail.md, says them in prose.
 */
import { multiplyRounded } from "../../base/index.ts";
import { type Invoice, type InvoiceLine, isSold } from "./invoice.ts";
import { companyOf } from "./names.ts";

/** What a line is. The numbers stand in the books as the postings' `code`, and never change. */
export const lineCodes = {
  /** Goods or a service sold. */
  sale: 1,
  /** A cancelled line whose sale is known; the posting's reference names it. */
  return: 2,
  /** A cancelled line whose sale is not in the file: it was before the sample begins. */
  return_before_sample: 3,
  /** Goods found, lost, broken, given away: nobody was asked for money. */
  stock_entry: 4,
  /** A debt that is written off, or taken back on the books. */
  adjustment: 5,
} as const;
export type LineKind = keyof typeof lineCodes;

/** Accounts beside those of orders and payments (src/order/accounts.ts). */
export const accounts = {
  stock: "shop/stock",
  counted: "shop/stock-take",
  /** Cancellations of sales that are not in the file. */
  beforeSample: "returns/before-sample",
  /** What a return came to beside what its sale had cost: another price, more units than were sold. */
  corrections: "returns/corrections",
  /** Lines below zero on a sale, and money on stock entries. */
  allowances: "allowances",
  badDebt: "bad-debt",
} as const;

/** What else than orders earns or takes back. Credited: charged; debited: given. */
export const postedIncome: readonly string[] = [
  accounts.beforeSample,
  accounts.corrections,
  accounts.allowances,
  accounts.badDebt,
];

/** The till: walk-ins pay there and are paid back from it. */
export const CASH = "shop/cash";

/** Where postings stand that a customer owes or is owed beside the orders; of walk-ins, of debts. */
export function correctionsPath(customer: string): string {
  return customer === "" ? "walk-in/corrections" : `company/${companyOf(customer)}/corrections`;
}

/** What leaves one account for another, as orders and payments say it: debit gives, credit gets. */
export interface Move {
  readonly debit: string;
  readonly credit: string;
  readonly amount: bigint;
}

export interface Classified {
  readonly kind: LineKind;
  /** Undefined: a line of an order. Zero moves, too: so each line that is none stands in the journal. */
  readonly money: Move | undefined;
  /** Pieces of the line's code that move beside any order. */
  readonly goods: Move | undefined;
}

/** Postage, discounts, fees and the like: they cost money and lie on no shelf. Case matters. */
export const unstockedCodes: ReadonlySet<string> = new Set([
  "AMAZONFEE", // what a marketplace takes
  "B", // bad debt
  "BANK CHARGES",
  "C2", // carriage
  "CRUK", // commission given to a charity
  "D", // discount
  "DOT", // postage of the web shop
  "M", // manual: written by hand
  "POST",
  "S", // samples
  "m", // manual, as somebody else wrote it
]);

/** Says what a line is and what it moves beside orders and their refunds. */
export function classify(invoice: Pick<Invoice, "kind">, line: InvoiceLine): Classified {
  const kind = kindOfLine(invoice, line);
  if (isSold(invoice.kind, line)) return { kind, money: undefined, goods: undefined };
  return { kind, money: moneyOf(kind, line), goods: goodsOf(kind, line) };
}

function kindOfLine(invoice: Pick<Invoice, "kind">, line: InvoiceLine): LineKind {
  switch (invoice.kind) {
    case "adjustment":
      return "adjustment";
    case "cancellation":
      // A line of a cancellation that takes nothing back sells something.
      if (line.quantity >= 0n) return "sale";
      return line.reverses === undefined ? "return_before_sample" : "return";
    case "stock":
      return "stock_entry";
    case "sale":
      return line.quantity < 0n ? "stock_entry" : "sale";
  }
}

/** The customer owes what is above zero; what is below is given to the customer. */
function moneyOf(kind: LineKind, line: InvoiceLine): Move {
  const income = incomeOf(kind, line);
  // Walk-ins are paid back in cash; an adjustment moves no money.
  const isCash = line.customer === "" && kind !== "adjustment";
  const customer = isCash ? CASH : correctionsPath(line.customer);
  // What orders give back of it is none of ours.
  const given = (line.taken ?? []).reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const amountMinor = line.amountMinor + given;
  return amountMinor >= 0n
    ? { debit: customer, credit: income, amount: amountMinor }
    : { debit: income, credit: customer, amount: -amountMinor };
}

function incomeOf(kind: LineKind, { amountMinor }: InvoiceLine): string {
  switch (kind) {
    case "return_before_sample":
      return accounts.beforeSample;
    case "adjustment":
      return accounts.badDebt;
    case "return":
      return amountMinor > 0n ? accounts.allowances : accounts.corrections;
    default:
      return accounts.allowances;
  }
}

function goodsOf(kind: LineKind, line: InvoiceLine): Move | undefined {
  if (kind === "adjustment" || unstockedCodes.has(line.code)) return undefined;
  const { stock, counted, beforeSample } = accounts;
  const comesBack = kind === "return" || kind === "return_before_sample";
  const taken = (line.taken ?? []).reduce((sum, { quantity }) => sum + quantity, 0n);
  const pieces = (line.quantity < 0n ? -line.quantity : line.quantity) - taken;
  if (pieces === 0n) return undefined;
  if (comesBack) return { debit: beforeSample, credit: stock, amount: pieces };
  // Goods that are sold below zero are given away: they leave the shelf like lost ones.
  const isFound = kind === "stock_entry" && line.quantity > 0n;
  return isFound
    ? { debit: counted, credit: stock, amount: pieces }
    : { debit: stock, credit: counted, amount: pieces };
}

/** A unit's price in whole pence for so many units: 0.125 pounds are 125 pence for 10. */
export function agreedPrice(unitPrice: string): { amount: bigint; per: bigint } {
  const [whole = "", decimals = ""] = unitPrice.split(".");
  const kept = decimals.replace(/0+$/, "").padEnd(2, "0");
  return { amount: BigInt(whole + kept), per: 10n ** BigInt(kept.length - 2) };
}

/** What that many units come to, as the file counts. */
export const lineAmount = (quantity: bigint, unitPrice: string): bigint =>
  multiplyRounded(quantity, unitPrice, 2);
