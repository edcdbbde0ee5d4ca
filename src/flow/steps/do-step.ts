/** f.step: something in the world, at least once, with its answer kept. */
import { LongmenError } from "../../base/index.ts";
import { encodePayload, errorRecordOf } from "../codec.ts";
import type { StepContext, StepOptions } from "../define-flow.ts";
import type { Run } from "../run.ts";
import { Kind, Outcome } from "../state.ts";
import { answerOf } from "./answer-record.ts";
import { STEP_TIMEOUT_MS, tried } from "./attempts.ts";

export type StepWork<T> = (context: StepContext) => Promise<T> | T;

interface DoOptions extends Pick<StepOptions<unknown>, "retry" | "timeoutMs"> {
  /** What it did can be taken back, by what it answered. */
  readonly isUndoable?: boolean;
}

export async function doStep<T>(
  run: Run,
  position: string,
  work: StepWork<T>,
  options: DoOptions = {},
  kind: number = Kind.step,
): Promise<T> {
  const known = await run.recall(position, kind);
  if (known !== undefined) return answerOf(known) as T;
  const startedAt = run.session.now();
  const { timeoutMs = STEP_TIMEOUT_MS, retry } = options;
  const policy = { ...run.flow.options.retry, ...retry };
  const came = await tried({ run, position, work, policy, timeoutMs });
  const { attempts } = came;
  const fails = (error: unknown): void => {
    const result = JSON.stringify(errorRecordOf(error));
    run.record({ step: position, kind, outcome: Outcome.failed, result, attempts, startedAt });
  };
  if (!run.isHere) return new Promise<never>(() => undefined);
  if ("error" in came) {
    // What could not be undone parks its run, and a resume tries it again: nothing of it is final.
    if (kind !== Kind.undo) fails(came.error);
    throw came.error;
  }
  let result: string | null;
  try {
    result = encodePayload(`what the step ${position} answers`, came.result);
  } catch (error) {
    // Its effect is there, and what would take it back hangs on what can't be kept.
    if (options.isUndoable === true && error instanceof LongmenError) {
      return run.park(position, error);
    }
    fails(error);
    throw error;
  }
  run.record({ step: position, kind, outcome: Outcome.done, result, attempts, startedAt });
  return came.result;
}
