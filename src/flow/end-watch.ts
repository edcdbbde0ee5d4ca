/** Waiting for ends of runs: of those here in memory, of all others by one question for all that wait. */
import { fail } from "../base/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { decodePayload } from "./codec.ts";
import type { Ended } from "./drive.ts";
import { endOf } from "./ears.ts";
import { flowErrors } from "./flow.errors.ts";
import { readEnds } from "./flow.sql.ts";
import type { FlowNode } from "./node.ts";
import { showRunId } from "./run-id.ts";
import { Outcome } from "./state.ts";
import { errorOf } from "./steps/answer-record.ts";

const RESULT_TIMEOUT_MS = 300_000;
const LOOK_MIN_MS = 50;
const LOOK_MAX_MS = 1_000;
const RUNS_MAX = 1_000;

interface Waiting {
  readonly resolve: (ended: Ended) => void;
}

export class EndWatch {
  private readonly node: FlowNode;
  private readonly waiting = new Map<bigint, Set<Waiting>>();
  private timer: NodeJS.Timeout | undefined;
  private pauseMs = LOOK_MIN_MS;

  constructor(node: FlowNode) {
    this.node = node;
  }

  async result(runId: bigint, timeoutMs = RESULT_TIMEOUT_MS): Promise<unknown> {
    const driven = await this.inTime(runId, this.node.drivenOf(runId), timeoutMs);
    const ended =
      driven !== undefined && "ended" in driven
        ? driven.ended
        : await this.inTime(runId, this.elsewhere(runId), timeoutMs);
    return answer(runId, ended);
  }

  close(): void {
    clearTimeout(this.timer);
    this.waiting.clear();
  }

  private async inTime<T>(runId: bigint, work: Promise<T> | undefined, timeoutMs: number) {
    if (work === undefined) return undefined;
    const late = Promise.withResolvers<never>();
    const run = showRunId(runId);
    const timer = setTimeout(
      () => late.reject(fail(flowErrors, "still_running", { run, timeoutMs })),
      timeoutMs,
    );
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** In the tables, or on this node in another life. */
  private elsewhere(runId: bigint): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const all = this.waiting.get(runId) ?? new Set<Waiting>();
    this.waiting.set(runId, all);
    all.add({ resolve });
    this.pauseMs = LOOK_MIN_MS;
    const ear = this.node.ears.listen(endOf(runId));
    void ear.heard.then(() => this.lookIn(0));
    void promise.then(() => ear.stop());
    this.lookIn(0);
    return promise;
  }

  private lookIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), ms);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const runs = [...this.waiting.keys()].slice(0, RUNS_MAX);
    if (runs.length === 0) return;
    const rows = await this.node.input.database.run(readEnds, { runs }).catch(() => []);
    for (const row of rows) this.settle(row);
    this.pauseMs = rows.length > 0 ? LOOK_MIN_MS : Math.min(this.pauseMs * 1.5, LOOK_MAX_MS);
    // Those that were looked for in vain come last the next time.
    for (const runId of runs) {
      const all = this.waiting.get(runId);
      if (all === undefined) continue;
      this.waiting.delete(runId);
      this.waiting.set(runId, all);
    }
    if (this.waiting.size > 0) this.lookIn(this.pauseMs);
  }

  private settle({ runId, outcome, result }: RowIn<typeof readEnds>): void {
    for (const { resolve } of this.waiting.get(runId) ?? []) resolve({ outcome, result });
    this.waiting.delete(runId);
  }
}

function answer(runId: bigint, ended: Ended | undefined): unknown {
  if (ended?.outcome === Outcome.done) return decodePayload(ended.result);
  if (ended?.outcome === Outcome.cancelled) {
    throw fail(flowErrors, "run_cancelled", { run: showRunId(runId) });
  }
  throw errorOf(ended?.result ?? null);
}
