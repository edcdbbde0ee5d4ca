import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { takeLease, unit } from "../postgres/index.ts";
import { COPY, putUp, shelvesOf } from "../postgres/testing.ts";
import type { Book, Posting } from "./book.ts";
import {
  expectVerified,
  hold,
  left,
  openNode,
  openNodeOverProxy,
  openShop,
  pay,
} from "./testing/shop.ts";

/** So many callers, each with so many payments of 1 one after another. */
async function load(book: Book, name: string, callers: number, each: number): Promise<number[]> {
  const times: number[] = [];
  const caller = async (i: number) => {
    for (let n = 0; n < each; n++) {
      const answer = await book.submit(pay(`${name}-${i}-${n}`, "bank", "ann", 1n));
      expect(answer.status).toBe("created");
      times.push(performance.now());
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
  return times;
}

test("two nodes on one book both get on, neither waits for the other's end, and the books hold", async () => {
  const shop = await openShop();
  const [a, b] = [await openNode(shop), await openNode(shop)];
  const [timesA, timesB] = await Promise.all([
    load(a.book, "a", 20, 20),
    load(b.book, "b", 20, 20),
  ]);
  const firstEnd = Math.min(timesA.at(-1) ?? 0, timesB.at(-1) ?? 0);
  for (const times of [timesA, timesB]) {
    expect(times.filter((at) => at <= firstEnd).length).toBeGreaterThanOrEqual(100);
  }
  expect(await left(a.book, "ann")).toBe(1_800n);
  await expectVerified(a.book);
});

test("a node that was overtaken works carefully, and ahead again when it is alone", async () => {
  const shop = await openShop();
  const [a, b] = [await openNode(shop), await openNode(shop)];
  await a.book.submit(pay("a-0", "bank", "ann", 1n));
  expect(a.engine.confident).toBe(true);
  await b.book.submit(pay("b-0", "bank", "ann", 1n));
  expect(await a.book.submit(pay("a-1", "bank", "ann", 1n))).toMatchObject({ status: "created" });
  expect(a.engine.confident).toBe(false);
  let flushes = 0;
  for (; !a.engine.confident && flushes < 20; flushes++) {
    await a.book.submit(pay(`alone-${flushes}`, "bank", "ann", 1n));
  }
  expect(flushes).toBeGreaterThan(1);
  expect(flushes).toBeLessThanOrEqual(8);
  await expectVerified(a.book);
});

test("P3: a node that slept over what another spent can't spend it again", async () => {
  const shop = await openShop();
  const [asleep, other] = [await openNode(shop), await openNode(shop)];
  await asleep.book.batch([pay("warm", "bank", "ann", 0n), hold("held", "bob", 600n)]);
  expect(await other.book.submit(pay("all", "ann", "till", 1_000n))).toMatchObject({
    status: "created",
  });
  expect(
    await other.book.submit({ kind: "void", id: "void-held", pendingId: "held" }),
  ).toMatchObject({ status: "created" });
  const answers = await asleep.book.batch([
    pay("again", "ann", "till", 1n),
    { kind: "post", id: "post-held", pendingId: "held" },
    pay("bobs", "bob", "till", 1_000n),
  ]);
  expect(answers).toMatchObject([
    { status: "refused", code: "ledger.debit_account_exceeds_bound" },
    { status: "refused", code: "ledger.pending_already_voided" },
    { status: "created" },
  ]);
  await expectVerified(other.book);
});

test("P1, P2: a node that freezes while it sends a flush holds its book up for seconds, not for ever", async () => {
  const shop = await openShop();
  const freezing = await openNodeOverProxy(shop);
  const other = await openNode(shop);
  await freezing.book.submit(pay("before", "bank", "ann", 1n));
  const frozen = freezing.proxy.freezeAfter(COPY);
  const asked = freezing.book.submit(pay("half-sent", "bank", "ann", 1n));
  await frozen;
  const startedAt = performance.now();
  expect(await other.book.submit(pay("after", "bank", "ann", 1n))).toMatchObject({
    status: "created",
  });
  // It had to wait for the lock: the frozen node did hold it.
  expect(performance.now() - startedAt).toBeGreaterThan(3_000);
  expect(await other.book.find("half-sent")).toBeUndefined();
  // The server hung up on the frozen node; it finds out what happened and does what it was asked.
  expect(await asked).toMatchObject({ status: "created", seq: expect.any(Number) as number });
  expect(await left(other.book, "ann")).toBe(1_003n);
  await expectVerified(other.book);
});

test("an answer from stale memory alone is asked again: a repeat tells the balances of now", async () => {
  const shop = await openShop();
  const [asleep, other] = [await openNode(shop), await openNode(shop)];
  const request = pay("first", "bank", "ann", 1n);
  await asleep.book.submit(request);
  await other.book.submit(pay("second", "bank", "ann", 10n));
  expect(await asleep.book.submit(request)).toMatchObject({
    status: "exists",
    credit: { creditsPosted: 1_011n },
  });
});

test("P2: the same request on two nodes at once is carried out once", async () => {
  const shop = await openShop();
  const nodes = [await openNode(shop), await openNode(shop)] as const;
  for (let round = 0; round < 20; round++) {
    const request = pay(`same-${round}`, "bank", "ann", 1n);
    const rows = unit(`same-${round}`).post<Posting>(request);
    const answers = await Promise.all(
      nodes.map(({ book }) => book.commit({ ...rows, writes: putUp(`shelf-${round}`).writes })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual(["committed", "repeated"]);
  }
  expect(await left(nodes[0].book, "ann")).toBe(1_020n);
  expect(Object.keys(await shelvesOf(shop.test.database))).toHaveLength(20);
});

test("P3: two nodes that sell the same money sell it once", async () => {
  const shop = await openShop();
  const nodes = [await openNode(shop), await openNode(shop)] as const;
  const answers = await Promise.all(
    nodes.flatMap(({ book }, node) =>
      Array.from({ length: 80 }, (_, i) => book.submit(pay(`${node}-${i}`, "ann", "till", 10n))),
    ),
  );
  expect(answers.filter(({ status }) => status === "created")).toHaveLength(100);
  const [{ book }] = nodes;
  expect(await left(book, "ann")).toBe(0n);
  await expectVerified(book);
});

test("a hold that one node made and another sees fall due expires once", async () => {
  const shop = await openShop();
  const [maker, other] = [await openNode(shop), await openNode(shop)];
  await maker.book.submit(hold("h", "ann", 1_000n, 100));
  await other.book.submit(pay("look", "bank", "bob", 1n));
  await expect.poll(() => left(other.book, "ann")).toBe(1_000n);
  await sleep(50);
  const { items } = await other.book.history({ account: { path: "ann" } });
  expect(items.filter(({ kind }) => kind === "expire")).toHaveLength(1);
  expect(await maker.book.submit({ kind: "post", id: "post", pendingId: "h" })).toMatchObject({
    code: "ledger.pending_expired",
  });
  await expectVerified(other.book);
});

test("P3: a fenced node writes nothing: no posting, no transaction with SQL, no expiry", async () => {
  const shop = await openShop();
  const { database, schema } = shop.test;
  const lease = await takeLease(database, "node-1", 15_000);
  const fenced = await openNode(shop, { lease });
  await fenced.book.submit(hold("h", "ann", 1_000n, 60));
  await takeLease(database, "node-1", 15_000);
  const before = await fenced.book.head();
  // What falls due meets the fence first, with nobody there to be told.
  await sleep(150);
  const { flushes } = fenced.lane.stats();
  await sleep(100);
  expect(fenced.lane.stats().flushes).toBe(flushes);
  const name = { code: "lane.fenced", details: { node: "node-1", epoch: 1 } };
  await expect(fenced.book.submit(pay("late", "bank", "ann", 1n))).rejects.toMatchObject(name);
  const transaction = fenced.book.tx(async (tx) => {
    await tx.query(`insert into ${schema}.test_shelf values ('late', 1, 1)`);
    return { post: pay("late-tx", "bank", "ann", 1n), value: 1 };
  });
  await expect(transaction).rejects.toMatchObject(name);
  expect(await fenced.book.head()).toEqual(before);
  expect(await shelvesOf(database)).toEqual({});
  const heir = await openNode(shop, { lease: await takeLease(database, "node-1", 15_000) });
  expect(await heir.book.submit(pay("spend", "ann", "till", 1_000n))).toMatchObject({
    status: "created",
  });
  await expectVerified(heir.book);
});

test("a fence that comes between the user's SQL and its posting stops both", async () => {
  const shop = await openShop();
  const { database, schema } = shop.test;
  const { book } = await openNode(shop, { lease: await takeLease(database, "node-1", 15_000) });
  await book.submit(pay("warm", "bank", "ann", 1n));
  const transaction = book.tx(async (tx) => {
    await tx.query(`insert into ${schema}.test_shelf values ('late', 1, 1)`);
    await takeLease(database, "node-1", 15_000);
    return { post: pay("late", "bank", "ann", 1n), value: 1 };
  });
  await expect(transaction).rejects.toMatchObject({ code: "lane.fenced" });
  expect(await shelvesOf(database)).toEqual({});
  expect(await book.find("late")).toBeUndefined();
});

test("a book under a clock of its own waits for that clock, and does not spin", async () => {
  const shop = await openShop();
  const clock = manualClock(Date.now() + 60_000);
  const { book, lane } = await openNode(shop, { clock });
  await book.submit(hold("h", "ann", 1_000n, 5_000));
  const { flushes } = lane.stats();
  const cpu = process.cpuUsage();
  await sleep(200);
  const { user, system } = process.cpuUsage(cpu);
  expect(user + system).toBeLessThan(150_000);
  expect(lane.stats().flushes).toBe(flushes);
  expect(await left(book, "ann")).toBe(0n);
  clock.advance(5_000);
  lane.poke();
  await expect.poll(() => left(book, "ann")).toBe(1_000n);
  await expectVerified(book);
});

test("several books have lanes of their own, side by side", async () => {
  const shops = [await openShop(), await openShop(), await openShop()];
  const nodes = await Promise.all(shops.map((shop) => openNode(shop)));
  await Promise.all(nodes.map(({ book }, i) => load(book, `n${i}`, 10, 10)));
  for (const { book } of nodes) {
    expect(await left(book, "ann")).toBe(1_100n);
    await expectVerified(book);
  }
});

test("P2: a hold that is made again elsewhere is known there, and can be posted there", async () => {
  const shop = await openShop();
  const [maker, other] = [await openNode(shop), await openNode(shop)];
  await maker.book.submit(hold("h", "ann", 400n));
  await maker.close();
  await other.book.submit(pay("warm", "bank", "ann", 0n));
  expect(await other.book.submit(hold("h", "ann", 400n))).toMatchObject({ status: "exists" });
  expect(await other.book.submit({ kind: "post", id: "p", pendingId: "h" })).toMatchObject({
    status: "created",
    amount: 400n,
  });
  await expectVerified(other.book);
});
