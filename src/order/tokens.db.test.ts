/** Coupons and points: given, used up by an order once, and told apart where they are missing. */
import { expect, test } from "vitest";
import { tokensNow } from "./index.ts";
import { expectVerified, openShop, stateIn, wallet } from "./testing/shop.ts";

const COUPON = "COUPON:SPRING/0";
const tokens = [{ asset: COUPON, amount: 1n }];

test("a coupon is given once, in a book that had none, and used up by one order", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const gift = { id: "g1", buyer: "ann", asset: COUPON, amount: 1n };
  const has = { available: 1n, held: 0n };
  expect(await orders.issueTokens(book, gift)).toEqual({ status: "done", ...has });
  expect(await orders.issueTokens(book, gift)).toEqual({ status: "exists", ...has });
  const more = { ...gift, amount: 2n };
  expect(await orders.issueTokens(book, more)).toMatchObject({ code: "order.key_conflict" });
  const o1 = command("o1", [["A", 1n, 10n]], { tokens });
  expect(stateIn(await orders.place(book, o1))).toBe("done placed");
  expect(await tokensNow(book, gift)).toEqual({ available: 0n, held: 1n });
  expect(stateIn(await orders.pay(book, wallet("o1", 10n)))).toBe("done paid");
  const again = command("o2", [["A", 1n, 10n]], { tokens });
  expect(stateIn(await orders.place(book, again))).toBe("order.token_missing");
  const others = command("o3", [["A", 1n, 10n]], { tokens, buyer: "bob" });
  expect(stateIn(await orders.place(book, others))).toBe("order.token_missing");
  expect(await tokensNow(book, { buyer: "bob", asset: COUPON })).toBe(undefined);
  await expectVerified(book);
});

test("a coupon that was issued by hand is used, though nobody has opened where it goes", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  await book.batch([
    { kind: "asset", asset: COUPON, refusals: "window" },
    { kind: "open", path: "issued", asset: COUPON, side: "debit", bound: "none" },
    { kind: "open", path: "user/ann/tokens", asset: COUPON, side: "credit" },
    { id: "issue", asset: COUPON, debit: "issued", credit: "user/ann/tokens", amount: 1n },
  ]);
  const placed = await orders.place(book, command("o1", [["A", 1n, 10n]], { tokens }));
  expect(stateIn(placed)).toBe("done placed");
});

test.each([
  ["buyer", { buyer: "a/b" }],
  ["asset", { asset: "COUPON" }],
  ["asset", { asset: "SKU:A/0" }],
  ["amount", { amount: 0n }],
  ["id", { id: "" }],
])("a gift with a bad %s is refused by name", async (field, wrong) => {
  const { orders, book } = await openShop({ stock: {} });
  const gift = { id: "g1", buyer: "ann", asset: COUPON, amount: 1n, ...wrong };
  await expect(orders.issueTokens(book, gift)).rejects.toMatchObject({
    code: "order.command_malformed",
    details: { field },
  });
});
