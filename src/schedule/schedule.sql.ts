/** What is read of schedules. Nothing here writes. */
import { arg, as, sql, table } from "../postgres/index.ts";

const schedule = table("schedule");
const due = table("schedule_due");
const fire = table("schedule_fire");
const queue = table("schedule_queue");

const scheduleColumns = {
  scheduleId: as.int8,
  name: as.text,
  plan: as.text,
  target: as.text,
  targetVersion: as.int4,
  input: as.textNull,
  policy: as.text,
  route: as.int2,
  shards: as.int2,
  state: as.int2,
  source: as.int2,
  codeVersion: as.int4,
  revision: as.int4,
  changedBy: as.textNull,
  createdAt: as.timestamptz,
  changedAt: as.timestamptz,
} as const;
const schedules = sql.part`select schedule_id, name, plan, target, target_version, input, policy, route,
    shards, state, source, code_version, revision, changed_by, created_at, changed_at
  from ${schedule}`;

export const readSchedules = sql.named("schedule.readSchedules", {
  params: { names: arg.texts },
  columns: scheduleColumns,
})`${schedules} where name = any(${"names"})`;

/** By name; `state` 0 is any. */
export const pageSchedules = sql.named("schedule.pageSchedules", {
  params: { after: arg.text, state: arg.int2, limit: arg.int4 },
  columns: scheduleColumns,
})`${schedules} where name > ${"after"} and (${"state"} = 0 or state = ${"state"})
  order by name limit ${"limit"}`;

const placeColumns = {
  scheduleId: as.int8,
  shard: as.int2,
  tick: as.timestamptzNull,
  dueAt: as.timestamptzNull,
  fires: as.int8,
  lastRun: as.textNull,
  version: as.int4,
} as const;

/** Where all shards of some schedules stand; no `dueAt` while paused. */
export const readPlaces = sql.named("schedule.readPlaces", {
  params: { ids: arg.int8s },
  columns: placeColumns,
})`select schedule_id, shard, tick, case when isfinite(due_at) then due_at end as due_at, fires, last_run,
    version
  from ${due} where schedule_id = any(${"ids"}) order by schedule_id, shard`;

/** Of schedules, all their shards as one: the earliest tick and time, and how many have ticks left. */
export const readStandings = sql.named("schedule.readStandings", {
  params: { ids: arg.int8s },
  columns: {
    scheduleId: as.int8,
    tick: as.timestamptzNull,
    dueAt: as.timestamptzNull,
    open: as.int4,
    fires: as.int8,
    lastRun: as.textNull,
  },
})`select schedule_id, min(tick) as tick,
    min(case when tick is not null and isfinite(due_at) then due_at end) as due_at,
    count(tick)::int4 as open, max(fires) as fires, max(last_run) as last_run
  from ${due} where schedule_id = any(${"ids"}) group by schedule_id`;

/** How many ticks of each shard wait in line. */
export const readQueued = sql.named("schedule.readQueued", {
  params: { scheduleId: arg.int8 },
  columns: { shard: as.int2, queued: as.int4 },
})`select shard, count(*)::int4 as queued from ${queue}
  where schedule_id = ${"scheduleId"} group by shard`;

/** Where the shards of schedules stand that were made or changed just now. */
export const readNews = sql.named("schedule.readNews", {
  params: { names: arg.texts },
  columns: {
    scheduleId: as.int8,
    shard: as.int2,
    dueMs: as.int8,
    fires: as.int8,
    route: as.int2,
    target: as.text,
    targetVersion: as.int4,
  },
})`select place.schedule_id, place.shard, ceil(extract(epoch from place.due_at) * 1000)::int8 as due_ms,
    place.fires, known.route, known.target, known.target_version
  from ${schedule} as known join ${due} as place on place.schedule_id = known.schedule_id
  where known.name = any(${"names"}) and place.due_at < 'infinity'`;

/** The database's time, in milliseconds. */
const nowMs = sql.part`floor(extract(epoch from clock_timestamp()) * 1000)::int8`;

/**
 * What a node looks for, at once: 0 the time, 1 nodes that live, 2 what falls due, in the order of that, 3
 * where ticks wait in line. From `from` on: what was due before it is looked for more seldom.
 */
export const look = sql.named("schedule.look", {
  params: {
    from: arg.timestamptz,
    until: arg.timestamptz,
    afterDue: arg.timestamptz,
    afterId: arg.int8,
    afterShard: arg.int2,
    limit: arg.int4,
  },
  columns: {
    what: as.int4,
    scheduleId: as.int8,
    shard: as.int2,
    at: as.int8,
    fires: as.int8,
    route: as.int2,
    version: as.int4,
    words: as.text,
  },
})`select 0 as what, 0::int8 as schedule_id, 0::int2 as shard, ${nowMs} as at, 0::int8 as fires,
    0::int2 as route, 0 as version, '' as words
  union all
  select 1, 0, 0::int2, 0, known.load, 0::int2, 0, json_build_array(known.node, known.serves)::text
  from ${table("schedule_node")} as known
  join ${table("lane_lease")} as lease on lease.node = known.node
  where lease.lease_until > clock_timestamp()
  union all
  select 2, soon.schedule_id, soon.shard, ceil(extract(epoch from soon.due_at) * 1000)::int8, soon.fires,
    known.route, known.target_version, known.target
  from (
    select schedule_id, shard, due_at, fires from ${due}
    where due_at >= ${"from"} and due_at <= ${"until"} and due_at < 'infinity'
      and (due_at, schedule_id, shard) > (${"afterDue"}, ${"afterId"}, ${"afterShard"})
    order by due_at, schedule_id, shard limit ${"limit"}) as soon
  join ${schedule} as known on known.schedule_id = soon.schedule_id
  union all
  select 3, 0, 0::int2, 0, 0, 0::int2, 0, '' where exists (select 1 from ${queue})`;

/** The time, and of some shards what is due by now or soon, as it stands. */
export const readDue = sql.named("schedule.readDue", {
  params: { ids: arg.int8s, shards: arg.int2s },
  columns: {
    nowMs: as.int8,
    scheduleId: as.int8,
    shard: as.int2,
    tick: as.timestamptzNull,
    dueMs: as.int8,
    fires: as.int8,
    lastRun: as.textNull,
    version: as.int4,
    name: as.text,
    plan: as.text,
    target: as.text,
    targetVersion: as.int4,
    input: as.textNull,
    policy: as.text,
    route: as.int2,
    shards: as.int2,
    queued: as.int4,
  },
})`select ${nowMs} as now_ms, due.schedule_id, due.shard, due.tick,
    ceil(extract(epoch from due.due_at) * 1000)::int8 as due_ms, due.fires, due.last_run, due.version,
    known.name, known.plan, known.target, known.target_version, known.input, known.policy, known.route,
    known.shards, (select count(*)::int4 from ${queue} as waiting
      where waiting.schedule_id = due.schedule_id and waiting.shard = due.shard) as queued
  from unnest(${"ids"}, ${"shards"}) as asked (schedule_id, shard)
  join ${due} as due on due.schedule_id = asked.schedule_id and due.shard = asked.shard
  join ${schedule} as known on known.schedule_id = due.schedule_id
  where due.due_at < 'infinity'`;

/**
 * The first tick in each line of schedules that are active and have one of these targets, with what it waits
 * for. The page goes on behind the last of the one before.
 */
export const readLines = sql.named("schedule.readLines", {
  params: { targets: arg.texts, afterId: arg.int8, afterShard: arg.int2, limit: arg.int4 },
  columns: {
    scheduleId: as.int8,
    shard: as.int2,
    tick: as.timestamptz,
    byHand: as.bool,
    lastRun: as.textNull,
    version: as.int4,
    fires: as.int8,
    name: as.text,
    target: as.text,
    targetVersion: as.int4,
    input: as.textNull,
    policy: as.text,
    route: as.int2,
    shards: as.int2,
  },
})`select distinct on (waiting.schedule_id, waiting.shard) waiting.schedule_id, waiting.shard,
    waiting.tick, waiting.by_hand, due.last_run, due.version, due.fires,
    known.name, known.target, known.target_version, known.input, known.policy, known.route, known.shards
  from ${queue} as waiting
  join ${due} as due on due.schedule_id = waiting.schedule_id and due.shard = waiting.shard
  join ${schedule} as known on known.schedule_id = waiting.schedule_id
  where (waiting.schedule_id, waiting.shard) > (${"afterId"}, ${"afterShard"})
    and known.state = 1 and known.target = any(${"targets"})
  order by waiting.schedule_id, waiting.shard, waiting.tick, waiting.by_hand limit ${"limit"}`;

/** Newest first. The page goes on behind the last of the one before. */
export const readFires = sql.named("schedule.readFires", {
  params: {
    scheduleId: arg.int8,
    beforeTick: arg.timestamptz,
    beforeShard: arg.int2,
    beforeHand: arg.bool,
    limit: arg.int4,
  },
  columns: {
    tick: as.timestamptz,
    shard: as.int2,
    byHand: as.bool,
    outcome: as.int2,
    runId: as.textNull,
    firedAt: as.timestamptz,
    through: as.timestamptzNull,
    ticks: as.int4,
    reason: as.textNull,
  },
})`select tick, shard, by_hand, outcome, run_id, fired_at, through, ticks, reason from ${fire}
  where schedule_id = ${"scheduleId"}
    and (tick, shard, by_hand) < (${"beforeTick"}, ${"beforeShard"}, ${"beforeHand"})
  order by tick desc, shard desc, by_hand desc limit ${"limit"}`;

/** Whether a tick has an outcome. */
export const readFire = sql.named("schedule.readFire", {
  params: { scheduleId: arg.int8, tick: arg.timestamptz, shard: arg.int2, byHand: arg.bool },
  columns: { outcome: as.int2 },
})`select outcome from ${fire} where schedule_id = ${"scheduleId"} and tick = ${"tick"}
  and shard = ${"shard"} and by_hand = ${"byHand"}`;
