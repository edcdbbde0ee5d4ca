/** What a person or program asks of a run that is there: to stop, stay, go on, do again, hear something. */
import { fail } from "../base/index.ts";
import type { WriteUse } from "../postgres/index.ts";
import { checkAsker, type StartOptions } from "./asking.ts";
import { flowErrors } from "./flow.errors.ts";
import { readEnds, readRuns, readState, readSteps } from "./flow.sql.ts";
import { isMachines } from "./machine/machines-by-name.ts";
import type { FlowNode } from "./node.ts";
import { checkText } from "./position.ts";
import { showRunId } from "./run-id.ts";
import { repeatable, writing } from "./session.ts";
import { Asked, Outcome, State, type StepRecord, Trouble } from "./state.ts";
import { CHILD, planAgain } from "./plan-again.ts";
import { forgetStates } from "./write-forks.ts";
import { reopenRun } from "./write-retry.ts";
import { askRuns, insertTroubles } from "./write-runs.ts";

/** Who asks something of a run, in which request, and why: kept with its troubles where one of them is given. */
export interface AskedBy extends Pick<StartOptions, "by" | "request"> {
  readonly reason?: string | undefined;
}

const REASON_MAX_LENGTH = 500;

/** Refuses: flow.name_malformed. */
function notesOf(
  { session }: FlowNode,
  runId: bigint,
  word: string,
  { by, request, reason }: AskedBy,
): WriteUse[] {
  checkAsker({ by, request });
  if (reason !== undefined) checkText("the reason", reason, REASON_MAX_LENGTH);
  if (by === undefined && reason === undefined) return [];
  const error = JSON.stringify({ name: word, message: reason ?? "", by, request });
  const at = session.now();
  return [writing(insertTroubles, { runId, step: "", attempt: 0, kind: Trouble.asked, error, at })];
}

const words = { [Asked.cancel]: "cancel", [Asked.pause]: "pause", [Asked.nothing]: "resume" };

/** Refuses: flow.run_ended, flow.run_missing, flow.name_malformed. */
export async function askOf(
  node: FlowNode,
  runId: bigint,
  asked: keyof typeof words,
  who: AskedBy = {},
): Promise<void> {
  const { session } = node;
  const rows = [writing(askRuns, { runId, asked }), ...notesOf(node, runId, words[asked], who)];
  const came = await session.commit(`ask/${runId}`, rows, { ...repeatable, mayBeTaken: true });
  if (came === "taken") await refuseEnded(node, runId);
  node.hear(runId, asked);
  node.nudgeAll();
}

/** Of a run that was not there to be asked. Refuses: flow.run_ended, flow.run_missing. */
export async function refuseEnded({ input }: FlowNode, runId: bigint): Promise<never> {
  const run = showRunId(runId);
  const [known] = await input.database.run(readRuns, { runs: [runId] });
  throw fail(flowErrors, known === undefined ? "run_missing" : "run_ended", { run });
}

export interface RetryOptions extends AskedBy {
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
  { from, preview = false, ...who }: RetryOptions,
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
  if (from !== undefined && (await isMachines(node, runId, row.flow))) {
    throw fail(flowErrors, "machine_history", { run });
  }
  const steps = await database.run(readSteps, { runId, after: 0, limit: STEPS_MAX });
  const stays = await childrenThatStay(node, steps, from);
  const { again, reused } = planAgain(run, steps, { from, stays });
  if (preview) return { again, reused };
  const { session } = node;
  const reopened = { runId, flow: row.flow, ended: end !== undefined, steps: again };
  const notes = notesOf(node, runId, "retry", who);
  const rows = [writing(reopenRun, reopened), writing(forgetStates, runId), ...notes];
  const came = await session.commit(`retry/${run}`, rows, { ...repeatable, mayBeTaken: true });
  if (came === "taken") throw fail(flowErrors, "run_not_stopped", { run });
  node.nudgeAll();
  return { again, reused };
}

/** One that lives is waited for, never started beside itself; one that was mended and is done now counts. */
async function childrenThatStay(
  { input }: FlowNode,
  steps: readonly StepRecord[],
  from: string | undefined,
): Promise<(child: StepRecord) => boolean> {
  const runs = steps.flatMap(({ step, result }) =>
    step.endsWith(CHILD) && result !== null ? [BigInt(result)] : [],
  );
  if (runs.length === 0) return () => false;
  const rows = await input.database.run(readEnds, { runs });
  const ended = new Set(rows.map(({ runId }) => String(runId)));
  const done = rows.filter(({ outcome }) => outcome === Outcome.done && from === undefined);
  // What neither ended nor is there any more is forgotten.
  const open = runs.filter((runId) => !ended.has(String(runId)));
  const living = await input.database.run(readRuns, { runs: open });
  const stay = new Set([...done, ...living].map(({ runId }) => String(runId)));
  return ({ result }) => stay.has(result ?? "");
}
