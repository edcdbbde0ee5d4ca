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

/** Looks of a page at a list of which little is shown; then it is short, and has a cursor. */
const LOOKS_MAX = 10;

/**
 * Goes through the list until the page is full; what `view` answers undefined for is not shown. One row
 * more is read than asked for: it tells whether there is a next page.
 * Refuses: access.limit_out_of_range, access.cursor_malformed.
 */
export async function readPage<Row extends { readonly number: bigint }, T>(
  list: "keys" | "events",
  { cursor, limit = LIMIT_DEFAULT }: PageRequest,
  read: (after: bigint | undefined, limit: number) => Promise<readonly Row[]>,
  view: (row: Row) => T | undefined,
): Promise<Page<T>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw fail(accessErrors, "limit_out_of_range", { limit, most: LIMIT_MAX });
  }
  const items: T[] = [];
  let place = cursor === undefined ? undefined : decoded(list, cursor);
  for (let look = 1; look <= LOOKS_MAX; look++) {
    const count = (look === 1 ? limit : LIMIT_MAX) + 1;
    const rows = await read(place, count);
    for (const row of rows) {
      if (items.length === limit) return { items, cursor: encoded(list, place) };
      const item = view(row);
      if (item !== undefined) items.push(item);
      place = row.number;
    }
    if (rows.length < count) return { items };
  }
  return { items, cursor: encoded(list, place) };
}

function encoded(list: string, place: bigint | undefined): string {
  return Buffer.from(`${list}/${place ?? 0n}`).toString("base64url");
}

function decoded(list: string, cursor: string): bigint {
  const text = cursor.length > CURSOR_LENGTH_MAX ? "" : Buffer.from(cursor, "base64url").toString();
  const [, of, number] = CURSOR.exec(text) ?? [];
  if (of !== list || number === undefined) throw fail(accessErrors, "cursor_malformed");
  return BigInt(number);
}
