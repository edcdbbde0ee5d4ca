/** What the page shows of runs, queues and schedules: bounded questions, and only what its viewer may see. */
import { LongmenError, toRfc3339 } from "../../base/index.ts";
import type { QueueStats, RunsGlance, TallyView } from "../../flow/index.ts";
import { describePlan, readPlan, type Schedules, type ScheduleView } from "../../schedule/index.ts";
import type { HouseRuns } from "../runs/open-runs.ts";
import type { Language } from "./words.ts";

export interface ShownEnd {
  readonly id: string;
  readonly flow: string;
  readonly status: string;
  /** RFC 3339. */
  readonly at: string;
  readonly error?: string;
}

export interface ShownSchedule {
  readonly name: string;
  /** In the page's language. */
  readonly plan: string;
  readonly state: ScheduleView["state"];
  /** RFC 3339. */
  readonly next?: string;
  readonly last?: { readonly outcome: string; readonly at: string };
  readonly problem?: string;
}

export type Lately = Omit<TallyView, "at">;

export interface RunsShown {
  readonly counts: Pick<RunsGlance, "live" | "dead" | "seen" | "most">;
  readonly ends: readonly ShownEnd[];
  /** What ended in the last hour, by flow, the most first. */
  readonly lately: readonly Lately[];
  readonly queues: readonly Omit<QueueStats, "version" | "strays">[];
  readonly schedules: readonly ShownSchedule[];
  /** There are more schedules than these. */
  readonly moreSchedules: boolean;
}

const SCHEDULES = 10;
const LATELY = 8;

/** Undefined: the database does not answer. `names`: which flows the viewer may see. */
export async function runsShown(
  { flows, schedules }: Pick<HouseRuns, "flows" | "schedules">,
  language: Language,
  names: (flow: string) => boolean,
): Promise<RunsShown | undefined> {
  try {
    const { ends, ...counts } = await flows.glance();
    const page = await schedules.list({ limit: SCHEDULES });
    const mine = page.schedules.filter(({ target }) => names(target.flow));
    return {
      counts,
      ends: ends
        .filter(({ flow }) => names(flow))
        .map(({ endedAt, ...end }) => ({ ...end, at: toRfc3339(endedAt) })),
      lately: (await flows.tally())
        .filter(({ flow }) => names(flow))
        .toSorted((one, other) => endsOf(other) - endsOf(one))
        .slice(0, LATELY),
      queues: flows.tasks.queues().filter(({ task }) => names(task)),
      schedules: await Promise.all(mine.map((one) => scheduleShown(schedules, one, language))),
      moreSchedules: page.next !== undefined,
    };
  } catch (error) {
    if (error instanceof LongmenError) return undefined;
    throw error;
  }
}

const endsOf = ({ done, failed, cancelled }: Lately): number => done + failed + cancelled;

async function scheduleShown(
  schedules: Schedules,
  { name, plan, state, nextTick, problem }: ScheduleView,
  language: Language,
): Promise<ShownSchedule> {
  const [last] = await firesOf(schedules, name);
  return {
    ...{ name, state, plan: describePlan(readPlan(plan), language) },
    ...(nextTick === undefined || state !== "active" ? {} : { next: toRfc3339(nextTick) }),
    ...(last === undefined
      ? {}
      : { last: { outcome: last.outcome, at: toRfc3339(last.through ?? last.tick) } }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** It may have been removed since it was listed. */
async function firesOf(schedules: Schedules, name: string) {
  try {
    return (await schedules.fires(name, { limit: 1 })).fires;
  } catch (error) {
    if (error instanceof LongmenError && error.code === "schedule.missing") return [];
    throw error;
  }
}
