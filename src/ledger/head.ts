import { assert } from "../base/index.ts";
import type { Head, Origin } from "./book.ts";
import { bookOrigin } from "./book.sql.ts";
import type { Reader } from "./reader.ts";
import { headBatch } from "./reading.sql.ts";

/** The newest seq of a book, its time and its hash. Keep the hash: `verify` can ask for it later. */
export async function head(database: Reader, bookId: number): Promise<Head> {
  const row = await database.maybe(headBatch, { book: bookId });
  assert(row !== undefined, `book ${bookId} has no batch zero`);
  return { seq: Number(row.seq), at: row.at, hash: row.hash.toString("hex") };
}

/** When the book was made, by whom and in which request: its own record of its beginning. */
export async function origin(database: Reader, bookId: number): Promise<Origin> {
  const { at, by, request } = await database.one(bookOrigin, { book: bookId });
  return { at, by: by ?? undefined, request: request ?? undefined };
}
