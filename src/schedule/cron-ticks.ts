/**
 * From clock times to instants: what a cron expression means while a zone changes its clock. Two rules,
 * as Vixie's cron has them (crontab(5), cron(8)), and each in one sentence:
 *
 * - **By the clock** (neither hour nor minute has a `*`): a tick is the first instant at which the clock
 *   on the wall reads a time of the expression *or later*. So what a gap swallowed comes at its end, once
 *   however much it was; and what a repeated hour has twice comes the first time.
 * - **By elapsed time** (hour or minute has a `*`): a tick is every instant at which the clock reads a
 *   time of the expression. So a gap has none, and a repeated hour has all of its own.
 *
 * Unlike Vixie's, the rules hold for changes of any size: a cron sees a clock jump and must guess, we
 * know that the zone changed.
 */
import type { Instant } from "../base/index.ts";
import { clockAtOrAfter, clockAtOrBefore, type CronSearch } from "./cron-search.ts";
import { TICK_MAX, type CronPlan } from "./plan.ts";
import { NONE } from "./values.ts";
import type { Zone } from "./zone.ts";

// The most that a clock was ever set, Apia's and Kwajalein's day, and more than the farthest from UTC.
const SHIFT_MAX_MS = 26 * 3_600_000;
// Where ticks can be at all: the clock's years, and how far a clock may be from UTC.
const EARLIEST = -SHIFT_MAX_MS;
const LATEST = TICK_MAX + SHIFT_MAX_MS;

/** The first tick after `after`. */
export function nextCronTick(plan: CronPlan, after: Instant): Instant | undefined {
  const from = Math.max(after, EARLIEST);
  if (from > LATEST) return undefined;
  return plan.search.elapsed
    ? nextElapsed(plan.search, plan.zone, from)
    : nextByClock(plan.search, plan.zone, from);
}

/** The last tick before `before`. */
export function previousCronTick(plan: CronPlan, before: Instant): Instant | undefined {
  const until = Math.min(before, LATEST);
  if (until < EARLIEST) return undefined;
  return plan.search.elapsed
    ? previousElapsed(plan.search, plan.zone, until)
    : previousByClock(plan.search, plan.zone, until);
}

/** Times up to the furthest that the clock ever read until now have had their tick. */
function nextByClock(search: CronSearch, zone: Zone, after: Instant): Instant | undefined {
  const clock = clockAtOrAfter(search, Math.floor(furthestRead(zone, after) / 1000) + 1);
  return clock === NONE ? undefined : firstReading(zone, clock * 1000);
}

function previousByClock(search: CronSearch, zone: Zone, before: Instant): Instant | undefined {
  const clock = clockAtOrBefore(search, Math.floor(furthestRead(zone, before - 1) / 1000));
  return clock === NONE ? undefined : firstReading(zone, clock * 1000);
}

/** The furthest that the clock on the wall has read up to an instant: more than now in a repeated hour. */
function furthestRead(zone: Zone, until: Instant): number {
  let stretch = zone.stretchAt(until);
  let furthest = until + stretch.offsetMs;
  while (stretch.from > until - SHIFT_MAX_MS) {
    stretch = zone.stretchAt(stretch.from - 1);
    furthest = Math.max(furthest, stretch.until - 1 + stretch.offsetMs);
  }
  return furthest;
}

/** The first instant at which the clock on the wall reads `clockMs` or later. */
function firstReading(zone: Zone, clockMs: number): Instant {
  let stretch = zone.stretchAt(clockMs - SHIFT_MAX_MS);
  while (stretch.until - 1 + stretch.offsetMs < clockMs) stretch = zone.stretchAt(stretch.until);
  return Math.max(stretch.from, clockMs - stretch.offsetMs);
}

/**
 * Stretch by stretch. Between `from` and the next time of the expression nothing fits; so after a stretch
 * of more than SHIFT_MAX_MS, in which the clock can't come back to before `from`, all up to near that time
 * is passed over.
 */
function nextElapsed(search: CronSearch, zone: Zone, after: Instant): Instant | undefined {
  let from = after + 1;
  while (from <= LATEST) {
    const { until, offsetMs } = zone.stretchAt(from);
    const clock = clockAtOrAfter(search, Math.ceil((from + offsetMs) / 1000));
    const tick = clock === NONE ? Infinity : clock * 1000 - offsetMs;
    if (clock !== NONE && tick < until) return tick;
    const mayComeBack = until < from + SHIFT_MAX_MS;
    from = mayComeBack ? until : Math.max(until, Math.min(tick - SHIFT_MAX_MS, LATEST + 1));
  }
  return undefined;
}

function previousElapsed(search: CronSearch, zone: Zone, before: Instant): Instant | undefined {
  let until = before - 1;
  while (until >= EARLIEST) {
    const { from, offsetMs } = zone.stretchAt(until);
    const clock = clockAtOrBefore(search, Math.floor((until + offsetMs) / 1000));
    const tick = clock === NONE ? -Infinity : clock * 1000 - offsetMs;
    if (clock !== NONE && tick >= from) return tick;
    const mayComeBack = from > until - SHIFT_MAX_MS;
    until = mayComeBack
      ? from - 1
      : Math.min(from - 1, Math.max(tick + SHIFT_MAX_MS, EARLIEST - 1));
  }
  return undefined;
}
