/** Complaints about other shops that concern what no single act shows; the others stand with their acts. */
import { expect, test } from "vitest";
import { COMMIT, openProxy } from "../postgres/testing.ts";
import { orderActs } from "./index.ts";
import { expectVerified, left, openShop, shelf, stateIn, wallet, WALLET } from "./testing/shop.ts";

test("#5: an order that is changed and changed back gives nothing back: only a refund moves money", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const asked = command("o1", [["A", 3n, 30n]]);
  await orders.place(book, asked);
  await orders.pay(book, wallet("o1", 30n));
  // There is no edit; whatever else is asked of a paid order leaves its money where it is.
  expect(orderActs.filter((act) => act.includes("edit") || act.includes("change"))).toEqual([]);
  const other = command("o1", [["A", 2n, 20n]], { id: "q-less" });
  expect(stateIn(await orders.place(book, other))).toBe("order.key_conflict");
  expect(stateIn(await orders.place(book, asked))).toBe("exists paid");
  expect(stateIn(await orders.cancel(book, { orderId: "o1" }))).toBe("order.already_paid");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 30n);
  // Calling a piece off and ordering it again is one refund and one order, each told.
  const piece = [{ line: 0, quantity: 1n, goods: "due" } as const];
  await orders.refund(book, { orderId: "o1", refundId: "r1", lines: piece });
  await orders.place(book, command("o2", [["A", 1n, 10n]]));
  await orders.pay(book, wallet("o2", 10n));
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 30n);
  expect(await shelf(book, "A")).toEqual([7n, 3n, 0n]);
  await expectVerified(book);
});

test("#10: a paid order is told as paid once, and nothing is told of a payment that failed", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 3n, WALLET + 1n]]));
  await orders.place(book, command("o2", [["A", 3n, 30n]]));
  expect(stateIn(await orders.pay(book, wallet("o1", WALLET + 1n)))).toBe("order.funds_short");
  expect(stateIn(await orders.pay(book, wallet("o1", 5n, "less")))).toBe("order.amount_differs");
  const paying = Array.from({ length: 5 }, () => orders.pay(book, wallet("o2", 30n)));
  await Promise.all(paying);
  const { events } = await orders.events(book);
  expect(events.map(({ type, order }) => `${type} ${order}`)).toEqual([
    "order.placed o1",
    "order.placed o2",
    "order.paid o2",
  ]);
  const paid = events.at(-1);
  expect(paid).toMatchObject({ state: "paid", paid: 30n, key: "pay-o2" });
});

test("#11: money is taken only for an order that is there, also of whoever goes away at that moment", async () => {
  const { orders, book, command, node, test: opened } = await openShop({ stock: { A: 10n } });
  expect(stateIn(await orders.pay(book, wallet("nobodys", 30n)))).toBe("order.missing");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET);
  const proxy = await openProxy(opened.url);
  const at = await node(proxy.url);
  await at.orders.place(at.book, command("o1", [["A", 3n, 30n]]));
  const cut = proxy.cutAfter(COMMIT);
  // Nobody waits for the answer: the tab is closed.
  const gone = at.orders.pay(at.book, wallet("o1", 30n)).catch(() => undefined);
  await cut;
  await gone;
  expect(stateIn(await orders.pay(book, wallet("o1", 30n)))).toBe("exists paid");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 30n);
  await expectVerified(book);
});

test("#15: a payment is for this order and its whole price, or it takes nothing", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 3n, 30n]]));
  await orders.place(book, command("o2", [["A", 3n, 50n]]));
  const wrong = [wallet("o1", 29n, "p1"), wallet("o1", 31n, "p2"), wallet("o1", 50n, "p3")];
  for (const each of wrong) {
    expect(stateIn(await orders.pay(book, each))).toBe("order.amount_differs");
  }
  expect(stateIn(await orders.pay(book, wallet("o1", 30n, "p4")))).toBe("done paid");
  expect(stateIn(await orders.pay(book, wallet("o2", 50n, "p4")))).toBe("order.key_conflict");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 30n);
});

test("#16: of two payments at once one is taken; the other hears so, takes nothing, and may ask for ever", async () => {
  const { orders, book, command, node } = await openShop({ stock: { A: 50n } });
  const at = await node();
  for (let n = 0; n < 10; n++) {
    const id = `o${n}`;
    await orders.place(book, command(id, [["A", 1n, 10n]]));
    const both = [
      () => orders.pay(book, wallet(id, 10n, `one-${n}`)),
      () => at.orders.pay(at.book, wallet(id, 10n, `two-${n}`)),
    ];
    const said = (await Promise.all(both.map((pay) => pay()))).map(stateIn);
    expect(said.toSorted()).toEqual(["done paid", "order.already_paid"]);
    const again = (await Promise.all(both.map((pay) => pay()))).map(stateIn);
    expect(again.toSorted()).toEqual(["exists paid", "order.already_paid"]);
  }
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 100n);
  await expectVerified(book);
});
