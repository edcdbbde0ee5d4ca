/** f.batch: a step whose work goes together with that of other runs; each records its own outcome. */
import { errorRecordOf } from "../codec.ts";
import type { Batcher, BatchOutcome } from "../batch/batcher.ts";
import { queueOf } from "../batch/batch-queue.ts";
import type { StepContext } from "../define-flow.ts";
import type { Run } from "../run.ts";
import { doStep } from "./do-step.ts";

export async function batchStep<T, R>(
  run: Run,
  position: string,
  through: Batcher<T, R>,
  item: T,
  isUndoable: boolean,
): Promise<R> {
  const work = async ({ key, signal }: StepContext): Promise<R> => {
    const { promise, resolve } = Promise.withResolvers<BatchOutcome<unknown>>();
    const onFailed = (attempt: number, error: unknown): void => {
      run.trouble(position, attempt, "attempt", JSON.stringify(errorRecordOf(error)));
    };
    const waiting = { run, key, item, signal, settle: resolve, onFailed };
    queueOf(run.parts, through).add(waiting);
    const outcome = await promise;
    if (outcome.ok) return outcome.result as R;
    throw outcome.error;
  };
  // The batch is tried again as a whole: the step itself is not.
  return doStep(run, position, work, { retry: { attempts: 1 }, timeoutMs: Infinity, isUndoable });
}
