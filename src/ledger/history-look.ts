/**
 * Where a history looks next: stretches of the journal, and how far it then has seen everything. All
 * sources give the same shape, so that one statement decides what of it is wanted.
 */
import {
  referredNewest,
  referredOldest,
  refusedNewest,
  refusedOldest,
  touchedNewest,
  touchedOldest,
} from "./history.sql.ts";
import { SCAN_ROWS_MAX, type PathRange } from "./page.ts";
import { integersOf, packedAt } from "./packed.ts";
import { clipRanges, cutRanges, type Direction, mergeRanges, type Range } from "./range.ts";
import type { Reader } from "./reader.ts";

export interface Question {
  readonly bookId: number;
  readonly direction: Direction;
  /** Few accounts, by number. */
  readonly accounts: readonly bigint[] | undefined;
  /** Many accounts, by their paths. */
  readonly paths: PathRange | undefined;
  /** A second condition on the paths, beside `accounts`. */
  readonly alsoUnder: PathRange | undefined;
  readonly reference: string | undefined;
  readonly code: number | undefined;
  readonly refusals: boolean;
  /** Up to here accounts have no versions to be found by; 0: they have all. */
  readonly archivedSeq: number;
}

/** The seqs after `after` and up to `upTo`. */
export interface Window {
  readonly after: number;
  readonly upTo: number;
}

export interface Look {
  /** In the order of the question's direction. */
  readonly ranges: readonly Range[];
  /** The last seq of the window, seen in that direction, up to which nothing is left out. */
  readonly reached: number;
  /** How many rows it takes to look there. */
  readonly rows: number;
}

/** The next `rows` rows, or a little more, that may hold what the question asks for. */
export async function lookFurther(
  database: Reader,
  question: Question,
  window: Window,
  rows: number,
): Promise<Look> {
  if (question.reference !== undefined) return lookByReference(database, question, window, rows);
  if (question.accounts === undefined) return lookAlong(question.direction, window, rows);
  const { archivedSeq, direction } = question;
  const isPast = direction === "newest" ? window.upTo <= archivedSeq : window.after < archivedSeq;
  if (isPast) {
    return lookAlong(direction, { ...window, upTo: Math.min(window.upTo, archivedSeq) }, rows);
  }
  return lookBehind(
    database,
    question,
    { ...window, after: Math.max(window.after, archivedSeq) },
    rows,
  );
}

/** Where all versions are. */
async function lookBehind(
  database: Reader,
  question: Question,
  window: Window,
  rows: number,
): Promise<Look> {
  const touched = await lookByAccounts(database, question, question.accounts ?? [], window, rows);
  if (!question.refusals) return touched;
  return both(question.direction, touched, await lookAtRefusals(database, question, window, rows));
}

/** The journal itself has no gaps: the next rows are the next seqs. */
function lookAlong(direction: Direction, window: Window, rows: number): Look {
  const whole = { low: window.after + 1, high: window.upTo };
  const { taken } = cutRanges([whole], rows, direction);
  return lookAt(direction, window, taken, false);
}

async function lookByReference(
  database: Reader,
  { bookId, direction, reference }: Question,
  window: Window,
  rows: number,
): Promise<Look> {
  const statement = direction === "newest" ? referredNewest : referredOldest;
  const found = await database.one(statement, {
    ...bounds(bookId, window, rows),
    reference: reference ?? "",
  });
  return lookAtSeqs(direction, window, found, rows);
}

async function lookAtRefusals(
  database: Reader,
  { bookId, direction }: Question,
  window: Window,
  rows: number,
): Promise<Look> {
  const statement = direction === "newest" ? refusedNewest : refusedOldest;
  return lookAtSeqs(
    direction,
    window,
    await database.one(statement, bounds(bookId, window, rows)),
    rows,
  );
}

function bounds(bookId: number, { after, upTo }: Window, most: number) {
  return { book: bookId, after: BigInt(after), upTo: BigInt(upTo), most };
}

function lookAtSeqs(
  direction: Direction,
  window: Window,
  found: { readonly seqs: Buffer },
  rows: number,
): Look {
  const seqs = integersOf(packedAt(found.seqs));
  const ranges = mergeRanges(
    seqs.map((seq) => ({ low: seq, high: seq })),
    direction,
  );
  return lookAt(direction, window, ranges, seqs.length < rows);
}

/** With everything found, all of the window is seen; else up to the last range. */
function lookAt(
  direction: Direction,
  window: Window,
  ranges: readonly Range[],
  everything: boolean,
): Look {
  const rows = ranges.reduce((sum, range) => sum + range.high - range.low + 1, 0);
  const last = ranges.at(-1);
  const end = direction === "newest" ? window.after + 1 : window.upTo;
  if (everything || last === undefined) return { ranges, reached: end, rows };
  return { ranges, reached: direction === "newest" ? last.low : last.high, rows };
}

/** How many batches per account are looked up at least, however many accounts there are. */
const BATCHES_PER_ACCOUNT_MIN = 8;

async function lookByAccounts(
  database: Reader,
  { bookId, direction }: Question,
  accounts: readonly bigint[],
  window: Window,
  rows: number,
): Promise<Look> {
  const share = Math.ceil(Math.min(rows, SCAN_ROWS_MAX) / accounts.length);
  const most = Math.max(BATCHES_PER_ACCOUNT_MIN, share);
  const asked = { ...bounds(bookId, window, most), accounts };
  const found =
    direction === "newest"
      ? await database.one(touchedNewest, asked)
      : await database.one(touchedOldest, { book: bookId, accounts, after: asked.after, most });
  const touched = touchedOf(found, direction, window, most);
  const merged = mergeRanges(touched.ranges, direction);
  const seen = clipToSeen(merged, touched.reached, direction, window);
  const { taken, left } = cutRanges(seen, rows, direction);
  if (left.length > 0) return lookAt(direction, window, taken, false);
  return { ...lookAt(direction, window, taken, true), reached: touched.reached };
}

interface Touched {
  readonly ranges: readonly Range[];
  readonly reached: number;
}

/**
 * An account of which as many batches came as were asked for may have more beyond its last one, so
 * everything is seen only up to there: the nearest such end of all accounts.
 */
function touchedOf(
  found: { readonly accounts: Buffer; readonly lows: Buffer; readonly highs: Buffer },
  direction: Direction,
  window: Window,
  most: number,
): Touched {
  const accounts = integersOf(packedAt(found.accounts));
  const lows = integersOf(packedAt(found.lows));
  const highs = integersOf(packedAt(found.highs));
  const newest = direction === "newest";
  const ends = new Map<number, { count: number; end: number }>();
  const ranges = accounts.map((account, i): Range => {
    const range = { low: lows[i] ?? 0, high: highs[i] ?? 0 };
    const edge = newest ? range.low : range.high;
    const known = ends.get(account) ?? { count: 0, end: edge };
    const end = newest ? Math.min(known.end, edge) : Math.max(known.end, edge);
    ends.set(account, { count: known.count + 1, end });
    return range;
  });
  let reached = newest ? window.after + 1 : window.upTo;
  for (const { count, end } of ends.values()) {
    if (count >= most) reached = newest ? Math.max(reached, end) : Math.min(reached, end);
  }
  return { ranges, reached };
}

function clipToSeen(
  ranges: readonly Range[],
  reached: number,
  direction: Direction,
  { after, upTo }: Window,
): Range[] {
  return direction === "newest"
    ? clipRanges(ranges, Math.max(after, reached - 1), upTo)
    : clipRanges(ranges, after, Math.min(upTo, reached));
}

/** Two sources: everything is seen as far as both have seen it. */
function both(direction: Direction, a: Look, b: Look): Look {
  const newest = direction === "newest";
  const reached = newest ? Math.max(a.reached, b.reached) : Math.min(a.reached, b.reached);
  const merged = mergeRanges([...a.ranges, ...b.ranges], direction);
  const ranges = newest
    ? clipRanges(merged, reached - 1, Number.MAX_SAFE_INTEGER)
    : clipRanges(merged, 0, reached);
  return { ranges, reached, rows: a.rows + b.rows };
}
