/** What a flow's function is given: every call becomes a step at its position. */
import { assert, fail } from "../../base/index.ts";
import type { Transaction } from "../../postgres/index.ts";
import type { Batcher } from "../batch/batcher.ts";
import type {
  BatchOptions,
  EventOptions,
  Flow,
  Posted,
  PostingAsked,
  StepOptions,
  Steps,
} from "../define-flow.ts";
import { checkRetry, checkTimeout, type RetryPolicy } from "../retry-policy.ts";
import { flowErrors } from "../flow.errors.ts";
import type { Scope } from "../position.ts";
import type { Run } from "../run.ts";
import { batchStep } from "./batch-step.ts";
import { chanceFrom, drawBytes, idFrom } from "./draw.ts";
import { doStep, type StepWork } from "./do-step.ts";
import { doPost } from "./post.ts";
import { allOf } from "./all-of.ts";
import { runTx } from "./run-tx.ts";
import { type Undo, undoAll } from "./undo.ts";
import { refuseWithin } from "./within.ts";
import { childStep, eventStep, sleepStep } from "./waits.ts";

export class FlowSteps implements Steps {
  private readonly run: Run;
  private readonly scope: Scope;
  private readonly undos: Undo[];
  private readonly retry: RetryPolicy | undefined;
  private drawn = 0;

  /** `retry` overrides that of every step. */
  constructor(run: Run, scope: Scope, undos: Undo[], retry?: RetryPolicy) {
    this.run = run;
    this.scope = scope;
    this.undos = undos;
    this.retry = retry;
  }

  /** The run behind what a flow's function was given. */
  static runOf(f: Steps): Run {
    assert(f instanceof FlowSteps, "a flow's function is given the steps of its run");
    return f.run;
  }

  get runId(): string {
    return this.run.name;
  }

  get signal(): AbortSignal {
    return this.run.signal;
  }

  async step<T>(name: string, work: StepWork<T>, options: StepOptions<T> = {}): Promise<T> {
    const { cache, retry, timeoutMs } = options;
    if (retry !== undefined || timeoutMs !== undefined) {
      const { name: flow } = this.run.flow;
      checkRetry(flow, `the step "${name}"`, retry);
      checkTimeout(flow, `the step "${name}"`, timeoutMs);
    }
    if (cache === undefined) return this.stepOnce(name, work, options);
    const before = this.run.cached.get(cache);
    if (before !== undefined) return (await before) as T;
    const made = this.stepOnce(name, work, options);
    this.run.cached.set(cache, made);
    made.catch(() => this.run.cached.delete(cache));
    return made;
  }

  private stepOnce<T>(name: string, work: StepWork<T>, options: StepOptions<T>): Promise<T> {
    return this.at(name, async (position) => {
      const { undo } = options;
      const retry = this.retry === undefined ? options.retry : { ...options.retry, ...this.retry };
      const isUndoable = undo !== undefined;
      const result = await doStep(this.run, position, work, { ...options, retry, isUndoable });
      if (undo !== undefined) {
        this.undos.push({ position, undo: (context) => undo(result, context) });
      }
      return result;
    });
  }

  batch<T, R>(
    name: string,
    through: Batcher<T, R>,
    item: T,
    { undo }: BatchOptions<R> = {},
  ): Promise<R> {
    return this.at(name, async (position) => {
      const result = await batchStep(this.run, position, through, item, undo !== undefined);
      if (undo !== undefined) {
        this.undos.push({ position, undo: (context) => undo(result, context) });
      }
      return result;
    });
  }

  post(name: string, posting: PostingAsked, options?: { readonly book?: string }): Promise<Posted> {
    return this.at(name, (position) => doPost(this.run, position, posting, options?.book));
  }

  tx<T>(
    name: string,
    work: (tx: Transaction) => Promise<T>,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const { timeoutMs } = options;
    return this.at(name, (position) => {
      checkTimeout(this.run.flow.name, `the step "${name}"`, timeoutMs);
      return runTx(this.run, position, work, timeoutMs);
    });
  }

  sleep(name: string, forMs: number | Date): Promise<void> {
    return this.at(name, (position) => sleepStep(this.run, position, forMs));
  }

  event(name: string, options: EventOptions = {}): Promise<unknown> {
    return this.at(name, (position) => eventStep(this.run, position, name, options));
  }

  child<I, O>(name: string, of: Flow<I, O>, input: I): Promise<O> {
    return this.at(name, (position) => childStep(this.run, position, of, input));
  }

  async all<B extends Readonly<Record<string, (f: Steps) => Promise<unknown>>>>(
    branches: B,
  ): Promise<{ readonly [K in keyof B]: Awaited<ReturnType<B[K]>> }> {
    refuseWithin(this.run, "all");
    const position = this.scope.next("all");
    return allOf(branches, (name) => {
      const scope = this.scope.branch(position, name);
      return new FlowSteps(this.run, scope, this.undos, this.retry);
    });
  }

  saga<T>(name: string, work: (f: Steps) => Promise<T>): Promise<T> {
    refuseWithin(this.run, name);
    const position = this.scope.next(name);
    return this.scope.during(name, async () => {
      const undos: Undo[] = [];
      try {
        const answer = await work(
          new FlowSteps(this.run, this.scope.inner(position), undos, this.retry),
        );
        // What follows may fail: then the saga is undone with the rest.
        this.undos.push(...undos);
        return answer;
      } catch (error) {
        await this.run.during(() => undoAll(this.run, undos));
        throw error;
      }
    });
  }

  state(value: unknown): void {
    this.run.say(value);
  }

  now(): number {
    return this.run.learnedAt;
  }

  id(): string {
    return idFrom(this.draw());
  }

  random(): number {
    return chanceFrom(this.draw());
  }

  /** Bytes that depend on the run, the branch and how many were drawn in it before. */
  private draw(): Buffer {
    if (this.scope.isBusy) throw fail(flowErrors, "drawn_in_step", { run: this.run.name });
    this.drawn += 1;
    return drawBytes(this.run.seedOf(this.scope.path), this.scope.path, this.drawn);
  }

  private at<T>(name: string, work: (position: string) => Promise<T>): Promise<T> {
    return this.run.during(async () => {
      refuseWithin(this.run, name);
      const position = this.scope.next(name);
      return this.scope.during(name, () => work(position));
    });
  }
}
