/** Waiting for ends of runs: of those here in memory, of all others by one question for all that wait. */
import { fail, type LongmenError } from "../base/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { decodePayload } from "./codec.ts";
import type { Ended } from "./drive.ts";
import { endOf } from "./ears.ts";
import { flowErrors } from "./flow.errors.ts";
import { daysMissing, readEnds } from "./flow.sql.ts";
import { after } from "./long-timer.ts";
import type { FlowNode } from "./node.ts";
import { DAY_MS, instantOf, showRunId, tableOfDay } from "./run-id.ts";
import { Outcome } from "./state.ts";
import { errorOf } from "./steps/answer-record.ts";

const RESULT_TIMEOUT_MS = 300_000;
const LOOK_MIN_MS = 50;
const LOOK_MAX_MS = 1_000;
const RUNS_MAX = 1_000;

export interface ResultOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly resolve: (ended: Ended) => void;
}

/** Ends a wait that took too long, or that nobody is interested in any more. */
interface Limit {
  readonly over: Promise<never>;
}

export class EndWatch {
  private readonly node: FlowNode;
  private readonly waiting = new Map<bigint, Set<Waiting>>();
  private readonly pending = new Set<(reason: LongmenError) => void>();
  private timer: NodeJS.Timeout | undefined;
  private pauseMs = LOOK_MIN_MS;

  constructor(node: FlowNode) {
    this.node = node;
  }

  /** Refuses: flow.still_running, flow.run_forgotten, flow.wait_malformed, flow.closed; and the signal's reason. */
  async result(
    runId: bigint,
    { timeoutMs = RESULT_TIMEOUT_MS, signal }: ResultOptions = {},
  ): Promise<unknown> {
    signal?.throwIfAborted();
    const { promise: over, reject } = Promise.withResolvers<never>();
    const run = showRunId(runId);
    const late = () => reject(fail(flowErrors, "still_running", { run, timeoutMs }));
    if (!(timeoutMs >= 0)) {
      throw fail(flowErrors, "wait_malformed", { step: run, forMs: String(timeoutMs) });
    }
    const callOff = after(timeoutMs, late);
    const onAbort = () => reject(signal?.reason);
    this.pending.add(reject);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return answer(runId, await this.endOf(runId, { over }));
    } finally {
      callOff();
      this.pending.delete(reject);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  private async endOf(runId: bigint, { over }: Limit): Promise<Ended> {
    const driving = this.node.drivenOf(runId);
    const driven = driving && (await Promise.race([driving, over]));
    if (driven !== undefined && "ended" in driven) return driven.ended;
    await this.demandKept(runId);
    return this.elsewhere(runId, over);
  }

  /** What was dropped with its day has no end to be waited for. Days of less than that are there. */
  private async demandKept(runId: bigint): Promise<void> {
    const { database } = this.node.input;
    // This machine's clock only says whether it is worth while to ask.
    if (Date.now() - instantOf(runId) < 2 * DAY_MS) return;
    const name = `${database.schema}.${tableOfDay("flow_end", runId)}`;
    const known = await database.one(daysMissing, { name }).catch(() => undefined);
    if (known?.missing === true) throw fail(flowErrors, "run_forgotten", { run: showRunId(runId) });
  }

  /** Who still waits is told that nobody looks any more: flow.closed. */
  close(): void {
    clearTimeout(this.timer);
    this.waiting.clear();
    const closed = fail(flowErrors, "closed", { node: this.node.input.node });
    for (const reject of this.pending) reject(closed);
  }

  /** In the tables, or on this node in another life. */
  private async elsewhere(runId: bigint, over: Promise<never>): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const all = this.waiting.get(runId) ?? new Set<Waiting>();
    this.waiting.set(runId, all);
    const waiting = { resolve };
    all.add(waiting);
    this.pauseMs = LOOK_MIN_MS;
    const ear = this.node.ears.listen(endOf(runId));
    void ear.heard.then(() => this.lookIn(0));
    this.lookIn(0);
    try {
      return await Promise.race([promise, over]);
    } finally {
      ear.stop();
      all.delete(waiting);
      // Nobody asks for a run any more that nobody waits for.
      if (all.size === 0 && this.waiting.get(runId) === all) this.waiting.delete(runId);
    }
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

function answer(runId: bigint, ended: Ended): unknown {
  if (ended.outcome === Outcome.done) return decodePayload(ended.result);
  if (ended.outcome === Outcome.cancelled) {
    throw fail(flowErrors, "run_cancelled", { run: showRunId(runId) });
  }
  throw errorOf(ended.result);
}
