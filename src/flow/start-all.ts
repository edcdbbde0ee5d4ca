/** Many runs of one flow by one commit. */
import { fail } from "../base/index.ts";
import { type Asking, asking, readStart, type StartOptions } from "./asking.ts";
import type { AnyFlow } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";
import type { FlowNode } from "./node.ts";
import { showRunId } from "./run-id.ts";
import { tryForKey, writing } from "./session.ts";
import { type Made, taken } from "./start-runs.ts";
import { State } from "./state.ts";
import { TaskEntry } from "./task/entry.ts";
import { freeState } from "./task/gate.ts";
import { insertKeys } from "./write-runs.ts";

export interface StartAllOptions extends Omit<StartOptions, "key" | "dedupe"> {
  /** One for each input, in their order. */
  readonly keys?: readonly string[] | undefined;
}

/** So many inputs at once. */
export const STARTS_MAX = 10_000;

/**
 * All of them or none, in one commit. Those of a task that may run here do so, as far as there is room; a key
 * that is taken is answered with its run, and the rest is started without it.
 */
export async function startAll(
  node: FlowNode,
  of: AnyFlow,
  inputs: readonly unknown[],
  { keys, ...options }: StartAllOptions,
): Promise<readonly Made[]> {
  if (!node.mayRun()) throw fail(flowErrors, "closed", { node: node.input.node });
  if (inputs.length > STARTS_MAX || (keys !== undefined && keys.length !== inputs.length)) {
    throw fail(flowErrors, "too_many_starts", { count: inputs.length, max: STARTS_MAX });
  }
  const all = inputs.map((input, nth) => {
    const key = keys?.[nth];
    return asking(node, of, input, key === undefined ? options : { ...options, key });
  });
  const made = new Map<string | Asking, Made>();
  const nameOf = (one: Asking) => one.row.key ?? one;
  // One that is given twice is one.
  const each = [...new Map(all.map((one) => [nameOf(one), one])).values()];
  await tryForKey(node, of.name, async () => {
    for (;;) {
      const rest = each.filter((one) => !made.has(nameOf(one)));
      if (rest.length === 0) return true;
      if (await commitAll(node, of, rest)) {
        for (const one of rest) made.set(nameOf(one), { runId: one.row.runId, created: true });
        return true;
      }
      const before = made.size;
      for (const one of rest) {
        const known = one.key && (await taken(node, one));
        if (known !== undefined) made.set(nameOf(one), known);
      }
      // Those whose keys were found are left out at once; one that is nobody's is waited for.
      if (made.size === before) return undefined;
    }
  });
  return all.map((one) => made.get(nameOf(one)) ?? { runId: one.row.runId, created: false });
}

/** False: some key is taken, and nothing was started. */
async function commitAll(node: FlowNode, of: AnyFlow, all: readonly Asking[]): Promise<boolean> {
  const { session } = node;
  const queue = node.tasks.queueOf(of);
  const room = queue?.takes === true ? queue.room : 0;
  const here = new Set(all.filter(({ isLater, gate }) => !isLater && gate === null).slice(0, room));
  const writes = all.flatMap((one) => {
    const { row, key, wakeAt, priority, gate, isLater } = one;
    const mine = here.has(one);
    const { owner, epoch } = mine ? session.owner : { owner: 0, epoch: 0 };
    const state = mine ? State.running : freeState(gate, isLater);
    const { runId, flow } = row;
    const live = { runId, flow, wakeAt, owner, epoch, state, priority, gate };
    const start = writing(session.writers.insertStarts, { live, run: row });
    return key === undefined ? [start] : [writing(insertKeys, key), start];
  });
  const [first] = all;
  if (first === undefined) return true;
  const stands = async () => (await readStart(node, first.row, here.has(first))) !== undefined;
  const commit = { stands, mayBeTaken: all.some(({ key }) => key !== undefined), impatient: true };
  if (queue !== undefined) queue.coming += here.size;
  try {
    const came = await session.commit(showRunId(first.row.runId), writes, commit);
    if (came === "taken") return false;
  } finally {
    if (queue !== undefined) queue.coming -= here.size;
  }
  for (const { row, checked: input, gate } of here) {
    const { runId } = row;
    if (queue !== undefined) {
      node.tasks.begin(queue, new TaskEntry({ session, runId, input, parentId: null, gate }));
    }
  }
  for (const gate of new Set(all.flatMap((one) => one.gate ?? []))) node.tasks.letThrough(of, gate);
  if (here.size < all.length) node.nudgeAll();
  return true;
}
