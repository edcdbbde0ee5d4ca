/** The small parts of flows: numbers, positions, the retry budget, the wheel. */
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Scope, scopeOf } from "./position.ts";
import { RetryBudget, RetryBudgets } from "./retry-budget.ts";
import { dayOf, idAt, instantOf, readRunId, runIdSource, showRunId } from "./run-id.ts";
import { Wheel } from "./wheel.ts";

const NOW = Date.UTC(2026, 10, 21);

describe("numbers of runs", () => {
  test("grow, whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2 }), (steps) => {
        let at = NOW;
        const next = runIdSource(() => at);
        let last = 0n;
        for (const step of steps) {
          at += step;
          const id = next();
          expect(id > last).toBe(true);
          last = id;
        }
      }),
    );
  });

  test("tell their instant and day, and read back as they are shown", () => {
    const id = runIdSource(() => NOW)();
    expect(instantOf(id)).toBe(NOW);
    expect(dayOf(NOW)).toBe(324);
    expect(idAt(NOW) <= id && id < idAt(NOW + 1)).toBe(true);
    expect(readRunId(showRunId(id))).toBe(id);
    expect(showRunId(id)).toMatch(/^r[0-9a-z]{13}$/);
  });

  test.each(["", "r", "x00", "r00w6t2wf26erq9", "R1", "r!", "rzzzzzzzzzzzzz"])(
    "%j is none",
    (text) => {
      expect(() => readRunId(text)).toThrow(
        expect.objectContaining({ code: "flow.run_id_malformed" }) as Error,
      );
    },
  );
});

describe("positions", () => {
  test("count what comes again, each branch for itself", () => {
    const scope = new Scope();
    expect([scope.next("a"), scope.next("b"), scope.next("a")]).toEqual(["a", "b", "a#2"]);
    const branch = scope.branch(scope.next("all"), "left");
    expect([branch.next("a"), branch.next("a")]).toEqual(["all/left/a", "all/left/a#2"]);
    expect(scopeOf("all/left/a#2")).toBe("all/left/");
    expect(scopeOf("a")).toBe("");
  });

  test("refuse a name that is under way", async () => {
    const scope = new Scope();
    scope.next("a");
    await scope.during("a", async () => {
      expect(() => scope.next("a")).toThrow(
        expect.objectContaining({ code: "flow.step_in_flight" }) as Error,
      );
      await Promise.resolve();
    });
    expect(scope.next("a")).toBe("a#2");
  });

  test.each(["", "a/b", "a#2", "~x", "a\nb", "x".repeat(101), "\ud800", 7, undefined])(
    "%j is no name",
    (name) => {
      expect(() => new Scope().next(name as string)).toThrow(
        expect.objectContaining({ code: "flow.name_malformed" }) as Error,
      );
    },
  );
});

test("retries are a tenth of the tries once the budget is spent, and wait for their turn", () => {
  let now = 0;
  const budget = new RetryBudget(() => now);
  const spent = Array.from({ length: 100 }, () => budget.spend());
  expect(spent.every((waitMs) => waitMs === 0)).toBe(true);
  expect([budget.spend(), budget.spend()]).toEqual([100, 200]);
  for (let n = 0; n < 30; n++) budget.earn();
  expect(budget.spend()).toBe(0);
  now = 1_000;
  expect(Array.from({ length: 11 }, () => budget.spend())).toEqual([
    ...Array.from({ length: 10 }, () => 0),
    100,
  ]);
});

test("a flow that fails without end costs nobody else a retry, and none of its own waits long", () => {
  const budgets = new RetryBudgets();
  const waits = Array.from({ length: 5_000 }, () => budgets.of("bad").spend());
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  expect(budgets.of("good").spend()).toBe(0);
  expect(budgets.left()).toBeLessThan(0);
});

test("the wheel tells what falls due, once, together", async () => {
  const told: bigint[][] = [];
  const wheel = new Wheel((runs) => told.push([...runs]));
  wheel.add(1n, 60_000);
  wheel.add(2n, 15);
  wheel.add(3n, 5);
  wheel.add(2n, 5);
  const all = () => told.flat().toSorted((a, b) => Number(a - b));
  await expect.poll(all).toEqual([2n, 3n]);
  // Whatever was to be told twice would be by now.
  await sleep(80);
  expect(all()).toEqual([2n, 3n]);
  expect(wheel.size).toBe(1);
  wheel.stop();
  expect(wheel.size).toBe(0);
});
