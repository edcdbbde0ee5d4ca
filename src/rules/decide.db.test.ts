import { expect, test } from "vitest";
import { unit } from "../postgres/index.ts";
import { decisionRow, insertDecisions } from "./index.ts";
import { edge, expressionJdm, node, tableJdm } from "./testing/jdm.ts";
import { ann, BOOK, live, nodeOn, prices, refusal, rulesNode } from "./testing/nodes.ts";

const NAME = "price";

const working = (expressions: Readonly<Record<string, string>>, more: object = {}) => ({
  jdm: JSON.stringify(expressionJdm(expressions)),
  tests: [{ name: "any", input: { n: 1 }, output: { x: 1 } }],
  ...more,
});

test("a decision answers with its version, hash, id and time, and is written down", async () => {
  const { rules } = await rulesNode();
  const { hash } = await live(rules, NAME, working({ x: "n" }));
  const decision = await rules.decide(BOOK, NAME, { n: 5n, gone: undefined }, { traceId: "t-1" });
  expect(decision).toMatchObject({ output: { x: 5 }, version: 1, hash, input: { n: 5 } });
  await rules.logged();
  const logged = await rules.decision(BOOK, decision.decisionId);
  expect(logged).toEqual({
    decisionId: decision.decisionId,
    at: expect.any(Number) as number,
    book: BOOK,
    name: NAME,
    version: 1,
    hash,
    input: { n: 5 },
    output: { x: 5 },
    refused: undefined,
    micros: decision.micros,
    traceId: "t-1",
  });
  expect(Math.abs(logged.at - Date.now())).toBeLessThan(60_000);
});

test("P1: a durable decision is in the log when it is answered", async () => {
  const { rules, database } = await rulesNode();
  await live(rules, NAME, prices(900));
  const { decisionId } = await rules.decide(BOOK, NAME, { tier: "gold" }, { log: "durable" });
  const other = await nodeOn(database);
  expect((await other.rules.decision(BOOK, decisionId)).output).toEqual({ priceMinor: 900 });
});

test("P8: a price and what it decided are one commit, or neither is there", async () => {
  const { rules, lane } = await rulesNode();
  await live(rules, NAME, prices(900));
  const priced = await rules.decide(BOOK, NAME, { tier: "gold" }, { log: "by_caller" });
  await rules.logged();
  const missing = refusal(rules.decision(BOOK, priced.decisionId));
  expect((await missing).code).toBe("rules.decision_missing");
  const order = () => unit("order-1").write(insertDecisions, decisionRow(priced));
  const first = await lane.submit({ ...order(), context: undefined });
  expect(first.status).toBe("committed");
  expect((await rules.decision(BOOK, priced.decisionId)).output).toEqual({ priceMinor: 900 });
  const again = await lane.submit({ ...order(), context: undefined });
  expect(again).toEqual({ status: "conflict", by: "rules.insert_decision" });
});

test.each([
  ["nothing fits", tableJdm({ inputs: ["n"], outputs: ["x"], rows: [["1", "1"]] }), { n: 2 }],
  ["a division by zero", expressionJdm({ x: "n / (n - 1)", y: "1" }), { n: 1 }],
  ["a field that the input lacks", expressionJdm({ x: "a.b.c", y: "1" }), { n: 1 }],
  ["a null deep inside", expressionJdm({ x: "{ y: [a.b] }" }), { n: 1 }],
])("null is no answer: %s", async (_what, jdm, input) => {
  const { rules } = await rulesNode();
  const notNull = { not: { type: "null" } };
  const properties = { x: { ...notNull, properties: { y: { items: notNull } } } };
  const output = { type: "object", required: ["x"], properties };
  for (const contract of [{}, { output }]) {
    const asked = { name: NAME, jdm: JSON.stringify(jdm), contract };
    const { version } = await rules.import(BOOK, asked, ann);
    const options = { version, log: "durable" } as const;
    const refused = await refusal(rules.decide(BOOK, NAME, input, options));
    expect(refused).toMatchObject({ code: "rules.answer_null", kind: "refused" });
  }
  const { items } = await rules.decisions(BOOK, { name: NAME });
  expect(items).toMatchObject([1, 2].map(() => ({ refused: "rules.answer_null", input })));
});

test("what one way of a switch sets is not asked of another way, which leads straight to an output", async () => {
  const { rules } = await rulesNode();
  const statements = [
    { id: "s1", condition: "n > 10" },
    { id: "s2", condition: "" },
  ];
  const large = [{ id: "e", key: "large", value: "true" }];
  const nodes = [
    node("in", "inputNode"),
    node("way", "switchNode", { hitPolicy: "first", statements }),
    node("work", "expressionNode", { expressions: large }),
    node("out", "outputNode"),
    node("other", "outputNode"),
  ];
  const edges = [edge("in", "way"), edge("way", "work", "s1"), edge("work", "out")];
  const jdm = JSON.stringify({ nodes, edges: [...edges, edge("way", "other", "s2")] });
  const tests = [
    { name: "large", input: { n: 11 }, output: { large: true } },
    { name: "small", input: { n: 1 }, output: { n: 1 } },
  ];
  await live(rules, NAME, { jdm, tests });
  expect((await rules.decide(BOOK, NAME, { n: 2 })).output).toEqual({ n: 2 });
});

test("a field that the contract demands is there, or it is no answer", async () => {
  const { rules } = await rulesNode();
  const table = {
    inputs: ["n"],
    outputs: ["x", "y"],
    rows: [
      ["1", "1", "1 / 0"],
      ["", "1", "2"],
    ],
  };
  const output = { type: "object", required: ["x", "y"], properties: { y: { type: "number" } } };
  const asked = { name: NAME, jdm: JSON.stringify(tableJdm(table)), contract: { output } };
  const { version } = await rules.import(BOOK, asked, ann);
  expect((await rules.decide(BOOK, NAME, { n: 2 }, { version })).output).toEqual({ x: 1, y: 2 });
  const refused = await refusal(rules.decide(BOOK, NAME, { n: 1 }, { version }));
  expect(refused).toMatchObject({ code: "rules.answer_null", kind: "refused" });
});

test("money is whole minor units, exact up to 2^53, in and out", async () => {
  const { rules } = await rulesNode();
  const money = { type: "object", properties: { x: { "x-money": true }, n: { "x-money": true } } };
  const contract = { input: money, output: money };
  const asked = { name: NAME, jdm: JSON.stringify(expressionJdm({ x: "n / d" })), contract };
  const { version } = await rules.import(BOOK, asked, ann);
  const decide = (input: unknown) => rules.decide(BOOK, NAME, input, { version });
  expect((await decide({ n: 9_007_199_254_740_991n, d: 1 })).output).toEqual({
    x: 9_007_199_254_740_991,
  });
  expect((await refusal(decide({ n: 1, d: 3 }))).code).toBe("rules.money_inexact");
  expect((await refusal(decide({ n: 1.5, d: 1 }))).code).toBe("rules.money_inexact");
  const inexact = [
    { n: 2n ** 53n, d: 1 },
    { n: 2 ** 53, d: 1 },
    { n: 1, d: 1e-30 },
    { n: 1, d: 1e29 },
    { n: Number.NaN, d: 1 },
  ];
  for (const input of inexact) {
    expect((await refusal(decide(input))).code).toBe("rules.number_inexact");
  }
  expect((await refusal(decide({ n: 9_007_199_254_740_991n, d: 0.5 }))).code).toMatch(/_inexact$/);
});

test("P7: what ends the engine's process is refused by name, and nobody else's decision is", async () => {
  const { rules } = await rulesNode();
  await live(rules, "deadly", working({ x: "n * n * n * n * n * n" }));
  await live(
    rules,
    "huge",
    working(
      { x: "n * 10000" },
      { tests: [{ name: "one", input: { n: 1 }, output: { x: 10_000 } }] },
    ),
  );
  await live(rules, NAME, working({ x: "n" }));
  const deadly = Array.from({ length: 3 }, () =>
    refusal(rules.decide(BOOK, "deadly", { n: 9_007_199_254_740_991n })),
  );
  const huge = refusal(rules.decide(BOOK, "huge", { n: 9_007_199_254_740_991n }));
  const others = Array.from({ length: 40 }, (_, n) => rules.decide(BOOK, NAME, { n }));
  const outputs = (await Promise.all(others)).map(({ output }) => output);
  expect(outputs).toEqual(Array.from({ length: 40 }, (_, n) => ({ x: n })));
  for (const { code } of await Promise.all(deadly)) {
    expect(["rules.engine_died", "rules.evaluation_failed", "rules.engine_timeout"]).toContain(
      code,
    );
  }
  expect((await huge).code).toMatch(/^rules\.(engine_died|number_inexact)$/);
  expect((await rules.decide(BOOK, "deadly", { n: 1 })).output).toEqual({ x: 1 });
});

test("a trace tells what each node had and said", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  const { output, trace } = await rules.decide(BOOK, NAME, { tier: "gold" }, { trace: true });
  expect(output).toEqual({ priceMinor: 900 });
  expect(trace).toMatchObject({ table: { input: { tier: "gold" }, output: { priceMinor: 900 } } });
});

test.each([
  ["input", 5],
  ["input", null],
  ["input", []],
  ["input.a", { a: () => 1 }],
  ["input.a", { a: new Date(0) }],
  ["input.a", { a: "\ud800" }],
  ["input", { a: "x".repeat(530_000) }],
])("an input that is no JSON of fair size is refused by its %s", async (field, input) => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  const refused = await refusal(rules.decide(BOOK, NAME, input));
  expect(refused).toMatchObject({ code: "rules.field_malformed", details: { field } });
});

test("a ring of objects, a key named __proto__ and a trace id with spaces do no harm", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, working({ x: "n" }));
  const ring: Record<string, unknown> = { n: 1 };
  ring["again"] = ring;
  expect((await refusal(rules.decide(BOOK, NAME, ring))).code).toBe("rules.field_malformed");
  const odd = JSON.parse('{"n":1,"__proto__":{"n":2}}') as unknown;
  expect((await rules.decide(BOOK, NAME, odd)).output).toEqual({ x: 1 });
  const spaced = rules.decide(BOOK, NAME, { n: 1 }, { traceId: "a b" });
  expect((await refusal(spaced)).code).toBe("rules.field_malformed");
});

test("closed rules decide nothing that needs the engine", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, working({ x: "n" }));
  await rules.close();
  expect((await refusal(rules.decide(BOOK, NAME, { n: 1 }))).code).toBe("rules.closed");
});

test("P7: an answer that is too long to be kept is refused, and that is written down", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, {
    ...working({ x: "map([1..n], map([1..100], 'xxxxxxxxxxxxxxxxxxxx'))" }),
    tests: [{ name: "none", input: { n: 0 }, output: { x: [] } }],
  });
  const asked = rules.decide(BOOK, NAME, { n: 1_000 }, { log: "durable" });
  expect((await refusal(asked)).code).toBe("rules.output_refused");
  const { items } = await rules.decisions(BOOK, { name: NAME });
  expect(items).toMatchObject([{ refused: "rules.output_refused" }]);
  expect(items[0]).not.toHaveProperty("output");
});
