/**
 * Jobs that have the engine to themselves: between two flushes, with nothing in flight and nothing
 * decided meanwhile. They talk to the database on a connection of the pool, not on the lane's.
 */
import type { Executor } from "../executor.ts";
import type { Transaction, TransactionOptions } from "../transaction.ts";
import { IDLE_TIMEOUT_MS, LOCK_TIMEOUT_MS } from "./connection.ts";
import type { LaneLimits } from "./intake.ts";
import type { LaneOptions } from "./lane-options.ts";

export class AloneJobs {
  private readonly jobs: (() => Promise<void>)[] = [];
  /** One of them is running. */
  isRunning = false;
  /** The last thing that the lane did was such a job: units that wait come first then. */
  wasLast = false;

  get areWaiting(): boolean {
    return this.jobs.length > 0;
  }

  add<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.jobs.push(() => (async () => work())().then(resolve, reject));
    });
  }

  async runNext(): Promise<void> {
    this.isRunning = true;
    await this.jobs.shift()?.();
    this.isRunning = false;
    this.wasLast = true;
  }
}

/**
 * A transaction for such a job. Waits are bounded as the lane's own are: on a wire that has silently
 * gone it would keep the lane for ever, and on the server's side the order lock.
 * Refuses: postgres.connection_lost, pool_exhausted, lock_timeout, transaction_idle.
 */
export function converse<T>(
  database: LaneOptions<never, never>["database"],
  { replyTimeoutMs }: Pick<LaneLimits, "replyTimeoutMs">,
  work: (tx: Transaction) => Promise<T>,
  options?: TransactionOptions,
): Promise<T> {
  const bounds = { lockTimeoutMs: LOCK_TIMEOUT_MS, idleTimeoutMs: IDLE_TIMEOUT_MS };
  return database.transaction(work, { ...bounds, ...options, replyTimeoutMs });
}

/** Single statements in the same way, each a transaction of its own. */
export function asking(
  database: LaneOptions<never, never>["database"],
  limits: Pick<LaneLimits, "replyTimeoutMs">,
): Pick<Executor, "maybe"> {
  return {
    maybe: (statement, values) =>
      converse(database, limits, (tx) => tx.maybe(statement, values), { readOnly: true }),
  };
}
