/** What a user writes: a flow, and what its function is given to work with. */
import { assert, type Clock, fail } from "../base/index.ts";
import type { Transaction, Unit } from "../postgres/index.ts";
import type { Batcher } from "./batch/batcher.ts";
import { flowErrors } from "./flow.errors.ts";
import { checkName } from "./position.ts";
import { checkRetry, type RetryPolicy } from "./retry-policy.ts";
import type { Session } from "./session.ts";
import type { TaskPolicy } from "./task/policy.ts";

export type { RetryPolicy } from "./retry-policy.ts";

/** Answers the input as the flow takes it, or throws why it is none; or an object with `parse`. */
export type InputCheck<I> = ((value: unknown) => I) | { readonly parse: (value: unknown) => I };

export interface FlowOptions<I> {
  /** Raise it when steps are renamed, taken out or put in another order: runs stay with theirs. */
  readonly version?: number | undefined;
  readonly input?: InputCheck<I> | undefined;
  /** Of its steps, where they say nothing else. */
  readonly retry?: RetryPolicy | undefined;
}

export interface Flow<I, O> {
  readonly name: string;
  readonly version: number;
  readonly options: FlowOptions<I>;
  readonly run: (f: Steps, input: I) => Promise<O> | O;
}

/** A flow of any input and output, or a task. */
export interface AnyFlow {
  readonly name: string;
  readonly version: number;
  readonly options: FlowOptions<unknown>;
  readonly run: (f: Steps, input: never) => unknown;
  /** The last record that its run doesn't need again, where it keeps what it is elsewhere. */
  readonly recordsAfter?: (session: Session, runId: bigint) => Promise<number>;
  /** It is a task, with a queue of its own. */
  readonly task?: TaskPolicy;
}

const VERSION_MAX = 1_000_000;

/**
 * Names a function as a flow. The function is run again after a crash, and its steps answer what they
 * answered: so everything that is not the same each time it is read (time, chance, the world) belongs into
 * a step. Refuses: flow.name_malformed, flow.definition_malformed.
 */
export function flow<I = undefined, O = unknown>(
  name: string,
  options: FlowOptions<I>,
  run: (f: Steps, input: I) => Promise<O> | O,
): Flow<I, O> {
  checkName("the flow", name);
  const { version = 1 } = options;
  if (!Number.isSafeInteger(version) || version < 1 || version > VERSION_MAX) {
    throw fail(flowErrors, "definition_malformed", { name, why: `its version is ${version}` });
  }
  if (typeof run !== "function") {
    throw fail(flowErrors, "definition_malformed", { name, why: "it has no function" });
  }
  checkRetry(name, "its steps: each", options.retry);
  return { name, version, options, run };
}

/** Refuses: flow.input_refused, with what the check said as its cause. */
export function checkInput({ name, options }: AnyFlow, input: unknown): unknown {
  const { input: check } = options;
  if (check === undefined) return input;
  try {
    return typeof check === "function" ? check(input) : check.parse(input);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw fail(flowErrors, "input_refused", { flow: name, why }, error);
  }
}

/** What a step's function is given. */
export interface StepContext {
  /** Aborted when the step takes too long, the run is cancelled, or the node lost its lease. */
  readonly signal: AbortSignal;
  /**
   * The same for every attempt of this step, and of no other: for the callee to know a repeat by. Once the
   * step has been undone and is done again (`retry`), it is a new one.
   */
  readonly key: string;
  /** 1 for the first. */
  readonly attempt: number;
}

export interface StepOptions<T> {
  readonly retry?: RetryPolicy | undefined;
  /** How long one attempt may take; 10 minutes when left out. */
  readonly timeoutMs?: number | undefined;
  /** Takes back what the step did, when the saga or run that it is in fails or is cancelled. */
  readonly undo?: ((result: T, context: StepContext) => Promise<unknown>) | undefined;
  /** Calls with the same text answer what the first of them in this run did. */
  readonly cache?: string | undefined;
}

export type BatchOptions<R> = Pick<StepOptions<R>, "undo">;

/** What a posting came to. `refused`: the ledger said no, by its code, and nothing was moved. */
export type Posted =
  | { readonly status: "posted"; readonly id: string }
  | { readonly status: "refused"; readonly id: string; readonly code: string }
  | { readonly status: "conflict"; readonly id: string; readonly by: string };

/** A transfer or chain as the ledger takes it, or a unit that has one and rows of the caller's. */
export type PostingAsked = object | Unit<unknown>;

export interface EventOptions {
  /** Which of the events of that name; those that are said to this very run when left out. */
  readonly match?: string | undefined;
  /** Past it the wait answers undefined. It waits for ever when left out. */
  readonly timeoutMs?: number | undefined;
}

type Branches = Readonly<Record<string, (f: Steps) => Promise<unknown>>>;
type Answers<B extends Branches> = { readonly [K in keyof B]: Awaited<ReturnType<B[K]>> };

/** What a flow works with. Each call is a step: it is done once, and answers the same ever after. */
export interface Steps {
  readonly runId: string;
  /** Aborted when the run is cancelled or this node lost it. */
  readonly signal: AbortSignal;
  /** Does something in the world, at least once, and keeps what it answered. */
  step<T>(
    name: string,
    work: (context: StepContext) => Promise<T> | T,
    options?: StepOptions<T>,
  ): Promise<T>;
  /**
   * Like a step, but sent together with what other runs of this node send through the same batcher. Each
   * run keeps its own outcome; an item may be sent more than once, with the same key.
   */
  batch<T, R>(name: string, through: Batcher<T, R>, item: T, options?: BatchOptions<R>): Promise<R>;
  /**
   * Posts to a book, exactly once: postings, the rows of the unit and the record of the step are one
   * commit. A refusal is an answer; a book that is overloaded or away is waited for. Without an id of its own
   * the posting gets the step's, also when it is done again.
   */
  post(name: string, posting: PostingAsked, options?: { readonly book?: string }): Promise<Posted>;
  /** The caller's own SQL, exactly once: with the record of the step in one transaction. */
  tx<T>(
    name: string,
    work: (tx: Transaction) => Promise<T>,
    options?: { readonly timeoutMs?: number },
  ): Promise<T>;
  /** Seconds to years, over crashes; milliseconds from now, or until an instant. */
  sleep(name: string, forMs: number | Date): Promise<void>;
  /** Waits for an event; one that was said since the run began counts, and each counts once. */
  event(name: string, options?: EventOptions): Promise<unknown>;
  /** Runs another flow and answers what it answers; its failure is thrown here. */
  child<I, O>(name: string, of: Flow<I, O>, input: I): Promise<O>;
  /** Branches beside each other; all end before this does, and the first failure is thrown. */
  all<B extends Branches>(branches: B): Promise<Answers<B>>;
  /** Steps that are undone, newest first, when it throws; then it throws the same. */
  saga<T>(name: string, work: (f: Steps) => Promise<T>): Promise<T>;
  /**
   * Says what the run is at, for `flows.query` to answer on any node, while it runs and after: plain data, the
   * last of which stands. Recorded with the next step, or at the next turn; it is no step.
   */
  state(value: unknown): void;
  /** When the run last learned something, by the database's clock, in ms: the same on every replay. */
  now(): number;
  /** An id that is the same on every replay. Asked for outside of steps: flow.drawn_in_step. */
  id(): string;
  /** From 0 up to, but not including, 1; the same on every replay. */
  random(): number;
}

export type FlowClock = Pick<Clock, "sleep">;

/** Keeps definitions by name and version. Refuses: flow.definition_malformed for one that is there twice. */
export function listDefinitions(flows: readonly AnyFlow[]): ReadonlyMap<string, AnyFlow> {
  const known = new Map<string, AnyFlow>();
  for (const one of flows) {
    assert(typeof one.run === "function", "a flow is made with flow(name, options, function)");
    const label = `${one.name}@${one.version}`;
    if (known.has(label)) {
      const why = `version ${one.version} is given twice`;
      throw fail(flowErrors, "definition_malformed", { name: one.name, why });
    }
    known.set(label, one);
  }
  return known;
}
