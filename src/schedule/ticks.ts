/** When a plan is due: the next tick, the one before, those of a stretch of time. */
import { assert, type Instant } from "../base/index.ts";
import { nextCronTick, previousCronTick } from "./cron-ticks.ts";
import { type IntervalPlan, type Plan, TICK_MAX } from "./plan.ts";

/** The most ticks that one call of `ticksBetween` gives. */
export const TICKS_MAX = 100_000;

/**
 * The first tick of a plan after an instant; nothing when there is none up to the end of 2199. The work
 * is bounded whatever the plan: no call walks over seconds, minutes or days.
 */
export function nextTick(plan: Plan, after: Instant): Instant | undefined {
  assert(!Number.isNaN(after), "the instant after which a tick is wanted is no number");
  const from = Math.floor(after);
  switch (plan.kind) {
    case "cron":
      return nextCronTick(plan, from);
    case "interval":
      return nextOfInterval(plan, from);
    case "once":
      return plan.at > from ? plan.at : undefined;
  }
}

/** The last tick of a plan before an instant; nothing when there is none since the start of 1970. */
export function previousTick(plan: Plan, before: Instant): Instant | undefined {
  assert(!Number.isNaN(before), "the instant before which a tick is wanted is no number");
  const until = Math.ceil(before);
  switch (plan.kind) {
    case "cron":
      return previousCronTick(plan, until);
    case "interval":
      return previousOfInterval(plan, until);
    case "once":
      return plan.at < until ? plan.at : undefined;
  }
}

/** Is the plan due at this very instant? */
export function isTick(plan: Plan, instant: Instant): boolean {
  return nextTick(plan, instant - 1) === instant;
}

export interface Ticks {
  readonly ticks: readonly Instant[];
  /** Are there others, later than the last of these and not after the end that was asked for? */
  readonly more: boolean;
}

/**
 * The ticks after `after` up to `until`, this one included, in order: what a schedule owes that was last
 * looked at then and is looked at now. At most `max` of them; the rest is asked for with the last as
 * `after`.
 */
export function ticksBetween(
  plan: Plan,
  { after, until, max }: { after: Instant; until: Instant; max: number },
): Ticks {
  assert(
    Number.isInteger(max) && max >= 1 && max <= TICKS_MAX,
    `max is not from 1 to ${TICKS_MAX}`,
  );
  const ticks: Instant[] = [];
  let tick = nextTick(plan, after);
  while (tick !== undefined && tick <= until && ticks.length < max) {
    ticks.push(tick);
    tick = nextTick(plan, tick);
  }
  return { ticks, more: tick !== undefined && tick <= until };
}

function nextOfInterval({ everyMs, anchorAt }: IntervalPlan, after: Instant): Instant | undefined {
  if (after < anchorAt) return anchorAt;
  const tick = anchorAt + (Math.floor((after - anchorAt) / everyMs) + 1) * everyMs;
  return tick <= TICK_MAX ? tick : undefined;
}

function previousOfInterval(
  { everyMs, anchorAt }: IntervalPlan,
  before: Instant,
): Instant | undefined {
  if (before <= anchorAt) return undefined;
  const last = Math.min(before - 1, TICK_MAX);
  return anchorAt + Math.floor((last - anchorAt) / everyMs) * everyMs;
}
