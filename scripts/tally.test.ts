import { expect, test } from "vitest";
import { closingLine, tallyOf } from "./tally.ts";

/** A report of one file whose tests ended so. */
function reportOf(status: string, ...tests: readonly string[]) {
  const assertionResults = tests.map((one) => ({ status: one }));
  return { testResults: [{ name: "a.test.ts", status, assertionResults }] };
}

test("counts what passed, failed and was skipped", () => {
  const report = reportOf("failed", "passed", "passed", "failed", "skipped", "todo");
  expect(tallyOf(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 });
});

test("counts a file that broke on load as a failure", () => {
  expect(tallyOf(reportOf("failed"), 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("never adds a red run up to no failure", () => {
  expect(tallyOf(reportOf("passed", "passed"), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  expect(tallyOf(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("closes with the line that machines read", () => {
  expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed");
  expect(closingLine({ passed: 1, failed: 2, skipped: 3 })).toBe("1 passed, 2 failed, 3 skipped");
});
