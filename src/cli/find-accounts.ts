/** The accounts of one path; that there is none is said by name. */
import { fail, type LongmenError } from "../base/index.ts";
import type { AccountView } from "../client/index.ts";
import type { AskedBook, PageAsked } from "./asked-book.ts";
import { cliErrors } from "./cli.errors.ts";
import { gatherPages } from "./gather-pages.ts";

export function accountMissing(path: string, asset: string | undefined): LongmenError {
  const named = asset === undefined ? path : `${path} ${asset}`;
  return fail(cliErrors, "account_missing", { path: named });
}

/** In all its assets, at most so many. Refuses: cli.account_missing. */
export async function accountsAt(
  book: AskedBook,
  path: string,
  { asset, most }: { readonly asset?: string | undefined; readonly most: number },
): Promise<readonly AccountView[]> {
  const found: AccountView[] = [];
  const read = (page: PageAsked) => book.accounts({ prefix: path, asset }, page);
  for await (const { items } of gatherPages({ rows: most, after: undefined }, read)) {
    found.push(...items.filter((account) => account.path === path));
    // Accounts come in the order of their paths: behind the first of another there is none of this.
    if (items.some((account) => account.path !== path)) break;
  }
  if (found.length === 0) throw accountMissing(path, asset);
  return found;
}
