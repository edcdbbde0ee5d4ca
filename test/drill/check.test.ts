import { expect, test } from "vitest";
import { checkTold } from "./check.ts";

test("what a caller was thrown that is no trouble is found, and what was sent away and is booked", () => {
  const findings: string[] = [];
  const acks = [
    { wrong: "TypeError: x is not a function" },
    { id: "a", status: "overloaded" },
    { id: "b", status: "overloaded" },
  ] as const;
  checkTold(acks, new Set(["b"]), findings);
  expect(findings).toEqual([
    "a caller was thrown TypeError: x is not a function",
    "b was sent away for overload, but is booked (P7)",
  ]);
});
