/** Behind a pooler in transaction mode, which lends one session to everybody in turn. */
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../base/index.ts";
import { openDatabase } from "../postgres/index.ts";
import { ask, openPooler } from "../postgres/testing.ts";
import { expectVerified, left, openNode, openShop, pay } from "./testing/shop.ts";

test("a lane leaves nothing in a session that others are lent, not even when it is killed", async () => {
  const { test: opened, bookId } = await openShop();
  const { schema } = opened;
  const pooler = await openPooler(opened.url);
  const shown = () =>
    ask(
      pooler.url,
      `select current_setting('default_transaction_read_only') as read_only,
        current_setting('synchronous_commit') as waits, current_setting('lock_timeout') as lock`,
    );
  const untouched = await shown();
  expect(untouched).toMatchObject({ read_only: "off" });
  const first = await openDatabase({ url: pooler.url, schema, poolMax: 3 });
  onTestFinished(() => first.close());
  const { book } = await openNode({ test: opened, bookId }, { database: first });
  const paid = await Promise.all(
    Array.from({ length: 50 }, (_, n) => book.submit(pay(`p${n}`, "ann", "till", 1n))),
  );
  expect(paid.map(({ status }) => status)).not.toContain("refused");
  // Its lane has a connection still.
  expect(await shown()).toEqual(untouched);
  await ask(pooler.url, `update ${schema}.test_shelf set version = 1`);
  pooler.killClients();
  expect(await shown()).toEqual(untouched);
  const second = await openDatabase({ url: pooler.url, schema, poolMax: 3 });
  onTestFinished(() => second.close());
  const { book: again } = await openNode({ test: opened, bookId }, { database: second });
  expect(await again.submit(pay("p0", "ann", "till", 1n))).toMatchObject({ status: "exists" });
  expect(await again.submit(pay("more", "ann", "till", 1n))).toMatchObject({ status: "created" });
  expect(await left(again, "ann")).toBe(949n);
  await expectVerified((await openNode({ test: opened, bookId })).book);
});

test("a pooler need not keep track of prepared statements", async () => {
  const { test: opened, bookId } = await openShop();
  const pooler = await openPooler(opened.url, { tracks: false });
  for (const name of ["one", "two"]) {
    const database = await openDatabase({ url: pooler.url, schema: opened.schema, poolMax: 4 });
    onTestFinished(() => database.close());
    const { book } = await openNode({ test: opened, bookId }, { database });
    const paid = await Promise.all(
      Array.from({ length: 50 }, (_, n) => book.submit(pay(`${name}${n}`, "ann", "till", 1n))),
    );
    expect(paid.map(({ status }) => status)).not.toContain("refused");
    expect(await left(book, "ann")).toBe(name === "one" ? 950n : 900n);
  }
  await expectVerified((await openNode({ test: opened, bookId })).book);
});

test("nothing goes behind a flush there, so that none is halved to make room for it", async () => {
  const { test: opened, bookId } = await openShop();
  const pooler = await openPooler(opened.url);
  const database = await openDatabase({ url: pooler.url, schema: opened.schema, poolMax: 3 });
  onTestFinished(() => database.close());
  const clock = manualClock(Date.now() + 60_000);
  const { book, lane } = await openNode({ test: opened, bookId }, { database, clock });
  await book.submit(pay("first", "ann", "till", 1n));
  const before = lane.stats().flushes;
  await Promise.all(
    Array.from({ length: 600 }, (_, n) => book.submit(pay(`p${n}`, "ann", "till", 1n))),
  );
  expect(lane.stats().flushes - before).toBe(1);
});
