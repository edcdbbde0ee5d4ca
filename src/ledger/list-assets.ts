import { asset as readAsset } from "../base/index.ts";
import type { AssetView, Page, PageRequest } from "./book.ts";
import { assetsAfter } from "./directory.sql.ts";
import { decodeCursor, encodeCursor, pageLimit } from "./page.ts";
import type { Reader } from "./reader.ts";

const question = ["assets"];

/**
 * The assets of a book, in order of their codes.
 * Refuses: ledger.cursor_malformed, ledger.limit_out_of_range.
 */
export async function listAssets(
  database: Reader,
  bookId: number,
  page: PageRequest = {},
): Promise<Page<AssetView>> {
  const limit = pageLimit(page);
  const after = page.cursor === undefined ? "" : (decodeCursor(question, page.cursor, 1)[0] ?? "");
  const rows = await database.run(assetsAfter, { book: bookId, after, most: limit + 1 });
  const items = rows.slice(0, limit).map((row): AssetView => {
    const refusals = row.refusals === "window" ? "window" : "forever";
    const { scale } = readAsset(row.code);
    return { code: row.code, scale, refusals, definedSeq: Number(row.asset) };
  });
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, cursor: encodeCursor(question, [last.code]) };
}
