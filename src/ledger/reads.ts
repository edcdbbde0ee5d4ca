/** The reading half of a book: questions to the tables, none through the lane. */
import { balanceAt } from "./balance-at.ts";
import type { Book } from "./book.ts";
import type { OpenBookInput } from "./book-lane.ts";
import { chains } from "./chains.ts";
import { changes } from "./changes.ts";
import { chainEntries, entriesOfChains, findEntry } from "./find-entry.ts";
import { head, origin } from "./head.ts";
import { history } from "./history.ts";
import { findAccount, listAccounts } from "./list-accounts.ts";
import { listAssets } from "./list-assets.ts";
import { mayBe, mustBe } from "./must-be.ts";
import { ResolveLine } from "./resolve-line.ts";
import { statement } from "./statement.ts";
import { tree } from "./tree.ts";
import { trialBalance } from "./trial-balance.ts";
import { verifyBook } from "./verify-book.ts";

type Writes = "name" | "id" | "submit" | "chain" | "batch" | "commit" | "tx" | "stats";

export function readsOf(input: OpenBookInput): Omit<Book, Writes> {
  const { database, id: book } = input;
  const answers = new ResolveLine(input);
  return {
    find: async (id) => {
      mustBe("a text", { id });
      return findEntry(database, book, id);
    },
    chainEntries: async (chain) => {
      mustBe("a text", { chain });
      return chainEntries(database, book, chain);
    },
    entriesOfChains: async (asked, most) => {
      mustBe("a list", { chains: asked });
      for (const chain of asked) mustBe("a text", { chain });
      return entriesOfChains(database, book, asked, most);
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
    chains: (options) => chains(database, book, options),
    statement: async (asked, page) => {
      mustBe("an object", { asked });
      mayBe("an object", { page });
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
      return answers.of(id);
    },
  };
}
