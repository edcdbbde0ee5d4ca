/** How decisions are written down: beside their caller, or as part of somebody's unit. */
import { arrayOf, column, insertInto, type Writer } from "../postgres/index.ts";

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

/**
 * Writes a decision in the commit of what it decided: `unit(key).write(insertDecisions, decisionRow(decision))`.
 * A decision that is written already is a conflict of the unit: it decided something else before.
 */
export const insertDecisions = insertInto<DecisionRow>({
  ...{ room: ROOM, layer: LAYER, label: "rules.insert_decision", table: "rules_decision" },
  columns: {
    decision_id: column.text(({ decisionId }) => decisionId),
    book: column.text(({ book }) => book),
    name: column.text(({ name }) => name),
    version: column.int4(({ version }) => version),
    hash: column.text(({ hash }) => hash),
    input: column.text(({ input }) => input),
    output: column.text(({ output }) => output),
    refused: column.text(({ refused }) => refused),
    micros: column.int4(({ micros }) => micros),
    trace_id: column.text(({ traceId }) => traceId),
  },
  key: ["decision_id"],
});

const all = (): string => "select ordinal from unnest($1::int4[]) as asked (ordinal)";

/** The log's own: what a lost reply may have written is written once. */
export const saveDecisions: Writer<DecisionRow> = {
  ...insertDecisions,
  label: "rules.save_decision",
  beside: (q) => `saved as (${insertDecisions.write(q)})`,
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
