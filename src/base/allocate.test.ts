import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate } from "./allocate.ts";
import { AMOUNT_MAX } from "./decimals.ts";
import { hasCode } from "./errors.ts";

const totals = fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX });
const weightLists = fc
  .array(fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: AMOUNT_MAX })), {
    minLength: 1,
    maxLength: 40,
  })
  .filter((weights) => weights.some((weight) => weight > 0n));

const sum = (parts: readonly bigint[]) => parts.reduce((all, part) => all + part, 0n);

describe("sharing out an amount", () => {
  test.each<[string, bigint, bigint[], bigint[]]>([
    ["evenly", 99n, [1n, 1n, 1n], [33n, 33n, 33n]],
    ["what is left goes to the first of equals", 100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    ["and to the second when two are left", 101n, [1n, 1n, 1n], [34n, 34n, 33n]],
    ["by the largest remainder, not by the order", 10n, [1n, 2n, 4n], [1n, 3n, 6n]],
    ["the largest remainder may be the last", 1n, [1n, 2n, 3n], [0n, 0n, 1n]],
    ["a weight of zero gets nothing", 5n, [0n, 1n, 0n, 1n], [0n, 3n, 0n, 2n]],
    ["nothing to share", 0n, [3n, 4n], [0n, 0n]],
    ["all to one", 7n, [9n], [7n]],
    ["a refund mirrors its sale", -100n, [1n, 1n, 1n], [-34n, -33n, -33n]],
    ["the largest amount", AMOUNT_MAX, [1n, 1n], [AMOUNT_MAX / 2n + 1n, AMOUNT_MAX / 2n]],
  ])("%s", (_, total, weights, expected) => {
    expect(allocate(total, weights)).toEqual(expected);
  });

  test.each<[string, bigint[]]>([
    ["no weights", []],
    ["only zeros", [0n, 0n]],
    ["a negative weight", [2n, -1n]],
    ["negative weights that cancel out", [1n, -1n]],
  ])("refuses %s", (_, weights) => {
    for (const total of [100n, 0n, -100n]) {
      let thrown: unknown;
      try {
        allocate(total, weights);
      } catch (error) {
        thrown = error;
      }
      expect(hasCode(thrown, "base.weights_malformed")).toBe(true);
    }
  });
});

describe("for any amount and weights", () => {
  test("the parts sum to the amount exactly", () => {
    fc.assert(
      fc.property(totals, weightLists, (total, weights) => {
        expect(sum(allocate(total, weights))).toBe(total);
      }),
    );
  });

  test("every part is its exact share, cut or raised by less than one unit", () => {
    fc.assert(
      fc.property(totals, weightLists, (total, weights) => {
        const weightSum = sum(weights);
        for (const [index, part] of allocate(total, weights).entries()) {
          const off = part * weightSum - total * (weights[index] ?? 0n);
          expect(off < weightSum && off > -weightSum).toBe(true);
        }
      }),
    );
  });

  test("a refund is the mirror image of its sale, part by part", () => {
    fc.assert(
      fc.property(totals, weightLists, (total, weights) => {
        const mirrored = allocate(-total, weights).map((part) => -part);
        expect(mirrored).toEqual(allocate(total, weights));
      }),
    );
  });

  test("who weighs more never gets less, and zero gets nothing", () => {
    fc.assert(
      fc.property(totals, weightLists, (total, weights) => {
        const size = (value: bigint) => (value < 0n ? -value : value);
        const parts = allocate(total, weights).map((part, index) => ({
          size: size(part),
          weight: weights[index] ?? 0n,
        }));
        for (const { size: part, weight } of parts) {
          if (weight === 0n) expect(part).toBe(0n);
          for (const other of parts)
            if (other.weight > weight) expect(other.size >= part).toBe(true);
        }
      }),
    );
  });

  test("scaling all weights alike changes nothing", () => {
    fc.assert(
      fc.property(totals, weightLists, fc.bigInt(1n, 1_000n), (total, weights, factor) => {
        const scaled = weights.map((weight) => weight * factor);
        expect(allocate(total, scaled)).toEqual(allocate(total, weights));
      }),
    );
  });
});
