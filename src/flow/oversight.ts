/** What is asked of runs beyond one of them at a time, or of their past: forks, states, versions, histories. */
import { bulkFlow, type BulkInput, type BulkProgress } from "./bulk/bulk-flow.ts";
import { type BulkWhere, countFound, type CountOptions, seek } from "./bulk/find-runs.ts";
import type { BulkVerb } from "./bulk/write-bulk.ts";
import type { FlowRun } from "./flow-run.ts";
import { forkRun, type ForkOptions, type ForkPlan } from "./fork-run.ts";
import { exportHistory, type RunHistory } from "./history/export-history.ts";
import type { Machine } from "./machine/define-machine.ts";
import { listMachines, type MachineView, servedMachine } from "./machine/machines-by-name.ts";
import {
  listStuck,
  type MachineHandle,
  openMachine,
  type StuckOptions,
  type StuckView,
} from "./machine/open-machine.ts";
import type { FlowNode } from "./node.ts";
import { readRunId, showRunId } from "./run-id.ts";
import type { StartOptions } from "./asking.ts";
import { start } from "./start-runs.ts";
import { listVersions, type VersionsOptions, type VersionView } from "./versions.ts";

export interface Forked extends ForkPlan {
  /** Undefined where it was only a preview. */
  readonly run: FlowRun<unknown> | undefined;
}

export type BulkOptions = Pick<StartOptions, "key" | "by" | "request">;

export interface Oversight {
  /**
   * A new run of the same flow that takes along what this one had recorded before a step; the origin stays
   * as it is, whatever it is at. It hears what is said after its own beginning, and posts under its own ids.
   * `preview` only tells. Refuses: flow.run_missing, flow.step_missing, flow.unknown_flow,
   * flow.input_refused, flow.machine_history.
   */
  fork(id: string, options?: ForkOptions): Promise<Forked>;
  /**
   * All versions that were ever served, by which nodes they are, and how many runs of each have not ended:
   * counted by pages, never in one long question.
   */
  versions(options?: VersionsOptions): Promise<readonly VersionView[]>;
  /** A machine in hand, to start its subjects and send them events. It must be among this node's `flows`. */
  machine<S extends string, E extends string, D>(of: Machine<S, E, D>): MachineHandle<S, E, D>;
  /** Machines that this node serves, as data: by name, the newest version first. */
  machines(): readonly MachineView[];
  /**
   * The same as `machine`, by its name alone, for who has no definition in hand. Whoever serves the machine can
   * do all of it; `get`, `history` and `stuck` any node. Refuses, when it is used: flow.unknown_flow.
   */
  machineNamed(name: string, version?: number): MachineHandle<string, string, unknown>;
  /**
   * Subjects of state machines whose work fails: with the last error, and what is tried next, and when.
   * Oldest first; the next page is that `after` the run of the last one.
   */
  stuck(options?: StuckOptions): Promise<readonly StuckView[]>;
  /**
   * How many runs a verb would be for: counted by pages, exact as of each page's instant. Ask this before
   * `bulk`. Refuses: flow.bulk_malformed.
   */
  countFor(verb: BulkVerb, where: BulkWhere, options?: CountOptions): Promise<number>;
  /**
   * Does one thing to all runs of which something is true, also to millions: as a run of its own, by pages
   * and short commits, that survives kills. Runs that are started after this are not meant. `query` of its
   * id tells its progress; it is paused and cancelled like any run. `retry` does again what failed,
   * `redrive` everything. Safe to repeat with a key. Refuses: flow.bulk_malformed.
   */
  bulk(verb: BulkVerb, where: BulkWhere, options?: BulkOptions): Promise<FlowRun<BulkProgress>>;
  /** All that is recorded of a run as one document, for `replayHistory`. Refuses: flow.run_missing. */
  exportHistory(id: string): Promise<RunHistory>;
}

type Handle = (runId: bigint, created: boolean) => FlowRun<unknown>;
type Start = Parameters<typeof openMachine>[2];

export function oversightOf(node: FlowNode, handle: Handle): Oversight {
  const begin: Start = async (of, input, options) => {
    const made = await node.during(() => start(node, of, input, options));
    return { id: showRunId(made.runId), created: made.created };
  };
  const { database } = node.input;
  return {
    async fork(id, asked = {}) {
      const { runId, created, again, reused } = await forkRun(node, readRunId(id), asked);
      return { again, reused, run: runId === undefined ? undefined : handle(runId, created) };
    },
    versions: async (asked = {}) => listVersions(database, asked),
    machine: (of) => openMachine(node, of, begin),
    machines: () => listMachines(node),
    machineNamed: (name, version) => machineNamed(node, begin, name, version),
    stuck: async (asked = {}) => listStuck(node, asked),
    async countFor(verb, where, options = {}) {
      return countFound(database, await seek(database, verb, where), options);
    },
    async bulk(verb, where, options = {}) {
      await seek(database, verb, where);
      const { createdBefore, createdAfter, ...rest } = where;
      // What a repeat asks is the same, so the instant is the run's own, and not in its input.
      const input: BulkInput = {
        verb,
        where: {
          ...rest,
          ...(createdBefore === undefined ? {} : { createdBefore: Number(createdBefore) }),
          ...(createdAfter === undefined ? {} : { createdAfter: Number(createdAfter) }),
        },
      };
      const made = await node.during(() => start(node, bulkFlow, input, options));
      return handle(made.runId, made.created) as FlowRun<BulkProgress>;
    },
    exportHistory: async (id) => exportHistory(database, readRunId(id)),
  };
}

/** What needs no definition goes without one. */
function machineNamed(
  node: FlowNode,
  begin: Start,
  name: string,
  version: number | undefined,
): MachineHandle<string, string, unknown> {
  const opened = () => openMachine(node, servedMachine(node, name, version), begin);
  const byName = openMachine(node, { name } as Machine<string, string, unknown>, begin);
  return {
    ...byName,
    start: async (subject, data, options) => opened().start(subject, data, options),
    diagram: () => opened().diagram(),
  };
}
