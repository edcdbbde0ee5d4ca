/** How the rows of machines are written. */
import { arrayOf, type Writer } from "../../postgres/index.ts";

const ROOM = "flow";
const LAYER = 2;

export interface BegunRow {
  readonly runId: bigint;
  readonly flow: number;
  readonly state: string;
  readonly data: string | null;
  readonly since: number;
  readonly until: number | null;
}

const all = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";
const unwritten = (): string => `${all()} where ordinal not in (select ordinal from written)`;

/** A machine in its first state. One that stands already stands. */
export const beginMachines: Writer<BegunRow> = {
  room: ROOM,
  label: "flow.begin_machine",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int4(rows.map(({ flow }) => flow)),
    arrayOf.text(rows.map(({ state }) => state)),
    arrayOf.text(rows.map(({ data }) => data)),
    arrayOf.timestamptz(rows.map(({ since }) => since)),
    arrayOf.timestamptz(rows.map(({ until }) => until)),
  ],
  beside: (q) => `begun as (insert into ${q("flow_machine")}
      (run_id, flow, number, worked, after, compensated, since, until, state, data)
    select run_id, flow, 0, -1, 0, 0, since, until, state, data
    from unnest($2::int8[], $3::int4[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
      as made (run_id, flow, state, data, since, until)
    order by run_id on conflict do nothing)`,
  write: all,
  culprits: all,
};

export interface TakeRow {
  readonly runId: bigint;
  /** How many events it had taken when this was decided. */
  readonly seen: number;
  readonly eventId: string;
  readonly name: string;
  readonly payload: string | null;
  readonly from: string;
  readonly to: string;
  readonly data: string | null;
  readonly at: number;
  readonly until: number | null;
}

/** Events that machines take. The culprits were decided on what is not so any more. */
export const takeEvents: Writer<TakeRow> = {
  room: ROOM,
  label: "flow.take_event",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int4(rows.map(({ seen }) => seen)),
    arrayOf.text(rows.map(({ eventId }) => eventId)),
    arrayOf.text(rows.map(({ name }) => name)),
    arrayOf.text(rows.map(({ payload }) => payload)),
    arrayOf.text(rows.map(({ from }) => from)),
    arrayOf.text(rows.map(({ to }) => to)),
    arrayOf.text(rows.map(({ data }) => data)),
    arrayOf.timestamptz(rows.map(({ at }) => at)),
    arrayOf.timestamptz(rows.map(({ until }) => until)),
  ],
  write: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int8[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[]) as asked
      (ordinal, run, seen, event, name, payload, from_s, to_s, data, at, until)
    where ${q("flow_machine_take")}(run, seen, event, name, payload, from_s, to_s, data, at, until)`,
  culprits: unwritten,
};

export interface WorkedRow {
  readonly runId: bigint;
  /** The event whose work is done. */
  readonly done: number;
  /** The last record of the run that is not needed again. */
  readonly last: number;
  /** Everything before this event is taken back; 0: nothing new. */
  readonly takenBack: number;
}

export const markWorked: Writer<WorkedRow> = {
  room: ROOM,
  label: "flow.mark_worked",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int4(rows.map(({ done }) => done)),
    arrayOf.int4(rows.map(({ last }) => last)),
    arrayOf.int4(rows.map(({ takenBack }) => takenBack)),
  ],
  write: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int8[], $3::int4[], $4::int4[], $5::int4[])
      as asked (ordinal, run, done, last, taken_back)
    where ${q("flow_machine_worked")}(run, done, last, taken_back)`,
  culprits: unwritten,
};
