/** Pages by cursor: where a page begins, how long it may be, and the opaque text between two. */
import { createHash } from "node:crypto";
import { fail } from "../base/index.ts";
import type { PageRequest } from "./book.ts";
import { isStorable } from "./check-request.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import type { Direction } from "./range.ts";
import { readingErrors } from "./reading.errors.ts";

export const PAGE_LIMIT_DEFAULT = 100;
export const PAGE_LIMIT_MAX = 1_000;
/** A page looks at no more rows than this; what it has not seen by then is left to its cursor. */
export const SCAN_ROWS_MAX = 10_000;

const pageKeys: KeysOf<PageRequest> = { cursor: true, limit: true, order: true };

/** Refuses: ledger.question_key_unknown, ledger.limit_out_of_range. */
export function pageLimit(page: PageRequest): number {
  checkKeys("a page", page, pageKeys);
  return limitOf(page.limit);
}

/** Refuses: ledger.filter_malformed. */
export function pageOrder({ order = "newest" }: PageRequest): Direction {
  if (order === "newest" || order === "oldest") return order;
  throw fail(readingErrors, "filter_malformed", { field: "order" });
}

/** Refuses: ledger.limit_out_of_range. */
export function limitOf(asked: number = PAGE_LIMIT_DEFAULT): number {
  if (!Number.isInteger(asked) || asked < 1 || asked > PAGE_LIMIT_MAX) {
    throw fail(readingErrors, "limit_out_of_range", { limit: asked, most: PAGE_LIMIT_MAX });
  }
  return asked;
}

/**
 * A position as opaque text, bound to the question: a cursor of another filter or order is refused
 * rather than answered with a page that skips or repeats.
 */
export function encodeCursor(question: readonly unknown[], position: readonly string[]): string {
  return Buffer.from(JSON.stringify([fingerprint(question), ...position])).toString("base64url");
}

/** Refuses: ledger.cursor_malformed. */
export function decodeCursor(
  question: readonly unknown[],
  cursor: string,
  positions: number,
): readonly string[] {
  const [print, ...position] = parts(cursor);
  if (print !== fingerprint(question) || position.length !== positions) {
    throw fail(readingErrors, "cursor_malformed");
  }
  return position;
}

const CURSOR_LENGTH_MAX = 1_024;

function parts(cursor: string): readonly string[] {
  const isText = typeof cursor === "string" && cursor.length <= CURSOR_LENGTH_MAX;
  if (!isText) throw fail(readingErrors, "cursor_malformed");
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    // A cursor is no secret and can be made by hand: what no column can hold is not looked for.
    if (Array.isArray(read) && read.every(isPart)) return read;
  } catch (error) {
    throw fail(readingErrors, "cursor_malformed", {}, error);
  }
  throw fail(readingErrors, "cursor_malformed");
}

const isPart = (part: unknown): part is string => typeof part === "string" && isStorable(part);

function fingerprint(question: readonly unknown[]): string {
  const text = JSON.stringify(question, (_key, value: unknown) => value ?? null);
  return createHash("sha256").update(text).digest("base64url").slice(0, 8);
}

/**
 * The paths of `prefix` and below, as two exact ranges: the path itself, and everything from
 * "prefix/" to before "prefix0" ('0' follows '/'). One range would also look at prefix-x, prefix.x.
 */
export interface PathRange {
  readonly exact: string;
  readonly low: string;
  readonly high: string;
}

/** Sorts after every path: their characters end at 'z'. */
const AFTER_ALL_PATHS = "\u007f";

export function pathRange(prefix: string | undefined): PathRange {
  if (prefix === undefined) return { exact: "", low: "", high: AFTER_ALL_PATHS };
  return { exact: prefix, low: `${prefix}/`, high: `${prefix}0` };
}
