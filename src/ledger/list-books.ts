import type { Page, PageRequest } from "./book.ts";
import { booksAfter } from "./directory.sql.ts";
import { mayBe } from "./must-be.ts";
import { decodeCursor, encodeCursor, pageLimit } from "./page.ts";
import type { Reader } from "./reader.ts";

/**
 * The names of all books, in order; with `among` of those only. Who may see some of them asks with
 * it: a page is then full of what may be seen, and its cursor names nothing else.
 * Refuses: ledger.argument_malformed, ledger.cursor_malformed, ledger.limit_out_of_range.
 */
export async function listBooks(
  database: Reader,
  page: PageRequest = {},
  among?: readonly string[],
): Promise<Page<string>> {
  const limit = pageLimit(page);
  mayBe("a list", { among });
  const question = among === undefined ? ["books"] : ["books", [...among].sort()];
  const after = page.cursor === undefined ? "" : (decodeCursor(question, page.cursor, 1)[0] ?? "");
  const rows = await database.run(booksAfter, { after, among: among ?? null, most: limit + 1 });
  const items = rows.slice(0, limit).map((row) => row.name);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, cursor: encodeCursor(question, [last]) };
}
