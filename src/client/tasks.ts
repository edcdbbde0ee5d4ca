/** Tasks as operators see them: the dead, having them done again, queues. `runs.start` enqueues them. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { runOf, type RunView } from "./runs.ts";

export type TaskQueue = Wire.TaskQueue;

/** A group of which tasks wait before its door. Counts of 1,000 mean so many or more. */
export interface TaskGroup extends Omit<Wire.TaskGroup, "since" | "group"> {
  /** Undefined: of no group, or its name is not known yet. */
  readonly group?: string | undefined;
  /** Since when the first in line might have gone. */
  readonly since: Instant;
}

export interface DeadFilter {
  readonly task?: string | undefined;
}

export interface Tasks {
  /** Tasks that have failed for good, newest first. */
  dead(filter?: DeadFilter, options?: ListOptions): List<RunView>;
  /** Has a dead task done again. Where no answer came, sent again it may say flow.task_not_dead. */
  redrive(id: string, options?: CallOptions): Promise<RunView>;
  /** The same for `limit` dead ones of a task, 1,000 when left out. Answers how many. Safe to repeat. */
  redriveAll(
    task: string,
    options?: CallOptions & { readonly limit?: number | undefined },
  ): Promise<number>;
  /** Groups of a task that wait, by name; in no order of names. */
  groups(task: string, options?: ListOptions): List<TaskGroup>;
  /** What the queues of the node that answers do just now. */
  queues(options?: CallOptions): Promise<readonly TaskQueue[]>;
}

export function tasksOf(wire: Line): Tasks {
  return {
    dead: ({ task } = {}, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { task, cursor, limit: digits(limit) };
          const page = await ask(wire, "listDeadTasks", { params: undefined, query }, options);
          return { ...page, items: page.items.map(runOf) };
        },
        ({ items }) => items,
      ),
    redrive: async (id, options) =>
      runOf(await ask(wire, "redriveTask", { params: { id }, body: {} }, options)),
    async redriveAll(task, { limit, ...options } = {}) {
      const body = { task, ...(limit === undefined ? {} : { limit }) };
      return (await ask(wire, "redriveTasks", { params: undefined, body }, options)).redriven;
    },
    groups: (task, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const asked = { params: { task }, query: { cursor, limit: digits(limit) } };
          const page = await ask(wire, "listTaskGroups", asked, options);
          return { ...page, items: page.items.map(groupOf) };
        },
        ({ items }) => items,
      ),
    async queues(options) {
      return (await ask(wire, "listTaskQueues", { params: undefined }, options)).items;
    },
  };
}

function groupOf({ since, ...group }: Wire.TaskGroup): TaskGroup {
  return { ...group, since: instantOf(since) };
}
