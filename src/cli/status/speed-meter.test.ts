import { expect, test } from "vitest";
import { speedMeter } from "./speed-meter.ts";

test("a speed is what came since the earliest look of the last half minute", () => {
  let at = 0;
  const speed = speedMeter(() => at);
  const looks: (readonly [ms: number, count: number, expected: number | undefined])[] = [
    [0, 100, undefined],
    [500, 200, undefined],
    [2_000, 500, 200],
    [30_000, 500, 400 / 30],
    [31_000, 800, 300 / 29],
    // Nobody looked for long; then there is nothing to go by.
    [100_000, 900, undefined],
    [102_000, 900, 0],
    // Started again.
    [103_000, 5, undefined],
    [105_000, 25, 10],
  ];
  for (const [ms, count, expected] of looks) {
    at = ms;
    const found = speed(count);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected);
  }
});
