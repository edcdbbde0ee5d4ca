/** What happened: entries, statements, the trial balance, the feed of changes. */
import { Type } from "typebox";
import { fail } from "../base/index.ts";
import { type Book, readingErrors } from "../ledger/index.ts";
import { inBook, paged } from "./codes.ts";
import { statementLines } from "./csv.ts";
import { enter } from "./gate.ts";
import { httpErrors } from "./http.errors.ts";
import { instantAsked, numberAsked, pageAsked, pageQuery } from "./page-asked.ts";
import { type Call, json, route, type Route } from "./route.ts";
import { accountQuery } from "./routes-accounts.ts";
import { bookParam } from "./routes-books.ts";
import {
  Change,
  digits,
  Entry,
  named,
  pageOf,
  Seq,
  Statement,
  text,
  TrialBalance,
} from "./schemas.ts";
import { waitAsked, waitForEntry } from "./wait-for-entry.ts";
import { changeOnWire, balanceOnWire, entryOnWire, trialBalanceOnWire } from "./wire-out.ts";

const reading = { method: "GET", group: "History", needs: "read", params: bookParam } as const;
const exampleTime = "2026-11-21T07:29:16.000Z";
const period = {
  from: Type.Optional(text("Book time, inclusive.", exampleTime)),
  to: Type.Optional(text("Book time, inclusive.", exampleTime)),
};
const filterCodes = [...paged, "ledger.filter_malformed"];

const listEntries = route({
  ...reading,
  path: "/v1/books/{book}/entries",
  name: "listEntries",
  summary: "The journal: entries that meet all conditions given",
  description:
    "Newest first when left out. A page may be short, even empty, and still have a cursor: go on until it has none. An account that is not there is 404; a prefix with nothing below it is an empty page.",
  query: {
    account: Type.Optional(text("Entries of this account.", "shop/cash")),
    asset: Type.Optional(text("With account: of this asset only.", "CNY/2")),
    prefix: Type.Optional(text("Entries of accounts at or below this path.", "shop")),
    reference: Type.Optional(text("Your own key.", "invoice-7")),
    code: Type.Optional(digits("Your own number.", "12")),
    ...period,
    refusals: Type.Optional(Type.Union([Type.Literal("true"), Type.Literal("false")])),
    order: Type.Optional(Type.Union([Type.Literal("newest"), Type.Literal("oldest")])),
    ...pageQuery,
  },
  answers: { 200: { description: "A page.", schema: pageOf("EntryPage", Entry) } },
  codes: [...inBook, ...filterCodes, "ledger.account_not_found", "ledger.archived"],
  async handle(call) {
    const { account, asset, prefix, reference, code, from, to, refusals } = call.query;
    if (asset !== undefined && account === undefined) {
      throw fail(httpErrors, "query_malformed", { problem: "asset is asked for without account" });
    }
    const filter = {
      account: account === undefined ? undefined : { path: account, asset },
      prefix,
      reference,
      code: numberAsked(code),
      from: instantAsked("from", from),
      to: instantAsked("to", to),
      refusals: refusals === "true",
    };
    // One of both is enough: what is found meets both.
    const path = account ?? prefix;
    const book = await enter(call, "read", path === undefined ? [] : [path]);
    const { items, cursor } = await book.history(filter, pageAsked(call.query));
    // Whoever has entries is there: only of the others it has to be asked.
    if (items.length === 0 && account !== undefined) await demandAccount(book, account, asset);
    return json({ items: items.map(entryOnWire), cursor });
  },
});

/** Without an asset it is enough that it is there in one. Refuses: ledger.account_not_found. */
async function demandAccount(book: Book, path: string, asset: string | undefined): Promise<void> {
  if (asset !== undefined) {
    if ((await book.account(path, asset)) !== undefined) return;
  } else {
    // In order of path, so that the account itself comes before those below it.
    const { items } = await book.accounts({ prefix: path }, { limit: 1 });
    if (items[0]?.path === path) return;
  }
  throw fail(readingErrors, "account_not_found", { path, asset: asset ?? "any asset" });
}

const readTrialBalance = route({
  ...reading,
  path: "/v1/books/{book}/trial-balance",
  name: "readTrialBalance",
  summary: "Per asset, do debits equal credits?",
  description: "Exact as of one seq, also on a book that is being written.",
  answers: { 200: { description: "The sums.", schema: TrialBalance } },
  codes: inBook,
  async handle(call) {
    const book = await enter(call, "read");
    return json(trialBalanceOnWire(await book.trialBalance()));
  },
});

const readStatement = route({
  ...reading,
  path: "/v1/books/{book}/statement",
  name: "readStatement",
  summary: "One account: opening, every entry with the balance after it, closing",
  description:
    "With moves=true only what moved something: no openings, bounds and the like. As JSON in pages. As CSV (format=csv) whole, streamed, in the account's own units; then limit and cursor are refused.",
  query: {
    ...accountQuery,
    ...period,
    moves: Type.Optional(Type.Union([Type.Literal("true"), Type.Literal("false")])),
    format: Type.Optional(Type.Union([Type.Literal("json"), Type.Literal("csv")])),
    ...pageQuery,
  },
  answers: {
    200: { description: "A page of it, or all of it as text/csv.", schema: Statement },
  },
  codes: [...inBook, ...filterCodes, "ledger.account_not_found", "ledger.archived"],
  async handle(call) {
    const { path, asset, from, to, moves, format } = call.query;
    const asked = {
      path,
      asset,
      from: instantAsked("from", from),
      to: instantAsked("to", to),
      moves: moves === "true",
    };
    const book = await enter(call, "read", [path]);
    if (format === "csv") return csvOf(call, book, asked);
    const { lines, opening, closing, cursor } = await book.statement(asked, pageAsked(call.query));
    return json({
      path,
      asset,
      opening: balanceOnWire(opening),
      lines: lines.map(({ entry, balance }) => {
        return { entry: entryOnWire(entry), balance: balanceOnWire(balance) };
      }),
      closing: balanceOnWire(closing),
      cursor,
    });
  },
});

type StatementAsked = Parameters<Book["statement"]>[0];

async function csvOf(
  call: Call<unknown, { readonly cursor?: string; readonly limit?: string }>,
  book: Book,
  asked: StatementAsked,
) {
  if (call.query.cursor !== undefined || call.query.limit !== undefined) {
    const problem = "a CSV statement is whole: it has neither limit nor cursor";
    throw fail(httpErrors, "query_malformed", { problem });
  }
  const lines = await statementLines(book, asked);
  call.reply.header("content-type", "text/csv; charset=utf-8; header=present");
  call.reply.header("content-disposition", 'attachment; filename="statement.csv"');
  return lines;
}

const readChanges = route({
  ...reading,
  path: "/v1/books/{book}/changes",
  name: "readChanges",
  summary: "The feed: everything after a seq, oldest first, with both balances",
  description:
    "Keep `after` of the answer and ask again with it: nothing is skipped or doubled. With waitMs it waits so long for something to come.",
  query: {
    after: Type.Optional(digits("The last seq you have; 0 when left out.", "0")),
    limit: Type.Optional(digits("1 to 1000; 100 when left out.", "100")),
    waitMs: Type.Optional(digits("Up to 30000.", "0")),
  },
  answers: {
    200: {
      description: "Changes, perhaps none; `after` is what to ask with next.",
      schema: named("Changes", { items: Type.Array(Change), after: Seq }),
    },
  },
  codes: [
    ...inBook,
    "ledger.point_malformed",
    "ledger.limit_out_of_range",
    "ledger.seq_ahead",
    "ledger.archived",
  ],
  waits: true,
  async handle(call) {
    const { query } = call;
    const afterSeq = numberAsked(query.after) ?? 0;
    const limit = numberAsked(query.limit) ?? 100;
    const waitMs = waitAsked(query.waitMs);
    const book = await enter(call, "read");
    let changes = await book.changes({ afterSeq, limit });
    if (changes.length === 0 && (await waitForEntry(call, book, afterSeq, waitMs))) {
      changes = await book.changes({ afterSeq, limit });
    }
    const after = changes.at(-1)?.entry.seq ?? afterSeq;
    return json({ items: changes.map(changeOnWire), after });
  },
});

export const historyRoutes: readonly Route[] = [
  listEntries,
  readTrialBalance,
  readStatement,
  readChanges,
];
