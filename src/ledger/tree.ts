/**
 * The accounts of a book as the tree that their paths make: what stands directly below a path, with
 * the sums of everything under it.
 */
import { fail, isPath } from "../base/index.ts";
import type { Page, PageRequest, TreeFilter, TreeNode } from "./book.ts";
import { pathFrom, sumsUnder } from "./directory.sql.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import { decodeCursor, encodeCursor, pageLimit, pathRange } from "./page.ts";
import type { Reader } from "./reader.ts";
import { readingErrors } from "./reading.errors.ts";

/** Below a child with more accounts than this nothing is summed: look at its own children. */
export const TREE_ACCOUNTS_MAX = 5_000;

const treeKeys: KeysOf<TreeFilter> = { prefix: true, asset: true };

/**
 * The children of a path, in order of their first path. A child may be an account itself, have
 * accounts below it, or both. Each child costs a look at its own accounts, at most
 * TREE_ACCOUNTS_MAX of them and one more; where there are more, `sums` is left out and `complete` is false.
 * Refuses: ledger.question_key_unknown, ledger.filter_malformed, ledger.cursor_malformed, ledger.limit_out_of_range.
 */
export async function tree(
  database: Reader,
  book: number,
  filter: TreeFilter,
  page: PageRequest = {},
): Promise<Page<TreeNode>> {
  checkKeys("a tree", filter, treeKeys);
  const { prefix, asset } = filter;
  if (prefix !== undefined && !isPath(prefix)) {
    throw fail(readingErrors, "filter_malformed", { field: "prefix" });
  }
  const limit = pageLimit(page);
  const question = ["tree", prefix, asset];
  const { low, high } = pathRange(prefix);
  let from = page.cursor === undefined ? low : (decodeCursor(question, page.cursor, 1)[0] ?? low);
  // A cursor is no secret: one made by hand must not lead out of the prefix.
  if (from < low) throw fail(readingErrors, "cursor_malformed");
  const items: TreeNode[] = [];
  for (;;) {
    const found = await database.maybe(pathFrom, { book, low: from, high });
    if (found === undefined) return { items };
    if (items.length === limit) return { items, cursor: encodeCursor(question, [from]) };
    const child = childOf(found.path, low.length);
    const isAccount = found.path === child;
    // "a" sorts before "a-b", and that before "a/b": what lies below "a" comes apart from it.
    from = isAccount ? `${child}\u0001` : `${child}0`;
    if (isAccount || !(await isOpen(database, book, child))) {
      items.push(await nodeOf(database, book, child, asset));
    }
  }
}

function childOf(path: string, start: number): string {
  const slash = path.indexOf("/", start);
  return slash < 0 ? path : path.slice(0, slash);
}

/** An account stands under the path itself: then its child was told with it. */
async function isOpen(database: Reader, book: number, path: string): Promise<boolean> {
  const high = `${path}\u0001`;
  return (await database.maybe(pathFrom, { book, low: path, high })) !== undefined;
}

async function nodeOf(
  database: Reader,
  book: number,
  path: string,
  asset: string | undefined,
): Promise<TreeNode> {
  const range = { book, ...pathRange(path) };
  const below = await database.maybe(pathFrom, range);
  const most = TREE_ACCOUNTS_MAX + 1;
  const rows = await database.run(sumsUnder, { ...range, asset: asset ?? null, most });
  const accounts = rows.reduce((sum, row) => sum + Number(row.accounts), 0);
  const node = { path, hasChildren: below !== undefined };
  if (accounts > TREE_ACCOUNTS_MAX) return { ...node, complete: false };
  const sums = rows.map((row) => ({
    asset: row.asset,
    accounts: Number(row.accounts),
    debitsPending: BigInt(row.debitsPending),
    debitsPosted: BigInt(row.debitsPosted),
    creditsPending: BigInt(row.creditsPending),
    creditsPosted: BigInt(row.creditsPosted),
  }));
  return { ...node, complete: true, sums };
}
