/** Pages of this room's two lists: a cursor is the place where the page before ended. */
import { fail } from "../base/index.ts";
import { accessErrors } from "./access.errors.ts";

export interface PageRequest {
  /** Where the page before ended. */
  readonly cursor?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** There is more behind it. */
  readonly cursor?: string | undefined;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const CURSOR = /^(keys|events)\/([0-9]{1,18})$/;
const CURSOR_LENGTH_MAX = 64;

/**
 * Reads one row more than asked for: it tells whether there is a next page.
 * Refuses: access.limit_out_of_range, access.cursor_malformed.
 */
export async function readPage<Row extends { readonly number: bigint }, T>(
  list: "keys" | "events",
  { cursor, limit = LIMIT_DEFAULT }: PageRequest,
  read: (after: bigint | undefined, limit: number) => Promise<readonly Row[]>,
  view: (row: Row) => T,
): Promise<Page<T>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw fail(accessErrors, "limit_out_of_range", { limit, most: LIMIT_MAX });
  }
  const rows = await read(cursor === undefined ? undefined : decoded(list, cursor), limit + 1);
  const items = rows.slice(0, limit).map(view);
  const last = rows[limit - 1];
  if (rows.length <= limit || last === undefined) return { items };
  return { items, cursor: Buffer.from(`${list}/${last.number}`).toString("base64url") };
}

function decoded(list: string, cursor: string): bigint {
  const text = cursor.length > CURSOR_LENGTH_MAX ? "" : Buffer.from(cursor, "base64url").toString();
  const [, of, number] = CURSOR.exec(text) ?? [];
  if (of !== list || number === undefined) throw fail(accessErrors, "cursor_malformed");
  return BigInt(number);
}
