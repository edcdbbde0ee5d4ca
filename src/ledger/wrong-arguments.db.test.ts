import { afterAll, beforeAll, expect, test } from "vitest";
import { unit } from "../postgres/index.ts";
import { CNY, openShop, pay, type Shop } from "./testing/shop.ts";
import { type Book, type Ledger, openLedger, type OpenLedgerOptions } from "./index.ts";

/** A caller without types: may hand in anything, to anything. */
type Untyped<T> = {
  readonly [K in keyof T]: T[K] extends (...given: never[]) => infer Result
    ? (...given: unknown[]) => Result
    : T[K];
};

let shop: Shop;
let ledger: Ledger;
let book: Untyped<Book>;
beforeAll(async () => {
  shop = await openShop([], "caller");
  ledger = openLedger({ database: shop.test.database, sweep: false });
  book = (await ledger.book("shop")) as Untyped<Book>;
});
afterAll(async () => {
  await ledger.close();
  await shop.test.drop();
});

const fine = () => pay("fine", "bank", "till", 1n);
const many = (count: number, member: unknown) => Array.from({ length: count }, () => member);
const BEFORE_TIME = -(2 ** 53) + 1;

test.each<[string, (asked: typeof book) => Promise<unknown>, string]>([
  ["find: a number", (b) => b.find(5), "argument_malformed"],
  ["find: nothing", (b) => b.find(), "argument_malformed"],
  ["find: a NUL", (b) => b.find("\u0000"), "argument_malformed"],
  ["find: half a character", (b) => b.find("\ud800"), "argument_malformed"],
  ["resolve: null", (b) => b.resolve(null), "argument_malformed"],
  ["chainEntries: an object", (b) => b.chainEntries({}), "argument_malformed"],
  ["entriesOfChains: a text", (b) => b.entriesOfChains("c"), "argument_malformed"],
  ["entriesOfChains: a number", (b) => b.entriesOfChains([5]), "argument_malformed"],
  ["account: null", (b) => b.account(null, CNY), "argument_malformed"],
  ["account: no asset", (b) => b.account("bank"), "argument_malformed"],
  ["accounts: null", (b) => b.accounts(null), "argument_malformed"],
  ["accounts: an asset that is a number", (b) => b.accounts({ asset: 5 }), "filter_malformed"],
  ["accounts: an asset without scale", (b) => b.accounts({ asset: "CNY" }), "filter_malformed"],
  ["accounts: a page that is a number", (b) => b.accounts({}, 5), "argument_malformed"],
  ["balanceAt: no path", (b) => b.balanceAt(undefined, CNY, { seq: 1 }), "argument_malformed"],
  ["balanceAt: no point", (b) => b.balanceAt("bank", CNY, null), "argument_malformed"],
  ["balanceAt: a negative seq", (b) => b.balanceAt("bank", CNY, { seq: -1 }), "point_malformed"],
  ["balanceAt: a negative time", (b) => b.balanceAt("bank", CNY, { at: -1 }), "point_malformed"],
  [
    "balanceAt: before all time",
    (b) => b.balanceAt("bank", CNY, { effectiveAt: BEFORE_TIME }),
    "point_malformed",
  ],
  ["history: null", (b) => b.history(null), "argument_malformed"],
  [
    "history: an account that is a text",
    (b) => b.history({ account: "bank" }),
    "argument_malformed",
  ],
  [
    "history: an asset that is a number",
    (b) => b.history({ account: { path: "bank", asset: 5 } }),
    "filter_malformed",
  ],
  ["history: a reference that is a number", (b) => b.history({ reference: 5 }), "filter_malformed"],
  [
    "history: a reference with a NUL",
    (b) => b.history({ reference: "\u0000" }),
    "filter_malformed",
  ],
  ["history: before all time", (b) => b.history({ to: BEFORE_TIME }), "filter_malformed"],
  ["history: refusals that are a text", (b) => b.history({ refusals: "no" }), "filter_malformed"],
  ["history: no order", (b) => b.history({}, { order: "sideways" }), "filter_malformed"],
  ["history: a limit that is null", (b) => b.history({}, { limit: null }), "limit_out_of_range"],
  ["history: a cursor that is null", (b) => b.history({}, { cursor: null }), "cursor_malformed"],
  ["history: a cursor that is a number", (b) => b.history({}, { cursor: 5 }), "cursor_malformed"],
  ["changes: nothing", (b) => b.changes(), "argument_malformed"],
  ["changes: a seq that is a text", (b) => b.changes({ afterSeq: "1" }), "point_malformed"],
  ["verify: a list", (b) => b.verify([]), "argument_malformed"],
  ["verify: a head that is no hash", (b) => b.verify({ expectHead: "zz" }), "argument_malformed"],
  ["verify: a head that is a number", (b) => b.verify({ expectHead: 5 }), "argument_malformed"],
  ["verify: progress to nobody", (b) => b.verify({ onProgress: 5 }), "argument_malformed"],
  ["verify: a signal that is none", (b) => b.verify({ signal: {} }), "argument_malformed"],
  ["batch: null", (b) => b.batch(null), "argument_malformed"],
  ["batch: one request", (b) => b.batch(fine()), "argument_malformed"],
  ["commit: null", (b) => b.commit(null), "argument_malformed"],
  ["commit: a request", (b) => b.commit(fine()), "argument_malformed"],
  ["commit: no key", (b) => b.commit({ ...unit("u"), key: 5 }), "argument_malformed"],
  ["commit: no guards", (b) => b.commit({ ...unit("u"), guards: null }), "argument_malformed"],
  [
    "commit: a guard of nothing",
    (b) => b.commit({ ...unit("u"), guards: [5] }),
    "argument_malformed",
  ],
  [
    "commit: a row for nobody",
    (b) => b.commit({ ...unit("u"), writes: [{}] }),
    "argument_malformed",
  ],
  ["tx: a request", (b) => b.tx(fine()), "argument_malformed"],
  ["tx: work that returns nothing", (b) => b.tx(async () => undefined), "argument_malformed"],
  ["tx: a deadline of 0", (b) => b.tx(() => ({}), { deadlineMs: 0 }), "argument_malformed"],
  ["options that are a number", (b) => b.submit(fine(), 5), "argument_malformed"],
  ["a deadline that is NaN", (b) => b.submit(fine(), { deadlineMs: NaN }), "argument_malformed"],
  ["a deadline that is a text", (b) => b.submit(fine(), { deadlineMs: "5" }), "argument_malformed"],
  ["a deadline that is past", (b) => b.chain(fine(), { deadlineMs: -1 }), "argument_malformed"],
  ["a deadline of never", (b) => b.batch([], { deadlineMs: Infinity }), "argument_malformed"],
  ["a context that is a number", (b) => b.submit(fine(), { context: 5 }), "argument_malformed"],
  ["a context that is a list", (b) => b.commit(unit("u"), { context: [] }), "argument_malformed"],
  ["a context of a number", (b) => b.submit(fine(), { context: { by: 5 } }), "context_malformed"],
  ["createBook: a number", () => (ledger as Untyped<Ledger>).createBook(5), "book_name_malformed"],
  ["book: nothing", () => (ledger as Untyped<Ledger>).book(), "book_name_malformed"],
])("refuses by name: %s", async (_title, ask, reason) => {
  await expect(ask(book)).rejects.toMatchObject({ code: `ledger.${reason}` });
  expect(await book.find("fine")).toBeUndefined();
});

test.each<[string, (asked: typeof book) => Promise<unknown>, string]>([
  ["a request that is null", (b) => b.submit(null), "kind_unknown"],
  ["a request that is a text", (b) => b.submit("pay"), "kind_unknown"],
])("answers what is no request at all: %s", async (_title, ask, reason) => {
  expect(await ask(book)).toMatchObject({ status: "refused", code: `ledger.${reason}` });
});

test.each<[string, unknown, string]>([
  ["nothing", undefined, "chain_id_malformed"],
  ["null", null, "chain_id_malformed"],
  ["a text", "chain", "chain_id_malformed"],
  ["one without requests", { chain: "c" }, "chain_empty"],
  ["one of null", { chain: "c", requests: null }, "chain_empty"],
  ["one of a number", { chain: "c", requests: 5 }, "chain_empty"],
  ["one of a text", { chain: "c", requests: "abc" }, "chain_empty"],
  ["one of what is no request", { chain: "c", requests: [null] }, "kind_unknown"],
  ["one with a hole", { chain: "c", requests: new Array(1) }, "kind_unknown"],
  ["8,001", { chain: "c", requests: many(8_001, fine()) }, "chain_too_long"],
  ["9,000", { chain: "c", requests: many(9_000, fine()) }, "chain_too_long"],
  ["100,000 of nothing", { chain: "c", requests: many(100_000, null) }, "chain_too_long"],
])("answers a chain that is none: %s", async (_title, chain, reason) => {
  const refusal = { status: "refused", code: `ledger.${reason}`, index: 0 };
  expect(await book.chain(chain)).toMatchObject(refusal);
});

test("a posting that is null is refused in each of the forms", async () => {
  const refusal = { status: "refused", code: "ledger.kind_unknown" };
  expect(await book.batch([null])).toMatchObject([refusal]);
  const asUnit = await book.commit({ ...unit("u"), posting: null });
  expect(asUnit).toMatchObject({ status: "refused", answer: refusal });
  const withSql = await book.tx(async () => ({ post: null, value: 1 }));
  expect(withSql).toMatchObject({ answer: refusal, value: undefined });
});

test.each<[string, unknown]>([
  ["nothing", undefined],
  ["no database", {}],
  ["a clock without time", { clock: {} }],
  ["a book time of another kind", { bookTime: "Clock" }],
  ["a limit that is a text", { limits: { deadlineMs: "5" } }],
  ["a memory of NaN", { memory: { ids: Number.NaN } }],
  ["a sweep that is a text", { sweep: "no" }],
])("refuses to open a ledger with %s", (title, options) => {
  const { database } = shop.test;
  const given =
    options === undefined || title === "no database" ? options : { database, ...options };
  const open = () => openLedger(given as OpenLedgerOptions);
  expect(open).toThrow(expect.objectContaining({ code: "ledger.argument_malformed" }));
});
