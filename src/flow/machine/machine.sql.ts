/** What is read of machines. */
import { arg, as, sql, table } from "../../postgres/index.ts";

const machine = table("flow_machine");
const event = table("flow_machine_event");

export const readMachine = sql.named("flow.readMachine", {
  params: { runId: arg.int8 },
  columns: {
    flow: as.int4,
    number: as.int4,
    worked: as.int4,
    after: as.int4,
    compensated: as.int4,
    since: as.timestamptz,
    until: as.timestamptzNull,
    state: as.text,
    data: as.textNull,
  },
})`select flow, number, worked, after, compensated, since, until, state, data
  from ${machine} where run_id = ${"runId"}`;

const eventColumns = {
  number: as.int4,
  eventId: as.text,
  name: as.text,
  payload: as.textNull,
  fromState: as.text,
  toState: as.text,
  data: as.textNull,
  at: as.timestamptz,
} as const;
const events = sql.part`select number, event_id, name, payload, from_state, to_state, data, at
  from ${event}`;

/** What it took, from one number on. */
export const readTaken = sql.named("flow.readTaken", {
  params: { runId: arg.int8, from: arg.int4, limit: arg.int4 },
  columns: eventColumns,
})`${events} where run_id = ${"runId"} and number >= ${"from"} order by number limit ${"limit"}`;

export const readTakenById = sql.named("flow.readTakenById", {
  params: { runId: arg.int8, eventId: arg.text },
  columns: eventColumns,
})`${events} where run_id = ${"runId"} and event_id = ${"eventId"}`;

/** Machines with work that is not done and has failed at least once, or that nobody works on any more. */
export const readStuck = sql.named("flow.readStuck", {
  params: { after: arg.int8, name: arg.textNull, limit: arg.int4 },
  columns: {
    runId: as.int8,
    name: as.text,
    version: as.int4,
    key: as.textNull,
    state: as.text,
    since: as.timestamptz,
    live: as.int2Null,
    wakeAt: as.timestamptzNull,
    outcome: as.int2Null,
    result: as.textNull,
    step: as.textNull,
    attempt: as.int4Null,
    error: as.textNull,
  },
})`select open.run_id, known.name, known.version, run.key, open.state, open.since, live.state as live,
    case when isfinite(live.wake_at) then live.wake_at end as wake_at, ended.outcome, ended.result,
    went.step, went.attempt, went.error
  from ${machine} as open
  join ${table("flow_version")} as known on known.flow = open.flow
  join ${table("flow_run")} as run on run.run_id = open.run_id
  left join ${table("flow_live")} as live on live.run_id = open.run_id
  left join ${table("flow_end")} as ended on ended.run_id = open.run_id
  left join lateral (
    select step, attempt, error from ${table("flow_trouble")} as trouble
    where trouble.run_id = open.run_id and kind in (1, 2)
      and (kind = 2 or starts_with(step, (open.worked + 1)::text || '/'))
    order by at desc limit 1) as went on true
  where open.worked < open.number and open.run_id > ${"after"}
    and (${"name"} is null or known.name = ${"name"})
    and (went.step is not null or live.state = 4 or ended.outcome = 2)
  order by open.run_id limit ${"limit"}`;
