/** Pages of offerings, bids and payouts. */
import type { Instant } from "../../base/index.ts";
import { malformed } from "../check-command.ts";
import { KEY_WORD, readCursor, TIME_WORD, writeCursor } from "../cursor.ts";

export interface PageAsked {
  /** Where the page before ended; opaque. */
  readonly cursor?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface Paged<T> {
  readonly items: readonly T[];
  /** There is more behind it. */
  readonly cursor?: string | undefined;
}

const LIMIT = 100;
const LIMIT_MAX = 1_000;
/** Behind every time in micros, and every key. */
const LATEST = 8n * 10n ** 15n;
const LAST_ID = "~";

/** Refuses: order.command_malformed. */
export function limitOf({ limit = LIMIT }: PageAsked): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw malformed("limit", `it takes 1 to ${LIMIT_MAX}`);
}

/** Where a page begins of what is listed by its time, newest first. */
export interface Before {
  readonly beforeMicros: bigint;
  readonly beforeId: string;
}

/** Refuses: order.cursor_malformed. */
export function beforeOf(question: readonly unknown[], cursor: string | undefined): Before {
  if (cursor === undefined) return { beforeMicros: LATEST, beforeId: LAST_ID };
  const [micros = "0", id = ""] = readCursor(question, cursor, [TIME_WORD, KEY_WORD]);
  const asked = BigInt(micros);
  return { beforeMicros: asked < LATEST ? asked : LATEST, beforeId: id };
}

interface Timed {
  readonly micros: bigint;
}

/** A page of `limit` rows at most, of which one more was read. */
export function pageOf<Row extends Timed, T>(
  rows: readonly Row[],
  { question, limit, keyOf }: PageShape<Row>,
  itemOf: (row: Row) => T,
): Paged<T> {
  const items = rows.slice(0, limit).map(itemOf);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  if (last === undefined) return { items };
  return { items, cursor: writeCursor(question, [String(last.micros), keyOf(last)]) };
}

interface PageShape<Row> {
  readonly question: readonly unknown[];
  readonly limit: number;
  readonly keyOf: (row: Row) => string;
}

export interface Who {
  readonly at: Instant;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

/** Who asked for it, in which request, as rows have it. */
export function whoOf(row: {
  readonly at: Instant;
  readonly by: string | null;
  readonly request: string | null;
}): Who {
  const { at, by, request } = row;
  return { at, by: by ?? undefined, request: request ?? undefined };
}
