import { expect, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { DUE_MAX } from "./due-holds.ts";
import { loadDue } from "./engine.sql.ts";
import { expectVerified, hold, left, openNode, openShop, pay } from "./testing/shop.ts";

const MANY = DUE_MAX + 904;
const SHORT_MS = 700;

const holds = (count: number, timeoutOf: (at: number) => number) =>
  Array.from({ length: count }, (_, at) => hold(`h${at}`, "bank", 1n, timeoutOf(at)));

/** Ahead of the one by which the shop was made. */
const clockOfNodes = () => manualClock(Date.now() + 60_000);

/** A shop of which a node that is gone has left many holds; all of them have ended. */
async function shopWithDueHolds(timeoutOf: (at: number) => number) {
  const shop = await openShop();
  const clock = clockOfNodes();
  const gone = await openNode(shop, { clock });
  const requests = holds(MANY, timeoutOf);
  expect(await gone.book.chain({ chain: "sale", requests })).toMatchObject({ status: "created" });
  await gone.close();
  clock.advance(SHORT_MS);
  return { shop, clock };
}

async function expiries(book: Awaited<ReturnType<typeof openNode>>["book"]): Promise<number> {
  let count = 0;
  for (let afterSeq = 0; ;) {
    const changes = await book.changes({ afterSeq, limit: 1_000 });
    const last = changes.at(-1);
    if (last === undefined) return count;
    count += changes.filter(({ entry }) => entry.kind === "expire").length;
    afterSeq = last.entry.seq;
  }
}

test("P3: a new node frees more holds of one instant than fit into a batch, and goes on", async () => {
  const { shop, clock } = await shopWithDueHolds(() => SHORT_MS);
  const { book } = await openNode(shop, { clock });
  expect(await book.submit(pay("after", "bank", "ann", 1n))).toMatchObject({ status: "created" });
  expect(await expiries(book)).toBe(MANY);
  await expectVerified(book);
});

test("the node that made them frees them too", async () => {
  const shop = await openShop();
  const clock = clockOfNodes();
  const { book } = await openNode(shop, { clock });
  await book.chain({ chain: "sale", requests: holds(MANY, () => SHORT_MS) });
  clock.advance(SHORT_MS);
  expect(await book.submit(pay("after", "bank", "ann", 1n))).toMatchObject({ status: "created" });
  expect(await expiries(book)).toBe(MANY);
  await expectVerified(book);
});

test("a transaction with SQL is refused behind many due holds as it is without them", async () => {
  const { shop, clock } = await shopWithDueHolds((at) => SHORT_MS - (at % 100));
  const { book } = await openNode(shop, { clock });
  const posting = pay("much", "ann", "till", 100_000n);
  const refused = { status: "refused", code: "ledger.debit_account_exceeds_bound" };
  const told = await book.tx(() => Promise.resolve({ post: { ...posting, id: "no" }, value: 1 }));
  expect(told).toMatchObject({ answer: refused, value: undefined });
  expect(await expiries(book)).toBe(MANY);
  const again = await book.tx(() => Promise.resolve({ post: { ...posting, id: "no2" }, value: 1 }));
  expect(again).toMatchObject({ answer: refused });
  await expectVerified(book);
});

test("a hold of another node that ends before those which are known is freed in time", async () => {
  const shop = await openShop();
  const clock = clockOfNodes();
  const [a, b] = [await openNode(shop, { clock }), await openNode(shop, { clock })];
  // Both know all holds there are: none that ends soon.
  await a.book.submit(hold("late", "ann", 100n, 60_000));
  await b.book.submit(hold("later", "bob", 100n, 60_000));
  await a.book.submit(pay("seen", "bank", "ann", 1n));
  await b.book.submit(hold("soon", "bob", 900n, 300));
  await a.book.submit(pay("behind", "bank", "ann", 1n));
  clock.advance(300);
  expect(await a.book.submit(pay("all", "bob", "till", 900n))).toMatchObject({ status: "created" });
  expect(await left(a.book, "bob")).toBe(0n);
  await expectVerified(a.book);
});

test("a page of holds is as long as what is looked at, not as what is still open", async () => {
  const shop = await openShop();
  const { book } = await openNode(shop);
  await book.batch(holds(100, () => 60_000));
  await book.batch(
    Array.from({ length: 90 }, (_, at) => ({
      kind: "void" as const,
      id: `v${at}`,
      pendingId: `h${at}`,
    })),
  );
  const page = { book: shop.bookId, expiresAt: Date.now() - 60_000, seq: 0n, limit: 95n };
  const rows = await shop.test.database.run(loadDue, page);
  expect(rows).toHaveLength(95);
  expect(rows.filter(({ isOpen }) => isOpen).map(({ id }) => id)).toEqual(
    Array.from({ length: 5 }, (_, at) => `h${90 + at}`),
  );
});
