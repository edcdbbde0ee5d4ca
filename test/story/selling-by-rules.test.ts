import { expect, test } from "vitest";
import type { NewVersion, Rules } from "../../src/rules/index.ts";
import { BOOK, seen, sellingShop, stateIn } from "./selling.ts";

const by = { by: "ada/abcdefghijkl", request: "the story" };
const person = (owner: string) =>
  ({ owner, kind: "person", from: "the story", request: "the story" }) as const;

/** A graph of one node between input and output. */
function graphOf(type: string, content: unknown): string {
  const node = (id: string, kind: string, inner: unknown = {}) => ({
    ...{ id, name: id, type: kind, content: inner },
  });
  const edge = (sourceId: string, targetId: string) => ({
    ...{ id: `${sourceId}-${targetId}`, type: "edge", sourceId, targetId },
  });
  const nodes = [node("in", "inputNode"), node("work", type, content), node("out", "outputNode")];
  return JSON.stringify({ nodes, edges: [edge("in", "work"), edge("work", "out")] });
}

const expressions = (fields: Record<string, string>) =>
  graphOf("expressionNode", {
    expressions: Object.entries(fields).map(([key, value]) => ({ id: key, key, value })),
  });

async function live(rules: Rules, asked: NewVersion): Promise<void> {
  const { version } = await rules.import(BOOK, asked, person("ada"));
  await rules.test(BOOK, asked.name, version, person("ada"));
  await rules.approve(BOOK, asked.name, version, { by: person("bob") });
  await rules.makeLive(BOOK, asked.name, version, { by: person("ada") });
}

async function rulesShop() {
  const shop = await sellingShop();
  const { selling } = shop;
  if (selling === undefined) throw new Error("the shop does not sell");
  return { shop, ...selling };
}

test("P3: a coupon that a rule took is held with the stock, free again when the order ends, and used up once", async () => {
  const { shop, rules, catalog } = await rulesShop();
  const token = "{ asset: 'COUPON:SPRING/0', amount: 1 }";
  const spring = `[{ code: 'SPRING', amount: 500, label: { en: 'Spring' }, token: ${token} }]`;
  const tests = [{ input: { coupon: "NO" }, output: { discounts: [] } }];
  const jdm = expressions({ discounts: `coupon == 'SPRING' ? ${spring} : []` });
  await live(rules, { name: "off", jdm, tests });
  await catalog.openBook(BOOK, { discountRules: ["off"] });
  const book = await shop.ledger.book(BOOK);
  const coupon = { asset: "COUPON:SPRING/0", side: "credit" } as const;
  const issued = { id: "issue-1", asset: coupon.asset, amount: 1n };
  const answers = await book.batch([
    { kind: "asset", asset: coupon.asset },
    { kind: "open", path: "coupons", ...coupon, side: "debit", bound: "none" },
    { kind: "open", path: "shop/redeemed", ...coupon },
    { kind: "open", path: "user/ann/tokens", ...coupon },
    { ...issued, debit: "coupons", credit: "user/ann/tokens" },
  ]);
  for (const { status } of answers) expect(status).not.toBe("refused");
  const request = { lines: [{ sku: "TEA", quantity: 1n }], coupon: "SPRING" };
  const order = async (id: string, buyer = "ann") => {
    const { quote } = await catalog.quote(BOOK, { key: `q-${id}`, ...request });
    expect(quote).toMatchObject({ total: 750n, tokens: [{ asset: coupon.asset, amount: 1n }] });
    const body = { id, buyer, quote: seen(quote) };
    return shop.ask(`POST /v1/books/${BOOK}/orders`, body);
  };
  const ofAnn = async () => (await book.account("user/ann/tokens", coupon.asset))?.available;
  expect(stateIn(await order("o-1"))).toBe("placed");
  expect(await ofAnn()).toBe(0n);
  expect((await order("o-2")).body).toMatchObject({ code: "order.token_missing" });
  expect((await order("o-3", "bob")).body).toMatchObject({ code: "order.token_missing" });
  await shop.ask(`POST /v1/books/${BOOK}/orders/o-1/cancel`, {});
  expect(await ofAnn()).toBe(1n);
  expect(stateIn(await order("o-4"))).toBe("placed");
  const parts = [{ means: "wallet", amount: "750" }];
  const paid = await shop.ask(`POST /v1/books/${BOOK}/orders/o-4/payments`, {
    paymentId: "p-4",
    parts,
  });
  expect(stateIn(paid), paid.text).toBe("paid");
  expect((await book.account("shop/redeemed", coupon.asset))?.available).toBe(1n);
});

test("a service is priced by a rule's tiers and sold without any stock, its rule's decision in the proof (P8)", async () => {
  const { shop, rules, catalog, orders } = await rulesShop();
  const hours = "number(quantity)";
  const total = `floor((min([${hours}, 100]) * 250 + max([${hours} - 100, 0]) * 199) / 10)`;
  const tests = [{ input: { quantity: "101" }, output: { total: 2_519 } }];
  await live(rules, { name: "hours", jdm: expressions({ total }), tests });
  const type = { name: { en: "Server" }, attributes: [], stocked: false };
  await catalog.saveType(BOOK, "server", type, { version: 0 }, by);
  const plan = { currency: "CNY/2", scheme: { kind: "rule", rule: "hours" } };
  await catalog.savePlan(BOOK, "hours", plan, { version: 0 }, by);
  const server = { type: "server", name: { en: "Server" }, plan: "hours" };
  const product = { ...server, variants: [{ sku: "S1" }] };
  await catalog.saveProduct(BOOK, "S", product, { version: 0 }, by);
  await catalog.publish(BOOK, "S", { version: 1 }, by);
  const lines = [
    { sku: "S1", quantity: "201" },
    { sku: "TEA", quantity: "1" },
  ];
  const made = await shop.ask(`POST /v1/books/${BOOK}/quotes`, { key: "q-1", lines });
  const quote = made.body["quote"] as { id: string; hash: string; total: string };
  expect(quote, made.text).toMatchObject({
    total: "5759",
    lines: [{ stocked: false, amount: "4509", proof: { rule: { rule: "hours" } } }, { sku: "TEA" }],
  });
  const { id, hash } = quote;
  const body = { id: "o-1", buyer: "ann", quote: { id, hash, total: "5759" } };
  expect(stateIn(await shop.ask(`POST /v1/books/${BOOK}/orders`, body))).toBe("placed");
  const book = await shop.ledger.book(BOOK);
  const paying = { orderId: "o-1", paymentId: "p-1" };
  await orders.pay(book, { ...paying, parts: [{ means: "wallet", amount: 5_759n }] });
  const done = await orders.fulfil(book, { orderId: "o-1", fulfilmentId: "f-1" });
  expect(done).toMatchObject({ status: "done", order: { state: "fulfilled" } });
});

test("the longest basket is shown to a discount rule whole", async () => {
  const { rules, catalog } = await rulesShop();
  const jdm = expressions({ discounts: "[{ code: 'TENTH', amount: floor(number(list) / 10) }]" });
  const tests = [{ input: { list: "99" }, output: { discounts: [{ code: "TENTH", amount: 9 }] } }];
  await live(rules, { name: "off", jdm, tests });
  await catalog.openBook(BOOK, { discountRules: ["off"] });
  const lines = Array.from({ length: 2_000 }, () => ({ sku: "TEA", quantity: 1n }));
  const { quote } = await catalog.quote(BOOK, { key: "long", lines });
  expect(quote).toMatchObject({ list: 2_500_000n, discount: 250_000n });
});
