/** One order and many who act on it at once: each finds a place. */
import { expect, test } from "vitest";
import { dueOf } from "./index.ts";
import { expectVerified, openShop, type ShopNode, stateIn, wallet } from "./testing/shop.ts";

/** A parcel of one piece each, all at once, on the nodes in turn. */
async function parcels(nodes: readonly Pick<ShopNode, "orders" | "book">[], many: number) {
  const answers = Array.from({ length: many }, async (_, at) => {
    const { orders, book } = nodes[at % nodes.length] ?? expect.fail("there is no node");
    const lines = [{ line: 0, quantity: 1n }];
    return stateIn(await orders.fulfil(book, { orderId: "o1", fulfilmentId: `f${at}`, lines }));
  });
  return [...new Set(await Promise.all(answers))].toSorted();
}

async function shopWith(pieces: bigint) {
  const shop = await openShop({ stock: { A: pieces } });
  await shop.orders.place(shop.book, shop.command("o1", [["A", pieces, 10n * pieces]]));
  await shop.orders.pay(shop.book, wallet("o1", 10n * pieces));
  return shop;
}

const ALL = ["done fulfilled", "done fulfilling"];

test("P5: a hundred parcels of one order at once are all delivered at the first try, each once", async () => {
  const { orders, book } = await shopWith(100n);
  expect(await parcels([{ orders, book }], 100)).toEqual(ALL);
  const seen = await orders.lines(book, "o1");
  expect(seen?.order).toMatchObject({ version: 102, state: "fulfilled" });
  expect(seen?.lines.map((line) => [dueOf(line).quantity, line.delivered.quantity])).toEqual([
    [0n, 100n],
  ]);
  await expectVerified(book);
});

test("P5: on several nodes no parcel of an order starves either", async () => {
  const shop = await shopWith(60n);
  const nodes = [shop, await shop.node(), await shop.node()];
  expect(await parcels(nodes, 60)).toEqual(ALL);
  await expectVerified(shop.book);
});

test("P7: who waits for their turn longer than they want to is told so in time, and nothing is done", async () => {
  const { orders, book } = await shopWith(40n);
  const slow = parcels([{ orders, book }], 39);
  const last = { orderId: "o1", fulfilmentId: "late", lines: [{ line: 0, quantity: 1n }] };
  expect(stateIn(await orders.fulfil(book, last, { deadlineMs: 1 }))).toBe("order.busy");
  expect(await slow).toEqual(["done fulfilling"]);
  expect(stateIn(await orders.fulfil(book, last))).toBe("done fulfilled");
});
