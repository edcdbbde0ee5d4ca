import { expect, test } from "vitest";
import { histogram, sumOf } from "./histogram.ts";

test("each value is in the lowest bucket that holds it, and the sum is exact", () => {
  const times = histogram([1, 2, 4]);
  for (const value of [0, 1, 1.5, 2, 4, 5]) times.observe(value);
  expect(times.read()).toEqual({ bounds: [1, 2, 4], counts: [2, 2, 1], count: 6, sum: 13.5 });
});

test("several are told as one; none is nothing", () => {
  const [a, b] = [histogram([1]), histogram([1])];
  a.observe(1);
  b.observe(0.5);
  b.observe(3);
  expect(sumOf([a.read(), b.read()])).toEqual({ bounds: [1], counts: [2], count: 3, sum: 4.5 });
  expect(sumOf([])).toEqual({ bounds: [], counts: [], count: 0, sum: 0 });
});
