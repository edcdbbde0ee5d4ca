import { expect, test } from "vitest";
import type { Database } from "../postgres/index.ts";
import { openOrders, type Orders } from "./index.ts";
import { expectVerified, left, openShop, type Shop, stateIn, wallet } from "./testing/shop.ts";

/** A node to which something happens right behind one of its reads, once. */
function tornNode(shop: Shop, behind: string, meanwhile: () => Promise<unknown>): Orders {
  const { database } = shop.test;
  let isOver = false;
  const torn: Database = {
    ...database,
    run: async (statement, values) => {
      const rows = await database.run(statement, values);
      if (statement.name === behind && !isOver) {
        isOver = true;
        await meanwhile();
      }
      return rows;
    },
  };
  const read = async (_book: string, id: string) => shop.quotes.get(id);
  return openOrders({ database: torn, clock: shop.clock, quotes: { read } });
}

const tea = { line: 0, quantity: 1n, goods: "due" } as const;

/** Two pieces for 100, paid. */
async function paidOrder(): Promise<Shop> {
  const shop = await openShop({ stock: { TEA: 2n } });
  const { orders, book, command } = shop;
  await orders.place(book, command("o1", [["TEA", 2n, 100n]]));
  await orders.pay(book, wallet("o1", 100n));
  return shop;
}

test("a refund whose reads are torn by another's commit is decided anew: no is only said of one moment", async () => {
  const shop = await paidOrder();
  const { orders, book } = shop;
  // Of the lines as they were before it and the parts as they are behind it, 50 would be more than is left.
  const other = { orderId: "o1", refundId: "other", goodwill: 60n };
  const node = tornNode(shop, "order.listLines", () => orders.refund(book, other));
  const answer = await node.refund(book, { orderId: "o1", refundId: "torn", lines: [tea] });
  expect(stateIn(answer)).toBe("done paid");
  expect(answer).toMatchObject({ order: { version: 4, refunded: 100n } });
  // Of one moment it is said, and truly.
  const more = { orderId: "o1", refundId: "more", goodwill: 1n };
  expect(stateIn(await node.refund(book, more))).toBe("order.refund_too_large");
  expect(await left(book, "shop/unearned")).toBe(50n);
  await expectVerified(book);
});

test.each(["order.listSteps", "order.listMoves", "order.listLines"])(
  "an order that changes behind %s is shown as it was at one moment",
  async (behind) => {
    const shop = await paidOrder();
    const { orders, book } = shop;
    const done = { orderId: "o1", fulfilmentId: "f1", lines: [{ line: 0, quantity: 1n }] };
    const node = tornNode(shop, behind, () => orders.fulfil(book, done));
    const view = await node.find(book, "o1");
    expect(view?.order).toMatchObject({ state: "fulfilling", version: 3 });
    expect(view?.steps.map(({ act }) => act)).toEqual(["place", "pay", "fulfil"]);
    expect(view?.steps[2]?.moves).toMatchObject([{ kind: "delivered", quantity: 1n }]);
    expect(view?.lines).toMatchObject([{ delivered: { quantity: 1n, amount: 50n } }]);
  },
);
