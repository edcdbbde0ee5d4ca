/**
 * Which time it is for a catalogue: the database's, as far as its last read tells, or a clock that is given. A read
 * was answered at some moment between its sending and its answer, so the database's time lies between two
 * bounds. What takes effect at once does so from the earlier, and is looked for at the later: then what one node
 * has saved is in effect on any node that looks after that, though no two clocks agree.
 */
import type { Clock, Instant } from "../base/index.ts";

export interface CatalogTime {
  /** Not before the database's time. */
  now(): Instant;
  /** Not after the database's time. */
  earliest(): Instant;
  /** For ages: never steps back. */
  age(): number;
  /** The database's time, cut to milliseconds, and the ages at which it was asked and known. */
  told(now: Instant, askedAt: number, knownAt: number): void;
}

export function catalogTime(
  clock: Pick<Clock, "now"> | undefined,
  age: () => number = () => performance.now(),
): CatalogTime {
  if (clock !== undefined) {
    const now = (): Instant => clock.now();
    return { now, earliest: now, age: now, told: () => {} };
  }
  let latestAheadMs = Date.now() - age();
  let earliestAheadMs = latestAheadMs;
  return {
    age,
    now: () => Math.ceil(age() + latestAheadMs),
    earliest: () => Math.floor(age() + earliestAheadMs),
    told(now, askedAt, knownAt) {
      latestAheadMs = now + 1 - askedAt;
      earliestAheadMs = now - knownAt;
    },
  };
}
