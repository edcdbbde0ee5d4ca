/**
 * Whether a call comes from within a step's work. What a step's function does belongs to the step: steps that it
 * asked for would stand behind a step that answers from its record in the next life, and be asked for by nobody.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fail } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import type { Run } from "../run.ts";

/** By a token of the run's life in memory: what a step's work starts elsewhere is another run's. */
const within = new AsyncLocalStorage<{ readonly token: object; readonly position: string }>();

/** Does a step's work, marked as such. */
export function doWithin<T>(run: Run, position: string, work: () => T): T {
  return within.run({ token: run.token, position }, work);
}

/** Refuses: flow.step_in_step. */
export function refuseWithin(run: Run, name: string): void {
  const outer = within.getStore();
  if (outer === undefined || outer.token !== run.token) return;
  throw fail(flowErrors, "step_in_step", { step: name, outer: outer.position });
}
