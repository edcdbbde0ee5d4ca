/**
 * The queue of one task on one node: what waits for a slot, what runs, what pauses between two attempts. In
 * prose: tasks come in from starts here and from claims, as many as there is room for; each waits for a slot,
 * its handler is called, and what comes of it is committed beside the next ones. A slot is free again when its
 * handler has answered, or its time is over: a handler that goes on after that is not heard, and is counted as
 * a stray.
 */
import { fail, type Logger } from "../../base/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { Call, type Came } from "./call.ts";
import type { Task } from "./define-task.ts";
import type { TaskEntry } from "./entry.ts";
import { LowWater } from "./low-water.ts";
import type { TaskPolicy } from "./policy.ts";

/** Beyond its slots a queue takes what it will have begun within this time, by what handlers took lately. */
const AHEAD_MS = 100;
const AHEAD_MAX = 1_000;
/** So many ends that are not committed yet: nothing more is taken until some are. */
const ENDING_MAX = 5_000;
const SWEEP_MIN_MS = 5;
const SWEEP_MAX_MS = 1_000;
const STRAYS_TOLD = 10;

export interface QueueInput {
  readonly task: Task<never, unknown>;
  readonly flow: number;
  readonly log: Logger;
  /** What came of a task's attempt. */
  readonly onCame: (queue: TaskQueue, entry: TaskEntry, came: Came) => void;
  readonly onSaid: (entry: TaskEntry) => void;
  /** There is room, and there may be more in the table. */
  readonly onRoom: () => void;
}

export interface QueueStats {
  readonly task: string;
  readonly version: number;
  readonly concurrency: number;
  /** Calls of handlers under way. */
  readonly running: number;
  /** In memory, without a slot. */
  readonly waiting: number;
  /** Handlers that were given up and have not answered since. */
  readonly strays: number;
}

export class TaskQueue {
  readonly policy: TaskPolicy;
  readonly flow: number;
  readonly task: Task<never, unknown>;
  /** More of them stood in the table than were taken. */
  backlog = false;
  /** Starts and claims whose rows are under way. */
  coming = 0;
  pausing = 0;
  ending = 0;
  stopped = false;
  readonly lowWater = new LowWater();
  strays = 0;
  private readonly input: QueueInput;
  private readonly calls = new Set<Call>();
  private waiting: TaskEntry[] = [];
  private firstOf = 0;
  private runningTasks = 0;
  private tookMs: number | undefined;
  private demanding: Promise<void> | undefined;
  private batchTimer: NodeJS.Timeout | undefined;
  private sweepTimer: NodeJS.Timeout | undefined;

  constructor(input: QueueInput) {
    this.input = input;
    this.task = input.task;
    this.policy = input.task.task;
    this.flow = input.flow;
  }

  get size(): number {
    return this.waiting.length - this.firstOf;
  }

  private get perCall(): number {
    return this.policy.batch?.size ?? 1;
  }

  private get slots(): number {
    return this.policy.concurrency * this.perCall;
  }

  /** How many more it takes. */
  get room(): number {
    if (this.stopped || this.ending > ENDING_MAX) return 0;
    const { slots } = this;
    return Math.max(0, slots + this.ahead(slots) - this.size - this.runningTasks - this.coming);
  }

  /** One that is started here may run here: nobody waits before it in the table, and there is room. */
  get takes(): boolean {
    return !this.backlog && this.room > 0;
  }

  private ahead(slots: number): number {
    if (this.tookMs === undefined) return 0;
    return Math.min(AHEAD_MAX, Math.floor((slots * AHEAD_MS) / Math.max(this.tookMs, 0.1)));
  }

  stats(): QueueStats {
    const { name, version } = this.task;
    const { concurrency } = this.policy;
    const counts = { running: this.calls.size, waiting: this.size, strays: this.strays };
    return { task: name, version, concurrency, ...counts };
  }

  add(entry: TaskEntry): void {
    entry.phase = "waiting";
    this.waiting.push(entry);
    this.pump(false);
  }

  /** Past the lease nothing is begun: until it is known again what waits waits, or is forgotten. */
  private mustWait(): boolean {
    const session = this.waiting[this.firstOf]?.session;
    if (session === undefined || session.kept.leftMs() > 0) return false;
    this.demanding ??= session
      .demandLease()
      // Over: what waits of that session is not ours any more, and goes with it.
      .catch(() => undefined)
      .then(() => {
        this.demanding = undefined;
        if (!session.signal.aborted) this.pump(false);
      });
    return true;
  }

  /** Begins what has a slot. A batch that is not full waits for others, unless its time has come. */
  private pump(isDue: boolean): void {
    const { concurrency, batch } = this.policy;
    let due = isDue;
    while (!this.stopped && this.calls.size < concurrency && this.size > 0) {
      if (this.mustWait()) return;
      if (batch !== undefined && this.size < batch.size && !due && batch.waitMs > 0) {
        this.batchTimer ??= setTimeout(() => {
          this.batchTimer = undefined;
          this.pump(true);
        }, batch.waitMs);
        return;
      }
      due = false;
      this.begin(this.take(this.perCall));
    }
    const isLow = this.size * 2 <= this.ahead(this.slots);
    if (this.backlog && isLow && this.room > 0) this.input.onRoom();
  }

  private take(most: number): TaskEntry[] {
    const taken = this.waiting.slice(this.firstOf, this.firstOf + most);
    this.firstOf += taken.length;
    if (this.firstOf === this.waiting.length) {
      this.waiting = [];
      this.firstOf = 0;
    } else if (this.firstOf > 10_000) {
      this.waiting = this.waiting.slice(this.firstOf);
      this.firstOf = 0;
    }
    return taken;
  }

  private begin(entries: readonly TaskEntry[]): void {
    const { policy, input } = this;
    const call = new Call({ entries, policy, log: input.log, onSaid: input.onSaid });
    for (const entry of entries) entry.phase = "running";
    this.calls.add(call);
    this.runningTasks += entries.length;
    void this.run(call);
    this.sweepTimer ??= this.sweepLater();
  }

  private async run(call: Call): Promise<void> {
    let came: readonly Came[];
    try {
      came = await call.run();
    } catch (error) {
      came = call.entries.map(() => ({ error }));
    }
    if (call.over) {
      this.strays -= 1;
      return;
    }
    const tookMs = performance.now() - call.beganAt;
    this.tookMs = this.tookMs === undefined ? tookMs : this.tookMs * 0.9 + tookMs * 0.1;
    this.close(call, came);
  }

  /** The slot is free; what came of its tasks goes its way. */
  private close(call: Call, came: readonly Came[]): void {
    call.over = true;
    this.calls.delete(call);
    this.runningTasks -= call.entries.length;
    for (const [nth, entry] of call.entries.entries()) {
      const one = came[nth];
      if (one !== undefined && entry.phase === "running") this.input.onCame(this, entry, one);
    }
    this.pump(false);
  }

  /** Calls end in about the order in which their time is over: the oldest are looked at. */
  private sweepLater(): NodeJS.Timeout {
    const everyMs = Math.min(Math.max(this.policy.timeoutMs / 4, SWEEP_MIN_MS), SWEEP_MAX_MS);
    return setTimeout(() => {
      this.sweepTimer = undefined;
      const before = performance.now() - this.policy.timeoutMs;
      for (const call of this.calls) {
        if (call.beganAt > before) break;
        this.giveUp(call);
      }
      if (this.calls.size > 0) this.sweepTimer ??= this.sweepLater();
    }, everyMs);
  }

  private giveUp(call: Call): void {
    const { name } = this.task;
    const { timeoutMs } = this.policy;
    const error = fail(flowErrors, "task_timed_out", { task: name, timeoutMs });
    this.leave(call, error);
    this.close(
      call,
      call.entries.map(() => ({ error })),
    );
  }

  /** Its handler may go on; nobody hears it. */
  private leave(call: Call, reason: unknown): void {
    this.strays += 1;
    call.over = true;
    call.abort(reason);
    if (this.strays % STRAYS_TOLD === 1) {
      const { name: task } = this.task;
      const { strays } = this;
      this.input.log.warn({ task, strays }, "handlers go on after they were given up");
    }
  }

  /** A task that is in here is to be cancelled. Answers whether that needs nobody else. */
  cancel(entry: TaskEntry, reason: unknown): boolean {
    if (entry.phase === "waiting") return this.drop(entry);
    if (entry.phase !== "running") return false;
    const call = this.callOf(entry);
    // In a batch its neighbours go on, and it is cancelled when the call is over.
    if (call === undefined || call.entries.length > 1) return false;
    this.leave(call, reason);
    this.close(call, [{ error: reason }]);
    return true;
  }

  private callOf(entry: TaskEntry): Call | undefined {
    for (const call of this.calls) if (call.entries.includes(entry)) return call;
    return undefined;
  }

  private drop(entry: TaskEntry): boolean {
    const at = this.waiting.indexOf(entry, this.firstOf);
    if (at < 0) return false;
    this.waiting.splice(at, 1);
    return true;
  }

  /** The node has lost its lease: nobody hears what handlers still do. */
  forget(lost: (entry: TaskEntry) => boolean, reason: unknown): void {
    for (const call of this.calls) {
      if (!call.entries.every(lost)) continue;
      this.leave(call, reason);
      this.calls.delete(call);
      this.runningTasks -= call.entries.length;
    }
    this.waiting = this.waiting.slice(this.firstOf).filter((entry) => !lost(entry));
    this.firstOf = 0;
    this.pump(false);
  }

  /** One that paused between two attempts is gone. */
  leavePause(): void {
    this.pausing -= 1;
  }

  /** Nothing more is begun. Answers what waits. */
  stop(): readonly TaskEntry[] {
    this.stopped = true;
    clearTimeout(this.batchTimer);
    return this.take(this.size);
  }

  /** Who runs is told that nobody waits for it any more. */
  abandon(reason: unknown): void {
    clearTimeout(this.sweepTimer);
    for (const call of this.calls) call.abort(reason);
  }
}
