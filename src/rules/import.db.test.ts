import { expect, test } from "vitest";
import { edge, expressionJdm, lineOf, node, tableContent, tableJdm } from "./testing/jdm.ts";
import { ann, BOOK, live, prices, refusal, rulesNode } from "./testing/nodes.ts";

const NAME = "price";

test("all that is wrong is said at once, each with its node and row, and nothing is stored", async () => {
  const { rules } = await rulesNode();
  const table = tableContent({
    inputs: ["a", undefined],
    outputs: ["x"],
    rows: [
      ["'a", "", "1"],
      ["", "a >", "1"],
      ["", "", "rand(5)"],
    ],
  });
  const jdm = {
    nodes: [
      node("in", "inputNode"),
      node("prices", "decisionTableNode", table),
      node("odd", "policyNode"),
      node("sub", "decisionNode", { key: "nowhere" }),
      node("work", "expressionNode", { expressions: [{ id: "e", key: "y", value: "1 +* 2" }] }),
      node("ring", "expressionNode", { expressions: [] }),
    ],
    edges: [
      edge("in", "prices"),
      edge("prices", "lost"),
      edge("work", "ring"),
      edge("ring", "work"),
    ],
  };
  const refused = await refusal(rules.import(BOOK, { name: NAME, jdm: JSON.stringify(jdm) }, ann));
  expect(refused.code).toBe("rules.jdm_malformed");
  const problems = refused.details["problems"] as readonly string[];
  expect(problems).toEqual([
    expect.stringContaining('node "odd": "policyNode" is no kind'),
    expect.stringContaining('node "sub": no version of the rule set nowhere is live'),
    expect.stringContaining("edge prices-lost hangs on lost"),
    expect.stringContaining("nodes lead in a circle"),
    expect.stringContaining('node "prices", row 3, column "x": rand()'),
    expect.stringContaining(`node "prices", row 1, column "a": 'a`),
    expect.stringContaining('node "prices", row 2, column "condition 1": a >'),
    expect.stringContaining('node "work", column "y": 1 +* 2'),
  ]);
  expect((await rules.list(BOOK)).items).toEqual([]);
});

test.each([
  ["`it's ${rand(9)} o'clock`", true],
  ["`${'a'}` + string(rand(9)) + `'`", true],
  ["'`' + string(rand (9)) + '`'", true],
  ['string(rand\n(9)) + "\'"', true],
  ["'rand(9)' + \"rand(9)\"", false],
  ["`it's ${brand} o'clock`", false],
])("a rule that draws by chance is refused wherever that stands: %s", async (value, isRefused) => {
  const { rules } = await rulesNode();
  const jdm = JSON.stringify(expressionJdm({ x: value }));
  const imported = rules.import(BOOK, { name: NAME, jdm }, ann);
  if (!isRefused) expect((await imported).state).toBe("draft");
  else expect((await refusal(imported)).message).toContain("rand() gives another answer");
});

test.each([
  ["functionNode", { source: "export const handler = async (input) => input;" }],
  ["customNode", { kind: "call", config: {} }],
  ["httpNode", { url: "https://example.com" }],
  ["expressionNode", { expressions: [], source: "fetch('/')" }],
])("a rule that would run or call something is forbidden: %s", async (type, content) => {
  const { rules } = await rulesNode();
  const jdm = JSON.stringify(lineOf(node("script", type, content)));
  const refused = await refusal(rules.import(BOOK, { name: NAME, jdm }, ann));
  expect(refused).toMatchObject({ code: "rules.script_forbidden", kind: "forbidden" });
  expect(refused.message).toContain(`node "script" (${type})`);
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["a policy document", '{"blocks":[]}'],
  ["no nodes", '{"edges":[]}'],
  ["no input", '{"nodes":[],"edges":[]}'],
  ["a null node", '{"nodes":[null],"edges":[]}'],
  ["odd content", '{"nodes":[{"id":"a","type":"decisionTableNode","content":5}],"edges":[]}'],
  [
    "an odd table",
    '{"nodes":[{"id":"a","type":"decisionTableNode","content":{"rules":[5],"inputs":[{}]}}],"edges":[]}',
  ],
  [
    "an odd switch",
    '{"nodes":[{"id":"a","type":"switchNode","content":{"statements":[7]}}],"edges":[]}',
  ],
  ["odd edges", '{"nodes":[],"edges":[{"sourceId":1}]}'],
  ["too deep", `{"nodes":[],"edges":[],"a":${"[".repeat(500_000)}${"]".repeat(500_000)}}`],
  ["too much", " ".repeat(5 * 1024 * 1024)],
])("what is no decision graph is refused by name: %s", async (_what, jdm) => {
  const { rules } = await rulesNode();
  const refused = await refusal(rules.import(BOOK, { name: NAME, jdm }, ann));
  expect(refused.code).toBe("rules.jdm_malformed");
});

test("a field set twice, or within another, is refused: the engine's answer would be chance, or its end", async () => {
  const { rules } = await rulesNode();
  const outputs = ["r", "r.y", "x", "x"];
  const table = tableContent({ inputs: ["a"], outputs, rows: [["", "a", "a", "1", "2"]] });
  const jdm = JSON.stringify(lineOf(node("table", "decisionTableNode", table)));
  const refused = await refusal(rules.import(BOOK, { name: NAME, jdm }, ann));
  expect(refused.details["problems"]).toEqual(
    ["r.y", "x", "x"].map((field) => expect.stringContaining(`it sets ${field} twice`) as string),
  );
});

test("what only the engine minds is refused, too", async () => {
  const { rules } = await rulesNode();
  const nameless = node("work", "expressionNode", { expressions: [{ key: "x", value: "1" }] });
  const jdm = JSON.stringify(lineOf(nameless));
  const refused = await refusal(rules.import(BOOK, { name: NAME, jdm }, ann));
  expect(refused.message).toContain("the engine can't read it: missing field `id`");
});

test("an expression that ends the engine is found among sound ones, and named", async () => {
  const { rules } = await rulesNode();
  const rows = Array.from({ length: 150 }, (_, i) => [`"v${i}"`, `${i} + 1`]);
  rows[100] = ['"big"', "10000000000000000000 * 10000000000000000000"];
  rows[120] = ['"huge"', "100000000000000000000 * 1"];
  const jdm = JSON.stringify(tableJdm({ inputs: ["a"], outputs: ["x"], rows }));
  const refused = await refusal(rules.import(BOOK, { name: NAME, jdm }, ann));
  const problems = refused.details["problems"] as readonly string[];
  expect(problems.map((one) => one.slice(0, 24))).toEqual([
    'node "table", row 101, c',
    'node "table", row 121, c',
  ]);
  expect(problems.every((one) => one.includes("it ends the engine"))).toBe(true);
  expect((await rules.import(BOOK, { name: NAME, ...prices(900) }, ann)).version).toBe(1);
});

test("a sub-decision is pinned to what is live at the import, whatever goes live later", async () => {
  const { rules } = await rulesNode();
  await live(rules, "price", prices(900));
  const sub = (extra: string) => {
    const total = node("total", "expressionNode", {
      expressions: [{ id: "e", key: "totalMinor", value: `priceMinor ${extra}` }],
    });
    const jdm = lineOf(node("ask", "decisionNode", { key: "price" }), total);
    const tests = [{ name: "any", input: { tier: "none" }, output: { totalMinor: 1_001 } }];
    return { jdm: JSON.stringify(jdm), tests };
  };
  const made = await live(rules, "total", sub("+ 1"));
  expect(made.uses).toMatchObject([{ key: "price", version: 1 }]);
  await live(rules, "price", prices(800));
  const decided = await rules.decide(BOOK, "total", { tier: "gold" });
  expect(decided.output).toEqual({ totalMinor: 901 });
  const own = rules.import(BOOK, { name: "price", ...sub("+ 2") }, ann);
  expect((await refusal(own)).message).toContain("decides by its own rule set");
});

test("no chain of sub-decisions leads back to the set itself", async () => {
  const { rules } = await rulesNode();
  const asking = (key: string) => JSON.stringify(lineOf(node("ask", "decisionNode", { key })));
  const tests = [{ name: "any", input: { tier: "gold" }, output: { priceMinor: 900 } }];
  await live(rules, "a", prices(900));
  await live(rules, "b", { jdm: asking("a"), tests });
  const refused = await refusal(rules.import(BOOK, { name: "a", jdm: asking("b"), tests }, ann));
  expect(refused.message).toContain("a would decide by itself, by way of other rule sets");
});

test.each([
  ["no list", 5],
  ["no input", [{ name: "a", output: 1 }]],
  ["no outcome", [{ name: "a", input: {} }]],
  ["two outcomes", [{ name: "a", input: {}, output: 1, refused: "x" }]],
  ["one name twice", [1, 2].map((output) => ({ name: "a", input: {}, output }))],
])("tests with %s are refused by name", async (_what, tests) => {
  const { rules } = await rulesNode();
  const asked = { name: NAME, jdm: JSON.stringify(expressionJdm({ x: "1" })), tests };
  expect((await refusal(rules.import(BOOK, asked, ann))).code).toBe("rules.tests_malformed");
});

test("a file that begins with a byte order mark is kept with it, and decides", async () => {
  const { rules } = await rulesNode();
  const asked = prices(900);
  await live(rules, NAME, { ...asked, jdm: `\ufeff${String(asked.jdm)}` });
  const using = expressionJdm({ doubled: "priceMinor * 2" });
  const nodes = [node("price", "decisionNode", { key: NAME }), ...using.nodes.slice(1, 2)];
  const jdm = JSON.stringify(lineOf(...nodes));
  const tests = [{ input: { tier: "gold" }, output: { doubled: 1_800 } }];
  await live(rules, "doubled", { jdm: `\ufeff${jdm}`, tests });
  expect((await rules.decide(BOOK, NAME, { tier: "gold" })).output).toEqual({ priceMinor: 900 });
  const exported = await rules.export(BOOK, NAME, 1);
  expect(exported.jdm.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
});

test("a contract's words that nobody checks are refused", async () => {
  const { rules } = await rulesNode();
  const contract = { output: { type: "object", properties: { x: { pattern: "(a+)+$" } } } };
  const asked = { name: NAME, jdm: JSON.stringify(expressionJdm({ x: "1" })), contract };
  const refused = await refusal(rules.import(BOOK, asked, ann));
  expect(refused.code).toBe("rules.contract_malformed");
  expect(refused.message).toContain("output/properties/x/pattern");
});

test("tests in the file are the version's, too, and schemas of its nodes hold", async () => {
  const { rules } = await rulesNode();
  const schema = JSON.stringify({ type: "object", required: ["n"] });
  const work = node("work", "expressionNode", {
    expressions: [{ id: "e", key: "x", value: "n + 1" }],
  });
  const { nodes, edges } = lineOf(work);
  const withSchema = nodes.map((one) => (one.id === "in" ? { ...one, content: { schema } } : one));
  const tests = [{ input: { n: 1 }, output: { x: 2 } }];
  const jdm = JSON.stringify({ nodes: withSchema, edges, tests });
  await live(rules, NAME, { jdm });
  expect((await rules.decide(BOOK, NAME, { n: 2 })).output).toEqual({ x: 3 });
  expect((await refusal(rules.decide(BOOK, NAME, { m: 2 }))).code).toBe("rules.input_refused");
});

test("an exported version whose file has tests is taken back as it is; a test beside that says otherwise is refused", async () => {
  const { rules } = await rulesNode();
  const own = [{ input: { n: 1 }, output: { x: 2 } }];
  const jdm = JSON.stringify({ ...expressionJdm({ x: "n + 1" }), tests: own });
  const tests = [{ name: "two", input: { n: 2 }, output: { x: 3 } }];
  const made = await rules.import(BOOK, { name: NAME, jdm, tests }, ann);
  const exported = await rules.export(BOOK, NAME, 1);
  expect(exported.tests.map(({ name }) => name)).toEqual(["test 1", "two"]);
  const copy = await rules.import(BOOK, { name: "copy", ...exported }, ann);
  expect(copy.hash).toBe(made.hash);
  const other = [{ name: "test 1", input: { n: 1 }, output: { x: 3 } }];
  const refused = await refusal(rules.import(BOOK, { name: NAME, jdm, tests: other }, ann));
  expect([refused.code, refused.message]).toEqual([
    "rules.tests_malformed",
    expect.stringContaining("two are called test 1"),
  ]);
});
