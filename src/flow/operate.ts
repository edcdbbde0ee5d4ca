/** What a person or program asks of a run that is there: to stop, stay, go on, do again, hear something. */
import { fail } from "../base/index.ts";
import { encodePayload } from "./codec.ts";
import { eventOf } from "./ears.ts";
import { flowErrors } from "./flow.errors.ts";
import { readEnds, readRuns, readState, readSteps } from "./flow.sql.ts";
import { DELIVERY, type FlowNode } from "./node.ts";
import { checkMatch, checkName } from "./position.ts";
import { showRunId } from "./run-id.ts";
import { repeatable, writing } from "./session.ts";
import { Asked, Outcome, State } from "./state.ts";
import { deliver } from "./tell-ends.ts";
import { planAgain } from "./plan-again.ts";
import { forgetStates } from "./write-forks.ts";
import { reopenRun } from "./write-retry.ts";
import { askRuns, insertEvents } from "./write-runs.ts";

/** Refuses: flow.run_ended, flow.run_missing. */
export async function askOf(node: FlowNode, runId: bigint, asked: number): Promise<void> {
  const { session } = node;
  const rows = [writing(askRuns, { runId, asked })];
  const came = await session.commit(`ask/${runId}`, rows, { ...repeatable, mayBeTaken: true });
  if (came === "taken") await refuseEnded(node, runId);
  if (asked !== Asked.nothing) node.hear(runId, asked);
  node.nudgeAll();
}

async function refuseEnded({ input }: FlowNode, runId: bigint): Promise<never> {
  const run = showRunId(runId);
  const [known] = await input.database.run(readRuns, { runs: [runId] });
  throw fail(flowErrors, known === undefined ? "run_missing" : "run_ended", { run });
}

/** The event and what reminds of its delivery are one commit; then it is delivered. */
export async function sayEvent(
  node: FlowNode,
  name: string,
  match: string,
  payload: unknown,
): Promise<void> {
  checkName("the event", name);
  checkMatch(match);
  const { session } = node;
  const eventId = node.newId();
  const at = session.now();
  const row = { eventId, name, match, payload: encodePayload("the event", payload), at };
  const { owner, epoch } = session.owner;
  const live = { runId: eventId, flow: DELIVERY, wakeAt: at, owner, epoch, priority: 0 };
  const reminder = writing(session.writers.insertLives, { ...live, state: State.telling });
  const stands = async () =>
    (await session.database.maybe(readState, { runId: eventId })) !== undefined;
  const rows = [writing(insertEvents, row), reminder];
  await session.commit(`event/${eventId}`, rows, { stands, impatient: true });
  node.ears.tell(eventOf(name, match));
  await deliver(session, eventId);
  node.nudgeAll();
}

export interface RetryOptions {
  /** The first step that is done again. */
  readonly from?: string | undefined;
  /** Only tells what would come of it. */
  readonly preview?: boolean | undefined;
}

export interface RetryPreview {
  /** Steps whose records stand. */
  readonly reused: readonly string[];
  /** Steps that were recorded and are done again; what comes behind them is new in any case. */
  readonly again: readonly string[];
}

const STEPS_MAX = 100_000;

/** Refuses: flow.run_missing, flow.run_not_stopped, flow.step_missing. */
export async function retryRun(
  node: FlowNode,
  runId: bigint,
  { from, preview = false }: RetryOptions,
): Promise<RetryPreview> {
  const { database } = node.input;
  const run = showRunId(runId);
  const [row] = await database.run(readRuns, { runs: [runId] });
  if (row === undefined) throw fail(flowErrors, "run_missing", { run });
  const [end] = await database.run(readEnds, { runs: [runId] });
  const live = await database.maybe(readState, { runId });
  const isStopped =
    end === undefined ? live?.state === State.parked : end.outcome === Outcome.failed;
  if (!isStopped) throw fail(flowErrors, "run_not_stopped", { run });
  if (from !== undefined && node.flowOf(row.flow)?.recordsAfter !== undefined) {
    throw fail(flowErrors, "machine_history", { run });
  }
  const steps = await database.run(readSteps, { runId, after: 0, limit: STEPS_MAX });
  const { again, reused } = planAgain(run, steps, from);
  if (preview) return { again, reused };
  const { session } = node;
  const reopened = { runId, flow: row.flow, ended: end !== undefined, steps: again };
  const rows = [writing(reopenRun, reopened), writing(forgetStates, runId)];
  const came = await session.commit(`retry/${run}`, rows, { ...repeatable, mayBeTaken: true });
  if (came === "taken") throw fail(flowErrors, "run_not_stopped", { run });
  node.nudgeAll();
  return { again, reused };
}
