/** Accounts: opened, bounded, closed, reopened; one, many, and as a tree. */
import { Type } from "typebox";
import { fail } from "../base/index.ts";
import { type Point, readingErrors } from "../ledger/index.ts";
import { inBook, paged, posted } from "./codes.ts";
import { enter } from "./gate.ts";
import { httpErrors } from "./http.errors.ts";
import { instantAsked, numberAsked, pageAsked, pageQuery } from "./page-asked.ts";
import { post } from "./posting.ts";
import { refusalsOf } from "./refusals-of.ts";
import { BoundBody, CloseBody, OpenBody } from "./request-schemas.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { Account, Balance, Carried, digits, pageOf, text, TreeNode } from "./schemas.ts";
import { taken } from "./taken.ts";
import { boundOf } from "./wire-in.ts";
import { accountOnWire, balanceOnWire, treeNodeOnWire } from "./wire-out.ts";

export const accountQuery = {
  path: text("The account's path.", "shop/stock"),
  asset: text("Its asset, with the scale.", "CNY/2"),
};
const prefix = Type.Optional(text("This path and everything below it.", "shop"));
const asset = Type.Optional(text("Of this asset only.", "CNY/2"));

const event = {
  method: "POST",
  group: "Accounts",
  needs: "define",
  takesPrefer: true,
  params: bookParam,
  answers: {
    200: {
      description: "It was done before: its first outcome, balances of now.",
      schema: Carried,
    },
    201: { description: "It is done.", schema: Carried },
  },
} as const;

const EVENT_ANSWER =
  "Nothing moves: the answer has the amount 0, and the account as `debit`, whatever its side.";

const openAccount = route({
  ...event,
  path: "/v1/books/{book}/accounts",
  name: "openAccount",
  summary: "Open an account",
  description:
    "Known by path and asset, so safe to repeat without an id. `bound` says how far below zero it may go: 0 when left out. " +
    EVENT_ANSWER,
  body: taken(OpenBody),
  codes: [...posted, ...refusalsOf.open],
  example: { path: "shop/cash", asset: "CNY/2", side: "debit", bound: "none" },
  handle(call) {
    const { rule, bound, ...account } = call.body;
    const asked = bound === undefined ? undefined : boundOf(bound);
    return post(call, { kind: "open", ...account, bound: asked }, rule);
  },
});

const boundAccount = route({
  ...event,
  path: "/v1/books/{book}/accounts/bound",
  name: "boundAccount",
  summary: "Change how far below zero an account may go",
  description: EVENT_ANSWER,
  body: taken(BoundBody),
  codes: [...posted, ...refusalsOf.bound],
  example: { id: "bound-1", path: "shop/cash", asset: "CNY/2", bound: "50000" },
  handle(call) {
    const { rule, bound, ...account } = call.body;
    return post(call, { kind: "bound", ...account, bound: boundOf(bound) }, rule);
  },
});

const closeAccount = route({
  ...event,
  path: "/v1/books/{book}/accounts/close",
  name: "closeAccount",
  summary: "Close an account",
  description: `From then on it refuses everything but the void and the expiry of its holds. ${EVENT_ANSWER}`,
  body: taken(CloseBody),
  codes: [...posted, ...refusalsOf.close],
  example: { id: "close-1", path: "shop/cash", asset: "CNY/2" },
  handle(call) {
    const { rule, ...account } = call.body;
    return post(call, { kind: "close", ...account }, rule);
  },
});

const reopenAccount = route({
  ...event,
  path: "/v1/books/{book}/accounts/reopen",
  name: "reopenAccount",
  summary: "Reopen a closed account",
  description: EVENT_ANSWER,
  body: taken(CloseBody),
  codes: [...posted, ...refusalsOf.reopen],
  example: { id: "reopen-1", path: "shop/cash", asset: "CNY/2" },
  handle(call) {
    const { rule, ...account } = call.body;
    return post(call, { kind: "reopen", ...account }, rule);
  },
});

const reading = {
  method: "GET",
  group: "Accounts",
  needs: "read",
  params: bookParam,
} as const;

const listAccounts = route({
  ...reading,
  path: "/v1/books/{book}/accounts",
  name: "listAccounts",
  summary: "Accounts as they stand now, in order of path",
  description: "A page may be short, even empty, and still have a cursor: go on until it has none.",
  query: { prefix, asset, ...pageQuery },
  answers: { 200: { description: "A page.", schema: pageOf("AccountPage", Account) } },
  codes: [...inBook, ...paged, "ledger.filter_malformed"],
  async handle(call) {
    const { prefix, asset } = call.query;
    const book = await enter(call, "read", prefix === undefined ? [] : [prefix]);
    const filter = {
      ...(prefix === undefined ? {} : { prefix }),
      ...(asset === undefined ? {} : { asset }),
    };
    const { items, cursor } = await book.accounts(filter, pageAsked(call.query));
    return json({ items: items.map(accountOnWire), cursor });
  },
});

const readAccount = route({
  ...reading,
  path: "/v1/books/{book}/account",
  name: "readAccount",
  summary: "One account as it stands now",
  query: accountQuery,
  answers: { 200: { description: "The account.", schema: Account } },
  codes: [...inBook, "ledger.account_not_found"],
  async handle(call) {
    const { path, asset } = call.query;
    const book = await enter(call, "read", [path]);
    const account = await book.account(path, asset);
    if (account === undefined) throw fail(readingErrors, "account_not_found", { path, asset });
    return json(accountOnWire(account));
  },
});

const readTree = route({
  ...reading,
  path: "/v1/books/{book}/tree",
  name: "readTree",
  summary: "What stands directly below a path, with sums of everything under it",
  description:
    "Where more than 5,000 accounts are below a child it says `complete: false` and has no sums: ask for its own children.",
  query: { prefix, asset, ...pageQuery },
  answers: { 200: { description: "Children.", schema: pageOf("TreePage", TreeNode) } },
  codes: [...inBook, ...paged, "ledger.filter_malformed"],
  async handle(call) {
    const { prefix, asset } = call.query;
    const book = await enter(call, "read", prefix === undefined ? [] : [prefix]);
    const { items, cursor } = await book.tree({ prefix, asset }, pageAsked(call.query));
    return json({ items: items.map(treeNodeOnWire), cursor });
  },
});

const readBalance = route({
  ...reading,
  path: "/v1/books/{book}/balance",
  name: "readBalance",
  summary: "An account's balance, now or at a point of the past",
  description:
    "At most one of seq, at (book time) and effectiveAt (business time). Without one: now. Before the account was opened: zeros, also the bound, with the seq 0.",
  query: {
    ...accountQuery,
    seq: Type.Optional(digits("After this entry.", "42")),
    at: Type.Optional(text("At this book time.", "2026-11-21T07:29:16.000Z")),
    effectiveAt: Type.Optional(text("At this business time.", "2026-11-21T07:29:16.000Z")),
  },
  answers: { 200: { description: "The balance.", schema: Balance } },
  codes: [...inBook, "ledger.account_not_found", "ledger.point_malformed", "ledger.archived"],
  async handle(call) {
    const { path, asset } = call.query;
    const point = pointAsked(call.query);
    const book = await enter(call, "read", [path]);
    return json(balanceOnWire(await book.balanceAt(path, asset, point)));
  },
});

interface PointWords {
  readonly seq?: string;
  readonly at?: string;
  readonly effectiveAt?: string;
}

/** A point after the head means now. */
const NOW: Point = { seq: Number.MAX_SAFE_INTEGER };

function pointAsked({ seq, at, effectiveAt }: PointWords): Point {
  const given = [seq, at, effectiveAt].filter((one) => one !== undefined).length;
  if (given > 1) {
    const problem = "seq, at and effectiveAt exclude each other";
    throw fail(httpErrors, "query_malformed", { problem });
  }
  const bySeq = numberAsked(seq);
  if (bySeq !== undefined) return { seq: bySeq };
  const byBookTime = instantAsked("at", at);
  if (byBookTime !== undefined) return { at: byBookTime };
  const byBusinessTime = instantAsked("effectiveAt", effectiveAt);
  return byBusinessTime === undefined ? NOW : { effectiveAt: byBusinessTime };
}

export const accountRoutes: readonly Route[] = [
  openAccount,
  listAccounts,
  boundAccount,
  closeAccount,
  reopenAccount,
  readAccount,
  readTree,
  readBalance,
];
