/** Runs a run's function to its end, or until the run leaves memory. */
import { fail, faultPoint, type LongmenError } from "../base/index.ts";
import type { WriteUse } from "../postgres/index.ts";
import { encodePayload, errorRecordOf } from "./codec.ts";
import { checkInput } from "./define-flow.ts";
import { endOf } from "./ears.ts";
import { flowErrors } from "./flow.errors.ts";
import { readEnds } from "./flow.sql.ts";
import { Scope } from "./position.ts";
import type { Arrived, Leaving, Run } from "./run.ts";
import { repeatable, writing } from "./session.ts";
import { Asked, Outcome, State } from "./state.ts";
import { FlowSteps } from "./steps/flow-steps.ts";
import { type Undo, undoAll } from "./steps/undo.ts";
import { tellThen } from "./tell-ends.ts";
import { deleteWaits, insertChildEnds, wakeRuns } from "./write-runs.ts";

const leftPoint = faultPoint(
  "flow.left",
  "a run has left memory, and what it waits for is looked for once more",
);

/** How a run came out. */
export interface Ended {
  readonly outcome: number;
  readonly result: string | null;
}

/** Ends of runs, for whoever holds them in hand here. */
export type Driven = { readonly ended: Ended } | { readonly left: Leaving };

type Came =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "left"; readonly leaving: Leaving };

export async function drive(run: Run): Promise<Driven> {
  const undos: Undo[] = [];
  const came = await raced(run, called(run, undos));
  if (came.kind === "left") return { left: await left(run, came.leaving) };
  const unasked = run.firstUnasked;
  if (unasked !== undefined && run.asked !== Asked.cancel) {
    const found =
      came.kind === "error" ? `an error: ${errorRecordOf(came.error).message}` : "its end";
    void run.mismatch(unasked, `the step "${unasked}"`, found);
    return { left: await left(run, await run.leaving) };
  }
  const ended = endOfCame(run, came);
  if (ended.outcome !== Outcome.done && undos.length > 0) {
    const undone = await raced(
      run,
      run.during(() => undoAll(run, undos)),
    );
    if (undone.kind === "left") return { left: await left(run, undone.leaving) };
  }
  return finish(run, ended);
}

/** The function, with whatever it throws as a value; and what it began and did not wait for. */
async function called(run: Run, undos: Undo[]): Promise<unknown> {
  const { flow } = run;
  try {
    const input = checkInput(flow, run.input) as never;
    return await flow.run(new FlowSteps(run, new Scope(), undos), input);
  } finally {
    await run.quiet();
  }
}

/** Not Promise.race, which costs as much as all else of a run that does little. */
function raced(run: Run, work: Promise<unknown>): Promise<Came> {
  const { promise, resolve } = Promise.withResolvers<Came>();
  work.then(
    (value) => resolve({ kind: "value", value }),
    (error: unknown) => resolve({ kind: "error", error }),
  );
  void run.leaving.then((leaving) => resolve({ kind: "left", leaving }));
  return promise;
}

function endOfCame(run: Run, came: Exclude<Came, { readonly kind: "left" }>): Ended {
  const isCancelled = run.asked === Asked.cancel;
  if (came.kind === "value" && !isCancelled) {
    try {
      const result = encodePayload("what the flow answers", came.value);
      return { outcome: Outcome.done, result };
    } catch (error) {
      return { outcome: Outcome.failed, result: JSON.stringify(errorRecordOf(error)) };
    }
  }
  const error = came.kind === "value" ? run.cancelled() : came.error;
  const outcome = isCancelled ? Outcome.cancelled : Outcome.failed;
  return { outcome, result: JSON.stringify(errorRecordOf(error)) };
}

/** Its end, with what was not sent yet, in one unit. */
async function finish(run: Run, ended: Ended): Promise<Driven> {
  const { session, runId, parts } = run;
  // Everything else is committed first; only what is still in hand goes along.
  const last = await run.takeLast();
  for (const step of run.openWaits()) last.push(writing(deleteWaits, { runId, step }));
  await run.flushed();
  if (!run.isHere) return { left: await left(run, await run.leaving) };
  const end = { runId, ...ended, endedAt: session.now() };
  const isChild = run.parentId !== null;
  const over: WriteUse[] = isChild
    ? [run.rowOf(State.telling, null), writing(insertChildEnds, end)]
    : [writing(session.writers.endRuns, end)];
  const stands = async () =>
    (await session.database.maybe(readEnds, { runs: [runId] })) !== undefined;
  try {
    await session.commit(`${run.name}/end`, [...last, ...over], { stands });
  } catch (error) {
    if (session.signal.aborted) return { left: { kind: "lost" } };
    return { left: await left(run, { kind: "park", step: "", error: notRecorded(error) }) };
  }
  parts.ears.tell(endOf(runId));
  if (isChild && run.parentId !== null) await tellThen(session, runId, [run.parentId]);
  return { ended };
}

function notRecorded(error: unknown): LongmenError {
  const reason = error instanceof Error ? error.message : String(error);
  return fail(flowErrors, "not_recorded", { reason }, error);
}

/** Lets go of the run's row, and then looks whether what it waits for came in between. */
async function left(run: Run, leaving: Leaving): Promise<Leaving> {
  if (leaving.kind === "lost") return leaving;
  const { session, parts } = run;
  if (leaving.kind === "park") {
    const { code, message, advice } = leaving.error;
    const words = JSON.stringify({ name: "parked", message, code, advice });
    run.trouble(leaving.step, 0, "parked", words);
    parts.log.warn({ run: run.name, code, step: leaving.step, reason: message }, "a run is parked");
  }
  const row = rowOfLeaving(run, leaving);
  try {
    run.letGo(row);
    await run.flushed();
    session.signal.throwIfAborted();
    const fault = session.faults.at(leftPoint);
    if (fault !== undefined) await fault;
    if (leaving.kind === "pause" || run.heardLate) parts.nudge();
    if (leaving.kind === "wait") await lookAgain(run, leaving.arrived);
  } catch {
    return { kind: "lost" };
  }
  return leaving;
}

/** For haste only: what came before that commit has marked the row, what comes later finds that it waits. */
async function lookAgain(
  { session, runId, name, parts }: Run,
  arrived: readonly Arrived[],
): Promise<void> {
  for (const look of arrived) {
    if (!(await look())) continue;
    await session.commit(`wake/${name}`, [writing(wakeRuns, [runId])], repeatable);
    parts.nudge();
    return;
  }
}

function rowOfLeaving(run: Run, leaving: Exclude<Leaving, { readonly kind: "lost" }>): WriteUse {
  switch (leaving.kind) {
    case "wait":
      return run.rowOf(State.waiting, leaving.wakeAt, leaving.arrived.length > 0);
    case "park":
      return run.rowOf(State.parked, null);
    case "pause":
      return run.rowOf(State.paused, null);
    case "release":
      return run.rowOf(State.ready, run.session.now());
  }
}
