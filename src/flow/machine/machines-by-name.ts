/** Machines by their names: for whoever has a name and no definition in hand, such as a door. */
import { fail } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import type { FlowNode } from "../node.ts";
import { sourcesOf } from "./check-machine.ts";
import type { Machine } from "./define-machine.ts";
import { type AnyDefinition, definitionOf } from "./definition.ts";
import { readMachine } from "./machine.sql.ts";

/** A machine that a node serves, as data. */
export interface MachineView {
  readonly name: string;
  readonly version: number;
  readonly initial: string;
  readonly states: readonly {
    readonly state: string;
    /** Nothing follows. */
    readonly final: boolean;
    /** Where it goes when its work fails for good; without it the subject is stuck, and waits for a person. */
    readonly failed?: string;
    readonly timeout?: { readonly afterMs: number; readonly to: string };
  }[];
  readonly transitions: readonly {
    readonly from: string;
    readonly on: string;
    readonly to: string;
    readonly guarded: boolean;
    readonly compensates: boolean;
  }[];
}

type AnyMachine = Machine<string, string, unknown>;

/** By name, the newest version first: those that this node serves. */
export function listMachines({ input }: FlowNode): readonly MachineView[] {
  return [...input.flows.values()]
    .flatMap(({ name, version, ...rest }) => {
      const of = definitionOf(rest);
      return of === undefined ? [] : [viewOf(name, version, of)];
    })
    .sort(
      (one, other) =>
        Number(one.name > other.name) - Number(one.name < other.name) ||
        other.version - one.version,
    );
}

function viewOf(name: string, version: number, of: AnyDefinition): MachineView {
  return {
    ...{ name, version, initial: of.initial },
    states: Object.entries(of.states).map(([state, { final, failed, timeout }]) => ({
      ...{ state, final: final === true },
      ...(failed === undefined ? {} : { failed }),
      ...(timeout === undefined ? {} : { timeout }),
    })),
    transitions: of.transitions.flatMap((one) =>
      sourcesOf(one).map((from) => ({
        ...{ from, on: one.on, to: one.to },
        guarded: one.guard !== undefined,
        compensates: one.compensates === true,
      })),
    ),
  };
}

/** The highest version that this node serves, or that one. Refuses: flow.unknown_flow. */
export function servedMachine(node: FlowNode, name: string, version?: number): AnyMachine {
  const [found] = [...node.input.flows.values()]
    .filter((one) => one.name === name && (version === undefined || one.version === version))
    .filter((one) => definitionOf(one) !== undefined)
    .sort((one, other) => other.version - one.version);
  if (found !== undefined) return found as unknown as AnyMachine;
  const details = { name, version: version ?? "any", node: node.input.node };
  throw fail(flowErrors, "unknown_flow", details);
}

/** Whether a run is a machine's, also where this node does not serve it. */
export async function isMachines(node: FlowNode, runId: bigint, flow: number): Promise<boolean> {
  const known = node.flowOf(flow);
  if (known !== undefined) return known.recordsAfter !== undefined;
  return (await node.input.database.maybe(readMachine, { runId })) !== undefined;
}
