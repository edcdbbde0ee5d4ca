/** The rows of a fork, of what a run says of itself, and of which flows a node serves. */
import { arrayOf, type Writer } from "../postgres/index.ts";
import type { Owner } from "./write-runs.ts";

const ROOM = "flow";
const LAYER = 2;

export interface ForkRow {
  readonly runId: bigint;
  readonly origin: bigint;
  readonly flow: number;
  readonly key: string | null;
  readonly input: string | null;
  /** The origin's input, and not the one above. */
  readonly keepsInput: boolean;
  readonly reused: readonly string[];
  readonly word: string;
  readonly at: number;
  readonly byKey: string | null;
  readonly request: string | null;
}

/** A run with some of another's records. The culprits are numbers that are taken, or have no origin. */
export const forkRuns: Writer<ForkRow> = {
  room: ROOM,
  label: "flow.fork",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int8(rows.map(({ origin }) => origin)),
    arrayOf.int4(rows.map(({ flow }) => flow)),
    arrayOf.text(rows.map(({ key }) => key)),
    arrayOf.text(rows.map(({ input }) => input)),
    arrayOf.bool(rows.map(({ keepsInput }) => keepsInput)),
    arrayOf.text(rows.map(({ reused }) => JSON.stringify(reused))),
    arrayOf.text(rows.map(({ word }) => word)),
    arrayOf.timestamptz(rows.map(({ at }) => at)),
    arrayOf.text(rows.map(({ byKey }) => byKey)),
    arrayOf.text(rows.map(({ request }) => request)),
  ],
  write: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int8[], $3::int8[], $4::int4[], $5::text[], $6::text[], $7::bool[],
      $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[]) as asked
      (ordinal, run, origin, flow, key, input, keeps, reused, word, at, by_key, request)
    where ${q("flow_fork")}(run, origin, flow, key, input, keeps, reused, word, at, by_key, request)`,
  culprits: () => `select ordinal from unnest($1::int4[]) as asked (ordinal)
    where ordinal not in (select ordinal from written)`,
};

export interface StateRow {
  readonly runId: bigint;
  readonly said: number;
  readonly value: string | null;
  readonly at: number;
}

const all = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";

/** What runs of a node say of themselves; later sayings stand, and under a lost lease nothing is said. */
export const sayStatesOf = ({ node, epoch }: Owner): Writer<StateRow> => ({
  room: ROOM,
  label: "flow.say_state",
  layer: LAYER,
  values: (rows) => [
    node,
    String(epoch),
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int4(rows.map(({ said }) => said)),
    arrayOf.text(rows.map(({ value }) => value)),
    arrayOf.timestamptz(rows.map(({ at }) => at)),
  ],
  // Several units of one run may share a flush: the last word of each run is written.
  beside: (q) => `holding as (select 1 from ${q("lane_lease")}
      where node = $2::text and epoch = $3::int8 for key share),
    said as (insert into ${q("flow_state")} as known (run_id, said, value, at)
    select distinct on (run_id) run_id, said, value, at
    from unnest($4::int8[], $5::int4[], $6::text[], $7::timestamptz[]) as made (run_id, said, value, at),
      holding
    order by run_id, said desc
    on conflict (run_id) do update set said = excluded.said, value = excluded.value, at = excluded.at
      where excluded.said > known.said)`,
  write: () => `select ordinal from unnest($1::int4[]) as asked (ordinal), holding`,
  culprits: all,
});

/** A run that is begun again in part says anew what it is. */
export const forgetStates: Writer<bigint> = {
  room: ROOM,
  label: "flow.forget_state",
  layer: LAYER,
  values: (ids) => [arrayOf.int8(ids)],
  beside: (q) => `gone as (delete from ${q("flow_state")} where run_id = any($2::int8[]))`,
  write: all,
  culprits: all,
};

export interface ServesRow {
  readonly owner: number;
  readonly epoch: number;
  readonly flow: number;
}

/** What a node serves from this epoch on; what it served before and serves no more goes. */
export const insertServes: Writer<ServesRow> = {
  room: ROOM,
  label: "flow.insert_serves",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ owner }) => owner)),
    arrayOf.int4(rows.map(({ flow }) => flow)),
    arrayOf.int4(rows.map(({ epoch }) => epoch)),
  ],
  beside: (q) => `made as (
      select owner, flow, epoch from unnest($2::int4[], $3::int4[], $4::int4[]) as made (owner, flow, epoch)),
    gone as (delete from ${q("flow_serves")} as known using (select distinct owner, epoch from made) as now
      where known.owner = now.owner and known.epoch < now.epoch and not exists (
        select 1 from made where made.owner = known.owner and made.flow = known.flow)),
    served as (insert into ${q("flow_serves")} (owner, flow, epoch) select owner, flow, epoch from made
      order by owner, flow on conflict (owner, flow) do update set epoch = excluded.epoch)`,
  write: all,
  culprits: all,
};

/** A node that was taken over serves nothing. */
export const forgetServes: Writer<number> = {
  room: ROOM,
  label: "flow.forget_serves",
  layer: LAYER,
  values: (owners) => [arrayOf.int4(owners)],
  beside: (q) => `gone as (delete from ${q("flow_serves")} where owner = any($2::int4[]))`,
  write: all,
  culprits: all,
};
