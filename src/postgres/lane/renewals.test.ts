import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { MEASURES, monotonicMs, renewFor } from "./renewals.ts";

const renewal = {
  ...{ node: "n1", epoch: 1, ttlMs: 60_000, everyMs: 1, text: "", stillMaxMs: 60_000, lock: "" },
};

/** What is believed of the database's clock after each of its answers, which are late by so much. */
async function believed(
  answers: readonly { readonly aheadMs: number; readonly lateMs: number }[],
): Promise<number[]> {
  const shared = new Float64Array(MEASURES);
  const told: number[] = [];
  const ending = new AbortController();
  const left = [...answers];
  const ask = async () => {
    const answer = left.shift();
    if (answer === undefined) return undefined;
    const databaseMs = monotonicMs() + answer.aheadMs;
    await sleep(answer.lateMs);
    return databaseMs;
  };
  const tell = () => void told.push(shared[1] ?? 0);
  await renewFor(renewal, shared, ending.signal, { ask, tell });
  // The last is told when there are no answers left.
  return told.slice(0, answers.length);
}

test("an answer that took long spoils nothing of what is known of the database's clock", async () => {
  const quick = { aheadMs: 5_000, lateMs: 0 };
  const [first = 0, second = 0] = await believed([quick, { aheadMs: 5_000, lateMs: 400 }]);
  expect(second - first).toBeCloseTo(0, 5);
});

test("a jump of the database's clock is known with the next answer, however long that took", async () => {
  const quick = { aheadMs: 5_000, lateMs: 0 };
  const [, ahead = 0] = await believed([quick, { aheadMs: 75_000, lateMs: 50 }]);
  expect(ahead).toBeGreaterThan(70_000);
  expect(ahead).toBeLessThanOrEqual(75_000);
  const [, behind = 0] = await believed([quick, { aheadMs: -70_000, lateMs: 50 }]);
  expect(behind).toBeLessThanOrEqual(-70_000 + 1);
});
