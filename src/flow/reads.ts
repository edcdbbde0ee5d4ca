/** What stands about runs. Reads go to the tables, by the run's number or by pages; nothing is counted. */
import { fail } from "../base/index.ts";
import type { Database, RowIn } from "../postgres/index.ts";
import { decodePayload, type ErrorRecord } from "./codec.ts";
import {
  readHeldViews,
  readHeldViewsOf,
  readParkedViews,
  readParkedViewsOf,
  readPausedViews,
  readPausedViewsOf,
  readReadyViews,
  readReadyViewsOf,
  readRunningViews,
  readRunView,
  readRunViews,
  readRunViewsOf,
  readSaidOf,
  readSteps,
  readStepsOf,
  readTroubles,
  readVersions,
  readViewsOf,
  readWaitingViews,
  readWaitingViewsOf,
} from "./flow.sql.ts";
import { flowErrors } from "./flow.errors.ts";
import type { AskedBy } from "./operate.ts";
import type { Forked } from "./unasked.ts";
import { isKept } from "./position.ts";
import { readRunId, showRunId } from "./run-id.ts";
import { type Unserved, unservedOf } from "./versions.ts";
import { Asked, Kind, kindName, Outcome, type RunStatus, statusOf, Trouble } from "./state.ts";

export interface RunView {
  readonly id: string;
  readonly flow: string;
  readonly version: number;
  readonly status: RunStatus;
  readonly input: unknown;
  readonly key?: string;
  readonly parent?: string;
  readonly createdAt: number;
  readonly endedAt?: number;
  /** When a waiting run is woken at the latest. */
  readonly wakeAt?: number;
  /** Which node has it. */
  readonly node?: string;
  readonly cancelling?: true;
  /** What a task said last of how far it is, and when that was written. */
  readonly progress?: { readonly value: unknown; readonly at: number };
  readonly result?: unknown;
  readonly error?: ErrorRecord;
  readonly by?: string;
  readonly request?: string;
  /** The run that this one is a fork of, and its first step that was not reused. */
  readonly origin?: { readonly run: string; readonly from?: string };
  /** It waits, and no node that lives serves its version. */
  readonly unserved?: Unserved;
}

export interface StepView {
  readonly step: string;
  readonly kind: string;
  readonly outcome: "done" | "failed" | "cancelled" | "begun";
  readonly result?: unknown;
  readonly error?: ErrorRecord;
  readonly attempts: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface TroubleView {
  readonly step: string;
  readonly attempt: number;
  /** `asked`: nothing went wrong; somebody asked what `error.name` says, for the reason in its message. */
  readonly kind: "attempt" | "parked" | "unserved" | "asked";
  readonly error: ErrorRecord;
  readonly at: number;
  /** Who asked, and in which request. */
  readonly by?: string;
  readonly request?: string;
}

export interface ListOptions {
  readonly flow?: string | undefined;
  /** One that runs have before they end. */
  readonly status?: "ready" | "running" | "waiting" | "held" | "parked" | "paused" | undefined;
  readonly before?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;
const STEPS_MAX = 10_000;
const TROUBLES_MAX = 200;
const ALL = 2n ** 63n - 1n;

type Row = RowIn<typeof readRunView>;

const inState = {
  ready: readReadyViews,
  running: readRunningViews,
  waiting: readWaitingViews,
  held: readHeldViews,
  parked: readParkedViews,
  paused: readPausedViews,
} as const;

/** Of one flow, where no node has them. */
const freeInState = {
  ready: readReadyViewsOf,
  waiting: readWaitingViewsOf,
  held: readHeldViewsOf,
  parked: readParkedViewsOf,
  paused: readPausedViewsOf,
} as const;

export async function findRun(database: Database, runId: bigint): Promise<RunView | undefined> {
  const row = await database.maybe(readRunView, { runId });
  return row && { ...viewOf(row), ...(await unservedOf(database, [row]))(row) };
}

/** Refuses: flow.limit_out_of_range, flow.run_id_malformed. */
export async function listRuns(
  database: Database,
  { flow, status, before, limit = LIMIT_DEFAULT }: ListOptions,
): Promise<readonly RunView[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw fail(flowErrors, "limit_out_of_range", { limit, most: LIMIT_MAX });
  }
  // No flow is called so.
  if (flow !== undefined && !isKept(flow)) return [];
  const asked = {
    before: before === undefined ? ALL : readRunId(before),
    name: flow ?? null,
    limit,
  };
  const rows = await readPage(database, status, flow, asked);
  const unserved = await unservedOf(database, rows);
  return rows.map((row) => ({ ...viewOf(row), ...unserved(row) }));
}

/** What can't be decoded is shown as it stands: nobody else of its page is hidden by it. */
function shown(text: string | null): unknown {
  try {
    return decodePayload(text);
  } catch {
    return text;
  }
}

async function readPage(
  database: Database,
  status: ListOptions["status"],
  flow: string | undefined,
  asked: { readonly before: bigint; readonly name: string | null; readonly limit: number },
): Promise<readonly Row[]> {
  if (status === "running") return database.run(inState.running, asked);
  if (flow === undefined) {
    return database.run(status === undefined ? readRunViews : inState[status], asked);
  }
  const versions = await database.run(readVersions, {});
  const flows = versions.filter(({ name }) => name === flow).map((one) => one.flow);
  const ofFlows = status === undefined ? readRunViewsOf : freeInState[status];
  return database.run(ofFlows, { ...asked, flows });
}

function viewOf(row: Row): RunView {
  const status = statusOf(row.state, row.outcome);
  const isDone = row.outcome === Outcome.done;
  return {
    id: showRunId(row.runId),
    flow: row.name,
    version: row.version,
    status,
    input: shown(row.input),
    createdAt: row.createdAt,
    ...(row.key === null ? {} : { key: row.key }),
    ...(row.parentId === null ? {} : { parent: showRunId(row.parentId) }),
    ...(row.endedAt === null ? {} : { endedAt: row.endedAt }),
    ...(row.wakeAt === null || status !== "waiting" ? {} : { wakeAt: row.wakeAt }),
    ...(row.node === null ? {} : { node: row.node }),
    ...(row.asked === Asked.cancel ? { cancelling: true } : {}),
    ...(row.progress === null
      ? {}
      : { progress: { value: shown(row.progress), at: row.progressAt ?? 0 } }),
    ...(isDone ? { result: shown(row.result) } : {}),
    ...(row.outcome === null || isDone ? {} : { error: errorOf(row.result) }),
    ...(row.byKey === null ? {} : { by: row.byKey }),
    ...(row.request === null ? {} : { request: row.request }),
    ...(row.forked === null ? {} : { origin: originOf(row.forked) }),
  };
}

function originOf(word: string): NonNullable<RunView["origin"]> {
  const { origin, from } = JSON.parse(word) as Forked;
  return { run: origin, ...(from === undefined ? {} : { from }) };
}

const errorOf = (text: string | null): ErrorRecord => ({
  name: "Error",
  message: "it failed",
  ...(JSON.parse(text ?? "{}") as Partial<ErrorRecord>),
});

const outcomes = new Map<number, StepView["outcome"]>([
  [Outcome.done, "done"],
  [Outcome.failed, "failed"],
  [Outcome.cancelled, "cancelled"],
  [Outcome.until, "begun"],
]);

export async function listSteps(database: Database, runId: bigint): Promise<readonly StepView[]> {
  const rows = await database.run(readSteps, { runId, after: 0, limit: STEPS_MAX });
  return rows.map(stepViewOf);
}

function stepViewOf(row: RowIn<typeof readSteps>): StepView {
  const { step, kind, outcome, result, attempts, startedAt, endedAt } = row;
  return {
    step,
    attempts,
    startedAt,
    endedAt,
    kind: kindName(kind),
    outcome: outcomes.get(outcome) ?? "done",
    ...(outcome === Outcome.done ? { result: resultOf(kind, result) } : {}),
    ...(outcome === Outcome.failed || outcome === Outcome.cancelled
      ? { error: errorOf(result) }
      : {}),
  };
}

/** Several runs, in as many questions as for one. What is kept no longer is not among them. */
export async function findRuns(
  database: Database,
  runIds: readonly bigint[],
): Promise<ReadonlyMap<string, RunView>> {
  if (runIds.length === 0) return new Map();
  const rows = await database.run(readViewsOf, { runs: [...runIds] });
  const unserved = await unservedOf(database, rows);
  return new Map(
    rows.map((row) => [showRunId(row.runId), { ...viewOf(row), ...unserved(row) }] as const),
  );
}

/** Of each of these runs its first steps, `most` at most, and what it last said of itself. */
export async function tellRuns(
  database: Database,
  runIds: readonly bigint[],
  most: number,
): Promise<ReadonlyMap<string, RunTold>> {
  const told = new Map<string, Telling>(runIds.map((id) => [showRunId(id), { steps: [] }]));
  if (runIds.length === 0) return told;
  const runs = [...runIds];
  for (const { runId, ...row } of await database.run(readStepsOf, { runs, most })) {
    told.get(showRunId(runId))?.steps.push(stepViewOf(row));
  }
  for (const { runId, value } of await database.run(readSaidOf, { runs })) {
    const one = told.get(showRunId(runId));
    if (one !== undefined) one.said = shown(value);
  }
  return told;
}

interface Telling {
  readonly steps: StepView[];
  said?: unknown;
}

export interface RunTold {
  readonly steps: readonly StepView[];
  /** Undefined: nothing. */
  readonly said?: unknown;
}

/** As the flow was given it: an event's record also tells which one it was. */
function resultOf(kind: number, result: string | null): unknown {
  const value = decodePayload(result);
  if (kind !== Kind.event || typeof value !== "object" || value === null) return value;
  const { payload = null } = value as { readonly payload?: string | null };
  return decodePayload(payload);
}

export async function listTroubles(
  database: Database,
  runId: bigint,
): Promise<readonly TroubleView[]> {
  const rows = await database.run(readTroubles, { runId, limit: TROUBLES_MAX });
  const run = await findRun(database, runId);
  const now = run?.unserved === undefined ? [] : [unservedTrouble(run.unserved, run.createdAt)];
  const noted = rows.map(({ step, attempt, kind, error, at }) => {
    if (kind === Trouble.asked) {
      const { by, request, ...said } = errorOf(error) as ErrorRecord & AskedBy;
      return {
        ...{ step, attempt, kind: "asked", error: said, at },
        ...(by === undefined ? {} : { by }),
        ...(request === undefined ? {} : { request }),
      } satisfies TroubleView;
    }
    const what = kind === Trouble.parked ? "parked" : "attempt";
    return { step, attempt, kind: what, error: errorOf(error), at } satisfies TroubleView;
  });
  return [...now, ...noted];
}

const unservedTrouble = (unserved: Unserved, at: number): TroubleView => ({
  step: "",
  attempt: 0,
  kind: "unserved",
  error: { name: "unserved", ...unserved },
  at,
});
