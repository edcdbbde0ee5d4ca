/**
 * A task whose group nobody has named: it was started on a node that does not serve it, is a fork, or stood there
 * before it had limits. Whoever claims it knows its group, and puts it before that door instead of running it.
 */
import { showRunId } from "../run-id.ts";
import { writing } from "../session.ts";
import { Unrecoverable, type Task } from "./define-task.ts";
import type { Desk } from "./desk-parts.ts";
import type { TaskEntry } from "./entry.ts";
import { gateOf } from "./gate.ts";
import type { TaskQueue } from "./queue.ts";
import { readOwned } from "./task.sql.ts";
import { holdTasksOf } from "./write-tasks.ts";

/** Null: nothing limits it. What a function of groups throws is no better the next time. */
export function judge(task: Task<never, unknown>, input: unknown): bigint | null {
  try {
    return gateOf(task, input);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Unrecoverable(`its group can't be told: ${why}`, { cause });
  }
}

/** It was claimed and has not begun. */
export async function standBefore(
  desk: Desk,
  queue: TaskQueue,
  entry: TaskEntry,
  gate: bigint,
): Promise<void> {
  entry.phase = "leaving";
  const { session, runId } = entry;
  const { owner, epoch } = session.owner;
  const stands = async () =>
    (await session.database.maybe(readOwned, { runId, owner, epoch })) === undefined;
  const rows = [writing(holdTasksOf(session.owner), { runId, gate })];
  try {
    await session.commit(`${showRunId(runId)}/hold`, rows, { stands });
  } catch {
    // Taken over, or its row is gone: in either case it is not this node's.
  }
  desk.gone(queue, entry, { left: { kind: "release" } });
  desk.selector.letThrough(queue, gate);
}
