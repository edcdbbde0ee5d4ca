/** A node whose own clock is set while it works: book time stays the database's. */
import { expect, onTestFinished, test } from "vitest";
import { type Clock, systemClock } from "../base/index.ts";
import { openDatabase, sql, as } from "../postgres/index.ts";
import type { Book } from "./book.ts";
import { SKEW_MAX_MS } from "./book-time.ts";
import { openLedger } from "./open-ledger.ts";
import { expectVerified, hold, openShop, pay, type Shop } from "./testing/shop.ts";

const STEPS_MS = [30_000, -30_000, 3_000, -3_000] as const;
const HOLD_MS = 1_500;
/** Two clocks are read one after the other, on a machine that is busy. */
const TOLERANCE_MS = SKEW_MAX_MS + 500;

interface SteppedNode {
  readonly book: Book;
  readonly step: (ms: number) => void;
  /** How far the book's time is ahead of the database's. */
  readonly aheadMs: () => Promise<number>;
}

const databaseTime = sql.named("test.databaseTime", {
  columns: { now: as.timestamptz },
})`select clock_timestamp() as now`;

async function openStepped({ test: { url, schema } }: Shop): Promise<SteppedNode> {
  let offsetMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + offsetMs };
  const database = await openDatabase({ url, schema, poolMax: 4, clock });
  const ledger = openLedger({ database, sweep: false });
  onTestFinished(async () => {
    await ledger.close();
    await database.close();
  });
  const book = await ledger.book("shop");
  return {
    book,
    step: (ms) => (offsetMs += ms),
    aheadMs: async () => (await book.head()).at - (await database.one(databaseTime, {})).now,
  };
}

test.each(STEPS_MS)(
  "P2, P3: a clock set by %d ms on one of two nodes neither ends a hold nor stretches it",
  async (ms) => {
    const shop = await openShop();
    const [a, b] = [await openStepped(shop), await openStepped(shop)];
    let nth = 0;
    const round = async () => {
      nth += 1;
      const answers = await Promise.all([
        a.book.submit(pay(`a-${nth}`, "bank", "bob", 1n)),
        b.book.submit(pay(`b-${nth}`, "bank", "bob", 1n)),
      ]);
      for (const { status } of answers) expect(status).toBe("created");
    };
    for (let warm = 0; warm < 12; warm++) await round();
    await b.book.submit(hold("h", "ann", 100n, 60_000));
    a.step(ms);
    for (let after = 0; after < 4; after++) await round();
    expect(await a.aheadMs()).toBeLessThan(TOLERANCE_MS);
    const posted = { kind: "post", id: "p", pendingId: "h" } as const;
    expect(await b.book.submit(posted)).toMatchObject({ status: "created" });
    await expectVerified(b.book);
  },
);

test.each(STEPS_MS)("a clock set by %d ms between transactions of the slow form", async (ms) => {
  const shop = await openShop();
  const { book, step, aheadMs } = await openStepped(shop);
  const tx = (id: string) =>
    book.tx(async () => Promise.resolve({ post: pay(id, "bank", "ann", 1n), value: id }));
  for (let warm = 0; warm < 6; warm++) await tx(`warm-${warm}`);
  step(ms);
  expect(await tx("after")).toMatchObject({ value: "after" });
  expect(await aheadMs()).toBeLessThan(TOLERANCE_MS);
  await book.submit(hold("h", "ann", 10n, HOLD_MS));
  const left = async () => (await book.account("ann", "CNY/2"))?.balance.debitsPending;
  await expect.poll(left, { interval: 100 }).toBe(0n);
  await expectVerified(book);
});
