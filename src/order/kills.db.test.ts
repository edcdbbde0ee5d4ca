import { expect, test } from "vitest";
import { COMMIT, openProxy } from "../postgres/testing.ts";
import { expectVerified, left, openShop, shelf, stateIn, wallet, WALLET } from "./testing/shop.ts";

/** A shop, and a node on a wire that can be cut, which has been at work already. */
async function cutShop() {
  const shop = await openShop({ stock: { A: 100n } });
  const proxy = await openProxy(shop.test.url);
  const at = await shop.node(proxy.url);
  await at.orders.place(at.book, shop.command("warm", [["A", 1n, 10n]]));
  await at.orders.pay(at.book, wallet("warm", 10n));
  return { ...shop, at, proxy };
}

const placing = ["begin", "ledger.addBatch", "order.insert_order", COMMIT];
const paying = ["begin", "ledger.addBatch", "order.insert_step", "payment.insert_part", COMMIT];

test.each(placing)(
  "P1 P2: a wire that breaks before %s while placing: one order, held once",
  async (text) => {
    const { at, proxy, book, orders, command } = await cutShop();
    const asked = command("o1", [["A", 3n, 30n]]);
    const cut = proxy.cutBefore(text);
    const answer = await at.orders.place(at.book, asked);
    await cut;
    expect(["done placed", "exists placed"]).toContain(stateIn(answer));
    expect(stateIn(await orders.place(book, asked))).toBe("exists placed");
    expect(await left(book, "shop/stock", "SKU:A/0")).toBe(96n);
    expect(stateIn(await orders.pay(book, wallet("o1", 30n)))).toBe("done paid");
    await expectVerified(book);
  },
);

test.each(paying)("P1 P2: a wire that breaks before %s while paying: paid once", async (text) => {
  const { at, proxy, book, orders, command } = await cutShop();
  await at.orders.place(at.book, command("o1", [["A", 3n, 30n]]));
  const cut = proxy.cutBefore(text);
  const answer = await at.orders.pay(at.book, wallet("o1", 30n));
  await cut;
  expect(["done paid", "exists paid"]).toContain(stateIn(answer));
  expect(stateIn(await orders.pay(book, wallet("o1", 30n)))).toBe("exists paid");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 40n);
  expect(await shelf(book, "A")).toEqual([96n, 4n, 0n]);
  await expectVerified(book);
});

test("P1 P2: answers that are lost behind the commit are found, for place, pay and refund", async () => {
  const { at, proxy, book, orders, command } = await cutShop();
  const placed = command("o1", [["A", 3n, 30n]]);
  const back = { orderId: "o1", refundId: "r1", goodwill: 5n };
  for (const act of [
    () => at.orders.place(at.book, placed),
    () => at.orders.pay(at.book, wallet("o1", 30n)),
    () => at.orders.refund(at.book, back),
  ]) {
    const cut = proxy.cutAfter(COMMIT);
    const answer = await act();
    await cut;
    expect(answer.status).not.toBe("refused");
  }
  expect(stateIn(await orders.refund(book, back))).toBe("exists paid");
  const view = await orders.find(book, "o1");
  expect(view?.order).toMatchObject({ version: 3, paid: 30n, refunded: 5n });
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 35n);
  await expectVerified(book);
});
