/** Which records of a run stand when it goes on from a step, and which are made anew. */
import { fail } from "../base/index.ts";
import { flowErrors } from "./flow.errors.ts";
import { FORK } from "./unasked.ts";
import { Outcome, type StepRecord } from "./state.ts";

const UNDO = "~undo";

export interface PlannedAgain {
  readonly again: readonly string[];
  readonly reused: readonly string[];
}

/** Without `from` what failed is done again. Refuses: flow.step_missing. */
export function planAgain(
  run: string,
  steps: readonly StepRecord[],
  from: string | undefined,
): PlannedAgain {
  const first = from === undefined ? undefined : steps.find(({ step }) => step === from);
  if (from !== undefined && first === undefined)
    throw fail(flowErrors, "step_missing", { run, step: from });
  // What was undone has to be done again, wherever it stands.
  const undone = new Set(
    steps.flatMap(({ step }) => (step.endsWith(UNDO) ? [step.slice(0, -UNDO.length)] : [])),
  );
  const goes = ({ ordinal, outcome, step }: StepRecord): boolean => {
    if (step === FORK) return false;
    if (step.endsWith(UNDO) || undone.has(step)) return true;
    return first === undefined ? outcome === Outcome.failed : ordinal >= first.ordinal;
  };
  const again = steps.filter(goes).map(({ step }) => step);
  const reused = steps.filter((one) => !goes(one)).map(({ step }) => step);
  return { again, reused };
}

/**
 * Of what could be reused, what another run can reuse: not that somebody began to wait, or which child was
 * started, where the end of it is not there: the child knows its own parent only.
 */
export function reusable(planned: PlannedAgain): PlannedAgain {
  const stands = new Set(planned.reused);
  const fits = (step: string): boolean => {
    const at = step.lastIndexOf("~");
    return at < 0 || stands.has(step.slice(0, at));
  };
  return {
    reused: planned.reused.filter((step) => step !== FORK && fits(step)),
    again: [...planned.again, ...planned.reused.filter((step) => step !== FORK && !fits(step))],
  };
}
