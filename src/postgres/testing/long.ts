/**
 * Every test runs where time is given: LONGMEN_TEST_LONG=1. Else of tests that kill at one boundary after the
 * other some boundaries run, and those that mostly wait stay out: `npm test` is asked for many times a day.
 */
export const isLong = process.env["LONGMEN_TEST_LONG"] === "1";

/** All of them, or the first. */
export function sampleOf<const Rows extends readonly unknown[]>(rows: Rows): Rows[number][] {
  return isLong ? [...rows] : rows.slice(0, 1);
}
