/** What follows an attempt: the end of the task, a pause, or a place in the table until later. */
import { fail, type LongmenError } from "../../base/index.ts";
import type { WriteUse } from "../../postgres/index.ts";
import { encodePayload, errorRecordOf } from "../codec.ts";
import type { Ended } from "../drive.ts";
import { endOf } from "../ears.ts";
import { flowErrors } from "../flow.errors.ts";
import { readEnds } from "../flow.sql.ts";
import { writing } from "../session.ts";
import { Asked, Outcome, State, Trouble } from "../state.ts";
import { ATTEMPTS_DEFAULT, isWorthIt, pauseMsOf } from "../steps/attempts.ts";
import { tellThen } from "../tell-ends.ts";
import { insertChildEnds, insertTroubles } from "../write-runs.ts";
import type { Came } from "./call.ts";
import { Unrecoverable } from "./define-task.ts";
import type { Desk } from "./desk-parts.ts";
import type { TaskEntry } from "./entry.ts";
import type { TaskQueue } from "./queue.ts";
import { readOwned } from "./task.sql.ts";
import { deleteProgress, insertDead } from "./write-tasks.ts";

/** A longer pause between two attempts is not waited for in memory; nor by a group that waits behind it. */
const STAY_MS = 5_000;
const STAY_GATED_MS = 1_000;
const PAUSING_MAX = 1_000;
/** In troubles and budgets a task's one step is called so. */
const STEP = "task";

export function settle(desk: Desk, queue: TaskQueue, entry: TaskEntry, came: Came): void {
  if (entry.failed === 0) desk.parts.budget.of(queue.task.name).earn();
  if ("value" in came) {
    try {
      const result = encodePayload("what the task answers", came.value);
      return end(desk, queue, entry, { outcome: Outcome.done, result });
    } catch (error) {
      return failed(desk, queue, entry, error);
    }
  }
  return failed(desk, queue, entry, came.error);
}

function failed(desk: Desk, queue: TaskQueue, entry: TaskEntry, error: unknown): void {
  const { retry } = queue.policy;
  if (entry.asked === Asked.cancel) return endCancelled(desk, queue, entry);
  entry.failed += 1;
  const isLast = entry.failed >= (retry.attempts ?? ATTEMPTS_DEFAULT);
  const isFinal = isLast || error instanceof Unrecoverable || !isWorthIt(retry, error);
  const record = JSON.stringify(errorRecordOf(error));
  if (isFinal) return end(desk, queue, entry, { outcome: Outcome.failed, result: record });
  const budget = desk.parts.budget.of(queue.task.name);
  const waitMs = Math.max(pauseMsOf(retry, entry.failed, error), budget.spend());
  const trouble = writing(insertTroubles, {
    runId: entry.runId,
    step: STEP,
    attempt: entry.failed,
    kind: Trouble.attempt,
    error: record,
    at: entry.session.now(),
  });
  const stayMs = entry.gate === null ? STAY_MS : STAY_GATED_MS;
  const stays = waitMs <= stayMs && queue.pausing < PAUSING_MAX && !desk.parts.draining;
  if (stays && entry.asked === Asked.nothing) return pause(desk, queue, entry, waitMs, trouble);
  const wakeAt = Math.ceil(entry.session.now() + waitMs);
  void leave(desk, queue, entry, { state: State.waiting, wakeAt }, trouble);
}

/** Between two attempts, without a slot. The trouble is committed before the next attempt begins. */
function pause(
  desk: Desk,
  queue: TaskQueue,
  entry: TaskEntry,
  waitMs: number,
  trouble: WriteUse,
): void {
  entry.phase = "pausing";
  queue.pausing += 1;
  const { session } = entry;
  const sent = session.commit(`${entry.name}/trouble`, [trouble], {
    stands: () => Promise.resolve(false),
  });
  const again = (): void => {
    if (entry.phase !== "pausing") return;
    queue.pausing -= 1;
    if (session.signal.aborted) desk.lose(entry);
    else queue.add(entry);
  };
  entry.timer = setTimeout(() => void sent.then(again, () => desk.lose(entry)), waitMs);
  sent.catch(() => undefined);
}

export interface Leaving {
  readonly state: number;
  readonly wakeAt: number | null;
}

/** Gives its row back: to wait, to stay, or to be anybody's. */
export async function leave(
  desk: Desk,
  queue: TaskQueue,
  entry: TaskEntry,
  { state, wakeAt }: Leaving,
  ...beside: readonly WriteUse[]
): Promise<void> {
  if (entry.phase === "pausing") queue.pausing -= 1;
  clearTimeout(entry.timer);
  entry.phase = "leaving";
  const { session, runId, crashes } = entry;
  const isPaused = entry.asked === Asked.pause;
  const row = writing(session.writers.letGo, {
    runId,
    state: isPaused ? State.paused : state,
    wakeAt,
    owner: 0,
    epoch: 0,
    crashes,
    seen: entry.asked,
  });
  const { owner, epoch } = session.owner;
  const stands = async () =>
    (await session.database.maybe(readOwned, { runId, owner, epoch })) === undefined;
  try {
    await session.commit(`${entry.name}/leave`, [row, ...beside], { stands });
  } catch {
    // Taken over, or its row is gone: in either case it is not this node's.
  }
  desk.gone(queue, entry, { left: { kind: "release" } });
  if (state === State.waiting && wakeAt !== null)
    desk.wait(queue.flow, runId, wakeAt - session.now());
  if (isPaused || state !== State.waiting) desk.parts.nudge();
}

export function endCancelled(desk: Desk, queue: TaskQueue, entry: TaskEntry): void {
  const error = fail(flowErrors, "run_cancelled", { run: entry.name });
  const result = JSON.stringify(errorRecordOf(error));
  end(desk, queue, entry, { outcome: Outcome.cancelled, result });
}

function end(desk: Desk, queue: TaskQueue, entry: TaskEntry, ended: Ended): void {
  if (entry.phase === "ending") return;
  if (entry.phase === "pausing") queue.pausing -= 1;
  clearTimeout(entry.timer);
  entry.phase = "ending";
  queue.ending += 1;
  const { session, runId } = entry;
  desk.ends.add({
    session,
    key: entry.name,
    rows: endRows(queue, entry, ended),
    stands: async () => (await session.database.maybe(readEnds, { runs: [runId] })) !== undefined,
    settle: (error) => {
      queue.ending -= 1;
      if (error === undefined) return over(desk, queue, entry, ended);
      if (session.signal.aborted) return desk.lose(entry);
      void notRecorded(desk, queue, entry, error);
    },
  });
}

function endRows(queue: TaskQueue, entry: TaskEntry, ended: Ended): WriteUse[] {
  const { session, runId, gate, parentId, crashes, asked } = entry;
  const endedAt = session.now();
  const end = { runId, ...ended, endedAt };
  const rows: WriteUse[] = [];
  if (parentId === null) rows.push(writing(session.writers.endRuns, end));
  else {
    const { owner, epoch } = session.owner;
    const told = { runId, state: State.telling, wakeAt: null, owner, epoch, crashes, seen: asked };
    rows.push(writing(session.writers.letGo, told), writing(insertChildEnds, end));
  }
  if (ended.outcome === Outcome.failed) {
    rows.push(writing(insertDead, { runId, flow: queue.flow, gate, deadAt: endedAt }));
  }
  if (entry.hasProgress) rows.push(writing(deleteProgress, runId));
  return rows;
}

/** Its end is committed. */
function over(desk: Desk, queue: TaskQueue, entry: TaskEntry, ended: Ended): void {
  const { session, runId, parentId, gate } = entry;
  desk.gone(queue, entry, { ended });
  desk.parts.ears.tell(endOf(runId));
  if (gate !== null) desk.selector.letThrough(queue, gate);
  if (parentId !== null) tellThen(session, runId, [parentId]).catch(() => undefined);
}

/** A bug, or a payload that PostgreSQL does not take: a person has to look. */
function notRecorded(desk: Desk, queue: TaskQueue, entry: TaskEntry, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return park(desk, queue, entry, fail(flowErrors, "not_recorded", { reason }, cause));
}

/** Its input is not what this node can read. */
export function parkUnreadable(desk: Desk, queue: TaskQueue, entry: TaskEntry, cause: unknown) {
  return park(desk, queue, entry, fail(flowErrors, "run_unreadable", { run: entry.name }, cause));
}

async function park(
  desk: Desk,
  queue: TaskQueue,
  entry: TaskEntry,
  { code, message, advice }: LongmenError,
): Promise<void> {
  const words = JSON.stringify({ name: "parked", code, message, advice });
  const { runId, session } = entry;
  desk.parts.log.warn({ run: entry.name, code, reason: message }, "a task is parked");
  const trouble = writing(insertTroubles, {
    runId,
    step: "",
    attempt: 0,
    kind: Trouble.parked,
    error: words,
    at: session.now(),
  });
  await leave(desk, queue, entry, { state: State.parked, wakeAt: null }, trouble);
}
