import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../base/index.ts";
import type { Transaction } from "../postgres/index.ts";
import { COMMIT, LATE_MS, passDeadlines, shelvesOf, startWith } from "../postgres/testing.ts";
import type { Book, Posting } from "./book.ts";
import { openLedger } from "./open-ledger.ts";
import {
  expectVerified,
  hold,
  left,
  openNode,
  openNodeOverProxy,
  openShop,
  pay,
  type Shop,
} from "./testing/shop.ts";
import { TX_WAITING_MAX } from "./tx-line.ts";

/** A user's own SQL: puts a shelf up. */
function withShelf(
  { test }: Shop,
  name: string,
  post: Posting,
  more?: (tx: Transaction) => Promise<unknown>,
) {
  return async (tx: Transaction) => {
    await tx.query(`insert into ${test.schema}.test_shelf values ($1, 1, 1)`, [name]);
    await more?.(tx);
    return { post, value: name };
  };
}

const shelfNames = async (shop: Shop) => Object.keys(await shelvesOf(shop.test.database));

test("commits the caller's SQL and the posting together", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  expect(await book.tx(withShelf(shop, "a", pay("p", "ann", "till", 400n)))).toMatchObject({
    value: "a",
    answer: { status: "created", amount: 400n, debit: { debitsPosted: 400n } },
  });
  expect(await shelfNames(shop)).toEqual(["a"]);
  expect(await left(book, "ann")).toBe(600n);
  expect(await book.submit(pay("rest", "ann", "till", 600n))).toMatchObject({ status: "created" });
  await expectVerified(book);
});

test.each(["commit", "rollback", "commit; begin", "rollback; begin; savepoint longmen_work"])(
  "work that says %s for itself posts nothing, and is told so",
  async (ends) => {
    const shop = await openShop();
    const { book } = await openNode(shop);
    const before = await book.head();
    const ended = book.tx(
      withShelf(shop, "a", pay("p", "ann", "till", 1n), (tx) => tx.query(ends)),
    );
    await expect(ended).rejects.toMatchObject({ code: "ledger.transaction_ended" });
    expect(await book.head()).toEqual(before);
    expect(await book.tx(withShelf(shop, "b", pay("q", "ann", "till", 1n)))).toMatchObject({
      value: "b",
    });
    await expectVerified(book);
  },
);

test("the transaction is lent for the work's time only", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  let kept: Transaction | undefined;
  await book.tx(
    withShelf(shop, "a", pay("p", "ann", "till", 1n), async (tx) => {
      kept = tx;
      return Promise.resolve();
    }),
  );
  await expect(kept?.query("select 1")).rejects.toThrow("was not awaited");
});

test("a refusal rolls the SQL back and is remembered all the same", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  const tooMuch = pay("p", "ann", "till", 4_000n);
  expect(await book.tx(withShelf(shop, "a", tooMuch))).toMatchObject({
    value: undefined,
    answer: { status: "refused", code: "ledger.debit_account_exceeds_bound" },
  });
  expect(await shelfNames(shop)).toEqual([]);
  await book.submit(pay("rich", "bank", "ann", 9_000n));
  expect(await book.submit(tooMuch)).toMatchObject({
    code: "ledger.id_already_failed",
    original: "ledger.debit_account_exceeds_bound",
  });
  expect(await book.find("p")).toMatchObject({ refused: "ledger.debit_account_exceeds_bound" });
  await expectVerified(book);
});

test.each(["longmen_work", "work", "work_"])(
  "a refusal takes back all of the SQL, savepoints by the name of %s among it",
  async (name) => {
    const shop = await openShop();
    const { book } = await openNode(shop);
    const tooMuch = withShelf(shop, "a", pay("p", "ann", "till", 4_000n), (tx) =>
      tx.query(`savepoint ${name}`),
    );
    expect(await book.tx(tooMuch)).toMatchObject({ value: undefined });
    expect(await shelfNames(shop)).toEqual([]);
    await expectVerified(book);
  },
);

test("P2: a repeat is answered as it was, and its SQL rolled back", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  const request = pay("p", "ann", "till", 400n);
  await book.tx(withShelf(shop, "first", request));
  expect(await book.tx(withShelf(shop, "again", request))).toMatchObject({
    value: undefined,
    answer: { status: "exists", amount: 400n },
  });
  const { book: other } = await openNode(shop);
  expect(await other.tx(withShelf(shop, "elsewhere", request))).toMatchObject({
    answer: { status: "exists" },
  });
  expect(await shelfNames(shop)).toEqual(["first"]);
  expect(await left(book, "ann")).toBe(600n);
});

test("a chain in a transaction succeeds or fails whole", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  const chain = (name: string, amount: bigint) => ({
    chain: name,
    requests: [pay(`${name}-1`, "ann", "till", 1n), pay(`${name}-2`, "ann", "till", amount)],
  });
  const refused = await book.tx(withShelf(shop, "a", chain("c1", 5_000n)));
  expect(refused).toMatchObject({ answer: { status: "refused", index: 1 }, value: undefined });
  const created = await book.tx(withShelf(shop, "b", chain("c2", 5n)));
  expect(created).toMatchObject({ answer: { status: "created" }, value: "b" });
  expect(await shelfNames(shop)).toEqual(["b"]);
  expect(await left(book, "ann")).toBe(994n);
  await expectVerified(book);
});

test("what the caller's work throws is thrown, and nothing happened", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  const mine = new Error("out of shelves");
  const throwing = () => Promise.reject(mine);
  const request = pay("p", "ann", "till", 1n);
  await expect(book.tx(withShelf(shop, "a", request, throwing))).rejects.toBe(mine);
  await startWith(shop.test.database, ["taken"]);
  await expect(book.tx(withShelf(shop, "taken", request))).rejects.toMatchObject({ code: "23505" });
  expect(await shelfNames(shop)).toEqual(["taken"]);
  expect(await book.find("p")).toBeUndefined();
  expect(await book.tx(withShelf(shop, "a", request))).toMatchObject({ value: "a" });
});

test("SQL that hangs and work that dawdles are ledger.busy after 5 s, and the lane goes on meanwhile", async () => {
  const shops = [await openShop(), await openShop()] as const;
  const [{ book }, { book: dawdling }] = [await openNode(shops[0]), await openNode(shops[1])];
  const request = pay("slow", "ann", "till", 1n);
  const refused = [
    book.tx(withShelf(shops[0], "slow", request, (tx) => tx.query("select pg_sleep(30)"))),
    dawdling.tx(withShelf(shops[1], "slow", request, () => sleep(60_000, null, { ref: false }))),
  ].map((each) =>
    expect(each).rejects.toMatchObject({
      code: "ledger.busy",
      retry: "same_request",
      message: expect.stringContaining("took longer than 5000 ms") as string,
    }),
  );
  for (let n = 0; n < 5; n++) {
    const quick = book.submit(pay(`quick-${n}`, "ann", "till", 1n), { deadlineMs: 4_000 });
    expect(await quick).toMatchObject({ status: "created" });
  }
  await Promise.all(refused);
  for (const shop of shops) expect(await shelfNames(shop)).toEqual([]);
  expect(await book.tx(withShelf(shops[0], "slow", request))).toMatchObject({ value: "slow" });
  await expectVerified(book);
});

/** Keeps a book's transactions waiting until what is answered is called. */
async function holdUp(shop: Shop, book: Book) {
  const begun = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const first = book.tx(
    withShelf(shop, "first", pay("first", "ann", "till", 1n), () => {
      begun.resolve();
      return over.promise;
    }),
    { deadlineMs: LATE_MS },
  );
  await begun.promise;
  return { first, letGo: over.resolve };
}

test("P7: transactions past the bound of their line are refused at once, with a hint", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  const { first, letGo } = await holdUp(shop, book);
  let begun = 0;
  const payments = Array.from({ length: TX_WAITING_MAX + 3 }, (_, i) =>
    book.tx(() => {
      begun += 1;
      return Promise.resolve({ post: pay(`p${i}`, "bank", "ann", 1n), value: i });
    }),
  );
  for (const each of await Promise.allSettled(payments.slice(TX_WAITING_MAX))) {
    expect(each).toMatchObject({
      status: "rejected",
      reason: { code: "lane.overloaded", kind: "unavailable", details: { max: TX_WAITING_MAX } },
    });
    expect(each).toHaveProperty("reason.details.retryAfterMs", expect.any(Number));
  }
  expect(begun).toBe(0);
  expect(book.stats().overloads).toBe(3);
  letGo();
  expect(await first).toMatchObject({ value: "first" });
  const answers = await Promise.all(payments.slice(0, TX_WAITING_MAX));
  expect(answers.map(({ value }) => value)).toEqual(answers.map((_, i) => i));
  expect(await left(book, "ann")).toBe(1_000n - 1n + BigInt(TX_WAITING_MAX));
});

test("P7: a transaction that has not begun by its deadline never does; one that has goes on", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  const { first, letGo } = await holdUp(shop, book);
  const request = pay("late", "ann", "till", 1n);
  const late = book.tx(withShelf(shop, "late", request), { deadlineMs: 20 });
  const patient = book.tx(withShelf(shop, "patient", pay("patient", "ann", "till", 1n)));
  await expect(late).rejects.toMatchObject({ code: "lane.deadline_passed" });
  passDeadlines();
  letGo();
  expect(await Promise.all([first, patient])).toMatchObject([
    { value: "first" },
    { value: "patient" },
  ]);
  expect(await shelfNames(shop)).toEqual(["first", "patient"]);
  expect(await book.find("late")).toBeUndefined();
});

test("P1: a commit whose reply is lost is an unknown outcome, and the same again tells", async () => {
  const shop = await openShop();
  const { book, proxy } = await openNodeOverProxy(shop);
  await book.submit(pay("warm", "bank", "ann", 1n));
  const request = pay("p", "ann", "till", 400n);
  const cut = proxy.cutAfter(COMMIT);
  await expect(book.tx(withShelf(shop, "a", request))).rejects.toMatchObject({
    code: "postgres.outcome_unknown",
  });
  await cut;
  expect(await book.tx(withShelf(shop, "b", request))).toMatchObject({
    answer: { status: "exists" },
  });
  const cutBefore = proxy.cutBefore(COMMIT);
  const lost = pay("lost", "ann", "till", 1n);
  await expect(book.tx(withShelf(shop, "c", lost))).rejects.toMatchObject({
    code: "postgres.outcome_unknown",
  });
  await cutBefore;
  expect(await book.tx(withShelf(shop, "c", lost))).toMatchObject({
    answer: { status: "created" },
  });
  expect(await shelfNames(shop)).toEqual(["a", "c"]);
  expect(await left(book, "ann")).toBe(600n);
  await expectVerified(book);
});

test("a transaction that fails half-way through its decision leaves no half in memory", async () => {
  const shop = await openShop();
  const clock = manualClock(Date.now() + 60_000);
  const { book, proxy, engine } = await openNodeOverProxy(shop, { clock });
  await book.submit(hold("h", "ann", 1_000n, 60_000));
  // The hold expires in memory first; then the account that the posting names can't be read.
  clock.advance(60_000);
  const cut = proxy.cutBefore("ledger.loadAccounts");
  const failing = book.tx(withShelf(shop, "a", pay("p", "bank", "bob", 1n)));
  await expect(failing).rejects.toMatchObject({ code: "postgres.connection_lost" });
  await cut;
  expect(engine.confident).toBe(false);
  expect(await book.submit(pay("q", "ann", "till", 1_000n))).toMatchObject({ status: "created" });
  const { items } = await book.history({ account: { path: "ann" } });
  expect(items.map(({ kind }) => kind).sort()).toEqual([
    "expire",
    "open",
    "pending",
    "transfer",
    "transfer",
  ]);
  await expectVerified(book);
});

test("holds that fell due are freed before a transaction's posting is refused", async () => {
  const shop = await openShop();
  const clock = manualClock(Date.now() + 60_000);
  const { book } = await openNode(shop, { clock });
  await book.submit(hold("h", "ann", 1_000n, 60_000));
  clock.advance(60_000);
  expect(await book.tx(withShelf(shop, "a", pay("p", "ann", "till", 1_000n)))).toMatchObject({
    answer: { status: "created" },
  });
  await expectVerified(book);
});

test("transactions take turns, with each other, with the lane and with other nodes", async () => {
  const shop = await openShop();
  const nodes = [await openNode(shop), await openNode(shop)] as const;
  const spending = nodes.flatMap(({ book }, node) =>
    Array.from({ length: 8 }, async (_, i) => {
      const id = `${node}-${i}`;
      const slow = book.tx(withShelf(shop, id, pay(`tx-${id}`, "ann", "till", 50n)));
      const quick = book.submit(pay(`lane-${id}`, "ann", "till", 50n));
      const [told] = await Promise.allSettled([slow, quick]);
      await quick;
      // Overtaken while it was refused: the caller is asked to come again, and nothing was done.
      if (told.status === "rejected") expect(told.reason).toMatchObject({ code: "ledger.busy" });
      else expect(told.value.value === id).toBe(told.value.answer.status === "created");
    }),
  );
  await Promise.all(spending);
  const [{ book }] = nodes;
  const history = await book.history({ account: { path: "till" } }, { limit: 100 });
  const items = history.items.filter(({ kind }) => kind === "transfer");
  expect(items).toHaveLength(20);
  expect(await left(book, "ann")).toBe(0n);
  expect(await shelfNames(shop)).toHaveLength(
    items.filter(({ id }) => id.startsWith("tx-")).length,
  );
  await expectVerified(book);
});

test("a closed book takes no transaction, and one under way is told nothing was done", async () => {
  const shop = await openShop();
  const { book, lane } = await openNode(shop);
  const closed = { code: "lane.closed" };
  const underWay = book.tx(withShelf(shop, "a", pay("p", "ann", "till", 1n), () => lane.close()));
  await expect(underWay).rejects.toMatchObject(closed);
  const late = book.tx(withShelf(shop, "b", pay("q", "ann", "till", 1n)));
  await expect(late).rejects.toMatchObject(closed);
  expect(await shelfNames(shop)).toEqual([]);
  expect(await book.resolve("p")).toBeUndefined();
});

test("what the caller's SQL sets for its session is nobody else's business", async () => {
  const shop = await openShop();
  const { database } = shop.test;
  const { book } = await openNode(shop, { database });
  const ledger = openLedger({ database, sweep: false });
  onTestFinished(() => ledger.close());
  const set = (tx: Transaction) => tx.query("set default_transaction_read_only = on");
  for (let time = 0; time < 3; time++) {
    const work = withShelf(shop, `${time}`, pay(`p${time}`, "ann", "till", 1n), set);
    expect(await book.tx(work)).toMatchObject({ answer: { status: "created" } });
  }
  await Promise.all(["a", "b", "c", "d"].map((name) => ledger.createBook(`set/${name}`)));
  expect(await book.submit(pay("after", "ann", "till", 1n))).toMatchObject({ status: "created" });
  await expectVerified(book);
});
