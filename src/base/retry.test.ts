import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineErrors, fail } from "./errors.ts";
import { backoff, isRetryable, retry, type RetryPolicy } from "./retry.ts";
import { manualClock } from "./time.ts";

const errors = defineErrors("lane", {
  busy: { kind: "limited", message: "busy", advice: "Wait.", retry: "later" },
  unknown: { kind: "unavailable", message: "?", advice: "Ask.", retry: "same_request" },
  closed: { kind: "refused", message: "closed", advice: "Open it.", retry: "never" },
});

const policy: RetryPolicy = { attemptsMax: 4, baseMs: 100, maxMs: 1_000, random: () => 0.5 };

/** Runs a retry on a clock that jumps to each sleeper's end; gives the waits it saw. */
async function play<T>(
  fn: (attempt: number) => T | Promise<T>,
  changes: Partial<RetryPolicy> = {},
): Promise<{ waits: number[]; outcome: PromiseSettledResult<T> }> {
  const waits: number[] = [];
  const clock = manualClock(0);
  const jumping = {
    now: () => clock.now(),
    sleep: async (ms: number) => {
      waits.push(ms);
      clock.advance(ms);
    },
  };
  const [outcome] = await Promise.allSettled([
    retry(fn, { ...policy, ...changes }, { clock: jumping }),
  ]);
  return { waits, outcome };
}

describe("backing off", () => {
  test.each<[number, number]>([
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 800],
    [5, 1_000],
    [50, 1_000],
    [5_000, 1_000], // 2^4999 is Infinity; the ceiling still holds
  ])("attempt %i waits up to %i ms", (attempt, ceilingMs) => {
    const at = (random: number) =>
      backoff({ attempt, baseMs: 100, maxMs: 1_000, random: () => random });
    expect([at(0), at(1 - 2 ** -53)]).toEqual([0, ceilingMs]);
  });

  test("is a whole number from 0 to the ceiling, whatever the dice say", () => {
    const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(dice, fc.integer({ min: 1, max: 99 }), fc.nat(5_000), (roll, attempt, maxMs) => {
        const waitMs = backoff({ attempt, baseMs: 20, maxMs, random: () => roll });
        expect(Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= maxMs).toBe(true);
      }),
    );
  });

  test("counts attempts from 1", () => {
    expect(() => backoff({ attempt: 0, baseMs: 1, maxMs: 1 })).toThrow("attempt 1");
  });
});

describe("retrying", () => {
  test("stops at the first success", async () => {
    const { waits, outcome } = await play((attempt) => {
      if (attempt < 3) throw fail(errors, "busy");
      return `attempt ${attempt}`;
    });
    expect(outcome).toEqual({ status: "fulfilled", value: "attempt 3" });
    expect(waits).toEqual([50, 100]);
  });

  test("gives up after attemptsMax with the last error as it was", async () => {
    const seen: Error[] = [];
    const { waits, outcome } = await play(() => {
      const error = fail(errors, "unknown");
      seen.push(error);
      throw error;
    });
    expect(seen).toHaveLength(4);
    expect(outcome).toEqual({ status: "rejected", reason: seen[3] });
    expect(waits).toHaveLength(3);
  });

  test.each([
    ["a refusal that says never", fail(errors, "closed")],
    ["a bug", new TypeError("x is undefined")],
  ])("does not repeat %s", async (_, error) => {
    let calls = 0;
    const { waits, outcome } = await play(() => {
      calls++;
      throw error;
    });
    expect([calls, waits, outcome]).toEqual([1, [], { status: "rejected", reason: error }]);
  });

  test("waits at least as long as the refusal asks, but never longer than the policy's most", async () => {
    const refuse = (retryAfterMs: unknown) => () => {
      throw fail(errors, "busy", { retryAfterMs });
    };
    expect((await play(refuse(700))).waits).toEqual([700, 700, 700]);
    expect((await play(refuse(60_000))).waits).toEqual([1_000, 1_000, 1_000]);
    expect((await play(refuse("soon"))).waits).toEqual([50, 100, 200]);
  });

  test("asks the policy what is worth repeating, and tells it before each wait", async () => {
    const told: unknown[] = [];
    const odd = new Error("socket closed");
    await play(
      () => {
        throw odd;
      },
      { retryable: () => true, attemptsMax: 2, onRetry: (failed) => told.push(failed) },
    );
    expect(told).toEqual([{ error: odd, attempt: 1, waitMs: 50 }]);
  });

  test("ends with the signal's reason, while waiting and before starting", async () => {
    const clock = manualClock(0);
    const stop = new AbortController();
    let calls = 0;
    const act = () => {
      calls++;
      throw fail(errors, "busy");
    };
    const running = retry(act, policy, { clock, signal: stop.signal });
    await Promise.resolve();
    const reason = new Error("shutting down");
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(retry(act, policy, { clock, signal: stop.signal })).rejects.toBe(reason);
    expect([calls, clock.sleepers()]).toEqual([1, 0]);
  });
});

test("only a named error that allows it is retryable", () => {
  expect(isRetryable(fail(errors, "busy"))).toBe(true);
  expect(isRetryable(fail(errors, "unknown"))).toBe(true);
  expect(isRetryable(fail(errors, "closed"))).toBe(false);
  expect(isRetryable({ retry: "later" })).toBe(false);
});
