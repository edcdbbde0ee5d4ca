/** A machine as a picture: the text of a Mermaid state diagram, the same for the same definition. */
import { sourcesOf } from "./check-machine.ts";
import { type AnyDefinition, definitionOf, type StateDefinition } from "./definition.ts";

const PLAIN = /^[A-Za-z]\w*$/;

/** Paste it into a page that draws Mermaid, or compare it in a test. */
export function diagramOf(of: { readonly definition: unknown }): string {
  const definition = definitionOf(of) as AnyDefinition;
  const states = Object.entries<StateDefinition<string, unknown>>(definition.states);
  const ids = new Map(states.map(([name], at) => [name, PLAIN.test(name) ? name : `s${at}`]));
  const id = (name: string): string => ids.get(name) ?? name;
  const lines = ["stateDiagram-v2"];
  for (const [name] of states)
    if (id(name) !== name) lines.push(`  state "${name}" as ${id(name)}`);
  lines.push(`  [*] --> ${id(definition.initial)}`);
  for (const one of definition.transitions) {
    const guarded = one.guard === undefined ? "" : " [guarded]";
    const taking = one.compensates === true ? " / takes back" : "";
    for (const from of sourcesOf(one)) {
      lines.push(`  ${id(from)} --> ${id(one.to)} : ${one.on}${guarded}${taking}`);
    }
  }
  for (const [name, { failed, timeout, final }] of states) {
    if (failed !== undefined) lines.push(`  ${id(name)} --> ${id(failed)} : failed`);
    if (timeout !== undefined)
      lines.push(`  ${id(name)} --> ${id(timeout.to)} : after ${shown(timeout.afterMs)}`);
    if (final === true) lines.push(`  ${id(name)} --> [*]`);
  }
  return `${lines.join("\n")}\n`;
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
] as const;

function shown(ms: number): string {
  const [size, unit] = UNITS.find(([one]) => ms % one === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}
