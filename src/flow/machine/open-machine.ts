/** A machine in hand: its subjects are started, sent events, looked at; and which of them are stuck. */
import { fail } from "../../base/index.ts";
import { decodePayload, type ErrorRecord } from "../codec.ts";
import type { Flow } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import { readRunView } from "../flow.sql.ts";
import type { FlowNode } from "../node.ts";
import { readRunId, showRunId } from "../run-id.ts";
import type { StartOptions } from "../asking.ts";
import { Outcome, type RunStatus, State, statusOf } from "../state.ts";
import { allowedIn } from "./decide.ts";
import { definitionOf } from "./definition.ts";
import type { Machine } from "./define-machine.ts";
import { diagramOf } from "./diagram.ts";
import { readMachine, readStuck, readTaken } from "./machine.sql.ts";
import { findSubject, type SendOptions, sendEvent, type Sent } from "./send-event.ts";

export interface SubjectView<S extends string, E extends string, D> {
  readonly subject: string;
  /** The run that does its work. */
  readonly run: string;
  readonly status: RunStatus;
  /** What was decided last. */
  readonly state: S;
  readonly data: D;
  /** When it was decided, and until when it stays without an event. */
  readonly since: number;
  readonly until?: number;
  /** How many events it has taken. */
  readonly number: number;
  /** The work of all that it took is done. False: some of it is under way, or stuck. */
  readonly settled: boolean;
  /** The events that its state knows, guards aside. */
  readonly allowed: readonly E[];
}

export interface TakenView {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly payload: unknown;
  readonly at: number;
}

export interface MachineHandle<S extends string, E extends string, D> {
  /** Safe to repeat: a subject has one machine, for ever. Refuses what `flows.start` refuses. */
  start(
    subject: string,
    data: D,
    options?: Omit<StartOptions, "key">,
  ): Promise<{ readonly run: string; readonly created: boolean }>;
  /**
   * Sends an event; answers whether it was taken, when that is recorded. What follows from it, its work, is
   * done behind. Safe to repeat with an id. Refuses: flow.machine_missing, flow.event_reused,
   * flow.guard_failed, flow.machine_busy, flow.unknown_flow, flow.payload_unfit, flow.payload_too_large.
   */
  send(subject: string, event: E, options?: SendOptions): Promise<Sent<S, E>>;
  /** Reads its row; nothing is replayed or scanned. */
  get(subject: string): Promise<SubjectView<S, E, D> | undefined>;
  /** What it took, in order; the next page is from the last number and 1. */
  history(
    subject: string,
    options?: { readonly from?: number; readonly limit?: number },
  ): Promise<readonly TakenView[]>;
  /** Subjects whose work fails: see `flows.stuck`. */
  stuck(options?: Omit<StuckOptions, "machine">): Promise<readonly StuckView[]>;
  /** The text of a Mermaid state diagram. */
  diagram(): string;
}

export interface StuckOptions {
  readonly machine?: string | undefined;
  /** The run of the last one of the page before. */
  readonly after?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

/** A subject whose work has failed and is not done yet. */
export interface StuckView {
  readonly machine: string;
  readonly version: number;
  readonly subject: string;
  readonly run: string;
  readonly state: string;
  readonly since: number;
  /** The step that failed last, and how often. */
  readonly step: string;
  readonly attempts: number;
  readonly error: ErrorRecord | undefined;
  /**
   * What happens by itself: the step is tried again, at that time, or within seconds where none is given.
   * Undefined: it waits for a person.
   */
  readonly next: { readonly step: string; readonly at: number | undefined } | undefined;
}

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;

type Start = (
  of: Flow<never, unknown>,
  input: never,
  options: StartOptions,
) => Promise<{ readonly id: string; readonly created: boolean }>;

export function openMachine<S extends string, E extends string, D>(
  node: FlowNode,
  of: Machine<S, E, D>,
  start: Start,
): MachineHandle<S, E, D> {
  const { name } = of;
  return {
    async start(subject, data, options = {}) {
      const asked = { ...options, key: subject };
      const { id, created } = await start(of as never, data as never, asked);
      return { run: id, created };
    },
    async send(subject, event, options = {}) {
      const sent = await node.during(() => sendEvent(node, name, subject, event, options));
      return sent as Sent<S, E>;
    },
    async get(subject) {
      const runId = await findSubject(node, name, subject).catch(() => undefined);
      return runId === undefined ? undefined : (viewOf(node, subject, runId) as never);
    },
    history: async (subject, options = {}) => listTaken(node, name, subject, options),
    stuck: async (options = {}) => listStuck(node, { ...options, machine: name }),
    diagram: () => diagramOf(of),
  };
}

async function viewOf(
  node: FlowNode,
  subject: string,
  runId: bigint,
): Promise<SubjectView<string, string, unknown> | undefined> {
  const { database } = node.input;
  const run = await database.maybe(readRunView, { runId });
  if (run === undefined) return undefined;
  const row = await database.maybe(readMachine, { runId });
  const of = definitionOf(node.input.flows.get(`${run.name}@${run.version}`) ?? {});
  const state = row?.state ?? of?.initial ?? "";
  const until = row?.until ?? null;
  return {
    subject,
    run: showRunId(runId),
    status: statusOf(run.state, run.outcome),
    state,
    data: decodePayload(row === undefined ? run.input : row.data),
    since: row?.since ?? run.createdAt,
    ...(until === null ? {} : { until }),
    number: row?.number ?? 0,
    settled: row !== undefined && row.worked === row.number,
    allowed: of === undefined || run.outcome !== null ? [] : allowedIn(of, state),
  };
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw fail(flowErrors, "limit_out_of_range", { limit, most: LIMIT_MAX });
}

async function listTaken(
  node: FlowNode,
  machine: string,
  subject: string,
  { from = 1, limit = LIMIT_DEFAULT }: { readonly from?: number; readonly limit?: number },
): Promise<readonly TakenView[]> {
  const runId = await findSubject(node, machine, subject);
  const asked = { runId, from, limit: checkLimit(limit) };
  const rows = await node.input.database.run(readTaken, asked);
  return rows.map(({ number, eventId, name, payload, fromState, toState, at }) => ({
    number,
    id: eventId,
    name,
    from: fromState,
    to: toState,
    payload: decodePayload(payload),
    at,
  }));
}

/** Refuses: flow.limit_out_of_range, flow.run_id_malformed. */
export async function listStuck(
  node: FlowNode,
  { machine, after, limit = LIMIT_DEFAULT }: StuckOptions,
): Promise<readonly StuckView[]> {
  const asked = {
    after: after === undefined ? -1n : readRunId(after),
    name: machine ?? null,
    limit: checkLimit(limit),
  };
  const rows = await node.input.database.run(readStuck, asked);
  return rows.map((row) => {
    const run = showRunId(row.runId);
    const step = row.step ?? "";
    const text = row.error ?? (row.outcome === Outcome.failed ? row.result : null);
    const goesOn = row.live !== null && row.live !== State.parked && row.live !== State.paused;
    return {
      machine: row.name,
      version: row.version,
      subject: row.key ?? run,
      run,
      state: row.state,
      since: row.since,
      step,
      attempts: row.attempt ?? 0,
      error: text === null ? undefined : (JSON.parse(text) as ErrorRecord),
      next: goesOn ? { step, at: nextAt(row.live, row.wakeAt) } : undefined,
    };
  });
}

/** Of a run that waits in memory, a few seconds at most, nobody else knows when. */
const nextAt = (live: number | null, wakeAt: number | null): number | undefined =>
  live === State.waiting ? (wakeAt ?? undefined) : undefined;
