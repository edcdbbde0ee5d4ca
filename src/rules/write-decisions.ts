/** How decisions are written down: beside their caller, or as part of somebody's unit. */
import { arrayOf, type Writer } from "../postgres/index.ts";

const ROOM = "rules";
const LAYER = 2;

/** A row of the log. */
export interface DecisionRow {
  readonly decisionId: string;
  readonly book: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  /** JSON. */
  readonly input: string;
  readonly output: string | null;
  /** The code of the refusal, where it was refused. */
  readonly refused: string | null;
  readonly micros: number;
  readonly traceId: string | null;
}

const columns = "decision_id, book, name, version, hash, input, output, refused, micros, trace_id";
const unnested = `unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int4[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::int4[], $11::text[]) as made (ordinal, ${columns})`;

const values = (rows: readonly DecisionRow[]) => [
  arrayOf.text(rows.map(({ decisionId }) => decisionId)),
  arrayOf.text(rows.map(({ book }) => book)),
  arrayOf.text(rows.map(({ name }) => name)),
  arrayOf.int4(rows.map(({ version }) => version)),
  arrayOf.text(rows.map(({ hash }) => hash)),
  arrayOf.text(rows.map(({ input }) => input)),
  arrayOf.text(rows.map(({ output }) => output)),
  arrayOf.text(rows.map(({ refused }) => refused)),
  arrayOf.int4(rows.map(({ micros }) => micros)),
  arrayOf.text(rows.map(({ traceId }) => traceId)),
];

/**
 * Writes a decision in the commit of what it decided: `unit(key).write(insertDecisions, decisionRow(decision))`.
 * A decision that is written already is a conflict of the unit: it decided something else before.
 */
export const insertDecisions: Writer<DecisionRow> = {
  room: ROOM,
  label: "rules.insert_decision",
  layer: LAYER,
  values,
  write: (q) => `insert into ${q("rules_decision")} (${columns})
    select ${columns} from ${unnested} on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[]) as asked (ordinal, decision_id)
    join ${q("rules_decision")} as known using (decision_id)
    union
    select max(ordinal) from unnest($1::int4[], $2::text[]) as twin (ordinal, decision_id)
    group by decision_id having count(*) > 1`,
};

const all = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";

/** The log's own: what a lost reply may have written is written once. */
export const saveDecisions: Writer<DecisionRow> = {
  room: ROOM,
  label: "rules.save_decision",
  layer: LAYER,
  values,
  beside: (q) => `saved as (insert into ${q("rules_decision")} (${columns})
    select ${columns} from ${unnested} on conflict do nothing)`,
  write: all,
  culprits: all,
};

export interface DayOfDecisions {
  /** Such as 2026-11-21, in UTC. */
  readonly day: string;
  readonly first: string;
  readonly behind: string;
}

export const makeDays: Writer<DayOfDecisions> = {
  room: ROOM,
  label: "rules.make_day",
  layer: LAYER,
  values: (days) => [
    arrayOf.text(days.map(({ day }) => day)),
    arrayOf.text(days.map(({ first }) => first)),
    arrayOf.text(days.map(({ behind }) => behind)),
  ],
  write: (q) => `select ${q("rules_make_day")}(day::date, first, behind)
    from unnest($1::int4[], $2::text[], $3::text[], $4::text[]) as asked (ordinal, day, first, behind)`,
  culprits: all,
};

/** Days dropped at once: their locks are held for as long as that takes. */
const DROPS = 10;

export const dropDays: Writer<number> = {
  room: ROOM,
  label: "rules.drop_days",
  layer: LAYER,
  values: (keepDays) => [arrayOf.int4(keepDays)],
  write: (q) => `select ${q("rules_drop_days")}(keep_days, ${DROPS})
    from unnest($1::int4[], $2::int4[]) as asked (ordinal, keep_days)`,
  culprits: all,
};
