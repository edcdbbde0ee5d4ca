import { expect, test } from "vitest";
import { fillWallet, openWallet } from "../payment/index.ts";
import { refusalWords } from "./index.ts";
import {
  expectVerified,
  GBP,
  left,
  openShop,
  shelf,
  stateIn,
  wallet,
  WALLET,
} from "./testing/shop.ts";

const MINUTE = 60_000;

test("orders that are not paid in time are ended, and their stock is free again", async () => {
  const { orders, book, command, clock } = await openShop({ stock: { A: 30n } });
  for (let i = 0; i < 3; i++) await orders.place(book, command(`o${i}`, [["A", 10n, 100n]]));
  await orders.pay(book, wallet("o1", 100n));
  clock.advance(15 * MINUTE);
  expect(await orders.expireDue(book)).toEqual({ expired: 0, more: false });
  expect(stateIn(await orders.pay(book, wallet("o0", 100n)))).toBe("done paid");
  clock.advance(2);
  expect(await orders.expireDue(book)).toEqual({ expired: 1, more: false });
  expect(await orders.expireDue(book)).toEqual({ expired: 0, more: false });
  expect(await shelf(book, "A")).toEqual([10n, 20n, 0n]);
  expect((await orders.find(book, "o2"))?.order.state).toBe("expired");
  await expectVerified(book);
});

test("paying late is refused, whether or not the order has been ended yet, and nothing is taken", async () => {
  const { orders, book, command, clock } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 1n, 100n]]));
  clock.advance(15 * MINUTE + 1);
  expect(stateIn(await orders.pay(book, wallet("o1", 100n)))).toBe("order.expired");
  clock.advance(1);
  await orders.expireDue(book);
  expect(stateIn(await orders.pay(book, wallet("o1", 100n)))).toBe("order.expired");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET);
});

test("where no node sweeps, the holds free themselves, and the order is ended all the same later", async () => {
  const { orders, book, command, clock } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 10n, 100n]]));
  clock.advance(17 * MINUTE);
  expect(stateIn(await orders.place(book, command("o2", [["A", 10n, 100n]])))).toBe("done placed");
  expect(await orders.expireDue(book)).toEqual({ expired: 1, more: false });
  expect((await orders.find(book, "o1"))?.order.state).toBe("expired");
  expect(stateIn(await orders.pay(book, wallet("o2", 100n)))).toBe("done paid");
  await expectVerified(book);
});

test("two nodes sweep at once: each order is ended once", async () => {
  const { orders, book, command, clock, node } = await openShop({ stock: { A: 2_000n } });
  const placed = Array.from({ length: 1_200 }, (_, i) =>
    orders.place(book, command(`o${i}`, [["A", 1n, 1n]])),
  );
  await Promise.all(placed);
  clock.advance(16 * MINUTE - 1);
  const at = await node();
  const swept = await Promise.all([orders.expireDue(book), at.orders.expireDue(at.book)]);
  expect(swept.reduce((sum, { expired }) => sum + expired, 0)).toBe(1_200);
  expect(await shelf(book, "A")).toEqual([2_000n, 0n, 0n]);
  await expectVerified(book);
});

test("P4: pay, cancel and expire of one order at once, on two nodes: exactly one lawful end", async () => {
  const { orders, book, command, clock, node } = await openShop({ stock: { A: 1_000n } });
  const at = await node();
  const ids = Array.from({ length: 60 }, (_, i) => `race-${i}`);
  await Promise.all(ids.map((id) => orders.place(book, command(id, [["A", 1n, 10n]]))));
  clock.advance(15 * MINUTE);
  const answers = await Promise.all(
    ids.map((id) =>
      Promise.all([
        orders.pay(book, wallet(id, 10n)),
        at.orders.pay(at.book, wallet(id, 10n, `other-${id}`)),
        at.orders.cancel(at.book, { orderId: id }),
        orders.cancel(book, { orderId: id }),
      ]),
    ),
  );
  let paid = 0n;
  for (const [place, four] of answers.entries()) {
    const done = four.filter(({ status }) => status === "done");
    expect(done).toHaveLength(1);
    const view = await orders.find(book, ids[place] ?? "");
    expect(view?.order.version).toBe(2);
    if (view?.order.state === "paid") paid += 1n;
    expect(view?.payments.length).toBe(view?.order.state === "paid" ? 1 : 0);
  }
  expect(await shelf(book, "A")).toEqual([1_000n - paid, paid, 0n]);
  expect(await left(book, "shop/unearned")).toBe(10n * paid);
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 10n * paid);
  await expectVerified(book);
});

test("cancelling: again it is the same; a paid order is not cancelled but refunded", async () => {
  const { orders, book, command, node } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 1n, 10n]]));
  expect(stateIn(await orders.cancel(book, { orderId: "o1" }))).toBe("done cancelled");
  expect(stateIn(await orders.cancel(book, { orderId: "o1" }))).toBe("exists cancelled");
  const at = await node();
  expect(stateIn(await at.orders.pay(at.book, wallet("o1", 10n)))).toBe("order.not_possible");
  await orders.place(book, command("o2", [["A", 1n, 10n]]));
  await at.orders.pay(at.book, wallet("o2", 10n));
  // This node remembers it as placed: a no is looked up, and a yes is checked by the commit.
  expect(stateIn(await orders.cancel(book, { orderId: "o2" }))).toBe("order.already_paid");
});

test("P2: a key that was refused for want of goods stays refused when they have come, and says so", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 1n } });
  const wanted = command("o1", [["A", 3n, 30n]]);
  const told = { code: "order.sold_out", details: { asked: "3", left: "1" } };
  expect(await orders.place(book, wanted)).toMatchObject(told);
  expect(await orders.place(book, wanted)).toMatchObject(told);
  await orders.putStock(book, { id: "d1", items: [{ sku: "A", quantity: 5n }] });
  const refused = await orders.place(book, wanted);
  expect(refused).toMatchObject({ code: "order.key_refused", details: { key: "o1" } });
  if (refused.status !== "refused") return;
  expect(refusalWords(refused).advice.en).toContain("new key");
  const again = command("o2", [["A", 3n, 30n]], { buyer: "cyd" });
  expect(stateIn(await orders.place(book, again))).toBe("done placed");
  // The same of a payment, whose wallet is filled too late.
  await openWallet(book, { buyer: "cyd", asset: GBP });
  const pay = wallet("o2", 30n);
  expect(await orders.pay(book, pay)).toMatchObject({ code: "order.funds_short" });
  expect(await orders.pay(book, pay)).toMatchObject({ code: "order.funds_short" });
  await fillWallet(book, { id: "fill", buyer: "cyd", asset: GBP, amount: 30n });
  expect(await orders.pay(book, pay)).toMatchObject({ code: "order.key_refused" });
  expect(stateIn(await orders.pay(book, { ...pay, paymentId: "p2" }))).toBe("done paid");
  await expectVerified(book);
});
