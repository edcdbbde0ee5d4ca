import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "./compiled.ts";
import type { Engines } from "./engine/engines.ts";
import type { JsonObject } from "./jdm/json.ts";
import { compiledOf, testEngines } from "./testing/engines.ts";
import { lineOf, node, tableContent, tableJdm } from "./testing/jdm.ts";

const literal = fc.constantFrom(
  ...[
    '"a"',
    "'a'",
    '"b"',
    `"it's"`,
    `'say "x"'`,
    '"a, b"',
    "'é 龙'",
    '""',
    '" a"',
    '"1"',
    '"true"',
  ],
  ...[
    "0",
    "1",
    "-1",
    "2",
    "1.0",
    "1.50",
    "0.1",
    "0.30",
    "10",
    "007",
    "1e2",
    "1_0",
    "12.5",
    "-0",
    "+1",
  ],
  ...["9007199254740991", "123456789012345", "1234567890123456", "0.1000000000000000055"],
  ...["true", "false", "null", "`a`", '"a\\\\b"', '"a\\nb"', "nothing", "a"],
);
const list = fc.array(literal, { minLength: 1, maxLength: 3 }).map((all) => all.join(", "));
const bound = fc.constantFrom("-1", "0", "1", "1.5", "2", "10", "0.1");
const compared = fc.oneof(
  fc
    .tuple(fc.constantFrom(">", ">=", "<", "<=", "==", "!=", "> ", "== "), bound)
    .map((of) => of.join("")),
  fc.tuple(fc.constantFrom("==", "!="), literal).map((of) => of.join(" ")),
  fc.tuple(bound, bound).map(([low, high]) => `> ${low} and <= ${high}`),
  fc.tuple(bound, bound).map(([low, high]) => `== ${low} and != ${high}`),
  fc
    .tuple(fc.constantFrom("[", "("), bound, bound, fc.constantFrom("]", ")"))
    .map(([open, low, high, close]) => `${open}${low}..${high}${close}`),
);
const odd = fc.constantFrom(
  "not in [1, 2]",
  "$ == 1 or $ == 'a'",
  "len($) == 1",
  "'a' +",
  "-",
  "> 'a'",
  "in ['a','b']",
  "> 1 or < 0",
  "startsWith($, 'a')",
  "1, > 5",
  "c",
  "$.x == 1",
);
const blank = fc.constantFrom("", " ");
const equality = fc.oneof({ weight: 3, arbitrary: list }, { weight: 1, arbitrary: blank });
const anything = fc.oneof(
  { weight: 4, arbitrary: list },
  { weight: 3, arbitrary: compared },
  { weight: 2, arbitrary: blank },
  { weight: 1, arbitrary: odd },
);
const output = fc.oneof(
  { weight: 6, arbitrary: literal },
  {
    weight: 2,
    arbitrary: fc.constantFrom("", "a", "b.c", "1 / 0", "'x' + 1", "n * 2", "[1, 2]", "{ x: 1 }"),
  },
);
const condition = fc.constantFrom("", "n > 1", "a == 'a'", "true", "n");

const table = fc
  .record({
    fields: fc.constantFrom(
      ["a", "b.c"],
      ["n", "b.c.d"],
      ["a", "n"],
      ["b"],
      ["a.length", "len(a)"],
    ),
    outputs: fc.constantFrom(["x"], ["x", "r.y"], ["r.x", "r.y"]),
    onlyEqual: fc.boolean(),
    withCondition: fc.boolean(),
    count: fc.integer({ min: 1, max: 8 }),
  })
  .chain(({ fields, outputs, onlyEqual, withCondition, count }) => {
    const cell = onlyEqual ? equality : anything;
    const inputs = withCondition ? [...fields, undefined] : fields;
    const cells = [
      ...fields.map(() => cell),
      ...(withCondition ? [condition] : []),
      ...outputs.map(() => output),
    ];
    const rows = fc.array(fc.tuple(...cells), { minLength: count, maxLength: count });
    return rows.map((rows) => ({ inputs, outputs, rows }));
  });

const scalar = fc.constantFrom<unknown>(
  ...["a", "b", "it's", 'say "x"', "a, b", "é 龙", "", " a", "1", "true", "a\\b", "a\nb"],
  ...[0, 1, -1, 2, 1.5, 0.1, 0.3, 10, 7, 100, 12.5, 0.1 + 0.2, 9007199254740991, 123456789012345],
  ...[true, false, null],
);
const value = fc.oneof(
  { weight: 12, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constantFrom<unknown>([], [1], ["a"], {}, { x: 1 }, [{ c: 1 }]) },
);
const some = { requiredKeys: [] };
const input = fc.record(
  {
    a: value,
    n: value,
    b: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ c: fc.oneof(value, fc.record({ d: value }, some)) }, some),
      },
      { weight: 1, arbitrary: value },
    ),
  },
  some,
) as fc.Arbitrary<JsonObject>;

/** Thousands of questions to a process that others take their turns beside. */
const AMPLE_MS = 60_000;

/** Of a run: what came out without the engine, and how much of it was more than nothing. */
interface Seen {
  own: number;
  hits: number;
  failed: number;
}

async function compareAll(
  engines: Engines,
  jdm: unknown,
  inputs: readonly JsonObject[],
  seen: Seen,
): Promise<void> {
  const compiled = compiledOf(jdm);
  for (const input of inputs) {
    const mine = run(compiled, engines, input);
    const plain = await engines.evaluate({ content: compiled.whole, input, trace: false });
    const expected = "failed" in plain ? plain : { output: plain.result };
    expect(await mine, JSON.stringify({ jdm, input })).toEqual(expected);
    if (!(mine instanceof Promise)) seen.own += 1;
    if ("failed" in plain) seen.failed += 1;
    else if (Object.keys(plain.result as object).length > 0) seen.hits += 1;
  }
}

test(
  "P8: what the index answers is what the plain engine answers, whatever table and input",
  async () => {
    const engines = testEngines();
    const seen = { own: 0, hits: 0, failed: 0 };
    const inputs = fc.array(input, { minLength: 4, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, inputs, async (table, inputs) => {
        await compareAll(engines, tableJdm(table), inputs, seen);
      }),
      { numRuns: 600 },
    );
    expect(seen.failed).toBe(0);
    expect(seen.own).toBeGreaterThan(150);
    expect(seen.hits).toBeGreaterThan(400);
  },
  AMPLE_MS,
);

test(
  "P8: a large table within a graph, cut down to what can hit, answers as the whole one",
  async () => {
    const engines = testEngines();
    const seen = { own: 0, hits: 0, failed: 0 };
    const rows = fc.array(fc.tuple(equality, anything, output), { minLength: 130, maxLength: 150 });
    const inputs = fc.array(input, { minLength: 4, maxLength: 8 });
    const work = node("work", "expressionNode", {
      expressions: [{ id: "y", key: "y", value: "x" }],
    });
    await fc.assert(
      fc.asyncProperty(rows, inputs, async (rows, inputs) => {
        const content = tableContent({ inputs: ["a", "n"], outputs: ["x"], rows });
        const jdm = lineOf(node("table", "decisionTableNode", content), work);
        await compareAll(engines, jdm, inputs, seen);
      }),
      { numRuns: 60 },
    );
    expect(seen.failed).toBe(0);
    expect(seen.hits).toBeGreaterThan(60);
  },
  AMPLE_MS,
);
