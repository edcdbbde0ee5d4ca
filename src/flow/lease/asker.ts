/** One call of `take` that has no answer yet. */
import { fail, newId } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import type { Held } from "./held.ts";
import type { TakeOptions } from "./lease.ts";

export class Asker {
  readonly takeId = newId();
  readonly key: string;
  readonly ttlMs: number;
  readonly note: string | null;
  readonly since: number;
  /** The end of its patience; a little later where it must be learnt what came of a taking. */
  waitUntil: number;
  /** When it is looked at next. */
  dueAt: number;
  /** A unit that takes the lease is under way. */
  taking = false;
  /** Its place in line was asked for, or is being. */
  inLine = false;
  /** When it last said that it waits, and the saying that is under way. */
  saidAt = -Infinity;
  saying: Promise<void> | undefined;
  /** What the last look failed with. */
  error: unknown;
  /** A taking's outcome is unknown: it may have been committed, or may be yet. */
  unsure = false;
  done = false;
  private readonly answer = Promise.withResolvers<Held | undefined>();
  private readonly signal: AbortSignal | undefined;
  private readonly onAbort: () => void;

  constructor(key: string, options: TakeOptions, now: number, onAbort: (asker: Asker) => void) {
    const { ttlMs, waitMs = 0, note, signal } = options;
    this.key = key;
    this.ttlMs = ttlMs;
    this.note = note ?? null;
    this.since = now;
    this.dueAt = now;
    this.waitUntil = now + waitMs;
    this.signal = signal;
    this.onAbort = () => onAbort(this);
    signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  get promise(): Promise<Held | undefined> {
    return this.answer.promise;
  }

  get abortReason(): unknown {
    return this.signal?.reason as unknown;
  }

  resolve(held: Held | undefined): void {
    this.finish();
    this.answer.resolve(held);
  }

  reject(error: unknown): void {
    this.finish();
    this.answer.reject(error);
  }

  /** Nothing is under way for it any more. */
  private finish(): void {
    this.done = true;
    this.signal?.removeEventListener("abort", this.onAbort);
  }
}

/** Refuses: flow.leases_closed. */
export const closedError = (node: string): Error => fail(flowErrors, "leases_closed", { node });
