import fc from "fast-check";
import { expect, test } from "vitest";
import { clipRanges, cutRanges, type Direction, mergeRanges, type Range } from "./range.ts";

const ranges = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 8 }))
    .map(([low, more]): Range => ({ low, high: low + more })),
  { maxLength: 8 },
);
const direction = fc.constantFrom<Direction>("newest", "oldest");

function seqsOf(list: readonly Range[]): number[] {
  return list.flatMap(({ low, high }) => Array.from({ length: high - low + 1 }, (_, i) => low + i));
}

const ascending = (seqs: readonly number[]) => [...seqs].sort((a, b) => a - b);

test("merging keeps every seq once, in order", () => {
  fc.assert(
    fc.property(ranges, direction, (list, order) => {
      const merged = mergeRanges(list, order);
      expect(ascending(seqsOf(merged))).toEqual(ascending([...new Set(seqsOf(list))]));
      const lows = merged.map((range) => range.low);
      expect(lows).toEqual(order === "newest" ? ascending(lows).reverse() : ascending(lows));
    }),
  );
});

test("cutting takes the first rows in that order and leaves all others", () => {
  fc.assert(
    fc.property(ranges, direction, fc.integer({ min: 1, max: 40 }), (list, order, rows) => {
      const merged = mergeRanges(list, order);
      const all = ascending(seqsOf(merged));
      const { taken, left } = cutRanges(merged, rows, order);
      const expected = order === "newest" ? all.slice(-rows) : all.slice(0, rows);
      expect(ascending(seqsOf(taken))).toEqual(expected);
      expect(ascending([...seqsOf(taken), ...seqsOf(left)])).toEqual(all);
    }),
  );
});

test("clipping keeps what lies inside the window", () => {
  fc.assert(
    fc.property(ranges, fc.nat({ max: 60 }), fc.nat({ max: 60 }), (list, after, upTo) => {
      const expected = seqsOf(list).filter((seq) => seq > after && seq <= upTo);
      expect(seqsOf(clipRanges(list, after, upTo))).toEqual(expected);
    }),
  );
});
