/** A run's past as a document: what a user's CI replays the code of tomorrow against. */
import { fail } from "../../base/index.ts";
import type { Database } from "../../postgres/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { readRunView, readSteps } from "../flow.sql.ts";
import { showRunId } from "../run-id.ts";
import { Kind, type KindName, kindName, Outcome, statusOf, type StepRecord } from "../state.ts";

/** The version of the document. */
export const HISTORY_FORMAT = 1;
const PAGE = 2_000;

/**
 * What is recorded of a run. Payloads stand as they are kept: JSON, and beyond it {"$": kind, "v": text}.
 * A document for files: it is the same for the same records.
 */
export interface RunHistory {
  readonly longmen: "history";
  readonly format: number;
  readonly flow: string;
  readonly version: number;
  readonly run: string;
  readonly createdAt: string;
  /** What the run was when this was written. */
  readonly status: string;
  readonly input?: unknown;
  /** What it answered, or its error. */
  readonly result?: unknown;
  readonly steps: readonly StepHistory[];
}

export interface StepHistory {
  readonly step: string;
  readonly ordinal: number;
  readonly kind: string;
  readonly outcome: string;
  readonly result?: unknown;
  readonly attempts: number;
  readonly startedAt: string;
  readonly endedAt: string;
}

const outcomeNames = new Map<number, string>(
  Object.entries(Outcome).map(([name, number]) => [number, name]),
);
const outcomes: ReadonlyMap<string, number> = new Map(Object.entries(Outcome));
const iso = (ms: number): string => new Date(ms).toISOString();

/** Refuses: flow.run_missing. */
export async function exportHistory(database: Database, runId: bigint): Promise<RunHistory> {
  const run = showRunId(runId);
  const row = await database.maybe(readRunView, { runId });
  if (row === undefined) throw fail(flowErrors, "run_missing", { run });
  const steps: StepHistory[] = [];
  for (let after = 0; ;) {
    const page = await database.run(readSteps, { runId, after, limit: PAGE });
    steps.push(...page.map(stepOf));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    after = last.ordinal;
  }
  return {
    longmen: "history",
    format: HISTORY_FORMAT,
    flow: row.name,
    version: row.version,
    run,
    createdAt: iso(row.createdAt),
    status: statusOf(row.state, row.outcome),
    ...(row.input === null ? {} : { input: JSON.parse(row.input) as unknown }),
    ...(row.result === null ? {} : { result: JSON.parse(row.result) as unknown }),
    steps,
  };
}

const stepOf = (record: StepRecord): StepHistory => ({
  step: record.step,
  ordinal: record.ordinal,
  kind: kindName(record.kind),
  outcome: outcomeNames.get(record.outcome) ?? `outcome ${record.outcome}`,
  ...(record.result === null ? {} : { result: JSON.parse(record.result) as unknown }),
  attempts: record.attempts,
  startedAt: iso(record.startedAt),
  endedAt: iso(record.endedAt),
});

/** Refuses: flow.history_malformed. */
export function readHistory(value: unknown): RunHistory {
  const refused = (why: string): Error => fail(flowErrors, "history_malformed", { why });
  if (typeof value !== "object" || value === null) throw refused("it is no object");
  const { longmen, format, flow, version, run, createdAt, steps } = value as Partial<RunHistory>;
  if (longmen !== "history") throw refused(`it does not say "longmen": "history"`);
  if (format !== HISTORY_FORMAT) throw refused(`its format is ${String(format)}`);
  const texts = { flow, run, createdAt };
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== "string") throw refused(`${name} is no text`);
  }
  if (typeof version !== "number") throw refused("version is no number");
  if (!Array.isArray(steps)) throw refused("steps is no list");
  return value as RunHistory;
}

/** The records as they lie in the tables. */
export function recordsOf({ steps }: RunHistory): StepRecord[] {
  return steps.map((one, at) => {
    const kind = Kind[one.kind as KindName] as number | undefined;
    const outcome = outcomes.get(one.outcome);
    if (kind === undefined || outcome === undefined || typeof one.step !== "string") {
      const why = `the ${at + 1}. of its steps has an unknown kind or outcome, or no name`;
      throw fail(flowErrors, "history_malformed", { why });
    }
    return {
      step: one.step,
      ordinal: one.ordinal,
      kind,
      outcome,
      result: one.result === undefined ? null : JSON.stringify(one.result),
      attempts: one.attempts,
      startedAt: Date.parse(one.startedAt),
      endedAt: Date.parse(one.endedAt),
    };
  });
}
