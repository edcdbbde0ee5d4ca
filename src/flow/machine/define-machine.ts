/**
 * A state machine is data: its states, what leads from one to another, what takes back. So it is checked, drawn
 * and read by operators; only guards and work are functions.
 */
import { fail } from "../../base/index.ts";
import { flow, type AnyFlow, type Flow } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import { FlowSteps } from "../steps/flow-steps.ts";
import { faultOf } from "./check-machine.ts";
import type { AnyDefinition, MachineDefinition, MachineEnd } from "./definition.ts";
import { recordsAfter, runMachine } from "./run-machine.ts";

export interface Machine<S extends string, E extends string, D> extends Flow<D, MachineEnd<S, D>> {
  readonly definition: MachineDefinition<S, E, D>;
  readonly recordsAfter: NonNullable<AnyFlow["recordsAfter"]>;
}

/**
 * A state machine: of each subject (the key it is started with) there is one. Refuses:
 * flow.definition_malformed, which says what is wrong: an unknown state, one that nothing leads to, no final
 * one, two transitions of which one can never be taken.
 */
export function machine<const S extends string, const E extends string, D = undefined>(
  name: string,
  definition: MachineDefinition<S, E, D>,
): Machine<S, E, D> {
  const { version, input } = definition;
  const any = definition as unknown as AnyDefinition;
  const why = faultOf(any);
  if (why !== undefined) throw fail(flowErrors, "definition_malformed", { name, why });
  const base = flow<D, MachineEnd<S, D>>(name, { version, input }, async (f, data) => {
    return (await runMachine(FlowSteps.runOf(f), any, data)) as MachineEnd<S, D>;
  });
  return { ...base, definition, recordsAfter };
}
