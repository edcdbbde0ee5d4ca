import { expect, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { type Unit, unit } from "../postgres/index.ts";
import {
  change,
  insertShelves,
  putUp,
  shelfStillThere,
  shelvesOf,
  startWith,
  updateShelves,
} from "../postgres/testing.ts";
import type { Posting } from "./book.ts";
import { CNY, expectVerified, left, openNode, openShop, pay } from "./testing/shop.ts";

/** Takes one thing from a shelf that was seen at a version, and money from a wallet for it. */
function buy(id: string, shelf: string, version: number, user: string, amount: bigint) {
  return unit(id)
    .guard(shelfStillThere, { name: shelf, version })
    .post<Posting>(pay(id, user, "till", amount))
    .write(updateShelves, { name: shelf, by: 1n });
}

async function shopWith(shelves: readonly string[]) {
  const shop = await openShop();
  const { database } = shop.test;
  await startWith(database, shelves);
  return { ...(await openNode(shop)), shop, database };
}

const COMMITTED = { status: "committed" };

test("P2: guards, rows and postings are one commit, and a repeat is answered without doing it again", async () => {
  const { book, database } = await shopWith(["a"]);
  const bought = await book.commit(buy("buy-1", "a", 1, "ann", 300n));
  expect(bought).toMatchObject({
    status: "committed",
    answer: { status: "created", amount: 300n, debit: { debitsPosted: 300n } },
  });
  // The guard would fail by now; but the unit was carried out, and that is its answer.
  expect(await book.commit(buy("buy-1", "a", 1, "ann", 300n))).toMatchObject({
    status: "repeated",
    answer: { status: "exists", amount: 300n },
  });
  expect(await shelvesOf(database)).toEqual({ a: [1n, 2] });
  expect(await left(book, "ann")).toBe(700n);
  await expectVerified(book);
});

test("P3: a refused posting takes its rows with it, and not its neighbours", async () => {
  const { book, database } = await shopWith(["a", "b", "c"]);
  const answers = await Promise.all([
    book.commit(buy("buy-a", "a", 1, "ann", 10n)),
    book.commit(buy("buy-b", "b", 1, "ann", 1_000n)),
    book.commit(buy("buy-c", "c", 1, "ann", 10n)),
  ]);
  expect(answers).toMatchObject([
    COMMITTED,
    { status: "refused", answer: { code: "ledger.debit_account_exceeds_bound" } },
    COMMITTED,
  ]);
  expect(await shelvesOf(database)).toEqual({ a: [1n, 2], b: [0n, 1], c: [1n, 2] });
  expect(await left(book, "ann")).toBe(980n);
  await expectVerified(book);
});

test("a failed guard takes the posting with it and burns no id", async () => {
  const { book, database } = await shopWith(["a"]);
  expect(await book.commit(buy("buy", "a", 7, "ann", 10n))).toEqual({
    status: "conflict",
    by: "shelf.still_there",
  });
  expect(await book.find("buy")).toBeUndefined();
  expect(await book.commit(buy("buy", "a", 1, "ann", 10n))).toMatchObject(COMMITTED);
  expect(await shelvesOf(database)).toEqual({ a: [1n, 2] });
  expect(await left(book, "ann")).toBe(990n);
});

test("one culprit of each kind among hundreds never fails a neighbour", async () => {
  const names = Array.from({ length: 300 }, (_, i) => `s${i}`);
  const { book, database } = await shopWith(names.slice(0, 250));
  await book.submit(pay("taken-id", "bank", "bob", 1n));
  const units: Unit<Posting>[] = names
    .slice(0, 250)
    .map((name, i) => buy(`buy-${i}`, name, 1, "ann", 1n));
  units[40] = buy("buy-40", "s40", 9, "ann", 1n); // a guard that fails
  units[90] = buy("taken-id", "s90", 1, "ann", 1n); // an id that is another's
  units[140] = buy("buy-140", "s140", 1, "ann", 10_000n); // more than there is
  units[190] = unit("buy-190") // a key that is taken
    .post<Posting>(pay("buy-190", "ann", "till", 1n))
    .write(insertShelves, { name: "s1", quantity: 1n });
  units[240] = unit("buy-240") // a row that the database can't take
    .post<Posting>(pay("buy-240", "ann", "till", 1n))
    .write(insertShelves, { name: "short", quantity: -1n });
  const answers = await Promise.allSettled(units.map((each) => book.commit(each)));
  const odd = new Map<number, object>([
    [40, { value: { status: "conflict", by: "shelf.still_there" } }],
    [90, { value: { answer: { code: "ledger.id_exists_with_different_debit" } } }],
    [140, { value: { answer: { code: "ledger.debit_account_exceeds_bound" } } }],
    [190, { value: { status: "conflict", by: "shelf.insert" } }],
    [240, { reason: { code: "lane.unit_failed", details: { key: "buy-240" } } }],
  ]);
  answers.forEach((answer, i) => {
    expect(answer).toMatchObject(odd.get(i) ?? { value: COMMITTED });
  });
  const shelves = await shelvesOf(database);
  expect(Object.values(shelves).filter(([, version]) => version === 2)).toHaveLength(245);
  expect(Object.keys(shelves)).toHaveLength(250);
  expect(await left(book, "ann")).toBe(1_000n - 245n);
  await expectVerified(book);
});

test("an account opened, filled and spent from in one unit with another room's row", async () => {
  const { book, database } = await shopWith([]);
  const chain: Posting = {
    chain: "welcome-cat",
    requests: [
      { kind: "open", path: "cat", asset: CNY, side: "credit" },
      pay("gift-cat", "bank", "cat", 50n),
      pay("fee-cat", "cat", "till", 20n),
    ],
  };
  const welcome = unit("welcome-cat")
    .post(chain)
    .write(insertShelves, { name: "cat", quantity: 1n });
  expect(await book.commit(welcome)).toMatchObject({
    status: "committed",
    answer: { status: "created" },
  });
  expect(await book.commit(welcome)).toMatchObject({ status: "repeated" });
  expect(await left(book, "cat")).toBe(30n);
  expect(await shelvesOf(database)).toEqual({ cat: [1n, 1] });
});

test("rows without a posting go through a book's lane in order with those that have one", async () => {
  const { book, database } = await shopWith(["a"]);
  const answers = await Promise.all([
    book.commit(putUp("b")),
    book.commit(buy("buy", "a", 1, "ann", 1n)),
    book.commit(change("a", 2, 5n)),
    book.commit(change("a", 2, 5n)),
  ]);
  expect(answers).toMatchObject([
    COMMITTED,
    COMMITTED,
    COMMITTED,
    { status: "conflict", by: "shelf.still_there" },
  ]);
  expect(await shelvesOf(database)).toEqual({ a: [6n, 3], b: [0n, 1] });
});

test("what is no request at all is told to its caller alone, in memory and under the lock", async () => {
  const { book, lane } = await shopWith([]);
  const broken = [
    { chain: "null", requests: [null] },
    { ...pay("odd", "bank", "ann", 1n), balancing: "toString" },
  ] as unknown as Posting[];
  const good = Array.from({ length: 20 }, (_, i) => pay(`good-${i}`, "bank", "ann", 1n));
  const context = { by: "a\u0000b" };
  const round = async () => {
    const [nothing, odd, nul, ...rest] = await Promise.allSettled([
      ...broken.map((posting) => book.commit(unit("broken").post(posting))),
      book.submit(pay("nul", "bank", "ann", 1n), { context }),
      ...good.map((request) => book.submit(request)),
    ]);
    expect(nothing).toMatchObject({ value: { answer: { code: "ledger.kind_unknown" } } });
    expect(odd).toMatchObject({ value: { answer: { code: "ledger.balancing_malformed" } } });
    expect(nul).toMatchObject({ reason: { code: "ledger.context_malformed" } });
    return rest.map((each): unknown => (each.status === "fulfilled" ? each.value : each.reason));
  };
  for (const answer of await round()) expect(answer).toMatchObject({ status: "created" });
  for (const answer of await round()) expect(answer).toMatchObject({ status: "exists" });
  expect(lane.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  expect(await left(book, "ann")).toBe(1_020n);
  await expectVerified(book);
});

test("decides ahead of the answer: what the second flush spends is what the first has left", async () => {
  const shop = await openShop();
  const clock = manualClock(Date.now() + 60_000);
  const { book, lane } = await openNode(shop, { limits: { flushWeightMax: 10 }, clock });
  const spend = Array.from({ length: 60 }, (_, i) =>
    book.submit(pay(`spend-${i}`, "ann", "till", 20n)),
  );
  const answers = await Promise.all(spend);
  expect(answers.slice(0, 50).every(({ status }) => status === "created")).toBe(true);
  expect(answers.slice(50).every(({ status }) => status === "refused")).toBe(true);
  expect(lane.stats().refusedFlushes).toBe(0);
  expect(await left(book, "ann")).toBe(0n);
  await expectVerified(book);
});

test("undoes what was decided ahead when the flush before it is refused", async () => {
  const shop = await openShop();
  await startWith(shop.test.database, ["a"]);
  const { book } = await openNode(shop, { limits: { flushWeightMax: 1 } });
  await book.submit(pay("warm", "bank", "bob", 1n));
  // The first flush is refused for its guard; the second was decided on the money it would have left.
  const answers = await Promise.all([
    book.commit(buy("first", "a", 9, "ann", 1_000n)),
    book.submit(pay("second", "ann", "till", 1_000n)),
    book.submit(pay("third", "ann", "till", 1n)),
  ]);
  expect(answers).toMatchObject([
    { status: "conflict" },
    { status: "created" },
    { status: "refused", code: "ledger.debit_account_exceeds_bound" },
  ]);
  await expectVerified(book);
});

test("finds repeated ids that memory has long forgotten", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop, { memory: { ids: 4, accounts: 2, holds: 4 } });
  const requests = Array.from({ length: 120 }, (_, i) => pay(`p${i}`, "bank", "ann", 1n));
  for (const request of requests.slice(0, 40)) await book.submit(request);
  await book.batch(requests.slice(40));
  const again = await Promise.all(requests.map((request) => book.submit(request)));
  expect(again.every(({ status }) => status === "exists")).toBe(true);
  const mixed = await book.batch([pay("p1", "bank", "ann", 2n), pay("new", "bank", "ann", 1n)]);
  expect(mixed).toMatchObject([
    { status: "refused", code: "ledger.id_exists_with_different_amount" },
    { status: "created" },
  ]);
  expect(await left(book, "ann")).toBe(1_121n);
  await expectVerified(book);
});
