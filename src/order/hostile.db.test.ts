/** What befalls a shop: keys used twice, kindness before a return, clocks that run ahead, money that was moved away. */
import { expect, test } from "vitest";
import { openCreditLine } from "../payment/index.ts";
import { rowsOf } from "../postgres/testing.ts";
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

const HOUR = 3_600_000;

test("P2: the key of a payment is used once in the whole book, for orders that cost nothing, too", async () => {
  const { orders, book, command } = await openShop({ stock: {} });
  const free = { sku: "GIFT", quantity: 1n, list: 0n, amount: 0n, stocked: false };
  await orders.place(book, command("o1", [free]));
  await orders.place(book, command("o2", [free]));
  expect(stateIn(await orders.pay(book, wallet("o1", 0n, "p1")))).toBe("done paid");
  expect(stateIn(await orders.pay(book, wallet("o2", 0n, "p1")))).toBe("order.key_conflict");
  expect(stateIn(await orders.pay(book, wallet("o2", 0n, "p2")))).toBe("done paid");
});

test("after goodwill all goods can still be called off: what went back does not go back again", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 3n, 30n]]));
  await orders.pay(book, wallet("o1", 30n));
  await orders.refund(book, { orderId: "o1", refundId: "r1", goodwill: 5n });
  const all = [{ line: 0, quantity: 3n, goods: "due" } as const];
  const answer = await orders.refund(book, { orderId: "o1", refundId: "r2", lines: all });
  expect(stateIn(answer)).toBe("done refunded");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET);
  expect(await shelf(book, "A")).toEqual([10n, 0n, 0n]);
  expect((await book.account("shop/goodwill", GBP))?.balance.debitsPosted).toBe(5n);
  expect(await left(book, "shop/unearned")).toBe(0n);
  await expectVerified(book);
});

test("P5: a node whose clock ran ahead for a while keeps no order from its end, here or elsewhere", async () => {
  const shop = await openShop({ stock: { A: 10n } });
  const { orders, book, command, clock, node, test: opened } = shop;
  const now = clock.now();
  await orders.place(book, command("o0", [["A", 1n, 10n]]));
  clock.set(now + 3 * HOUR);
  expect(await orders.expireDue(book)).toEqual({ expired: 1, more: false });
  const ahead = "select count(*)::int4 as many from {schema}.order_swept where swept_until > now()";
  expect(await rowsOf(opened, ahead)).toEqual([{ many: 0 }]);
  clock.set(now);
  await orders.place(book, command("o1", [["A", 1n, 10n]]));
  await orders.place(book, command("o2", [["A", 1n, 10n]]));
  clock.set(now + HOUR / 2);
  const other = await node();
  const ended = [await orders.expireDue(book), await other.orders.expireDue(other.book)];
  expect(ended.map(({ expired }) => expired)).toEqual([2, 0]);
  await expectVerified(book);
});

test("#7: a refund that the books refuse gave nothing and is no refund: another key gives it back", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 3n, 30n]]));
  await orders.pay(book, wallet("o1", 30n));
  await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f1" });
  const move = (id: string, debit: string, credit: string) =>
    book.submit({ id, asset: GBP, debit, credit, amount: 30n });
  await move("to-the-bank", "shop/revenue", "bank");
  const goods = { line: 0, quantity: 1n, goods: "delivered" } as const;
  const back = { orderId: "o1", refundId: "r1", lines: [goods] };
  const short = await orders.refund(book, back);
  expect(short).toMatchObject({ code: "order.refund_short", details: { account: "shop/revenue" } });
  const refused = await orders.find(book, "o1");
  expect(refused?.order).toMatchObject({ version: 3, refunded: 0n, state: "fulfilled" });
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 30n);
  expect(stateIn(await orders.refund(book, back))).toBe("order.refund_short");
  await move("from-the-bank", "bank", "shop/revenue");
  expect(stateIn(await orders.refund(book, back))).toBe("order.key_refused");
  await book.submit({ kind: "close", id: "shut", path: "user/ann/wallet", asset: GBP });
  expect(await orders.refund(book, { ...back, refundId: "r3" })).toMatchObject({
    ...{ code: "order.account_closed", details: { account: "user/ann/wallet" } },
  });
  await book.submit({ kind: "reopen", id: "open", path: "user/ann/wallet", asset: GBP });
  expect(stateIn(await orders.refund(book, { ...back, refundId: "r3" }))).toBe("order.key_refused");
  const again = { ...back, refundId: "r2" };
  expect(stateIn(await orders.refund(book, again))).toBe("done fulfilled");
  expect(stateIn(await orders.refund(book, again))).toBe("exists fulfilled");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 20n);
  await expectVerified(book);
});

test("a delivery of which the money was taken elsewhere says so; once it is back another key delivers, once", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await orders.place(book, command("o1", [["A", 3n, 30n]]));
  await orders.pay(book, wallet("o1", 30n));
  const move = (id: string, debit: string, credit: string) =>
    book.submit({ id, asset: GBP, debit, credit, amount: 10n });
  await move("to-the-bank", "shop/unearned", "bank");
  const fulfil = async (fulfilmentId: string) =>
    orders.fulfil(book, { orderId: "o1", fulfilmentId });
  const short = { code: "order.fulfil_short", details: { account: "shop/unearned" } };
  expect(await fulfil("f1")).toMatchObject(short);
  expect(await fulfil("f1")).toMatchObject(short);
  await move("from-the-bank", "bank", "shop/unearned");
  await book.submit({ kind: "close", id: "shut", path: "shop/unearned", asset: GBP });
  const closed = { code: "order.account_closed", details: { account: "shop/unearned" } };
  expect(await fulfil("f1")).toMatchObject(closed);
  expect(await fulfil("f2")).toMatchObject(closed);
  await book.submit({ kind: "reopen", id: "open", path: "shop/unearned", asset: GBP });
  for (const key of ["f1", "f2"]) expect(stateIn(await fulfil(key))).toBe("order.key_refused");
  expect(stateIn(await fulfil("f3"))).toBe("done fulfilled");
  expect(stateIn(await fulfil("f3"))).toBe("exists fulfilled");
  expect(await left(book, "shop/revenue")).toBe(30n);
  await expectVerified(book);
});

test("a company buys on the month in which it pays, and is given back what it paid in another", async () => {
  const { orders, book, command, clock } = await openShop({
    stock: { A: 10n },
    startAt: Date.parse("2026-11-30T23:59:00Z"),
  });
  for (const month of ["2026-11", "2026-12"]) {
    await openCreditLine(book, { company: "acme", month, asset: GBP, line: 50n });
  }
  const company = { means: "company", company: "acme", amount: 30n } as const;
  await orders.place(book, command("o1", [["A", 3n, 30n]]));
  await orders.place(book, {
    ...command("o2", [["A", 4n, 40n]]),
    hold: [{ ...company, amount: 10n }],
  });
  const pay = { orderId: "o1", paymentId: "p1", parts: [company] };
  expect(stateIn(await orders.pay(book, pay))).toBe("done paid");
  clock.set(Date.parse("2026-12-01T00:01:00Z"));
  // Held in one month, the rest paid in the next; and the repeat of what was paid before is still the same.
  const rest = { orderId: "o2", paymentId: "p2", parts: [company] };
  expect(stateIn(await orders.pay(book, rest))).toBe("done paid");
  expect(stateIn(await orders.pay(book, pay))).toBe("exists paid");
  const all = [{ line: 0, quantity: 3n, goods: "due" } as const];
  await orders.refund(book, { orderId: "o1", refundId: "r1", lines: all });
  const has = (month: string) => left(book, `company/acme/credit/${month}`);
  expect([await has("2026-11"), await has("2026-12")]).toEqual([-10n, -30n]);
  await expectVerified(book);
});

test("P2: one key with two bodies at once is one order, and the other hears of it", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 1_000n } });
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const both = ["q1", "q2"].map((quote) =>
        orders.place(book, command(`o${n}`, [["A", 1n, 10n]], { id: `${quote}-${n}` })),
      );
      return (await Promise.all(both)).map(stateIn).toSorted().join(", ");
    }),
  );
  expect(new Set(answers)).toEqual(new Set(["done placed, order.key_conflict"]));
  expect(await shelf(book, "A")).toEqual([960n, 0n, 0n]);
});

test("keys of forty characters of every kind collide with no other act's ids", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const odd = "o:@+-._s0".padEnd(40, "0");
  const act = { orderId: odd };
  await orders.place(book, command(odd, [["A", 5n, 50n]]));
  expect(stateIn(await orders.pay(book, wallet(odd, 50n, odd)))).toBe("done paid");
  const some = [{ line: 0, quantity: 2n }];
  expect(stateIn(await orders.fulfil(book, { ...act, fulfilmentId: odd, lines: some }))).toBe(
    "done fulfilling",
  );
  const due = [{ line: 0, quantity: 1n, goods: "due" } as const];
  expect(stateIn(await orders.refund(book, { ...act, refundId: odd, lines: due }))).toBe(
    "done fulfilling",
  );
  expect(stateIn(await orders.fulfil(book, { ...act, fulfilmentId: "end" }))).toBe(
    "done fulfilled",
  );
  expect(stateIn(await orders.close(book, act))).toBe("done closed");
  const view = await orders.find(book, odd);
  expect(view?.steps.map(({ postings }) => postings.length > 0)).toEqual([
    ...[true, true, true],
    ...[true, true, true],
  ]);
  await expectVerified(book);
});
