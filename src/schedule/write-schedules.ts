/** How schedules are made, changed and taken away: the writers that units of this room carry. */
import { arrayOf, type Writer } from "../postgres/index.ts";

const ROOM = "schedule";
const LAYER = 2;

/** The asked ordinals that `written` lacks: an item may stand there as often as it has rows. */
const missing = (): string =>
  "select ordinal from unnest($1::int4[]) as asked (ordinal) except all select ordinal from written";

/** The columns of a definition. */
export interface ScheduleRow {
  readonly name: string;
  readonly planText: string;
  readonly target: string;
  readonly targetVersion: number;
  readonly input: string | null;
  readonly policyText: string;
  readonly route: number;
  readonly shards: number;
  readonly codeVersion: number;
  readonly by: string | null;
}

export interface NewSchedule extends ScheduleRow {
  readonly source: number;
  /** Where its shards begin. */
  readonly tick: number;
  readonly dueAt: number;
}

const definitionValues = (rows: readonly ScheduleRow[]) => [
  arrayOf.text(rows.map(({ name }) => name)),
  arrayOf.text(rows.map(({ planText }) => planText)),
  arrayOf.text(rows.map(({ target }) => target)),
  arrayOf.int4(rows.map(({ targetVersion }) => targetVersion)),
  arrayOf.text(rows.map(({ input }) => input)),
  arrayOf.text(rows.map(({ policyText }) => policyText)),
  arrayOf.int2(rows.map(({ route }) => route)),
  arrayOf.int2(rows.map(({ shards }) => shards)),
  arrayOf.int4(rows.map(({ codeVersion }) => codeVersion)),
  arrayOf.text(rows.map(({ by }) => by)),
];

/** With the places of its shards. The culprits are names that are taken. */
export const insertSchedules: Writer<NewSchedule> = {
  room: ROOM,
  label: "schedule.insert",
  layer: LAYER,
  values: (rows) => [
    ...definitionValues(rows),
    arrayOf.int2(rows.map(({ source }) => source)),
    arrayOf.timestamptz(rows.map(({ tick }) => tick)),
    arrayOf.timestamptz(rows.map(({ dueAt }) => dueAt)),
  ],
  beside: (q) => `made as (insert into ${q("schedule")}
      (name, plan, target, target_version, input, policy, route, shards, code_version, changed_by, source)
    select name, plan, target, target_version, input, policy, route, shards, code_version, changed_by,
      source
    from unnest($2::text[], $3::text[], $4::text[], $5::int4[], $6::text[], $7::text[], $8::int2[],
      $9::int2[], $10::int4[], $11::text[], $12::int2[])
      as made (name, plan, target, target_version, input, policy, route, shards, code_version, changed_by,
        source)
    order by name on conflict do nothing returning schedule_id, name),
  placed as (insert into ${q("schedule_due")} (schedule_id, shard, due_at, tick)
    select made.schedule_id, shard, asked.due_at, asked.tick
    from made join unnest($2::text[], $9::int2[], $13::timestamptz[], $14::timestamptz[])
      as asked (name, shards, tick, due_at) on asked.name = made.name,
      lateral generate_series(0, asked.shards - 1) as shard)`,
  write: () => "select name from made",
  culprits: () => `select ordinal from unnest($1::int4[], $2::text[]) as asked (ordinal, name)
    where name not in (select name from written)`,
};

export interface ChangedSchedule extends ScheduleRow {
  readonly scheduleId: bigint;
  readonly source: number;
  /** As it was seen: another makes it a conflict. */
  readonly revision: number;
}

export const updateSchedules: Writer<ChangedSchedule> = {
  room: ROOM,
  label: "schedule.change",
  layer: LAYER,
  values: (rows) => [
    ...definitionValues(rows),
    arrayOf.int8(rows.map(({ scheduleId }) => scheduleId)),
    arrayOf.int4(rows.map(({ revision }) => revision)),
    arrayOf.int2(rows.map(({ source }) => source)),
  ],
  write: (q) => `update ${q("schedule")} as known set plan = asked.plan, target = asked.target,
      target_version = asked.target_version, input = asked.input, policy = asked.policy,
      route = asked.route, shards = asked.shards, code_version = asked.code_version,
      source = asked.source, changed_by = asked.changed_by, changed_at = clock_timestamp(),
      revision = known.revision + 1
    from unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int4[], $6::text[], $7::text[],
      $8::int2[], $9::int2[], $10::int4[], $11::text[], $12::int8[], $13::int4[], $14::int2[])
      as asked (ordinal, name, plan, target, target_version, input, policy, route, shards, code_version,
        changed_by, schedule_id, revision, source)
    where known.schedule_id = asked.schedule_id and known.revision = asked.revision
    returning asked.ordinal`,
  culprits: missing,
};

export interface StateChange {
  readonly scheduleId: bigint;
  readonly revision: number;
  readonly state: number;
  readonly by: string | null;
}

/** Active or paused; its places go in the same unit. */
export const setStates: Writer<StateChange> = {
  room: ROOM,
  label: "schedule.set_state",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ scheduleId }) => scheduleId)),
    arrayOf.int4(rows.map(({ revision }) => revision)),
    arrayOf.int2(rows.map(({ state }) => state)),
    arrayOf.text(rows.map(({ by }) => by)),
  ],
  write: (q) => `update ${q("schedule")} as known set state = asked.state,
      changed_by = asked.changed_by, changed_at = clock_timestamp(), revision = known.revision + 1
    from unnest($1::int4[], $2::int8[], $3::int4[], $4::int2[], $5::text[])
      as asked (ordinal, schedule_id, revision, state, changed_by)
    where known.schedule_id = asked.schedule_id and known.revision = asked.revision
    returning asked.ordinal`,
  culprits: missing,
};

/** The schedule with all its places and lines; what its ticks came to stays. The culprits are gone already. */
export const deleteSchedules: Writer<bigint> = {
  room: ROOM,
  label: "schedule.delete",
  layer: LAYER,
  values: (ids) => [arrayOf.int8(ids)],
  beside: (q) => `waiting as (delete from ${q("schedule_queue")}
      where schedule_id = any($2::int8[]) returning schedule_id, shard, tick, by_hand),
    dropped as (update ${q("schedule_fire")} as fire
      set outcome = 7, reason = 'the schedule was removed', fired_at = clock_timestamp()
      from waiting where fire.schedule_id = waiting.schedule_id and fire.tick = waiting.tick
        and fire.shard = waiting.shard and fire.by_hand = waiting.by_hand),
    placed as (delete from ${q("schedule_due")} where schedule_id = any($2::int8[]))`,
  write: (q) => `delete from ${q("schedule")} as known
    using unnest($1::int4[], $2::int8[]) as asked (ordinal, schedule_id)
    where known.schedule_id = asked.schedule_id returning asked.ordinal`,
  culprits: missing,
};

/** What a node can start, and how much it has to do. */
export interface NodeRow {
  readonly node: string;
  readonly serves: string;
  readonly load: number;
}

export const putNodes: Writer<NodeRow> = {
  room: ROOM,
  label: "schedule.put_node",
  layer: LAYER,
  values: (rows) => [
    arrayOf.text(rows.map(({ node }) => node)),
    arrayOf.text(rows.map(({ serves }) => serves)),
    arrayOf.int4(rows.map(({ load }) => load)),
  ],
  write: (q) => `insert into ${q("schedule_node")} (node, serves, load)
    select node, serves, load
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[]) as made (ordinal, node, serves, load)
    on conflict (node) do update set serves = excluded.serves, load = excluded.load returning 1`,
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};

/** It fires nothing any more. One that is not there has gone, too. */
export const removeNodes: Writer<string> = {
  room: ROOM,
  label: "schedule.remove_node",
  layer: LAYER,
  values: (nodes) => [arrayOf.text(nodes)],
  beside: (q) => `gone as (delete from ${q("schedule_node")} where node = any($2::text[]))`,
  write: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
  culprits: missing,
};

/** Days as texts, such as 2026-11-21. */
export interface Days {
  readonly first: string;
  readonly last: string;
}

export const makeDays: Writer<Days> = {
  room: ROOM,
  label: "schedule.make_days",
  layer: LAYER,
  values: (rows) => [
    arrayOf.text(rows.map(({ first }) => first)),
    arrayOf.text(rows.map(({ last }) => last)),
  ],
  write: (q) => `select ${q("schedule_make_days")}(first::date, last::date)
    from unnest($1::int4[], $2::text[], $3::text[]) as asked (ordinal, first, last)`,
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};

const DROPS_MAX = 10;

/** What ticks came to before that day. */
export const dropDays: Writer<string> = {
  room: ROOM,
  label: "schedule.drop_days",
  layer: LAYER,
  values: (days) => [arrayOf.text(days)],
  write: (q) => `select ${q("schedule_drop_days")}(before::date, ${DROPS_MAX})
    from unnest($1::int4[], $2::text[]) as asked (ordinal, before)`,
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};
