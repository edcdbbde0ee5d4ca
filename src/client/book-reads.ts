/** The reading half of a book: questions, each safe to repeat. */
import { ask, digits, flag } from "./ask.ts";
import type { Wire } from "./attempt.ts";
import type { Book, Point } from "./book.ts";
import { feed } from "./feed.ts";
import {
  accountOf,
  balanceOf,
  entryOf,
  headOf,
  statementOf,
  treeNodeOf,
  trialBalanceOf,
} from "./from-wire.ts";
import { listOf, type Page } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { findChain, findEntry, orMissing } from "./resolve.ts";
import { statementCsv } from "./statement-csv.ts";
import { timeText } from "./to-wire.ts";
import { verify } from "./verification.ts";

type Reads = Pick<
  Book,
  | "create"
  | "head"
  | "find"
  | "chainEntries"
  | "account"
  | "balance"
  | "statementCsv"
  | "trialBalance"
  | "changes"
  | "verify"
>;
type Lists = Pick<Book, "accounts" | "assets" | "tree" | "history" | "statement">;

export function readsOf(wire: Wire, book: string): Reads {
  const params = { book };
  return {
    create: async (options) => headOf(await ask(wire, "createBook", { params, body: {} }, options)),
    head: async (options) => headOf(await ask(wire, "readBook", { params }, options)),
    find: (id, options) => findEntry(wire, book, id, options),
    chainEntries: (chain, options) => findChain(wire, book, chain, options),
    async account(path, asset, options) {
      const asked = ask(wire, "readAccount", { params, query: { path, asset } }, options);
      const account = await orMissing(asked, ["ledger.account_not_found"]);
      return account === undefined ? undefined : accountOf(account);
    },
    async balance(path, asset, point, options) {
      const query = { path, asset, ...pointAsked(point) };
      return balanceOf(await ask(wire, "readBalance", { params, query }, options));
    },
    statementCsv: (asked, options) => statementCsv(wire, book, asked, options),
    async trialBalance(options) {
      return trialBalanceOf(await ask(wire, "readTrialBalance", { params }, options));
    },
    changes: (options = {}) => feed(wire, book, options),
    verify: (options = {}) => verify(wire, book, options),
  };
}

export function listsOf(wire: Wire, book: string): Lists {
  const params = { book };
  return {
    accounts: ({ prefix, asset } = {}, { limit, ...options } = {}) =>
      listOf(async (cursor) => {
        const query = { prefix, asset, cursor, limit: digits(limit) };
        const page = await ask(wire, "listAccounts", { params, query }, options);
        return { ...page, items: page.items.map(accountOf) };
      }, itemsOf),
    assets: ({ limit, ...options } = {}) =>
      listOf((cursor) => {
        const query = { cursor, limit: digits(limit) };
        return ask(wire, "listAssets", { params, query }, options);
      }, itemsOf),
    tree: ({ prefix, asset } = {}, { limit, ...options } = {}) =>
      listOf(async (cursor) => {
        const query = { prefix, asset, cursor, limit: digits(limit) };
        const page = await ask(wire, "readTree", { params, query }, options);
        return { ...page, items: page.items.map(treeNodeOf) };
      }, itemsOf),
    history: (filter = {}, { limit, ...options } = {}) =>
      listOf(async (cursor) => {
        const { account, code, from, to, refusals, ...rest } = filter;
        const query = {
          ...rest,
          account: account?.path,
          asset: account?.asset,
          code: digits(code),
          ...period(from, to),
          refusals: flag(refusals),
          cursor,
          limit: digits(limit),
        };
        const page = await ask(wire, "listEntries", { params, query }, options);
        return { ...page, items: page.items.map(entryOf) };
      }, itemsOf),
    statement: ({ path, asset, from, to, moves }, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = {
            ...{ path, asset, moves: flag(moves) },
            ...period(from, to),
            cursor,
            limit: digits(limit),
          };
          const page = await ask(wire, "readStatement", { params, query }, options);
          return statementOf(page);
        },
        ({ lines }) => lines,
      ),
  };
}

function itemsOf<T>({ items }: Page<T>): readonly T[] {
  return items;
}

function period(from: Instant | undefined, to: Instant | undefined) {
  return {
    from: from === undefined ? undefined : timeText(from, "from"),
    to: to === undefined ? undefined : timeText(to, "to"),
  };
}

function pointAsked(point: Point | undefined) {
  if (point === undefined) return {};
  if ("seq" in point) return { seq: digits(point.seq) };
  if ("at" in point) return { at: timeText(point.at, "at") };
  return { effectiveAt: timeText(point.effectiveAt, "effectiveAt") };
}
