/** The items of one batcher on one node: gathered, sent together, tried again together, answered one by one. */
import { backoff, fail } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { after } from "../long-timer.ts";
import type { NodeParts } from "../node-parts.ts";
import type { Run } from "../run.ts";
import { ATTEMPTS_DEFAULT, isWorthIt } from "../steps/attempts.ts";
import type { Batcher, BatchOutcome } from "./batcher.ts";

interface Waiting {
  readonly run: Run;
  readonly key: string;
  readonly item: unknown;
  readonly signal: AbortSignal;
  readonly settle: (outcome: BatchOutcome<unknown>) => void;
  readonly onFailed: (attempt: number, error: unknown) => void;
}

type AnyBatcher = Batcher<never, unknown>;

const BASE_MS = 200;
const MAX_MS = 5_000;
const queues = new WeakMap<NodeParts, Map<AnyBatcher, BatchQueue>>();

export function queueOf(parts: NodeParts, of: AnyBatcher): BatchQueue {
  const known = queues.get(parts) ?? new Map<AnyBatcher, BatchQueue>();
  queues.set(parts, known);
  const queue = known.get(of) ?? new BatchQueue(parts, of);
  known.set(of, queue);
  return queue;
}

export class BatchQueue {
  private readonly parts: NodeParts;
  private readonly of: AnyBatcher;
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: NodeParts, of: AnyBatcher) {
    this.parts = parts;
    this.of = of;
  }

  add(waiting: Waiting): void {
    const { size, waitMs } = this.of.options;
    this.waiting.push(waiting);
    if (this.waiting.length >= size) return this.flush();
    this.timer ??= setTimeout(() => this.flush(), waitMs);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const together = this.waiting;
    this.waiting = [];
    if (together.length > 0) void this.sendUntilDone(together);
  }

  /** Answers every item, in the end. */
  private async sendUntilDone(together: readonly Waiting[]): Promise<void> {
    const { retry = {} } = this.of.options;
    const { attempts = ATTEMPTS_DEFAULT, baseMs = BASE_MS, maxMs = MAX_MS } = retry;
    const budget = this.parts.budget.of(`the batch ${this.of.name}`);
    for (const _ of together) budget.earn();
    let left = together;
    for (let attempt = 1; ; attempt++) {
      left = await this.stillWanted(left);
      if (left.length === 0) return;
      try {
        const outcomes = await this.sendOnce(left, attempt);
        for (const [at, { settle }] of left.entries())
          settle(outcomes[at] as BatchOutcome<unknown>);
        return;
      } catch (error) {
        if (attempt >= attempts || !isWorthIt(retry, error)) {
          for (const { settle } of left) settle({ ok: false, error });
          return;
        }
        for (const { onFailed } of left) onFailed(attempt, error);
        const waitMs = Math.max(backoff({ attempt, baseMs, maxMs }), budget.spend());
        await this.parts.clock.sleep(waitMs);
      }
    }
  }

  /** What nobody waits for any more is not sent, and nothing is sent under a lease that is lost. */
  private async stillWanted(all: readonly Waiting[]): Promise<readonly Waiting[]> {
    for (const { run } of all) {
      if (run.session.kept.leftMs() === 0) await run.session.demandLease().catch(() => undefined);
    }
    return all.filter(
      ({ run, signal }) => run.isHere && !signal.aborted && !run.session.signal.aborted,
    );
  }

  private async sendOnce(
    items: readonly Waiting[],
    attempt: number,
  ): Promise<readonly BatchOutcome<unknown>[]> {
    const { name, options, send } = this.of;
    const { timeoutMs } = options;
    const late = Promise.withResolvers<never>();
    const ending = new AbortController();
    const callOff = after(timeoutMs, () => {
      const error = fail(flowErrors, "step_timed_out", { step: `the batch ${name}`, timeoutMs });
      ending.abort(error);
      late.reject(error);
    });
    try {
      const given = items.map(({ key, item }) => ({ key, item: item as never }));
      const sent = Promise.resolve(send(given, { signal: ending.signal, attempt }));
      const outcomes = await Promise.race([sent, late.promise]);
      if (!isListOf(outcomes, items.length)) {
        const found = String((outcomes as { length?: number } | undefined)?.length ?? "no list");
        throw fail(flowErrors, "batch_unanswered", { name, items: items.length, found });
      }
      return outcomes;
    } finally {
      callOff();
    }
  }
}

/** What a user's function answered may be anything. */
const isListOf = (value: unknown, length: number): boolean =>
  Array.isArray(value) && value.length === length;
