import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LongmenError } from "../../src/base/index.ts";
import type { Catalog, Quote } from "../../src/catalog/index.ts";
import type { NewVersion, Rules } from "../../src/rules/index.ts";
import { BOOK, seen, sellingShop, stateIn } from "./selling.ts";
import { startNode } from "./start-node.ts";

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
  const coupon = { asset: "COUPON:SPRING/0" } as const;
  const gift = { id: "issue-1", asset: coupon.asset, amount: "1" };
  const give = () => shop.ask(`POST /v1/books/${BOOK}/tokens/ann`, gift);
  expect(await give()).toMatchObject({ status: 201, body: { available: "1", held: "0" } });
  expect(await give()).toMatchObject({ status: 200, body: { available: "1", held: "0" } });
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

/** A table of one column: the first row whose cell fits. */
const table = (field: string, output: string, rows: readonly (readonly [string, string])[]) =>
  graphOf("decisionTableNode", {
    hitPolicy: "first",
    inputs: [{ id: "i", name: field, field }],
    outputs: [{ id: "o", name: output, field: output }],
    rules: rows.map(([cell, value], row) => ({ _id: String(row), i: cell, o: value })),
  });

async function priceBy(catalog: Catalog, rule: string, sku: string, values = {}): Promise<void> {
  const plan = { currency: "CNY/2", scheme: { kind: "rule", rule } };
  await catalog.savePlan(BOOK, `${rule}-plan`, plan, { version: 0 }, by);
  const product = { type: "goods", name: { en: sku }, plan: `${rule}-plan`, variants: [{ sku }] };
  await catalog.saveProduct(BOOK, sku, { ...product, ...values }, { version: 0 }, by);
  await catalog.publish(BOOK, sku, { version: 1 }, by);
}

test("a service is priced by the shipped rule of a cloud's hours and sold without any stock, its decision in the proof (P8)", async () => {
  const { shop, rules, catalog, orders } = await rulesShop();
  const file = (suffix: string) =>
    readFileSync(`examples/rules/cloud-price.${suffix}.json`, "utf8");
  const contract = JSON.parse(file("contract")) as NonNullable<NewVersion["contract"]>;
  const tests: unknown = JSON.parse(file("tests"));
  await live(rules, { name: "hours", jdm: file("jdm"), contract, tests });
  const option = (key: string, options: readonly string[]) => ({
    ...{ key, label: { en: key }, kind: "choice", role: "buyer", required: true },
    choices: options.map((value) => ({ value, label: { en: value } })),
  });
  const attributes = [option("region", ["eu-1", "cn-1"]), option("kind", ["general", "memory"])];
  const type = { name: { en: "Server" }, attributes, stocked: false };
  await catalog.saveType(BOOK, "server", type, { version: 0 }, by);
  await priceBy(catalog, "hours", "S1", { type: "server" });
  const lines = [
    { sku: "S1", quantity: "250", attributes: { region: "cn-1", kind: "memory" } },
    { sku: "TEA", quantity: "1" },
  ];
  const made = await shop.ask(`POST /v1/books/${BOOK}/quotes`, { key: "q-1", lines });
  const quote = made.body["quote"] as { id: string; hash: string; total: string };
  expect(quote, made.text).toMatchObject({
    total: "3045",
    lines: [{ stocked: false, amount: "1795", proof: { rule: { rule: "hours" } } }, { sku: "TEA" }],
  });
  const { id, hash } = quote;
  const body = { id: "o-1", buyer: "ann", quote: { id, hash, total: "3045" } };
  expect(stateIn(await shop.ask(`POST /v1/books/${BOOK}/orders`, body))).toBe("placed");
  const book = await shop.ledger.book(BOOK);
  const paying = { orderId: "o-1", paymentId: "p-1" };
  await orders.pay(book, { ...paying, parts: [{ means: "wallet", amount: 3_045n }] });
  const done = await orders.fulfil(book, { orderId: "o-1", fulfilmentId: "f-1" });
  expect(done).toMatchObject({ status: "done", order: { state: "fulfilled" } });
});

test("thresholds of rules hold on what is sold as in their tests: quantities and amounts are numbers", async () => {
  const { rules, catalog } = await rulesShop();
  const tests = [
    { input: { quantity: 10 }, output: { amount: 80 } },
    { input: { quantity: 9 }, output: { amount: 100 } },
  ];
  const many = table("quantity", "amount", [
    [">= 10", "80"],
    ["", "100"],
  ]);
  await live(rules, { name: "many", jdm: many, tests });
  await priceBy(catalog, "many", "PEN");
  const half = expressions({ total: "floor(quantity / 2)" });
  await live(rules, {
    name: "half",
    jdm: half,
    tests: [{ input: { quantity: 5 }, output: { total: 2 } }],
  });
  await priceBy(catalog, "half", "PIN");
  const lines = [
    { sku: "PEN", quantity: 12n },
    { sku: "PEN", quantity: 9n },
    { sku: "PIN", quantity: 7n },
  ];
  const { quote } = await catalog.quote(BOOK, { key: "by-numbers", lines });
  expect(quote.lines.map(({ list }) => list)).toEqual([960n, 900n, 3n]);
  const off = "[{ code: 'BIG', amount: 100 }]";
  const big = table("list", "discounts", [
    ["> 1800", off],
    ["", "[]"],
  ]);
  await live(rules, {
    name: "big",
    jdm: big,
    tests: [{ input: { list: 1 }, output: { discounts: [] } }],
  });
  await catalog.openBook(BOOK, { discountRules: ["big"] });
  const again = await catalog.quote(BOOK, { key: "by-amount", lines });
  expect(again.quote).toMatchObject({ list: 1_863n, discount: 100n });
  const few = await catalog.quote(BOOK, { key: "by-amount-2", lines: lines.slice(1) });
  expect(few.quote).toMatchObject({ list: 903n, discount: 0n });
});

/** A pen for 0.70 by a rule, and a discount rule that gives none. */
async function pensByRule() {
  const opened = await rulesShop();
  const { rules, catalog } = opened;
  const one = [{ input: {}, output: { amount: 70 } }];
  await live(rules, { name: "seventy", jdm: expressions({ amount: "70" }), tests: one });
  const none = [{ input: {}, output: { discounts: [] } }];
  await live(rules, { name: "none", jdm: expressions({ discounts: "[]" }), tests: none });
  await priceBy(catalog, "seventy", "PEN");
  await catalog.openBook(BOOK, { discountRules: ["none"] });
  return opened;
}

const decisionsOf = ({ lines, rules }: Quote): readonly string[] =>
  [...lines.map(({ proof }) => proof.rule), ...rules].map((one) => one?.decisionId ?? "none");

test("the decisions of a quote are in its commit, and a repeat of it decides nothing that anybody is told", async () => {
  const { rules, catalog } = await pensByRule();
  const lines = [2n, 3n].map((quantity) => ({ sku: "PEN", quantity }));
  const { quote } = await catalog.quote(BOOK, { key: "q-1", lines });
  // Read from the tables, without waiting for what this node has still to write.
  const found = await Promise.all(decisionsOf(quote).map((id) => rules.decision(BOOK, id)));
  expect(found.map(({ name, output }) => [name, output])).toEqual([
    ["seventy", { amount: 70 }],
    ["seventy", { amount: 70 }],
    ["none", { discounts: [] }],
  ]);
  expect((await catalog.quote(BOOK, { key: "q-1", lines })).quote.hash).toBe(quote.hash);
  await rules.logged();
  expect((await rules.decisions(BOOK, { name: "none" })).items.length).toBe(1);
});

test("P5: what a quote was priced by is found, though its node was killed when it had committed it", async () => {
  const { shop, rules, catalog } = await pensByRule();
  // Makes the day's table, so that the other node's first commit is its quote.
  await rules.decide(BOOK, "none", {}, { log: "durable" });
  const node = await startNode(shop, "lane.committed=kill@1", "0", ["--selling"]);
  const request = { key: "q-1", lines: [{ sku: "PEN", quantity: "2" }] };
  const lost = fetch(`${node.url}/v1/books/${BOOK}/quotes`, {
    method: "POST",
    headers: { authorization: `Bearer ${shop.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  expect(await lost.catch(() => "no answer")).toBe("no answer");
  expect(await node.ended).toBe("SIGKILL");
  const lines = [{ sku: "PEN", quantity: 2n }];
  const { status, quote } = await catalog.quote(BOOK, { key: "q-1", lines });
  expect(status).toBe("exists");
  const found = await Promise.all(decisionsOf(quote).map((id) => rules.decision(BOOK, id)));
  expect(found.map(({ name }) => name)).toEqual(["seventy", "none"]);
});

test("what a rule answered instead of a price is found by the id that the refusal names", async () => {
  const { rules, catalog } = await rulesShop();
  const tests = [{ input: {}, output: { amount: -1 } }];
  await live(rules, { name: "odd", jdm: expressions({ amount: "-1" }), tests });
  await priceBy(catalog, "odd", "PEN");
  const asked = catalog.quote(BOOK, { key: "q-1", lines: [{ sku: "PEN", quantity: 2n }] });
  const refused: unknown = await asked.catch((error: unknown) => error);
  if (!(refused instanceof LongmenError)) throw new Error("it was priced");
  expect(refused.code).toBe("catalog.rule_answer_malformed");
  const decision = await rules.decision(BOOK, String(refused.details["decisionId"]));
  expect(decision).toMatchObject({ name: "odd", output: { amount: -1 } });
});

test("a basket of more than is sold at once is refused in words before a rule sees another amount", async () => {
  const { shop, rules, catalog } = await rulesShop();
  const tests = [{ input: {}, output: { discounts: [] } }];
  await live(rules, { name: "none", jdm: expressions({ discounts: "[]" }), tests });
  await catalog.openBook(BOOK, { discountRules: ["none"] });
  const plan = { currency: "CNY/2", scheme: { kind: "flat", amount: "1000000000000000" } };
  await catalog.savePlan(BOOK, "dear", plan, { version: 0 }, by);
  const product = { type: "goods", name: { en: "M" }, plan: "dear", variants: [{ sku: "MOON" }] };
  await catalog.saveProduct(BOOK, "M", product, { version: 0 }, by);
  await catalog.publish(BOOK, "M", { version: 1 }, by);
  const asked = (key: string, lines: number) =>
    shop.ask(`POST /v1/books/${BOOK}/quotes`, {
      key,
      lines: Array.from({ length: lines }, () => ({ sku: "MOON", quantity: "1" })),
    });
  const most = await asked("q-1", 1);
  expect(most.status, most.text).toBe(201);
  // Their sum is beyond 2^53, too.
  expect(await asked("q-2", 20)).toMatchObject({
    status: 422,
    body: { code: "catalog.amount_too_large", words: { en: expect.any(String) as string } },
  });
});

test("the longest basket is shown to a discount rule whole", async () => {
  const { rules, catalog } = await rulesShop();
  const jdm = expressions({ discounts: "[{ code: 'TENTH', amount: floor(list / 10) }]" });
  const tests = [{ input: { list: 99 }, output: { discounts: [{ code: "TENTH", amount: 9 }] } }];
  await live(rules, { name: "off", jdm, tests });
  await catalog.openBook(BOOK, { discountRules: ["off"] });
  const lines = Array.from({ length: 2_000 }, () => ({ sku: "TEA", quantity: 1n }));
  const { quote } = await catalog.quote(BOOK, { key: "long", lines });
  expect(quote).toMatchObject({ list: 2_500_000n, discount: 250_000n });
});
