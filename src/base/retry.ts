/** Trying again, with a limit and without a stampede. */
import { assert, LongmenError } from "./errors.ts";
import type { Clock } from "./time.ts";

export interface BackoffInput {
  /** 1 after the first failure. */
  readonly attempt: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** From 0 up to, but not including, 1; `Math.random` unless given. */
  readonly random?: () => number;
}

/**
 * How long to wait before the next try: a whole number of milliseconds, evenly between 0 and a
 * ceiling that begins at `baseMs`, doubles with each attempt and stops at `maxMs`.
 * Source: "full jitter", AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.
 */
export function backoff({ attempt, baseMs, maxMs, random = Math.random }: BackoffInput): number {
  assert(attempt >= 1, "the first failure is attempt 1");
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  return Math.floor(random() * (ceilingMs + 1));
}

export interface RetryPolicy {
  /** How many times `fn` is called at most, the first call included. */
  readonly attemptsMax: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly random?: () => number;
  /** Which errors are worth another try; by default what `isRetryable` says. */
  readonly retryable?: (error: unknown) => boolean;
  /** Told before each wait, to log it. */
  readonly onRetry?: (failed: { error: unknown; attempt: number; waitMs: number }) => void;
}

/** Says whether an error itself allows another try. Bugs (anything unnamed) don't. */
export function isRetryable(error: unknown): boolean {
  return error instanceof LongmenError && error.retry !== "never";
}

/**
 * Calls `fn` until it succeeds, fails for good, or has failed `attemptsMax` times; then the last
 * error goes to the caller as it is. An error that carries `retryAfterMs` in its details is
 * waited for at least that long, up to `maxMs`. An aborted signal ends the wait with its reason.
 */
export async function retry<T>(
  fn: (attempt: number) => Promise<T> | T,
  policy: RetryPolicy,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<T> {
  assert(policy.attemptsMax >= 1, "a retry policy allows at least one attempt");
  const retryable = policy.retryable ?? isRetryable;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await fn(attempt);
    } catch (error) {
      if (attempt >= policy.attemptsMax || !retryable(error)) throw error;
      const waitMs = Math.max(backoff({ ...policy, attempt }), hintMs(error, policy.maxMs));
      policy.onRetry?.({ error, attempt, waitMs });
      await clock.sleep(waitMs, signal);
    }
  }
}

function hintMs(error: unknown, maxMs: number): number {
  if (!(error instanceof LongmenError)) return 0;
  const hint = error.details["retryAfterMs"];
  return typeof hint === "number" && hint > 0 ? Math.min(hint, maxMs) : 0;
}
