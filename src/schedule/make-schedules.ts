/** Schedules are made, changed, removed; and those that stand in code are made to be as they are there. */
import { fail } from "../base/index.ts";
import {
  type Definition,
  isSameDefinition,
  type ScheduleOptions,
  schedule,
} from "./define-schedule.ts";
import { writing } from "./fire/commit.ts";
import { dueAtOf } from "./fire/decide.ts";
import { planOf } from "./fire/fire-due.ts";
import { ScheduleState, Source } from "./fire/numbers.ts";
import { policyOf, routeNumber } from "./policy.ts";
import { scheduleErrors } from "./schedule.errors.ts";
import { readSchedules } from "./schedule.sql.ts";
import { TICK_MAX } from "./plan.ts";
import {
  act,
  type Asked,
  firstTick,
  type Owed,
  owedBy,
  type PlaceRead,
  type Room,
  type ScheduleRead,
  type Seen,
} from "./verbs.ts";
import { deletePlaces, insertFires, insertPlaces, movePlaces } from "./write-fires.ts";
import { deleteSchedules, insertSchedules, updateSchedules } from "./write-schedules.ts";

export interface MadeBy {
  /** Who asks: kept with the schedule. Up to 200 characters. */
  readonly by?: string | undefined;
}

const BY_MAX_LENGTH = 200;

/** Refuses: schedule.definition_malformed. */
export function byOf(name: string, { by }: MadeBy): string | null {
  if (by === undefined) return null;
  const fits = typeof by === "string" && by.length <= BY_MAX_LENGTH && by.isWellFormed();
  if (fits && !by.includes("\0")) return by;
  const expected = `a text of up to ${BY_MAX_LENGTH} characters`;
  throw fail(scheduleErrors, "definition_malformed", { name, field: "by", expected });
}

function rowOf(definition: Definition, by: string | null) {
  const { policy } = definition;
  const { route, shards } = policy;
  return { ...definition, route: routeNumber(route), shards, by };
}

/** Refuses: schedule.target_unknown. */
async function checkTarget({ node }: Room, definition: Definition): Promise<void> {
  const { target, targetVersion } = definition;
  await node.seekServers([definition]);
  if (node.isServed(target, targetVersion)) return;
  const version = targetVersion === 0 ? "any version" : `version ${targetVersion}`;
  throw fail(scheduleErrors, "target_unknown", { target, version });
}

/** True: it was made now. Refuses: schedule.name_taken, schedule.target_unknown, schedule.closed. */
export async function create(
  room: Room,
  name: string,
  options: ScheduleOptions,
  made: MadeBy,
): Promise<boolean> {
  const definition = schedule(name, options);
  const by = byOf(name, made);
  await checkTarget(room, definition);
  if (await insert(room, definition, Source.made, by)) return true;
  const [known] = await room.node.database.run(readSchedules, { names: [name] });
  if (known !== undefined && isSameDefinition(definitionText(known), definition)) return false;
  throw fail(scheduleErrors, "name_taken", { name });
}

async function insert(
  { node, news }: Room,
  definition: Definition,
  source: number,
  by: string | null,
): Promise<boolean> {
  if (node.isClosed) throw fail(scheduleErrors, "closed", { node: node.flows.node });
  const { name, plan, policy } = definition;
  // A plan that was read has ticks; only those of the past may be all there are.
  const tick = firstTick(plan, node.time.now()) ?? TICK_MAX;
  const dueAt = dueAtOf(name, tick, policy);
  const row = { ...rowOf(definition, by), source, tick, dueAt };
  const stands = async () => {
    const [known] = await node.database.run(readSchedules, { names: [name] });
    return known !== undefined && isSameDefinition(definitionText(known), definition);
  };
  const came = await node.commit(`make/${name}`, writing(insertSchedules, row), stands);
  if (came.committed) news.add(name, dueAt);
  return came.committed;
}

function definitionText({
  name,
  plan,
  target,
  targetVersion,
  input,
  policy,
  codeVersion,
}: ScheduleRead) {
  return {
    ...{ name, target, targetVersion, input, codeVersion },
    planText: plan,
    policyText: policy,
  };
}

/** Refuses: schedule.missing, schedule.defined_in_code, schedule.target_unknown, schedule.changed_meanwhile. */
export async function change(
  room: Room,
  name: string,
  options: ScheduleOptions,
  made: MadeBy,
): Promise<void> {
  const definition = schedule(name, options);
  await checkTarget(room, definition);
  await changeTo(room, definition, Source.made, byOf(name, made));
}

async function changeTo(
  room: Room,
  definition: Definition,
  source: number,
  by: string | null,
): Promise<void> {
  const { name } = definition;
  for (let more = true; more;) {
    more = await act(room, name, "change", (seen) => {
      const { row } = seen;
      if (row.source === Source.code && source === Source.made) {
        throw fail(scheduleErrors, "defined_in_code", { name });
      }
      return changeUnit(room, definition, seen, { source, by });
    });
  }
}

interface Changing {
  readonly source: number;
  readonly by: string | null;
}

/** Answers whether it is not done yet: ticks of the old plan have to be accounted for first. */
function changeUnit(
  { news }: Room,
  definition: Definition,
  { row, places, now }: Seen,
  { source, by }: Changing,
): Asked<boolean> {
  const before = planOf(row.plan);
  const isOtherPlan =
    row.plan !== definition.planText ||
    policyOf(row.policy).jitterMs !== definition.policy.jitterMs;
  const why = { outcome: "skipped", reason: "the schedule was changed before it came" } as const;
  const gone = places.filter(({ shard }) => isOtherPlan || shard >= definition.policy.shards);
  const owed = gone.map((place) => ({ place, ...owedBy(before, place, now, why) }));
  const fires = owed.flatMap((one) => one.fires.flatMap((fire) => writing(insertFires, fire)));
  const ticks = owed.flatMap((one) => one.fires.map(({ tick }) => tick));
  if (owed.some(({ more }) => more)) {
    const moves = owed.flatMap(({ place, next }: Owed & { place: PlaceRead }) =>
      writing(movePlaces, { ...stayOf(place), tick: next ?? null }),
    );
    return { writes: [...moves, ...fires], ticks, done: () => true };
  }
  const tick = isOtherPlan ? (firstTick(definition.plan, now) ?? TICK_MAX) : undefined;
  const isPaused = row.state === ScheduleState.paused;
  const dueAt = tick === undefined || isPaused ? null : dueAtOf(row.name, tick, definition.policy);
  const { scheduleId, revision } = row;
  const begin = { tick: tick ?? null, dueAt };
  const kept = places.filter(({ shard }) => shard < definition.policy.shards);
  const first = kept[0] ?? { tick: null, dueAt: null };
  const added = Array.from({ length: definition.policy.shards }, (_, shard) => shard).slice(
    kept.length,
  );
  return {
    writes: [
      ...writing(updateSchedules, {
        ...rowOf(definition, by),
        scheduleId,
        revision,
        source,
      }),
      ...kept.flatMap((place) =>
        writing(movePlaces, { ...stayOf(place), ...(tick === undefined ? {} : begin) }),
      ),
      ...places
        .filter(({ shard }) => shard >= definition.policy.shards)
        .flatMap((place) => writing(deletePlaces, place)),
      ...added.flatMap((shard) => {
        const begins = tick === undefined ? { tick: first.tick, dueAt: first.dueAt } : begin;
        return writing(insertPlaces, { scheduleId, shard, ...begins });
      }),
      ...fires,
    ],
    ticks,
    done: () => {
      news.add(row.name, tick === undefined ? (first.dueAt ?? null) : dueAt);
      return false;
    },
  };
}

/** A move that leaves it where it is, under the next version. */
export function stayOf({ scheduleId, shard, version, tick, dueAt }: PlaceRead) {
  return { scheduleId, shard, version, tick, dueAt, fired: 0, lastRun: null };
}

/** Its runs go on; what its ticks came to is kept as long as the days they lie in. Refuses: schedule.missing. */
export async function remove(room: Room, name: string): Promise<void> {
  await act(room, name, "remove", ({ row }) => ({
    writes: writing(deleteSchedules, row.scheduleId),
    done: () => undefined,
  }));
}

/** Makes what is defined in code, and changes what is defined otherwise, but for what a later version defines. */
export async function sync(room: Room, definitions: readonly Definition[]): Promise<void> {
  const { node } = room;
  const names = definitions.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw fail(scheduleErrors, "definition_malformed", {
      ...{ name: twice, field: "its name", expected: "defined once" },
    });
  }
  await node.seekServers(definitions);
  for (const one of definitions) await checkTarget(room, one);
  const rows = await node.database.run(readSchedules, { names });
  const known = new Map(rows.map((row) => [row.name, row]));
  await Promise.all(definitions.map((one) => syncOne(room, one, known.get(one.name))));
}

async function syncOne(
  room: Room,
  definition: Definition,
  known: ScheduleRead | undefined,
): Promise<void> {
  const { name, codeVersion } = definition;
  if (known === undefined) {
    if (await insert(room, definition, Source.code, null)) return;
    const [row] = await room.node.database.run(readSchedules, { names: [name] });
    return row === undefined ? undefined : syncOne(room, definition, row);
  }
  const isCode = known.source === Source.code;
  if (isCode && isSameDefinition(definitionText(known), definition)) {
    if (known.codeVersion >= codeVersion) return;
  } else if (isCode && known.codeVersion > codeVersion) {
    const { log } = room.node;
    return log.info(
      { schedule: name, kept: known.codeVersion, here: codeVersion },
      "a later version of this schedule is kept",
    );
  }
  if (!isCode) {
    const { log } = room.node;
    log.warn({ schedule: name, by: known.changedBy }, "code takes over a schedule that was put");
  }
  await changeTo(room, definition, Source.code, null);
}
