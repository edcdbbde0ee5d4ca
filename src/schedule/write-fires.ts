/**
 * How ticks are written: what came of them, and where their shard stands then. Of two nodes that fire one tick
 * the place lets one through: it moves at the version that was seen, and nobody waits for its row. Behind
 * that stands the key of the fires themselves.
 */
import { arrayOf, type Writer } from "../postgres/index.ts";

const ROOM = "schedule";
const LAYER = 2;

const missing = (): string =>
  "select ordinal from unnest($1::int4[]) as asked (ordinal) except all select ordinal from written";

export interface PlaceMove {
  readonly scheduleId: bigint;
  readonly shard: number;
  /** As it was seen. */
  readonly version: number;
  /** Null: none is left. */
  readonly tick: number | null;
  /** Null: never, while paused. */
  readonly dueAt: number | null;
  /** How many more were fired. */
  readonly fired: number;
  /** The run that the next must not overlap; null leaves the one before. */
  readonly lastRun: string | null;
}

/** The culprits were moved by somebody else, or are just being. Locks: places, and waits for none. */
export const movePlaces: Writer<PlaceMove> = {
  room: ROOM,
  label: "schedule.move",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ scheduleId }) => scheduleId)),
    arrayOf.int2(rows.map(({ shard }) => shard)),
    arrayOf.int4(rows.map(({ version }) => version)),
    arrayOf.timestamptz(rows.map(({ tick }) => tick)),
    arrayOf.timestamptz(rows.map(({ dueAt }) => dueAt)),
    arrayOf.int4(rows.map(({ fired }) => fired)),
    arrayOf.text(rows.map(({ lastRun }) => lastRun)),
  ],
  write: (q) => `with free as (
      select asked.ordinal, asked.schedule_id, asked.shard, asked.tick, asked.due_at, asked.fired,
        asked.last_run
      from unnest($1::int4[], $2::int8[], $3::int2[], $4::int4[], $5::timestamptz[], $6::timestamptz[],
        $7::int4[], $8::text[])
        as asked (ordinal, schedule_id, shard, version, tick, due_at, fired, last_run)
      join ${q("schedule_due")} as place
        on place.schedule_id = asked.schedule_id and place.shard = asked.shard
          and place.version = asked.version
      for no key update of place skip locked)
    update ${q("schedule_due")} as moved set tick = free.tick,
      due_at = coalesce(free.due_at, 'infinity'), fires = moved.fires + free.fired,
      last_run = coalesce(free.last_run, moved.last_run), version = moved.version + 1
    from free where moved.schedule_id = free.schedule_id and moved.shard = free.shard
    returning free.ordinal`,
  culprits: missing,
};

export interface NewPlace {
  readonly scheduleId: bigint;
  readonly shard: number;
  readonly tick: number | null;
  readonly dueAt: number | null;
}

export const insertPlaces: Writer<NewPlace> = {
  room: ROOM,
  label: "schedule.insert_place",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ scheduleId }) => scheduleId)),
    arrayOf.int2(rows.map(({ shard }) => shard)),
    arrayOf.timestamptz(rows.map(({ tick }) => tick)),
    arrayOf.timestamptz(rows.map(({ dueAt }) => dueAt)),
  ],
  write: (q) => `insert into ${q("schedule_due")} (schedule_id, shard, tick, due_at)
    select schedule_id, shard, tick, coalesce(due_at, 'infinity')
    from unnest($1::int4[], $2::int8[], $3::int2[], $4::timestamptz[], $5::timestamptz[])
      as made (ordinal, schedule_id, shard, tick, due_at)
    on conflict do nothing returning schedule_id, shard`,
  culprits: () => `select ordinal from unnest($1::int4[], $2::int8[], $3::int2[])
      as asked (ordinal, schedule_id, shard)
    where (schedule_id, shard) not in (select schedule_id, shard from written)`,
};

export interface PlaceRef {
  readonly scheduleId: bigint;
  readonly shard: number;
  readonly version: number;
}

/** A shard that is no more, with its line. */
export const deletePlaces: Writer<PlaceRef> = {
  room: ROOM,
  label: "schedule.delete_place",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ scheduleId }) => scheduleId)),
    arrayOf.int2(rows.map(({ shard }) => shard)),
    arrayOf.int4(rows.map(({ version }) => version)),
  ],
  beside: (q) => `waiting as (delete from ${q("schedule_queue")} as waiting
      using unnest($2::int8[], $3::int2[]) as gone (schedule_id, shard)
      where waiting.schedule_id = gone.schedule_id and waiting.shard = gone.shard
      returning waiting.schedule_id, waiting.shard, waiting.tick, waiting.by_hand),
    dropped as (update ${q("schedule_fire")} as fire
      set outcome = 7, reason = 'its shard was taken away', fired_at = clock_timestamp()
      from waiting where fire.schedule_id = waiting.schedule_id and fire.tick = waiting.tick
        and fire.shard = waiting.shard and fire.by_hand = waiting.by_hand)`,
  write: (q) => `delete from ${q("schedule_due")} as place
    using unnest($1::int4[], $2::int8[], $3::int2[], $4::int4[])
      as asked (ordinal, schedule_id, shard, version)
    where place.schedule_id = asked.schedule_id and place.shard = asked.shard
      and place.version = asked.version
    returning asked.ordinal`,
  culprits: missing,
};

export interface FireRow {
  readonly scheduleId: bigint;
  readonly tick: number;
  readonly shard: number;
  readonly byHand: boolean;
  readonly outcome: number;
  readonly runId: string | null;
  /** The last of `ticks` in a row, where the row is of more than one. */
  readonly through: number | null;
  readonly ticks: number;
  readonly reason: string | null;
}

/** What came of ticks, by the database's clock. The culprits have an outcome already. */
export const insertFires: Writer<FireRow> = {
  room: ROOM,
  label: "schedule.insert_fire",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ scheduleId }) => scheduleId)),
    arrayOf.timestamptz(rows.map(({ tick }) => tick)),
    arrayOf.int2(rows.map(({ shard }) => shard)),
    arrayOf.bool(rows.map(({ byHand }) => byHand)),
    arrayOf.int2(rows.map(({ outcome }) => outcome)),
    arrayOf.text(rows.map(({ runId }) => runId)),
    arrayOf.timestamptz(rows.map(({ through }) => through)),
    arrayOf.int4(rows.map(({ ticks }) => ticks)),
    arrayOf.text(rows.map(({ reason }) => reason)),
  ],
  write: (q) => `insert into ${q("schedule_fire")}
      (schedule_id, tick, shard, by_hand, outcome, run_id, fired_at, through, ticks, reason)
    select schedule_id, tick, shard, by_hand, outcome, run_id, clock_timestamp(), through, ticks, reason
    from unnest($1::int4[], $2::int8[], $3::timestamptz[], $4::int2[], $5::bool[], $6::int2[],
      $7::text[], $8::timestamptz[], $9::int4[], $10::text[])
      as made (ordinal, schedule_id, tick, shard, by_hand, outcome, run_id, through, ticks, reason)
    order by schedule_id, tick, shard, by_hand
    on conflict do nothing returning schedule_id, tick, shard, by_hand`,
  culprits: () => `select ordinal
    from unnest($1::int4[], $2::int8[], $3::timestamptz[], $4::int2[], $5::bool[])
      as asked (ordinal, schedule_id, tick, shard, by_hand)
    where (schedule_id, tick, shard, by_hand) not in
      (select schedule_id, tick, shard, by_hand from written)`,
};

export interface QueuedTick {
  readonly scheduleId: bigint;
  readonly shard: number;
  readonly tick: number;
  readonly byHand: boolean;
}

const queuedValues = (rows: readonly QueuedTick[]) => [
  arrayOf.int8(rows.map(({ scheduleId }) => scheduleId)),
  arrayOf.int2(rows.map(({ shard }) => shard)),
  arrayOf.timestamptz(rows.map(({ tick }) => tick)),
  arrayOf.bool(rows.map(({ byHand }) => byHand)),
];
const asQueued = `unnest($1::int4[], $2::int8[], $3::int2[], $4::timestamptz[], $5::bool[])
      as asked (ordinal, schedule_id, shard, tick, by_hand)`;

export const insertQueued: Writer<QueuedTick> = {
  room: ROOM,
  label: "schedule.queue",
  layer: LAYER,
  values: queuedValues,
  write: (q) => `insert into ${q("schedule_queue")} (schedule_id, shard, tick, by_hand)
    select schedule_id, shard, tick, by_hand from ${asQueued}
    on conflict do nothing returning schedule_id, shard, tick, by_hand`,
  culprits: () => `select ordinal from ${asQueued} where (schedule_id, shard, tick, by_hand) not in
    (select schedule_id, shard, tick, by_hand from written)`,
};

/** The first of a line goes. The culprits went before. */
export const takeQueued: Writer<QueuedTick> = {
  room: ROOM,
  label: "schedule.take_queued",
  layer: LAYER,
  values: queuedValues,
  write: (q) => `delete from ${q("schedule_queue")} as waiting using ${asQueued}
    where waiting.schedule_id = asked.schedule_id and waiting.shard = asked.shard
      and waiting.tick = asked.tick and waiting.by_hand = asked.by_hand
    returning asked.ordinal`,
  culprits: missing,
};

export interface SettledTick extends QueuedTick {
  readonly outcome: number;
  readonly runId: string | null;
  readonly reason: string | null;
}

/** What came of a tick that waited in line. */
export const settleFires: Writer<SettledTick> = {
  room: ROOM,
  label: "schedule.settle",
  layer: LAYER,
  values: (rows) => [
    ...queuedValues(rows),
    arrayOf.int2(rows.map(({ outcome }) => outcome)),
    arrayOf.text(rows.map(({ runId }) => runId)),
    arrayOf.text(rows.map(({ reason }) => reason)),
  ],
  write: (q) => `update ${q("schedule_fire")} as fire
    set outcome = asked.outcome, run_id = asked.run_id, reason = asked.reason,
      fired_at = clock_timestamp()
    from unnest($1::int4[], $2::int8[], $3::int2[], $4::timestamptz[], $5::bool[], $6::int2[],
      $7::text[], $8::text[])
      as asked (ordinal, schedule_id, shard, tick, by_hand, outcome, run_id, reason)
    where fire.schedule_id = asked.schedule_id and fire.tick = asked.tick and fire.shard = asked.shard
      and fire.by_hand = asked.by_hand and fire.outcome = 2
    returning asked.ordinal`,
  culprits: missing,
};
