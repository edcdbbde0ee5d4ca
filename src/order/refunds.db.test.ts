import { expect, test } from "vitest";
import type { Request } from "../ledger/index.ts";
import {
  expectVerified,
  left,
  openShop,
  shelf,
  stateIn,
  wallet,
  WALLET,
  type Shop,
} from "./testing/shop.ts";

/** An order of 3 A for 1,000 and 2 B for 501, paid. */
async function paidShop(): Promise<Shop> {
  const shop = await openShop({ stock: { A: 10n, B: 10n } });
  const { orders, book, command } = shop;
  await orders.place(
    book,
    command("o1", [
      ["A", 3n, 1_000n],
      ["B", 2n, 501n],
    ]),
  );
  expect(stateIn(await orders.pay(book, wallet("o1", 1_501n)))).toBe("done paid");
  return shop;
}

const refund = (
  refundId: string,
  ...lines: { line: number; quantity: bigint; goods: "due" | "delivered"; restock?: boolean }[]
) => ({ orderId: "o1", refundId, lines }) as const;

test("delivering in parts makes revenue of each part's share, and the last takes the odd penny", async () => {
  const { orders, book } = await paidShop();
  const part = { orderId: "o1", fulfilmentId: "f1", lines: [{ line: 0, quantity: 2n }] };
  expect(stateIn(await orders.fulfil(book, part))).toBe("done fulfilling");
  expect(await left(book, "shop/revenue")).toBe(666n);
  expect(await shelf(book, "A")).toEqual([7n, 1n, 2n]);
  expect(stateIn(await orders.fulfil(book, part))).toBe("exists fulfilling");
  const many = { ...part, fulfilmentId: "f2" };
  expect(await orders.fulfil(book, many)).toMatchObject({
    code: "order.quantity_too_large",
    details: { line: 0, asked: "2", left: "1" },
  });
  expect(stateIn(await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f3" }))).toBe(
    "done fulfilled",
  );
  expect(await left(book, "shop/revenue")).toBe(1_501n);
  expect(await left(book, "shop/unearned")).toBe(0n);
  const other = { ...part, lines: [{ line: 1, quantity: 1n }] };
  expect(stateIn(await orders.fulfil(book, other))).toBe("order.key_conflict");
  await expectVerified(book);
});

test("#1: a partial refund gives back the part, not the whole", async () => {
  const { orders, book } = await paidShop();
  const answer = await orders.refund(book, refund("r1", { line: 0, quantity: 1n, goods: "due" }));
  expect(answer).toMatchObject({ status: "done", order: { state: "paid", refunded: 333n } });
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 1_501n + 333n);
  expect(await shelf(book, "A")).toEqual([8n, 2n, 0n]);
  await expectVerified(book);
});

test("#2: goodwill is given where nothing is outstanding, and never more than was paid", async () => {
  const { orders, book } = await paidShop();
  await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f1" });
  const kind = { orderId: "o1", refundId: "g1", goodwill: 500n, reason: "it came late" };
  expect(stateIn(await orders.refund(book, kind))).toBe("done fulfilled");
  expect(await left(book, "shop/goodwill")).toBe(500n);
  expect(await left(book, "shop/revenue")).toBe(1_501n);
  const much = { ...kind, refundId: "g2", goodwill: 1_002n };
  expect(await orders.refund(book, much)).toMatchObject({
    code: "order.refund_too_large",
    details: { asked: "1002", left: "1001" },
  });
  expect(stateIn(await orders.refund(book, { ...much, goodwill: 1_001n }))).toBe("done fulfilled");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET);
  await expectVerified(book);
});

test("#2: goods of an order that was given goodwill come back for what is left of the payment", async () => {
  const { orders, book } = await paidShop();
  const kind = { orderId: "o1", refundId: "g1", goodwill: 100n, reason: "it will be late" };
  expect(stateIn(await orders.refund(book, kind))).toBe("done paid");
  const all = refund(
    "r1",
    { line: 0, quantity: 3n, goods: "due" },
    { line: 1, quantity: 2n, goods: "due" },
  );
  expect(stateIn(await orders.refund(book, all))).toBe("done refunded");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET);
  expect(await left(book, "shop/unearned")).toBe(0n);
  expect(await left(book, "shop/goodwill")).toBe(0n);
  expect(await shelf(book, "A")).toEqual([10n, 0n, 0n]);
  await expectVerified(book);
});

test("#4: several returns sum to what was sold, whatever went back as money before", async () => {
  const { orders, book } = await paidShop();
  await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f1" });
  const money = { orderId: "o1", refundId: "m1", lines: [{ line: 0, amount: 400n }] };
  expect(stateIn(await orders.refund(book, money))).toBe("done fulfilled");
  for (let i = 0; i < 3; i++) {
    const one = refund(`r${i}`, { line: 0, quantity: 1n, goods: "delivered", restock: i === 0 });
    expect(stateIn(await orders.refund(book, one))).toBe("done fulfilled");
  }
  expect(await shelf(book, "A")).toEqual([8n, 0n, 0n]);
  expect(await left(book, "shop/returned", "SKU:A/0")).toBe(2n);
  const view = await orders.find(book, "o1");
  expect(view?.order.refunded).toBe(1_000n);
  expect(view?.lines[0]).toMatchObject({
    back: 1_000n,
    returned: { quantity: 3n, amount: 1_000n },
  });
  expect(await left(book, "shop/goodwill")).toBe(0n);
  expect(await left(book, "shop/revenue")).toBe(501n);
  const more = refund("r9", { line: 0, quantity: 1n, goods: "delivered" });
  expect(stateIn(await orders.refund(book, more))).toBe("order.quantity_too_large");
  await expectVerified(book);
});

test("#6: what a discount took off a line stays with it, whatever is called off beside it", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n, B: 10n } });
  const discounts = [{ rule: "spring@3", amount: 100n }];
  const line = { sku: "A", quantity: 1n, list: 300n, amount: 200n, discounts };
  await orders.place(book, command("o1", [line, ["B", 1n, 300n]]));
  await orders.pay(book, wallet("o1", 500n));
  await orders.refund(book, refund("r1", { line: 1, quantity: 1n, goods: "due" }));
  const view = await orders.find(book, "o1");
  expect(view?.lines[0]).toMatchObject({ list: 300n, amount: 200n, discounts, back: 0n });
  expect(view?.order.refunded).toBe(300n);
  await orders.refund(book, refund("r2", { line: 0, quantity: 1n, goods: "due" }));
  expect((await orders.find(book, "o1"))?.order).toMatchObject({
    state: "refunded",
    refunded: 500n,
  });
});

test("#7 #17: a refund asked ten times at once is given once; another body under its key is refused", async () => {
  const { orders, book, node } = await paidShop();
  const at = await node();
  const one = refund("r1", { line: 0, quantity: 1n, goods: "due" });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      i % 2 === 0 ? orders.refund(book, one) : at.orders.refund(at.book, one),
    ),
  );
  expect(answers.filter(({ status }) => status === "done")).toHaveLength(1);
  expect(answers.filter(({ status }) => status === "exists")).toHaveLength(9);
  const other = refund("r1", { line: 0, quantity: 2n, goods: "due" });
  expect(stateIn(await orders.refund(book, other))).toBe("order.key_conflict");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 1_501n + 333n);
  await expectVerified(book);
});

test("#17: many refunds at once never give back more than was paid, nor more goods than were sold", async () => {
  const { orders, book, node } = await paidShop();
  const at = await node();
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) => {
      const [of, to] = i % 2 === 0 ? [orders, book] : [at.orders, at.book];
      const goods = refund(`r${i}`, { line: i % 3 === 0 ? 1 : 0, quantity: 1n, goods: "due" });
      return of.refund(to, goods);
    }),
  );
  const done = answers.filter(({ status }) => status === "done").length;
  for (const answer of answers) {
    if (answer.status !== "refused") continue;
    expect(["order.quantity_too_large", "order.not_possible", "order.busy"]).toContain(answer.code);
  }
  const view = await orders.find(book, "o1");
  const calledOff = view?.lines.reduce((sum, line) => sum + line.calledOff.quantity, 0n);
  expect(calledOff).toBe(BigInt(done));
  const [onA] = await shelf(book, "A");
  const [onB] = await shelf(book, "B");
  expect(onA + onB).toBe(15n + BigInt(done));
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 1_501n + (view?.order.refunded ?? 0n));
  await expectVerified(book);
});

test("P2: keys of deliveries and refunds are used once in the whole book", async () => {
  const { orders, book, command } = await paidShop();
  await orders.place(book, command("o2", [["A", 1n, 10n]]));
  await orders.pay(book, wallet("o2", 10n));
  const one = { orderId: "o1", fulfilmentId: "f", lines: [{ line: 0, quantity: 1n }] };
  const other = { orderId: "o2", fulfilmentId: "f" };
  const both = await Promise.all([orders.fulfil(book, one), orders.fulfil(book, other)]);
  expect(both.map(({ status }) => status).sort()).toEqual(["done", "refused"]);
  expect(both.map(stateIn)).toContain("order.key_conflict");
  expect(stateIn(await orders.pay(book, wallet("o2", 10n, "pay-o1")))).toBe("order.already_paid");
  await orders.place(book, command("o3", [["A", 1n, 10n]]));
  expect(stateIn(await orders.pay(book, wallet("o3", 10n, "pay-o1")))).toBe("order.key_conflict");
});

test("#8: cancelling gives back what was held, once, and never makes stock out of nothing", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 5n } });
  await orders.place(book, command("o1", [["A", 2n, 10n]]));
  await Promise.all(Array.from({ length: 5 }, () => orders.cancel(book, { orderId: "o1" })));
  expect(await shelf(book, "A")).toEqual([5n, 0n, 0n]);
  await expectVerified(book);
});

test("#9: a refund is spread over the payments, the last first, each at most what it paid", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 5n } });
  const hold = [{ means: "wallet", amount: 300n } as const];
  await orders.place(book, { ...command("o1", [["A", 5n, 1_000n]]), hold });
  await orders.pay(book, {
    orderId: "o1",
    paymentId: "p1",
    parts: [{ means: "cash", amount: 700n }],
  });
  await orders.refund(book, refund("r1", { line: 0, quantity: 4n, goods: "due" }));
  const view = await orders.find(book, "o1");
  expect(view?.payments.map(({ means, amount, refunded }) => [means, amount, refunded])).toEqual([
    ["wallet", 300n, 100n],
    ["cash", 700n, 700n],
  ]);
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 200n);
  expect(await left(book, "shop/cash")).toBe(0n);
});

test("#13: calling off a service gives its fixed price back, and a refund of a refund is refused", async () => {
  const { orders, book, command } = await openShop({ stock: {} });
  const service = { sku: "SETUP", quantity: 1n, list: 900n, amount: 900n, stocked: false };
  expect(stateIn(await orders.place(book, command("o1", [service])))).toBe("done placed");
  expect(stateIn(await orders.pay(book, wallet("o1", 900n)))).toBe("done paid");
  const all = refund("r1", { line: 0, quantity: 1n, goods: "due" });
  expect(stateIn(await orders.refund(book, all))).toBe("done refunded");
  expect(stateIn(await orders.refund(book, { ...all, refundId: "r2" }))).toBe("order.not_possible");
  expect(await left(book, "user/ann/wallet")).toBe(WALLET);
  await expectVerified(book);
});

test("an order that costs nothing and holds nothing goes its whole way", async () => {
  const { orders, book, command } = await openShop({ stock: {} });
  const gift = { sku: "GIFT", quantity: 1n, list: 0n, amount: 0n, stocked: false };
  await orders.place(book, command("o1", [gift]));
  expect(stateIn(await orders.pay(book, wallet("o1", 0n)))).toBe("done paid");
  expect(stateIn(await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f1" }))).toBe(
    "done fulfilled",
  );
  expect(stateIn(await orders.close(book, { orderId: "o1" }))).toBe("done closed");
  expect(stateIn(await orders.close(book, { orderId: "o1" }))).toBe("exists closed");
  const late = {
    orderId: "o1",
    refundId: "r1",
    lines: [{ line: 0, quantity: 1n, goods: "delivered" }],
  } as const;
  expect(stateIn(await orders.refund(book, late))).toBe("order.not_possible");
});

test("P8: the timeline tells every step: who, why, in which request, and what the book moved", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 5n } });
  const asked = (by: string) => ({ context: { by, request: `req-${by}` } });
  await orders.place(book, command("o1", [["A", 2n, 100n]]), asked("ann"));
  await orders.pay(book, wallet("o1", 100n), asked("till"));
  await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f1" }, asked("store"));
  const back = { ...refund("r1", { line: 0, quantity: 1n, goods: "delivered" }), reason: "broken" };
  await orders.refund(book, back, asked("desk"));
  await orders.close(book, { orderId: "o1", reason: "30 days" }, asked("desk"));
  const view = await orders.find(book, "o1");
  expect(
    view?.steps.map(({ act, state, by, request, key, reason, postings }) => [
      act,
      state,
      by,
      request,
      key,
      reason,
      postings.length,
    ]),
  ).toEqual([
    ["place", "placed", "ann", "req-ann", undefined, undefined, 1],
    ["pay", "paid", "till", "req-till", "pay-o1", undefined, 2],
    ["fulfil", "fulfilled", "store", "req-store", "f1", undefined, 2],
    ["refund", "fulfilled", "desk", "req-desk", "r1", "broken", 2],
    ["close", "closed", "desk", "req-desk", undefined, "30 days", 1],
  ]);
});

test("tokens stay used where something was delivered, and go back once where all is called off", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const coupon = "COUPON:SPRING/0";
  const points = "POINT/0";
  const purse = "user/ann/tokens";
  await book.batch(
    [coupon, points].flatMap((asset): Request[] => [
      { kind: "asset", asset },
      { kind: "open", path: "issued", asset, side: "debit", bound: "none" },
      { kind: "open", path: purse, asset, side: "credit" },
      { kind: "open", path: "shop/redeemed", asset, side: "credit" },
      { id: `issue/${asset}`, asset, debit: "issued", credit: purse, amount: 100n },
    ]),
  );
  const tokens = [
    { asset: coupon, amount: 1n },
    { asset: points, amount: 30n },
  ];
  const has = async () => [await left(book, purse, coupon), await left(book, purse, points)];
  for (const id of ["o1", "o2"]) {
    await orders.place(book, command(id, [["A", 2n, 20n]], { tokens }));
    await orders.pay(book, wallet(id, 20n));
  }
  expect(await has()).toEqual([98n, 40n]);
  const off = (orderId: string, refundId: string, quantity: bigint) => {
    const lines = [{ line: 0, quantity, goods: "due" } as const];
    return orders.refund(book, { orderId, refundId, lines, returnTokens: true });
  };
  await orders.fulfil(book, {
    ...{ orderId: "o1", fulfilmentId: "f1" },
    lines: [{ line: 0, quantity: 1n }],
  });
  expect(stateIn(await off("o1", "r1", 1n))).toBe("order.tokens_stay");
  expect(stateIn(await off("o2", "r2", 1n))).toBe("order.tokens_stay");
  expect(await has()).toEqual([98n, 40n]);
  expect(stateIn(await off("o2", "r3", 2n))).toBe("done refunded");
  expect(stateIn(await off("o2", "r3", 2n))).toBe("exists refunded");
  expect(stateIn(await off("o2", "r4", 2n))).toBe("order.not_possible");
  expect(await has()).toEqual([99n, 70n]);
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 20n);
  await expectVerified(book);
});
