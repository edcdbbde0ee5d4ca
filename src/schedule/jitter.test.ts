import { describe, expect, test } from "vitest";
import { JITTER_MAX_MS, jitterOf } from "./jitter.ts";

describe("jitter", () => {
  test("is what it was, in every version of Longmen: nodes of two versions agree", () => {
    // The first 48 bits of the SHA-256 of "1767225600000 settle", scaled; worked out by another program.
    expect(jitterOf("settle", 1_767_225_600_000, 60_000)).toBe(36_745);
    expect(jitterOf("settle", 1_767_225_660_000, 60_000)).toBe(12_478);
    expect(jitterOf("每日结算", 1_767_225_600_000, 60_000)).toBe(22_390);
  });

  test("lies below its bound and spreads over it evenly", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index++) {
      const delay = jitterOf(`schedule-${index % 100}`, index * 60_000, 1000);
      expect(Number.isInteger(delay) && delay >= 0 && delay < 1000).toBe(true);
      const tenth = Math.floor(delay / 100);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // A thousand each are expected; five standard deviations are 150.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("is none for 0, and at most a day", () => {
    expect(jitterOf("settle", 1, 0)).toBe(0);
    expect(jitterOf("settle", 1, JITTER_MAX_MS)).toBeLessThan(JITTER_MAX_MS);
    for (const maxMs of [-1, 1.5, Number.NaN, JITTER_MAX_MS + 1]) {
      expect(() => jitterOf("settle", 1, maxMs)).toThrow("a jitter is a whole number");
    }
  });
});
