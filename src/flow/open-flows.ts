/** The door of flows: a node that starts runs, works on them, and answers about them. */
import { fail, type Faults, hasCode, type Logger, noFaults } from "../base/index.ts";
import { bulkFlow } from "./bulk/bulk-flow.ts";
import type { Database, Transaction } from "../postgres/index.ts";
import type { StartOptions } from "./asking.ts";
import { type AnyFlow, type Flow, listDefinitions } from "./define-flow.ts";
import { EndWatch } from "./end-watch.ts";
import { flowErrors } from "./flow.errors.ts";
import { type KnownFlow, knownFlows, type NamedStartOptions, startNamed } from "./known-flows.ts";
import { checkKeepDays, KEEP_DAYS } from "./keep/keeping.ts";
import { lookAtRuns, type RunLooks } from "./look-at-runs.ts";
import { FlowNode, LEASE_MS } from "./node.ts";
import type { StoodStill } from "./node-parts.ts";
import type { Books } from "./node-parts.ts";
import type { FlowRun } from "./flow-run.ts";
import type { FlowsStats } from "./node-tally.ts";
import { type Oversight, oversightOf } from "./oversight.ts";
import { checkName } from "./position.ts";
import { type AskedBy, askOf, type RetryOptions, type RetryPreview, retryRun } from "./operate.ts";
import { readRunId, showRunId } from "./run-id.ts";
import { livingOf } from "./living.ts";
import { type OnceSaid, type Said, sayEvent, type Saying } from "./say-event.ts";
import { startAll, type StartAllOptions } from "./start-all.ts";
import { start, startIn, type StartingOptions, type StartToBe, startToBe } from "./start-runs.ts";
import { Asked, type RunStatus } from "./state.ts";
import { namesOf } from "./take-name.ts";
import { type TasksDoor, tasksDoor } from "./task/door.ts";

export interface FlowsOptions {
  /** From openDatabase, migrated with `flowMigrations` behind `postgresMigrations`. */
  readonly database: Database;
  /** Another node has another name; a node that comes back keeps its own. */
  readonly node: string;
  /** For processes of a moment: so many names more (`NODE-2` …), of which the first that is free is taken. */
  readonly spareNames?: number | undefined;
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
  /**
   * For how long a step or handler may keep the event loop to itself before the lease is not renewed any more: 3 s
   * to an hour; a minute when left out.
   */
  readonly stillMaxMs?: number | undefined;
  /**
   * For how many days all that is recorded of runs is kept, from the day of their start on; 90 when left out, 0
   * for ever. It goes by days, not before nothing of a day lives or is dead. Keys outlive it.
   */
  readonly keepDays?: number | undefined;
  readonly faults?: Faults | undefined;
  readonly log?: Logger | undefined;
  /** Told that something kept the event loop to itself; when left out it is a warning in the log. */
  readonly onBlocked?: ((still: StoodStill) => void) | undefined;
}

export interface SignalOptions {
  readonly once?: OnceSaid | undefined;
}

export interface PublishOptions extends SignalOptions {
  readonly match: string;
}

export interface Flows extends RunLooks, Oversight {
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
  /**
   * Starts up to 10,000 runs by one commit: all of them or none; in the order of the inputs. A key that is
   * taken is answered with its run. Refuses: what `start` refuses, flow.too_many_starts.
   */
  startAll<I, O>(
    of: Flow<I, O>,
    inputs: readonly I[],
    options?: StartAllOptions,
  ): Promise<readonly FlowRun<O>[]>;
  /**
   * A start as rows for a unit of anybody's lane: with its commit there is the run, and with nothing less.
   * Refuses what `start` refuses of its input; see `StartToBe` for the rest.
   */
  starting<I, O>(of: Flow<I, O>, input: I, options?: StartingOptions): Promise<StartToBe>;
  /**
   * Starts a run of a flow by its name, also of one that only other nodes serve.
   * Refuses: flow.unknown_flow, and what `start` refuses.
   */
  startNamed(name: string, input: unknown, options?: NamedStartOptions): Promise<FlowRun<unknown>>;
  /** Flows and versions that nodes of this database have served. */
  known(): Promise<readonly KnownFlow[]>;
  /** What this node runs, as it was given. */
  readonly definitions: readonly AnyFlow[];
  /** Which of these runs have not ended, and how they stand. Refuses: flow.run_id_malformed. */
  living(ids: readonly string[]): Promise<ReadonlyMap<string, RunStatus>>;
  /** A run by its id. Asks nobody. Refuses: flow.run_id_malformed. */
  run<O = unknown>(id: string): FlowRun<O>;
  /**
   * Says an event to whoever waits, or will have begun before it; answers when it is recorded. With `once` it
   * is safe to repeat: under one name of a caller's it is said once. Refuses: flow.event_key_reused.
   */
  publish(name: string, payload: unknown, options: PublishOptions): Promise<Said>;
  /**
   * Says an event to one run: what `f.event(name)` without a match waits for, now or later. `once` as of
   * `publish`. Refuses: flow.run_ended, flow.run_missing.
   */
  signal(id: string, name: string, payload?: unknown, options?: SignalOptions): Promise<Said>;
  /**
   * The run stops at its next step, undoes what has an undo, and ends. Steps that are under way are told by
   * their signal, and waited for; children are cancelled, and have ended before it goes on. One whose code is not
   * what it was begun with is parked instead (flow.cancel_mismatch), nothing undone; its trouble says how it can be
   * cancelled. Refuses: flow.run_ended.
   */
  cancel(id: string, asked?: AskedBy): Promise<void>;
  /** The run stops at its next step, and stays; a parked one stays parked. Refuses: flow.run_ended. */
  pause(id: string, asked?: AskedBy): Promise<void>;
  /**
   * A paused or parked run goes on, not before its instant where that has not come; its losses are counted anew.
   * Any other is left alone. Refuses: flow.run_ended.
   */
  resume(id: string, asked?: AskedBy): Promise<void>;
  /**
   * A parked or failed run goes on as if nothing had been recorded from a step on; without `from` what
   * failed is done again. `preview` only tells what would be done again and what reused. What is done again
   * is kept among the troubles. Refuses: flow.run_missing, flow.step_missing, flow.run_not_stopped.
   */
  retry(id: string, options?: RetryOptions): Promise<RetryPreview>;
  /** What this node counts, and how it stands: from memory. */
  stats(): FlowsStats;
  /** Tasks, as operators see them: the dead, having them done again, queues. */
  readonly tasks: TasksDoor;
  /** How many runs this node has in memory. */
  readonly runCount: number;
  /** Runs come to their next step and are let go of, for others to go on with; then all is given back. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

const RUNS_MAX = 10_000;
const DRAIN_MS = 10_000;
const LEASE_MIN_MS = 3_000;
const LEASE_MAX_MS = 60_000;
const STILL_MS = 60_000;
const STILL_MAX_MS = 3_600_000;

/**
 * Opens a node on a migrated database. A name whose holder is dead is taken at once on its machine and without
 * a pooler between, else when its lease has run out. Refuses: flow.definition_malformed, flow.node_name_taken,
 * postgres.schema_older.
 */
export async function openFlows(options: FlowsOptions): Promise<Flows> {
  const { database, node, faults = noFaults, log = database.log } = options;
  const { runsMax = RUNS_MAX, leaseMs = LEASE_MS, spareNames = 0, books, book } = options;
  const { stillMaxMs = STILL_MS, keepDays = KEEP_DAYS } = options;
  checkName("the node", node);
  if (!(leaseMs >= LEASE_MIN_MS && leaseMs <= LEASE_MAX_MS)) {
    throw fail(flowErrors, "definition_malformed", { name: node, why: `a lease of ${leaseMs} ms` });
  }
  if (!(stillMaxMs >= LEASE_MIN_MS && stillMaxMs <= STILL_MAX_MS)) {
    const why = `a bound of ${stillMaxMs} ms for an event loop that stands still`;
    throw fail(flowErrors, "definition_malformed", { name: node, why });
  }
  checkKeepDays(node, keepDays);
  const flows = listDefinitions([...options.flows, bulkFlow]);
  const names = namesOf(node, spareNames);
  const bounds = { runsMax, leaseMs, stillMaxMs, keepDays };
  const warn = (still: StoodStill) => log.warn({ ...still }, "the event loop stood still");
  const { onBlocked = warn } = options;
  const shared = { database, flows, books, book, ...bounds, faults, log, onBlocked };
  for (const [place, name] of names.entries()) {
    const isLast = place + 1 === names.length;
    const opened = new FlowNode({ ...shared, node: name, isOneOfMany: !isLast });
    try {
      await opened.open();
      return flowsOf(opened, new EndWatch(opened));
    } catch (error) {
      await opened.close(0);
      if (isLast || !hasCode(error, "flow.node_name_taken")) throw error;
    }
  }
  throw new Error("a node has a name");
}

function flowsOf(node: FlowNode, watch: EndWatch): Flows {
  const { database } = node.input;
  const handle = <O>(runId: bigint, created: boolean): FlowRun<O> => ({
    id: showRunId(runId),
    created,
    result: (options) => watch.result(runId, options) as Promise<O>,
  });
  const say = (saying: Saying) => node.during(() => sayEvent(node, saying));
  return {
    ...oversightOf(node, handle),
    node: node.input.node,
    tasks: tasksDoor(node),
    get runCount() {
      return node.runCount;
    },
    async start(of, input, options = {}) {
      const made = await node.during(() => start(node, of, input, options));
      node.tally.starts(made);
      return handle(made.runId, made.created);
    },
    async startIn(tx, of, input, options = {}) {
      const made = await startIn(node, tx, of, input, options);
      return handle(made.runId, made.created);
    },
    async startAll(of, inputs, options = {}) {
      const all = await node.during(() => startAll(node, of, inputs, options));
      for (const made of all) node.tally.starts(made);
      return all.map(({ runId, created }) => handle(runId, created));
    },
    starting: async (of, input, options = {}) => startToBe(node, of, input, options),
    async startNamed(name, input, options = {}) {
      const made = await node.during(() => startNamed(node, name, input, options));
      node.tally.starts(made);
      return handle(made.runId, made.created);
    },
    known: () => knownFlows(node),
    stats: () => node.stats(),
    definitions: [...node.input.flows.values()],
    living: async (ids) => livingOf(database, ids),
    run: (id) => handle(readRunId(id), false),
    publish: async (name, payload, { match, once }) => say({ name, match, payload, once }),
    async signal(id, name, payload, { once } = {}) {
      const to = readRunId(id);
      return say({ name, match: showRunId(to), payload, once, to });
    },
    ...lookAtRuns(database),
    cancel: async (id, asked) => askOf(node, readRunId(id), Asked.cancel, asked),
    pause: async (id, asked) => askOf(node, readRunId(id), Asked.pause, asked),
    resume: async (id, asked) => askOf(node, readRunId(id), Asked.nothing, asked),
    retry: async (id, asked = {}) => retryRun(node, readRunId(id), asked),
    async close({ drainMs = DRAIN_MS } = {}) {
      try {
        await node.close(drainMs);
      } finally {
        watch.close();
      }
    },
  };
}
