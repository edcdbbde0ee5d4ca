/** The reading half of a book: questions to the tables, none through the lane. */
import { balanceAt } from "./balance-at.ts";
import type { Book } from "./book.ts";
import type { OpenBookInput } from "./book-lane.ts";
import { changes } from "./changes.ts";
import { lockBook, orderLock } from "./engine.sql.ts";
import { chainEntries, findEntry } from "./find-entry.ts";
import { head } from "./head.ts";
import { history } from "./history.ts";
import { findAccount, listAccounts } from "./list-accounts.ts";
import { listAssets } from "./list-assets.ts";
import { statement } from "./statement.ts";
import { tree } from "./tree.ts";
import { trialBalance } from "./trial-balance.ts";
import { verifyBook } from "./verify-book.ts";

type Writes = "name" | "id" | "submit" | "chain" | "batch" | "commit" | "tx" | "stats";

export function readsOf({ database, id: book, lane }: OpenBookInput): Omit<Book, Writes> {
  return {
    find: (id) => findEntry(database, book, id),
    chainEntries: (chain) => chainEntries(database, book, chain),
    account: (path, asset) => findAccount(database, book, path, asset),
    accounts: (filter, page) => listAccounts(database, book, filter, page),
    balanceAt: (path, asset, point) => balanceAt(database, book, path, asset, point),
    history: (filter, page) => history(database, book, filter, page),
    changes: (options) => changes(database, book, options),
    statement: (asked, page) => statement(database, book, asked, page),
    tree: (filter, page) => tree(database, book, filter, page),
    assets: (page) => listAssets(database, book, page),
    trialBalance: () => trialBalance(database, book),
    head: () => head(database, book),
    verify: (options) => verifyBook(database, book, options),
    // Between two flushes of this node and behind the order lock, so behind whatever another
    // connection still works on: what is not there then can come only by being sent again.
    resolve: (id) =>
      lane.alone(() =>
        database.transaction(
          async (tx) => {
            await tx.one(lockBook, { space: orderLock(database.schema), book });
            return findEntry(tx, book, id);
          },
          { readOnly: true },
        ),
      ),
  };
}
