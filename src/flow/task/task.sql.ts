/** What is read of tasks. */
import { arg, as, sql, table } from "../../postgres/index.ts";

const live = table("flow_live");
const run = table("flow_run");
const dead = table("flow_dead");
const group = table("flow_group");

/** Tasks that this node has claimed, with what their handlers are given. */
export const readTasks = sql.named("flow.readTasks", {
  params: { runs: arg.int8s },
  columns: {
    runId: as.int8,
    input: as.textNull,
    createdAt: as.timestamptz,
    parentId: as.int8Null,
    gate: as.int8Null,
    failed: as.int4,
    hasProgress: as.bool,
  },
})`select live.run_id, run.input, run.created_at, run.parent_id, live.gate,
    coalesce((select max(attempt) from ${table("flow_trouble")} as trouble
      where trouble.run_id = live.run_id and trouble.kind = 1), 0)::int4 as failed,
    exists (select 1 from ${table("flow_progress")} as said where said.run_id = live.run_id)
      as has_progress
  from ${live} as live join ${run} as run on run.run_id = live.run_id
  where live.run_id = any(${"runs"}) and run.run_id = any(${"runs"})`;

/** Groups of a task that have held runs, from one on; walked from group to group, not from run to run. */
export const readHeldGates = sql.named("flow.readHeldGates", {
  params: { flow: arg.int4, after: arg.int8, limit: arg.int4 },
  columns: { gate: as.int8 },
})`with recursive held (gate) as (
    (select gate from ${live} where flow = ${"flow"} and state = 6 and gate > ${"after"}
      order by gate limit 1)
    union all
    select (select gate from ${live} as live
      where live.flow = ${"flow"} and live.state = 6 and live.gate > held.gate
      order by live.gate limit 1)
    from held where held.gate is not null)
  select gate from held where gate is not null limit ${"limit"}`;

/** The input of one held task of each of these groups that has no name yet. */
export const readUnnamed = sql.named("flow.readUnnamed", {
  params: { flow: arg.int4, gates: arg.int8s },
  columns: { gate: as.int8, input: as.textNull },
})`select asked.gate, run.input from unnest(${"gates"}) as asked (gate), lateral (
    select run_id from ${live} as live
    where live.flow = ${"flow"} and live.gate = asked.gate and live.state = 6
    order by live.priority, live.wake_at, live.run_id limit 1) as first
  join ${run} as run on run.run_id = first.run_id
  where not exists (select 1 from ${group} as named
    where named.flow = ${"flow"} and named.gate = asked.gate)`;

/** Groups as they stand: counted up to a bound each. */
export const readGroups = sql.named("flow.readGroups", {
  params: { flow: arg.int4, gates: arg.int8s, most: arg.int4 },
  columns: {
    gate: as.int8,
    name: as.textNull,
    held: as.int4Null,
    inside: as.int4Null,
    first: as.timestamptzNull,
  },
})`select asked.gate,
    (select name from ${group} as named where named.flow = ${"flow"} and named.gate = asked.gate),
    (select count(*)::int4 from (select 1 from ${live} as live
      where live.flow = ${"flow"} and live.gate = asked.gate and live.state = 6
      limit ${"most"}) as held) as held,
    (select count(*)::int4 from (select 1 from ${live} as live
      where live.flow = ${"flow"} and live.gate = asked.gate and live.state in (1, 2)
      limit ${"most"}) as inside) as inside,
    (select wake_at from ${live} as live
      where live.flow = ${"flow"} and live.gate = asked.gate and live.state = 6
      order by live.priority, live.wake_at, live.run_id limit 1) as first
  from unnest(${"gates"}) as asked (gate) order by asked.gate`;

/** Dead tasks, newest first. */
export const readDead = sql.named("flow.readDead", {
  params: { flows: arg.int4s, before: arg.int8, limit: arg.int4 },
  columns: { runId: as.int8 },
})`select dead.run_id from unnest(${"flows"}) as asked (flow), lateral (
    select run_id from ${dead} as one where one.flow = asked.flow and one.run_id < ${"before"}
    order by one.run_id desc limit ${"limit"}) as dead
  order by dead.run_id desc limit ${"limit"}`;

export const readStillDead = sql.named("flow.readStillDead", {
  params: { runs: arg.int8s },
  columns: { runId: as.int8 },
})`select run_id from ${dead} where run_id = any(${"runs"})`;

/** After an unknown outcome of letting go: who has it now. */
export const readOwned = sql.named("flow.readOwned", {
  params: { runId: arg.int8, owner: arg.int4, epoch: arg.int4 },
  columns: { runId: as.int8 },
})`select run_id from ${live}
  where run_id = ${"runId"} and owner = ${"owner"} and epoch = ${"epoch"}`;
