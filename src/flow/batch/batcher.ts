/** Calls of one sort that many runs make, sent together. */
import { fail } from "../../base/index.ts";
import { checkRetry, type RetryPolicy } from "../retry-policy.ts";
import { flowErrors } from "../flow.errors.ts";
import { checkName } from "../position.ts";

/** What one run wants done. */
export interface BatchItem<T> {
  /** The same whenever this item is sent, and of no other: for the callee to know a repeat by. */
  readonly key: string;
  readonly item: T;
}

/** What became of one item. A failure is this item's own, and final: the others stand. */
export type BatchOutcome<R> =
  { readonly ok: true; readonly result: R } | { readonly ok: false; readonly error: unknown };

export interface SendContext {
  /** Aborted when sending takes too long. */
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
}

export interface BatcherOptions {
  /** So many items go together at most: 1 to 10,000; 100 when left out. */
  readonly size?: number | undefined;
  /** The first of them waits so long for others: 0 to 10,000 ms; 20 when left out. */
  readonly waitMs?: number | undefined;
  /** How long one sending may take; 60 s when left out. */
  readonly timeoutMs?: number | undefined;
  /** Of a sending that throws, which is that of all its items. */
  readonly retry?: RetryPolicy | undefined;
}

/** Sends items, and answers for each in their order what became of it. Throwing is "not sent, or unknown". */
export type SendBatch<T, R> = (
  items: readonly BatchItem<T>[],
  context: SendContext,
) => Promise<readonly BatchOutcome<R>[]>;

export interface Batcher<T, R> {
  readonly name: string;
  readonly options: {
    readonly size: number;
    readonly waitMs: number;
    readonly timeoutMs: number;
    readonly retry: RetryPolicy | undefined;
  };
  readonly send: SendBatch<T, R>;
}

const SIZE_MAX = 10_000;
const WAIT_MAX_MS = 10_000;

/**
 * Make it once, beside the flows that use it: what goes through one batcher on one node goes together.
 * Refuses: flow.name_malformed, flow.definition_malformed.
 */
export function batcher<T, R = void>(
  name: string,
  { size = 100, waitMs = 20, timeoutMs = 60_000, retry }: BatcherOptions,
  send: SendBatch<T, R>,
): Batcher<T, R> {
  checkName("the batcher", name);
  const refused = (why: string): Error => fail(flowErrors, "definition_malformed", { name, why });
  if (!Number.isInteger(size) || size < 1 || size > SIZE_MAX) throw refused(`its size is ${size}`);
  if (!(waitMs >= 0 && waitMs <= WAIT_MAX_MS)) throw refused(`it waits for ${waitMs} ms`);
  if (!(timeoutMs > 0)) throw refused(`its time-out is ${timeoutMs} ms`);
  checkRetry(name, "it", retry);
  return { name, options: { size, waitMs, timeoutMs, retry }, send };
}
