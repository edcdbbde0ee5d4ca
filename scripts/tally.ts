/** What one suite, or all of them, came to. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export function add(one: Tally, other: Tally): Tally {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Counts a vitest report. A file that broke before its first test, and a run that failed without
 * any failed test (an unhandled rejection, a leaked handle), count as one failure each: a red run
 * must never add up to "0 failed".
 */
export function tallyOf(report: VitestReport | undefined, exitCode: number): Tally {
  let tally = nothing;
  for (const file of report?.testResults ?? []) {
    const counted = file.assertionResults.reduce(
      (sum, test) => add(sum, countOne(test.status)),
      nothing,
    );
    const brokeOnLoad = file.status === "failed" && counted.failed === 0;
    tally = add(tally, brokeOnLoad ? { ...counted, failed: 1 } : counted);
  }
  if (exitCode !== 0 && tally.failed === 0) return { ...tally, failed: 1 };
  return tally;
}

function countOne(status: string): Tally {
  if (status === "passed") return { ...nothing, passed: 1 };
  if (status === "failed") return { ...nothing, failed: 1 };
  return { ...nothing, skipped: 1 };
}

/** The last line of `npm test`, read by people and by machines: `12 passed, 0 failed`. */
export function closingLine(tally: Tally): string {
  const line = `${tally.passed} passed, ${tally.failed} failed`;
  return tally.skipped > 0 ? `${line}, ${tally.skipped} skipped` : line;
}
