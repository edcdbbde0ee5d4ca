/** One flush: the units it carries, what was decided for each, and the engine's sealed batch. */
import type { Outcome } from "./connection.ts";
import type { Decided, SealedBatch } from "./engine.ts";
import type { Item } from "./item.ts";
import type { UnitAnswer } from "./unit.ts";

export class Flush<Posting, Answer> {
  readonly items: Item<Posting, Answer>[];
  readonly decided: (Decided<Answer> | undefined)[] = [];
  batch: SealedBatch | undefined;
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

  /** Committed: every unit gets its answer. */
  answerAll(): void {
    for (let ordinal = 0; ordinal < this.items.length; ordinal++) {
      const item = this.items[ordinal];
      if (item === undefined || item.done) continue;
      item.done = true;
      item.waiter.answered(item.index, answerOf(this.decided[ordinal]));
    }
  }

  private goesAlong(ordinal: number): boolean {
    const decided = this.decided[ordinal];
    return decided === undefined || decided.applied;
  }
}

function answerOf<Answer>(decided: Decided<Answer> | undefined): UnitAnswer<Answer> {
  if (decided === undefined) return { status: "committed", answer: undefined };
  const { answer } = decided;
  if (decided.applied) return { status: "committed", answer };
  return { status: decided.repeated ? "repeated" : "refused", answer };
}
