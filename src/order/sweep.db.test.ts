import { expect, onTestFinished, test } from "vitest";
import { openLedger } from "../ledger/index.ts";
import { openOrders, openShelf, openTill, stockShelf } from "./index.ts";
import { listSweptBooks } from "./order.sql.ts";
import { expectVerified, GBP, openShop, type Shop, shelf, wallet } from "./testing/shop.ts";

const MINUTE = 60_000;

const stateOf = async ({ orders, book }: Pick<Shop, "orders" | "book">, id: string) =>
  (await orders.find(book, id))?.order.state;

const polled = { interval: 20 };

test("a node ends the unpaid orders that it has placed within seconds, and only those", async () => {
  const shop = await openShop({ stock: { A: 100n }, sweep: true });
  const { orders, book, command, clock } = shop;
  for (let i = 0; i < 4; i++) await orders.place(book, command(`o${i}`, [["A", 10n, 100n]]));
  await orders.pay(book, wallet("o1", 100n));
  clock.advance(5 * MINUTE);
  await orders.place(book, command("later", [["A", 1n, 10n]]));
  clock.advance(10 * MINUTE + 5_001);
  await expect.poll(() => stateOf(shop, "o3"), polled).toBe("expired");
  expect(await stateOf(shop, "o1")).toBe("paid");
  expect(await stateOf(shop, "later")).toBe("placed");
  expect(await shelf(book, "A")).toEqual([89n, 10n, 0n]);
  const ended = (await orders.find(book, "o3"))?.steps[1];
  expect(ended).toMatchObject({ act: "expire", by: "sweep" });
  clock.advance(5 * MINUTE);
  await expect.poll(() => stateOf(shop, "later"), polled).toBe("expired");
  await expectVerified(book);
});

test("orders of a node that is gone are ended by another, in every book, each once", async () => {
  const shop = await openShop({ stock: { A: 500n } });
  const { orders, book, command, clock } = shop;
  const ids = Array.from({ length: 300 }, (_, i) => `o${i}`);
  await Promise.all(ids.map((id) => orders.place(book, command(id, [["A", 1n, 10n]]))));
  clock.advance(15.5 * MINUTE);
  const sweeping = await Promise.all([shop.node(undefined, true), shop.node(undefined, true)]);
  await expect.poll(async () => (await shelf(book, "A"))[0], polled).toBe(500n);
  for (const id of ["o0", "o299"]) {
    expect((await orders.find(book, id))?.steps.map(({ act }) => act)).toEqual(["place", "expire"]);
  }
  await Promise.all(sweeping.map((node) => node.orders.stopSweep()));
  await expectVerified(book);
});

test("what has been swept is looked through no more, by no node; a node that stops waits for its look", async () => {
  const shop = await openShop({ stock: { A: 10n }, startAt: Date.now() - 60 * MINUTE });
  const { orders, book, command, clock, test: opened } = shop;
  await orders.place(book, command("o1", [["A", 1n, 10n]]));
  await orders.pay(book, wallet("o1", 10n));
  const swept = () => opened.database.run(listSweptBooks, { until: clock.now() });
  expect(await swept()).toEqual([]);
  clock.advance(16 * MINUTE);
  expect(await swept()).toEqual([{ bookId: book.id }]);
  expect(await orders.expireDue(book)).toEqual({ expired: 0, more: false });
  expect(await swept()).toEqual([]);
  clock.advance(16 * MINUTE);
  const at = await shop.node(undefined, true);
  await at.orders.stopSweep();
  await at.orders.stopSweep();
});

test("a book that can't be opened keeps no other's unpaid orders waiting", async () => {
  const shop = await openShop({ stock: { A: 1n } });
  const { orders, book, command, clock, test: opened, quotes } = shop;
  const { database } = opened;
  const ledger = openLedger({ database, clock, bookTime: "clock", sweep: false });
  onTestFinished(() => ledger.close());
  const lost = await ledger.createBook("lost");
  await lost.batch([...openTill(GBP), ...openShelf("A"), stockShelf("s", "A", 1n)]);
  for (const one of [book, lost]) await orders.place(one, command(`o-${one.id}`, [["A", 1n, 10n]]));
  clock.advance(16 * MINUTE);
  const bookById = async (id: number) => {
    if (id === lost.id) throw new Error("the book is gone");
    return book;
  };
  const read = async (_book: string, id: string) => quotes.get(id);
  const sweep = { books: { bookById } };
  const node = openOrders({ database, clock, quotes: { read }, sweep });
  await expect.poll(() => stateOf(shop, `o-${book.id}`), polled).toBe("expired");
  await node.stopSweep();
});
