import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { ledgerMigrations, type Request } from "../../src/ledger/index.ts";
import { postgresMigrations } from "../../src/postgres/index.ts";
import { rowsOf, testDatabase, type TestDatabase } from "../../src/postgres/testing.ts";
import { startNode } from "./node.ts";
import { sealBook } from "./seal.ts";

const open = () => testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
const cny: Request = { kind: "asset", asset: "CNY/2" };

async function nodeOf({ url, schema }: TestDatabase, name: string) {
  const node = await startNode({ name, url, schema, bookName: "simulate", offsetMs: 0 });
  onTestFinished(() => node.crash());
  return node;
}

test("a crash at a point is told when it comes, however late", async () => {
  const node = await nodeOf(await open(), "n1");
  const told: string[] = [];
  node.crashAt("lane.after_send", () => told.push("crashed"));
  await sleep(50);
  expect(told).toEqual([]);
  await Promise.race([node.book.submit(cny), node.gone]);
  expect(told).toEqual(["crashed"]);
  node.crash();
  expect(told).toEqual(["crashed"]);
});

test("nothing comes into a book that is sealed, though a node that crashed had sent it before", async () => {
  const opened = await open();
  const batches = () => rowsOf(opened, "select count(*) as many from {schema}.ledger_batch");
  const [doomed, last] = [await nodeOf(opened, "n1"), await nodeOf(opened, "n2")];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: locked, resolve: lock } = Promise.withResolvers<void>();
  const holding = opened.database.transaction(async (tx) => {
    await tx.query(`lock table ${opened.schema}.ledger_batch in share mode`);
    lock();
    await released;
  });
  await locked;
  doomed.crashAt("lane.after_send");
  await Promise.race([doomed.book.submit(cny), doomed.gone]);
  const sealing = sealBook(
    (posting) => last.book.submit(posting).then(Boolean, () => false),
    30_000,
  );
  const early = await Promise.race([sealing, sleep(300)]);
  const before = await batches();
  release();
  await holding;
  expect(early).toBeUndefined();
  expect(await sealing).toBe(true);
  const sealed = await batches();
  expect(sealed).not.toEqual(before);
  await sleep(300);
  expect(await batches()).toEqual(sealed);
});
