/** How runs are started: here and now, in a transaction of the caller's own, along with somebody's unit. */
import { createHash } from "node:crypto";
import { fail } from "../base/index.ts";
import type { Transaction, WriteUse } from "../postgres/index.ts";
import { encodePayload } from "./codec.ts";
import { type AnyFlow, checkInput } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";
import { addKey, addRun, readClaimed, readKey, readRuns } from "./flow.sql.ts";
import type { FlowNode } from "./node.ts";
import type { Starting } from "./outbox.ts";
import { showRunId } from "./run-id.ts";
import { type Session, writing } from "./session.ts";
import { State } from "./state.ts";
import { insertKeys, type RunRow } from "./write-runs.ts";
import { insertFreeStarts } from "./write-starts.ts";

export interface StartOptions {
  /** The caller's own: the same key of the same flow is the same run, for ever. */
  readonly key?: string | undefined;
  /** Not before: an instant in ms, or a Date. */
  readonly at?: number | Date | undefined;
  /** Among runs that wait for a node, lower ones go first; 0 when left out. */
  readonly priority?: number | undefined;
  /** Who asks, and in which request: kept with the run. */
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

export interface StartingOptions extends StartOptions {
  /**
   * Where it begins now and there is room, this node has it from its first row, and runs it once it is told
   * `committed()`: nobody has to claim it. The unit is refused, `by` "flow.insert_start", where the node has
   * lost its lease meanwhile.
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

const KEY_MAX_LENGTH = 500;

export interface Made {
  readonly runId: bigint;
  readonly created: boolean;
}

interface Asking {
  readonly row: RunRow;
  readonly checked: unknown;
  readonly wakeAt: number;
  readonly priority: number;
  readonly digest: Buffer | undefined;
}

function asking(node: FlowNode, of: AnyFlow, input: unknown, options: StartOptions): Asking {
  const { key, at, priority = 0, by, request } = options;
  const flow = node.numberOf(of);
  if (key !== undefined && (typeof key !== "string" || key === "" || key.length > KEY_MAX_LENGTH)) {
    throw fail(flowErrors, "name_malformed", { what: "the key", name: key, max: KEY_MAX_LENGTH });
  }
  const checked = checkInput(of, input);
  const now = node.session.now();
  const wakeAt = at === undefined ? now : at instanceof Date ? at.getTime() : at;
  if (!Number.isSafeInteger(wakeAt) || !Number.isInteger(priority) || Math.abs(priority) > 1_000) {
    throw fail(flowErrors, "wait_malformed", { step: "the start", forMs: String(at) });
  }
  const row: RunRow = {
    runId: node.newId(),
    flow,
    key: key ?? null,
    // As it was given: the check is part of the run, and may be mended with it.
    input: encodePayload(`the input of ${of.name}`, input),
    parentId: null,
    parentStep: null,
    createdAt: now,
    byKey: by ?? null,
    request: request ?? null,
  };
  const digest = key === undefined ? undefined : digestOf(of.name, key);
  return { row, checked, wakeAt, priority, digest };
}

const digestOf = (name: string, key: string): Buffer =>
  createHash("sha256").update(`${name}\n${key}`).digest().subarray(0, 16);

/** A run that begins now begins here, while its rows are on their way; its first step waits for them. */
export async function start(
  node: FlowNode,
  of: AnyFlow,
  input: unknown,
  options: StartOptions,
): Promise<Made> {
  if (!node.mayRun()) throw fail(flowErrors, "closed", { node: node.input.node });
  const asked = asking(node, of, input, options);
  const { row, digest, wakeAt, priority } = asked;
  const { session } = node;
  const { runId } = row;
  const isLater = wakeAt > row.createdAt;
  const here = !isLater && node.hasRoom();
  const { owner, epoch } = here ? session.owner : { owner: 0, epoch: 0 };
  const state = isLater ? State.waiting : here ? State.running : State.ready;
  const live = { runId, flow: row.flow, wakeAt, owner, epoch, state, priority };
  const writes = [
    ...(digest === undefined ? [] : [writing(insertKeys, { digest, runId })]),
    writing(session.writers.insertStarts, { live, run: row }),
  ];
  const stands = async () => (await readStart(node, row, here)) !== undefined;
  if (digest === undefined && here) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    begin(node, asked, of, { rows: writes, stands, landed: resolve, failed: reject });
    await promise;
    return { runId, created: true };
  }
  const mayBeTaken = digest !== undefined;
  const came = await session.commit(showRunId(runId), writes, {
    stands,
    mayBeTaken,
    impatient: true,
  });
  if (came === "taken" && digest !== undefined) return taken(node, digest, row);
  if (here) begin(node, asked, of, undefined);
  else if (!isLater) node.nudgeAll();
  else node.nudge();
  return { runId, created: true };
}

function begin(
  node: FlowNode,
  { row, checked }: Asking,
  flow: AnyFlow,
  starting: Starting | undefined,
): void {
  const { runId, createdAt } = row;
  const { session } = node;
  const shared = { session, parts: node, runId, flow, input: checked, createdAt };
  node.run({ ...shared, parentId: null, starting });
}

/** A run whose rows are committed as this node's; past its lease it is somebody else's already. */
function beginCommitted(node: FlowNode, session: Session, asked: Asking, of: AnyFlow): void {
  if (!session.signal.aborted && node.find(asked.row.runId) === undefined) {
    begin(node, asked, of, undefined);
  }
}

/** After an unknown outcome: the run as it was to be; another's of the same number is none. */
async function readStart({ input, session }: FlowNode, row: RunRow, here: boolean) {
  const { database } = input;
  const runs = [row.runId];
  const { owner, epoch } = session.owner;
  if (here) return (await database.run(readClaimed, { runs, owner, epoch }))[0];
  const [found] = await database.run(readRuns, { runs });
  return found?.input === row.input && found.createdAt === row.createdAt ? found : undefined;
}

/** Refuses: flow.key_reused. */
async function taken(node: FlowNode, digest: Buffer, row: RunRow): Promise<Made> {
  const { runId } = await node.input.database.one(readKey, { digest });
  return checkSame(node, runId, row);
}

/** Refuses: flow.key_reused. */
async function checkSame({ input }: FlowNode, runId: bigint, row: RunRow): Promise<Made> {
  const [known] = await input.database.run(readRuns, { runs: [runId] });
  if (known !== undefined && known.input !== row.input) {
    throw fail(flowErrors, "key_reused", { key: row.key, run: showRunId(runId) });
  }
  return { runId, created: false };
}

export async function startIn(
  node: FlowNode,
  tx: Transaction,
  of: AnyFlow,
  input: unknown,
  options: StartOptions,
): Promise<Made> {
  const { row, digest, wakeAt, priority } = asking(node, of, input, options);
  const { runId } = row;
  if (digest !== undefined && (await tx.count(addKey, { digest, runId })) === 0) {
    const { runId: first } = await tx.one(readKey, { digest });
    const [known] = await tx.run(readRuns, { runs: [first] });
    if (known !== undefined && known.input !== row.input) {
      throw fail(flowErrors, "key_reused", { key: row.key, run: showRunId(first) });
    }
    return { runId: first, created: false };
  }
  const state = wakeAt > row.createdAt ? State.waiting : State.ready;
  await tx.count(addRun, { ...row, state, wakeAt, priority });
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
  const { row, digest, wakeAt, priority } = asked;
  const { runId, flow } = row;
  const { database } = node.input;
  const isLater = wakeAt > row.createdAt;
  // Tasks stand in their queue, under its limits.
  const mayBegin = options.here === true && !isLater && !("task" in of);
  const here = mayBegin && node.mayRun() && node.hasRoom();
  const { session } = node;
  const { owner, epoch } = here ? session.owner : { owner: 0, epoch: 0 };
  const state = isLater ? State.waiting : here ? State.running : State.ready;
  const live = { runId, flow, wakeAt, owner, epoch, state, priority };
  const start = { live, run: row };
  return {
    id: showRunId(runId),
    uses: [
      ...(digest === undefined ? [] : [writing(insertKeys, { digest, runId })]),
      here ? writing(session.writers.insertStarts, start) : writing(insertFreeStarts, start),
    ],
    stands: async () => (await readStart(node, row, false)) !== undefined,
    async taken() {
      const known = digest && (await database.maybe(readKey, { digest }));
      return known && showRunId((await checkSame(node, known.runId, row)).runId);
    },
    committed: () => (here ? beginCommitted(node, session, asked, of) : node.nudge()),
  };
}
