/**
 * The commit lane. In prose: callers submit units; units collect while flushes are in flight (no
 * timer: a lone caller waits for nothing). The pump takes what has collected, lets the engine decide
 * it in order in memory, and sends it as one transaction in one round trip. While the database works
 * on that flush, the next is decided on the memory that the first will leave and sent behind it.
 *
 *   confident   up to two flushes in flight, decided ahead. A refusal undoes both, newest first.
 *   careful     the engine doubts its memory: one flush at a time, under the engine's order lock,
 *               with fresh reads. Until the engine is confident again.
 *   recovering  a flush was refused or its connection lost: nothing is sent until it is clear what
 *               happened, the units at fault are answered and the others are back at the front.
 *
 * README.md of this folder tells the rules; this file is their order.
 */
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { PoolClient } from "pg";
import { assert, fail, type Faults, type Logger, noFaults } from "../../base/index.ts";
import { LaneConnection, type Outcome, type RefusedByServer } from "./connection.ts";
import type { LaneEngine } from "./engine.ts";
import { Flush } from "./flush.ts";
import { type Item, Many, Single, type Waiter, type Work } from "./item.ts";
import { laneErrors } from "./lane.errors.ts";
import { type Lease, leaseStatement } from "./lease.ts";
import { LaneQueue } from "./queue.ts";
import { recover } from "./recover.ts";
import { StatementMaker } from "./statements.ts";
import type { FlushStatement, Qualify, SubmitOptions, UnitAnswer } from "./unit.ts";

export interface LaneLimits {
  /** Entries in one flush: past some thousands nothing is gained and latency is lost. */
  readonly flushWeightMax: number;
  /** Entries that may wait; past it submit answers lane.overloaded. */
  readonly queueWeightMax: number;
  readonly deadlineMs: number;
}

export const LANE_LIMITS: LaneLimits = {
  flushWeightMax: 8_192,
  queueWeightMax: 65_536,
  deadlineMs: 30_000,
};

/** The second flush in flight hides the database's work behind ours; a third would only wait. */
const IN_FLIGHT_MAX = 2;
/** Below this a flush is not worth halving to keep two in flight. */
const HALVE_FROM = 256;
const DEADLINE_CHECK_MS = 100;

export interface LaneOptions<Posting, Answer> {
  /** For messages: "book retail", "node rows". */
  readonly name: string;
  readonly qualify: Qualify;
  /** Appended to the names of prepared statements, for schemas other than the default. */
  readonly nameSuffix?: string;
  readonly connect: () => Promise<PoolClient>;
  readonly engine?: LaneEngine<Posting, Answer> | undefined;
  readonly lease?: Lease | undefined;
  readonly limits?: Partial<LaneLimits> | undefined;
  readonly faults?: Faults | undefined;
  readonly log?: Logger | undefined;
  /** Makes a driver's error a coded one. */
  readonly translate: (error: Error) => Error;
}

export interface LaneStats {
  readonly queued: number;
  readonly inFlight: number;
  readonly flushes: number;
  readonly units: number;
  readonly refusedFlushes: number;
  readonly lostConnections: number;
  readonly overloads: number;
}

export class Lane<Posting, Answer> {
  readonly name: string;
  readonly engine: LaneEngine<Posting, Answer> | undefined;
  readonly options: LaneOptions<Posting, Answer>;
  readonly limits: LaneLimits;
  readonly faults: Faults;
  readonly queue = new LaneQueue<Posting, Answer>();
  /** Sent, not answered; oldest first. */
  readonly inFlight: Flush<Posting, Answer>[] = [];
  readonly counts = { flushes: 0, units: 0, refusedFlushes: 0, lostConnections: 0, overloads: 0 };
  connection: LaneConnection | undefined;
  /** Set by recovery while it looks for the one unit that the database can't take. */
  takeMax: number;
  private readonly maker: StatementMaker;
  private pumping: Promise<void> | undefined;
  private failed: Flush<Posting, Answer> | undefined;
  private wake: (() => void) | undefined;
  private closing = false;
  private fencedBy: Error | undefined;
  private deadlineTimer: NodeJS.Timeout | undefined;
  private dueTimer: NodeJS.Timeout | undefined;
  private readonly aloneJobs: (() => Promise<void>)[] = [];

  constructor(options: LaneOptions<Posting, Answer>) {
    this.options = options;
    this.name = options.name;
    this.engine = options.engine;
    this.limits = { ...LANE_LIMITS, ...options.limits };
    this.takeMax = this.limits.flushWeightMax;
    this.faults = options.faults ?? noFaults;
    this.maker = new StatementMaker(options.qualify, options.nameSuffix ?? "");
  }

  /** Submits one unit. Throws (rejects) only what kept it from having an outcome. */
  submit(work: Work<Posting>, options?: SubmitOptions): Promise<UnitAnswer<Answer>> {
    const single = new Single<Answer>();
    this.accept([work], single, options);
    return single.promise;
  }

  /** Submits many independent units; answers in order. */
  submitAll(
    works: readonly Work<Posting>[],
    options?: SubmitOptions,
  ): Promise<readonly UnitAnswer<Answer>[]> {
    const many = new Many<Answer>(works.length);
    this.accept(works, many, options);
    return many.promise;
  }

  stats(): LaneStats {
    return { queued: this.queue.weight, inFlight: this.inFlight.length, ...this.counts };
  }

  /** Answers what was accepted, then gives the connection back. */
  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.dueTimer);
    while (this.pumping !== undefined) await this.pumping;
    clearTimeout(this.deadlineTimer);
    this.connection?.release();
    this.connection = undefined;
  }

  /**
   * Gives `work` the engine alone, between two flushes: nothing is in flight, nothing is decided
   * meanwhile. The slow form of a unit and nothing else needs it.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.aloneJobs.push(() => work().then(resolve, reject));
      this.start();
    });
  }

  private accept(
    works: readonly Work<Posting>[],
    waiter: Waiter<Answer>,
    options: SubmitOptions | undefined,
  ): void {
    const deadlineAt = performance.now() + (options?.deadlineMs ?? this.limits.deadlineMs);
    for (let index = 0; index < works.length; index++) {
      const work = works[index];
      if (work !== undefined) this.acceptOne(work, waiter, index, deadlineAt);
    }
    this.start();
  }

  private acceptOne(work: Work<Posting>, waiter: Waiter<Answer>, index: number, deadlineAt: number) {
    const { posting } = work;
    const weight = posting === undefined || !this.engine ? 1 : this.engine.weight(posting);
    const refusal = this.refusalFor(work.key, weight);
    if (refusal !== undefined) return waiter.failed(index, refusal);
    const { key, guards, writes, context } = work;
    this.queue.push({
      key, posting, guards, writes, context, waiter, index, weight, deadlineAt, done: false, retries: 0,
    });
  }

  private refusalFor(key: string, weight: number): Error | undefined {
    if (this.fencedBy !== undefined) return this.fencedBy;
    if (this.closing) return fail(laneErrors, "closed", { lane: this.name });
    if (weight > this.limits.flushWeightMax) {
      return fail(laneErrors, "unit_too_large", { key, weight, max: this.limits.flushWeightMax });
    }
    const queued = this.queue.weight;
    if (queued + weight <= this.limits.queueWeightMax) return undefined;
    this.counts.overloads += 1;
    // A full queue drains in about as many flushes as fit into it; 50 ms each is a busy database.
    const retryAfterMs = Math.ceil((queued / this.limits.flushWeightMax) * 50);
    return fail(laneErrors, "overloaded", {
      lane: this.name, queued, max: this.limits.queueWeightMax, retryAfterMs,
    });
  }

  /** Starts the pump unless it runs. Idempotent, and the only way it is started. */
  private start(): void {
    if (this.queue.length > 0) this.watchDeadlines();
    if (this.pumping !== undefined) return this.wake?.();
    if (!this.hasWork()) return this.watchDue();
    this.pumping = this.pump().finally(() => {
      this.pumping = undefined;
      if (this.hasWork()) this.start();
      else this.watchDue();
    });
  }

  private async pump(): Promise<void> {
    // Let everybody who was just answered or woken submit before the flush is taken.
    await nextTurn();
    while (this.hasWork() || this.inFlight.length > 0) {
      if (this.failed !== undefined) await this.recover();
      else if (this.aloneJobs.length > 0 && this.inFlight.length === 0) await this.aloneJobs.shift()?.();
      else if (this.mustWait()) await this.untilSomethingSettles();
      else if (await this.ensureConnected()) await this.flushOnce();
      await nextTurn();
    }
  }

  private hasWork(): boolean {
    return this.queue.length > 0 || this.aloneJobs.length > 0 || this.isDue();
  }

  private mustWait(): boolean {
    if (this.aloneJobs.length > 0 || !this.hasWork()) return true;
    const ahead = this.engine === undefined || this.engine.confident;
    const max = ahead && this.takeMax === this.limits.flushWeightMax ? IN_FLIGHT_MAX : 1;
    return this.inFlight.length >= max;
  }

  private async flushOnce(): Promise<void> {
    const flush = new Flush<Posting, Answer>(this.take());
    if (flush.items.length === 0 && !this.isDue()) return;
    if (this.engine === undefined || this.engine.confident) await this.flushAhead(flush);
    else await this.flushCarefully(flush);
  }

  /** Decides on memory and sends in one round trip, without waiting for the answer. */
  private async flushAhead(flush: Flush<Posting, Answer>): Promise<void> {
    const { connection } = this;
    assert(connection !== undefined, "a flush needs a connection");
    const decided = await this.decide(flush, connection);
    flush.batch = this.engine?.seal();
    if (!decided) {
      // Something before this flush failed while it was being decided: it never existed.
      flush.batch?.undo();
      this.queue.unshiftAll(flush.items);
      return;
    }
    await this.faults.at("lane.before_send");
    this.sent(flush, connection.transaction(this.statements(flush)));
    await this.faults.at("lane.after_send");
  }

  /** Takes the order lock first, then decides on fresh reads, writes and commits. */
  private async flushCarefully(flush: Flush<Posting, Answer>): Promise<void> {
    const { connection, engine } = this;
    assert(connection !== undefined && engine !== undefined, "careful needs an engine");
    try {
      await connection.begin();
      await engine.refresh(connection);
      await this.faults.at("lane.lock_held");
      await this.decide(flush, connection);
    } catch (error) {
      // Nothing was written: whatever it was, these units did not happen.
      engine.seal().undo();
      engine.forget();
      await connection.rollback();
      this.sent(flush, Promise.resolve({ kind: "nothing", error: error as RefusedByServer }));
      return;
    }
    flush.batch = engine.seal();
    this.sent(flush, connection.commit(this.statements(flush)));
    await this.faults.at("lane.after_send");
  }

  /** Decides every unit in order. False when an earlier flush failed while this one was reading. */
  private async decide(flush: Flush<Posting, Answer>, connection: LaneConnection): Promise<boolean> {
    const { engine } = this;
    if (engine === undefined) return true;
    engine.open();
    const { items, decided } = flush;
    for (let ordinal = 0; ordinal < items.length; ) {
      const item = items[ordinal];
      const { posting } = item ?? {};
      const answer = posting === undefined ? undefined : engine.decide(posting, item?.context);
      if (posting !== undefined && answer === undefined) {
        if (!(await this.load(items.slice(ordinal), connection))) return false;
        continue;
      }
      decided.push(answer);
      ordinal += 1;
    }
    return true;
  }

  private async load(items: readonly Item<Posting, Answer>[], connection: LaneConnection) {
    const postings: Posting[] = [];
    for (const { posting } of items) if (posting !== undefined) postings.push(posting);
    try {
      await this.engine?.load(postings, connection);
    } catch (error) {
      if (this.inFlight.length === 0) throw error;
      return false;
    }
    return this.failed === undefined;
  }

  private statements(flush: Flush<Posting, Answer>): FlushStatement[] {
    const lease = this.options.lease && leaseStatement(this.options.lease, this.options);
    const rooms = flush.hasRows ? this.maker.make(flush.carried()) : { guards: [], writes: [] };
    return [
      ...(lease ? [lease] : []),
      ...(flush.batch?.opening ?? []),
      ...rooms.guards,
      ...(flush.batch?.writing ?? []),
      ...rooms.writes,
    ];
  }

  private sent(flush: Flush<Posting, Answer>, outcome: Promise<Outcome>) {
    flush.outcome = outcome;
    this.inFlight.push(flush);
    this.counts.flushes += 1;
    void outcome.then((each) => {
      if (each.kind === "committed" && this.failed === undefined) this.settle(flush, each.rows);
      else this.failed ??= flush;
      this.wake?.();
    });
  }

  /** The oldest flush in flight is committed. */
  settle(
    flush: Flush<Posting, Answer>,
    rows: readonly (readonly (readonly (string | null)[])[])[],
  ): void {
    assert(this.inFlight[0] === flush, "flushes settle in the order sent");
    this.inFlight.shift();
    const openings = flush.batch?.opening.length ?? 0;
    const leases = this.options.lease ? 1 : 0;
    flush.batch?.settle(rows[leases + openings - 1]?.[0]);
    this.counts.units += flush.items.length;
    flush.answerAll();
  }

  private async recover(): Promise<void> {
    const outcomes = await Promise.all(this.inFlight.map((each) => each.outcome));
    await recover(this, outcomes);
    this.failed = undefined;
  }

  /** Units for one flush: not past the limit, not two with the same guarded row, nobody too late. */
  private take(): Item<Posting, Answer>[] {
    const items: Item<Posting, Answer>[] = [];
    const later: Item<Posting, Answer>[] = [];
    const guarded = new Set<string>();
    const max = this.takeWeight();
    let weight = 0;
    for (let next = this.queue.peek(); next !== undefined; next = this.queue.peek()) {
      if (items.length > 0 && weight + next.weight > max) break;
      this.queue.shift();
      if (next.done || this.dropIfLate(next)) continue;
      if (!claimGuards(next, guarded)) later.push(next);
      else {
        items.push(next);
        weight += next.weight;
      }
    }
    if (later.length > 0) this.queue.unshiftAll(later);
    return items;
  }

  /** With nothing in flight, half of a full queue: so that the other half can go behind it. */
  private takeWeight(): number {
    const { weight } = this.queue;
    const ahead = this.inFlight.length === 0 && (this.engine?.confident ?? true);
    const half = ahead && weight >= HALVE_FROM ? Math.ceil(weight / 2) : weight;
    return Math.min(half, this.takeMax);
  }

  private dropIfLate(item: Item<Posting, Answer>): boolean {
    if (item.deadlineAt > performance.now()) return false;
    item.done = true;
    item.waiter.failed(item.index, fail(laneErrors, "deadline_passed", { key: item.key }));
    return true;
  }

  private async ensureConnected(): Promise<boolean> {
    if (this.connection !== undefined && this.connection.lost === undefined) return true;
    if (this.inFlight.length > 0) {
      this.failed ??= this.inFlight[0];
      return false;
    }
    await this.reconnect();
    return this.connection !== undefined;
  }

  /** A new connection, or after a failure a short pause: the deadlines of those who wait go on. */
  async reconnect(): Promise<void> {
    this.connection?.release();
    this.connection = undefined;
    try {
      this.connection = new LaneConnection(await this.options.connect());
      this.engine?.forget();
    } catch (error) {
      this.options.log?.warn({ lane: this.name, error }, "the lane can't connect");
      this.failIfHopeless(this.options.translate(error as Error));
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 200));
    }
  }

  /** While nothing is known to be in doubt, those who wait are told at once that nobody is there. */
  private failIfHopeless(error: Error): void {
    if (this.inFlight.length > 0) return;
    this.queue.removeWhere((item) => {
      item.done = true;
      item.waiter.failed(item.index, error);
      return true;
    });
  }

  fenced(error: Error): void {
    this.fencedBy = error;
    this.failIfHopeless(error);
  }

  private untilSomethingSettles(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = undefined;
        resolve();
      };
    });
  }

  private isDue(): boolean {
    if (this.closing) return false;
    const at = this.engine?.dueAt();
    return at !== undefined && at <= Date.now();
  }

  private watchDue(): void {
    clearTimeout(this.dueTimer);
    const at = this.engine?.dueAt();
    if (at === undefined || this.closing) return;
    const inMs = Math.min(Math.max(at - Date.now(), 1), 60_000);
    this.dueTimer = setTimeout(() => this.start(), inMs);
    this.dueTimer.unref();
  }

  /** Runs only while somebody waits. */
  private watchDeadlines(): void {
    this.deadlineTimer ??= setTimeout(() => {
      this.deadlineTimer = undefined;
      this.checkDeadlines();
      if (this.queue.length > 0 || this.inFlight.length > 0) this.watchDeadlines();
    }, DEADLINE_CHECK_MS);
  }

  private checkDeadlines(): void {
    this.queue.removeWhere((item) => item.done || this.dropIfLate(item));
    const now = performance.now();
    for (const flush of this.inFlight) {
      for (const item of flush.items) {
        if (item.done || item.deadlineAt > now) continue;
        item.done = true;
        const error = fail(laneErrors, "outcome_unknown", { key: item.key });
        item.waiter.failed(item.index, error);
      }
    }
  }
}

function claimGuards(item: Item<unknown, unknown>, guarded: Set<string>): boolean {
  if (item.guards.length === 0) return true;
  const keys = item.guards.map(({ guard, item: arg }) => `${guard.label} ${guard.key(arg as never)}`);
  if (keys.some((key) => guarded.has(key))) return false;
  for (const key of keys) guarded.add(key);
  return true;
}
