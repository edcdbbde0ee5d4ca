import { expect, test } from "vitest";
import { migrate, openDatabase } from "../postgres/index.ts";
import { ledgerMigrations, openLedger } from "./index.ts";
import { expectVerified, left, openNode, openShop, pay, type Shop } from "./testing/shop.ts";

const shutOut = { code: "postgres.schema_newer", details: { room: "ledger", oldest: 9 } };

/** What a later version's breaking migration leaves behind. */
async function raiseFloor({ test: { database, schema } }: Shop): Promise<void> {
  await database.transaction((tx) =>
    tx.query(`insert into ${schema}.schema_floor values ('ledger', 9, 'ledger/0009-later')`),
  );
}

async function freshLedger({ test: { url, schema } }: Shop) {
  const database = await openDatabase({ url, schema, poolMax: 3 });
  const ledger = openLedger({ database, sweep: false });
  const close = async () => {
    await ledger.close();
    await database.close();
  };
  return { database, ledger, close };
}

test("P2: who is too old writes nothing in any way, is not ready, and reads on", async () => {
  const shop = await openShop();
  const { database, ledger, close } = await freshLedger(shop);
  const book = await ledger.book("shop");
  await ledger.check();
  await raiseFloor(shop);
  await expect(ledger.check()).rejects.toMatchObject(shutOut);
  await expect(book.submit(pay("a", "ann", "till", 1n))).rejects.toMatchObject(shutOut);
  await expect(book.batch([pay("b", "ann", "till", 1n)])).rejects.toMatchObject(shutOut);
  await expect(ledger.createBook("another")).rejects.toMatchObject(shutOut);
  await expect(migrate(database, [ledgerMigrations])).rejects.toMatchObject(shutOut);
  expect(await left(book, "ann")).toBe(1_000n);
  expect((await ledger.books()).items).toEqual(["shop"]);
  await expectVerified(book);
  await close();
});

test("the caller's own SQL of an outdated node is rolled back with its posting", async () => {
  const shop = await openShop();
  const { ledger, close } = await freshLedger(shop);
  const book = await ledger.book("shop");
  await raiseFloor(shop);
  const { schema } = shop.test;
  const asked = book.tx(async (tx) => {
    await tx.query(`insert into ${schema}.test_shelf (name, quantity, version) values ('a', 1, 1)`);
    return { post: pay("a", "ann", "till", 1n), value: undefined };
  });
  await expect(asked).rejects.toMatchObject(shutOut);
  const { rows } = await shop.test.database.transaction((tx) =>
    tx.query(`select name from ${schema}.test_shelf`),
  );
  expect(rows).toEqual([]);
  await close();
});

test("P1: an outdated node with calls in flight answers each by what is booked", async () => {
  const shop = await openShop();
  const { ledger, close } = await freshLedger(shop);
  const book = await ledger.book("shop");
  const asked = Array.from({ length: 400 }, (_, i) =>
    book.submit(pay(`p${i}`, "ann", "till", 1n)).then(
      ({ status }) => status,
      (error: unknown) => (error as { code: string }).code,
    ),
  );
  await Promise.all([raiseFloor(shop), asked[0]]);
  const late = book.submit(pay("late", "ann", "till", 1n)).catch((error: unknown) => error);
  const told = await Promise.all(asked);
  expect(await late).toMatchObject(shutOut);
  await close();
  const { book: other } = await openNode(shop);
  for (const [i, status] of told.entries()) {
    const entry = await other.find(`p${i}`);
    expect(entry === undefined ? "postgres.schema_newer" : "created").toBe(status);
  }
  await expectVerified(other);
});
