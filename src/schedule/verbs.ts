/** What all verbs of schedules share: look, make a unit of what was seen, commit; and again where it has changed. */
import { backoff, fail, type Instant, LongmenError } from "../base/index.ts";
import type { RowIn, WriteUse } from "../postgres/index.ts";
import { spanOf } from "./fire/decide.ts";
import type { OutcomeName } from "./fire/numbers.ts";
import { Outcome } from "./fire/numbers.ts";
import type { ScheduleNode } from "./fire/schedule-node.ts";
import type { News } from "./news.ts";
import type { Plan } from "./plan.ts";
import { scheduleErrors } from "./schedule.errors.ts";
import { readPlaces, readSchedules } from "./schedule.sql.ts";
import { nextTick } from "./ticks.ts";
import type { FireRow } from "./write-fires.ts";

export type ScheduleRead = RowIn<typeof readSchedules>;
export type PlaceRead = RowIn<typeof readPlaces>;

export interface Room {
  readonly node: ScheduleNode;
  readonly news: News;
}

const TRIES_MAX = 20;
const PAUSE_BASE_MS = 5;
const PAUSE_MAX_MS = 200;
/** So many rows of ticks in a row go into one unit. */
const SPANS_MAX = 20;

/** Refuses: schedule.missing. */
export async function find({ node }: Room, name: string): Promise<ScheduleRead> {
  const [row] = await node.database.run(readSchedules, { names: [name] });
  if (row === undefined) throw fail(scheduleErrors, "missing", { name });
  return row;
}

export interface Seen {
  readonly row: ScheduleRead;
  readonly places: readonly PlaceRead[];
  readonly now: Instant;
}

export interface Asked<T> {
  readonly writes: readonly WriteUse[];
  readonly ticks?: readonly Instant[];
  /** Whether it was done, when nobody knows. */
  readonly stands?: () => Promise<boolean>;
  readonly done: () => T | Promise<T>;
}

/**
 * Asks a unit of what stands, and commits it; again where something moved meanwhile. Without writes there is
 * nothing to do. Refuses: schedule.missing, schedule.changed_meanwhile, schedule.uncertain.
 */
export async function act<T>(
  room: Room,
  name: string,
  what: string,
  ask: (seen: Seen) => Promise<Asked<T>> | Asked<T>,
): Promise<T> {
  const { node } = room;
  if (node.isClosed) throw fail(scheduleErrors, "closed", { node: node.flows.node });
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const row = await find(room, name);
    const places = await node.database.run(readPlaces, { ids: [row.scheduleId] });
    const now = node.time.now();
    const { writes, ticks = [], stands, done } = await ask({ row, places, now });
    if (writes.length === 0) return done();
    await node.days.ensure(ticks, now);
    const key = `${what}/${name}`;
    const came = await node
      .commit(key, writes, stands ?? changed(room, row))
      .catch(unsure(what, name));
    if (came.committed) return done();
    const pauseMs = backoff({ attempt, baseMs: PAUSE_BASE_MS, maxMs: PAUSE_MAX_MS });
    await node.database.clock.sleep(pauseMs);
  }
  throw fail(scheduleErrors, "changed_meanwhile", { name });
}

/** The schedule is not as it was: by us, most likely. */
function changed({ node }: Room, { name, revision }: ScheduleRead): () => Promise<boolean> {
  return async () => {
    const [row] = await node.database.run(readSchedules, { names: [name] });
    return row?.revision !== revision;
  };
}

function unsure(what: string, name: string) {
  return (error: unknown): never => {
    if (error instanceof LongmenError && error.code === "lane.outcome_unknown") {
      throw fail(scheduleErrors, "uncertain", { what, name }, error);
    }
    throw error;
  };
}

export interface Owed {
  readonly fires: readonly FireRow[];
  /** There are more than fit into a unit. */
  readonly more: boolean;
  /** The first behind them. */
  readonly next: Instant | undefined;
}

/** Rows for all ticks of a shard up to now that were not fired, and are not to be. */
export function owedBy(
  plan: Plan,
  { scheduleId, shard, tick }: PlaceRead,
  now: Instant,
  { outcome, reason }: { readonly outcome: OutcomeName; readonly reason: string },
): Owed {
  const fires: FireRow[] = [];
  let next: Instant | undefined = tick ?? undefined;
  while (next !== undefined && next <= now && fires.length < SPANS_MAX) {
    const span = spanOf(plan, next, now);
    const { through = null } = span.decision as { through?: Instant };
    const row = { scheduleId, shard, byHand: false, runId: null, through };
    fires.push({
      ...row,
      tick: next,
      ticks: span.decision.ticks,
      outcome: Outcome[outcome],
      reason,
    });
    next = span.next;
  }
  return { fires, more: next !== undefined && next <= now, next };
}

/** Where a plan begins: what is asked for once comes, also when its time has just passed. */
export function firstTick(plan: Plan, now: Instant): Instant | undefined {
  return plan.kind === "once" ? plan.at : nextTick(plan, now);
}
