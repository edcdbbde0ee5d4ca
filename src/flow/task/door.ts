/** What operators ask of tasks: the dead, having them done again, what queues do on this node. */
import { fail } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { readVersions } from "../flow.sql.ts";
import type { FlowNode } from "../node.ts";
import { findRun, type RunView } from "../reads.ts";
import { readRunId, showRunId } from "../run-id.ts";
import { repeatable, writing } from "../session.ts";
import { type GroupsOptions, type GroupView, listGroups } from "./groups.ts";
import type { QueueStats } from "./queue.ts";
import { readDead, readStillDead } from "./task.sql.ts";
import { redriveTasks } from "./write-tasks.ts";

export interface DeadOptions {
  /** Of this task only, in all its versions. Refuses: flow.task_missing. */
  readonly task?: string | undefined;
  /** The last id of the page before. */
  readonly before?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface RedriveAllOptions {
  /** So many at most, newest first; all when left out. */
  readonly limit?: number | undefined;
  /** Only those that were enqueued before this one, which is the last of a page. */
  readonly before?: string | undefined;
  /** Told after each page. */
  readonly onProgress?: ((redriven: number) => void) | undefined;
}

/** Tasks, as operators see them. */
export interface TasksDoor {
  /**
   * Tasks that have failed for good, newest first. No count, and no scan: a list of its own.
   * Refuses: flow.task_missing, flow.limit_out_of_range, flow.run_id_malformed.
   */
  dead(options?: DeadOptions): Promise<readonly RunView[]>;
  /**
   * Has a dead task done again: its attempts begin anew, its troubles stay to be read.
   * Refuses: flow.run_missing, flow.task_not_dead.
   */
  redrive(id: string): Promise<void>;
  /**
   * The same for all dead ones of a task, a page at a time. Safe to repeat, and to run twice at once: each is
   * done again once. Answers how many. Refuses: flow.task_missing.
   */
  redriveAll(task: string, options?: RedriveAllOptions): Promise<{ readonly redriven: number }>;
  /**
   * Groups of a task that have tasks before their door, by their names; counted up to 1,000 each. In no order of
   * names: the next page is that `after` the last. Refuses: flow.task_missing, flow.limit_out_of_range,
   * flow.group_malformed.
   */
  groups(task: string, options?: GroupsOptions): Promise<readonly GroupView[]>;
  /** What the queues of this node do just now. Asks nobody. */
  queues(): readonly QueueStats[];
}

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 100;
const ALL = 2n ** 63n - 1n;

export function tasksDoor(node: FlowNode): TasksDoor {
  return {
    dead: (options = {}) => listDead(node, options),
    redrive: (id) => redriveOne(node, readRunId(id)),
    redriveAll: (task, options = {}) => redriveAll(node, task, options),
    groups: (task, options = {}) => listGroups(node.input.database, task, options),
    queues: () => node.tasks.stats(),
  };
}

async function listDead(
  node: FlowNode,
  { task, before, limit = LIMIT_DEFAULT }: DeadOptions,
): Promise<readonly RunView[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw fail(flowErrors, "limit_out_of_range", { limit, most: LIMIT_MAX });
  }
  const { database } = node.input;
  const flows = await flowsOf(node, task);
  const from = before === undefined ? ALL : readRunId(before);
  const rows = await database.run(readDead, { flows, before: from, limit });
  const views = await Promise.all(rows.map(({ runId }) => findRun(database, runId)));
  return views.flatMap((view) => view ?? []);
}

/** The numbers of a task's versions; of all flows, where none is named. */
async function flowsOf({ input }: FlowNode, task: string | undefined): Promise<number[]> {
  const known = await input.database.run(readVersions, {});
  const mine = known.filter(({ name }) => task === undefined || name === task);
  if (mine.length === 0 && task !== undefined)
    throw fail(flowErrors, "task_missing", { name: task });
  return mine.map(({ flow }) => flow);
}

async function redriveOne(node: FlowNode, runId: bigint): Promise<void> {
  if ((await redrive(node, [runId])) === 1) return;
  const known = await findRun(node.input.database, runId);
  const run = showRunId(runId);
  throw fail(flowErrors, known === undefined ? "run_missing" : "task_not_dead", { run });
}

async function redriveAll(
  node: FlowNode,
  task: string,
  { limit = Number.MAX_SAFE_INTEGER, before, onProgress }: RedriveAllOptions,
): Promise<{ readonly redriven: number }> {
  const { database } = node.input;
  const flows = await flowsOf(node, task);
  let from = before === undefined ? ALL : readRunId(before);
  let redriven = 0;
  while (redriven < limit) {
    const page = { flows, before: from, limit: Math.min(LIMIT_MAX, limit - redriven) };
    const runs = (await database.run(readDead, page)).map(({ runId }) => runId);
    const last = runs.at(-1);
    if (last === undefined) break;
    redriven += await redrive(node, runs);
    onProgress?.(redriven);
    from = last;
  }
  return { redriven };
}

/** Answers how many of these were dead and are not any more. */
async function redrive(node: FlowNode, runs: readonly bigint[]): Promise<number> {
  const { database } = node.input;
  const before = await database.run(readStillDead, { runs });
  if (before.length === 0) return 0;
  const rows = [writing(redriveTasks, runs)];
  await node.session.commit(`redrive/${runs.length}`, rows, repeatable);
  const after = await database.run(readStillDead, { runs });
  node.nudgeAll();
  return before.length - after.length;
}
