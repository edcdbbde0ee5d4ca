/**
 * The line of a book's transactions with SQL of the caller's own: one at a time, first come first
 * served. So many may wait, each until its deadline; once it has begun no deadline ends it.
 */
import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { fail } from "../base/index.ts";
import { laneErrors } from "../postgres/index.ts";
import type { BookLane } from "./book-lane.ts";

export const TX_WAITING_MAX = 256;
/** A timer of Node set further ahead goes off at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;
/** What one takes on a busy database, for the hint when to come back. */
const TX_GUESS_MS = 20;

export class TxLine {
  /**
   * The caller's SQL may make savepoints of its own by any name but this. One name for all of a line:
   * to the statistics of PostgreSQL before 17 each name is another statement.
   */
  readonly savepoint = `work_${randomUUID().replaceAll("-", "")}`;
  private readonly lane: BookLane;
  private readonly waiting: (() => void)[] = [];
  private isTaken = false;

  constructor(lane: BookLane) {
    this.lane = lane;
  }

  /**
   * Runs `work` when its turn comes; it calls `begin` where nothing has been done yet.
   * Refuses: lane.overloaded, lane.deadline_passed.
   */
  async run<T>(
    work: (begin: () => void) => Promise<T>,
    deadlineMs = this.lane.intake.limits.deadlineMs,
  ): Promise<T> {
    const deadlineAt = performance.now() + deadlineMs;
    await this.turn(deadlineMs);
    try {
      return await work(() => {
        if (performance.now() >= deadlineAt) throw this.tooLate();
      });
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.isTaken = false;
      else next();
    }
  }

  private turn(deadlineMs: number): void | Promise<void> {
    const { waiting } = this;
    if (!this.isTaken) {
      this.isTaken = true;
      return;
    }
    if (waiting.length >= TX_WAITING_MAX) throw this.overloaded();
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(
        () => {
          waiting.splice(waiting.indexOf(begin), 1);
          reject(this.tooLate());
        },
        Math.min(deadlineMs, TIMER_MAX_MS),
      );
      waiting.push(begin);
    });
  }

  private get name(): string {
    return `transactions of ${this.lane.options.name}`;
  }

  private tooLate(): Error {
    return fail(laneErrors, "deadline_passed", { key: `(${this.name})` });
  }

  private overloaded(): Error {
    this.lane.intake.overloads += 1;
    const queued = this.waiting.length;
    const retryAfterMs = queued * TX_GUESS_MS;
    return fail(laneErrors, "overloaded", {
      lane: this.name,
      queued,
      max: TX_WAITING_MAX,
      retryAfterMs,
    });
  }
}
