/** Which versions of flows there are, which nodes serve them, and how many runs of each have not ended. */
import { arg, as, sql, table } from "../postgres/index.ts";

const live = table("flow_live");

/** A node serves what it said under the epoch of the lease that it holds. */
const serving = sql.part`${table("flow_serves")} as serves
  join ${table("flow_node")} as working on working.owner = serves.owner
  join ${table("lane_lease")} as lease on lease.node = working.node and lease.epoch = serves.epoch
    and lease.lease_until > clock_timestamp()`;

export const readServed = sql.named("flow.readServed", {
  columns: { flow: as.int4 },
})`select distinct serves.flow from ${serving}`;

export const readServing = sql.named("flow.readServing", {
  columns: {
    flow: as.int4,
    name: as.text,
    version: as.int4,
    firstSeen: as.timestamptz,
    nodes: as.json,
  },
})`select known.flow, known.name, known.version, known.first_seen,
    coalesce((select json_agg(working.node order by working.node) from ${serving}
      where serves.flow = known.flow), '[]'::json) as nodes
  from ${table("flow_version")} as known order by known.name, known.version`;

/** Runs that have not ended, by flow and state, in one stretch of their numbers. */
export const countLive = sql.named("flow.countLive", {
  params: { after: arg.int8, limit: arg.int4 },
  columns: { flow: as.int4, state: as.int2, count: as.int4, last: as.int8Null, seen: as.int4Null },
})`with page as materialized (
    select run_id, flow, state from ${live} where run_id > ${"after"} order by run_id limit ${"limit"})
  select flow, state, count(*)::int4 as count, (select max(run_id) from page) as last,
    (select count(*)::int4 from page) as seen
  from page group by flow, state`;
