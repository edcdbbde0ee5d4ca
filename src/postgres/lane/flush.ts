/** One flush: the units it carries, what was decided for each, and the engine's sealed batch. */
import { performance } from "node:perf_hooks";
import { fail } from "../../base/index.ts";
import type { Outcome } from "./connection.ts";
import type { Decided, SealedBatch } from "./engine.ts";
import { failItem, type Item } from "./item.ts";
import { laneErrors } from "./lane.errors.ts";
import type { UnitAnswer } from "./unit.ts";

/** The item's caller was told that its deadline passed, before anything of it was decided. */
export const DROPPED = Symbol("dropped");

export class Flush<Posting, Answer> {
  readonly items: Item<Posting, Answer>[];
  /** One for each item, in order; undefined: it has no posting. */
  readonly decided: (Decided<Answer> | typeof DROPPED | undefined)[] = [];
  batch: SealedBatch | undefined;
  /** By performance.now(). */
  sentAt = 0;
  /** Settled when the database has answered, in the order sent. */
  outcome: Promise<Outcome> | undefined;

  constructor(items: Item<Posting, Answer>[]) {
    this.items = items;
  }

  /** The items whose guards and rows go along: not the refused, not the repeated. */
  carried(): (Item<Posting, Answer> | undefined)[] {
    return this.items.map((item, ordinal) => (this.goesAlong(ordinal) ? item : undefined));
  }

  get hasRows(): boolean {
    return this.items.some((item) => item.writes.length > 0 || item.guards.length > 0);
  }

  /** Tells the late whose outcome is open; the first `sentCount` items are sent or will be. */
  tellLate(sentCount: number): void {
    const now = performance.now();
    this.items.forEach((item, ordinal) => {
      if (item.done || item.deadlineAt > now) return;
      const reason = ordinal < sentCount ? "outcome_unknown" : "deadline_passed";
      failItem(item, fail(laneErrors, reason, { key: item.key }));
    });
  }

  /** Committed: every unit gets its answer. */
  answerAll(): void {
    for (let ordinal = 0; ordinal < this.items.length; ordinal++) {
      const item = this.items[ordinal];
      const decided = this.decided[ordinal];
      if (item === undefined || item.done || decided === DROPPED) continue;
      item.done = true;
      item.waiter.answered(item.index, answerOf(decided));
    }
  }

  private goesAlong(ordinal: number): boolean {
    const decided = this.decided[ordinal];
    return decided === undefined || (decided !== DROPPED && decided.applied);
  }
}

function answerOf<Answer>(decided: Decided<Answer> | undefined): UnitAnswer<Answer> {
  if (decided === undefined) return { status: "committed", answer: undefined };
  const { answer } = decided;
  if (decided.applied) return { status: "committed", answer };
  return { status: decided.repeated ? "repeated" : "refused", answer };
}
