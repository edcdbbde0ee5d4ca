import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalDigits } from "./attribute.ts";
import { CALENDAR_PATTERN, dateRangePattern, decimalPattern } from "./digits.ts";
import { fits, patternProblem } from "./text-pattern.ts";

test.each(["[A-Z]{2}\\d{4,6}", "\\+?\\d{6,15}", "[^@]+@[^@]+", "[A-Z]{2}-\\d{2}", "合同\\d+"])(
  "%s may be asked of a text",
  (pattern) => {
    expect(patternProblem(pattern, 200)).toBeUndefined();
  },
);

test.each([
  "(a+)+",
  "a|b",
  "(?=a)a",
  "\\1",
  "[a-z]*[a-z]*[a-z]*[a-z]*",
  "[z-a]",
  "a{2",
  "x".repeat(201),
])("%s may not: it could take for ever, or is none", (pattern) => {
  expect(patternProblem(pattern, 200)).toEqual(expect.any(String));
});

test("a pattern means the whole text", () => {
  expect(fits("\\d{2}", "12")).toBe(true);
  expect(fits("\\d{2}", "123")).toBe(false);
});

test("a range of decimals as a pattern is that range", () => {
  const digits = fc.bigInt({ min: -100_000n, max: 100_000n });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), digits, digits, digits, (scale, a, b, value) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const size = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
      const cut = size.length - scale;
      const text = `${value < 0n ? "-" : ""}${size.slice(0, cut)}${scale > 0 ? `.${size.slice(cut)}` : ""}`;
      expect(decimalDigits(text, scale)).toBe(value);
      const isIn = value >= low && value <= high;
      expect(new RegExp(decimalPattern(low, high, scale), "u").test(text)).toBe(isIn);
    }),
    { numRuns: 1_000 },
  );
});

test.each(["1.5", "01.50", "1.505", "-0.00", ".50", "1,50", "1.50 ", "1e2", ""])(
  "%s is not a decimal with two decimals",
  (text) => {
    expect(decimalDigits(text, 2)).toBeUndefined();
    expect(new RegExp(decimalPattern(-100_000n, 100_000n, 2), "u").test(text)).toBe(false);
  },
);

test("a whole length of digits is one part of the pattern", () => {
  expect(decimalPattern(1n, 1_000n, 0)).toBe("^(?:[1-9]|[1-9][0-9]|[1-9][0-9][0-9]|1000)$");
});

test("the calendar's pattern knows its days, leap years included", () => {
  const calendar = new RegExp(CALENDAR_PATTERN, "u");
  for (let at = Date.UTC(1899, 0, 1); at < Date.UTC(2105, 0, 1); at += 86_400_000) {
    expect(calendar.test(new Date(at).toISOString().slice(0, 10))).toBe(true);
  }
  for (const day of [
    "1900-02-29",
    "2023-02-29",
    "2024-04-31",
    "2024-13-01",
    "2024-00-10",
    "24-01-01",
  ]) {
    expect(calendar.test(day)).toBe(false);
  }
});

test("a range of days as a pattern is that range", () => {
  const day = fc
    .integer({ min: Date.UTC(1900, 0, 1) / 86_400_000, max: Date.UTC(2199, 11, 31) / 86_400_000 })
    .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, day, day, (a, b, value) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const isIn = value >= low && value <= high;
      expect(new RegExp(dateRangePattern(low, high), "u").test(value)).toBe(isIn);
    }),
  );
});
