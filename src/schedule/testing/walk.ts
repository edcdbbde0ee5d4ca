/**
 * The slow truth: walks through time step by step, reads the clock on the wall of a zone from `Intl` at
 * each, and says where an expression has its ticks. Knows nothing of offsets, transitions or tables.
 */
import type { Expression, Wall } from "./expressions.ts";

const HOUR_MS = 3_600_000;
/** What was read before a walk's start counts: a repeated hour began earlier. */
const BEFORE_MS = 30 * HOUR_MS;
const BEFORE_STEP_MS = 60_000;

export interface Walk {
  readonly from: number;
  readonly until: number;
  readonly stepMs: number;
  /** From BEFORE_MS before the start: an instant and its wall time, as if it were UTC. */
  readonly read: readonly (readonly [instant: number, clockMs: number])[];
}

/** Walks from `from` up to before `until`. */
export function walk(zone: string, from: number, until: number, stepMs: number): Walk {
  const clock = clockOf(zone);
  const read: (readonly [number, number])[] = [];
  // Before the start only the furthest reading matters: large steps do, up to the last small one.
  for (let instant = from - BEFORE_MS; instant < from; instant += BEFORE_STEP_MS) {
    read.push([instant, clock(instant)]);
  }
  for (let instant = from - stepMs; instant < until; instant += stepMs) {
    read.push([instant, clock(instant)]);
  }
  return { from, until, stepMs, read };
}

/** Reads the wall clock of a zone, as the milliseconds of that time in UTC. */
export function clockOf(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (instant) => {
    const text = format.format(instant);
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = text
      .split(/[^0-9]+/)
      .map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** The ticks that the walk sees, by the room's two rules in their plainest form. */
export function ticksSeen(walk: Walk, expression: Expression): readonly number[] {
  const ticks: number[] = [];
  let furthest = walk.read[0]?.[1] ?? 0;
  for (const [instant, clockMs] of walk.read) {
    if (instant >= walk.from) {
      const due = expression.elapsed
        ? expression.fits(wallOf(clockMs))
        : passes(expression, furthest, clockMs, walk.stepMs);
      if (due) ticks.push(instant);
    }
    furthest = Math.max(furthest, clockMs);
  }
  return ticks;
}

/** Has the clock just come to a time of the expression, or jumped over one, for the first time? */
function passes(expression: Expression, from: number, to: number, stepMs: number): boolean {
  for (let clockMs = from + stepMs; clockMs <= to; clockMs += stepMs) {
    if (expression.fits(wallOf(clockMs))) return true;
  }
  return false;
}

const walls = new Map<number, Wall>();

export function wallOf(clockMs: number): Wall {
  const before = walls.get(clockMs);
  if (before !== undefined) return before;
  const date = new Date(clockMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const wall = {
    year,
    month: month + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    length: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
  };
  if (walls.size > 100_000) walls.clear();
  walls.set(clockMs, wall);
  return wall;
}
