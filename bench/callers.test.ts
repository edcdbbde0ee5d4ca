import { expect, test } from "vitest";
import { fastest, runCallers } from "./callers.ts";

test("a caller waits for its answer before its next call", async () => {
  const asking = new Set<number>();
  let most = 0;
  const call = async (caller: number) => {
    expect(asking.has(caller)).toBe(false);
    asking.add(caller);
    most = Math.max(most, asking.size);
    await new Promise((done) => setImmediate(done));
    asking.delete(caller);
    return 1;
  };
  await runCallers({ callers: 7, seconds: 0.05, call });
  expect(most).toBe(7);
});

const DRAIN_MS = 30;
/** Timers may fire a moment early. */
const TIMER_MS = 2;

test("every answer is counted, and the clock runs until the last piece of work is done", async () => {
  let answers = 0;
  let firstAt = Number.NaN;
  let drainingAt = Number.NaN;
  const askedAt = performance.now();
  const round = await runCallers({
    callers: 3,
    seconds: 0.02,
    call: async () => {
      firstAt = Math.min(firstAt || Infinity, performance.now());
      await new Promise((done) => setImmediate(done));
      answers++;
      return 2;
    },
    drained: async () => {
      drainingAt = performance.now();
      await new Promise((done) => setTimeout(done, DRAIN_MS));
    },
  });
  expect(round.count).toBe(answers * 2);
  // From before the first call until after the last work, and no longer than we have waited ourselves.
  const least = drainingAt - firstAt + DRAIN_MS;
  expect(round.seconds * 1_000).toBeGreaterThan(least - TIMER_MS);
  expect(round.seconds * 1_000).toBeLessThanOrEqual(performance.now() - askedAt);
});

test("a load ends before its time when there is enough", async () => {
  let count = 0;
  const call = async () => ++count && 1;
  const round = await runCallers({ callers: 1, seconds: 60, call, enough: () => count >= 10 });
  expect(round.count).toBe(10);
});

test("a caller that fails fails the run", async () => {
  const call = async () => {
    throw new Error("refused");
  };
  await expect(runCallers({ callers: 2, seconds: 1, call })).rejects.toThrow("refused");
});

test("the fastest setting is chosen by its rate, not by its count", async () => {
  const probe = async (seconds: number) => ({ count: 100 + seconds, seconds });
  expect(await fastest([4, 1, 2], false, probe)).toBe(1);
});

test("a quick run tries the first few settings only", async () => {
  const tried: number[] = [];
  const probe = async (setting: number) => {
    tried.push(setting);
    return { count: setting, seconds: 1 };
  };
  expect(await fastest([1, 2, 3, 4, 5], true, probe)).toBe(2);
  expect(tried).toEqual([1, 2]);
});
