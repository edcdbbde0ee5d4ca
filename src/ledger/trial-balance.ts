import type { TrialBalance } from "./book.ts";
import { head } from "./head.ts";
import type { Reader } from "./reader.ts";
import { sumAccounts } from "./reading.sql.ts";

/** How many accounts one statement sums: its snapshot stays short however large the book is. */
const ACCOUNTS_PER_STATEMENT = 10_000;

/**
 * The sums of all accounts per asset, as of one seq: the head when it was asked. Read in parts, in
 * memory bounded by the number of assets; exact on a live book, since versions never change.
 */
export async function trialBalance(database: Reader, bookId: number): Promise<TrialBalance> {
  const { seq } = await head(database, bookId);
  return trialBalanceAt(database, bookId, seq);
}

/** The same as of a seq at which a batch ended. */
export async function trialBalanceAt(
  database: Reader,
  bookId: number,
  seq: number,
  signal?: AbortSignal,
): Promise<TrialBalance> {
  const sums = new Map<bigint, Sums>();
  let after = 0n;
  for (let looked = ACCOUNTS_PER_STATEMENT; looked === ACCOUNTS_PER_STATEMENT;) {
    signal?.throwIfAborted();
    const rows = await database.run(sumAccounts, {
      book: bookId,
      after,
      seq: BigInt(seq),
      scan: ACCOUNTS_PER_STATEMENT,
    });
    looked = 0;
    for (const row of rows) {
      looked += Number(row.accounts);
      if (row.lastAccount > after) after = row.lastAccount;
      add(sums, row.asset, row);
    }
  }
  const assets = [...sums.values()]
    .map((each) => ({ ...each, balanced: isBalanced(each) }))
    .sort((a, b) => (a.asset < b.asset ? -1 : 1));
  return { seq, assets, balanced: assets.every((each) => each.balanced) };
}

interface Sums {
  readonly asset: string;
  accounts: number;
  debitsPending: bigint;
  debitsPosted: bigint;
  creditsPending: bigint;
  creditsPosted: bigint;
}

interface SumRow {
  readonly code: string;
  readonly accounts: bigint;
  readonly debitsPending: string;
  readonly debitsPosted: string;
  readonly creditsPending: string;
  readonly creditsPosted: string;
}

function add(sums: Map<bigint, Sums>, asset: bigint, row: SumRow): void {
  const sum = sums.get(asset) ?? {
    asset: row.code,
    accounts: 0,
    debitsPending: 0n,
    debitsPosted: 0n,
    creditsPending: 0n,
    creditsPosted: 0n,
  };
  sum.accounts += Number(row.accounts);
  sum.debitsPending += BigInt(row.debitsPending);
  sum.debitsPosted += BigInt(row.debitsPosted);
  sum.creditsPending += BigInt(row.creditsPending);
  sum.creditsPosted += BigInt(row.creditsPosted);
  sums.set(asset, sum);
}

function isBalanced(sum: Sums): boolean {
  return sum.debitsPending === sum.creditsPending && sum.debitsPosted === sum.creditsPosted;
}
