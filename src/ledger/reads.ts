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
import { mustBe } from "./must-be.ts";
import { trialBalance } from "./trial-balance.ts";
import { verifyBook } from "./verify-book.ts";

type Writes = "name" | "id" | "submit" | "chain" | "batch" | "commit" | "tx" | "stats";

export function readsOf({ database, id: book, lane }: OpenBookInput): Omit<Book, Writes> {
  return {
    find: async (id) => {
      mustBe("a text", { id });
      return findEntry(database, book, id);
    },
    chainEntries: async (chain) => {
      mustBe("a text", { chain });
      return chainEntries(database, book, chain);
    },
    account: async (path, asset) => {
      mustBe("a text", { path, asset });
      return findAccount(database, book, path, asset);
    },
    accounts: (filter, page) => listAccounts(database, book, filter, page),
    balanceAt: async (path, asset, point) => {
      mustBe("a text", { path, asset });
      return balanceAt(database, book, path, asset, point);
    },
    history: (filter, page) => history(database, book, filter, page),
    changes: (options) => changes(database, book, options),
    trialBalance: () => trialBalance(database, book),
    head: () => head(database, book),
    verify: (options) => verifyBook(database, book, options),
    // Between two flushes of this node and behind the order lock, so behind whatever another
    // connection still works on: what is not there then can come only by being sent again.
    resolve: async (id) => {
      mustBe("a text", { id });
      return lane.alone(() =>
        database.transaction(
          async (tx) => {
            await tx.one(lockBook, { space: orderLock(database.schema), book });
            return findEntry(tx, book, id);
          },
          { readOnly: true },
        ),
      );
    },
  };
}
