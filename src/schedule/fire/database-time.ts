/**
 * The database's clock, as this process knows it: measured with each look, counted on by the monotonic clock.
 * Steps of the machine's own clock have no part in it; one of the database's is known with the next look.
 */
import type { Instant } from "../../base/index.ts";

/** A measure older than this gives way to any newer one. */
const STALE_MS = 60_000;

export class DatabaseTime {
  private offsetMs: number | undefined;
  private errorMs = Infinity;
  private measuredAt = 0;

  get isKnown(): boolean {
    return this.offsetMs !== undefined;
  }

  /** A reply that was asked for at `askedAt`, on the monotonic clock, and says what time it is there. */
  hear(askedAt: number, databaseNow: Instant): void {
    const at = performance.now();
    const errorMs = (at - askedAt) / 2;
    const offsetMs = databaseNow - (askedAt + errorMs);
    const known = this.offsetMs;
    const hasJumped =
      known !== undefined && Math.abs(offsetMs - known) > errorMs + this.errorMs + 1;
    const isOld = at - this.measuredAt > STALE_MS;
    if (known !== undefined && !hasJumped && !isOld && errorMs > this.errorMs) return;
    this.offsetMs = offsetMs;
    this.errorMs = errorMs;
    this.measuredAt = at;
  }

  /** In whole milliseconds. */
  now(): Instant {
    return Math.floor(performance.now() + (this.offsetMs ?? 0));
  }
}
