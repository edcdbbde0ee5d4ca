import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePayload, encodePayload, errorRecordOf, PAYLOAD_MAX_BYTES } from "./codec.ts";

const there = (value: unknown): unknown => decodePayload(encodePayload("it", value));

const leaf = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
);
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value")),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$", "v", "toJSON")), tie("value")),
  ),
})).value;

test("what is kept comes back as it was", () => {
  fc.assert(
    fc.property(tree, (value) => {
      const back = there(value);
      expect(back).toEqual(value);
      expect(there(back)).toEqual(value);
    }),
    { numRuns: 400 },
  );
});

test.each([
  [0, -0, Number.NaN, Infinity],
  [{ $: "bigint", v: "1" }],
  [{ $: 1 }],
  ["\u0000 and \ud800"],
  [new Date(0), 2n ** 70n],
])("also what JSON would change: %s", (...values) => {
  expect(there(values)).toStrictEqual(values);
});

describe("what can't be kept is refused by its place", () => {
  const inItself: Record<string, unknown> = {};
  inItself["self"] = inItself;
  test.each<[string, unknown, string]>([
    ["a map", { a: [new Map()] }, "a.0"],
    ["a function", { a: () => 1 }, "a"],
    ["a symbol", Symbol("s"), "the whole of it"],
    ["what has a class", { a: new URL("https://example.com") }, "a"],
    ["what has a toJSON", { a: { toJSON: () => 1 } }, "a"],
    ["no date", { a: new Date(Number.NaN) }, "a"],
  ])("%s", (_, value, place) => {
    const details = { what: "it", place };
    expect(() => encodePayload("it", value)).toThrow(
      expect.objectContaining({
        code: "flow.payload_unfit",
        details: expect.objectContaining(details) as object,
      }) as Error,
    );
  });

  test("what is in itself", () => {
    expect(() => encodePayload("it", inItself)).toThrow(/nested too deeply/);
  });
});

test("more than a mebibyte is refused, by bytes and not by characters", () => {
  const most = "x".repeat(PAYLOAD_MAX_BYTES - 2);
  expect(there(most)).toBe(most);
  expect(() => encodePayload("it", `${most}x`)).toThrow(/1048577 bytes/);
  expect(() => encodePayload("it", "é".repeat(PAYLOAD_MAX_BYTES / 2))).toThrow(/1048578 bytes/);
});

test.each([
  [new RangeError("low"), { name: "RangeError", message: "low" }],
  ["a text", { name: "NotAnError", message: "a text" }],
  [undefined, { name: "NotAnError", message: "undefined" }],
  [{ code: 7 }, { name: "NotAnError", message: '{"code":7}' }],
  [12n, { name: "NotAnError", message: "it can't be shown" }],
])("whatever is thrown has a record: %s", (thrown, record) => {
  expect(errorRecordOf(thrown)).toMatchObject(record);
});
