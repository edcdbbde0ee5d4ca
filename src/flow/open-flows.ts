/** The door of flows: a node that starts runs, works on them, and answers about them. */
import { createHash } from "node:crypto";
import { fail, type Faults, type Logger, noFaults } from "../base/index.ts";
import type { Database, Transaction } from "../postgres/index.ts";
import { encodePayload } from "./codec.ts";
import { type AnyFlow, checkInput, type Flow, listDefinitions } from "./define-flow.ts";
import { EndWatch } from "./end-watch.ts";
import { flowErrors } from "./flow.errors.ts";
import { addKey, addRun, readClaimed, readKey, readRuns } from "./flow.sql.ts";
import { FlowNode, LEASE_MS } from "./node.ts";
import type { Books } from "./node-parts.ts";
import { checkName } from "./position.ts";
import { askOf, type RetryOptions, type RetryPreview, retryRun, sayEvent } from "./operate.ts";
import {
  findRun,
  type ListOptions,
  listRuns,
  listSteps,
  listTroubles,
  type RunView,
  type StepView,
  type TroubleView,
} from "./reads.ts";
import type { Starting } from "./outbox.ts";
import { readRunId, showRunId } from "./run-id.ts";
import { writing } from "./session.ts";
import { Asked, State } from "./state.ts";
import { insertKeys, type RunRow } from "./write-runs.ts";

export interface FlowsOptions {
  /** From openDatabase, migrated with `flowMigrations` behind `postgresMigrations`. */
  readonly database: Database;
  /** Another node has another name; a node that comes back keeps its own. */
  readonly node: string;
  /** What this node runs. Several versions of one flow may be given; the highest is started by name. */
  readonly flows: readonly AnyFlow[];
  /** Where `f.post` finds books: an open ledger. */
  readonly books?: Books | undefined;
  /** The book of postings that name none. */
  readonly book?: string | undefined;
  /** Runs in memory at once; more wait as rows. 10,000 when left out. */
  readonly runsMax?: number | undefined;
  /** How long others wait before they take this node's runs over: 3 s to 60 s; 10 s when left out. */
  readonly leaseMs?: number | undefined;
  readonly faults?: Faults | undefined;
  readonly log?: Logger | undefined;
}

export interface StartOptions {
  /** The caller's own: the same key of the same flow is the same run, for ever. */
  readonly key?: string | undefined;
  /** Not before: an instant in ms, or a Date. */
  readonly at?: number | Date | undefined;
  /** Among runs that wait for a node, lower ones go first; 0 when left out. */
  readonly priority?: number | undefined;
  /** Who asks, and in which request: kept with the run. */
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

/** A run in hand. */
export interface FlowRun<O> {
  readonly id: string;
  /** False: the key was known, and this is the run that it belongs to. */
  readonly created: boolean;
  /**
   * What the run answers; throws what it failed with, flow.run_cancelled, or flow.still_running past
   * `timeoutMs` (5 minutes when left out): the run goes on all the same. Safe to repeat.
   */
  result(options?: { readonly timeoutMs?: number }): Promise<O>;
}

export interface Flows {
  readonly node: string;
  /**
   * Starts a run; answers when it is recorded. Safe to repeat with a key: it answers the first run.
   * Refuses: flow.unknown_flow, flow.input_refused, flow.payload_unfit, flow.payload_too_large,
   * flow.key_reused (the key belongs to a run of another input), lane.overloaded (nothing was done),
   * flow.closed, flow.fenced.
   */
  start<I, O>(of: Flow<I, O>, input: I, options?: StartOptions): Promise<FlowRun<O>>;
  /**
   * Starts a run by the commit of a transaction of the caller's own, on this database and schema: rolled
   * back, it never was. It begins soon after the commit.
   */
  startIn<I, O>(
    tx: Transaction,
    of: Flow<I, O>,
    input: I,
    options?: StartOptions,
  ): Promise<FlowRun<O>>;
  /** A run by its id. Asks nobody. Refuses: flow.run_id_malformed. */
  run<O = unknown>(id: string): FlowRun<O>;
  /** Says an event to whoever waits, or will have begun before it; answers when it is recorded. */
  publish(name: string, payload: unknown, options: { readonly match: string }): Promise<void>;
  /** Says an event to one run: what `f.event(name)` without a match waits for. */
  signal(id: string, name: string, payload?: unknown): Promise<void>;
  get(id: string): Promise<RunView | undefined>;
  /** Newest first; the next page is that `before` the last of this one. */
  list(options?: ListOptions): Promise<readonly RunView[]>;
  steps(id: string): Promise<readonly StepView[]>;
  /** What went wrong, newest first: failed attempts, and why it is parked. */
  troubles(id: string): Promise<readonly TroubleView[]>;
  /** The run stops at its next step, undoes what has an undo, and ends. Refuses: flow.run_ended. */
  cancel(id: string): Promise<void>;
  /** The run stops at its next step, and stays. Refuses: flow.run_ended. */
  pause(id: string): Promise<void>;
  /** A paused or parked run goes on. Refuses: flow.run_ended. */
  resume(id: string): Promise<void>;
  /**
   * A parked or failed run goes on as if nothing had been recorded from a step on; without `from` what
   * failed is done again. `preview` only tells what would be done again and what reused. What is done again
   * is kept among the troubles. Refuses: flow.run_missing, flow.step_missing, flow.run_not_stopped.
   */
  retry(id: string, options?: RetryOptions): Promise<RetryPreview>;
  /** How many runs this node has in memory. */
  readonly runCount: number;
  /** Runs come to their next step and are let go of, for others to go on with; then all is given back. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

const RUNS_MAX = 10_000;
const DRAIN_MS = 10_000;
const KEY_MAX_LENGTH = 500;
const LEASE_MIN_MS = 3_000;
const LEASE_MAX_MS = 60_000;

/** Opens a node on a migrated database. Refuses: flow.definition_malformed, postgres.schema_older. */
export async function openFlows(options: FlowsOptions): Promise<Flows> {
  const { database, node, faults = noFaults, log = database.log } = options;
  const { runsMax = RUNS_MAX, leaseMs = LEASE_MS, books, book } = options;
  checkName("the node", node);
  if (!(leaseMs >= LEASE_MIN_MS && leaseMs <= LEASE_MAX_MS)) {
    throw fail(flowErrors, "definition_malformed", { name: node, why: `a lease of ${leaseMs} ms` });
  }
  const flows = listDefinitions(options.flows);
  const opened = new FlowNode({
    database,
    node,
    flows,
    books,
    book,
    runsMax,
    leaseMs,
    faults,
    log,
  });
  await opened.open();
  return flowsOf(opened, new EndWatch(opened));
}

function flowsOf(node: FlowNode, watch: EndWatch): Flows {
  const { database } = node.input;
  const handle = <O>(runId: bigint, created: boolean): FlowRun<O> => ({
    id: showRunId(runId),
    created,
    result: (options) => watch.result(runId, options?.timeoutMs) as Promise<O>,
  });
  const say = (name: string, match: string, payload: unknown): Promise<void> => {
    return node.during(() => sayEvent(node, name, match, payload));
  };
  return {
    node: node.input.node,
    get runCount() {
      return node.runCount;
    },
    async start(of, input, options = {}) {
      const made = await node.during(() => start(node, of, input, options));
      return handle(made.runId, made.created);
    },
    async startIn(tx, of, input, options = {}) {
      const made = await startIn(node, tx, of, input, options);
      return handle(made.runId, made.created);
    },
    run: (id) => handle(readRunId(id), false),
    publish: async (name, payload, { match }) => say(name, match, payload),
    signal: async (id, name, payload) => say(name, showRunId(readRunId(id)), payload),
    get: async (id) => findRun(database, readRunId(id)),
    list: async (asked = {}) => listRuns(database, asked),
    steps: async (id) => listSteps(database, readRunId(id)),
    troubles: async (id) => listTroubles(database, readRunId(id)),
    cancel: async (id) => askOf(node, readRunId(id), Asked.cancel),
    pause: async (id) => askOf(node, readRunId(id), Asked.pause),
    resume: async (id) => askOf(node, readRunId(id), Asked.nothing),
    retry: async (id, asked = {}) => retryRun(node, readRunId(id), asked),
    async close({ drainMs = DRAIN_MS } = {}) {
      watch.close();
      await node.close(drainMs);
    },
  };
}

interface Made {
  readonly runId: bigint;
  readonly created: boolean;
}

interface Asking {
  readonly row: RunRow;
  readonly checked: unknown;
  readonly wakeAt: number;
  readonly priority: number;
  readonly digest: Buffer | undefined;
}

function asking(node: FlowNode, of: AnyFlow, input: unknown, options: StartOptions): Asking {
  const { key, at, priority = 0, by, request } = options;
  const flow = node.numberOf(of);
  if (key !== undefined && (typeof key !== "string" || key === "" || key.length > KEY_MAX_LENGTH)) {
    throw fail(flowErrors, "name_malformed", { what: "the key", name: key, max: KEY_MAX_LENGTH });
  }
  const checked = checkInput(of, input);
  const now = node.session.now();
  const wakeAt = at === undefined ? now : at instanceof Date ? at.getTime() : at;
  if (!Number.isSafeInteger(wakeAt) || !Number.isInteger(priority) || Math.abs(priority) > 1_000) {
    throw fail(flowErrors, "wait_malformed", { step: "the start", forMs: String(at) });
  }
  const row: RunRow = {
    runId: node.newId(),
    flow,
    key: key ?? null,
    // As it was given: the check is part of the run, and may be mended with it.
    input: encodePayload(`the input of ${of.name}`, input),
    parentId: null,
    parentStep: null,
    createdAt: now,
    byKey: by ?? null,
    request: request ?? null,
  };
  const digest = key === undefined ? undefined : digestOf(of.name, key);
  return { row, checked, wakeAt, priority, digest };
}

const digestOf = (name: string, key: string): Buffer =>
  createHash("sha256").update(`${name}\n${key}`).digest().subarray(0, 16);

/** A run that begins now begins here, while its rows are on their way; its first step waits for them. */
async function start(
  node: FlowNode,
  of: AnyFlow,
  input: unknown,
  options: StartOptions,
): Promise<Made> {
  if (!node.mayRun()) throw fail(flowErrors, "closed", { node: node.input.node });
  const asked = asking(node, of, input, options);
  const { row, digest, wakeAt, priority } = asked;
  const { session } = node;
  const { runId } = row;
  const isLater = wakeAt > row.createdAt;
  const here = !isLater && node.hasRoom();
  const { owner, epoch } = here ? session.owner : { owner: 0, epoch: 0 };
  const state = isLater ? State.waiting : here ? State.running : State.ready;
  const live = { runId, flow: row.flow, wakeAt, owner, epoch, state, priority };
  const writes = [
    ...(digest === undefined ? [] : [writing(insertKeys, { digest, runId })]),
    writing(session.writers.insertStarts, { live, run: row }),
  ];
  const stands = async () => (await readStart(node, row, here)) !== undefined;
  if (digest === undefined && here) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    begin(node, asked, of, { rows: writes, stands, landed: resolve, failed: reject });
    await promise;
    return { runId, created: true };
  }
  const mayBeTaken = digest !== undefined;
  const came = await session.commit(showRunId(runId), writes, {
    stands,
    mayBeTaken,
    impatient: true,
  });
  if (came === "taken" && digest !== undefined) return taken(node, digest, row);
  if (here) begin(node, asked, of, undefined);
  else if (!isLater) node.nudgeAll();
  else node.nudge();
  return { runId, created: true };
}

function begin(
  node: FlowNode,
  { row, checked }: Asking,
  flow: AnyFlow,
  starting: Starting | undefined,
): void {
  const { runId, createdAt } = row;
  const { session } = node;
  const shared = { session, parts: node, runId, flow, input: checked, createdAt };
  node.run({ ...shared, parentId: null, starting });
}

/** After an unknown outcome: the run as it was to be; another's of the same number is none. */
async function readStart({ input, session }: FlowNode, row: RunRow, here: boolean) {
  const { database } = input;
  const runs = [row.runId];
  const { owner, epoch } = session.owner;
  if (here) return (await database.run(readClaimed, { runs, owner, epoch }))[0];
  const [found] = await database.run(readRuns, { runs });
  return found?.input === row.input && found.createdAt === row.createdAt ? found : undefined;
}

/** Refuses: flow.key_reused. */
async function taken({ input }: FlowNode, digest: Buffer, row: RunRow): Promise<Made> {
  const { database } = input;
  const { runId } = await database.one(readKey, { digest });
  const [known] = await database.run(readRuns, { runs: [runId] });
  if (known !== undefined && known.input !== row.input) {
    throw fail(flowErrors, "key_reused", { key: row.key, run: showRunId(runId) });
  }
  return { runId, created: false };
}

async function startIn(
  node: FlowNode,
  tx: Transaction,
  of: AnyFlow,
  input: unknown,
  options: StartOptions,
): Promise<Made> {
  const { row, digest, wakeAt, priority } = asking(node, of, input, options);
  const { runId } = row;
  if (digest !== undefined && (await tx.count(addKey, { digest, runId })) === 0) {
    const { runId: first } = await tx.one(readKey, { digest });
    const [known] = await tx.run(readRuns, { runs: [first] });
    if (known !== undefined && known.input !== row.input) {
      throw fail(flowErrors, "key_reused", { key: row.key, run: showRunId(first) });
    }
    return { runId: first, created: false };
  }
  const state = wakeAt > row.createdAt ? State.waiting : State.ready;
  await tx.count(addRun, { ...row, state, wakeAt, priority });
  node.lookForCommit();
  return { runId, created: true };
}
