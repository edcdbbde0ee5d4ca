import { expect, test } from "vitest";
import type { Answer } from "./http-shop.ts";
import { BOOK, place, seen, sellingShop, type SellingShop, stateIn } from "./selling.ts";

const orders = `/v1/books/${BOOK}/orders`;
const wallet = (amount: string) => [{ means: "wallet", amount }];

/** A buyer is told by a code, in English and Chinese. */
function expectRefused(answer: Answer, status: number, code: string, details: object = {}): void {
  expect(answer, answer.text).toMatchObject({ status, body: { code, details } });
  const { en, zh } = answer.body["words"] as { en: string; zh: string };
  expect(en).toMatch(/^[A-Z0-9].+\.$/);
  expect(zh).toMatch(/[\u4e00-\u9fff].+。$/);
  for (const words of [en, zh]) expect(words).not.toMatch(/\{\w+\}/);
}

/** A body that is wrong is told by its place. */
async function expectMalformed(shop: SellingShop, request: string, body: unknown, where: string) {
  const answer = await shop.ask(request, body);
  expect(answer.status, answer.text).toBe(400);
  expect(`${String(answer.body["pointer"])} ${String(answer.body["detail"])}`).toContain(where);
  // For people: no regular expression, nothing of how it is checked.
  expect(answer.body["detail"]).not.toMatch(/pattern|\[0-9\]|bigint|anyOf|schema/);
}

async function paid(shop: SellingShop, id: string, pieces: Record<string, number>, total: string) {
  await place(shop, id, pieces);
  const payment = { paymentId: `p-${id}`, parts: wallet(total) };
  const answer = await shop.ask(`POST ${orders}/${id}/payments`, payment);
  expect(stateIn(answer), answer.text).toBe("paid");
}

test("an altered quote is refused showing both prices, an expired one what it costs today, too; what is withdrawn is not sold", async () => {
  const shop = await sellingShop();
  const quote = await shop.quote("q-1", { TEA: 2 });
  const order = (id: string, change: object) =>
    shop.ask(`POST ${orders}`, { id, buyer: "ann", quote: { ...seen(quote), ...change } });
  const both = { quoted: "2500", now: "2500", currency: "CNY/2" };
  const cheap = await order("o-1", { total: "1" });
  expectRefused(cheap, 422, "order.quote_changed", { ...both, total: "2500", seen: "1" });
  expectRefused(await order("o-1", { hash: "0".repeat(64) }), 422, "order.quote_changed", both);
  expectRefused(await order("o-1", { id: "1".repeat(26) }), 404, "order.quote_missing");
  const catalog = shop.selling?.catalog;
  await catalog?.openBook(BOOK, { quoteTtlMs: 1_000 });
  const short = await shop.quote("q-2", { TEA: 2 });
  const dearer = {
    currency: "CNY/2",
    rounding: "half_up",
    scheme: { kind: "flat", amount: "1300", per: "1" },
  };
  const by = { by: "ada/abcdefghijkl", request: "the story" };
  await catalog?.savePlan(BOOK, "TEA-price", dearer, { version: 1 }, by);
  await new Promise((later) => setTimeout(later, Math.max(1, short.expiresAt - Date.now() + 20)));
  const late = { id: "o-2", buyer: "ann", quote: seen(short) };
  const expired = await shop.ask(`POST ${orders}`, late);
  expectRefused(expired, 422, "order.quote_expired", { quoted: "2500", now: "2600" });
  await catalog?.withdraw(BOOK, "TEA", { version: 2 }, by);
  const gone = await shop.ask(`POST ${orders}`, late);
  expectRefused(gone, 422, "order.quote_expired", {
    quoted: "2500",
    nowRefused: "catalog.sku_unknown",
  });
  // Nor is it sold by a quote that would still hold.
  expectRefused(await order("o-1", {}), 404, "order.not_sold_here", { line: 0, sku: "TEA" });
  expect((await shop.ask(`GET /v1/books/${BOOK}/stock/TEA`)).body).toMatchObject({ left: "10" });
});

test("P2: the same key with another body is a conflict that tells both, to who may see the first", async () => {
  const shop = await sellingShop();
  expect((await place(shop, "o-1", { TEA: 1 })).status).toBe(201);
  const other = await shop.quote("other", { CUP: 1 });
  const body = { id: "o-1", buyer: "bob", quote: seen(other) };
  const told = {
    buyer: "ann",
    total: "1250",
    askedBuyer: "bob",
    askedTotal: "3000",
    askedQuote: other.id,
  };
  expectRefused(await shop.ask(`POST ${orders}`, body), 409, "order.key_conflict", told);
  const bobs = await shop.keyOf(`shop.buy@${BOOK}:user/bob`);
  const blind = await shop.ask(`POST ${orders}`, body, { key: bobs });
  expectRefused(blind, 409, "order.key_conflict", { key: "o-1" });
  expect(blind.text).not.toContain("ann");
  await shop.ask(`POST ${orders}/o-1/payments`, { paymentId: "p-1", parts: wallet("1250") });
  const others = await shop.ask(`POST ${orders}/o-1/payments`, {
    paymentId: "p-1",
    parts: [{ means: "cash", amount: "1250" }],
  });
  expectRefused(others, 409, "order.key_conflict", { key: "p-1", act: "pay", version: 2 });
  await paid(shop, "o-2", { TEA: 1 }, "1250");
  const elsewhere = { fulfilmentId: "f-1" };
  await shop.ask(`POST ${orders}/o-1/fulfilments`, elsewhere);
  const taken = await shop.ask(`POST ${orders}/o-2/fulfilments`, elsewhere);
  expectRefused(taken, 409, "order.key_conflict", { key: "f-1" });
  const stock = { id: "opening", items: [{ sku: "TEA", quantity: "11" }] };
  expectRefused(await shop.ask(`POST /v1/books/${BOOK}/stock`, stock), 409, "order.key_conflict");
});

test("P3: what is sold out, unpaid, unfunded or over is refused by name, and moves nothing", async () => {
  const shop = await sellingShop();
  expectRefused(await place(shop, "o-1", { TEA: 11 }), 422, "order.sold_out", {
    sku: "TEA",
    asked: "11",
    left: "10",
  });
  await place(shop, "o-2", { CUP: 4 });
  const pay = (id: string, paymentId: string, parts: unknown) =>
    shop.ask(`POST ${orders}/${id}/payments`, { paymentId, parts });
  expectRefused(await pay("o-2", "p-1", wallet("12000")), 422, "order.funds_short");
  expectRefused(await pay("o-2", "p-2", wallet("11999")), 422, "order.amount_differs", {
    total: "12000",
    given: "11999",
  });
  expectRefused(
    await pay("o-2", "p-3", wallet("1000000000000000000")),
    422,
    "order.amount_differs",
  );
  const company = [{ means: "company", company: "nobody", amount: "12000" }];
  expectRefused(await pay("o-2", "p-4", company), 422, "order.purse_missing");
  expect((await pay("o-2", "p-5", [{ means: "cash", amount: "12000" }])).status).toBe(201);
  expectRefused(
    await pay("o-2", "p-6", [{ means: "cash", amount: "12000" }]),
    422,
    "order.already_paid",
  );
  expectRefused(await shop.ask(`POST ${orders}/o-2/cancel`, {}), 422, "order.already_paid");
  expectRefused(await shop.ask(`POST ${orders}/o-2/close`, {}), 422, "order.not_possible", {
    state: "paid",
    act: "close",
  });
  await place(shop, "o-3", { TEA: 1 });
  expect(stateIn(await shop.ask(`POST ${orders}/o-3/cancel`, { reason: "twice" }))).toBe(
    "cancelled",
  );
  expectRefused(await pay("o-3", "p-7", wallet("1250")), 422, "order.not_possible");
  expectRefused(await pay("nobody", "p-8", wallet("1250")), 404, "order.missing", {
    order: "nobody",
  });
  expect(
    (
      await shop.ask("POST /v1/books/nowhere/orders", {
        id: "o",
        buyer: "ann",
        quote: { id: "q", hash: "h", total: "1" },
      })
    ).body,
  ).toMatchObject({ code: "ledger.book_missing" });
});

test("refunds of refunds: nothing goes back twice, or above what was paid", async () => {
  const shop = await sellingShop();
  await paid(shop, "o-1", { TEA: 2, CUP: 1 }, "5500");
  const refund = (refundId: string, body: object) =>
    shop.ask(`POST ${orders}/o-1/refunds`, { refundId, ...body });
  const due = (line: number, quantity: string) => ({ lines: [{ line, quantity, goods: "due" }] });
  expectRefused(await refund("r-1", due(0, "3")), 422, "order.quantity_too_large", {
    line: 0,
    asked: "3",
    left: "2",
  });
  expectRefused(await refund("r-2", due(7, "1")), 422, "order.quantity_too_large", { left: "0" });
  expectRefused(await refund("r-3", { goodwill: "5501" }), 422, "order.refund_too_large", {
    asked: "5501",
    left: "5500",
  });
  expect((await refund("r-4", due(0, "2"))).status).toBe(201);
  expectRefused(await refund("r-5", due(0, "1")), 422, "order.quantity_too_large", { left: "0" });
  expectRefused(
    await refund("r-6", { lines: [{ line: 0, amount: "1" }] }),
    422,
    "order.quantity_too_large",
  );
  expectRefused(await refund("r-7", { goodwill: "3001" }), 422, "order.refund_too_large", {
    left: "3000",
  });
  expectRefused(await refund("r-4", due(0, "1")), 409, "order.key_conflict", { act: "refund" });
  expect((await refund("r-8", due(1, "1"))).body["order"]).toMatchObject({
    state: "refunded",
    refunded: "5500",
  });
  expectRefused(await refund("r-9", { goodwill: "1" }), 422, "order.not_possible", {
    state: "refunded",
  });
  const purse = await shop.ask(`GET /v1/books/${BOOK}/wallets/ann?asset=CNY/2`);
  expect(purse.body).toMatchObject({ available: "10000" });
});

const lines = (line: unknown) => ({ fulfilmentId: "f", lines: [line] });
const back = (line: object) => ({ refundId: "r", lines: [{ line: 0, ...line }] });
const pays = (parts: unknown) => ({ paymentId: "p", parts });
const stock = (sku: string, quantity: string) => ({ id: "s", items: [{ sku, quantity }] });
const GOLD = "/parts/0/means is none of wallet, company, cash";
const huge = "9".repeat(19);

/** The body of a request, and the place in it that the refusal names. */
const malformed: readonly (readonly [request: string, body: unknown, where: string])[] = [
  ["POST orders/o-1/fulfilments", lines({ line: 0, quantity: "-1" }), "/lines/0/quantity"],
  ["POST orders/o-1/fulfilments", lines({ line: 0, quantity: 1 }), "/lines/0/quantity"],
  ["POST orders/o-1/fulfilments", lines({ line: 0, quantity: "0" }), "lines[0].quantity"],
  ["POST orders/o-1/fulfilments", lines({ line: 0, quantity: huge }), "lines[0].quantity"],
  ["POST orders/o-1/fulfilments", lines({ line: -1, quantity: "1" }), "/lines/0/line"],
  ["POST orders/o-1/fulfilments", { fulfilmentId: "f", lines: [] }, "lines"],
  ["POST orders/o-1/fulfilments", { fulfilmentId: "x".repeat(41) }, "fulfilmentId"],
  ["POST orders/o-1/refunds", { refundId: "r", goodwill: "-5" }, "/goodwill is not this: Minor"],
  ["POST orders/o-1/refunds", back({ quantity: "-1", goods: "due" }), "/lines/0/quantity is not"],
  ["POST orders/o-1/refunds", back({ quantity: huge + huge, goods: "due" }), "/lines/0/quantity"],
  ["POST orders/o-1/refunds", back({ quantity: "1", goods: "lost" }), "goods is none of due, del"],
  ["POST orders/o-1/refunds", back({ quantity: "1", goods: "due", line: 0.5 }), "/lines/0/line"],
  ["POST orders/o-1/refunds", back({ amount: "-4" }), "/lines/0/amount is not this: Minor units"],
  ["POST orders/o-1/refunds", back({ amount: "4", why: "x" }), "/lines/0/why is no field of this"],
  ["POST orders/o-1/refunds", back({ quantity: "1" }), "/lines/0 lacks goods"],
  ["POST orders/o-1/refunds", { refundId: "r", lines: ["all"] }, "/lines/0"],
  ["POST orders/o-1/refunds", { refundId: "r" }, "lines"],
  ["POST orders/o-1/refunds", { refundId: "r", reason: "x".repeat(501), goodwill: "1" }, "reason"],
  ["POST orders/o-1/payments", pays([{ means: "gold", amount: "1" }]), GOLD],
  ["POST orders/o-1/payments", pays(wallet("0")), "part 0"],
  ["POST orders/o-1/payments", pays(Array.from({ length: 17 }, () => wallet("1")[0])), "17 parts"],
  ["POST orders/o-1/payments", pays([{ means: "company", amount: "1" }]), "part 0"],
  ["POST stock", stock("TEA", "-1"), "/items/0/quantity"],
  ["POST stock", stock("TEA", huge), "items[0].quantity"],
  ["POST stock", stock("x".repeat(200), "1"), "items[0].sku"],
  ["PUT shop", { asset: "yuan" }, "asset"],
  ["PUT credit-lines/acme/2026-13", { asset: "CNY/2", line: "1" }, "month"],
  ["PUT wallets/a%2Fb", { asset: "CNY/2" }, "buyer"],
  ["POST wallets/ann/fillings", { id: "w", asset: "CNY/2", amount: "0" }, "amount"],
];

test("bodies with amounts below zero, beyond all bounds or of another shape are refused with their place", async () => {
  const shop = await sellingShop();
  await paid(shop, "o-1", { TEA: 1 }, "1250");
  for (const [request, body, where] of malformed) {
    await expectMalformed(shop, request.replace(" ", ` /v1/books/${BOOK}/`), body, where);
  }
  const words = {
    en: expect.any(String) as string,
    zh: expect.stringMatching(/\p{Script=Han}/u) as string,
  };
  const none = await shop.ask(`GET ${orders.replace(BOOK, "nowhere")}/o-1`);
  expect(none.body).toMatchObject({ code: "ledger.book_missing", words });
  const bobs = await shop.keyOf(`shop.buy@${BOOK}:user/bob`);
  const anns = { id: "o-2", buyer: "ann", quote: { id: "q", hash: "h", total: "1" } };
  const denied = await shop.ask(`POST ${orders}`, anns, { key: bobs });
  expect(denied.body).toMatchObject({ code: "access.not_permitted", words });
  const odd = await shop.ask(`POST ${orders}/o-1/fulfilments`, { fulfilmentId: "x".repeat(41) });
  expect(odd.body).toMatchObject({ code: "order.command_malformed", words });
  const nothing = await shop.ask(`POST ${orders}/o-1/payments`, pays(wallet("0")));
  expect(nothing.body["words"]).toMatchObject({
    en: expect.stringContaining(
      "part 0 of the payment is wrong: its amount is not above 0",
    ) as string,
    zh: expect.stringContaining("第 0 部分付款有误：金额须大于零。") as string,
  });
});
