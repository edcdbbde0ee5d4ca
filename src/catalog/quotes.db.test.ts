import { describe, expect, test } from "vitest";
import { SALE_MAX } from "../base/index.ts";
import { COMMIT, overProxy, type Proxy, rowsOf, type TestDatabase } from "../postgres/testing.ts";
import { BELIEF_MS, LINES_MAX, type QuoteRequest, type RuleQuestion } from "./index.ts";
import {
  ann,
  BOOK,
  code,
  cup,
  HOUR,
  join,
  nodeOn,
  NOW,
  pounds,
  sellCups,
  shop,
} from "./testing/shop.ts";

const asked = (key: string, change: Partial<QuoteRequest> = {}): QuoteRequest => ({
  key,
  lines: [{ sku: "CUP-R", quantity: 3n }],
  ...change,
});

test("a quote freezes the price with its proof, and an echo of it is good (P8)", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  const { status, quote } = await catalog.quote(BOOK, asked("q1"));
  expect(status).toBe("created");
  expect(quote).toMatchObject({
    currency: "GBP/2",
    list: 750n,
    discount: 0n,
    total: 750n,
    expiresAt: NOW + HOUR / 4,
  });
  expect(quote.lines).toMatchObject([
    {
      ...{ sku: "CUP-R", stock: "SKU:CUP-R/0", quantity: 3n, list: 750n, amount: 750n },
      proof: {
        ...{ product: "CUP", productVersion: 2, type: "cup", typeVersion: 1 },
        ...{ plan: "cup-price", planVersion: 1, path: ["flat"], rounding: "half_up" },
        steps: [{ units: 3n, amount: 250n, per: 1n }],
      },
    },
  ]);
  const { id, hash, total } = quote;
  expect(await catalog.checkQuote(BOOK, id, { hash, total })).toEqual({ status: "good", quote });
});

test("the same key and request answer the same quote, also on another node and when the price has changed (P2)", async () => {
  const { catalog, opened } = await shop();
  const other = await join(opened);
  await sellCups(catalog);
  const { quote } = await catalog.quote(BOOK, asked("q1"));
  await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1 }, ann);
  await catalog.withdraw(BOOK, "CUP", { version: 2 }, ann);
  for (const node of [catalog, other.catalog]) {
    expect(await node.quote(BOOK, asked("q1"))).toEqual({ status: "exists", quote });
    const changed = node.quote(BOOK, asked("q1", { coupon: "MORE" }));
    await expect(changed).rejects.toMatchObject(code("quote_key_conflict"));
  }
});

test("one key asked many times at once makes one quote", async () => {
  const { catalog, opened } = await shop();
  const other = await join(opened);
  await sellCups(catalog);
  const nodes = [catalog, other.catalog];
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (nodes[i % 2] ?? catalog).quote(BOOK, asked("same"))),
  );
  expect(new Set(answers.map(({ quote }) => quote.id)).size).toBe(1);
  expect(answers.filter(({ status }) => status === "created")).toHaveLength(1);
});

test("many quotes share commits, and none of them reads the database", async () => {
  const { catalog, reads, opened } = await shop();
  await sellCups(catalog);
  await catalog.quote(BOOK, asked("first"));
  reads.length = 0;
  const before = await commits(opened);
  await Promise.all(Array.from({ length: 500 }, (_, i) => catalog.quote(BOOK, asked(`q${i}`))));
  expect(reads).toEqual([]);
  expect((await commits(opened)) - before).toBeLessThan(50);
});

async function commits(opened: TestDatabase): Promise<number> {
  const text = "select count(distinct xmin::text)::int4 as n from {schema}.catalog_quote";
  return Number((await rowsOf(opened, text))[0]?.["n"]);
}

test("a quote never freezes a price that was replaced before it was committed, whoever replaced it", async () => {
  const { catalog, opened } = await shop();
  const other = await join(opened);
  await sellCups(catalog);
  // This node believes in 2.50 for a second yet.
  expect((await other.catalog.quote(BOOK, asked("warm"))).quote.total).toBe(750n);
  await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1 }, ann);
  const { quote } = await other.catalog.quote(BOOK, asked("after"));
  expect(quote.total).toBe(900n);
  expect(quote.lines[0]?.proof.planVersion).toBe(2);
});

test("while prices change on one node and are quoted on two, every quote has the newest of its moment", async () => {
  const { catalog, opened } = await shop();
  const other = await join(opened);
  await sellCups(catalog);
  let isOver = false;
  const changing = (async () => {
    for (let version = 1; version <= 30; version++) {
      await catalog.savePlan(BOOK, "cup-price", pounds(`${250 + version}`), { version }, ann);
    }
    isOver = true;
  })();
  const quoting = [catalog, other.catalog].map(async (node, at) => {
    for (let i = 0; !isOver; i++) await node.quote(BOOK, asked(`n${at}-${i}`));
  });
  await Promise.all([changing, ...quoting]);
  // A version's row and the book's growth are one commit: so the quotes of a version of the book are of the
  // plan's version by then, every one of them.
  const rows = await rowsOf(
    opened,
    `select catalog_version::int4 as of,
        string_agg(distinct body::json->'lines'->0->'proof'->>'planVersion', ',') as plans
      from {schema}.catalog_quote group by 1 order by 1`,
  );
  expect(rows.length).toBeGreaterThan(0);
  const base = Number(rows[0]?.["of"]) - Number(rows[0]?.["plans"]);
  for (const row of rows) expect(row["plans"]).toBe(`${Number(row["of"]) - base}`);
});

describe("what an order is told of a quote", () => {
  test("altered: both are shown", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    const { quote } = await catalog.quote(BOOK, asked("q1"));
    const echoed = { hash: quote.hash, total: 1n };
    const answer = await catalog.checkQuote(BOOK, quote.id, echoed);
    expect(answer).toEqual({ status: "altered", quote, echoed, differs: ["total"] });
    const other = await catalog.checkQuote(BOOK, quote.id, { hash: "00", total: quote.total });
    expect(other).toMatchObject({ status: "altered", differs: ["hash"] });
  });

  test("unknown: of another book, too", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    await catalog.openBook("other");
    const { quote } = await catalog.quote(BOOK, asked("q1"));
    for (const [book, id] of [
      ["other", quote.id],
      [BOOK, "nothing"],
      [BOOK, "' or true"],
    ] as const) {
      expect(await catalog.checkQuote(book, id, quote)).toEqual({ status: "unknown" });
    }
  });

  test("expired: with what it costs now, and a new quote shows old and new", async () => {
    const { catalog, clock } = await shop();
    await sellCups(catalog);
    const { quote } = await catalog.quote(BOOK, asked("q1"));
    await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1 }, ann);
    expect(await catalog.checkQuote(BOOK, quote.id, quote)).toMatchObject({ status: "good" });
    clock.set(quote.expiresAt);
    const known = { status: "exists", quote, expired: true };
    expect(await catalog.quote(BOOK, asked("q1"))).toEqual(known);
    const answer = await catalog.checkQuote(BOOK, quote.id, quote);
    expect(answer).toMatchObject({
      ...{ status: "expired", quote: { total: 750n } },
      now: { status: "priced", total: 900n },
    });
    const again = await catalog.requote(BOOK, quote.id, "q2");
    expect(again).toMatchObject({
      ...{ before: { total: 750n }, now: { total: 900n, key: "q2" } },
      changes: [{ sku: "CUP-R", before: 750n, now: 900n }],
    });
    await expect(catalog.requote(BOOK, "nothing", "q3")).rejects.toMatchObject(
      code("quote_missing"),
    );
  });

  test("withdrawn: on another node within a second, and what it would cost is a refusal", async () => {
    const { catalog, opened } = await shop();
    const other = await join(opened);
    await sellCups(catalog);
    const { quote } = await other.catalog.quote(BOOK, asked("q1"));
    await catalog.withdraw(BOOK, "CUP", { version: 2 }, ann);
    other.clock.advance(BELIEF_MS);
    expect(await other.catalog.checkQuote(BOOK, quote.id, quote)).toMatchObject({
      ...{ status: "withdrawn", skus: ["CUP-R"] },
      now: { status: "refused", code: "catalog.sku_unknown" },
    });
    await expect(other.catalog.buyPage(BOOK, "CUP")).rejects.toMatchObject(code("missing"));
    expect((await other.catalog.search(BOOK, { text: "cup" })).items).toEqual([]);
  });
});

test("how many of a product can be bought at once counts over its lines and variants", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  await catalog.saveProduct(BOOK, "CUP", cup({ maxQuantity: 5 }), { version: 2 }, ann);
  await catalog.publish(BOOK, "CUP", { version: 3 }, ann);
  const cups = (...asked: readonly (readonly [string, bigint])[]) =>
    catalog.quote(BOOK, {
      key: `q-${asked.join(".").replaceAll(",", ".").replaceAll("-", "")}`,
      lines: asked.map(([sku, quantity]) => ({ sku, quantity })),
    });
  expect((await cups(["CUP-R", 2n], ["CUP-R", 1n], ["CUP-B", 2n])).status).toBe("created");
  const details = { quantity: 6n, max: 5 };
  for (const over of [cups(["CUP-R", 3n], ["CUP-R", 3n]), cups(["CUP-R", 4n], ["CUP-B", 2n])]) {
    await expect(over).rejects.toMatchObject({ ...code("quantity_refused"), details });
  }
  await expect(cups(["CUP-R", 6n], ["CUP-R", -1n])).rejects.toMatchObject(code("quantity_refused"));
});

test("what no order could be placed for is refused at the quote, with the limit in words", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  const price = async (amount: bigint, version: number) => {
    await catalog.savePlan(BOOK, "cup-price", pounds(String(amount)), { version }, ann);
  };
  const cup = (key: string, ...pieces: bigint[]) =>
    catalog.quote(BOOK, { key, lines: pieces.map((quantity) => ({ sku: "CUP-R", quantity })) });
  await price(SALE_MAX, 1);
  expect((await cup("most", 1n)).quote.total).toBe(SALE_MAX);
  for (const over of [cup("two", 2n), cup("lines", 1n, 1n)]) {
    const message = "The amount of CUP-R is above what is sold at once: 10000000000000.00 GBP/2.";
    await expect(over).rejects.toMatchObject({ ...code("amount_too_large"), message });
  }
});

describe("what can't be quoted is refused by name, and nothing is kept", () => {
  const refused: readonly (readonly [string, Partial<QuoteRequest>, string])[] = [
    ["an unknown SKU", { lines: [{ sku: "NONE", quantity: 1n }] }, "sku_unknown"],
    ["none of something", { lines: [{ sku: "CUP-R", quantity: 0n }] }, "quantity_refused"],
    ["less than none", { lines: [{ sku: "CUP-R", quantity: -5n }] }, "quantity_refused"],
    ["a huge quantity", { lines: [{ sku: "CUP-R", quantity: 10n ** 30n }] }, "quantity_refused"],
    ["no lines", { lines: [] }, "request_malformed"],
    [
      "too many lines",
      { lines: Array.from({ length: LINES_MAX + 1 }, () => ({ sku: "CUP-R", quantity: 1n })) },
      "request_malformed",
    ],
    ["a key that is none", { key: "" }, "request_malformed"],
    ["lines that are none", { lines: [null] as never }, "request_malformed"],
    [
      "a number for a quantity",
      { lines: [{ sku: "CUP-R", quantity: 1 }] as never },
      "request_malformed",
    ],
    ["a field that isn't there", { total: 1 } as never, "request_malformed"],
    ["a region that is none", { region: "Mars" }, "request_malformed"],
    [
      "half of options that go together",
      { lines: [{ sku: "CUP-R", quantity: 1n, attributes: { engraving: "Ann" } }] },
      "options_refused",
    ],
    [
      "options that exclude each other",
      { lines: [{ sku: "CUP-B", quantity: 1n, attributes: { engraving: "Ann", font: "serif" } }] },
      "options_refused",
    ],
    [
      "what the variant says itself",
      { lines: [{ sku: "CUP-B", quantity: 1n, attributes: { colour: "red" } }] },
      "options_refused",
    ],
  ];

  test.each(refused)("%s", async (_, change, wanted) => {
    const { catalog } = await shop();
    await sellCups(catalog);
    await expect(catalog.quote(BOOK, asked("q", change))).rejects.toMatchObject(code(wanted));
    expect((await catalog.quote(BOOK, asked("q"))).status).toBe("created");
  });

  test("all that is wrong with the options at once, in both languages", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    const attributes = { engraving: "far too long for it", font: "gothic", extra: true };
    const refusal = catalog.quote(
      BOOK,
      asked("q", { lines: [{ sku: "CUP-R", quantity: 1n, attributes }] }),
    );
    await expect(refusal).rejects.toMatchObject({
      ...code("options_refused"),
      details: {
        mistakes: [
          { at: "/attributes/engraving", message: { zh: "刻字：须为 1 到 10 个字符" } },
          { at: "/attributes/font", code: "not_a_choice" },
          { at: "/attributes/extra", code: "unknown" },
        ],
      },
    });
  });

  test("an unknown book, and lines in two currencies", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    await expect(catalog.quote("nobody", asked("q"))).rejects.toMatchObject(code("book_unknown"));
    await catalog.savePlan(
      BOOK,
      "yuan",
      { ...pounds("1"), currency: "CNY/2" },
      { version: 0 },
      ann,
    );
    const plate = cup({ plan: "yuan", variants: [{ sku: "PLATE", values: { colour: "red" } }] });
    await catalog.saveProduct(BOOK, "PLATE", plate, { version: 0 }, ann);
    await catalog.publish(BOOK, "PLATE", { version: 1 }, ann);
    const lines = ["PLATE", "CUP-R"].map((sku) => ({ sku, quantity: 1n }));
    await expect(catalog.quote(BOOK, asked("q", { lines }))).rejects.toMatchObject(
      code("currencies_mixed"),
    );
  });
});

describe("prices by rule", () => {
  const decision = { version: 7, hash: "abc", decisionId: "d-1" };

  test("a price and a discount are decided, and the proof says by which rule", async () => {
    const questions: RuleQuestion[] = [];
    const { catalog } = await shop({
      rules: async (question) => {
        questions.push(question);
        if (question.rule === "price") return { ...decision, output: { amount: "1000", per: "3" } };
        return { ...decision, output: { discounts: [{ code: "TEN", amount: "100" }] } };
      },
    });
    await catalog.openBook(BOOK, { discountRules: ["off"] });
    await sellCups(catalog);
    await catalog.savePlan(
      BOOK,
      "cup-price",
      { currency: "GBP/2", scheme: { kind: "rule", rule: "price" } },
      { version: 1 },
      ann,
    );
    const lines = [
      { sku: "CUP-R", quantity: 1n },
      { sku: "CUP-B", quantity: 2n },
    ];
    const { quote } = await catalog.quote(
      BOOK,
      asked("q", { lines, coupon: "TEN", member: "gold" }),
    );
    expect(quote).toMatchObject({
      list: 1_000n,
      discount: 100n,
      total: 900n,
      rules: [{ rule: "off", version: 7 }],
    });
    expect(quote.lines.map(({ list, amount }) => [list, amount])).toEqual([
      [333n, 300n],
      [667n, 600n],
    ]);
    expect(quote.lines[0]?.proof.rule).toEqual({ rule: "price", ...decision });
    const shown = questions.find(({ rule }) => rule === "off");
    expect(shown?.input).toMatchObject({ coupon: "TEN", member: "gold", list: 1000 });
  });

  test.each([
    null,
    {},
    { amount: null },
    { amount: 1.5 },
    { amount: "-1" },
    { amount: "1", per: "0" },
    "7",
  ])("an answer that is no price is refused: %j", async (output) => {
    const { catalog } = await shop({ rules: async () => ({ ...decision, output }) });
    await sellCups(catalog);
    await catalog.savePlan(
      BOOK,
      "cup-price",
      { currency: "GBP/2", scheme: { kind: "rule", rule: "r" } },
      { version: 1 },
      ann,
    );
    await expect(catalog.quote(BOOK, asked("q"))).rejects.toMatchObject(
      code("rule_answer_malformed"),
    );
  });

  test("tokens are summed by asset, of discounts that took something off, and what is none is refused", async () => {
    let discounts: unknown = [];
    const rules = async () => ({ version: 1, hash: "h", decisionId: "d", output: { discounts } });
    const { catalog, opened } = await shop({ rules });
    await catalog.openBook(BOOK, { discountRules: ["off"] });
    await sellCups(catalog);
    const token = { asset: "POINT/0", amount: "5" };
    const label = { en: "Half", zh: 5, more: "x" };
    discounts = [
      { code: "A", amount: "100", token, label },
      { code: "B", amount: 1, token },
      { code: "NOTHING", amount: 0, token },
      // It has the code of one that gave, and gives nothing itself.
      { code: "A", amount: 5, sku: "CUP-B", token },
      { code: "ELSEWHERE", amount: 5, sku: "CUP-B", token: { ...token, asset: "COUPON:X/0" } },
    ];
    const { quote } = await catalog.quote(BOOK, asked("q"));
    expect(quote.tokens).toEqual([{ asset: "POINT/0", amount: 10n }]);
    expect(quote.lines[0]?.discounts[0]).toMatchObject({ code: "A", label: { en: "Half" } });
    expect(quote.lines[0]?.discounts[0]?.label).toEqual({ en: "Half" });
    const other = await join(opened);
    expect(await other.catalog.readQuote(BOOK, quote.id)).toEqual(quote);
    for (const wrong of [5, {}, { ...token, amount: "0" }, { ...token, asset: "points" }]) {
      discounts = [{ code: "A", amount: "100", token: wrong }];
      await expect(catalog.quote(BOOK, asked("wrong"))).rejects.toMatchObject(
        code("rule_answer_malformed"),
      );
    }
  });

  test("a rule that throws, and a node without rules", async () => {
    const rules = () => Promise.reject(new Error("division by zero"));
    const { catalog, opened } = await shop({ rules });
    const other = await join(opened);
    await sellCups(catalog);
    await catalog.savePlan(
      BOOK,
      "cup-price",
      { currency: "GBP/2", scheme: { kind: "rule", rule: "r" } },
      { version: 1 },
      ann,
    );
    await expect(catalog.quote(BOOK, asked("q"))).rejects.toMatchObject(code("rule_failed"));
    await expect(other.catalog.quote(BOOK, asked("q"))).rejects.toMatchObject(
      code("rule_not_connected"),
    );
  });
});

test("what a book decides of its quotes holds for all nodes", async () => {
  const { catalog, opened } = await shop();
  const other = await join(opened);
  await sellCups(catalog);
  await other.catalog.quote(BOOK, asked("warm"));
  await catalog.openBook(BOOK, { quoteTtlMs: 60_000 });
  const { quote } = await other.catalog.quote(BOOK, asked("q"));
  expect(quote.expiresAt).toBe(NOW + 60_000);
});

test("captured 87.957975 against paid 87.96: an amount is whole minor units from the start (medusajs/medusa#13091)", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  await catalog.savePlan(BOOK, "cup-price", pounds("2931933", "100000"), { version: 1 }, ann);
  const { quote } = await catalog.quote(BOOK, asked("q"));
  expect(quote.lines[0]).toMatchObject({ list: 88n, amount: 88n });
  expect(quote.total).toBe(quote.lines.reduce((sum, { amount }) => sum + amount, 0n));
});

test("the charge is what was quoted, not what it costs by then (Comfy-Org/ComfyUI_frontend#17937)", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  const { quote } = await catalog.quote(BOOK, asked("q"));
  await catalog.savePlan(BOOK, "cup-price", pounds("999"), { version: 1 }, ann);
  const answer = await catalog.checkQuote(BOOK, quote.id, { hash: quote.hash, total: quote.total });
  expect(answer).toMatchObject({ status: "good", quote: { total: 750n } });
});

test("an order discount is frozen per line, and never redistributed to others (vendurehq/vendure#4811)", async () => {
  const output = { discounts: [{ code: "TEN", amount: "100" }] };
  const { catalog } = await shop({
    rules: async () => ({ version: 1, hash: "h", decisionId: "d", output }),
  });
  await catalog.openBook(BOOK, { discountRules: ["off"] });
  await sellCups(catalog);
  const lines = ["CUP-R", "CUP-B", "CUP-R"].map((sku) => ({ sku, quantity: 1n }));
  const { quote } = await catalog.quote(BOOK, asked("q", { lines }));
  const read = await catalog.readQuote(BOOK, quote.id);
  expect(
    read?.lines.map(({ discounts }) => discounts.map(({ amount, of }) => [amount, of])),
  ).toEqual([[[34n, "quote"]], [[33n, "quote"]], [[33n, "quote"]]]);
});

test.each([
  ["before it was sent", (proxy: Proxy) => proxy.cutBefore(COMMIT)],
  ["after its commit was sent", (proxy: Proxy) => proxy.cutAfter(COMMIT, { lingerMs: 2_000 })],
])(
  "a quote whose answer was lost, %s, is made once and answered the same (P1, P2)",
  async (_, cut) => {
    const { catalog, opened } = await shop();
    await sellCups(catalog);
    const { database, proxy } = await overProxy(opened);
    const far = nodeOn(database);
    await far.catalog.quote(BOOK, asked("warm"));
    const sprung = cut(proxy);
    const lost = await far.catalog.quote(BOOK, asked("lost"));
    await sprung;
    const again = await catalog.quote(BOOK, asked("lost"));
    expect(again).toEqual({ status: "exists", quote: lost.quote });
  },
);
