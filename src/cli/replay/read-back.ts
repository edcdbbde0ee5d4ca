/** What the books themselves say, read back from their accounts. */
import type { AccountView, Book } from "../../client/index.ts";
import type { Booking } from "./book-invoices.ts";
import { accounts, incomeAccounts } from "./classify.ts";
import { MONEY } from "./names.ts";

export interface MoneyTotals {
  readonly grossMinor: bigint;
  /** As a positive amount. */
  readonly refundsMinor: bigint;
  readonly netMinor: bigint;
}

export interface BookedTotals extends MoneyTotals {
  /** The books hold invoices of other files, too; the totals are of this file's alone. */
  readonly othersThere: boolean;
}

const PAGE = 1_000;

/** The balances of all invoices in the book. */
export async function incomeOf(book: Book): Promise<MoneyTotals> {
  let grossMinor = 0n;
  let refundsMinor = 0n;
  for (const path of incomeAccounts) {
    const account = await book.account(path, MONEY);
    grossMinor += account?.balance.creditsPosted ?? 0n;
    refundsMinor += account?.balance.debitsPosted ?? 0n;
  }
  return { grossMinor, refundsMinor, netMinor: grossMinor - refundsMinor };
}

/**
 * What the book holds of one file. Mostly that is all it holds, and its balances are the answer.
 * Where they are not what the file adds up to but for what was left out of it, other files were booked as well; then the amounts
 * count that the ledger answered as recorded, transfer by transfer, for this file's own.
 */
export async function readBack(
  book: Book,
  { answered, leftOut }: Pick<Booking, "answered" | "leftOut">,
  fromFile: MoneyTotals,
): Promise<BookedTotals> {
  const all = await incomeOf(book);
  const { grossMinor, refundsMinor } = answered;
  const isAll = all.grossMinor === grossMinor && all.refundsMinor === refundsMinor;
  // Less than what was answered can't be: then the balances are wrong, and must be what is shown.
  const isLess = all.grossMinor < grossMinor || all.refundsMinor < refundsMinor;
  if (
    isAll ||
    isLess ||
    (all.grossMinor + leftOut.grossMinor === fromFile.grossMinor &&
      all.refundsMinor + leftOut.refundsMinor === fromFile.refundsMinor)
  ) {
    return { ...all, othersThere: false };
  }
  return { grossMinor, refundsMinor, netMinor: grossMinor - refundsMinor, othersThere: true };
}

/** Whoever can tell an account: a book over the API, or the ledger's own. */
export interface Accounts {
  account(path: string, asset: string): Promise<AccountView | undefined>;
}

/** One account as the report and the status page show it. */
export interface ShownAccount {
  readonly path: string;
  readonly asset: string;
  readonly availableMinor: bigint;
}

/** The money accounts of the shop itself, with what all customers together owe. */
export async function shopAccounts(book: Accounts): Promise<readonly ShownAccount[]> {
  const shown: ShownAccount[] = [];
  for (const path of [accounts.bank, ...incomeAccounts]) {
    const account = await book.account(path, MONEY);
    if (account === undefined) continue;
    shown.push({ path, asset: MONEY, availableMinor: account.available });
  }
  return shown;
}

/** What customers and walk-ins owe, all together: payments settle every invoice but adjustments. */
export async function owedByCustomers(book: Book): Promise<bigint> {
  let owedMinor = (await book.account("walk-in", MONEY))?.available ?? 0n;
  const customers = book.accounts({ prefix: "customer", asset: MONEY }, { limit: PAGE });
  for await (const { available } of customers) owedMinor += available;
  return owedMinor;
}
