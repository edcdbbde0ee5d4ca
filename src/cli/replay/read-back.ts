/** What the books themselves say, read back from their accounts. */
import type { AccountView, Book } from "../../client/index.ts";
import { accounts, CASH, postedIncome } from "./classify.ts";
import { MONEY } from "./names.ts";
import type { Booking } from "./sell-invoices.ts";

export interface MoneyTotals {
  readonly grossMinor: bigint;
  /** As a positive amount. */
  readonly refundsMinor: bigint;
  readonly netMinor: bigint;
}

export interface BookedTotals extends MoneyTotals {
  /** The books hold sales of other files, or of other people, too; the totals are of this file's alone. */
  readonly othersThere: boolean;
}

const PAGE = 1_000;
const REVENUE = "shop/revenue";
/** Where money goes back beside goods: what these were debited less what they were credited was given. */
const givenBeside: readonly string[] = ["shop/goodwill", accounts.corrections];
const earning: readonly string[] = [
  REVENUE,
  ...postedIncome.filter((path) => path !== accounts.corrections),
];

/** The balances of all that was sold and given back in the book. */
export async function incomeOf(book: Book): Promise<MoneyTotals> {
  let grossMinor = 0n;
  let refundsMinor = 0n;
  for (const path of earning) {
    const account = await book.account(path, MONEY);
    grossMinor += account?.balance.creditsPosted ?? 0n;
    refundsMinor += account?.balance.debitsPosted ?? 0n;
  }
  for (const path of givenBeside) {
    const account = await book.account(path, MONEY);
    refundsMinor += account?.balance.debitsPosted ?? 0n;
    refundsMinor -= account?.balance.creditsPosted ?? 0n;
  }
  return { grossMinor, refundsMinor, netMinor: grossMinor - refundsMinor };
}

/**
 * What the book holds of one file. Mostly that is all it holds, and its balances are the answer.
 * Where they are not what the file adds up to but for what was left out of it, others sold there as well; then the
 * amounts count that were answered as recorded for this file's own.
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

/** The money accounts of the shop itself. */
export async function shopAccounts(book: Accounts): Promise<readonly ShownAccount[]> {
  const shown: ShownAccount[] = [];
  for (const path of [CASH, "shop/unearned", ...earning, ...givenBeside]) {
    const account = await book.account(path, MONEY);
    if (account === undefined) continue;
    shown.push({ path, asset: MONEY, availableMinor: account.available });
  }
  return shown;
}

/** What customers owe all together: what they bought on credit, less what went back to them. */
export async function owedByCustomers(book: Book): Promise<bigint> {
  let owedMinor = owedOn(await book.account("walk-in/corrections", MONEY));
  const companies = book.accounts({ prefix: "company", asset: MONEY }, { limit: PAGE });
  for await (const account of companies) owedMinor += owedOn(account);
  return owedMinor;
}

function owedOn(account: AccountView | undefined): bigint {
  if (account === undefined) return 0n;
  return account.balance.debitsPosted - account.balance.creditsPosted;
}
