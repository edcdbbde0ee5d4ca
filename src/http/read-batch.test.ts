import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "./json.ts";
import { readBatch } from "./read-batch.ts";
import { batchBody } from "./wire-in.ts";

const usual = {
  id: "sale-1",
  asset: "CNY/2",
  debit: "shop/cash",
  credit: "shop/sales",
  amount: "1999",
};

/** The long way of a body; undefined: it is refused. */
function longWay(text: string): unknown {
  try {
    return batchBody.take(parseJson(text), "");
  } catch {
    return undefined;
  }
}

const read = (text: string) => readBatch(Buffer.from(text));
const bodyOf = (...items: readonly unknown[]) => JSON.stringify({ items });

test("reads the usual batch as the long way does", () => {
  const text = bodyOf(
    usual,
    { ...usual, id: "sale-2", amount: "0", code: 7, reference: "order/2" },
    { kind: "transfer", ...usual, id: "sale-3", debit: "shop/till", amount: "9223372036854775807" },
  );
  expect(read(text)).toEqual(longWay(text));
  expect(read(text)?.items).toHaveLength(3);
  const withRule = JSON.stringify({ items: [usual], rule: "sale@1" });
  expect(read(withRule)).toEqual(longWay(withRule));
  expect(read(`\r\n${JSON.stringify({ items: [usual, usual] }, null, 2)}\t`)).toEqual(
    longWay(bodyOf(usual, usual)),
  );
});

test("text that items have in common is one string each, and none of it is the body's", () => {
  const batch = read(bodyOf(usual, { ...usual, debit: "shop/bank" }, usual));
  expect(batch?.items.map(({ debit }) => debit)).toEqual(["shop/cash", "shop/bank", "shop/cash"]);
});

test.each([
  ["nothing", ""],
  ["no items", bodyOf()],
  ["what follows the end", `${bodyOf(usual)}{}`],
  ["a rule before the items", JSON.stringify({ rule: "sale@1", items: [usual] })],
  ["two rules", JSON.stringify({ items: [usual], rule: "a" }).replace(/}$/, ',"rule":"b"}')],
  ["a rule that is no text", JSON.stringify({ items: [usual], rule: 1 })],
  ["another field beside the items", JSON.stringify({ items: [usual], role: "sale@1" })],
  ["a field twice", bodyOf(usual).replace('"id"', '"id":"sale-0","id"')],
  ["an escape", bodyOf(usual).replace("sale-1", "sale\\u002d1")],
  ["a letter beyond ASCII", bodyOf({ ...usual, reference: "订单" })],
  ["a control character", bodyOf(usual).replace("sale-1", "sale\n1")],
  ["a number for an amount", bodyOf({ ...usual, amount: 1999 })],
  ["an amount with a sign", bodyOf({ ...usual, amount: "-1" })],
  ["an amount with a zero before it", bodyOf({ ...usual, amount: "01" })],
  ["an amount of no digits", bodyOf({ ...usual, amount: "" })],
  ["an amount of twenty digits", bodyOf({ ...usual, amount: "10000000000000000000" })],
  ["a text for a code", bodyOf({ ...usual, code: "1" })],
  ["a code with a zero before it", bodyOf({ ...usual, code: 1 }).replace(":1}", ":01}")],
  ["a code with a point", bodyOf({ ...usual, code: 1 }).replace(":1}", ":1.0}")],
  ["another kind", bodyOf({ kind: "pending", ...usual })],
  ["a field of another kind", bodyOf({ ...usual, metadata: "{}" })],
  ["a field of none", bodyOf({ ...usual, colour: "red" })],
  ["a field that is missing", bodyOf({ ...usual, asset: undefined })],
  ["null", bodyOf({ ...usual, reference: null })],
  ["an item that is none", bodyOf(usual, null)],
  ["a comma too many", bodyOf(usual).replace("]", ",]")],
])("leaves to the long way: %s", (_, text) => {
  expect(read(text)).toBeUndefined();
});

test("leaves to the long way more items than a batch holds", () => {
  const most = Array.from({ length: 8_192 }, () => usual);
  expect(read(bodyOf(...most))?.items).toHaveLength(8_192);
  expect(read(bodyOf(...most, usual))).toBeUndefined();
});

/** Mostly as it should be, so that what is not stands alone. */
const word = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom("a", "shop/cash", "~", " ") },
  fc.string({ maxLength: 9 }),
);
const amount = fc.oneof(
  { weight: 60, arbitrary: fc.bigInt(0n, 2n ** 63n).map(String) },
  fc.constantFrom("0", "00", "1.5", ""),
);
const code = fc.oneof({ weight: 30, arbitrary: fc.nat() }, fc.double(), fc.maxSafeInteger());
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const item = fc
  .tuple(
    fc.record({
      kind: fc.constantFrom(...Array.from({ length: 9 }, () => "transfer"), undefined, "pending"),
      ...{ id: word, asset: word, debit: word, credit: word, amount },
      ...{ code: optional(code), reference: optional(word) },
      colour: fc.constantFrom(...Array.from({ length: 19 }, () => undefined), "red"),
    }),
    fc.nat(7),
  )
  // Fields come in any order.
  .map(([fields, from]) => {
    const entries = Object.entries(fields);
    return Object.fromEntries([...entries.slice(from), ...entries.slice(0, from)]);
  });

test("whatever it reads, it reads as the long way does", () => {
  let reads = 0;
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 4 }),
      fc.constantFrom(undefined, undefined, "sale@1", "a\\b", 7),
      fc.constantFrom(undefined, 1, "\t"),
      fc.nat(),
      fc.constantFrom("", "", "", "", "", '"', "\\", ",", "{", "}", "0", " ", "é", "\u0000"),
      (items, rule, space, where, fault) => {
        const whole = JSON.stringify({ items, rule }, null, space);
        const at = where % (whole.length + 1);
        const text = fault === "" ? whole : whole.slice(0, at) + fault + whole.slice(at);
        const told = read(text);
        if (told === undefined) return;
        reads += 1;
        expect(told).toEqual(longWay(text));
      },
    ),
    { numRuns: 3_000 },
  );
  expect(reads).toBeGreaterThan(150);
});
