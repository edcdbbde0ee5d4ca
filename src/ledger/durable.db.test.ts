/** On a server of the user's own whose commits are answered before they are on the disk. */
import { expect, onTestFinished, test } from "vitest";
import { migrate, openDatabase, postgresMigrations } from "../postgres/index.ts";
import {
  shelfMigrations,
  shelvesOf,
  startServerOfItsOwn,
  testFolder,
} from "../postgres/testing.ts";
import { ledgerMigrations, openLedger } from "./index.ts";
import { expectVerified, openNode, pay, type Shop, stockShop } from "./testing/shop.ts";

/** Nothing writes the log behind a commit that does not: what is not flushed by then is lost. */
const CARELESS = { fsync: "off", synchronous_commit: "off", wal_writer_delay: "10s" };

async function carelessShop() {
  const server = await startServerOfItsOwn({ dir: await testFolder(), settings: CARELESS });
  const { url } = server;
  const database = await openDatabase({ url, schema: "shop" });
  onTestFinished(() => database.close());
  await migrate(database, [postgresMigrations, ledgerMigrations, shelfMigrations]);
  const drop = () => Promise.resolve();
  const shop: Shop = await stockShop({ database, url, schema: "shop", drop }, ["ann"]);
  /** Ends the server as a kill does, and waits until it is back. */
  const kill = async () => {
    const pid = server.pid();
    process.kill(pid, "SIGKILL");
    await expect.poll(() => server.pid()).not.toBe(pid);
    await expect.poll(() => shelvesOf(database).catch(() => undefined)).toBeDefined();
  };
  return { shop, database, kill };
}

test("P1: what a book, a tx or createBook answered is on the disk, whatever the role says", async () => {
  const { shop, database, kill } = await carelessShop();
  const { book } = await openNode(shop);
  const ids: string[] = [];
  for (let n = 0; n < 50; n++) {
    const { status } = await book.submit(pay(`p${n}`, "bank", "ann", 1n));
    if (status === "created") ids.push(`p${n}`);
  }
  await kill();
  expect(await Promise.all(ids.map((id) => book.find(id)))).not.toContain(undefined);
  const { answer } = await book.tx(async (tx) => {
    await tx.query("set local synchronous_commit = off");
    await tx.query("set synchronous_commit = off");
    return { post: pay("tx", "bank", "ann", 1n), value: undefined };
  });
  expect(answer).toMatchObject({ status: "created" });
  await kill();
  expect(await book.find("tx")).toBeDefined();
  const ledger = openLedger({ database, sweep: false });
  onTestFinished(() => ledger.close());
  await ledger.createBook("second");
  await kill();
  expect((await ledger.books()).items).toContain("second");
  await expectVerified(book);
});
