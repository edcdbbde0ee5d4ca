/**
 * Book time: never behind the last batch, else the node's estimate of the database's clock. Nodes
 * whose own clocks differ so agree to within the time of a round trip; the database refuses a batch
 * that is off by more than SKEW_MAX_MS, whatever was estimated.
 */
import type { Clock, Instant } from "../base/index.ts";

export const SKEW_MAX_MS = 500;
/** An estimate from a slow reply is replaced by a better one, or by any after this long. */
const ESTIMATE_AGE_MAX_MS = 60_000;

export class BookTime {
  private readonly clock: Clock;
  /** False: the given clock is book time, as tests and simulations want it. */
  readonly followsDatabase: boolean;
  private offsetMs = 0;
  private spanMs = Infinity;
  private learnedAt = -Infinity;

  constructor(clock: Clock, followsDatabase: boolean) {
    this.clock = clock;
    this.followsDatabase = followsDatabase;
  }

  now(): Instant {
    return Math.floor(this.clock.now() + this.offsetMs);
  }

  /** The node's own clock, for measuring how long a reply took. */
  nodeNow(): number {
    return this.clock.now();
  }

  /** An instant of book time on the node's clock. */
  toNode(at: Instant): number {
    return at - this.offsetMs;
  }

  /** The database said `databaseNow` in answer to what was sent at `sentAt` of the node's clock. */
  learn(databaseNow: Instant, sentAt: number): void {
    if (!this.followsDatabase) return;
    const now = this.clock.now();
    const spanMs = Math.max(0, now - sentAt);
    if (spanMs > this.spanMs && now - this.learnedAt < ESTIMATE_AGE_MAX_MS) return;
    this.spanMs = spanMs;
    this.learnedAt = now;
    // Of a longer way the middle may be off by more than a batch may be: then the reply counts as of now.
    // That can only be behind the database, which under the lock harms nobody; ahead is refused there, too.
    const isLong = spanMs > 2 * SKEW_MAX_MS;
    this.offsetMs = databaseNow - (isLong ? now : (sentAt + now) / 2);
  }

  /** What was believed turned out wrong: the next word of the database counts, however slow. */
  doubt(): void {
    this.spanMs = Infinity;
  }
}
