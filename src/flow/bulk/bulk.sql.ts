/** Runs by what is true of them, found by pages of their numbers: bounded rows in each question. */
import { arg, as, sql, table } from "../../postgres/index.ts";

const params = {
  after: arg.int8,
  until: arg.int8,
  scan: arg.int4,
  states: arg.int2s,
  every: arg.bool,
  flows: arg.int4s,
  except: arg.int4s,
  prefix: arg.textNull,
  input: arg.textNull,
  listed: arg.bool,
} as const;

const columns = {
  last: as.int8Null,
  seen: as.int4Null,
  count: as.int4Null,
  ids: as.jsonNull,
} as const;

const run = table("flow_run");

/** Runs that have not ended. Those of no flow that is asked for, and of no state, cost their row only. */
export const scanLive = sql.named("flow.scanLive", { params, columns })`
  with page as materialized (
    select run_id, flow, state from ${table("flow_live")}
    where run_id > ${"after"} and run_id < ${"until"} order by run_id limit ${"scan"}),
  found as materialized (
    select page.run_id from page
    where page.state = any(${"states"}) and (${"every"} or page.flow = any(${"flows"}))
      and page.flow <> all(${"except"})
      and (${"prefix"} is null or exists (
        select 1 from ${run} as run where run.run_id = page.run_id and starts_with(run.key, ${"prefix"})))
      and (${"input"} is null or exists (
        select 1 from ${run} as run where run.run_id = page.run_id
          and case when strpos(run.input, '\\u0000') > 0 then false
            else run.input::jsonb @> ${"input"}::jsonb end)))
  select (select max(run_id) from page) as last, (select count(*)::int4 from page) as seen,
    (select count(*)::int4 from found) as count,
    case when ${"listed"} then (select json_agg(run_id::text order by run_id) from found) end as ids`;

/** Runs that have ended, by how. */
export const scanEnded = sql.named("flow.scanEnded", { params, columns })`
  with page as materialized (
    select run_id, outcome from ${table("flow_end")}
    where run_id > ${"after"} and run_id < ${"until"} order by run_id limit ${"scan"}),
  found as materialized (
    select page.run_id from page join ${run} as run on run.run_id = page.run_id
    where page.outcome = any(${"states"}) and (${"every"} or run.flow = any(${"flows"}))
      and run.flow <> all(${"except"})
      and (${"prefix"} is null or starts_with(run.key, ${"prefix"}))
      and (${"input"} is null or case when strpos(run.input, '\\u0000') > 0 then false
        else run.input::jsonb @> ${"input"}::jsonb end))
  select (select max(run_id) from page) as last, (select count(*)::int4 from page) as seen,
    (select count(*)::int4 from found) as count,
    case when ${"listed"} then (select json_agg(run_id::text order by run_id) from found) end as ids`;
