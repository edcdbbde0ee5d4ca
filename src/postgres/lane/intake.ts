/**
 * Who may wait in a lane, and for how long: the bounded queue, deadlines, and what a flush takes out
 * of it. A unit whose deadline passed is dropped before it is sent, never after.
 */
import { performance } from "node:perf_hooks";
import { fail } from "../../base/index.ts";
import { failItem, type Item, type Waiter, type Work } from "./item.ts";
import { laneErrors } from "./lane.errors.ts";
import { LaneQueue } from "./queue.ts";
import type { GuardUse } from "./unit.ts";

export interface LaneLimits {
  /** Entries in one flush: past some thousands nothing is gained and latency is lost. */
  readonly flushWeightMax: number;
  /** Entries that may wait; past it submit answers lane.overloaded. */
  readonly queueWeightMax: number;
  /** How long a caller waits who does not say. */
  readonly deadlineMs: number;
  /** A reply of the database that takes longer counts as lost; its connection is cut. */
  readonly replyTimeoutMs: number;
}

export const LANE_LIMITS: LaneLimits = {
  flushWeightMax: 8_192,
  queueWeightMax: 65_536,
  deadlineMs: 30_000,
  replyTimeoutMs: 60_000,
};

/**
 * Of units that guard one row each flush takes one. Those it passes over go back in front, and past
 * so many the rest is not looked at: else a queue full of them would be gone through for each.
 */
const PASSED_OVER_MAX = 1_024;

/** A full queue drains in about as many flushes as fit into it; this long each on a busy database. */
const FLUSH_GUESS_MS = 50;

export class Intake<Posting, Answer> {
  readonly limits: LaneLimits;
  readonly queue = new LaneQueue<Posting, Answer>();
  /** Set: nobody is taken in any more, and this is why. */
  refusal: Error | undefined;
  overloads = 0;
  private readonly lane: string;
  private readonly weigh: (posting: Posting) => number;

  constructor(lane: string, limits: LaneLimits, weigh: (posting: Posting) => number) {
    this.lane = lane;
    this.limits = limits;
    this.weigh = weigh;
  }

  /**
   * Takes in a call's units, or for want of room none of them: of a call that was taken in half nobody
   * could say that nothing was done. One that is longer than the whole queue is taken in as far as it
   * fits; it would never find room else.
   */
  accept(
    works: readonly Work<Posting>[],
    waiter: Waiter<Answer>,
    deadlineMs = this.limits.deadlineMs,
  ): void {
    const deadlineAt = performance.now() + deadlineMs;
    const full = works.length > 1 ? this.refusalForAll(works) : undefined;
    if (full !== undefined) {
      for (let index = 0; index < works.length; index++) waiter.failed(index, full);
      return;
    }
    for (let index = 0; index < works.length; index++) {
      const work = works[index];
      if (work !== undefined) this.acceptOne(work, waiter, index, deadlineAt);
    }
  }

  /**
   * Units for one flush of at most `weightMax` (one at least): not two with the same guarded row,
   * nobody who is too late.
   */
  take(weightMax: number): Item<Posting, Answer>[] {
    const { queue } = this;
    const items: Item<Posting, Answer>[] = [];
    const later: Item<Posting, Answer>[] = [];
    const guarded = new Set<string>();
    const now = performance.now();
    let weight = 0;
    for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
      if (items.length > 0 && weight + next.weight > weightMax) break;
      if (later.length >= PASSED_OVER_MAX) break;
      queue.shift();
      if (next.done || dropIfLate(next, now)) continue;
      if (!claimGuards(next, guarded)) later.push(next);
      else {
        items.push(next);
        weight += next.weight;
      }
    }
    if (later.length > 0) queue.unshiftAll(later);
    return items;
  }

  dropLate(): void {
    const now = performance.now();
    this.queue.removeWhere((item) => item.done || dropIfLate(item, now));
  }

  /** Tells all who wait that it won't be: nothing of theirs was sent. */
  failAll(error: Error): void {
    this.queue.removeWhere((item) => {
      failItem(item, error);
      return true;
    });
  }

  private acceptOne(
    work: Work<Posting>,
    waiter: Waiter<Answer>,
    index: number,
    deadlineAt: number,
  ): void {
    const { key, posting, guards, writes, context } = work;
    let weight: number;
    let guarded: readonly string[];
    try {
      weight = posting === undefined ? 1 : this.weigh(posting);
      guarded = guardedRows(guards);
    } catch (error) {
      // A room's own code: what it throws here is its unit's, not the lane's.
      const details = { key, reason: (error as Error).message };
      return waiter.failed(index, fail(laneErrors, "unit_failed", details, error));
    }
    const refusal = this.refusal ?? this.refusalFor(key, weight);
    if (refusal !== undefined) return waiter.failed(index, refusal);
    this.queue.push({
      key,
      posting,
      guards,
      writes,
      context,
      waiter,
      index,
      weight,
      guarded,
      deadlineAt,
      done: false,
      retries: 0,
    });
  }

  private refusalFor(key: string, weight: number): Error | undefined {
    const { flushWeightMax, queueWeightMax } = this.limits;
    if (weight > flushWeightMax) {
      return fail(laneErrors, "unit_too_large", { key, weight, max: flushWeightMax });
    }
    return this.queue.weight + weight <= queueWeightMax ? undefined : this.overloaded();
  }

  private refusalForAll(works: readonly Work<Posting>[]): Error | undefined {
    const { queueWeightMax } = this.limits;
    let weight = 0;
    for (const { posting } of works) weight += this.weightOrNone(posting);
    if (weight > queueWeightMax || this.queue.weight + weight <= queueWeightMax) return undefined;
    return this.overloaded();
  }

  /** What can't be weighed is refused as a unit, and takes no room. */
  private weightOrNone(posting: Posting | undefined): number {
    try {
      return posting === undefined ? 1 : this.weigh(posting);
    } catch {
      return 0;
    }
  }

  private overloaded(): Error {
    const { flushWeightMax, queueWeightMax } = this.limits;
    const queued = this.queue.weight;
    this.overloads += 1;
    const retryAfterMs = Math.ceil(queued / flushWeightMax) * FLUSH_GUESS_MS;
    const details = { lane: this.lane, queued, max: queueWeightMax, retryAfterMs };
    return fail(laneErrors, "overloaded", details);
  }
}

function dropIfLate<P, A>(item: Item<P, A>, now: number): boolean {
  if (item.deadlineAt > now) return false;
  failItem(item, fail(laneErrors, "deadline_passed", { key: item.key }));
  return true;
}

const NO_ROWS: readonly string[] = [];

function guardedRows(guards: readonly GuardUse[]): readonly string[] {
  if (guards.length === 0) return NO_ROWS;
  return guards.map(({ guard, item }) => `${guard.table} ${guard.key(item as never)}`);
}

function claimGuards({ guarded }: Item<unknown, unknown>, taken: Set<string>): boolean {
  if (guarded.some((row) => taken.has(row))) return false;
  for (const row of guarded) taken.add(row);
  return true;
}
