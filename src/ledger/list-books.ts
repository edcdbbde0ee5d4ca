import type { Page, PageRequest } from "./book.ts";
import { booksAfter } from "./directory.sql.ts";
import { decodeCursor, encodeCursor, pageLimit } from "./page.ts";
import type { Reader } from "./reader.ts";

const question = ["books"];

/**
 * The names of all books, in order.
 * Refuses: ledger.cursor_malformed, ledger.limit_out_of_range.
 */
export async function listBooks(database: Reader, page: PageRequest = {}): Promise<Page<string>> {
  const limit = pageLimit(page);
  const after = page.cursor === undefined ? "" : (decodeCursor(question, page.cursor, 1)[0] ?? "");
  const rows = await database.run(booksAfter, { after, most: limit + 1 });
  const items = rows.slice(0, limit).map((row) => row.name);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, cursor: encodeCursor(question, [last]) };
}
