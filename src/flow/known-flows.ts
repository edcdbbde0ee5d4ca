/** Flows by their names: those that this node serves, and those that only others do. */
import { fail } from "../base/index.ts";
import { BULK } from "./bulk/find-runs.ts";
import type { AnyFlow } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";
import { readVersions } from "./flow.sql.ts";
import type { FlowNode } from "./node.ts";
import { readRunId } from "./run-id.ts";
import type { StartOptions } from "./asking.ts";
import { tryForKey } from "./session.ts";
import { type Made, start, startToBe } from "./start-runs.ts";

/** A flow that some node of this database has served, now or once. */
export interface KnownFlow {
  readonly name: string;
  readonly version: number;
  /** This node does. */
  readonly served: boolean;
}

/** By name, the newest version first. */
export async function knownFlows(node: FlowNode): Promise<readonly KnownFlow[]> {
  const rows = await node.input.database.run(readVersions, {});
  return rows
    .filter(({ name, version }) => version > 0 && name !== BULK)
    .map(({ flow, name, version }) => {
      return { name, version, served: node.flowOf(flow) !== undefined };
    })
    .sort((one, other) => compare(one.name, other.name) || other.version - one.version);
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

export interface NamedStartOptions extends StartOptions {
  /** The highest that this node serves when left out; where it serves none, the highest that is known. */
  readonly version?: number | undefined;
}

/**
 * Starts a run of a flow by its name. One that only other nodes serve is checked by them: an input that
 * they don't take fails the run. Refuses: flow.unknown_flow, and what `start` refuses.
 */
export async function startNamed(
  node: FlowNode,
  name: string,
  input: unknown,
  { version, ...options }: NamedStartOptions,
): Promise<Made> {
  const isWanted = (one: Versioned) =>
    // The system's own does what only operators may.
    one.name === name && name !== BULK && (version === undefined || one.version === version);
  const [here] = [...node.input.flows.values()].filter(isWanted).sort(newestFirst);
  if (here !== undefined) return start(node, here, input, options);
  const rows = await node.input.database.run(readVersions, {});
  const [there] = rows.filter((one) => one.version > 0 && isWanted(one)).sort(newestFirst);
  if (there === undefined) {
    const details = { name, version: version ?? "any", node: node.input.node };
    throw fail(flowErrors, "unknown_flow", details);
  }
  return startElsewhere(node, node.standIn(there), input, options);
}

type Versioned = Pick<AnyFlow, "name" | "version">;
const newestFirst = (one: Versioned, other: Versioned) => other.version - one.version;

/** The run is ready, and whoever serves its flow takes it. */
async function startElsewhere(
  node: FlowNode,
  flow: AnyFlow,
  input: unknown,
  options: StartOptions,
): Promise<Made> {
  if (!node.mayRun()) throw fail(flowErrors, "closed", { node: node.input.node });
  const mayBeTaken = options.key !== undefined || options.dedupe !== undefined;
  return tryForKey(node, options.key ?? flow.name, async () => {
    const toBe = startToBe(node, flow, input, options);
    const stands = () => toBe.stands();
    const commit = { stands, mayBeTaken, impatient: true };
    if ((await node.session.commit(toBe.id, toBe.uses, commit)) !== "taken") {
      node.nudgeAll();
      return { runId: readRunId(toBe.id), created: true };
    }
    const known = await toBe.taken();
    return known === undefined ? undefined : { runId: readRunId(known), created: false };
  });
}
