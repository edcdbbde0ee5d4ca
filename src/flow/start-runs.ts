/** How runs are started: here and now, in a transaction of the caller's own, along with somebody's unit. */
import { fail } from "../base/index.ts";
import type { Transaction, WriteUse } from "../postgres/index.ts";
import { type Asking, asking, checkSame, readStart, type StartOptions } from "./asking.ts";
import { decodePayload } from "./codec.ts";
import type { AnyFlow } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";
import { addKey, addRun, readKey } from "./flow.sql.ts";
import type { FlowNode } from "./node.ts";
import { ORPHANS_EVERY_MS } from "./orphans.ts";
import type { Starting } from "./outbox.ts";
import { showRunId } from "./run-id.ts";
import { type Session, tryForKey, writing } from "./session.ts";
import { State } from "./state.ts";
import { TaskEntry } from "./task/entry.ts";
import { freeState } from "./task/gate.ts";
import type { TaskQueue } from "./task/queue.ts";
import { insertKeys } from "./write-runs.ts";
import { insertFreeStarts } from "./write-starts.ts";

export interface StartingOptions extends StartOptions {
  /**
   * Where it begins now and there is room, this node has it from its first row, and runs it once it is told
   * `committed()`: nobody has to claim it. The unit is refused, `by` "flow.insert_start", where the node has
   * lost its lease meanwhile. Tasks stand in their queue, under its limits.
   */
  readonly here?: boolean | undefined;
}

/**
 * A start that is not made yet: its rows go into a unit of whichever lane writes to this database, and the
 * run is there when that is committed. Every node that serves it may take it then.
 *
 * A unit is refused with `by` "flow.insert_key" where the key belongs to a run already: `taken()` answers
 * which. `by` "flow.insert_start" is a number that two nodes hit upon: ask for another start.
 */
export interface StartToBe {
  readonly id: string;
  readonly uses: readonly WriteUse[];
  /** After a commit of unknown outcome: whether the run is there. */
  stands(): Promise<boolean>;
  /** The run that has the key; undefined where nobody has it. Refuses: flow.key_reused. */
  taken(): Promise<string | undefined>;
  /** It is committed: this node looks for it at once. Who forgets to say so waits for the next look. */
  committed(): void;
}

export interface Made {
  readonly runId: bigint;
  readonly created: boolean;
}

/** A run that begins now begins here, while its rows are on their way; its first step waits for them. */
export async function start(
  node: FlowNode,
  of: AnyFlow,
  input: unknown,
  options: StartOptions,
): Promise<Made> {
  if (!node.mayRun()) throw fail(flowErrors, "closed", { node: node.input.node });
  const asked = asking(node, of, input, options);
  const queue = node.tasks.queueOf(of);
  return tryForKey(node, showRunId(asked.row.runId), () =>
    queue === undefined ? startFlow(node, of, asked) : startTask(node, of, queue, asked),
  );
}

/** Undefined: its key was taken, and is nobody's any more, or not yet. */
async function startFlow(node: FlowNode, of: AnyFlow, asked: Asking): Promise<Made | undefined> {
  const { row, key, wakeAt, priority, isLater } = asked;
  const { session } = node;
  const { runId } = row;
  const here = !isLater && node.hasRoom();
  const { owner, epoch } = here ? session.owner : { owner: 0, epoch: 0 };
  const state = isLater ? State.waiting : here ? State.running : State.ready;
  const live = { runId, flow: row.flow, wakeAt, owner, epoch, state, priority };
  const writes = [
    ...(key === undefined ? [] : [writing(insertKeys, key)]),
    writing(session.writers.insertStarts, { live, run: row }),
  ];
  const stands = async () => (await readStart(node, row, here)) !== undefined;
  if (key === undefined && here) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    begin(node, asked, of, { rows: writes, stands, landed: resolve, failed: reject });
    await promise;
    return { runId, created: true };
  }
  const mayBeTaken = key !== undefined;
  const commit = { stands, mayBeTaken, impatient: true };
  const came = await session.commit(showRunId(runId), writes, commit);
  if (came === "taken") return taken(node, asked);
  if (here) begin(node, asked, of, undefined);
  else if (!isLater) node.nudgeAll();
  else node.nudge();
  return { runId, created: true };
}

function begin(
  node: FlowNode,
  { row }: Asking,
  flow: AnyFlow,
  starting: Starting | undefined,
): void {
  const { runId, createdAt } = row;
  const { session } = node;
  const input = decodePayload(row.input);
  const shared = { session, parts: node, runId, flow, input, createdAt };
  node.run({ ...shared, parentId: null, starting });
}

interface Here {
  readonly session: Session;
  readonly asked: Asking;
  readonly of: AnyFlow;
  readonly madeAt: number;
}

/** A run whose rows are committed as this node's; past its lease it is somebody else's already. */
function beginCommitted(node: FlowNode, { session, asked, of, madeAt }: Here): void {
  const { runId } = asked.row;
  if (session.signal.aborted || node.find(runId) !== undefined) return;
  if (performance.now() - madeAt < ORPHANS_EVERY_MS) begin(node, asked, of, undefined);
  // So late that it may have been found, and done, already: its rows know.
  else node.bring(session, [runId]).catch(() => undefined);
}

/**
 * A task goes to its queue: this node's, where it may run at once and nobody waits before it in the table;
 * else it is anybody's, or held before its group's door.
 */
async function startTask(
  node: FlowNode,
  of: AnyFlow,
  queue: TaskQueue,
  asked: Asking,
): Promise<Made | undefined> {
  const { row, key, wakeAt, priority, gate, isLater, checked } = asked;
  const { session } = node;
  const { runId } = row;
  const here = !isLater && gate === null && queue.takes;
  const { owner, epoch } = here ? session.owner : { owner: 0, epoch: 0 };
  const state = here ? State.running : freeState(gate, isLater);
  const live = { runId, flow: row.flow, wakeAt, owner, epoch, state, priority, gate };
  const rows = [writing(session.writers.insertStarts, { live, run: row })];
  const stands = async () => (await readStart(node, row, here)) !== undefined;
  if (here) queue.coming += 1;
  try {
    if (key === undefined) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const settle = (error: unknown) => (error === undefined ? resolve() : reject(error));
      node.tasks.starts.add({ session, key: showRunId(runId), rows, stands, settle });
      await promise;
    } else {
      const commit = { stands, mayBeTaken: true, impatient: true };
      const all = [writing(insertKeys, key), ...rows];
      const came = await session.commit(showRunId(runId), all, commit);
      if (came === "taken") return await taken(node, asked);
    }
  } finally {
    if (here) queue.coming -= 1;
  }
  if (here) {
    node.tasks.begin(
      queue,
      new TaskEntry({ session, runId, input: checked, parentId: null, gate }),
    );
  } else if (isLater) node.nudge();
  else node.enqueued(of, gate);
  return { runId, created: true };
}

/** The run that has the key. Undefined: nobody has it any more, or not yet. Refuses: flow.key_reused. */
export async function taken(
  node: FlowNode,
  { key, row, isDedupe }: Asking,
): Promise<Made | undefined> {
  const known = key && (await node.input.database.maybe(readKey, key));
  if (known === undefined) return undefined;
  if (!isDedupe) await checkSame(node.input.database, known.runId, row);
  return { runId: known.runId, created: false };
}

export async function startIn(
  node: FlowNode,
  tx: Transaction,
  of: AnyFlow,
  input: unknown,
  options: StartOptions,
): Promise<Made> {
  const asked = asking(node, of, input, options);
  const { row, key, wakeAt, priority, gate, isLater, isDedupe } = asked;
  const { runId } = row;
  if (key !== undefined && (await tx.count(addKey, key)) === 0) {
    const { runId: first } = await tx.one(readKey, key);
    if (!isDedupe) await checkSame(tx, first, row);
    return { runId: first, created: false };
  }
  await tx.count(addRun, { ...row, state: freeState(gate, isLater), wakeAt, priority, gate });
  node.lookForCommit();
  return { runId, created: true };
}

export function startToBe(
  node: FlowNode,
  of: AnyFlow,
  input: unknown,
  options: StartingOptions,
): StartToBe {
  const asked = asking(node, of, input, options);
  const { row, key, wakeAt, priority, gate, isLater } = asked;
  const { runId, flow } = row;
  const mayBegin = options.here === true && !isLater && node.tasks.queueOf(of) === undefined;
  const here = mayBegin && node.mayRun() && node.hasRoom();
  const { session } = node;
  const { owner, epoch } = here ? session.owner : { owner: 0, epoch: 0 };
  const state = here ? State.running : freeState(gate, isLater);
  const live = { runId, flow, wakeAt, owner, epoch, state, priority, gate };
  const start = { live, run: row };
  const madeAt = performance.now();
  return {
    id: showRunId(runId),
    uses: [
      ...(key === undefined ? [] : [writing(insertKeys, key)]),
      here ? writing(session.writers.insertStarts, start) : writing(insertFreeStarts, start),
    ],
    stands: async () => (await readStart(node, row, false)) !== undefined,
    async taken() {
      const known = await taken(node, asked);
      return known && showRunId(known.runId);
    },
    committed: () => {
      if (here) beginCommitted(node, { session, asked, of, madeAt });
      else if (isLater) node.nudge();
      else node.enqueued(of, gate);
    },
  };
}
