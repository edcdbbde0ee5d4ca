import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "./canonical.ts";

/** The spelling that quotes and products have been hashed by from the first: the JSON of a sorted copy. */
function sorted(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).filter(([, held]) => held !== undefined);
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(pairs.map(([key, held]) => [key, sorted(held)]));
}

test("a value has one spelling, whatever order its keys were written in", () => {
  const odd = fc.constantFrom("__proto__", "a", "10", "2", "4294967295", "4294967294");
  const key = fc.oneof(fc.string(), fc.nat(2 ** 31).map(String), odd);
  const values = [fc.string(), fc.double(), fc.boolean(), fc.bigInt()];
  const leaf = [...values, fc.constant(null), fc.constant(undefined)];
  fc.assert(
    fc.property(fc.anything({ key, values: leaf }), (value) => {
      expect(canonical(value)).toBe(JSON.stringify(sorted(value)) ?? "null");
    }),
    { numRuns: 1_000 },
  );
});
