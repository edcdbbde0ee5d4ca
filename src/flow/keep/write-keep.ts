/** How tallies are written, and days that are old are dropped. */
import { arrayOf, type Writer } from "../../postgres/index.ts";

const ROOM = "flow";
const LAYER = 2;
const all = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";

export interface TallyRow {
  /** The least number of a run of that minute. */
  readonly minute: bigint;
  readonly flow: number;
  readonly outcome: number;
  readonly owner: number;
  readonly epoch: number;
  /** All of that minute so far, and not what came since the last time. */
  readonly n: number;
}

/** Safe to repeat: a later count of the same minute is greater, and stands. */
export const saveTallies: Writer<TallyRow> = {
  room: ROOM,
  label: "flow.save_tally",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ minute }) => minute)),
    arrayOf.int4(rows.map(({ flow }) => flow)),
    arrayOf.int2(rows.map(({ outcome }) => outcome)),
    arrayOf.int4(rows.map(({ owner }) => owner)),
    arrayOf.int4(rows.map(({ epoch }) => epoch)),
    arrayOf.int4(rows.map(({ n }) => n)),
  ],
  beside: (q) => `saved as (insert into ${q("flow_tally")} as known
      (minute, flow, outcome, owner, epoch, n)
    select minute, flow, outcome, owner, epoch, max(n)
    from unnest($2::int8[], $3::int4[], $4::int2[], $5::int4[], $6::int4[], $7::int4[])
      as made (minute, flow, outcome, owner, epoch, n)
    group by minute, flow, outcome, owner, epoch order by minute, flow, outcome, owner, epoch
    on conflict (minute, flow, outcome, owner, epoch)
      do update set n = greatest(known.n, excluded.n))`,
  write: all,
  culprits: all,
};

/** Days of one transaction: their locks are held for as long as it takes to drop nine tables. */
const DAYS_AT_ONCE = 1;

/** Drops the oldest day before this one of which nothing lives. Whether one is left is read afterwards. */
export const dropDays: Writer<number> = {
  room: ROOM,
  label: "flow.drop_days",
  layer: LAYER,
  values: (befores) => [arrayOf.int4(befores)],
  write: (q) => `select ${q("flow_drop_days")}(before, ${DAYS_AT_ONCE})
    from unnest($1::int4[], $2::int4[]) as asked (ordinal, before)`,
  culprits: all,
};
