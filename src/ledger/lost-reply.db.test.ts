import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { FaultPlan, manualClock } from "../base/index.ts";
import { unit } from "../postgres/index.ts";
import {
  COMMIT,
  insertShelves,
  LATE_MS,
  passDeadlines,
  shelvesOf,
  startWith,
  updateShelves,
} from "../postgres/testing.ts";
import type { Proxy } from "../postgres/testing.ts";
import type { Book, Posting } from "./book.ts";
import { orderLock } from "./engine.sql.ts";
import {
  CNY,
  expectVerified,
  hold,
  left,
  openNode,
  openNodeOverProxy,
  openShop,
  pay,
  type Shop,
  type ShopNode,
} from "./testing/shop.ts";

/** A node that believes its memory, on a wire that can be cut. */
async function warmNode(options?: Parameters<typeof openNodeOverProxy>[1]) {
  const shop = await openShop();
  const node = await openNodeOverProxy(shop, options);
  await node.book.submit(pay("warm", "bank", "bob", 1n));
  return { ...node, shop };
}

const withRow = (id: string, amount: bigint) =>
  unit(id)
    .post<Posting>(pay(id, "ann", "till", amount))
    .write(insertShelves, { name: id, quantity: amount });

async function expectOnce(shop: Shop, id: string, leftOfAnn: bigint): Promise<void> {
  const { book, close } = await openNode(shop);
  expect(await left(book, "ann")).toBe(leftOfAnn);
  expect(await book.submit(pay(id, "ann", "till", 1_000n - leftOfAnn))).toMatchObject({
    status: "exists",
  });
  await expectVerified(book);
  await close();
}

test("P1: a reply lost behind the commit is found in the books and answered as decided", async () => {
  const { book, shop, proxy, lane } = await warmNode();
  const cut = proxy.cutAfter(COMMIT);
  const answer = await book.commit(withRow("lost", 300n));
  await cut;
  expect(answer).toMatchObject({ status: "committed", answer: { status: "created" } });
  expect(lane.stats()).toMatchObject({ lostConnections: 1 });
  expect(await shelvesOf(shop.test.database)).toEqual({ lost: [300n, 1] });
  await expectOnce(shop, "lost", 700n);
});

test("P1: what was cut off before the database saw its end is done once, by being sent again", async () => {
  const { book, shop, proxy } = await warmNode();
  for (const [round, text] of ["begin", "ledger.addBatch", COMMIT].entries()) {
    const cut = proxy.cutBefore(text);
    const answer = await book.commit(withRow(`lost-${round}`, 100n));
    await cut;
    expect(answer).toMatchObject({ status: "committed", answer: { status: "created" } });
  }
  expect(Object.keys(await shelvesOf(shop.test.database))).toEqual(["lost-0", "lost-1", "lost-2"]);
  const { book: beside } = await openNode(shop);
  expect(await left(beside, "ann")).toBe(700n);
  await expectVerified(beside);
});

test("a connection that breaks under a read costs nobody anything", async () => {
  const { book, proxy, lane } = await warmNode();
  // Confident, nothing in flight, an account that memory does not have.
  const cut = proxy.cutBefore("ledger.loadAccounts");
  expect(await book.submit(pay("read", "ann", "till", 1n))).toMatchObject({ status: "created" });
  await cut;
  // A flush that is cut makes the lane careful; then its reads under the lock are cut, too.
  const cuts = ["ledger.lockBook", "ledger.readHead"].map((text) => proxy.cutBefore(text));
  expect(await book.submit(pay("careful", "ann", "till", 1n))).toMatchObject({ status: "created" });
  await Promise.all(cuts);
  expect(lane.stats()).toMatchObject({ queued: 0, inFlight: 0 });
  await expectVerified(book);
});

test("two flushes in flight: the first is found, the second sent again, in order", async () => {
  const shop = await openShop();
  const { book, proxy } = await openNodeOverProxy(shop, { limits: { flushWeightMax: 1 } });
  await book.submit(pay("warm", "bank", "ann", 0n));
  const cut = proxy.cutAfter(COMMIT);
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map((n) => book.submit(pay(`p${n}`, "ann", "till", 300n))),
  );
  await cut;
  expect(answers.map(({ status }) => status)).toEqual([
    "created",
    "created",
    "created",
    "refused",
    "refused",
  ]);
  await expectVerified(book);
});

/** What a flush is kept from: behind a pooler its begin is answered first. */
const flushFrom = (isPooler: boolean) => (isPooler ? "ledger.addBatch" : "begin");

/** A payment of 300 whose caller was told that nobody knows, on a wire that then broke. */
async function zombieOf(
  { book, lane, proxy }: { book: Book; lane: ShopNode["lane"]; proxy: Proxy },
  isPooler = false,
): Promise<() => Promise<void>> {
  const told = Promise.withResolvers<unknown>();
  const kept = proxy.keep(flushFrom(isPooler), told.promise);
  const unknown = book.submit(pay("once", "ann", "till", 300n), { deadlineMs: LATE_MS });
  unknown.catch(told.resolve);
  await expect.poll(() => lane.stats().inFlight).toBe(1);
  passDeadlines();
  expect(await told.promise).toMatchObject({ code: "lane.outcome_unknown" });
  return kept;
}

test.each([
  ["was ended", false],
  ["can't be ended, being behind a pooler, is refused", true],
])("P2: a zombie that wakes up late and %s does nothing", async (_, isPooler) => {
  const { book, shop, proxy } = await warmNode({ isPooler });
  const kept = proxy.keep(flushFrom(isPooler));
  const answering = book.commit(withRow("once", 300n));
  const wake = await kept;
  expect(await answering).toMatchObject({ status: "committed", answer: { status: "created" } });
  await wake();
  expect(await shelvesOf(shop.test.database)).toEqual({ once: [300n, 1] });
  await expectOnce(shop, "once", 700n);
});

test("P2: what resolve can't find is never booked afterwards", async () => {
  const clock = manualClock(Date.now() + 60_000);
  const node = await warmNode({ clock });
  const { book, shop } = node;
  const wake = await zombieOf(node);
  expect(await book.resolve("once")).toBeUndefined();
  await wake();
  expect(await book.find("once")).toBeUndefined();
  expect(await left(book, "ann")).toBe(1_000n);
  await expectVerified((await openNode(shop)).book);
});

test("P2: of two nodes that send the very same batch at one instant only one is told that it did it", async () => {
  const shop = await openShop();
  const clock = manualClock(Date.now() + 60_000);
  const { book, proxy } = await openNodeOverProxy(shop, { clock });
  await book.submit(pay("warm", "bank", "bob", 1n));
  const beside = await openNode(shop, { clock });
  const other = beside.book.commit(withRow("same", 300n));
  // Where this one's flush is lost before it came there, the other's batch stands in its place.
  const kept = proxy.keep("begin", other);
  const lost = book.commit(withRow("same", 300n));
  await kept;
  expect(await other).toMatchObject({ status: "committed", answer: { status: "created" } });
  expect(await lost).toMatchObject({ status: "repeated", answer: { status: "exists" } });
  expect(await shelvesOf(shop.test.database)).toEqual({ same: [300n, 1] });
  await expectOnce(shop, "same", 700n);
});

test("P2: resolve says so where a zombie can't be ended, until the book has gone on without it", async () => {
  const clock = manualClock(Date.now() + 60_000);
  const node = await warmNode({ isPooler: true, clock });
  const { book } = node;
  const wake = await zombieOf(node, true);
  await expect(book.resolve("once")).rejects.toMatchObject({ code: "lane.outcome_unknown" });
  await book.submit(pay("other", "bank", "till", 1n));
  expect(await book.resolve("once")).toBeUndefined();
  await wake();
  expect(await book.find("once")).toBeUndefined();
  await expectVerified(book);
});

test("P2: a zombie that can't be ended and commits after all is found by resolve", async () => {
  // Under a clock of its own no batch is refused for being late.
  const clock = manualClock(Date.now() + 60_000);
  const node = await warmNode({ isPooler: true, clock });
  const { book } = node;
  const wake = await zombieOf(node, true);
  void wake();
  const resolved = () => book.resolve("once").catch(() => undefined);
  await expect.poll(resolved).toMatchObject({ id: "once", amount: 300n });
  await expectVerified(book);
});

/** Sessions that wait for the order lock of a book. */
async function waitersIn({ test: { database, schema } }: Shop): Promise<unknown> {
  const { rows } = await database.transaction((tx) =>
    tx.query(
      `select count(*)::int4 as count from pg_locks
       join pg_database as d on d.oid = database
       where d.datname = current_database() and locktype = 'advisory' and not granted
         and classid = $1`,
      [orderLock(schema)],
    ),
  );
  return rows[0]?.["count"];
}

test("P2: what went out behind a batch that another node has written alike stands, and the batch is done once", async () => {
  const shop = await openShop();
  const { database, schema } = shop.test;
  const clock = manualClock(Date.now() + 60_000);
  const one = await openNode(shop, { clock });
  await one.book.submit(pay("warm", "bank", "bob", 1n));
  const beside = await openNode(shop, { clock });
  const asked = await database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1, $2)", [orderLock(schema), shop.bookId]);
    const other = beside.book.commit(withRow("same", 300n));
    await expect.poll(() => waitersIn(shop)).toBe(1);
    const refused = one.book.commit(withRow("same", 300n));
    await expect.poll(() => waitersIn(shop)).toBe(2);
    const behind = one.book.commit(withRow("behind", 100n));
    await expect.poll(() => one.lane.stats().inFlight).toBe(2);
    return { other, refused, behind };
  });
  expect(await asked.other).toMatchObject({ status: "committed", answer: { status: "created" } });
  expect(await asked.refused).toMatchObject({ status: "repeated", answer: { status: "exists" } });
  expect(await asked.behind).toMatchObject({ status: "committed", answer: { status: "created" } });
  expect(await shelvesOf(database)).toEqual({ same: [300n, 1], behind: [100n, 1] });
  await one.book.submit(pay("after", "ann", "till", 10n));
  expect(await left(one.book, "ann")).toBe(590n);
  await expectVerified(one.book);
});

test("a zombie that wins against its own units' second try is answered as what it booked", async () => {
  // Behind a pooler nobody can end it.
  const { book, shop, proxy } = await warmNode({ isPooler: true });
  const { database, schema } = shop.test;
  const waiters = () => waitersIn(shop);
  const answering = database.transaction(async (tx) => {
    // Held up here, the recovering lane waits for the order lock first and the zombie second.
    await tx.query("select pg_advisory_xact_lock($1, $2)", [orderLock(schema), shop.bookId]);
    const kept = proxy.keep(flushFrom(true));
    const committing = book.commit(withRow("once", 300n));
    const wake = await kept;
    await expect.poll(waiters).toBe(1);
    void wake();
    await expect.poll(waiters).toBe(2);
    return { committing };
  });
  const answer = await (await answering).committing;
  expect(answer).toMatchObject({ status: "repeated", answer: { status: "exists", amount: 300n } });
  expect(await shelvesOf(database)).toEqual({ once: [300n, 1] });
  await expectOnce(shop, "once", 700n);
});

test("rows without a posting are not sent again where a posting is", async () => {
  const { book, shop, proxy } = await warmNode();
  const { database } = shop.test;
  await startWith(database, ["counter"]);
  const count = unit("count").write(updateShelves, { name: "counter", by: 1n });
  const kept = proxy.keep("begin");
  const answers = Promise.allSettled([book.commit(withRow("posted", 300n)), book.commit(count)]);
  const wake = await kept;
  expect(await answers).toMatchObject([
    { value: { status: "committed" } },
    { reason: { code: "lane.outcome_unknown", details: { key: "count" } } },
  ]);
  await wake();
  // The zombie was refused with its whole flush: the unknown outcome was "not done".
  expect(await shelvesOf(database)).toEqual({ counter: [0n, 1], posted: [300n, 1] });
  const cut = proxy.cutAfter(COMMIT);
  // Where the flush is found in the books, the rows that went with it are known to stand.
  const found = await Promise.all([book.commit(withRow("found", 100n)), book.commit(count)]);
  await cut;
  expect(found).toMatchObject([{ status: "committed" }, { status: "committed" }]);
  expect(await shelvesOf(database)).toMatchObject({ counter: [1n, 2], found: [100n, 1] });
  await expectVerified(book);
});

test("a silent wire keeps nobody past a deadline, under a read as behind a commit", async () => {
  for (const text of ["ledger.loadAccounts", COMMIT]) {
    const { book, proxy, shop } = await warmNode();
    const swallowed = proxy.swallow(text);
    const options = { deadlineMs: LATE_MS };
    const asked = [book.submit(pay("late", "ann", "till", 1n), options)];
    await swallowed;
    asked.push(book.submit(pay("behind", "bank", "bob", 1n), options));
    passDeadlines();
    const [late, behind] = await Promise.allSettled(asked);
    // Nothing was decided when the read got stuck; everything was when the commit did.
    const code = text === COMMIT ? "lane.outcome_unknown" : "lane.deadline_passed";
    expect(late).toMatchObject({ status: "rejected", reason: { code } });
    expect(behind).toMatchObject({ status: "rejected" });
    proxy.cutAll();
    expect(await book.submit(pay("after", "bank", "ann", 1n))).toMatchObject({ status: "created" });
    const { book: beside } = await openNode(shop);
    expect(await beside.find("behind")).toBeUndefined();
    await expectVerified(beside);
  }
});

test("P1: resolves an unknown outcome for good", async () => {
  const { book, proxy } = await warmNode();
  const swallowed = proxy.swallow(COMMIT);
  const unknown = book.submit(pay("unknown", "ann", "till", 1n), { deadlineMs: LATE_MS });
  await swallowed;
  passDeadlines();
  await expect(unknown).rejects.toMatchObject({ code: "lane.outcome_unknown" });
  proxy.cutAll();
  const resolved = await book.resolve("unknown");
  const answer = await book.submit(pay("unknown", "ann", "till", 1n));
  expect(answer.status).toBe(resolved === undefined ? "created" : "exists");
  expect(await book.resolve("unknown")).toMatchObject({ id: "unknown", amount: 1n });
  expect(await book.resolve("never")).toBeUndefined();
});

test("holds that fall due while connections break expire once", async () => {
  const clock = manualClock(Date.now() + 60_000);
  const { book, proxy, shop } = await warmNode({ clock });
  await book.batch([hold("h1", "ann", 400n, 300), hold("h2", "ann", 600n, 300)]);
  expect(await left(book, "ann")).toBe(0n);
  const cut = proxy.cutAfter(COMMIT);
  clock.advance(300);
  await cut;
  // Nobody waited for that flush, so nobody noticed; whoever comes next finds the money free.
  expect(await book.submit(pay("spend", "ann", "till", 1_000n))).toMatchObject({
    status: "created",
  });
  const { book: beside } = await openNode(shop);
  const entries = await beside.history({ account: { path: "ann" } });
  expect(entries.items.filter(({ kind }) => kind === "expire")).toHaveLength(2);
  await expectVerified(beside);
});

test("P1: under random cuts every answer is right and every payment made once", async () => {
  const shop = await openShop();
  const { book, proxy, lane } = await openNodeOverProxy(shop, { limits: { flushWeightMax: 20 } });
  let done = false;
  const cuts = (async () => {
    await proxy.cutAfter(COMMIT);
    for (let round = 0; !done; round++) {
      await sleep(10 + Math.random() * 30);
      if (round % 3 === 0) proxy.cutAll();
      else await Promise.race([proxy.cutAfter(COMMIT, { lingerMs: 200 }), sleep(20)]);
    }
  })();
  const callers = Array.from({ length: 20 }, async (_, caller) => {
    for (let n = 0; n < 25; n++) {
      const request = pay(`c${caller}-${n}`, "bank", "ann", 1n);
      for (;;) {
        const answer = await book.submit(request).catch(() => undefined);
        if (answer === undefined) continue;
        expect(["created", "exists"]).toContain(answer.status);
        break;
      }
    }
  });
  await Promise.all(callers);
  done = true;
  await cuts;
  expect(lane.stats().lostConnections).toBeGreaterThan(0);
  const { book: beside } = await openNode(shop);
  expect(await left(beside, "ann")).toBe(1_500n);
  await expectVerified(beside);
});

test("a node that is paused between its reads and its writes is overtaken, not waited for", async () => {
  const shop = await openShop();
  const over = Promise.withResolvers<void>();
  const faults = new FaultPlan().arm("lane.lock_held", () => over.promise);
  const paused = await openNode(shop, { faults });
  const other = await openNode(shop);
  const slow = paused.book.submit(pay("slow", "ann", "till", 800n));
  await expect.poll(() => faults.hits("lane.lock_held")).toBe(1);
  expect(await other.book.submit(pay("quick", "ann", "till", 800n))).toMatchObject({
    status: "created",
  });
  over.resolve();
  expect(await slow).toMatchObject({
    status: "refused",
    code: "ledger.debit_account_exceeds_bound",
  });
  await expectVerified(other.book);
});

test("a hold is freed in time although the flush that freed it was lost and nobody calls", async () => {
  const shop = await openShop();
  const clock = manualClock(Date.now() + 60_000);
  const { book, proxy } = await openNodeOverProxy(shop, { clock });
  await book.submit(hold("h", "ann", 400n, 300));
  const cut = proxy.cutBefore(COMMIT);
  clock.advance(300);
  await cut;
  const available = async () => {
    clock.advance(100);
    return (await book.account("ann", CNY))?.available;
  };
  await expect.poll(available).toBe(1_000n);
  await expectVerified(book);
});

test("P7: a flood of questions for outcomes is bounded, and keeps no posting waiting", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  const asked = Array.from({ length: 3_000 }, (_, at) => book.resolve(`r${at}`));
  const order: string[] = [];
  const paid = book.submit(pay("p", "bank", "ann", 1n)).then(() => order.push("paid"));
  const told = await Promise.allSettled(asked);
  order.push("told");
  await paid;
  expect(told.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  const refused = told.filter((each) => each.status === "rejected");
  expect(refused.length).toBeGreaterThan(2_000);
  for (const each of refused) expect(each.reason).toMatchObject({ code: "lane.overloaded" });
  await book.submit(pay("q", "bank", "ann", 1n));
  expect(order).toContain("paid");
});
