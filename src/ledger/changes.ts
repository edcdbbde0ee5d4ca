import { fail } from "../base/index.ts";
import { archivedOf, isArchived } from "./archive/archived.ts";
import type { Balance } from "./answer.ts";
import { balanceOf, runningOf } from "./balance-row.ts";
import type { Change } from "./book.ts";
import { entryOf } from "./entry-row.ts";
import { applyEntry, emptyAccount, type Running, touches } from "./fold.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import { head } from "./head.ts";
import { limitOf } from "./page.ts";
import { postingsOf, type HeldPosting } from "./posting-rows.ts";
import type { Reader } from "./reader.ts";
import { readingErrors } from "./reading.errors.ts";
import { batchAfter, entriesBetween, postingsBetween, versionsAt } from "./reading.sql.ts";

interface ChangesOptions {
  readonly afterSeq: number;
  readonly limit?: number | undefined;
}

const optionKeys: KeysOf<ChangesOptions> = { afterSeq: true, limit: true };

/**
 * The book's feed: everything after a seq, oldest first, remembered refusals included, each with
 * both accounts as they were right after it. At most `limit` (1 to 1,000, 100 when left out); empty
 * at the head. Keep the last `entry.seq` and ask again: nothing is skipped or doubled, also across
 * restarts.
 * Refuses: ledger.point_malformed, ledger.question_key_unknown, ledger.limit_out_of_range,
 * ledger.seq_ahead where the book ends before `afterSeq`, ledger.archived where it would begin before the book's archive has ended.
 */
export async function changes(
  database: Reader,
  bookId: number,
  options: ChangesOptions,
): Promise<readonly Change[]> {
  checkKeys("the question of changes", options, optionKeys);
  const { afterSeq } = options;
  if (!Number.isSafeInteger(afterSeq) || afterSeq < 0) throw fail(readingErrors, "point_malformed");
  const limit = limitOf(options.limit);
  const after = BigInt(afterSeq);
  const batch = await database.maybe(batchAfter, { book: bookId, after });
  if (batch === undefined) {
    await demandBegun(database, bookId, afterSeq);
    return [];
  }
  // Balances are known where batches end, so the fold starts where this batch does.
  const from = { book: bookId, after: batch.prevSeq, upTo: after + BigInt(limit) };
  const postings = postingsOf(await database.one(postingsBetween, from));
  const last = postings.at(-1);
  if (last === undefined) return [];
  const accounts = await accountsBefore(database, bookId, batch.prevSeq, postings);
  const rows = await database.run(entriesBetween, { book: bookId, after, upTo: BigInt(last.seq) });
  // Last, since balances go only when their archive is recorded.
  const archived = await archivedOf(database, bookId);
  if (archived !== undefined && batch.prevSeq < archived.throughSeq) throw isArchived(archived);
  const balances = fold(postings, accounts, afterSeq);
  return rows.map((row) => ({ entry: entryOf(row), ...balances.get(Number(row.seq)) }));
}

/**
 * What nobody has written yet nobody can have read: a book that ends before was restored, or is another
 * server's, and what it writes up to there would be skipped in silence.
 */
async function demandBegun(database: Reader, bookId: number, afterSeq: number): Promise<void> {
  const { seq } = await head(database, bookId);
  if (afterSeq > seq) throw fail(readingErrors, "seq_ahead", { after: afterSeq, head: seq });
}

async function accountsBefore(
  database: Reader,
  bookId: number,
  seq: bigint,
  postings: readonly HeldPosting[],
): Promise<Map<number, Running>> {
  const touched = new Set<number>();
  for (const posting of postings) {
    for (const account of [posting.debit, posting.credit]) {
      if (account !== undefined && touches(posting, account)) touched.add(account);
    }
  }
  const accounts = [...touched].map(BigInt);
  const versions = await database.run(versionsAt, { book: bookId, accounts, seq });
  return new Map(versions.map((version) => [Number(version.account), runningOf(version)]));
}

interface Balances {
  readonly debit: Balance | undefined;
  readonly credit: Balance | undefined;
}

function fold(
  postings: readonly HeldPosting[],
  accounts: Map<number, Running>,
  afterSeq: number,
): Map<number, Balances> {
  const balances = new Map<number, Balances>();
  const advance = (posting: HeldPosting, key: number | undefined): Balance | undefined => {
    if (key === undefined || !touches(posting, key)) return undefined;
    const account = accounts.get(key) ?? emptyAccount();
    accounts.set(key, account);
    applyEntry(account, key, posting, posting.held);
    return posting.seq > afterSeq ? balanceOf(account) : undefined;
  };
  for (const posting of postings) {
    const debit = advance(posting, posting.debit);
    const credit = advance(posting, posting.credit);
    if (posting.seq > afterSeq) balances.set(posting.seq, { debit, credit });
  }
  return balances;
}
