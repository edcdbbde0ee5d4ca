/**
 * Starts that nobody owns yet, for units of anybody's lane: no lease is looked at, since no node's right is
 * needed to enqueue. Whoever serves the flow claims the run behind the commit.
 */
import { arrayOf, type Writer } from "../postgres/index.ts";
import type { StartRow } from "./write-runs.ts";

/** The culprits are numbers that somebody else hit upon, too. */
export const insertFreeStarts: Writer<StartRow> = {
  room: "flow",
  label: "flow.insert_start",
  layer: 2,
  values: (rows) => [
    arrayOf.int8(rows.map(({ live }) => live.runId)),
    arrayOf.int4(rows.map(({ live }) => live.flow)),
    arrayOf.timestamptz(rows.map(({ live }) => live.wakeAt)),
    arrayOf.int2(rows.map(({ live }) => live.state)),
    arrayOf.int2(rows.map(({ live }) => live.priority)),
    arrayOf.text(rows.map(({ run }) => run.key)),
    arrayOf.text(rows.map(({ run }) => run.input)),
    arrayOf.timestamptz(rows.map(({ run }) => run.createdAt)),
    arrayOf.text(rows.map(({ run }) => run.byKey)),
    arrayOf.text(rows.map(({ run }) => run.request)),
  ],
  beside: (q) => `run as (insert into ${q("flow_run")}
      (run_id, flow, key, input, created_at, by_key, request)
    select run_id, flow, key, input, created_at, by_key, request
    from unnest($2::int8[], $3::int4[], $7::text[], $8::text[], $9::timestamptz[], $10::text[],
      $11::text[]) as made (run_id, flow, key, input, created_at, by_key, request)
    on conflict do nothing)`,
  write: (
    q,
  ) => `insert into ${q("flow_live")} (run_id, flow, wake_at, owner, epoch, state, priority)
    select run_id, flow, wake_at, 0, 0, state, priority
    from unnest($1::int4[], $2::int8[], $3::int4[], $4::timestamptz[], $5::int2[], $6::int2[])
      as made (ordinal, run_id, flow, wake_at, state, priority)
    on conflict do nothing returning run_id`,
  culprits: () => `select ordinal from unnest($1::int4[], $2::int8[]) as asked (ordinal, run_id)
    where run_id not in (select run_id from written)`,
};
