/** What is wrong with a definition, in words. */
import type { AnyDefinition, StateDefinition, Transition } from "./definition.ts";

// oxlint-disable-next-line no-control-regex -- names stand in positions of steps, and in diagrams
const NAME = /^[^/#~"\u0000-\u001f\u007f]{1,100}$/;
const TIMEOUT_MAX_MS = 100 * 366 * 86_400_000;

type AnyState = StateDefinition<string, unknown>;
type AnyTransition = Transition<string, string, unknown>;

export const sourcesOf = ({ from }: AnyTransition): readonly string[] =>
  typeof from === "string" ? [from] : from;

/** The first fault, or undefined. */
export function faultOf(definition: AnyDefinition): string | undefined {
  const states = Object.entries<AnyState>(definition.states ?? {});
  const known = new Set(states.map(([name]) => name));
  const { transitions, initial } = definition;
  if (!isList(transitions)) return "it has no list of transitions";
  if (!known.has(initial)) return `its first state "${initial}" is not among its states`;
  if (!states.some(([, { final }]) => final === true)) return "it has no final state";
  return (
    first(states, ([name, state]) => faultOfState(known, name, state)) ??
    first(transitions, (one) => faultOfTransition(definition, known, one)) ??
    faultOfOrder(transitions) ??
    faultOfCompensate(definition, known) ??
    unreachable(definition, states)
  );
}

const isList = (value: unknown): boolean => Array.isArray(value);

function first<T>(all: readonly T[], fault: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const why = fault(one);
    if (why !== undefined) return why;
  }
  return undefined;
}

function faultOfState(
  known: ReadonlySet<string>,
  name: string,
  { final, failed, timeout }: AnyState,
): string | undefined {
  if (!NAME.test(name)) return `"${name}" is no name for a state`;
  if (failed !== undefined && !known.has(failed)) {
    return `"${name}" goes to "${failed}" when its work fails, which is not among its states`;
  }
  if (timeout === undefined) return undefined;
  const { afterMs, to } = timeout;
  if (final === true) return `"${name}" is final, and has a time-out`;
  if (!known.has(to))
    return `the time-out of "${name}" leads to "${to}", which is not among its states`;
  if (!(Number.isFinite(afterMs) && afterMs > 0 && afterMs <= TIMEOUT_MAX_MS)) {
    return `the time-out of "${name}" is ${afterMs} ms`;
  }
  return undefined;
}

function faultOfTransition(
  { states }: AnyDefinition,
  known: ReadonlySet<string>,
  one: AnyTransition,
): string | undefined {
  const { on, to } = one;
  if (!NAME.test(on)) return `"${on}" is no name for an event`;
  if (!known.has(to)) return `"${on}" leads to "${to}", which is not among its states`;
  for (const from of sourcesOf(one)) {
    if (!known.has(from)) return `"${on}" leads from "${from}", which is not among its states`;
    if (states[from]?.final === true) return `"${from}" is final, and "${on}" leads from it`;
  }
  return undefined;
}

/** Of one state and event the first transition whose guard holds is taken: none may stand behind a free one. */
function faultOfOrder(transitions: readonly AnyTransition[]): string | undefined {
  const free = new Set<string>();
  const targets = new Set<string>();
  for (const one of transitions) {
    for (const from of sourcesOf(one)) {
      const label = `"${one.on}" from "${from}"`;
      if (free.has(label)) {
        return `two transitions are there for ${label}, and the first has no guard: the other is never taken`;
      }
      if (one.guard === undefined) free.add(label);
      const target = `${label} to "${one.to}"`;
      if (targets.has(target)) return `two transitions are there for ${target}: make them one`;
      targets.add(target);
    }
  }
  return undefined;
}

function faultOfCompensate(
  { compensate = {} }: AnyDefinition,
  known: ReadonlySet<string>,
): string | undefined {
  const stray = Object.keys(compensate).find((name) => !known.has(name));
  return stray && `compensate has "${stray}", which is not among its states`;
}

function unreachable(
  { transitions, initial }: AnyDefinition,
  states: readonly (readonly [string, AnyState])[],
): string | undefined {
  const found = new Set([initial]);
  // A set is walked over what is added to it on the way, too.
  for (const state of found) {
    for (const one of transitions) if (sourcesOf(one).includes(state)) found.add(one.to);
    const { failed, timeout } = states.find(([name]) => name === state)?.[1] ?? {};
    if (failed !== undefined) found.add(failed);
    if (timeout !== undefined) found.add(timeout.to);
  }
  const lost = states.find(([name]) => !found.has(name));
  return lost && `nothing leads to the state "${lost[0]}"`;
}
