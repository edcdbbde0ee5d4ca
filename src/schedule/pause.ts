/** Schedules are paused and go on: what came due meanwhile has an outcome, and is not fired. */
import { writing } from "./fire/commit.ts";
import { dueAtOf } from "./fire/decide.ts";
import { planOf } from "./fire/fire-due.ts";
import { ScheduleState } from "./fire/numbers.ts";
import { byOf, type MadeBy, stayOf } from "./make-schedules.ts";
import { policyOf } from "./policy.ts";
import { act, type Asked, owedBy, type Room, type Seen } from "./verbs.ts";
import { insertFires, movePlaces } from "./write-fires.ts";
import { setStates } from "./write-schedules.ts";

/** Nothing of it is fired until it is resumed; runs go on. Safe to repeat. Refuses: schedule.missing. */
export async function pause(room: Room, name: string, made: MadeBy): Promise<void> {
  const by = byOf(name, made);
  await act(room, name, "pause", ({ row, places }) => {
    const { scheduleId, revision } = row;
    const state = ScheduleState.paused;
    const isPaused = row.state === state;
    const open = places.filter(({ tick }) => tick !== null);
    return {
      writes: isPaused
        ? []
        : [
            ...writing(setStates, { scheduleId, revision, state, by }),
            ...open.flatMap((place) => writing(movePlaces, { ...stayOf(place), dueAt: null })),
          ],
      done: () => undefined,
    };
  });
}

/** It goes on with the first tick from now. Safe to repeat. Refuses: schedule.missing. */
export async function resume(room: Room, name: string, made: MadeBy): Promise<void> {
  const by = byOf(name, made);
  for (let more = true; more;) {
    more = await act(room, name, "resume", (seen) => resumeUnit(room, seen, by));
  }
}

/** Answers whether there is more to account for. */
function resumeUnit(
  { news, node }: Room,
  { row, places, now }: Seen,
  by: string | null,
): Asked<boolean> {
  if (row.state === ScheduleState.active) return { writes: [], done: () => false };
  const { scheduleId, revision, name } = row;
  const plan = planOf(row.plan);
  const why = { outcome: "paused", reason: "the schedule was paused" } as const;
  const open = places.filter(({ tick }) => tick !== null);
  const owed = open.map((place) => ({ place, ...owedBy(plan, place, now, why) }));
  const more = owed.some((one) => one.more);
  let soonest: number | null = null;
  const moves = owed.flatMap(({ place, next }) => {
    const dueAt = more || next === undefined ? null : dueAtOf(name, next, policyOf(row.policy));
    // A plan at its end is cleared away like any other.
    const over = more || next !== undefined ? dueAt : now + node.keepMs;
    if (dueAt !== null) soonest = Math.min(dueAt, soonest ?? dueAt);
    return writing(movePlaces, { ...stayOf(place), tick: next ?? null, dueAt: over });
  });
  const active = { scheduleId, revision, state: ScheduleState.active, by };
  return {
    writes: [
      ...(more ? [] : writing(setStates, active)),
      ...moves,
      ...owed.flatMap((one) => one.fires.flatMap((fire) => writing(insertFires, fire))),
    ],
    ticks: owed.flatMap((one) => one.fires.map(({ tick }) => tick)),
    done: () => {
      news.add(name, soonest);
      // What stood in line when it was paused may start.
      if (!more) node.fired(0, true);
      return more;
    },
  };
}
