/** How the rows that only tasks have are written. */
import { arrayOf, type Writer } from "../../postgres/index.ts";
import type { Owner } from "../write-runs.ts";

const ROOM = "flow";
const LAYER = 2;
const all = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";

/** Lists of runs that are all taken as far as can be; which those were is read afterwards. */
function takingLists(label: string, name: string): Writer<readonly bigint[]> {
  return {
    room: ROOM,
    label,
    layer: LAYER,
    values: (lists) => [arrayOf.int8(lists.flat())],
    write: (q) => `select asked.ordinal
      from (select ${q(name)}($2::int8[]) as moved) as done,
        unnest($1::int4[]) as asked (ordinal) where done.moved >= 0`,
    culprits: all,
  };
}

/** Tasks that waited and are due become ready, or held. */
export const dueTasks = takingLists("flow.task_due", "flow_due");

/** Dead tasks are done again. */
export const redriveTasks = takingLists("flow.task_redrive", "flow_redrive");

export interface DeadRow {
  readonly runId: bigint;
  readonly flow: number;
  readonly gate: bigint | null;
  readonly deadAt: number;
}

/** Goes with the end of a task, which looks at the lease. */
export const insertDead: Writer<DeadRow> = {
  room: ROOM,
  label: "flow.insert_dead",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int4(rows.map(({ flow }) => flow)),
    arrayOf.int8(rows.map(({ gate }) => gate)),
    arrayOf.timestamptz(rows.map(({ deadAt }) => deadAt)),
  ],
  write: (q) => `insert into ${q("flow_dead")} as dead (run_id, flow, gate, dead_at)
    select run_id, flow, gate, dead_at
    from unnest($1::int4[], $2::int8[], $3::int4[], $4::int8[], $5::timestamptz[])
      as made (ordinal, run_id, flow, gate, dead_at)
    on conflict (run_id) do update set dead_at = dead.dead_at returning 1`,
  culprits: all,
};

export interface ProgressRow {
  readonly runId: bigint;
  readonly owner: number;
  readonly epoch: number;
  readonly value: string;
  readonly at: number;
}

/** Only of tasks that this node has still, under this epoch; of the others nothing is kept. */
export const saveProgress: Writer<ProgressRow> = {
  room: ROOM,
  label: "flow.save_progress",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int4(rows.map(({ owner }) => owner)),
    arrayOf.int4(rows.map(({ epoch }) => epoch)),
    arrayOf.text(rows.map(({ value }) => value)),
    arrayOf.timestamptz(rows.map(({ at }) => at)),
  ],
  beside: (q) => `saved as (insert into ${q("flow_progress")} (run_id, value, at)
    select made.run_id, made.value, made.at
    from unnest($2::int8[], $3::int4[], $4::int4[], $5::text[], $6::timestamptz[])
      as made (run_id, owner, epoch, value, at)
    join ${q("flow_live")} as live
      on live.run_id = made.run_id and live.owner = made.owner and live.epoch = made.epoch
    order by made.run_id
    on conflict (run_id) do update set value = excluded.value, at = excluded.at)`,
  write: all,
  culprits: all,
};

/** What a task that has ended said of itself goes with it. */
export const deleteProgress: Writer<bigint> = {
  room: ROOM,
  label: "flow.delete_progress",
  layer: LAYER,
  values: (ids) => [arrayOf.int8(ids)],
  beside: (q) => `gone as (delete from ${q("flow_progress")} where run_id = any($2::int8[]))`,
  write: all,
  culprits: all,
};

export interface PromoteItem {
  readonly flow: number;
  readonly gates: readonly bigint[];
  readonly perGroup: number;
  readonly rateMost: number;
  readonly rateMs: number;
  readonly rateOfAll: boolean;
  readonly most: number;
}

export interface HoldRow {
  readonly runId: bigint;
  readonly gate: bigint;
}

/** Claimed tasks that nobody has judged yet are put before the door of their group; who is asked something hears it. */
export const holdTasksOf = ({ node, owner, epoch }: Owner): Writer<HoldRow> => ({
  room: ROOM,
  label: "flow.task_hold",
  layer: LAYER,
  values: (rows) => [
    node,
    String(epoch),
    String(owner),
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int8(rows.map(({ gate }) => gate)),
  ],
  write: (q) => `with holding as (select 1 from ${q("lane_lease")}
      where node = $2::text and epoch = $3::int8 for key share)
    update ${q("flow_live")} as live set gate = asked.gate, owner = 0, epoch = 0,
      state = case when live.asked = 0 then 6 else 1 end
    from unnest($1::int4[], $5::int8[], $6::int8[]) as asked (ordinal, run_id, gate), holding
    where live.run_id = asked.run_id and live.owner = $4::int4 and live.epoch = $3::int8
    returning live.run_id`,
  culprits: () => `select ordinal from unnest($1::int4[], $5::int8[]) as asked (ordinal, run_id)
    where run_id not in (select run_id from written)`,
});

export interface GroupRow {
  readonly flow: number;
  readonly gate: bigint;
  readonly name: string;
}

/** Names for so many groups of a task at most; those of more are known by their numbers only. */
const NAMES_MAX = 10_000;

/** What groups are called that wait. */
export const saveGroups: Writer<GroupRow> = {
  room: ROOM,
  label: "flow.save_group",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ flow }) => flow)),
    arrayOf.int8(rows.map(({ gate }) => gate)),
    arrayOf.text(rows.map(({ name }) => name)),
  ],
  beside: (q) => `named as (insert into ${q("flow_group")} (flow, gate, name)
    select distinct flow, gate, name
    from unnest($2::int4[], $3::int8[], $4::text[]) as made (flow, gate, name)
    where (select count(*) from (select 1 from ${q("flow_group")} as known
      where known.flow = made.flow limit ${NAMES_MAX}) as names) < ${NAMES_MAX}
    order by flow, gate on conflict do nothing)`,
  write: all,
  culprits: all,
};

/** Groups as text, since an array of arrays has to be square. */
export const promoteTasks: Writer<PromoteItem> = {
  room: ROOM,
  label: "flow.task_promote",
  layer: LAYER,
  values: (items) => [
    arrayOf.int4(items.map(({ flow }) => flow)),
    arrayOf.text(items.map(({ gates }) => `{${gates.join(",")}}`)),
    arrayOf.int4(items.map(({ perGroup }) => perGroup)),
    arrayOf.int4(items.map(({ rateMost }) => rateMost)),
    arrayOf.int4(items.map(({ rateMs }) => rateMs)),
    arrayOf.bool(items.map(({ rateOfAll }) => rateOfAll)),
    arrayOf.int4(items.map(({ most }) => most)),
  ],
  write: (q) => `select ${q("flow_promote")}(flow, gates::int8[], per_group, rate_most, rate_ms,
      rate_of_all, most)
    from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::int4[], $6::int4[], $7::bool[],
      $8::int4[]) as asked (ordinal, flow, gates, per_group, rate_most, rate_ms, rate_of_all, most)
    order by flow`,
  culprits: all,
};

/** What is of no use any more: keys whose time is over, old marks of rates, names of groups that do not wait. */
export const sweepOld: Writer<null> = {
  room: ROOM,
  label: "flow.sweep_old",
  layer: LAYER,
  values: () => [],
  beside: (q) => `keys as (delete from ${q("flow_key")} where digest in (
      select digest from ${q("flow_key")} where until <= clock_timestamp()
      order by until limit 5000 for update skip locked)),
    marks as (delete from ${q("flow_let_through")} where at < clock_timestamp() - interval '1 day'),
    names as (delete from ${q("flow_group")} where (flow, gate) in (
      select flow, gate from ${q("flow_group")} as named where not exists (
        select 1 from ${q("flow_live")} as live
        where live.flow = named.flow and live.gate = named.gate and live.state = 6)
      order by flow, gate limit 5000 for update skip locked))`,
  write: all,
  culprits: all,
};
