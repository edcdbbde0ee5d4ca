/**
 * Who asks what became of an id, and waits for his turn between two flushes. All who wait are answered
 * in one turn: the flushes of a busy book don't wait for each of them.
 */
import { fail, hasCode } from "../base/index.ts";
import { laneErrors } from "../postgres/index.ts";
import type { Entry } from "./book.ts";
import type { OpenBookInput } from "./book-lane.ts";
import { lockBook, orderLock } from "./engine.sql.ts";
import { findEntry } from "./find-entry.ts";

const WAITING_MAX = 256;
const RETRY_AFTER_MS = 100;

interface Asked {
  readonly id: string;
  readonly answer: (entry: Entry | undefined) => void;
  readonly fail: (error: unknown) => void;
}

export class ResolveLine {
  private readonly input: OpenBookInput;
  private waiting: Asked[] = [];

  constructor(input: OpenBookInput) {
    this.input = input;
  }

  /** Refuses: lane.overloaded, lane.outcome_unknown. */
  of(id: string): Promise<Entry | undefined> {
    const { waiting } = this;
    const queued = waiting.length;
    if (queued >= WAITING_MAX) {
      const lane = `outcomes of ${this.input.lane.options.name}`;
      const details = { lane, queued, max: WAITING_MAX, retryAfterMs: RETRY_AFTER_MS };
      return Promise.reject(fail(laneErrors, "overloaded", details));
    }
    return new Promise((answer, reject) => {
      waiting.push({ id, answer, fail: reject });
      if (queued === 0) void this.input.lane.alone(() => this.answerAll());
    });
  }

  private async answerAll(): Promise<void> {
    const asked = this.waiting;
    this.waiting = [];
    try {
      await this.look(asked);
    } catch (error) {
      // Who holds the order lock may be about to commit any of them.
      const isHeld = hasCode(error, "postgres.lock_timeout");
      for (const each of asked) each.fail(isHeld ? unknown(each.id, error) : error);
    }
  }

  /**
   * After the end of every server process that this node lost sight of, and behind the order lock:
   * what is not there then can come only by being sent again.
   */
  private async look(asked: readonly Asked[]): Promise<void> {
    const { database, id: book, lane } = this.input;
    const allGone = await lane.endStrays();
    // Not a read-only transaction: a standby may lag behind, and has an order lock of its own.
    const entries = await lane.converse(async (tx) => {
      await tx.one(lockBook, { space: orderLock(database.schema), book });
      const found: (Entry | undefined)[] = [];
      for (const { id } of asked) found.push(await findEntry(tx, book, id));
      return found;
    });
    asked.forEach((each, place) => {
      const entry = entries[place];
      if (entry !== undefined || allGone) each.answer(entry);
      else each.fail(unknown(each.id));
    });
  }
}

const unknown = (key: string, cause?: unknown): Error =>
  fail(laneErrors, "outcome_unknown", { key }, cause);
