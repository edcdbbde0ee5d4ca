/** Which limit a task stands before: its group as a number, where it has one. */
import { createHash } from "node:crypto";
import { fail } from "../../base/index.ts";
import type { AnyFlow } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import { isKept } from "../position.ts";
import { State } from "../state.ts";

const GROUP_MAX_LENGTH = 500;
/** Of no group, but under a rate that the whole queue shares. 0 is that rate's own mark. */
export const OF_NONE = 1n;

/** Null: nothing limits it. Refuses: flow.name_malformed. */
export function gateOf({ name, task }: AnyFlow, input: unknown): bigint | null {
  if (task === undefined) return null;
  const { perGroup, rate } = task;
  if (perGroup === 0 && rate.limit === 0) return null;
  const text = groupOf({ name, task }, input);
  if (text === undefined) return rate.ofAll ? OF_NONE : null;
  const gate = createHash("sha256").update(`${name}\n${text}`).digest().readBigInt64BE();
  return gate === 0n || gate === OF_NONE ? 2n : gate;
}

/** What the group of an input is called. Refuses: flow.name_malformed. */
export function groupOf(
  { name, task }: Pick<AnyFlow, "name" | "task">,
  input: unknown,
): string | undefined {
  const text: unknown = task?.group?.(input as never);
  if (text === undefined) return undefined;
  if (typeof text !== "string" || text.length > GROUP_MAX_LENGTH || !isKept(text)) {
    const what = `the group of ${name}`;
    const shown = typeof text === "string" ? `${text.slice(0, 50)}…` : typeof text;
    throw fail(flowErrors, "name_malformed", { what, name: shown, max: GROUP_MAX_LENGTH });
  }
  return text;
}

/** The state of a run that nobody has yet. */
export function freeState(gate: bigint | null, isLater: boolean): number {
  if (isLater) return State.waiting;
  return gate === null ? State.ready : State.held;
}
