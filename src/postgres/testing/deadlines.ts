import { performance } from "node:perf_hooks";

/** A deadline that nothing on a busy machine passes by itself, and `passDeadlines` does. */
export const LATE_MS = 20_000;

const measured = performance.now.bind(performance);
let aheadMs = 0;

/**
 * Lets every deadline of LATE_MS pass that runs in this process: its monotonic clock goes on by so much, for
 * good, as it never goes back. A test says so where it knows what has happened by then.
 */
export function passDeadlines(): void {
  aheadMs += LATE_MS;
  performance.now = () => measured() + aheadMs;
}
