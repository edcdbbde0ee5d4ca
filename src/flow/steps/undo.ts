/** Taking back what steps did, newest first, until all of it is taken back or a person is needed. */
import { fail } from "../../base/index.ts";
import type { StepContext } from "../define-flow.ts";
import type { RetryPolicy } from "../retry-policy.ts";
import { flowErrors } from "../flow.errors.ts";
import type { Run } from "../run.ts";
import { Kind } from "../state.ts";
import { UNDO } from "../plan-again.ts";
import { doStep } from "./do-step.ts";

export interface Undo {
  readonly position: string;
  readonly undo: (context: StepContext) => Promise<unknown>;
}

/** Longer than a step's: nobody else will do it. */
const UNDO_RETRY: RetryPolicy = { attempts: 20, baseMs: 500, maxMs: 60_000 };

/** Undoes all of them. One that can't be parks the run: it is never ended half undone. */
export async function undoAll(run: Run, undos: Undo[]): Promise<void> {
  const before = run.undoing;
  run.undoing = true;
  try {
    for (let next = undos.pop(); next !== undefined; next = undos.pop()) {
      const { position, undo } = next;
      const step = position + UNDO;
      await doStep(
        run,
        step,
        async (context) => void (await undo(context)),
        { retry: UNDO_RETRY },
        Kind.undo,
      ).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        return run.park(step, fail(flowErrors, "undo_failed", { step: position, why }, error));
      });
    }
  } finally {
    run.undoing = before;
  }
}
