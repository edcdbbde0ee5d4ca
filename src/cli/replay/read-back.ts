/** What the books themselves say, read back from their accounts: never from a counter of ours. */
import type { Book, Entry } from "../../ledger/index.ts";
import { accounts } from "./classify.ts";
import { invoiceId, MONEY } from "./names.ts";
import type { Survey } from "./survey-file.ts";

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

/** Where income stands. What they were credited is gross, what they were debited was taken back. */
const incomeAccounts = [accounts.revenue, accounts.returnsBeforeSample, accounts.badDebt] as const;

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
 * What the book holds of one file. Mostly that is all it holds, and its balances are the answer;
 * where they are not what the file adds up to, other files were booked as well, and the journal of
 * the income accounts is added up for this file's invoices.
 */
export async function readBack(
  book: Book,
  survey: Survey,
  fileTotals: MoneyTotals,
): Promise<BookedTotals> {
  const all = await incomeOf(book);
  if (all.grossMinor === fileTotals.grossMinor && all.netMinor === fileTotals.netMinor) {
    return { ...all, othersThere: false };
  }
  const mine = new Set<string>();
  for (const [number, { spoilt }] of survey.invoices) if (!spoilt) mine.add(invoiceId(number));
  const ours = await addUpJournal(book, mine);
  const othersThere = ours.grossMinor !== all.grossMinor || ours.netMinor !== all.netMinor;
  return { ...ours, othersThere };
}

async function addUpJournal(book: Book, mine: ReadonlySet<string>): Promise<MoneyTotals> {
  let grossMinor = 0n;
  let refundsMinor = 0n;
  for (const path of incomeAccounts) {
    for await (const entry of entriesOf(book, path)) {
      if (entry.amount === undefined || !mine.has(invoiceOfId(entry.id))) continue;
      if (entry.credit === path) grossMinor += entry.amount;
      else if (entry.debit === path) refundsMinor += entry.amount;
    }
  }
  return { grossMinor, refundsMinor, netMinor: grossMinor - refundsMinor };
}

/** No invoice's id has a slash in it; what follows the first is the line's. */
function invoiceOfId(id: string): string {
  const slash = id.indexOf("/");
  return slash < 0 ? id : id.slice(0, slash);
}

async function* entriesOf(book: Book, path: string): AsyncGenerator<Entry> {
  if ((await book.account(path, MONEY)) === undefined) return;
  let cursor: string | undefined;
  do {
    const filter = { account: { path, asset: MONEY } };
    const page = await book.history(filter, { limit: PAGE, order: "oldest", cursor });
    for (const entry of page.items) if (entry.kind === "transfer") yield entry;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** One account as the report and the status page show it. */
export interface ShownAccount {
  readonly path: string;
  readonly asset: string;
  readonly availableMinor: bigint;
}

/** The money accounts of the shop itself, with what all customers together owe. */
export async function shopAccounts(book: Book): Promise<readonly ShownAccount[]> {
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
  let cursor: string | undefined;
  do {
    const page = await book.accounts({ prefix: "customer", asset: MONEY }, { limit: PAGE, cursor });
    for (const account of page.items) owedMinor += account.available;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return owedMinor;
}
