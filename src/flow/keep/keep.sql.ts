/** What is read of tallies, and of the days that are kept. */
import { arg, as, fn, sql, table } from "../../postgres/index.ts";

/**
 * Of the days before one that have tables still: how many could go, and what holds the oldest of the others. By
 * the catalogue and by keys; no row of a day is looked at.
 */
export const readOldDays = sql.named("flow.readOldDays", {
  params: { before: arg.int4, beforeId: arg.int8 },
  columns: { free: as.int4Null, held: as.int4Null, living: as.int8Null, dead: as.int8Null },
})`select count(*) filter (where not is_held)::int4 as free,
    count(*) filter (where is_held)::int4 as held,
    (select min(run_id) from ${table("flow_live")} where run_id < ${"beforeId"}) as living,
    (select min(run_id) from ${table("flow_dead")} where run_id < ${"beforeId"}) as dead
  from ${fn("flow_old_days")}(${"before"})`;

/** Has tables of a day that fill, and were planned for as empty ones, looked at. Answers how many. */
export const analyzeDay = sql.named("flow.analyzeDay", {
  params: { day: arg.int4 },
  columns: { done: as.int4 },
})`select done from ${fn("flow_analyze_day")}(${"day"}) as done`;

/** Ends of each flow in stretches of time from `since` on; `everyMs` is the length of one. */
export const readTally = sql.named("flow.readTally", {
  params: {
    name: arg.textNull,
    since: arg.int8,
    until: arg.int8,
    everyMs: arg.int8,
    limit: arg.int4,
  },
  columns: {
    name: as.text,
    stretch: as.int8Null,
    done: as.int8Null,
    failed: as.int8Null,
    cancelled: as.int8Null,
  },
})`select known.name, ((tally.minute - ${"since"}) >> 22) / ${"everyMs"} as stretch,
    coalesce(sum(n) filter (where outcome = 1), 0)::int8 as done,
    coalesce(sum(n) filter (where outcome = 2), 0)::int8 as failed,
    coalesce(sum(n) filter (where outcome = 3), 0)::int8 as cancelled
  from ${table("flow_tally")} as tally join ${table("flow_version")} as known on known.flow = tally.flow
  where tally.minute >= ${"since"} and tally.minute < ${"until"}
    and (${"name"} is null or known.name = ${"name"})
  group by known.name, 2 order by 2, known.name limit ${"limit"}`;
