/** What a user writes: a task, its queue's policies, and what its handler is given. */
import { fail, type Logger } from "../../base/index.ts";
import type { Flow, FlowOptions, InputCheck, RetryPolicy, Steps } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import { checkName } from "../position.ts";
import { checkRetry } from "../retry-policy.ts";
import type { TaskPolicy } from "./policy.ts";

/** What a handler is given beside its input. */
export interface TaskContext {
  readonly id: string;
  /** Aborted when the attempt takes too long, the task is cancelled, or this node has lost its lease. */
  readonly signal: AbortSignal;
  /** The same for every attempt, and of no other task: for the callee to know a repeat by. */
  readonly key: string;
  /** 1 for the first; begins anew when a dead task is done again. */
  readonly attempt: number;
  readonly log: Logger;
  /**
   * Says how far it is: plain data, up to 10,000 characters as JSON. What was said last is written once a
   * second at most, and goes with the task's end. Refuses: flow.payload_unfit, flow.payload_too_large.
   */
  progress(value: unknown): void;
}

/** What a handler of batches is given beside its inputs; `tasks` are in the order of the inputs. */
export interface BatchContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly tasks: readonly Pick<TaskContext, "id" | "key" | "attempt" | "progress">[];
  /** In place of an answer: this one of them failed, and only this one is tried again. */
  failed(error: unknown): unknown;
}

export interface TaskLimits {
  /** So many of one group at once, over all nodes. */
  readonly perGroup?: number | undefined;
  /** So many let through in any `perMs`, over all nodes; `of` is "queue" when left out. */
  readonly rate?:
    | {
        readonly limit: number;
        readonly perMs: number;
        readonly of?: "group" | "queue" | undefined;
      }
    | undefined;
}

export interface TaskOptions<I> {
  /** A node that serves another version leaves these alone. 1 when left out. */
  readonly version?: number | undefined;
  readonly input?: InputCheck<I> | undefined;
  /** Handlers at once on one node, 1 to 10,000; 100 when left out. Batches, where there are batches. */
  readonly concurrency?: number | undefined;
  /** As of a step: 5 attempts, 200 ms to 30 s between them. An `Unrecoverable` is not tried again. */
  readonly retry?: RetryPolicy | undefined;
  /** How long one attempt may take; 10 minutes when left out. */
  readonly timeoutMs?: number | undefined;
  /** Which group an input is of. Texts of up to 500 characters; undefined: of none. */
  readonly group?: ((input: I) => string | undefined) | undefined;
  readonly limits?: TaskLimits | undefined;
  /** How long a dedupe key counts, where the start does not say. */
  readonly dedupe?: { readonly windowMs: number } | undefined;
}

export interface BatchOptions {
  /** Inputs in one call at most, 2 to 10,000. */
  readonly size: number;
  /** How long the first waits for others; 10 ms when left out. */
  readonly waitMs?: number | undefined;
}

/** A task: started like a flow, by whatever starts flows. */
export interface Task<I, O> extends Flow<I, O> {
  readonly task: TaskPolicy;
}

/** Thrown by a handler: trying again is no use. */
export class Unrecoverable extends Error {
  override readonly name: string = "Unrecoverable";
}

const VERSION_MAX = 1_000_000;
const CONCURRENCY_DEFAULT = 100;
const TIMEOUT_MS = 600_000;
const COUNT_MAX = 10_000;
const BATCH_WAIT_MS = 10;
const DAY_MS = 86_400_000;
const WEEKS_MS = 28 * DAY_MS;

/**
 * Names a handler as a task: a run with one step. It is done at least once, and ended once; attempts that
 * fail are tried again, and past the last the task is among the dead, from where it can be redriven.
 * With `batch` the handler is given up to `size` inputs at once, and answers as many, or nothing; what it
 * throws counts for all of them. Refuses: flow.name_malformed, flow.definition_malformed.
 */
export function task<I = undefined, O = unknown>(
  name: string,
  options: TaskOptions<I> & { readonly batch: BatchOptions },
  handler: (inputs: readonly I[], t: BatchContext) => Promise<readonly unknown[] | void>,
): Task<I, O>;
export function task<I = undefined, O = unknown>(
  name: string,
  options: TaskOptions<I> & { readonly batch?: undefined },
  handler: (input: I, t: TaskContext) => Promise<O> | O,
): Task<I, O>;
export function task<I, O>(
  name: string,
  options: TaskOptions<I> & { readonly batch?: BatchOptions | undefined },
  handler: (input: never, t: never) => unknown,
): Task<I, O> {
  checkName("the task", name);
  if (typeof handler !== "function") throw malformed(name, "it has no handler");
  const { version = 1, input, retry } = options;
  checkCount(name, "its version", version, 1, VERSION_MAX);
  const flowOptions: FlowOptions<I> = { version, input, retry };
  return {
    name,
    version,
    options: flowOptions,
    run: notByHand,
    task: policyOf(name, options, handler),
  };
}

/** A task has no steps to be called with. */
function notByHand(_f: Steps, _input: unknown): never {
  throw new TypeError("a task's handler is run by its queue; start it with flows.start");
}

function policyOf<I>(
  name: string,
  options: TaskOptions<I> & { readonly batch?: BatchOptions | undefined },
  handle: TaskPolicy["handle"],
): TaskPolicy {
  const { concurrency = CONCURRENCY_DEFAULT, timeoutMs = TIMEOUT_MS, retry = {} } = options;
  const { group, limits = {}, dedupe, batch } = options;
  checkCount(name, "its concurrency", concurrency, 1, COUNT_MAX);
  checkCount(name, "its time-out", timeoutMs, 1, WEEKS_MS);
  checkCount(name, "the number of its attempts", retry.attempts ?? 1, 1, COUNT_MAX);
  checkRetry(name, "it", retry);
  const { perGroup, rate } = limits;
  if (perGroup !== undefined) checkCount(name, "its limit of a group", perGroup, 1, COUNT_MAX);
  if (rate !== undefined) {
    checkCount(name, "the limit of its rate", rate.limit, 1, 1_000_000);
    checkCount(name, "the time of its rate", rate.perMs, 1, DAY_MS);
  }
  const needsGroup = perGroup !== undefined || rate?.of === "group";
  if (needsGroup && typeof group !== "function") {
    throw malformed(name, "it has a limit for groups, and no function that says which group");
  }
  if (dedupe !== undefined) checkCount(name, "its window", dedupe.windowMs, 1, 366 * DAY_MS);
  if (batch !== undefined) {
    checkCount(name, "the size of its batches", batch.size, 2, COUNT_MAX);
    checkCount(name, "what its batches wait", batch.waitMs ?? 0, 0, 60_000);
  }
  return {
    concurrency,
    timeoutMs,
    retry,
    group,
    perGroup: perGroup ?? 0,
    rate: {
      limit: rate?.limit ?? 0,
      perMs: rate?.perMs ?? 0,
      ofAll: rate !== undefined && rate.of !== "group",
    },
    dedupeWindowMs: dedupe?.windowMs,
    batch: batch && { size: batch.size, waitMs: batch.waitMs ?? BATCH_WAIT_MS },
    handle,
  };
}

function checkCount(name: string, what: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw malformed(
    name,
    `${what} is ${String(value)}, and no whole number from ${least} to ${most}`,
  );
}

const malformed = (name: string, why: string): Error =>
  fail(flowErrors, "definition_malformed", { name, why });
