/**
 * The commit lane. In prose: callers submit units; units collect while flushes are in flight (no
 * timer: a lone caller waits for nothing). The pump takes what has collected, lets the engine decide
 * it in order in memory, and sends it as one transaction in one round trip. While the database works
 * on that flush, the next is decided on the memory that the first will leave and sent behind it.
 *
 *   ahead       up to two flushes in flight, decided on memory. A refusal undoes both, newest first.
 *   careful     the engine doubts its memory: one flush at a time, under the engine's order lock,
 *               with fresh reads. Until the engine is confident again.
 *   recovering  a flush was refused or its connection lost: nothing is sent until it is clear what
 *               happened, the units at fault are answered and the others are back at the front.
 * README.md of this folder tells the rules; this file is their order.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { assert, fail, faultPoint, type Faults, histogram, noFaults } from "../../base/index.ts";
import { checkout } from "../database.ts";
import type { Transaction, TransactionOptions } from "../transaction.ts";
import { translateDatabaseError } from "../translate.ts";
import { firstCheck, leaseCheck } from "./admission.ts";
import { AloneJobs, asking, converse } from "./alone.ts";
import { LaneConnection, type Outcome, type WireRow } from "./connection.ts";
import { decideFlush } from "./decide-flush.ts";
import type { LaneEngine } from "./engine.ts";
import { Flush } from "./flush.ts";
import { Intake, LANE_LIMITS } from "./intake.ts";
import { failItem, failUnknown, Many, Single, type Work } from "./item.ts";
import { laneErrors } from "./lane.errors.ts";
import { FLUSH_SECONDS, type LaneOptions, type LaneStats } from "./lane-options.ts";
import { connectOutage, type Outage } from "./outage.ts";
import { type Recovering, recover } from "./recover.ts";
import { Seat } from "./seats.ts";
import { StatementMaker } from "./statements.ts";
import { Strays } from "./strays.ts";
import type { FlushStatement, SubmitOptions, UnitAnswer } from "./unit.ts";

const beforeSend = faultPoint("lane.before_send", "a flush is decided and about to be sent");
const afterSend = faultPoint("lane.after_send", "a flush was sent, its answer not read");
const lockHeld = faultPoint("lane.lock_held", "a careful flush holds the order lock");
const committed = faultPoint("lane.committed", "a flush is committed, nobody has been told");

/** The second flush in flight hides the database's work behind ours; a third would only wait. */
const IN_FLIGHT_MAX = 2;
/** Below this a flush is not worth halving to keep two in flight (decision 0142). */
const HALVE_FROM = 16;
const DEADLINE_CHECK_MS = 100;
const DUE_CHECK_MAX_MS = 60_000;
/** A lane without work gives its connection back after this long: books outnumber connections. */
const IDLE_RELEASE_MS = 5_000;
/** And after this long more its engine's memory. */
const IDLE_REST_MS = 60_000;
const RECONNECT_PAUSE_MS = 50;
const RECONNECT_JITTER_MS = 200;

export class Lane<Posting, Answer> implements Recovering<Posting, Answer> {
  readonly options: LaneOptions<Posting, Answer>;
  readonly engine: LaneEngine<Posting, Answer> | undefined;
  readonly intake: Intake<Posting, Answer>;
  /** Sent, not answered; oldest first. */
  readonly inFlight: Flush<Posting, Answer>[] = [];
  /** Taken from the queue, not sent: it may be waiting for a read. */
  private deciding: Flush<Posting, Answer> | undefined;
  readonly counts = { flushes: 0, units: 0, refusedFlushes: 0, lostConnections: 0 };
  private readonly flushTimes = histogram(FLUSH_SECONDS);
  connection: LaneConnection | undefined;
  /** Less than the limit while recovery looks for the one unit that the database can't take. */
  takeMax: number;
  private readonly strays: Strays;
  private readonly seat: Seat;
  private readonly outage: Outage;
  private readonly faults: Faults;
  private readonly maker: StatementMaker;
  private readonly aloneJobs = new AloneJobs();
  private pumping: Promise<void> | undefined;
  /** A connection is being made; jobs that run alone need none, and may hold what it waits for. */
  private connecting: Promise<void> | undefined;
  /** A flush did not come back committed, and recovery has not seen to it yet. */
  failed = false;
  /** Thrown where nobody could catch it; the pump breaks down on it. */
  private broken: Error | undefined;
  private wake: (() => void) | undefined;
  private poked = false;
  private deadlineTimer: NodeJS.Timeout | undefined;
  private dueTimer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;

  constructor(options: LaneOptions<Posting, Answer>) {
    const limits = { ...LANE_LIMITS, ...options.limits };
    const { engine } = options;
    this.options = options;
    this.engine = engine;
    this.intake = new Intake(options.name, limits, (posting) => engine?.weight(posting) ?? 1);
    this.takeMax = limits.flushWeightMax;
    this.strays = new Strays(options.log);
    this.outage = connectOutage(options);
    this.seat = new Seat(options.database, () => this.makeRoom());
    this.faults = options.faults ?? noFaults;
    this.maker = new StatementMaker(options.database.schema);
  }

  /** Submits one unit. Rejects only with what kept it from having an outcome. */
  submit(work: Work<Posting>, options?: SubmitOptions): Promise<UnitAnswer<Answer>> {
    const single = new Single<Answer>();
    this.intake.accept([work], single, options?.deadlineMs);
    this.start();
    return single.promise;
  }

  /** Submits many independent units; answers in order. */
  submitAll(
    works: readonly Work<Posting>[],
    options?: SubmitOptions,
  ): Promise<readonly UnitAnswer<Answer>[]> {
    const many = new Many<Answer>(works.length);
    this.intake.accept(works, many, options?.deadlineMs);
    this.start();
    return many.promise;
  }

  /**
   * Gives `work` the engine alone, between two flushes: nothing is in flight, nothing is decided
   * meanwhile. For the slow form of a unit, and for who must see what is committed.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.aloneJobs.add(work);
    this.start();
    return done;
  }

  /** A transaction for such a job; a silent wire doesn't keep it for ever. */
  converse<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return converse(this.options.database, this.intake.limits, work, options);
  }

  /** Makes the lane look in the database for what falls due, without a caller. */
  poke(): void {
    this.poked = true;
    this.engine?.suspect();
    this.start();
  }

  stats(): LaneStats {
    const { queue, overloads } = this.intake;
    const inFlight = this.inFlight.length;
    const flushSeconds = this.flushTimes.read();
    return { queued: queue.weight, inFlight, ...this.counts, overloads, flushSeconds };
  }

  /** Answers what was accepted, then gives the connection back. */
  async close(): Promise<void> {
    this.intake.refusal ??= fail(laneErrors, "closed", { lane: this.options.name });
    clearTimeout(this.dueTimer);
    while (this.pumping !== undefined) await this.pumping;
    clearTimeout(this.deadlineTimer);
    clearTimeout(this.idleTimer);
    this.letGo();
  }

  /** Gives the connection back, and makes room for another lane. */
  private letGo(): void {
    this.disconnect();
    this.seat.leave();
  }

  private disconnect(): void {
    const { connection } = this;
    if (connection === undefined) return;
    if (connection.lost !== undefined) this.strays.add(connection.backend);
    connection.release();
    this.connection = undefined;
  }

  /** Another lane waits for a connection. */
  private makeRoom(): void {
    if (this.connecting !== undefined) return;
    if (this.pumping === undefined || this.aloneJobs.isRunning) this.letGo();
  }

  /**
   * Ends what may still be at work behind wires that broke. False: it can't be ended, and may commit
   * what it was sent. For jobs that run alone.
   */
  endStrays(): Promise<boolean> {
    if (this.connection?.lost !== undefined) this.disconnect();
    return this.strays.end(asking(this.options.database, this.intake.limits));
  }

  /** Starts the pump; one that runs is woken, unless it must wait. The only way it is started. */
  private start(): void {
    if (this.intake.queue.length > 0) this.watchDeadlines();
    if (this.pumping !== undefined) return this.mustWait() ? undefined : this.wake?.();
    if (!this.hasWork()) return this.watchDue();
    clearTimeout(this.idleTimer);
    this.pumping = this.pump().finally(() => {
      this.pumping = undefined;
      if (this.hasWork()) return this.start();
      this.watchDue();
      this.whenIdle(this.seat.isWanted ? 0 : IDLE_RELEASE_MS, () => {
        this.letGo();
        this.whenIdle(IDLE_REST_MS, () => this.engine?.rest());
      });
    });
  }

  private whenIdle(afterMs: number, act: () => void): void {
    this.idleTimer = setTimeout(act, afterMs);
    this.idleTimer.unref();
  }

  private async pump(): Promise<void> {
    // Let everybody who was just answered or woken submit before the flush is taken.
    await nextTurn();
    try {
      while (this.hasWork() || this.inFlight.length > 0) {
        if (this.broken !== undefined) throw this.broken;
        if (this.failed) await this.recover();
        else if (this.mustWait()) await this.untilSomethingSettles();
        else if (this.seat.isOver && this.connecting === undefined) this.letGo();
        else if (this.isTurnOfAlone()) await this.runAlone();
        else if (await this.ensureConnected()) await this.flushOnce();
        await nextTurn();
      }
      await this.connecting;
    } catch (error) {
      this.breakDown(error as Error);
    }
  }

  /** It needs nothing of the lane's connection: who waits for that need not wait for the job. */
  private async runAlone(): Promise<void> {
    if (this.seat.isWanted && this.connecting === undefined) this.letGo();
    await this.aloneJobs.runNext();
  }

  /** In turn with flushes, however many of either wait; while there is no connection only these. */
  private isTurnOfAlone(): boolean {
    if (!this.aloneJobs.areWaiting) return false;
    return !(this.aloneJobs.wasLast && this.intake.queue.length > 0 && this.isConnected());
  }

  /**
   * What nobody foresaw. Everybody who waits is told, nothing is believed any more, the connection is
   * cut with whatever is on it; then the lane goes on as if it had just been opened.
   */
  private breakDown(error: Error): void {
    this.options.log?.error({ lane: this.options.name, error }, "the lane broke down");
    this.connection?.destroy(error);
    for (const { items } of this.inFlight.splice(0)) items.forEach(failUnknown);
    const told = fail(
      laneErrors,
      "broken",
      { lane: this.options.name, reason: error.message },
      error,
    );
    for (const item of this.deciding?.items ?? []) failItem(item, told);
    this.intake.failAll(told);
    this.deciding = undefined;
    this.failed = false;
    this.broken = undefined;
    this.takeMax = this.intake.limits.flushWeightMax;
    this.engine?.forget();
  }

  private hasWork(): boolean {
    return this.intake.queue.length > 0 || this.aloneJobs.areWaiting || this.isDue();
  }

  private mustWait(): boolean {
    const pauses = this.aloneJobs.areWaiting || !this.hasWork() || this.seat.isOver;
    return this.inFlight.length >= (!pauses && this.goesAhead() ? IN_FLIGHT_MAX : 1);
  }

  private goesAhead(): boolean {
    if (this.takeMax < this.intake.limits.flushWeightMax) return false;
    return this.engine?.confident !== false && this.connection?.pipelines === true;
  }

  private async flushOnce(): Promise<void> {
    const due = this.isDue();
    this.poked = false;
    this.aloneJobs.wasLast = false;
    const flush = new Flush<Posting, Answer>(this.intake.take(this.takeWeight()));
    if (flush.items.length === 0 && !due) return;
    this.deciding = flush;
    if (this.engine === undefined || this.engine.confident) await this.flushAhead(flush);
    else await this.flushCarefully(flush);
    this.deciding = undefined;
  }

  /** With nothing in flight, half of a full queue: so that the other half can go behind it. */
  private takeWeight(): number {
    const { weight } = this.intake.queue;
    const halves = this.inFlight.length === 0 && weight >= HALVE_FROM && this.goesAhead();
    return Math.min(halves ? Math.ceil(weight / 2) : weight, this.takeMax);
  }

  /** Decides on memory and sends in one round trip, without waiting for the answer. */
  private async flushAhead(flush: Flush<Posting, Answer>): Promise<void> {
    const { connection } = this;
    assert(connection !== undefined, "a flush needs a connection");
    let statements: FlushStatement[];
    try {
      const decided = await decideFlush(this, flush, connection);
      flush.batch = this.engine?.seal();
      if (!decided) {
        // Something before this flush failed while it was being decided: it never existed.
        flush.batch?.undo();
        this.intake.queue.unshiftAll(flush.items);
        return;
      }
      if (flush.items.length === 0 && flush.batch?.empty === true) return flush.batch.undo();
      statements = this.statements(flush);
    } catch (error) {
      return this.notSent(flush, error);
    }
    await this.faults.at(beforeSend);
    this.sent(flush, connection.transaction(statements));
    await this.faults.at(afterSend);
  }

  /** Takes the order lock first, then decides on fresh reads, writes and commits. */
  private async flushCarefully(flush: Flush<Posting, Answer>): Promise<void> {
    const { connection, engine } = this;
    assert(connection !== undefined && engine !== undefined, "careful needs an engine");
    let statements: FlushStatement[];
    try {
      await connection.begin();
      await engine.refresh(connection.reader);
      await this.faults.at(lockHeld);
      await decideFlush(this, flush, connection);
      flush.batch = engine.seal();
      statements = this.statements(flush);
    } catch (error) {
      await connection.rollback();
      return this.notSent(flush, error);
    }
    this.sent(flush, connection.commit(statements));
    await this.faults.at(afterSend);
  }

  /**
   * Whatever it was, nothing was written: these units did not happen, and memory may be half-way. A
   * connection that broke broke the flush before this one too; recovery sorts them out together.
   */
  private notSent(flush: Flush<Posting, Answer>, error: unknown): void {
    this.engine?.forget();
    flush.batch = undefined;
    this.sent(flush, Promise.resolve({ kind: "nothing", error: error as Error }));
  }

  private statements(flush: Flush<Posting, Answer>): FlushStatement[] {
    const rooms = flush.hasRows ? this.maker.make(flush.carried()) : { guards: [], writes: [] };
    return [
      ...leaseCheck(this.options),
      ...(flush.batch?.opening ?? []),
      ...rooms.guards,
      ...(flush.batch?.writing ?? []),
      ...rooms.writes,
    ];
  }

  private sent(flush: Flush<Posting, Answer>, outcome: Promise<Outcome>): void {
    flush.outcome = outcome;
    flush.sentAt = performance.now();
    this.inFlight.push(flush);
    this.counts.flushes += 1;
    this.seat.count();
    void this.whenAnswered(flush, outcome);
  }

  private async whenAnswered(
    flush: Flush<Posting, Answer>,
    outcome: Promise<Outcome>,
  ): Promise<void> {
    try {
      const answer = await outcome;
      // The lane broke down meanwhile, and told its callers.
      if (!this.inFlight.includes(flush)) return;
      const inOrder = !this.failed && this.broken === undefined;
      if (answer.kind === "committed" && inOrder) this.settle(flush, answer.rows);
      else this.failed = true;
    } catch (error) {
      this.broken = error as Error;
    }
    this.wake?.();
  }

  /** A flush in flight is committed. What was sent before it and is still there was refused. */
  settle(flush: Flush<Posting, Answer>, rows: readonly (readonly WireRow[])[]): void {
    const place = this.inFlight.indexOf(flush);
    assert(place >= 0, "what is settled was in flight");
    void this.faults.at(committed);
    this.inFlight.splice(place, 1);
    const openings = flush.batch?.opening.length ?? 0;
    const leases = this.options.lease === undefined ? 0 : 1;
    flush.batch?.settle(rows[leases + openings - 1]?.[0]);
    if (flush.batch?.empty === false) this.strays.outrun();
    this.counts.units += flush.items.length;
    this.flushTimes.observe((performance.now() - flush.sentAt) / 1_000);
    this.takeMax = Math.min(2 * this.takeMax, this.intake.limits.flushWeightMax);
    flush.answerAll();
  }

  private async recover(): Promise<void> {
    const outcomes: (Outcome | undefined)[] = [];
    for (const flush of this.inFlight) outcomes.push(await flush.outcome);
    await recover(this, outcomes);
    this.failed = false;
  }

  private isConnected(): boolean {
    return this.connection !== undefined && this.connection.lost === undefined;
  }

  private async ensureConnected(): Promise<boolean> {
    if (this.isConnected()) return true;
    if (this.inFlight.length > 0) {
      this.failed = true;
      return false;
    }
    this.connecting ??= this.reconnect().finally(() => {
      this.connecting = undefined;
      if (this.aloneJobs.isRunning && this.seat.isWanted) this.letGo();
      this.wake?.();
    });
    await this.untilSomethingSettles();
    return this.connecting === undefined && this.isConnected();
  }

  /** A new connection; or, if there is none to be had, a pause and `undefined`. */
  async reconnect(): Promise<void> {
    const { database } = this.options;
    this.disconnect();
    await this.seat.take();
    try {
      const first = await firstCheck(this.options);
      const { replyTimeoutMs } = this.intake.limits;
      const options = { schema: database.schema, first, replyTimeoutMs };
      const client = await checkout(database, replyTimeoutMs);
      this.connection = await LaneConnection.open(client, options);
      // Before anything is looked for: what they still commit is seen, what they have not is not done.
      await this.strays.end(this.connection.reader);
      this.outage.over();
    } catch (error) {
      this.outage.failed(error);
      // With nothing in doubt, those who wait are told at once that nobody is there.
      if (this.inFlight.length === 0) this.intake.failAll(translateDatabaseError(error));
      await sleep(RECONNECT_PAUSE_MS + Math.random() * RECONNECT_JITTER_MS);
    }
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
    if (this.intake.refusal !== undefined) return false;
    if (this.poked) return true;
    const inMs = this.engine?.dueInMs();
    return inMs !== undefined && inMs <= 0;
  }

  private watchDue(): void {
    clearTimeout(this.dueTimer);
    const inMs = this.engine?.dueInMs();
    if (inMs === undefined || this.intake.refusal !== undefined) return;
    const waitMs = Math.min(Math.max(inMs, 1), DUE_CHECK_MAX_MS);
    this.dueTimer = setTimeout(() => this.start(), waitMs);
    this.dueTimer.unref();
  }

  /** Runs only while somebody waits. */
  private watchDeadlines(): void {
    this.deadlineTimer ??= setTimeout(() => {
      this.deadlineTimer = undefined;
      this.intake.dropLate();
      this.tellLate();
      const waiting = this.intake.queue.length + this.inFlight.length;
      if (waiting > 0 || this.deciding !== undefined) this.watchDeadlines();
    }, DEADLINE_CHECK_MS);
  }

  /** What is decided will be sent, or was; what is not will be left out. */
  private tellLate(): void {
    const { deciding } = this;
    deciding?.tellLate(this.engine === undefined ? Infinity : deciding.decided.length);
    for (const flush of this.inFlight) flush.tellLate(Infinity);
  }
}
