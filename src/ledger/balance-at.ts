import { fail } from "../base/index.ts";
import { type Archived, archivedOf, isArchived, steadily } from "./archive/archived.ts";
import type { Balance } from "./answer.ts";
import { balanceOf, runningOf } from "./balance-row.ts";
import type { Point } from "./book.ts";
import { isInstant } from "./check-request.ts";
import { applyEntry, emptyAccount, type Running } from "./fold.ts";
import { head } from "./head.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import { SCAN_ROWS_MAX } from "./page.ts";
import { postingsOf } from "./posting-rows.ts";
import { cutRanges, type Range } from "./range.ts";
import type { Reader } from "./reader.ts";
import { readingErrors } from "./reading.errors.ts";
import {
  accountByPath,
  postingsOfAccount,
  seqAtTime,
  touchedAfter,
  versionsAround,
} from "./reading.sql.ts";

/**
 * An account's balance at a point of the past: after the entry `seq`, at the book time `at`, or at
 * the business time `effectiveAt`. Its `seq` is that of the entry which touched the account last by
 * then, 0 before it was opened. A point after the head means now.
 * By seq and book time a few index look-ups; by business time a fold of the whole history of the
 * account (O(entries), in bounded memory), where a post, void or expiry counts from the later of its
 * own and its hold's business time, and an entry without one counts from its book time.
 * Of a time before the book's archive only what is still certain is told.
 * Refuses: ledger.account_not_found, ledger.point_malformed, ledger.question_key_unknown,
 * ledger.archived.
 */
export async function balanceAt(
  database: Reader,
  bookId: number,
  path: string,
  asset: string,
  point: Point,
): Promise<Balance> {
  const asked = pointOf(point);
  const row = await database.maybe(accountByPath, { book: bookId, path, asset });
  if (row === undefined) throw fail(readingErrors, "account_not_found", { path, asset });
  const { key, value } = asked;
  if (key === "effectiveAt") {
    const fold = (archived: Archived | undefined) =>
      foldHistory(database, bookId, row.account, value, archived);
    return balanceOf(await steadily(database, bookId, fold));
  }
  const seq = key === "seq" ? BigInt(value) : await seqAt(database, bookId, value);
  return balanceOf(await foldTo(database, bookId, row.account, seq));
}

const points = ["seq", "at", "effectiveAt"] as const;
type PointKey = (typeof points)[number];
const pointKeys: KeysOf<Record<PointKey, number>> = { seq: true, at: true, effectiveAt: true };

interface Asked {
  readonly key: PointKey;
  readonly value: number;
}

function pointOf(point: Point): Asked {
  const given: { readonly [K in PointKey]?: number } = point;
  checkKeys("a point of the past", given, pointKeys);
  const [only, ...others] = points.flatMap((key) => {
    const value = given[key];
    return value === undefined ? [] : [{ key, value }];
  });
  if (only === undefined || others.length > 0) throw fail(readingErrors, "point_malformed");
  const { key, value } = only;
  // Business time reaches back further than books do.
  const isRight = isInstant(value) && (key === "effectiveAt" || value >= 0);
  if (!isRight) throw fail(readingErrors, "point_malformed");
  return only;
}

async function seqAt(database: Reader, bookId: number, at: number): Promise<bigint> {
  return (await database.maybe(seqAtTime, { book: bookId, at }))?.seq ?? 0n;
}

/**
 * The version before the seq; inside a batch, the account's entries of that batch on top of it.
 * Refuses: ledger.archived.
 */
export async function foldTo(
  database: Reader,
  bookId: number,
  account: bigint,
  seq: bigint,
): Promise<Running> {
  const versions = await database.run(versionsAround, { book: bookId, account, seq });
  const base = versions.find((version) => version.seq <= seq);
  const next = versions.find((version) => version.seq > seq);
  // Without a later version the last one is the newest there is, and that one never goes.
  if (next !== undefined && seq >= account) await demandBase(database, bookId, seq, next.seq);
  const running = base === undefined ? emptyAccount() : runningOf(base);
  if (next !== undefined && next.firstSeq <= seq) {
    const ranges = [{ low: Number(next.firstSeq), high: Number(seq) }];
    await foldRanges(database, { bookId, account, ranges, until: null, running });
  }
  return running;
}

/**
 * Between the last version that an archive has left and the first behind its end nothing touched the
 * account: there the base is the balance. Before that base nothing is known any more. Looked at last,
 * since a version goes only when its archive is recorded.
 */
async function demandBase(database: Reader, bookId: number, seq: bigint, next: bigint) {
  const archived = await archivedOf(database, bookId);
  if (archived === undefined || seq >= archived.throughSeq || next > archived.throughSeq) return;
  throw isArchived(archived);
}

/** How many batches of an account's history are looked up at once. */
const VERSIONS_PER_STATEMENT = 1_000;

async function foldHistory(
  database: Reader,
  bookId: number,
  account: bigint,
  until: number,
  archived: Archived | undefined,
): Promise<Running> {
  const upTo = BigInt((await head(database, bookId)).seq);
  // An account that was opened since has its whole history.
  const base = account > (archived?.throughSeq ?? 0) ? undefined : archived;
  // Everything archived was effective by then, or nobody can tell what of it was.
  if (base !== undefined && until < base.effectiveMax) throw isArchived(base);
  let after = BigInt(base?.throughSeq ?? 0);
  const running =
    base === undefined ? emptyAccount() : await foldTo(database, bookId, account, after);
  for (;;) {
    const touched = await database.run(touchedAfter, {
      book: bookId,
      account,
      after,
      upTo,
      most: VERSIONS_PER_STATEMENT,
    });
    const last = touched.at(-1);
    if (last === undefined) return running;
    let rest: readonly Range[] = touched.map((each) => ({
      low: Number(each.firstSeq),
      high: Number(each.seq),
    }));
    while (rest.length > 0) {
      const { taken, left } = cutRanges(rest, SCAN_ROWS_MAX);
      await foldRanges(database, { bookId, account, ranges: taken, until, running });
      rest = left;
    }
    after = last.seq;
  }
}

interface Folding {
  readonly bookId: number;
  readonly account: bigint;
  readonly ranges: readonly Range[];
  readonly until: number | null;
  readonly running: Running;
}

async function foldRanges(database: Reader, folding: Folding): Promise<void> {
  const { bookId, account, ranges, until, running } = folding;
  const cells = await database.one(postingsOfAccount, {
    book: bookId,
    account,
    lows: ranges.map((range) => BigInt(range.low)),
    highs: ranges.map((range) => BigInt(range.high)),
    until,
  });
  for (const posting of postingsOf(cells)) {
    applyEntry(running, Number(account), posting, posting.held);
  }
}
