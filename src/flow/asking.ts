/** What a start asks for: checked, numbered, with its key and its place. */
import { createHash } from "node:crypto";
import { fail } from "../base/index.ts";
import type { Executor } from "../postgres/index.ts";
import { encodePayload } from "./codec.ts";
import { type AnyFlow, checkInput } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";
import { readClaimed, readRuns } from "./flow.sql.ts";
import type { FlowNode } from "./node.ts";
import { checkText } from "./position.ts";
import { showRunId } from "./run-id.ts";
import { SLEEP_MAX_MS } from "./steps/waits.ts";
import { gateOf } from "./task/gate.ts";
import type { KeyRow, RunRow } from "./write-runs.ts";

export interface StartOptions {
  /** The caller's own: the same key of the same flow is the same run, for ever. */
  readonly key?: string | undefined;
  /**
   * For a while: within the window the same key of the same flow is the same run, whatever its input and
   * whether it has ended; past it, another. The window may stand in the task's options instead.
   */
  readonly dedupe?: { readonly key: string; readonly windowMs?: number | undefined } | undefined;
  /** Not before: an instant in ms, or a Date. */
  readonly at?: number | Date | undefined;
  /** Among runs that wait for a node, lower ones go first; 0 when left out. */
  readonly priority?: number | undefined;
  /** Who asks, and in which request: kept with the run. */
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

export interface Asking {
  readonly row: RunRow;
  readonly checked: unknown;
  readonly wakeAt: number;
  readonly isLater: boolean;
  readonly priority: number;
  readonly key: KeyRow | undefined;
  /** The key counts for a while, and says nothing of the input. */
  readonly isDedupe: boolean;
  readonly gate: bigint | null;
}

const KEY_MAX_LENGTH = 500;
const WINDOW_MAX_MS = 366 * 86_400_000;

/**
 * Refuses: flow.unknown_flow, flow.name_malformed, flow.dedupe_malformed, flow.input_refused,
 * flow.wait_malformed, flow.payload_unfit, flow.payload_too_large.
 */
export function asking(node: FlowNode, of: AnyFlow, input: unknown, options: StartOptions): Asking {
  const { key, at, priority = 0, by, request } = options;
  const flow = node.numberOf(of);
  const checked = checkInput(of, input);
  const now = node.session.now();
  const wakeAt = at === undefined ? now : at instanceof Date ? at.getTime() : at;
  const isInstant = Number.isSafeInteger(wakeAt) && Math.abs(wakeAt - now) <= SLEEP_MAX_MS;
  checkAsker(options);
  if (!isInstant || !Number.isInteger(priority) || Math.abs(priority) > 1_000) {
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
  return {
    row,
    checked,
    wakeAt,
    isLater: wakeAt > now,
    priority,
    key: keyOf(of, row, options),
    isDedupe: options.dedupe !== undefined,
    gate: of.task === undefined ? null : gateOf(of, checked),
  };
}

function keyOf(
  of: AnyFlow,
  { runId, createdAt }: RunRow,
  options: StartOptions,
): KeyRow | undefined {
  const { key, dedupe } = options;
  if (key !== undefined) checkKey(key);
  if (dedupe === undefined) {
    return key === undefined ? undefined : { digest: digestOf(of.name, key), runId, until: null };
  }
  const { windowMs = of.task?.dedupeWindowMs } = dedupe;
  const fits = Number.isSafeInteger(windowMs) && windowMs !== undefined && windowMs > 0;
  if (key !== undefined || !fits || windowMs > WINDOW_MAX_MS) {
    const found = key === undefined ? `a window of ${String(windowMs)} ms` : "two keys";
    throw fail(flowErrors, "dedupe_malformed", { task: of.name, found });
  }
  checkKey(dedupe.key);
  // Keys for ever and keys for a while are not each other's.
  const digest = digestOf(`${of.name}\ndedupe`, dedupe.key);
  return { digest, runId, until: Math.ceil(createdAt + windowMs) };
}

/** Refuses: flow.name_malformed. */
export function checkKey(key: unknown): void {
  checkText("the key", key === "" ? undefined : key, KEY_MAX_LENGTH);
}

/** Who asks, and in which request. Refuses: flow.name_malformed. */
export function checkAsker({ by, request }: Pick<StartOptions, "by" | "request">): void {
  if (by !== undefined) checkText("who asks", by, KEY_MAX_LENGTH);
  if (request !== undefined) checkText("the request", request, KEY_MAX_LENGTH);
}

export const digestOf = (name: string, key: string): Buffer =>
  createHash("sha256").update(`${name}\n${key}`).digest().subarray(0, 16);

/** After an unknown outcome: the run as it was to be; another's of the same number is none. */
export async function readStart({ input, session }: FlowNode, row: RunRow, here: boolean) {
  const { database } = input;
  const runs = [row.runId];
  const { owner, epoch } = session.owner;
  if (here) return (await database.run(readClaimed, { runs, owner, epoch }))[0];
  const [found] = await database.run(readRuns, { runs });
  return found?.input === row.input && found.createdAt === row.createdAt ? found : undefined;
}

/** Who has the key has it with this input. Refuses: flow.key_reused. */
export async function checkSame(from: Executor, runId: bigint, row: RunRow): Promise<void> {
  const [known] = await from.run(readRuns, { runs: [runId] });
  if (known !== undefined && known.input !== row.input) {
    throw fail(flowErrors, "key_reused", { key: row.key, run: showRunId(runId) });
  }
}
