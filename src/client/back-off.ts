/** How long to wait before another try. */

const BASE_MS = 50;
const MAX_MS = 5_000;

/**
 * A whole number of milliseconds, evenly between 0 and a ceiling that doubles from 50 ms to 5 s.
 * Source: "full jitter", AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.
 */
export function backOffMs(attempt: number, random: () => number = Math.random): number {
  const ceilingMs = Math.min(MAX_MS, BASE_MS * 2 ** (attempt - 1));
  return Math.floor(random() * (ceilingMs + 1));
}

/**
 * How long to wait before the next try: as long as was asked for at least, and up to half of that more,
 * so that those who were sent away together do not come back together.
 */
export function waitBefore(
  attempt: number,
  askedMs = 0,
  random: () => number = Math.random,
): number {
  return Math.max(backOffMs(attempt, random), askedMs + Math.floor((random() * askedMs) / 2));
}

const SECOND_MS = 1_000;

/** `Retry-After`: whole seconds, or a date. */
export function retryAfterMs(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND_MS;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Resolves after the time, or at once when the signal fires: true if the time passed. */
export function pause(waitMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve(false);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(true);
    }, waitMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    function onAbort(): void {
      clearTimeout(timer);
      resolve(false);
    }
  });
}
