/** Which records of a run stand when it goes on from a step, and which are made anew. */
import { fail } from "../base/index.ts";
import { flowErrors } from "./flow.errors.ts";
import { FORK } from "./unasked.ts";
import { Outcome, type StepRecord } from "./state.ts";

/** Behind the position of a step: the record that it was undone, or of the child that it started. */
export const UNDO = "~undo";
export const CHILD = "~child";

export interface PlannedAgain {
  readonly again: readonly string[];
  readonly reused: readonly string[];
}

export interface Planning {
  /** The first step that is done again; without it what failed is. */
  readonly from?: string | undefined;
  /** A child that was started, and need not be again. */
  readonly stays?: (child: StepRecord) => boolean;
}

/** The same for many runs at once: flow_bulk_retry. Refuses: flow.step_missing. */
export function planAgain(
  run: string,
  steps: readonly StepRecord[],
  { from, stays = () => false }: Planning,
): PlannedAgain {
  const first = from === undefined ? undefined : steps.find(({ step }) => step === from);
  if (from !== undefined && first === undefined)
    throw fail(flowErrors, "step_missing", { run, step: from });
  // What was undone has to be done again, wherever it stands; what could not be undone stands.
  const undone = new Set(
    steps.flatMap(({ step, outcome }) =>
      step.endsWith(UNDO) && outcome === Outcome.done ? [stepOf(step)] : [],
    ),
  );
  const goesItself = ({ ordinal, outcome, step }: StepRecord): boolean => {
    if (step === FORK) return false;
    if (step.endsWith(UNDO) || undone.has(step)) return true;
    if (first !== undefined) return ordinal >= first.ordinal;
    return outcome === Outcome.failed || outcome === Outcome.cancelled;
  };
  const gone = new Set(steps.filter(goesItself).map(({ step }) => step));
  // A part goes with its step: or the step would meet the same end again, or the same deadline.
  const goes = (record: StepRecord): boolean => {
    const { step } = record;
    if (step.endsWith(CHILD) && stays(record)) return false;
    return gone.has(step) || (step.includes("~") && gone.has(stepOf(step)));
  };
  const again = steps.filter(goes).map(({ step }) => step);
  const reused = steps.filter((one) => !goes(one)).map(({ step }) => step);
  return { again, reused };
}

/** The step that a record is a part of, or the undoing of. */
export const stepOf = (part: string): string => part.slice(0, part.lastIndexOf("~"));

/**
 * Of what could be reused, what another run can reuse: not that somebody began to wait, or which child was
 * started, where the end of it is not there: the child knows its own parent only.
 */
export function reusable(planned: PlannedAgain): PlannedAgain {
  const stands = new Set(planned.reused);
  const fits = (step: string): boolean => !step.includes("~") || stands.has(stepOf(step));
  return {
    reused: planned.reused.filter((step) => step !== FORK && fits(step)),
    again: [...planned.again, ...planned.reused.filter((step) => step !== FORK && !fits(step))],
  };
}
