import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentHash } from "./content-hash.ts";
import { differencesOf } from "./differences.ts";
import { canonicalJson, isSame } from "./jdm/json.ts";
import { checkSchema, mismatches } from "./json-schema.ts";

describe("hashes", () => {
  const content = { jdm: Buffer.from("{}"), tests: [], contract: {}, uses: [] };

  test("a hash is that of the documented bytes", () => {
    // printf 'longmen rules 1\n\0\0\0\0\0\0\0\2{}\0\0\0\0\0\0\0\2[]\0\0\0\0\0\0\0\2{}\0\0\0\0\0\0\0\2[]' | sha256sum
    expect(contentHash(content)).toBe(
      "a8ffceddde2c4d3e4e2d99dfd891778a682888adf0782305320ee7b396962d8a",
    );
  });

  test("a space in the file, a test or a contract makes another hash; the order of keys doesn't", () => {
    const hashes = [
      content,
      { ...content, jdm: Buffer.from("{ }") },
      { ...content, tests: [{ name: "a" }] },
      { ...content, contract: { input: { a: 1, b: 2 } } },
    ].map(contentHash);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(contentHash({ ...content, contract: { input: { b: 2, a: 1 } } })).toBe(hashes[3]);
  });
});

test("canonical JSON is read back as the same, and doesn't know the order of keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(isSame(JSON.parse(text), JSON.parse(JSON.stringify(value)))).toBe(true);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test("what differs is told by its path, and nothing where nothing does", () => {
  const was = { a: 1, b: { c: [1, 2], d: null }, e: 1 };
  const wouldBe = { a: 1, b: { c: [1, 3, 4], d: 0 }, f: 1 };
  expect(differencesOf(was, wouldBe, 10)).toEqual([
    { path: "b.c[1]", was: 2, wouldBe: 3 },
    { path: "b.c[2]", was: undefined, wouldBe: 4 },
    { path: "b.d", was: null, wouldBe: 0 },
    { path: "e", was: 1, wouldBe: undefined },
    { path: "f", was: undefined, wouldBe: 1 },
  ]);
  expect(differencesOf(was, wouldBe, 2).length).toBe(2);
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      expect(differencesOf(one, other, 100).length > 0).toBe(!isSame(one, other));
    }),
  );
});

describe("schemas", () => {
  test.each([
    [{ type: "integer" }, 1, []],
    [{ type: "integer" }, 1.5, ["it is number, not integer"]],
    [{ type: ["string", "null"] }, null, []],
    [{ required: ["a"] }, {}, ["a is missing"]],
    [{ properties: { a: { minimum: 1 } } }, { a: 0 }, ["a is below 1"]],
    [{ properties: { a: {} }, additionalProperties: false }, { b: 1 }, ["b is not allowed"]],
    [
      { properties: {}, additionalProperties: { type: "string" } },
      { toString: 1 },
      ["toString is number, not string"],
    ],
    [{ items: { enum: [1, 2] } }, [1, 3], ["[1] is none of [1,2]"]],
    [{ maxItems: 1, items: {} }, [1, 3], ["it has more than 1 entries"]],
    [{ minLength: 2 }, "龙", ["it has fewer than 2 characters"]],
    [{ "x-money": true }, 1.5, ["it is no whole number of minor units"]],
    [{ "x-money": true }, "1", ["it is no whole number of minor units"]],
    [{ anyOf: [{ type: "string" }, { minimum: 3 }] }, 2, ["it fits none of anyOf"]],
    [{ oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 2, ["it fits 2 of oneOf"]],
    [{ not: { const: 1 } }, 1, ["it fits what it must not"]],
    [{ exclusiveMaximum: 5, multipleOf: 2 }, 5, ["it is not below 5", "it is no multiple of 2"]],
    [{ format: "email" }, "ann@example.com", []],
    [{ format: "email" }, "ann@", ["it is no email"]],
    [{ format: "email" }, 5, []],
    [{ format: "date" }, "2024-02-29", []],
    [{ format: "date" }, "2023-02-29", ["it is no date"]],
    [{ format: "date-time" }, "2026-11-22T12:00:00.5+08:00", []],
    [{ format: "date-time" }, "2026-11-22 12:00", ["it is no date-time"]],
    [{ format: "time" }, "24:00:00Z", ["it is no time"]],
    [{ format: "uuid" }, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", []],
    [{ format: "uri" }, "no address", ["it is no uri"]],
    [{ multipleOf: 0.01 }, 19.99, []],
    [{ multipleOf: 0.01 }, -1.1, []],
    [{ multipleOf: 0.01 }, 19.995, ["it is no multiple of 0.01"]],
    [{ multipleOf: 1e-7 }, 3e-7, []],
    [{ multipleOf: 1e21 }, 1e22, []],
  ])("%j on %j says %j", (schema, value, problems) => {
    expect(checkSchema(schema)).toEqual([]);
    expect(mismatches(schema, value).map(({ path, problem }) => `${path} ${problem}`)).toEqual(
      problems,
    );
  });

  test.each([
    [{ pattern: "a" }],
    [{ properties: { a: { $ref: "#" } } }],
    [5],
    [{ type: "date" }],
    [{ items: [1] }],
    [{ required: "a" }],
    [{ multipleOf: 0 }],
    [{ multipleOf: -1 }],
    [{ format: "hostname" }],
    [{ format: "toString" }],
  ])("%j is refused", (schema) => {
    expect(checkSchema(schema).length).toBe(1);
  });
});
