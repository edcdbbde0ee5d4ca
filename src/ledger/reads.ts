/** The reading half of a book: questions to the tables, none through the lane. */
import { fail } from "../base/index.ts";
import { laneErrors } from "../postgres/index.ts";
import { balanceAt } from "./balance-at.ts";
import type { Book } from "./book.ts";
import type { OpenBookInput } from "./book-lane.ts";
import { changes } from "./changes.ts";
import { lockBook, orderLock } from "./engine.sql.ts";
import { chainEntries, findEntry } from "./find-entry.ts";
import { head, origin } from "./head.ts";
import { history } from "./history.ts";
import { findAccount, listAccounts } from "./list-accounts.ts";
import { listAssets } from "./list-assets.ts";
import { mustBe } from "./must-be.ts";
import { statement } from "./statement.ts";
import { tree } from "./tree.ts";
import { trialBalance } from "./trial-balance.ts";
import { verifyBook } from "./verify-book.ts";

type Writes = "name" | "id" | "submit" | "chain" | "batch" | "commit" | "tx" | "stats";

export function readsOf(input: OpenBookInput): Omit<Book, Writes> {
  const { database, id: book, lane } = input;
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
    statement: async (asked, page) => {
      mustBe("a text", { path: asked.path, asset: asked.asset });
      return statement(database, book, asked, page);
    },
    tree: (filter, page) => tree(database, book, filter, page),
    assets: (page) => listAssets(database, book, page),
    trialBalance: () => trialBalance(database, book),
    head: () => head(database, book),
    origin: () => origin(database, book),
    verify: (options) => verifyBook(database, book, options),
    resolve: async (id) => {
      mustBe("a text", { id });
      return lane.alone(() => resolve(input, id));
    },
  };
}

/**
 * Between two flushes of this node, after the end of every server process that it lost sight of, and
 * behind the order lock: what is not there then can come only by being sent again.
 */
async function resolve({ database, id: book, lane }: OpenBookInput, id: string) {
  const allGone = await lane.endStrays(database);
  const entry = await database.transaction(
    async (tx) => {
      await tx.one(lockBook, { space: orderLock(database.schema), book });
      return findEntry(tx, book, id);
    },
    { readOnly: true },
  );
  if (entry === undefined && !allGone) throw fail(laneErrors, "outcome_unknown", { key: id });
  return entry;
}
