/** A unit that waits in a lane or is in flight, and whoever waits for its answer. */
import { fail, LongmenError } from "../../base/index.ts";
import { laneErrors } from "./lane.errors.ts";
import type { GuardUse, UnitAnswer, WriteUse } from "./unit.ts";

/** What is submitted to a lane: a unit, the engine's context, and until when its caller waits. */
export interface Work<Posting> {
  readonly key: string;
  readonly posting: Posting | undefined;
  readonly guards: readonly GuardUse[];
  readonly writes: readonly WriteUse[];
  readonly context: unknown;
}

export interface Waiter<Answer> {
  answered(index: number, answer: UnitAnswer<Answer>): void;
  failed(index: number, error: Error): void;
}

export interface Item<Posting, Answer> extends Work<Posting> {
  readonly waiter: Waiter<Answer>;
  readonly index: number;
  readonly weight: number;
  /** The rows that its guards lock, by table and key. */
  readonly guarded: readonly string[];
  /** On the clock of performance.now(). */
  readonly deadlineAt: number;
  /** Answered already: a late outcome has nobody to go to. */
  done: boolean;
  /** How often a flush with this unit was refused for a passing reason. */
  retries: number;
}

/** One caller, one unit. */
export class Single<Answer> implements Waiter<Answer> {
  readonly promise: Promise<UnitAnswer<Answer>>;
  private resolve!: (answer: UnitAnswer<Answer>) => void;
  private reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  answered(_index: number, answer: UnitAnswer<Answer>): void {
    this.resolve(answer);
  }

  failed(_index: number, error: Error): void {
    this.reject(error);
  }
}

/**
 * One caller, many units, one promise: resolved when each has its answer. Where units failed, the
 * promise is rejected once all are settled: with their error where it is true of all, else with
 * lane.in_part. The others stand as they are, and the same call again answers them alike.
 */
export class Many<Answer> implements Waiter<Answer> {
  readonly promise: Promise<readonly UnitAnswer<Answer>[]>;
  private readonly answers: UnitAnswer<Answer>[];
  private readonly errors: Error[] = [];
  private left: number;
  private settle!: () => void;

  constructor(count: number) {
    this.answers = new Array<UnitAnswer<Answer>>(count);
    this.left = count;
    this.promise = new Promise((resolve, reject) => {
      this.settle = () => {
        const error = this.errorOfAll();
        if (error === undefined) resolve(this.answers);
        else reject(error);
      };
    });
    if (count === 0) this.settle();
  }

  answered(index: number, answer: UnitAnswer<Answer>): void {
    this.answers[index] = answer;
    this.countDown();
  }

  failed(_index: number, error: Error): void {
    this.errors.push(error);
    this.countDown();
  }

  /** "Nothing was done" is of one unit; of a call it is true where it is of every unit. */
  private errorOfAll(): Error | undefined {
    const [first] = this.errors;
    if (!(first instanceof LongmenError) || first.retry === "never") return first;
    const failed = this.errors.length;
    const count = this.answers.length;
    const { code } = first;
    const alike = this.errors.every(
      (error) => error instanceof LongmenError && error.code === code,
    );
    return failed === count && alike
      ? first
      : fail(laneErrors, "in_part", { failed, count, code }, first);
  }

  private countDown(): void {
    this.left -= 1;
    if (this.left === 0) this.settle();
  }
}

/** It was sent, and nobody can say what became of it. */
export function failUnknown<P, A>(item: Item<P, A>): void {
  failItem(item, fail(laneErrors, "outcome_unknown", { key: item.key }));
}

/** Tells the waiter that there is no outcome, once. */
export function failItem<P, A>(item: Item<P, A>, error: Error): void {
  if (item.done) return;
  item.done = true;
  item.waiter.failed(item.index, error);
}
