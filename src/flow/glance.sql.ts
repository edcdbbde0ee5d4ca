/** What a page shows of all runs at once: bounded rows, whatever stands in the tables. */
import { arg, as, sql, table } from "../postgres/index.ts";

const live = table("flow_live");

/** The newest runs that have not ended, by state. */
export const countNewest = sql.named("flow.countNewest", {
  params: { limit: arg.int4 },
  columns: { state: as.int2, count: as.int4 },
})`select state, count(*)::int4 as count
  from (select state from ${live} where state <> 7 order by run_id desc limit ${"limit"}) as newest
  group by state order by state`;

/** Those that wait for a person, wherever they are: by their own indexes. */
export const countStopped = sql.named("flow.countStopped", {
  params: { limit: arg.int4 },
  columns: { parked: as.int4, paused: as.int4, dead: as.int4 },
})`select
    (select count(*)::int4 from (select 1 from ${live} where state = 4 limit ${"limit"}) as one) as parked,
    (select count(*)::int4 from (select 1 from ${live} where state = 5 limit ${"limit"}) as two) as paused,
    (select count(*)::int4 from (select 1 from ${table("flow_dead")} limit ${"limit"}) as three) as dead`;

/** The newest runs that have ended, by their numbers. */
export const readNewestEnds = sql.named("flow.readNewestEnds", {
  params: { limit: arg.int4 },
  columns: {
    runId: as.int8,
    name: as.text,
    outcome: as.int2,
    result: as.textNull,
    endedAt: as.timestamptz,
  },
})`select ended.run_id, known.name, ended.outcome,
    case when ended.outcome <> 1 then ended.result end as result, ended.ended_at
  from (select run_id, outcome, result, ended_at from ${table("flow_end")}
    order by run_id desc limit ${"limit"}) as ended
  join ${table("flow_run")} as run on run.run_id = ended.run_id
  join ${table("flow_version")} as known on known.flow = run.flow
  order by ended.ended_at desc, ended.run_id desc`;
