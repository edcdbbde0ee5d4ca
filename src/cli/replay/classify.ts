/**
 * What a line of an invoice means for the books: which goods move, and which money. Pure rules, one
 * table of cases beside them (classify.test.ts); the guide, docs/guides/online-retail.md, says them
 * in prose.
 */
import type { Invoice, InvoiceLine } from "./invoice.ts";
import { customerPath } from "./names.ts";

/** What a line is. The numbers stand in the books as the transfers' `code`, and never change. */
export const lineCodes = {
  /** Goods or a service sold. */
  sale: 1,
  /** A cancelled line whose sale is known; the transfer's reference names it. */
  return: 2,
  /** A cancelled line whose sale is not in the file: it was before the sample begins. */
  return_before_sample: 3,
  /** Goods found, lost, broken, given away: nobody was asked for money. */
  stock_entry: 4,
  /** A debt that is written off, or taken back on the books. */
  adjustment: 5,
} as const;
export type LineKind = keyof typeof lineCodes;

/** Goods arriving from the supplier, and an invoice being settled, belong to no line's kind. */
export const DELIVERY_CODE = 6;
export const PAYMENT_CODE = 7;

/** The accounts of the shop. Customers have theirs under `customer/`, or are the walk-in. */
export const accounts = {
  stock: "shop/stock",
  sold: "shop/sold",
  counted: "shop/stock-take",
  supplier: "supplier",
  revenue: "revenue",
  returnsBeforeSample: "returns/before-sample",
  badDebt: "bad-debt",
  bank: "bank",
} as const;

/** Where income stands: what these are credited was sold, what they are debited was taken back. */
export const incomeAccounts: readonly string[] = [
  accounts.revenue,
  accounts.returnsBeforeSample,
  accounts.badDebt,
];

export function isIncome(path: string | undefined): boolean {
  return path !== undefined && incomeAccounts.includes(path);
}

/** From one account to another: `debit` receives, `credit` gives. Never below zero. */
export interface Move {
  readonly debit: string;
  readonly credit: string;
  readonly amount: bigint;
}

export interface Classified {
  readonly kind: LineKind;
  readonly money: Move;
  /** Pieces of the line's code, where the line is about goods that are kept in stock. */
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

/** Says what a line is and what it moves. */
export function classify(invoice: Invoice, line: InvoiceLine): Classified {
  const kind = kindOfLine(invoice, line);
  return { kind, money: moneyOf(kind, line), goods: goodsOf(kind, line) };
}

function kindOfLine(invoice: Invoice, line: InvoiceLine): LineKind {
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

/** The customer owes what the line costs; where that is below zero, the other way round. */
function moneyOf(kind: LineKind, line: InvoiceLine): Move {
  const customer = customerPath(line.customer);
  const income = incomeOf(kind);
  return line.amountMinor >= 0n
    ? { debit: customer, credit: income, amount: line.amountMinor }
    : { debit: income, credit: customer, amount: -line.amountMinor };
}

function incomeOf(kind: LineKind): string {
  if (kind === "return_before_sample") return accounts.returnsBeforeSample;
  return kind === "adjustment" ? accounts.badDebt : accounts.revenue;
}

function goodsOf(kind: LineKind, line: InvoiceLine): Move | undefined {
  if (line.quantity === 0n || unstockedCodes.has(line.code)) return undefined;
  const amount = line.quantity < 0n ? -line.quantity : line.quantity;
  const { stock } = accounts;
  switch (kind) {
    case "adjustment":
      return undefined;
    case "sale":
      return { debit: accounts.sold, credit: stock, amount };
    case "return":
      return { debit: stock, credit: accounts.sold, amount };
    case "return_before_sample":
      return { debit: stock, credit: accounts.returnsBeforeSample, amount };
    case "stock_entry":
      return line.quantity > 0n
        ? { debit: stock, credit: accounts.counted, amount }
        : { debit: accounts.counted, credit: stock, amount };
  }
}
