import { expect, test } from "vitest";
import { durationText, secondText, utcText } from "./time-text.ts";

test.each([
  [0, "0 s"],
  [250, "250 ms"],
  [1_500, "1 s 500 ms"],
  [60_000, "1 min"],
  [5_400_000, "1 h 30 min"],
  [90_061_001, "1 d 1 h 1 min 1 s 1 ms"],
])("%d ms is told as %s", (ms, text) => expect(durationText(ms)).toBe(text));

test("an instant is told to the second, in UTC", () => {
  const at = Date.UTC(2026, 10, 22, 6, 31, 7, 999);
  expect([secondText(at), utcText(at)]).toEqual(["2026-11-22 06:31:07", "2026-11-22 06:31:07 UTC"]);
});
