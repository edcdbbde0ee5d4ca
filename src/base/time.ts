/** Time as a value: instants, clocks that can be given from outside, RFC 3339 text. */
import { baseErrors } from "./base.errors.ts";
import { assert, fail } from "./errors.ts";

/** Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted. */
export type Instant = number;

/** Where time comes from. Everything that waits or looks at the time is given one. */
export interface Clock {
  now(): Instant;
  /** Waits. Rejects with the signal's reason when that is aborted, and then leaves no timer. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves on by `ms` and wakes who is due, in order of their due times. */
  advance(ms: number): void;
  /** Jumps to an instant, backwards too (a sleeper then waits until its due time comes round). */
  set(at: Instant): void;
  /** How many sleepers wait now. */
  sleepers(): number;
}

// setTimeout fires at once for anything longer.
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  sleep: async (ms: number, signal?: AbortSignal) => {
    let leftMs = Math.max(0, ms);
    while (leftMs > TIMER_MAX_MS) {
      await timer(TIMER_MAX_MS, signal);
      leftMs -= TIMER_MAX_MS;
    }
    await timer(leftMs, signal);
  },
});

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return waiting(signal, (wake) => {
    const handle = setTimeout(wake, ms);
    return () => clearTimeout(handle);
  });
}

/** A promise that `start` resolves, or that `signal` rejects after calling what `start` gave. */
function waiting(
  signal: AbortSignal | undefined,
  start: (wake: () => void) => () => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) {
    reject(signal.reason);
    return promise;
  }
  const stop = start(() => {
    signal?.removeEventListener("abort", onAbort);
    resolve();
  });
  function onAbort(): void {
    stop();
    reject(signal?.reason);
  }
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}

/** Makes a clock for tests and simulations. */
export function manualClock(start: Instant): ManualClock {
  let now = start;
  const asleep = new Set<{ until: Instant; wake: () => void }>();

  function wakeDue(): void {
    const due = [...asleep].filter((sleeper) => sleeper.until <= now);
    due.sort((a, b) => a.until - b.until); // stable: who slept first wakes first
    for (const sleeper of due) {
      asleep.delete(sleeper);
      sleeper.wake();
    }
  }

  return {
    now: () => now,
    sleep: (ms, signal) =>
      waiting(signal, (wake) => {
        const sleeper = { until: now + Math.max(0, ms), wake };
        if (ms <= 0) wake();
        else asleep.add(sleeper);
        return () => asleep.delete(sleeper);
      }),
    advance: (ms) => {
      assert(ms >= 0, "a clock is advanced forwards; use set to step back");
      now += ms;
      wakeDue();
    },
    set: (at) => {
      now = at;
      wakeDue();
    },
    sleepers: () => asleep.size,
  };
}

const YEAR_0 = Date.parse("0000-01-01T00:00:00.000Z");
const YEAR_9999_END = Date.parse("9999-12-31T23:59:59.999Z");

/** Writes an instant as `2010-12-01T08:26:00.000Z`; RFC 3339 has the years 0000 to 9999. */
export function toRfc3339(at: Instant): string {
  assert(
    Number.isInteger(at) && at >= YEAR_0 && at <= YEAR_9999_END,
    `${at} is not a whole number of milliseconds between the years 0000 and 9999`,
  );
  return new Date(at).toISOString();
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})0{0,6})?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * Reads an RFC 3339 time. The offset is required: a time without one is a guess. One that is finer
 * than a millisecond is refused: two that differ would be one. A leap second (`:60`) is refused, since it has no instant here.
 * Refuses: base.time_malformed.
 */
export function parseRfc3339(text: string): Instant {
  const parts = typeof text === "string" ? RFC3339.exec(text) : null;
  if (!parts) throw fail(baseErrors, "time_malformed", { text });
  const part = (index: number) => Number(parts[index] ?? 0);
  const [year, month, day, hour, minute] = [part(1), part(2), part(3), part(4), part(5)];
  const ms = Number((parts[7] ?? "").padEnd(3, "0"));
  // Not Date.UTC(year, …): it takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isCalendarDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isTimeOfDay = hour <= 23 && minute <= 59 && part(6) <= 59;
  if (!isCalendarDay || !isTimeOfDay || part(9) > 23 || part(10) > 59) {
    throw fail(baseErrors, "time_malformed", { text });
  }
  date.setUTCHours(hour, minute, part(6), ms);
  const offsetMs = (part(9) * 60 + part(10)) * 60_000;
  const at = date.getTime() - (parts[8] === "-" ? -offsetMs : offsetMs);
  if (at < YEAR_0 || at > YEAR_9999_END) throw fail(baseErrors, "time_malformed", { text });
  return at;
}
