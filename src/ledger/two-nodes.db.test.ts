import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { arrayOf, takeLease, unit, type Writer } from "../postgres/index.ts";
import { COPY, insertShelves, putUp, shelvesOf } from "../postgres/testing.ts";
import type { Book, Posting } from "./book.ts";
import {
  expectVerified,
  hold,
  left,
  openNode,
  openNodeOverProxy,
  openShop,
  pay,
  type ShopNode,
} from "./testing/shop.ts";

/** So many callers, each with so many payments of 1 one after another. */
async function load(book: Book, name: string, callers: number, each: number): Promise<void> {
  const caller = async (i: number) => {
    for (let n = 0; n < each; n++) {
      const answer = await book.submit(pay(`${name}-${i}-${n}`, "bank", "ann", 1n));
      expect(answer.status).toBe("created");
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
}

test("two nodes on one book both get on, neither waits for the other's end, and the books hold", async () => {
  const shop = await openShop();
  const [a, b] = [await openNode(shop), await openNode(shop)];
  // Neither is let go before the other has had its share: a starved one would keep both here.
  const answered = { a: 0, b: 0 };
  const payOne = async (name: "a" | "b", { book }: ShopNode, caller: number) => {
    for (let n = 0; n < 500 && Math.min(answered.a, answered.b) < 200; n++) {
      const { status } = await book.submit(pay(`${name}-${caller}-${n}`, "bank", "ann", 1n));
      expect(status).toBe("created");
      answered[name] += 1;
    }
  };
  const callers = Array.from({ length: 20 }, (_, i) => i);
  await Promise.all(callers.flatMap((i) => [payOne("a", a, i), payOne("b", b, i)]));
  expect(Math.min(answered.a, answered.b)).toBeGreaterThanOrEqual(200);
  expect(await left(a.book, "ann")).toBe(1_000n + BigInt(answered.a + answered.b));
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
  const { database } = shop.test;
  const holder = () => other.engine.waitingHolder(database);
  await expect.poll(holder).toMatchObject({ received: 0n });
  const { pid } = (await holder()) ?? { pid: 0 };
  expect(await other.book.submit(pay("after", "bank", "ann", 1n))).toMatchObject({
    status: "created",
  });
  const sessions = `select pid from pg_stat_activity where pid = ${pid}`;
  const frozenOnes = async () => (await database.transaction((tx) => tx.query(sessions))).count;
  await expect.poll(frozenOnes).toBe(0);
  // The server hung up on the frozen node; it finds out what happened and does what it was asked.
  expect(await asked).toMatchObject({ status: "created", seq: expect.any(Number) as number });
  expect(await left(other.book, "ann")).toBe(1_003n);
  await expectVerified(other.book);
});

test("a node that sends a large flush slowly is waited for, not ended", async () => {
  const shop = await openShop();
  const slow = await openNodeOverProxy(shop);
  const other = await openNode(shop);
  await slow.book.submit(pay("before", "bank", "ann", 1n));
  const slowed = slow.proxy.slowAfter(COPY, 50_000);
  const reference = "a reference that makes the rows long ".repeat(3);
  const requests = Array.from({ length: 2_400 }, (_, i) => ({
    ...pay(`p${i}`, "bank", "ann", 1n),
    reference,
  }));
  const asked = slow.book.chain({ chain: "large", requests });
  await slowed;
  await expect.poll(() => other.engine.waitingHolder(shop.test.database)).toBeDefined();
  const quick = other.book.submit(pay("after", "bank", "ann", 1n));
  expect(await asked).toMatchObject({ status: "created" });
  expect(slow.lane.stats()).toMatchObject({ lostConnections: 0 });
  expect(await quick).toMatchObject({ status: "created" });
  // It did wait in vain for the lock, and did look who held it.
  expect(other.lane.stats().refusedFlushes).toBeGreaterThan(0);
  await expectVerified(other.book);
});

test("a lock of a room's own that does not come is no reason to look who sends a flush", async () => {
  const shop = await openShop();
  const { database, schema } = shop.test;
  await database.transaction((tx) =>
    tx.query(`create sequence ${schema}.turns;
      create function ${schema}.locked_once() returns bool language plpgsql as $$ begin
        if nextval('${schema}.turns') = 1 then raise 'locked' using errcode = '55P03'; end if;
        return true; end $$`),
  );
  const clock = manualClock(Date.now() + 60_000);
  const { book, engine, lane } = await openNode(shop, { clock });
  let looks = 0;
  engine.waitingHolder = () => {
    looks += 1;
    return Promise.resolve(undefined);
  };
  const locked: Writer<string> = {
    ...insertShelves,
    label: "shelf.locked",
    values: (items) => [arrayOf.text(items)],
    write: (q) => `insert into ${q("test_shelf")} (name, quantity, version)
      select name, 1, 1 from unnest($2::text[]) as made (name) where ${q("locked_once")}()
      returning 1`,
  };
  const once = unit("once")
    .post<Posting>(pay("once", "bank", "ann", 1n))
    .write(locked, "made");
  expect(await book.commit(once)).toMatchObject({ status: "committed" });
  expect(lane.stats().refusedFlushes).toBe(1);
  expect(looks).toBe(0);
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
  // Who is asked for anything frees first what it knows to be due.
  expect(await maker.book.submit({ kind: "post", id: "post", pendingId: "h" })).toMatchObject({
    code: "ledger.pending_expired",
  });
  await other.book.submit(pay("another look", "bank", "bob", 1n));
  const { items } = await other.book.history({ account: { path: "ann" } });
  expect(items.filter(({ kind }) => kind === "expire")).toHaveLength(1);
  await expectVerified(other.book);
});

test("P3: a fenced node writes nothing: no posting, no transaction with SQL, no expiry", async () => {
  const shop = await openShop();
  const { database, schema } = shop.test;
  const lease = await takeLease(database, "node-1", 15_000);
  const clock = manualClock(Date.now() + 60_000);
  const fenced = await openNode(shop, { lease, clock });
  await fenced.book.submit(hold("h", "ann", 1_000n, 60));
  await takeLease(database, "node-1", 15_000);
  const before = await fenced.book.head();
  // What falls due meets the fence first, with nobody there to be told.
  clock.advance(60);
  await expect.poll(() => fenced.lane.intake.refusal).toBeDefined();
  const { flushes } = fenced.lane.stats();
  const name = { code: "lane.fenced", details: { node: "node-1", epoch: 1 } };
  await expect(fenced.book.submit(pay("late", "bank", "ann", 1n))).rejects.toMatchObject(name);
  const transaction = fenced.book.tx(async (tx) => {
    await tx.query(`insert into ${schema}.test_shelf values ('late', 1, 1)`);
    return { post: pay("late-tx", "bank", "ann", 1n), value: 1 };
  });
  await expect(transaction).rejects.toMatchObject(name);
  expect(fenced.lane.stats().flushes).toBe(flushes);
  expect(await fenced.book.head()).toEqual(before);
  expect(await shelvesOf(database)).toEqual({});
  const heir = await openNode(shop, { lease: await takeLease(database, "node-1", 15_000), clock });
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
  let asked = 0;
  const now = () => {
    asked += 1;
    return clock.now();
  };
  const { book, lane } = await openNode(shop, { clock: { ...clock, now } });
  await book.submit(hold("h", "ann", 1_000n, 5_000));
  const { flushes } = lane.stats();
  // The lane has set its timer, and is done.
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  asked = 0;
  await sleep(200);
  // A lane that watches the time would have asked for it.
  expect(asked).toBe(0);
  expect(lane.stats().flushes).toBe(flushes);
  expect(await left(book, "ann")).toBe(0n);
  clock.advance(5_000);
  lane.poke();
  await expect.poll(() => left(book, "ann")).toBe(1_000n);
  await expectVerified(book);
});

test("what another node left behind is freed by one that knows of nothing due", async () => {
  const shop = await openShop();
  const [a, b] = [await openNode(shop), await openNode(shop)];
  await a.book.submit(pay("a", "bank", "bob", 1n));
  expect(a.engine.confident).toBe(true);
  await b.book.submit(hold("h", "ann", 1_000n, 50));
  await b.close();
  await sleep(100);
  a.lane.poke();
  await expect.poll(() => left(a.book, "ann")).toBe(1_000n);
  await expectVerified(a.book);
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
