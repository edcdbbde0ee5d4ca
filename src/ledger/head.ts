import { assert } from "../base/index.ts";
import type { Head } from "./book.ts";
import type { Reader } from "./reader.ts";
import { headBatch } from "./reading.sql.ts";

/** The newest seq of a book, its time and its hash. Keep the hash: `verify` can ask for it later. */
export async function head(database: Reader, bookId: number): Promise<Head> {
  const row = await database.maybe(headBatch, { book: bookId });
  assert(row !== undefined, `book ${bookId} has no batch zero`);
  return { seq: Number(row.seq), at: row.at, hash: row.hash.toString("hex") };
}
