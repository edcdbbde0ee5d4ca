import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { median, smallestShare, spread, waits } from "./statistics.ts";

describe("the median", () => {
  test("is the middle of an odd number of rounds, whatever their order", () => {
    expect(median([5, 1, 3])).toBe(3);
  });

  test("is the mean of the two in the middle of an even number", () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  test("has as many rounds above as below it", () => {
    const numbers = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  test("of nothing is a mistake, not zero", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

test("the spread tells how far the furthest round is from the median", () => {
  expect(spread([90, 100, 125])).toBeCloseTo(0.25);
  expect(spread([7])).toBe(0);
});

describe("percentiles of waits", () => {
  test("are within 1.2 % of the exact ones", () => {
    const times = fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(times, fc.constantFrom(0.5, 0.9, 0.99, 1), (values, share) => {
        const recorded = waits();
        for (const value of values) recorded.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0;
        expect(Math.abs(recorded.quantile(share) / exact - 1)).toBeLessThan(0.012);
      }),
    );
  });

  test("count every wait once", () => {
    const recorded = waits();
    for (const ms of [0, 0.0001, 1, 1e9]) recorded.record(ms);
    expect(recorded.count).toBe(4);
  });
});

describe("the smallest share in any window", () => {
  test("finds the stretch in which one node starved", () => {
    const busy = [5, 5, 9, 9, 5, 5];
    const starved = [5, 5, 1, 1, 5, 5];
    expect(smallestShare([busy, starved], 250, 500)).toBeCloseTo(2 / 20);
  });

  test("is one half when two nodes always do the same", () => {
    expect(
      smallestShare(
        [
          [3, 8, 2],
          [3, 8, 2],
        ],
        1,
        2,
      ),
    ).toBe(0.5);
  });

  test("is zero when nobody was answered, and unknown when the record is too short", () => {
    expect(
      smallestShare(
        [
          [0, 0],
          [0, 0],
        ],
        1,
        2,
      ),
    ).toBe(0);
    expect(smallestShare([[1], [1]], 1, 2)).toBeUndefined();
  });
});
