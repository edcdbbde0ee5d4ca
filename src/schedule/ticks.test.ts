import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EVERY_MAX_MS,
  type Plan,
  planRequest,
  type PlanRequest,
  readPlan,
  TICK_MAX,
} from "./plan.ts";
import { refusalOf } from "./testing/refusal.ts";
import { isTick, nextTick, previousTick, ticksBetween, TICKS_MAX } from "./ticks.ts";

const at = (text: string) => Date.parse(text);
const shown = (tick: number | undefined) =>
  tick === undefined ? undefined : new Date(tick).toISOString();

/** The next so many ticks. */
function following(plan: Plan, after: string, count: number): readonly (string | undefined)[] {
  const { ticks } = ticksBetween(plan, { after: at(after), until: TICK_MAX, max: count });
  return ticks.map((tick) => shown(tick)?.slice(0, 16));
}

describe("cron over years", () => {
  test("29 February comes in leap years, and not in 2100", () => {
    const plan = readPlan({ cron: "0 6 29 2 *" });
    expect(following(plan, "2090-01-01", 4)).toEqual([
      "2092-02-29T06:00",
      "2096-02-29T06:00",
      "2104-02-29T06:00",
      "2108-02-29T06:00",
    ]);
    expect(shown(previousTick(plan, at("2000-02-29T06:00Z")))).toBe("1996-02-29T06:00:00.000Z");
    expect(shown(previousTick(plan, at("2001-01-01")))).toBe("2000-02-29T06:00:00.000Z");
  });

  test("a 29 February on a Monday is 40 years away across 2100", () => {
    const plan = readPlan({ cron: "0 0 29 2 +MON", zone: "Europe/Berlin" });
    expect(following(plan, "2026-01-01", 4)).toEqual([
      "2044-02-28T23:00",
      "2072-02-28T23:00",
      "2112-02-28T23:00",
      "2140-02-28T23:00",
    ]);
  });

  test("by elapsed time, too, however rare", () => {
    const plan = readPlan({ cron: "*/30 0 29 2 +MON", zone: "Europe/Berlin" });
    expect(following(plan, "2073-01-01", 3)).toEqual([
      "2112-02-28T23:00",
      "2112-02-28T23:30",
      "2140-02-28T23:00",
    ]);
    expect(shown(previousTick(plan, at("2111-01-01")))).toBe("2072-02-28T23:30:00.000Z");
  });

  test.each([
    ["by the clock", "0 30 4 1 1,7 * 2030-2032/2"],
    ["by elapsed time", "0 */30 4 1 1,7 * 2030-2032/2"],
  ])("years end %s: nothing comes after them, nothing before", (_rule, cron) => {
    const plan = readPlan({ cron, zone: "America/New_York" });
    const all = ticksBetween(plan, { after: 0, until: TICK_MAX, max: 99 }).ticks;
    const last = all.at(-1) ?? 0;
    const first = all[0] ?? 0;
    expect(shown(first)?.slice(0, 10)).toBe("2030-01-01");
    expect(shown(last)?.slice(0, 16)).toBe("2032-07-01T08:30");
    expect(nextTick(plan, last)).toBeUndefined();
    expect(previousTick(plan, first)).toBeUndefined();
    expect(nextTick(plan, -Infinity)).toBe(first);
    expect(previousTick(plan, Infinity)).toBe(last);
  });

  test.each(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])(
    "the calendar is that of 1970 to 2199 by the clock of %s",
    (zone) => {
      for (const cron of ["0 0 0 * * *", "59 59 23 * * *", "* * * * * *"]) {
        const plan = readPlan({ cron, zone });
        const first = nextTick(plan, -Infinity) ?? Number.NaN;
        const last = previousTick(plan, Infinity) ?? Number.NaN;
        expect(previousTick(plan, first)).toBeUndefined();
        expect(nextTick(plan, last)).toBeUndefined();
        expect(Math.abs(first)).toBeLessThan(2 * 86_400_000);
        expect(Math.abs(last - TICK_MAX)).toBeLessThan(2 * 86_400_000);
        expect(nextTick(plan, Infinity)).toBeUndefined();
        expect(previousTick(plan, -Infinity)).toBeUndefined();
      }
    },
  );

  test("a fraction of a millisecond changes nothing", () => {
    const plan = readPlan({ cron: "* * * * * *" });
    expect(nextTick(plan, 999.5)).toBe(1000);
    expect(nextTick(plan, 1000.5)).toBe(2000);
    expect(previousTick(plan, 1000.5)).toBe(1000);
    expect(() => nextTick(plan, Number.NaN)).toThrow("no number");
    expect(() => previousTick(plan, Number.NaN)).toThrow("no number");
  });
});

describe("what never fires is refused", () => {
  test.each([
    ["30 2 30 2 *", "day of month 30 with month 2"],
    ["* * 31 4,6,9,11 *", "day of month 31 with month 4,6,9,11"],
    ["0 0 0 29 2 * 2027", "day of month 29 with month 2 with year 2027"],
    ["0 0 31W 2 *", "day of month 31W with month 2"],
    ["0 0 8-31 * +MON#1", "day of month 8-31 with day of week +1#1"],
  ])("%s", (cron, problem) => {
    const refusal = refusalOf(() => readPlan({ cron, zone: "Europe/Berlin" }));
    expect(refusal.code).toBe("schedule.never_fires");
    expect(refusal.message).toContain(`from 1970 to 2199 no day fits ${problem}`);
  });

  test("and a day that comes once in 230 years is not", () => {
    const plan = readPlan({ cron: "0 0 0 29 2 +FRI 2188" });
    expect(shown(nextTick(plan, 0))).toBe("2188-02-29T00:00:00.000Z");
  });
});

describe("an interval", () => {
  const plan = readPlan({ everyMs: 90_000, anchorAt: at("2026-01-01") });

  test("is due at its anchor and every so often after it, whatever the clocks do", () => {
    expect(following(plan, "2025-01-01", 3)).toEqual([
      "2026-01-01T00:00",
      "2026-01-01T00:01",
      "2026-01-01T00:03",
    ]);
    expect(nextTick(plan, at("2026-01-01"))).toBe(at("2026-01-01") + 90_000);
    expect(previousTick(plan, at("2026-01-01"))).toBeUndefined();
    expect(previousTick(plan, at("2026-01-01") + 90_000)).toBe(at("2026-01-01"));
  });

  test("ends with the year 2199", () => {
    expect(nextTick(plan, TICK_MAX)).toBeUndefined();
    expect(previousTick(plan, Infinity)).toBeGreaterThan(TICK_MAX - 90_000);
    expect(nextTick(plan, Infinity)).toBeUndefined();
    expect(nextTick(plan, -Infinity)).toBe(at("2026-01-01"));
  });
});

test("once is once", () => {
  const plan = readPlan({ at: 1000 });
  expect(nextTick(plan, 999)).toBe(1000);
  expect(nextTick(plan, 1000)).toBeUndefined();
  expect(previousTick(plan, 1000)).toBeUndefined();
  expect(previousTick(plan, 1001)).toBe(1000);
  expect(ticksBetween(plan, { after: 999, until: 1000, max: 1 })).toEqual({
    ticks: [1000],
    more: false,
  });
});

describe("the ticks of a stretch of time", () => {
  const plan = readPlan({ cron: "*/10 * * * *" });

  test("leave out its start and have its end", () => {
    expect(ticksBetween(plan, { after: 0, until: 1_200_000, max: 9 })).toEqual({
      ticks: [600_000, 1_200_000],
      more: false,
    });
    expect(ticksBetween(plan, { after: 0, until: 0, max: 9 })).toEqual({ ticks: [], more: false });
    expect(ticksBetween(plan, { after: 9, until: 3, max: 9 })).toEqual({ ticks: [], more: false });
  });

  test("say when there are more, and go on behind the last", () => {
    const first = ticksBetween(plan, { after: 0, until: 1_800_000, max: 2 });
    expect(first).toEqual({ ticks: [600_000, 1_200_000], more: true });
    const rest = ticksBetween(plan, { after: 1_200_000, until: 1_800_000, max: 1 });
    expect(rest).toEqual({ ticks: [1_800_000], more: false });
  });

  test.each([0, -1, 1.5, TICKS_MAX + 1])("are not given %d at a time", (max) => {
    expect(() => ticksBetween(plan, { after: 0, until: 1, max })).toThrow("max is not from 1");
  });
});

describe("a request for a plan", () => {
  test.each<PlanRequest>([
    { cron: "5 2 * * 1-5", zone: "Asia/Shanghai" },
    { everyMs: 1500, anchorAt: 7 },
    { at: 1_767_225_600_000 },
  ])("%j comes back from its plan", (request) => {
    expect(planRequest(readPlan(request))).toEqual(request);
  });

  test("comes back in one spelling", () => {
    expect(planRequest(readPlan({ cron: " @weekly", zone: "europe/berlin" }))).toEqual({
      cron: "0 0 * * 0",
      zone: "Europe/Berlin",
    });
    expect(planRequest(readPlan({ everyMs: 5, anchorAt: undefined }))).toEqual({
      everyMs: 5,
      anchorAt: 0,
    });
  });

  test.each([
    [null, "the whole"],
    ["@daily", "the whole"],
    [{}, "the kind"],
    [{ zone: "UTC" }, "the kind"],
    [{ cron: 5 }, "cron"],
    [{ cron: null }, "cron"],
    [{ cron: "@daily", zone: 8 }, "zone"],
    [{ cron: "@daily", tz: "UTC" }, "tz"],
    [{ cron: "@daily", at: 5 }, "at"],
    [{ everyMs: 5, zone: "UTC" }, "zone"],
    [{ everyMs: 0 }, "everyMs"],
    [{ everyMs: 1.5 }, "everyMs"],
    [{ everyMs: Number.NaN }, "everyMs"],
    [{ everyMs: "5" }, "everyMs"],
    [{ everyMs: EVERY_MAX_MS + 1 }, "everyMs"],
    [{ everyMs: 5, anchorAt: -1 }, "anchorAt"],
    [{ at: TICK_MAX + 1 }, "at"],
    [{ at: "2026-01-01" }, "at"],
  ])("%j is refused for %s", (request, field) => {
    const refusal = refusalOf(() => readPlan(request as PlanRequest));
    expect(refusal.code).toBe("schedule.plan_malformed");
    expect(refusal.details["field"]).toBe(field);
  });
});

test("the work of a question is bounded, also for what is rarest", () => {
  // No times are asserted: a walk over days or minutes would run into the test's time limit.
  fc.assert(
    fc.property(fc.integer({ min: 0, max: TICK_MAX }), (instant) => {
      for (const cron of ["* * * 29 2 +SUN", "0 0 0 29 2 +SUN", "0 0 0 29 2 * 2196"]) {
        const plan = readPlan({ cron });
        const next = nextTick(plan, instant);
        if (next !== undefined) expect(isTick(plan, next)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
