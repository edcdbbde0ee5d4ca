/**
 * A node's own time, which only ever goes on. What is believed of a lease is counted by it, so that a
 * clock that is set back can't lengthen a lease; one that is set forward ends the belief early, which
 * is safe. What is true of a lease, the database's clock alone decides.
 */
import { type Clock, systemClock } from "../../base/index.ts";

export type Steady = Pick<Clock, "now" | "sleep">;

/** The process's monotonic clock: it doesn't know what time of day it is, so nobody can set it. */
export const monotonicClock: Steady = {
  now: () => performance.now(),
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
};

/** A timer may fire a little early; more than that, and the clock was set back meanwhile. */
const EARLY_MS = 5;

export function steadyClock(clock: Steady): Steady {
  let last = clock.now();
  let aheadMs = 0;
  const goOnTo = (at: number): number => {
    if (at < last) aheadMs += last - at;
    else last = at;
    return last;
  };
  const now = (): number => goOnTo(clock.now() + aheadMs);
  return {
    now,
    sleep: async (ms, signal) => {
      const until = now() + ms;
      await clock.sleep(ms, signal);
      const missingMs = until - now();
      if (missingMs <= EARLY_MS) return;
      aheadMs += missingMs;
      last = until;
    },
  };
}

/** A sleep that may be cut short, also just before it begins. */
export class Doze {
  private readonly clock: Steady;
  private waker = new AbortController();

  constructor(clock: Steady) {
    this.clock = clock;
  }

  async sleep(ms: number): Promise<void> {
    const { signal } = this.waker;
    try {
      await this.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (signal.aborted) this.waker = new AbortController();
  }

  wake(): void {
    this.waker.abort();
  }
}
