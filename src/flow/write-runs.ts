/**
 * How the rows of runs are written: the writers that units of a node carry, through whichever lane. Those
 * that a run's progress hangs on look at the node's lease in the same statement, and share its row: a
 * take-over waits for them, and whoever was taken over writes no row, is counted, and hears "conflict".
 */
import { arrayOf, type Qualify, type Writer, type WireValue } from "../postgres/index.ts";
import type { StepRecord } from "./state.ts";

const ROOM = "flow";
const LAYER = 2;

/** Who writes: a node's number and name, and the epoch of its lease. */
export interface Owner {
  readonly node: string;
  readonly owner: number;
  readonly epoch: number;
}

export interface RunRow {
  readonly runId: bigint;
  readonly flow: number;
  readonly key: string | null;
  readonly input: string | null;
  readonly parentId: bigint | null;
  readonly parentStep: string | null;
  readonly createdAt: number;
  readonly byKey: string | null;
  readonly request: string | null;
}

export interface LiveRow {
  readonly runId: bigint;
  readonly flow: number;
  readonly wakeAt: number;
  readonly owner: number;
  readonly epoch: number;
  readonly state: number;
  readonly priority: number;
  /** What its group is known by, of a task that has a limit. */
  readonly gate?: bigint | null;
}

export interface StartRow {
  readonly live: LiveRow;
  readonly run: RunRow;
}

export interface StepRow extends StepRecord {
  readonly runId: bigint;
}

export interface EndRow {
  readonly runId: bigint;
  readonly outcome: number;
  readonly result: string | null;
  readonly endedAt: number;
}

export interface TroubleRow {
  readonly runId: bigint;
  readonly step: string;
  readonly attempt: number;
  readonly kind: number;
  readonly error: string;
  readonly at: number;
}

/** A run that its node lets go of, or goes on with. `wakeAt` null: for ever. */
export interface LetGoRow {
  readonly runId: bigint;
  readonly state: number;
  readonly wakeAt: number | null;
  readonly owner: number;
  readonly epoch: number;
  readonly crashes: number;
  /** What was asked of it and is known here: anything else that is asked makes it ready at once. */
  readonly seen: number;
  /** It waits for what somebody tells: it is ready at once if it was told meanwhile. */
  readonly hears?: boolean;
}

export interface EventRow {
  readonly eventId: bigint;
  readonly name: string;
  readonly match: string;
  readonly payload: string | null;
  readonly at: number;
  /** Said to that run alone, and only while it has not ended. */
  readonly to?: bigint | undefined;
}

export interface WaitRow {
  readonly runId: bigint;
  readonly step: string;
  readonly name: string;
  readonly match: string;
}

export interface AskRow {
  readonly runId: bigint;
  readonly asked: number;
}

/** In milliseconds; null is never. */
function instants(values: readonly (number | null)[]): WireValue {
  return arrayOf.timestamptz(values);
}

const held = (q: Qualify, node: string, epoch: string): string =>
  `held as (select 1 from ${q("lane_lease")} where node = ${node} and epoch = ${epoch} for key share)`;
/**
 * A node knows the database's clock to some milliseconds: what is ready is so at once, and no look may find
 * it too early by them.
 */
export const readyNow = (row: string): string =>
  `case when ${row}state in (1, 6) then least(${row}wake_at, clock_timestamp()) else ${row}wake_at end`;
const notWritten = (columns: string, types: string): string =>
  `select ordinal from unnest($1::int4[], ${types}) as asked (ordinal, ${columns})
    where (${columns}) not in (select ${columns} from written)`;
const noneAtFault = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";

export interface KeyRow {
  readonly digest: Buffer;
  readonly runId: bigint;
  /** Past it another run may have the key; null: never. */
  readonly until: number | null;
}

/** A key of the caller's; the culprits are those whose key is there already, and counts. */
export const insertKeys: Writer<KeyRow> = {
  room: ROOM,
  label: "flow.insert_key",
  layer: LAYER,
  values: (rows) => [
    arrayOf.bytea(rows.map(({ digest }) => digest)),
    arrayOf.int8(rows.map(({ runId }) => runId)),
    instants(rows.map(({ until }) => until)),
  ],
  write: (q) => `insert into ${q("flow_key")} as known (digest, run_id, until)
    select distinct on (digest) digest, run_id, until
    from unnest($1::int4[], $2::bytea[], $3::int8[], $4::timestamptz[])
      as made (ordinal, digest, run_id, until)
    order by digest, ordinal
    on conflict (digest) do update set run_id = excluded.run_id, until = excluded.until
      where known.until <= clock_timestamp() returning run_id`,
  culprits: () => `select ordinal from unnest($1::int4[], $2::bytea[], $3::int8[])
      as asked (ordinal, digest, run_id) where run_id not in (select run_id from written)`,
};

export const insertTroubles: Writer<TroubleRow> = {
  room: ROOM,
  label: "flow.insert_trouble",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.text(rows.map(({ step }) => step)),
    arrayOf.int4(rows.map(({ attempt }) => attempt)),
    arrayOf.int2(rows.map(({ kind }) => kind)),
    arrayOf.text(rows.map(({ error }) => error)),
    instants(rows.map(({ at }) => at)),
  ],
  write: (q) => `insert into ${q("flow_trouble")} (run_id, step, attempt, kind, error, at)
    select run_id, step, attempt, kind, error, at
    from unnest($1::int4[], $2::int8[], $3::text[], $4::int4[], $5::int2[], $6::text[],
      $7::timestamptz[]) as made (ordinal, run_id, step, attempt, kind, error, at)
    returning 1`,
  culprits: noneAtFault,
};

/** Events; who waits for them is woken behind the commit. The culprits are said to who does not live. */
export const insertEvents: Writer<EventRow> = {
  room: ROOM,
  label: "flow.insert_event",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ eventId }) => eventId)),
    arrayOf.text(rows.map(({ name }) => name)),
    arrayOf.text(rows.map(({ match }) => match)),
    arrayOf.text(rows.map(({ payload }) => payload)),
    instants(rows.map(({ at }) => at)),
    arrayOf.int8(rows.map(({ to }) => to ?? null)),
  ],
  write: (q) => `insert into ${q("flow_event")} (event_id, name, match, payload, at)
    select event_id, name, match, payload, at
    from unnest($1::int4[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
      $7::int8[]) as made (ordinal, event_id, name, match, payload, at, said_to)
    where said_to is null or exists (
      select 1 from ${q("flow_live")} as live where live.run_id = said_to and live.state <> 7)
    on conflict do nothing returning event_id`,
  culprits: () => notWritten("event_id", "$2::int8[]"),
};

/** Safe to repeat: a wait that stands already stands. */
export const insertWaits: Writer<WaitRow> = {
  room: ROOM,
  label: "flow.insert_wait",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.text(rows.map(({ step }) => step)),
    arrayOf.text(rows.map(({ name }) => name)),
    arrayOf.text(rows.map(({ match }) => match)),
  ],
  write: (q) => `insert into ${q("flow_wait")} as wait (run_id, step, name, match)
    select run_id, step, name, match
    from unnest($1::int4[], $2::int8[], $3::text[], $4::text[], $5::text[])
      as made (ordinal, run_id, step, name, match)
    on conflict (run_id, step) do update set match = wait.match returning 1`,
  culprits: noneAtFault,
};

/** The wait is over. One that is not there any more is over, too: nobody is at fault. */
export const deleteWaits: Writer<{ readonly runId: bigint; readonly step: string }> = {
  room: ROOM,
  label: "flow.delete_wait",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.text(rows.map(({ step }) => step)),
  ],
  beside: (q) => `over as (delete from ${q("flow_wait")} as wait
    using unnest($2::int8[], $3::text[]) as asked (run_id, step)
    where wait.run_id = asked.run_id and wait.step = asked.step)`,
  write: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
  culprits: noneAtFault,
};

/** Wakes runs that wait; those that a node has are ready when it lets go of them. One item: a list of runs. */
export const wakeRuns: Writer<readonly bigint[]> = {
  room: ROOM,
  label: "flow.wake",
  layer: LAYER,
  values: (lists) => [arrayOf.int8(lists.flat())],
  write: (q) => `select asked.ordinal
    from (select ${q("flow_wake")}($2::int8[]) as woken) as done,
      unnest($1::int4[]) as asked (ordinal) where done.woken >= 0`,
  culprits: noneAtFault,
};

/** What somebody asks of runs, by the rules of flow_ask; one may be asked several times. The culprits have ended. */
export const askRuns: Writer<AskRow> = {
  room: ROOM,
  label: "flow.ask",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int2(rows.map(({ asked }) => asked)),
  ],
  write: (q) => `select asked.run_id
    from ${q("flow_ask")}($2::int8[], $3::int2[]) as heard (run_id)
    join unnest($1::int4[], $2::int8[]) as asked (ordinal, run_id) on asked.run_id = heard.run_id`,
  culprits: () => notWritten("run_id", "$2::int8[]"),
};

/** The writers of a node under one epoch of its lease. */
export interface OwnedWriters {
  /** A run's live row, and with it the row that says what it is of. */
  readonly insertStarts: Writer<StartRow>;
  readonly insertLives: Writer<LiveRow>;
  readonly insertSteps: Writer<StepRow>;
  readonly deleteLives: Writer<bigint>;
  /** A run's live row goes, and with it comes its end. */
  readonly endRuns: Writer<EndRow>;
  readonly letGo: Writer<LetGoRow>;
  readonly claim: Writer<readonly bigint[]>;
}

export function ownedWriters({ node, owner, epoch }: Owner): OwnedWriters {
  const fence: readonly WireValue[] = [node, String(epoch)];
  const me: readonly WireValue[] = [...fence, String(owner)];
  return {
    insertStarts: insertStartsOf(fence),
    insertLives: insertLivesOf(fence),
    insertSteps: insertStepsOf(fence),
    deleteLives: deleteLivesOf(me),
    endRuns: endRunsOf(me),
    letGo: letGoOf(me),
    claim: claimOf(me),
  };
}

const liveValues = (rows: readonly LiveRow[]): readonly WireValue[] => [
  arrayOf.int8(rows.map(({ runId }) => runId)),
  arrayOf.int4(rows.map(({ flow }) => flow)),
  instants(rows.map(({ wakeAt }) => wakeAt)),
  arrayOf.int4(rows.map(({ owner }) => owner)),
  arrayOf.int4(rows.map(({ epoch }) => epoch)),
  arrayOf.int2(rows.map(({ state }) => state)),
  arrayOf.int2(rows.map(({ priority }) => priority)),
  arrayOf.int8(rows.map(({ gate }) => gate ?? null)),
];

/** Both that insert live rows. */
const insertingLives = {
  write: (q: Qualify): string => `with ${held(q, "$2::text", "$3::int8")}
    insert into ${q("flow_live")} (run_id, flow, wake_at, owner, epoch, state, priority, gate)
    select run_id, flow, ${readyNow("")}, owner, epoch, state, priority, gate
    from unnest($1::int4[], $4::int8[], $5::int4[], $6::timestamptz[], $7::int4[], $8::int4[],
      $9::int2[], $10::int2[], $11::int8[])
      as made (ordinal, run_id, flow, wake_at, owner, epoch, state, priority, gate), held
    on conflict do nothing returning run_id`,
  culprits: (): string => notWritten("run_id", "$4::int8[]"),
};

const insertLivesOf = (fence: readonly WireValue[]): Writer<LiveRow> => ({
  room: ROOM,
  label: "flow.insert_live",
  layer: LAYER,
  values: (rows) => [...fence, ...liveValues(rows)],
  ...insertingLives,
});

const insertStartsOf = (fence: readonly WireValue[]): Writer<StartRow> => ({
  room: ROOM,
  label: "flow.insert_start",
  layer: LAYER,
  values: (rows) => [
    ...fence,
    ...liveValues(rows.map(({ live }) => live)),
    arrayOf.text(rows.map(({ run }) => run.key)),
    arrayOf.text(rows.map(({ run }) => run.input)),
    arrayOf.int8(rows.map(({ run }) => run.parentId)),
    arrayOf.text(rows.map(({ run }) => run.parentStep)),
    instants(rows.map(({ run }) => run.createdAt)),
    arrayOf.text(rows.map(({ run }) => run.byKey)),
    arrayOf.text(rows.map(({ run }) => run.request)),
  ],
  // A repeat finds the live row there, and aborts the flush with this in it.
  beside: (q) => `run as (insert into ${q("flow_run")}
      (run_id, flow, key, input, parent_id, parent_step, created_at, by_key, request)
    select run_id, flow, key, input, parent_id, parent_step, created_at, by_key, request
    from unnest($4::int8[], $5::int4[], $12::text[], $13::text[], $14::int8[], $15::text[],
      $16::timestamptz[], $17::text[], $18::text[])
      as made (run_id, flow, key, input, parent_id, parent_step, created_at, by_key, request)
    on conflict do nothing)`,
  ...insertingLives,
});

const insertStepsOf = (fence: readonly WireValue[]): Writer<StepRow> => ({
  room: ROOM,
  label: "flow.insert_step",
  layer: LAYER,
  values: (rows) => [
    ...fence,
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.text(rows.map(({ step }) => step)),
    arrayOf.int4(rows.map(({ ordinal }) => ordinal)),
    arrayOf.int2(rows.map(({ kind }) => kind)),
    arrayOf.int2(rows.map(({ outcome }) => outcome)),
    arrayOf.text(rows.map(({ result }) => result)),
    arrayOf.int4(rows.map(({ attempts }) => attempts)),
    instants(rows.map(({ startedAt }) => startedAt)),
    instants(rows.map(({ endedAt }) => endedAt)),
  ],
  write: (q) => `with ${held(q, "$2::text", "$3::int8")}
    insert into ${q("flow_step")}
      (run_id, step, ordinal, kind, outcome, result, attempts, started_at, ended_at)
    select run_id, step, made.ordinal_in_run, kind, outcome, result, attempts, started_at, ended_at
    from unnest($1::int4[], $4::int8[], $5::text[], $6::int4[], $7::int2[], $8::int2[], $9::text[],
      $10::int4[], $11::timestamptz[], $12::timestamptz[]) as made
      (ordinal, run_id, step, ordinal_in_run, kind, outcome, result, attempts, started_at, ended_at), held
    on conflict do nothing returning run_id, step`,
  culprits: () => notWritten("run_id, step", "$4::int8[], $5::text[]"),
});

/** Both that take live rows away. */
const removingLives = {
  write: (q: Qualify): string => `with ${held(q, "$2::text", "$3::int8")}
    delete from ${q("flow_live")} as live
    using unnest($1::int4[], $5::int8[]) as asked (ordinal, run_id), held
    where live.run_id = asked.run_id and live.owner = $4::int4 and live.epoch = $3::int8
    returning live.run_id`,
  culprits: (): string => notWritten("run_id", "$5::int8[]"),
};

const deleteLivesOf = (me: readonly WireValue[]): Writer<bigint> => ({
  room: ROOM,
  label: "flow.delete_live",
  layer: LAYER,
  values: (ids) => [...me, arrayOf.int8(ids)],
  ...removingLives,
});

const endValues = (rows: readonly EndRow[]): readonly WireValue[] => [
  arrayOf.int8(rows.map(({ runId }) => runId)),
  arrayOf.int2(rows.map(({ outcome }) => outcome)),
  arrayOf.text(rows.map(({ result }) => result)),
  instants(rows.map(({ endedAt }) => endedAt)),
];

const endRunsOf = (me: readonly WireValue[]): Writer<EndRow> => ({
  room: ROOM,
  label: "flow.end_run",
  layer: LAYER,
  values: (rows) => [...me, ...endValues(rows)],
  beside: (q) => `ended as (insert into ${q("flow_end")} (run_id, outcome, result, ended_at)
    select run_id, outcome, result, ended_at
    from unnest($5::int8[], $6::int2[], $7::text[], $8::timestamptz[])
      as made (run_id, outcome, result, ended_at)
    on conflict do nothing)`,
  ...removingLives,
});

/** The end of a run whose live row stays for a moment: its parent is to be told. */
export const insertChildEnds: Writer<EndRow> = {
  room: ROOM,
  label: "flow.insert_end",
  layer: LAYER,
  values: endValues,
  write: (q) => `insert into ${q("flow_end")} (run_id, outcome, result, ended_at)
    select run_id, outcome, result, ended_at
    from unnest($1::int4[], $2::int8[], $3::int2[], $4::text[], $5::timestamptz[])
      as made (ordinal, run_id, outcome, result, ended_at)
    on conflict do nothing returning run_id`,
  culprits: () => notWritten("run_id", "$2::int8[]"),
};

/** What was asked, or came, meanwhile leaves nothing waiting; nor paused, where that is not asked any more. */
const letGoOf = (me: readonly WireValue[]): Writer<LetGoRow> => ({
  room: ROOM,
  label: "flow.let_go",
  layer: LAYER,
  values: (rows) => [
    ...me,
    arrayOf.int8(rows.map(({ runId }) => runId)),
    arrayOf.int2(rows.map(({ state }) => state)),
    instants(rows.map(({ wakeAt }) => wakeAt)),
    arrayOf.int4(rows.map((row) => row.owner)),
    arrayOf.int4(rows.map((row) => row.epoch)),
    arrayOf.int2(rows.map(({ crashes }) => crashes)),
    arrayOf.int2(rows.map(({ seen }) => seen)),
    arrayOf.bool(rows.map(({ hears }) => hears === true)),
  ],
  write: (q) => `with ${held(q, "$2::text", "$3::int8")}
    update ${q("flow_live")} as live set
      state = case
        when asked.state in (3, 4) and live.asked not in (0, asked.seen) then 1
        when asked.hears and live.woken then 1
        when asked.state = 5 and live.asked = 0 and asked.wake_at > clock_timestamp() then 3
        when asked.state = 5 and live.asked <> 2 then 1
        else asked.state end,
      asked = case when asked.state = 5 and live.asked = 2 then 0 else live.asked end,
      wake_at = case
        when live.asked not in (0, asked.seen) or (asked.hears and live.woken)
          or (asked.state = 5 and live.asked = 0 and asked.wake_at is null) then clock_timestamp()
        else coalesce(${readyNow("asked.")}, 'infinity') end,
      woken = live.woken and asked.state in (2, 5, 7),
      owner = asked.owner, epoch = asked.epoch, crashes = asked.crashes
    from unnest($1::int4[], $5::int8[], $6::int2[], $7::timestamptz[], $8::int4[], $9::int4[],
      $10::int2[], $11::int2[], $12::bool[])
      as asked (ordinal, run_id, state, wake_at, owner, epoch, crashes, seen, hears), held
    where live.run_id = asked.run_id and live.owner = $4::int4 and live.epoch = $3::int8
    returning live.run_id`,
  culprits: () => notWritten("run_id", "$5::int8[]"),
});

/** Takes what can be taken of a list of runs; which those were is read afterwards. */
const claimOf = (me: readonly WireValue[]): Writer<readonly bigint[]> => ({
  room: ROOM,
  label: "flow.claim",
  layer: LAYER,
  values: (lists) => [...me, arrayOf.int8(lists.flat())],
  write: (q) => `select asked.ordinal
    from (select ${q("flow_claim")}($2::text, $4::int4, $3::int4, $5::int8[]) as claimed) as done,
      unnest($1::int4[]) as asked (ordinal) where done.claimed >= 0`,
  culprits: noneAtFault,
});
