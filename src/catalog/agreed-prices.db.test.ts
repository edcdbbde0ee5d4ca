import { describe, expect, test } from "vitest";
import { sha256 } from "./canonical.ts";
import { LINES_MAX, type QuoteRequest } from "./index.ts";
import { writeQuote } from "./quote.ts";
import { ann, BOOK, code, join, sellCups, shop } from "./testing/shop.ts";

const asked = (key: string, change: Partial<QuoteRequest> = {}): QuoteRequest => ({
  key,
  lines: [{ sku: "CUP-R", quantity: 3n }],
  ...change,
});

describe("a price that was agreed on", () => {
  const agreed = { amount: 199n, reason: "invoice 536365" };
  const line = { sku: "CUP-R", quantity: 3n, agreed };

  test("takes the place of the plan's, says who agreed and why, and the hash covers it (P8)", async () => {
    const { catalog, opened } = await shop();
    await sellCups(catalog);
    const { quote } = await catalog.quote(BOOK, asked("q1", { lines: [line] }), ann);
    expect(quote).toMatchObject({ list: 597n, discount: 0n, total: 597n });
    expect(quote.lines[0]?.proof).toMatchObject({
      ...{ path: ["agreed"], plan: "cup-price", steps: [{ units: 3n, amount: 199n, per: 1n }] },
      agreed: { amount: 199n, per: 1n, reason: "invoice 536365", by: ann.by, request: "trace-1" },
    });
    // Another node reads it with the same words and amounts.
    const other = await join(opened);
    expect(await other.catalog.readQuote(BOOK, quote.id)).toEqual(quote);
    const body = { ...quote, hash: undefined };
    expect(writeQuote(body)).toContain('"reason":"invoice 536365"');
    expect(sha256(writeQuote(body)).toString("hex")).toBe(quote.hash);
  });

  test("is repeated by whoever asks the same, and another price is another request (P2)", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    const { quote } = await catalog.quote(BOOK, asked("q1", { lines: [line] }), ann);
    const again = await catalog.quote(BOOK, asked("q1", { lines: [line] }), { by: "bob/key" });
    expect(again).toEqual({ status: "exists", quote });
    const less = { ...line, agreed: { ...agreed, amount: 198n } };
    await expect(catalog.quote(BOOK, asked("q1", { lines: [less] }), ann)).rejects.toMatchObject(
      code("quote_key_conflict"),
    );
  });

  test("gets no discount, is no part of what rules see, and may be nothing", async () => {
    const seen: unknown[] = [];
    const { catalog } = await shop({
      rules: async ({ input }) => {
        seen.push(input["list"]);
        const discounts = [
          { code: "HALF", amount: "1000" },
          { code: "CUP", amount: "50", sku: "CUP-R" },
        ];
        return { version: 1, hash: "h", decisionId: "d", output: { discounts } };
      },
    });
    await catalog.openBook(BOOK, { discountRules: ["off"] });
    await sellCups(catalog);
    const free = { ...line, agreed: { amount: 0n, reason: "a sample" } };
    const lines = [line, { sku: "CUP-B", quantity: 1n }, free];
    const { quote } = await catalog.quote(BOOK, asked("q1", { lines }), ann);
    expect(quote.lines.map(({ list, amount }) => [list, amount])).toEqual([
      [597n, 597n],
      [250n, 0n],
      [0n, 0n],
    ]);
    expect(seen).toEqual([250]);
    await catalog.quote(BOOK, asked("q2", { lines: [line] }), ann);
    expect(seen).toHaveLength(1);
  });

  test("holds for its quote alone: asked again, it costs what the plan says", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    const { quote } = await catalog.quote(BOOK, asked("q1", { lines: [line] }), ann);
    expect(await catalog.requote(BOOK, quote.id, "q2")).toMatchObject({
      now: { total: 750n },
      changes: [{ sku: "CUP-R", before: 597n, now: 750n }],
    });
  });

  test.each([
    ["is less than nothing", { amount: -1n, reason: "r" }],
    ["is no bigint", { amount: 1.5, reason: "r" }],
    ["has no reason", { amount: 1n }],
    ["has an empty reason", { amount: 1n, reason: "" }],
    ["is for no units", { amount: 1n, per: 0n, reason: "r" }],
    ["says more", { amount: 1n, reason: "r", discount: 1n }],
    ["is beyond what can be booked", { amount: 10n ** 30n, reason: "r" }],
  ])("is refused where it %s", async (_, wrong) => {
    const { catalog } = await shop();
    await sellCups(catalog);
    const lines = [{ sku: "CUP-R", quantity: 1n, agreed: wrong }] as never;
    await expect(catalog.quote(BOOK, asked("q", { lines }), ann)).rejects.toMatchObject(
      code("request_malformed"),
    );
  });

  test("and where nobody agreed on it", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    await expect(catalog.quote(BOOK, asked("q", { lines: [line] }))).rejects.toMatchObject(
      code("request_malformed"),
    );
  });
});

test("a quote of 2,000 lines is made, kept and read like any other, and forgets no other too soon", async () => {
  const { catalog, opened } = await shop();
  await sellCups(catalog);
  const lines = Array.from({ length: LINES_MAX }, (_, index) => ({
    ...{ sku: index % 2 === 0 ? "CUP-R" : "CUP-B", quantity: BigInt(index + 1) },
    ...(index % 3 === 0 ? { agreed: { amount: 1n, reason: "invoice" } } : {}),
  }));
  const { quote } = await catalog.quote(BOOK, asked("long", { lines }), ann);
  expect(quote.lines).toHaveLength(2_000);
  expect(quote.total).toBe(quote.lines.reduce((sum, { amount }) => sum + amount, 0n));
  const other = await join(opened);
  expect(await other.catalog.checkQuote(BOOK, quote.id, quote)).toMatchObject({ status: "good" });
});

test("a product of a type that is not stocked is quoted as a service: an order of it holds nothing", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  const service = { name: { en: "Service", zh: "服务" }, stocked: false, attributes: [] };
  await catalog.saveType(BOOK, "service", service, { version: 0 }, ann);
  const price = { kind: "flat", amount: 1_800n, per: 1n } as const;
  await catalog.savePlan(BOOK, "POST", { currency: "GBP/2", scheme: price }, { version: 0 }, ann);
  const postage = { name: { en: "Postage" }, type: "service", variants: [{ sku: "POST" }] };
  await catalog.saveProduct(BOOK, "POST", { ...postage, plan: "POST" }, { version: 0 }, ann);
  await catalog.publish(BOOK, "POST", { version: 1 }, ann);
  const lines = [
    { sku: "POST", quantity: 1n },
    { sku: "CUP-R", quantity: 1n },
  ];
  const { quote } = await catalog.quote(BOOK, asked("q", { lines }));
  expect(quote.lines.map(({ stocked }) => stocked)).toEqual([false, undefined]);
  const odd = catalog.saveType(BOOK, "odd", { ...service, stocked: "no" }, { version: 0 }, ann);
  await expect(odd).rejects.toMatchObject(code("definition_malformed"));
});
