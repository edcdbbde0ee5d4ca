/** What a machine does with an event: pure, so that whoever sends it decides, and a model can follow. */
import { fail } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { sourcesOf } from "./check-machine.ts";
import type { AnyDefinition, TakenEvent, Transition } from "./definition.ts";

/** What a machine says to itself. No user's event has such a name. */
export const TIMEOUT = "~timeout";
export const FAILED = "~failed";

export interface MachineAt {
  readonly state: string;
  readonly data: unknown;
}

/** Why an event was not taken. */
export type Unfit = "not_allowed" | "guard" | "ended";

export type Decision =
  | { readonly taken: true; readonly to: string; readonly data: unknown }
  | { readonly taken: false; readonly reason: Unfit };

/** Refuses: flow.guard_failed, where a guard or assign throws. */
export function decide(of: AnyDefinition, at: MachineAt, event: TakenEvent): Decision {
  const { state, data } = at;
  const here = of.states[state];
  if (here === undefined || here.final === true) return { taken: false, reason: "ended" };
  const own =
    event.name === TIMEOUT ? here.timeout?.to : event.name === FAILED ? here.failed : undefined;
  if (own !== undefined) return { taken: true, to: own, data };
  const candidates = transitionsOf(of, state, event.name);
  if (candidates.length === 0) return { taken: false, reason: "not_allowed" };
  try {
    const chosen = candidates.find(({ guard }) => guard === undefined || guard({ data, event }));
    if (chosen === undefined) return { taken: false, reason: "guard" };
    const next = chosen.assign === undefined ? data : chosen.assign({ data, event });
    return { taken: true, to: chosen.to, data: next };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fail(flowErrors, "guard_failed", { state, event: event.name, why }, error);
  }
}

const transitionsOf = (
  { transitions }: AnyDefinition,
  state: string,
  on: string,
): readonly Transition<string, string, unknown>[] =>
  transitions.filter((one) => one.on === on && sourcesOf(one).includes(state));

/** The transition that was taken; undefined for a time-out or a failure. */
export const transitionOf = (
  of: AnyDefinition,
  { from, on, to }: { readonly from: string; readonly on: string; readonly to: string },
): Transition<string, string, unknown> | undefined =>
  transitionsOf(of, from, on).find((one) => one.to === to);

/** The events that a state knows, guards aside. */
export function allowedIn(
  { states, transitions }: AnyDefinition,
  state: string,
): readonly string[] {
  if (states[state]?.final === true) return [];
  const here = transitions.filter((one) => sourcesOf(one).includes(state));
  return [...new Set(here.map(({ on }) => on))];
}

/** Until when it stays in a state that is entered at that instant; null: for ever. */
export function deadlineOf({ states }: AnyDefinition, state: string, at: number): number | null {
  const timeout = states[state]?.timeout;
  return timeout === undefined ? null : Math.ceil(at + timeout.afterMs);
}
