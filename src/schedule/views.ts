/** What stands about schedules and their ticks: by name, in pages. */
import { fail, type Instant } from "../base/index.ts";
import { decodePayload } from "../flow/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { type OutcomeName, outcomeName, ScheduleState, Source } from "./fire/numbers.ts";
import { planOf } from "./fire/fire-due.ts";
import type { PlanRequest } from "./plan.ts";
import { type KeptPolicy, policyOf } from "./policy.ts";
import { scheduleErrors } from "./schedule.errors.ts";
import {
  pageSchedules,
  readFires,
  readPlaces,
  readSchedules,
  readStandings,
} from "./schedule.sql.ts";
import { nextTick } from "./ticks.ts";
import { find, type Room, type ScheduleRead } from "./verbs.ts";

export interface ScheduleView extends KeptPolicy {
  readonly name: string;
  readonly plan: PlanRequest;
  readonly target: { readonly flow: string; readonly version?: number };
  readonly input: unknown;
  /** `over`: no ticks are left; it is removed when its last ticks are. */
  readonly state: "active" | "paused" | "over";
  readonly source: "code" | "made";
  readonly version: number;
  /** The first tick that has no outcome. */
  readonly nextTick?: Instant;
  /** When it is fired: the tick and its jitter. Not while paused. */
  readonly dueAt?: Instant;
  /** The newest run of it. */
  readonly lastRun?: string;
  /** Why nothing comes of it just now. */
  readonly problem?: string;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  readonly by?: string;
}

export interface FireView {
  readonly tick: Instant;
  readonly shard: number;
  /** Somebody asked for it: `tick` is when. */
  readonly byHand: boolean;
  readonly outcome: OutcomeName;
  readonly run?: string;
  readonly reason?: string;
  /** When that was written, by the database's clock. */
  readonly at: Instant;
  /** The last of `ticks` in a row that came to the same. */
  readonly through?: Instant;
  readonly ticks: number;
}

export interface SchedulePage {
  readonly schedules: readonly ScheduleView[];
  /** What the next page begins after; none: this is the last. */
  readonly next?: string;
}

export interface FirePage {
  readonly fires: readonly FireView[];
  readonly next?: string;
}

export interface ScheduleListOptions {
  readonly state?: "active" | "paused" | undefined;
  readonly after?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface FireListOptions {
  /** `next` of the page before. */
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

const LIMIT_MAX = 1_000;
/** So many shards at most are looked through for runs that hold up what comes behind them. */
const PLACES_MAX = 5_000;
const LIMIT_DEFAULT = 100;
export const NEXT_MAX = 1_000;

/** A run that goes on by nobody's doing but a person's. */
interface StuckRun {
  readonly run: string;
  readonly status: "parked" | "paused";
}

/** Of schedules whose runs don't overlap; the first shard's that has one. */
async function stuckRunsOf(
  { node }: Room,
  rows: readonly ScheduleRead[],
): Promise<ReadonlyMap<bigint, StuckRun>> {
  let places = 0;
  const ids = rows.flatMap(({ scheduleId, state, policy, shards }) => {
    if (state === ScheduleState.paused || policyOf(policy).overlap === "parallel") return [];
    places += shards;
    return places <= PLACES_MAX ? [scheduleId] : [];
  });
  const stuck = new Map<bigint, StuckRun>();
  if (ids.length === 0) return stuck;
  const found = await node.database.run(readPlaces, { ids });
  const living = await node.flows.living(found.flatMap(({ lastRun }) => lastRun ?? []));
  for (const { scheduleId, lastRun } of found) {
    const status = living.get(lastRun ?? "");
    if (lastRun === null || stuck.has(scheduleId)) continue;
    if (status === "parked" || status === "paused") stuck.set(scheduleId, { run: lastRun, status });
  }
  return stuck;
}

/** Refuses: schedule.page_malformed. */
function checkLimit(limit: number | undefined, max = LIMIT_MAX): number {
  const value = limit ?? LIMIT_DEFAULT;
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  const expected = `a whole number from 1 to ${max}`;
  throw fail(scheduleErrors, "page_malformed", { field: "the length", value, expected });
}

export async function get(room: Room, name: string): Promise<ScheduleView | undefined> {
  const rows = await room.node.database.run(readSchedules, { names: [name] });
  return (await viewsOf(room, rows))[0];
}

export async function list(room: Room, asked: ScheduleListOptions): Promise<SchedulePage> {
  const limit = checkLimit(asked.limit);
  const state = asked.state === undefined ? 0 : ScheduleState[asked.state];
  const { database } = room.node;
  const rows = await database.run(pageSchedules, { after: asked.after ?? "", state, limit });
  const schedules = await viewsOf(room, rows);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last === undefined ? { schedules } : { schedules, next: last.name };
}

async function viewsOf(room: Room, rows: readonly ScheduleRead[]): Promise<ScheduleView[]> {
  const ids = rows.map(({ scheduleId }) => scheduleId);
  const standings = await room.node.database.run(readStandings, { ids });
  const byId = new Map(standings.map((standing) => [standing.scheduleId, standing]));
  const stuck = await stuckRunsOf(room, rows);
  await room.node.seekServers(rows);
  return rows.map((row) => {
    const { scheduleId } = row;
    return viewOf(room, row, byId.get(scheduleId), stuck.get(scheduleId));
  });
}

function viewOf(
  room: Room,
  row: ScheduleRead,
  standing: RowIn<typeof readStandings> | undefined,
  stuck: StuckRun | undefined,
): ScheduleView {
  const { name, target, targetVersion, codeVersion, changedBy, createdAt, changedAt } = row;
  const isOver = standing === undefined || standing.open === 0;
  const state = isOver ? "over" : row.state === ScheduleState.paused ? "paused" : "active";
  const { tick = null, dueAt = null, lastRun = null } = standing ?? {};
  const problem = state === "active" ? problemOf(room, row, stuck) : undefined;
  return {
    name,
    plan: JSON.parse(row.plan) as PlanRequest,
    target: { flow: target, ...(targetVersion === 0 ? {} : { version: targetVersion }) },
    input: decodePayload(row.input),
    ...policyOf(row.policy),
    state,
    source: row.source === Source.code ? "code" : "made",
    version: codeVersion,
    ...(tick === null ? {} : { nextTick: tick }),
    ...(dueAt === null ? {} : { dueAt }),
    ...(lastRun === null ? {} : { lastRun }),
    ...(problem === undefined ? {} : { problem }),
    createdAt,
    changedAt,
    ...(changedBy === null ? {} : { by: changedBy }),
  };
}

function problemOf(
  { node }: Room,
  { target, targetVersion, policy }: ScheduleRead,
  stuck: StuckRun | undefined,
): string | undefined {
  if (!node.isServed(target, targetVersion)) {
    const version = targetVersion === 0 ? "" : `version ${targetVersion} of `;
    return `no node that lives serves ${version}${target}: its ticks wait for one`;
  }
  if (stuck === undefined) return undefined;
  const ticks = policyOf(policy).overlap === "skip" ? "are skipped" : "stand in line";
  const { run, status } = stuck;
  return `its run ${run} is ${status}, and its runs don't overlap: ticks ${ticks} until somebody looks at that run and resumes, retries or cancels it`;
}

/** Newest first. Refuses: schedule.missing, schedule.page_malformed. */
export async function fires(room: Room, name: string, asked: FireListOptions): Promise<FirePage> {
  const limit = checkLimit(asked.limit);
  const { scheduleId } = await find(room, name);
  const before = readCursor(asked.before);
  const rows = await room.node.database.run(readFires, { scheduleId, ...before, limit });
  const found = rows.map(({ runId, firedAt, through, reason, outcome, ...row }) => ({
    ...row,
    outcome: outcomeName(outcome),
    ...(runId === null ? {} : { run: runId }),
    ...(reason === null ? {} : { reason }),
    ...(through === null ? {} : { through }),
    at: firedAt,
  }));
  const last = rows.length === limit ? rows.at(-1) : undefined;
  if (last === undefined) return { fires: found };
  return { fires: found, next: `${last.tick}.${last.shard}.${last.byHand ? 1 : 0}` };
}

const CURSOR = /^(\d{1,15})\.(\d{1,4})\.([01])$/;
const LATEST = { beforeTick: 8_000_000_000_000, beforeShard: 0, beforeHand: false };

function readCursor(text: string | undefined) {
  if (text === undefined) return LATEST;
  const [, tick, shard, hand] = CURSOR.exec(text) ?? [];
  if (tick === undefined) {
    const expected = "what a page told";
    throw fail(scheduleErrors, "page_malformed", { field: "its beginning", value: text, expected });
  }
  return { beforeTick: Number(tick), beforeShard: Number(shard), beforeHand: hand === "1" };
}

/** The next ticks, from the first that has no outcome on. Refuses: schedule.missing, schedule.page_malformed. */
export async function next(room: Room, name: string, count: number): Promise<readonly Instant[]> {
  const max = checkLimit(count, NEXT_MAX);
  const { plan: text } = await find(room, name);
  const plan = planOf(text);
  const ticks: Instant[] = [];
  let tick = nextTick(plan, room.node.time.now());
  while (tick !== undefined && ticks.length < max) {
    ticks.push(tick);
    tick = nextTick(plan, tick);
  }
  return ticks;
}
