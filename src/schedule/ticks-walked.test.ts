/** Random expressions in random zones against a walk minute by minute, second by second. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasCode } from "../base/index.ts";
import { type Plan, readPlan } from "./plan.ts";
import { anyExpression, type Expression } from "./testing/expressions.ts";
import { clockOf, ticksSeen, type Walk, walk } from "./testing/walk.ts";
import { nextTick, previousTick, ticksBetween } from "./ticks.ts";

/** Raise it to search for long, with a time-out to match. */
const THOROUGH = 1;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const zones = Intl.supportedValuesOf("timeZone");
const oddZones = [
  "Australia/Lord_Howe",
  "Antarctica/Troll",
  "Africa/Casablanca",
  "America/St_Johns",
  "Asia/Gaza",
  "Africa/Cairo",
  "Pacific/Apia",
  "Asia/Kathmandu",
  "Europe/Dublin",
];
const anyZone = fc.oneof(fc.constantFrom(...oddZones), fc.constantFrom(...zones));
// Before 1972 Monrovia was 44 minutes and 30 seconds behind: no walk by minutes meets its minutes.
const anyYear = fc.integer({ min: 1973, max: 2150 });

/** Some day of the year on which the clock was changed; the middle of the year where there is none. */
function changeIn(zone: string, year: number, which: number): number {
  const clock = clockOf(zone);
  const offset = (instant: number) => clock(instant) - instant;
  const days = Array.from({ length: 365 }, (_, day) => Date.UTC(year, 0, 1) + day * DAY_MS);
  const changes = days.filter((day) => offset(day) !== offset(day + DAY_MS));
  return changes[which % changes.length] ?? days[180] ?? 0;
}

function planOf({ text }: Expression, zone: string): Plan | undefined {
  try {
    return readPlan({ cron: text, zone });
  } catch (error) {
    if (hasCode(error, "schedule.never_fires")) return undefined;
    throw error;
  }
}

function expectSameTicks(plan: Plan, seen: readonly number[], { from, until }: Walk): void {
  const forwards = ticksBetween(plan, { after: from - 1, until: until - 1, max: 100_000 });
  expect(forwards).toEqual({ ticks: seen, more: false });
  const backwards: number[] = [];
  let tick = previousTick(plan, until);
  while (tick !== undefined && tick >= from) {
    backwards.push(tick);
    tick = previousTick(plan, tick);
  }
  expect(backwards.reverse()).toEqual(seen);
}

function checkAgainst(walked: Walk, zone: string, expressions: readonly Expression[]): void {
  for (const expression of expressions) {
    const seen = ticksSeen(walked, expression);
    const plan = planOf(expression, zone);
    if (plan === undefined) expect(seen).toEqual([]);
    else expectSameTicks(plan, seen, walked);
  }
}

/** Of processor time, which others have, too. */
const ample = { timeout: 60_000 };

describe("ticks are those that a walk through time sees", ample, () => {
  test("minute by minute, around a change of the clock", () => {
    const expressions = fc.array(anyExpression(false), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(anyZone, anyYear, fc.nat(3), expressions, (zone, year, which, list) => {
        const day = changeIn(zone, year, which);
        checkAgainst(walk(zone, day - 6 * HOUR_MS, day + 30 * HOUR_MS, 60_000), zone, list);
      }),
      { numRuns: 25 * THOROUGH, endOnFailure: true },
    );
  });

  test("second by second, around a change of the clock", () => {
    const expressions = fc.array(anyExpression(true), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(anyZone, anyYear, fc.nat(3), expressions, (zone, year, which, list) => {
        const day = changeIn(zone, year, which);
        const clock = clockOf(zone);
        const shift = (at: number) => clock(at) - at;
        let from = day;
        while (from < day + DAY_MS && shift(from + HOUR_MS) === shift(day)) from += HOUR_MS;
        checkAgainst(walk(zone, from, from + 2 * HOUR_MS, 1000), zone, list);
      }),
      { numRuns: 6 * THOROUGH, endOnFailure: true },
    );
  });

  test("second by second where the clock changed by 44 minutes and 30 seconds", () => {
    const change = Date.UTC(1972, 0, 7, 0, 44, 30);
    const walked = walk("Africa/Monrovia", change - HOUR_MS, change + HOUR_MS, 1000);
    fc.assert(
      fc.property(anyExpression(true), (expression) => {
        checkAgainst(walked, "Africa/Monrovia", [expression]);
      }),
      { numRuns: 8 * THOROUGH, endOnFailure: true },
    );
  });

  test("minute by minute where a whole day was left out, and where one came twice", () => {
    const apia = walk("Pacific/Apia", Date.UTC(2011, 11, 28), Date.UTC(2012, 0, 2), 60_000);
    const kwajalein = walk(
      "Pacific/Kwajalein",
      Date.UTC(1993, 7, 18),
      Date.UTC(1993, 7, 24),
      60_000,
    );
    fc.assert(
      fc.property(anyExpression(false), (expression) => {
        checkAgainst(apia, "Pacific/Apia", [expression]);
        checkAgainst(kwajalein, "Pacific/Kwajalein", [expression]);
      }),
      { numRuns: 25 * THOROUGH, endOnFailure: true },
    );
  });
});

describe("laws, for any expression, zone and instant", ample, () => {
  const anyInstant = fc.integer({ min: Date.UTC(1969, 0), max: Date.UTC(2201, 0) });

  test("the tick before the next one is no later than now, and comes before it", () => {
    fc.assert(
      fc.property(anyExpression(true), anyZone, anyInstant, (expression, zone, now) => {
        const plan = planOf(expression, zone);
        if (plan === undefined) return;
        const next = nextTick(plan, now);
        const previous = previousTick(plan, now + 1);
        if (next !== undefined) {
          expect(next).toBeGreaterThan(now);
          expect(previousTick(plan, next)).toBe(previous);
          expect(previousTick(plan, next + 1)).toBe(next);
          expect(nextTick(plan, next - 1)).toBe(next);
        }
        if (previous === undefined) return;
        expect(previous).toBeLessThanOrEqual(now);
        expect(nextTick(plan, previous)).toBe(next);
      }),
      { numRuns: 600 * THOROUGH },
    );
  });
});
