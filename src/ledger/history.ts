import { fail, isAssetCode, isPath } from "../base/index.ts";
import { type Archived, isArchived, steadily } from "./archive/archived.ts";
import type { Entry, EntryFilter, Page, PageRequest } from "./book.ts";
import { isInstant, isText } from "./check-request.ts";
import { entryOf } from "./entry-row.ts";
import { accountsUnder, seqsOfTime, wantedEntries } from "./history.sql.ts";
import { type Look, lookFurther, type Question, type Window } from "./history-look.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import {
  decodeCursor,
  encodeCursor,
  pageLimit,
  pageOrder,
  pathRange,
  type PathRange,
  SCAN_ROWS_MAX,
} from "./page.ts";
import { integersOf, packedAt } from "./packed.ts";
import type { Direction } from "./range.ts";
import type { Reader } from "./reader.ts";
import { readingErrors } from "./reading.errors.ts";
import { accountByPath, entriesBySeq } from "./reading.sql.ts";
import { CODE_MAX, REFERENCE_MAX_LENGTH } from "./transfer.ts";

/**
 * The entries of a book that meet the filter, in order of seq, newest first when left out.
 * Looks at no more than SCAN_ROWS_MAX rows: a page may be short or empty and still have a cursor.
 * A reference is found by its index, accounts by the batches that touched them, everything else by
 * walking the journal between the times asked for.
 * What is archived is walked entry by entry; by a reference nothing of it is found any more.
 * Refuses: ledger.filter_malformed, ledger.question_key_unknown, ledger.cursor_malformed,
 * ledger.limit_out_of_range, ledger.archived.
 */
export async function history(
  database: Reader,
  bookId: number,
  filter: EntryFilter,
  page: PageRequest = {},
): Promise<Page<Entry>> {
  checkFilter(filter);
  const limit = pageLimit(page);
  const direction = pageOrder(page);
  const identity = ["history", direction, filterParts(filter)];
  const cursorSeq = page.cursor === undefined ? undefined : seqOf(identity, page.cursor);
  const window = await windowOf(database, bookId, filter, direction, cursorSeq);
  const question = await questionOf(database, bookId, filter, direction);
  if (question === undefined) return { items: [] };
  return steadily(database, bookId, async (archived) => {
    const archivedSeq = archived?.throughSeq ?? 0;
    const whole = wholeWindow(question, window, archived);
    const found = await collect(database, { ...question, archivedSeq }, whole, limit);
    const items = await entriesOf(database, bookId, found.seqs, direction);
    // Whoever asks on is told that there may be more, and where.
    const next = found.next ?? (whole === window ? undefined : archivedSeq);
    if (next === undefined) return { items };
    return { items, cursor: encodeCursor(identity, [next.toString()]) };
  });
}

/** References of archived entries are gone from their index. Refuses: ledger.archived. */
function wholeWindow(question: Question, window: Window, archived: Archived | undefined): Window {
  if (archived === undefined || question.reference === undefined) return window;
  const { throughSeq } = archived;
  if (window.after >= throughSeq || window.after >= window.upTo) return window;
  if (question.direction === "oldest" || window.upTo <= throughSeq) throw isArchived(archived);
  return { ...window, after: throughSeq };
}

const filterKeys: KeysOf<EntryFilter> = {
  account: true,
  prefix: true,
  reference: true,
  code: true,
  from: true,
  to: true,
  refusals: true,
};
const accountKeys: KeysOf<NonNullable<EntryFilter["account"]>> = { path: true, asset: true };

function checkFilter(filter: EntryFilter): void {
  checkKeys("the filter of a history", filter, filterKeys);
  if (filter.account !== undefined) {
    checkKeys("the account of a filter", filter.account, accountKeys);
  }
  const { account, prefix, reference, code, from, to, refusals } = filter;
  const isRight: Readonly<Record<keyof EntryFilter, boolean>> = {
    account: account === undefined || isAccount(account),
    prefix: prefix === undefined || isPath(prefix),
    reference: reference === undefined || isText(reference, REFERENCE_MAX_LENGTH),
    code: code === undefined || (Number.isInteger(code) && code >= 0 && code <= CODE_MAX),
    from: from === undefined || isInstant(from),
    to: to === undefined || isInstant(to),
    refusals: refusals === undefined || typeof refusals === "boolean",
  };
  for (const [field, right] of Object.entries(isRight)) {
    if (!right) throw fail(readingErrors, "filter_malformed", { field });
  }
}

function isAccount({ path, asset }: NonNullable<EntryFilter["account"]>): boolean {
  return isPath(path) && (asset === undefined || isAssetCode(asset));
}

function filterParts(filter: EntryFilter): readonly unknown[] {
  const { account, prefix, reference, code, from, to, refusals } = filter;
  return [account?.path, account?.asset, prefix, reference, code, from, to, refusals ?? false];
}

function seqOf(identity: readonly unknown[], cursor: string): number {
  const seq = Number(decodeCursor(identity, cursor, 1)[0]);
  if (!Number.isSafeInteger(seq)) throw fail(readingErrors, "cursor_malformed");
  return seq;
}

/** What is still to be looked at: (after, upTo]. */
async function windowOf(
  database: Reader,
  bookId: number,
  { from, to }: EntryFilter,
  direction: Direction,
  cursorSeq: number | undefined,
): Promise<Window> {
  const row = await database.one(seqsOfTime, { book: bookId, from: from ?? null, to: to ?? null });
  const after = Number(row.after);
  const upTo = Number(row.upTo);
  if (cursorSeq === undefined) return { after, upTo };
  return direction === "newest"
    ? { after, upTo: Math.min(upTo, cursorSeq) }
    : { after: Math.max(after, cursorSeq), upTo };
}

/** Of more accounts than this, histories are not merged one by one: the journal is walked. */
const ACCOUNTS_MERGED_MAX = 1_000;

/** Undefined: it names accounts, and there are none. */
async function questionOf(
  database: Reader,
  bookId: number,
  filter: EntryFilter,
  direction: Direction,
): Promise<Question | undefined> {
  const { reference, code, refusals } = filter;
  const base = { bookId, direction, reference, code, refusals: refusals ?? false, archivedSeq: 0 };
  const paths = [filter.account, filter.prefix].filter((each) => each !== undefined).length;
  if (paths === 0) return { ...base, accounts: undefined, paths: undefined, alsoUnder: undefined };
  const alsoUnder =
    filter.account !== undefined && filter.prefix !== undefined
      ? pathRange(filter.prefix)
      : undefined;
  const range = rangeOf(filter);
  const accounts = await accountsOf(database, bookId, filter, range);
  if (accounts.length === 0) return undefined;
  if (accounts.length > ACCOUNTS_MERGED_MAX) {
    return { ...base, accounts: undefined, paths: range, alsoUnder };
  }
  return { ...base, accounts, paths: undefined, alsoUnder };
}

/** One path alone is a range of which the second part is empty. */
function rangeOf(filter: EntryFilter): PathRange {
  if (filter.account === undefined) return pathRange(filter.prefix);
  return { exact: filter.account.path, low: "", high: "" };
}

async function accountsOf(
  database: Reader,
  bookId: number,
  filter: EntryFilter,
  range: PathRange,
): Promise<bigint[]> {
  if (filter.account?.asset !== undefined) {
    const { path, asset } = filter.account;
    const row = await database.maybe(accountByPath, { book: bookId, path, asset });
    return row === undefined ? [] : [row.account];
  }
  const most = ACCOUNTS_MERGED_MAX + 1;
  const rows = await database.run(accountsUnder, { book: bookId, ...range, most });
  return rows.map((row) => row.account);
}

/** Looks in growing steps until the page is full, the window is empty or enough was looked at. */
async function collect(
  database: Reader,
  question: Question,
  window: Window,
  limit: number,
): Promise<{ seqs: number[]; next: number | undefined }> {
  const newest = question.direction === "newest";
  const seqs: number[] = [];
  let rest = window;
  let left = SCAN_ROWS_MAX;
  for (let rows = limit * 2; left > 0 && rest.after < rest.upTo; rows = Math.min(rows * 4, left)) {
    const look = await lookFurther(database, question, rest, Math.min(rows, left));
    for (const seq of await wantedOf(database, question, look)) {
      seqs.push(seq);
      if (seqs.length === limit) return { seqs, next: nextOf(seq, window, newest) };
    }
    left -= Math.max(1, look.rows);
    rest = newest
      ? { after: rest.after, upTo: look.reached - 1 }
      : { after: look.reached, upTo: rest.upTo };
  }
  if (rest.after >= rest.upTo) return { seqs, next: undefined };
  return { seqs, next: newest ? rest.upTo : rest.after };
}

/** Where the page after the entry `seq` begins; undefined when nothing can be beyond it. */
function nextOf(seq: number, window: Window, newest: boolean): number | undefined {
  if (newest) return seq - 1 > window.after ? seq - 1 : undefined;
  return seq < window.upTo ? seq : undefined;
}

async function wantedOf(database: Reader, question: Question, look: Look): Promise<number[]> {
  if (look.ranges.length === 0) return [];
  const { bookId, direction, accounts, paths, alsoUnder, reference, code, refusals } = question;
  const under = paths ?? alsoUnder;
  const { seqs } = await database.one(wantedEntries, {
    book: bookId,
    lows: look.ranges.map((range) => BigInt(range.low)),
    highs: look.ranges.map((range) => BigInt(range.high)),
    accounts: accounts ?? null,
    exact: under?.exact ?? null,
    low: under?.low ?? null,
    high: under?.high ?? null,
    reference: reference ?? null,
    code: code ?? null,
    refusals,
  });
  const found = integersOf(packedAt(seqs));
  return found.sort(direction === "newest" ? (a, b) => b - a : (a, b) => a - b);
}

async function entriesOf(
  database: Reader,
  bookId: number,
  seqs: readonly number[],
  direction: Direction,
): Promise<Entry[]> {
  if (seqs.length === 0) return [];
  const rows = await database.run(entriesBySeq, { book: bookId, seqs: seqs.map(BigInt) });
  const entries = rows.map(entryOf);
  return entries.sort((a, b) => (direction === "newest" ? b.seq - a.seq : a.seq - b.seq));
}
