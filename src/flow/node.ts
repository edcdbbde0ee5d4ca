/**
 * A node: its sessions one after another, the runs it has in memory, and the look by which it finds work.
 * Every look asks everything at once: runs that are ready, waits that fall due within the next minute, what
 * is asked of its own runs, leases that have run out. What happens on this node itself is not waited for.
 */
import { fail, type Faults, hasCode, type Logger } from "../base/index.ts";
import { type Database, endLease, keepLease, Lane, type Lease } from "../postgres/index.ts";
import { Claims } from "./claims.ts";
import { decodePayload } from "./codec.ts";
import { Days } from "./days.ts";
import type { AnyFlow } from "./define-flow.ts";
import { type Driven, drive } from "./drive.ts";
import { Ears } from "./ears.ts";
import { flowErrors } from "./flow.errors.ts";
import { look, readOwner, readVersions } from "./flow.sql.ts";
import { channelOf, Hints } from "./hints.ts";
import { EndTally } from "./keep/end-tally.ts";
import { Keeping } from "./keep/keeping.ts";
import { Looking } from "./looking.ts";
import { Orphans } from "./orphans.ts";
import type { Books, NodeParts, StoodStill } from "./node-parts.ts";
import { writtenRooms } from "./migrations.ts";
import { type FlowsStats, Tally } from "./node-tally.ts";
import { RetryBudgets } from "./retry-budget.ts";
import { Run, type RunInput } from "./run.ts";
import { runIdSource } from "./run-id.ts";
import { Served } from "./served.ts";
import { repeatable, Session, writing } from "./session.ts";
import { Asked } from "./state.ts";
import { takeName } from "./take-name.ts";
import { giveBack, releaseRuns, TakeOvers } from "./take-over.ts";
import { sayServes } from "./versions.ts";
import { SUSPECT_FROM, Suspects } from "./suspects.ts";
import { TaskDesk } from "./task/desk.ts";
import { dueTasks } from "./task/write-tasks.ts";
import { Wheel } from "./wheel.ts";
import { insertNodes, insertVersions } from "./write-nodes.ts";
import { askRuns, type Owner, type RunRow } from "./write-runs.ts";

/** A lease stands so long without being renewed: then its runs go on elsewhere. */
export const LEASE_MS = 10_000;
const OPEN_TRIES = 3;
const RENEW_MS = 3_000;
/** How often an idle node looks; a quarter more or less, so that nodes don't look together. */
const LOOK_MS = 3_600;
const READY_MAX = 500;
const DUE_MAX = 2_000;
/** The database's clock is known to about this much; who comes too early comes again. */
const CLOCK_MARGIN_MS = 5;
const HORIZON_MS = 60_000;
const DRAIN_LOOK_MS = 20;
/** The system's own flow: events that are to be delivered. */
export const DELIVERY = 0;

export interface NodeInput {
  readonly database: Database;
  readonly node: string;
  /** Another name would do as well: who has it is not waited for. */
  readonly isOneOfMany: boolean;
  readonly flows: ReadonlyMap<string, AnyFlow>;
  readonly books: Books | undefined;
  readonly book: string | undefined;
  readonly runsMax: number;
  readonly leaseMs: number;
  readonly stillMaxMs: number;
  readonly keepDays: number;
  readonly faults: Faults;
  readonly log: Logger;
  readonly onBlocked: (still: StoodStill) => void;
}

export class FlowNode implements NodeParts {
  readonly input: NodeInput;
  readonly clock;
  readonly log: Logger;
  readonly budget = new RetryBudgets();
  readonly tally = new Tally();
  private readonly ends: EndTally;
  private readonly keeping: Keeping;
  readonly ears = new Ears();
  readonly books: Books | undefined;
  readonly book: string | undefined;
  readonly lane: Lane<never, never>;
  readonly tasks: TaskDesk;
  draining = false;
  private readonly runs = new Map<bigint, Run>();
  private readonly driving = new Map<bigint, Promise<Driven>>();
  private readonly wheel: Wheel;
  private readonly days = new Days();
  private readonly takeOvers: TakeOvers;
  private readonly hints: Hints;
  private readonly served: Served;
  private readonly looking = new Looking(() =>
    this.lookOnce().catch((error: unknown) => this.onLookFailed(error)),
  );
  readonly suspects = new Suspects(() => this.hasSuspect());
  private readonly claims = new Claims();
  private readonly orphans = new Orphans((id) => this.isHere(id) || this.claims.has(id));
  /** Ready again before they had left memory. */
  private readonly missed = new Set<bigint>();
  private starting = 0;
  private hungry = false;
  private current: Session | undefined;
  private makeId: () => bigint = () => 0n;
  private closed = false;

  constructor(input: NodeInput) {
    const { database, node, log, faults } = input;
    this.input = input;
    this.clock = database.clock;
    this.log = log;
    this.hints = new Hints(database);
    this.books = input.books;
    this.book = input.book;
    this.lane = new Lane<never, never>({
      name: `flows of ${node}`,
      database,
      rooms: writtenRooms,
      faults,
      log,
    });
    this.wheel = new Wheel((runs) => void this.due(runs).catch(() => undefined));
    this.served = new Served(node, input.flows);
    this.tasks = new TaskDesk(this, log);
    this.takeOvers = new TakeOvers(log, () => this.hurry());
    this.ends = new EndTally(() => this.session, log);
    this.keeping = new Keeping(input.keepDays, () => this.session, log);
  }

  /** The session of now. Refuses: flow.fenced while there is none. */
  get session(): Session {
    const { current } = this;
    if (current === undefined || current.signal.aborted) {
      throw fail(flowErrors, "fenced", { node: this.input.node, epoch: "none" });
    }
    return current;
  }

  get runCount(): number {
    return this.runs.size + this.tasks.size;
  }

  newId(): bigint {
    return this.makeId();
  }

  async open(): Promise<void> {
    for (let attempt = 1; this.current === undefined; attempt++) {
      await this.openSession().catch((error: unknown) => {
        // It stood still for longer than its lease, and another has taken it over: its name is free again.
        if (!hasCode(error, "lane.fenced") || attempt === OPEN_TRIES) throw error;
      });
    }
    await this.days.make(this.input.database, this.session);
    await this.register();
    await sayServes(this.session, this.served.allNumbers());
    this.hurry();
    this.keeping.begin();
  }

  private async openSession(): Promise<void> {
    const { database, node, leaseMs, isOneOfMany } = this.input;
    const held = await takeName(database, node, leaseMs, !isOneOfMany);
    try {
      await this.beginSession(held);
    } catch (error) {
      // Not kept from who comes next, itself among them; where even that fails it runs out.
      await endLease(database, held, false).catch(() => undefined);
      throw error;
    }
  }

  private async beginSession(held: Lease): Promise<void> {
    const { database, node, leaseMs, faults, log } = this.input;
    const unit = { key: node, posting: undefined, guards: [], context: undefined };
    await this.lane.submit({ ...unit, writes: [writing(insertNodes, node)] });
    const { owner } = await database.one(readOwner, { node });
    const lost: { session?: Session } = {};
    const kept = await keepLease(database, held, {
      ttlMs: leaseMs,
      everyMs: Math.min(RENEW_MS, leaseMs / 3),
      stillMaxMs: this.input.stillMaxMs,
      onLost: () => lost.session?.end(),
      onBlocked: (blockedMs) => {
        const tasks = this.tasks.runningNow();
        this.input.onBlocked({ blockedMs, runs: this.runs.size, tasks });
      },
      hints: { channel: channelOf(database), onHint: () => this.nudge() },
      log,
    });
    const who: Owner = { node, owner, epoch: held.epoch };
    const session = new Session({ database, owner: who, lane: this.lane, kept, faults });
    lost.session = session;
    this.makeId = runIdSource(() => this.days.within(session.now()));
    try {
      await releaseRuns(session, owner, held.epoch);
      session.signal.throwIfAborted();
      if (this.closed) throw fail(flowErrors, "closed", { node });
    } catch (error) {
      // Or it would be renewed for ever, with nobody behind it.
      await session.close();
      throw error;
    }
    session.signal.addEventListener("abort", () => this.onOver(session), { once: true });
    this.current = session;
  }

  /** What ran under it runs elsewhere, or will. */
  private onOver(session: Session): void {
    for (const run of this.runs.values()) {
      if (run.session === session) run.go({ kind: "lost" });
    }
    this.tasks.forget(session);
    if (this.closed || this.draining) return;
    this.log.error(
      { ...session.owner },
      "another has taken over this node's lease; it begins anew",
    );
    void session.close();
    void this.reopen();
  }

  private async reopen(): Promise<void> {
    while (!this.closed && this.current?.signal.aborted !== false) {
      try {
        await this.openSession();
        await sayServes(this.session, this.served.allNumbers());
        this.hurry();
      } catch (error) {
        this.log.warn({ error }, "the node could not take a lease yet");
        await this.clock.sleep(1_000 * (0.5 + Math.random()));
      }
    }
  }

  private async register(): Promise<void> {
    const { database, flows } = this.input;
    const rows = [...flows.values()].map(({ name, version }) => ({ name, version }));
    const writes = rows.map((row) => writing(insertVersions, row));
    if (writes.length > 0) await this.session.commit("versions", writes, repeatable);
    for (const known of await database.run(readVersions, {})) {
      const served = this.served.learn(known);
      if (served !== undefined) this.tasks.register(known.flow, served);
    }
  }

  numberOf(flow: AnyFlow): number {
    return this.served.numberOf(flow);
  }

  standIn(version: Parameters<Served["standIn"]>[0]): AnyFlow {
    return this.served.standIn(version);
  }

  versionOf(name: string, version: number): AnyFlow {
    return this.served.versionOf(name, version);
  }

  flowOf(number: number): AnyFlow | undefined {
    return this.served.flowOf(number);
  }

  nudge(): void {
    this.looking.soon();
  }

  hurry(): void {
    this.looking.now();
  }

  /** There may be something to do for another node, too. */
  nudgeAll(): void {
    this.nudge();
    this.hints.spread();
  }

  lookForCommit(): void {
    this.looking.forCommit();
  }

  private onLookFailed(error: unknown): number {
    if (!hasCode(error, "flow.fenced")) this.log.warn({ error }, "looking for work failed");
    return LOOK_MS;
  }

  /** Answers in how long it is looked again. */
  private async lookOnce(): Promise<number> {
    const { database, node } = this.input;
    if (this.draining) return LOOK_MS;
    const { session } = this;
    const room = Math.min(READY_MAX, this.room);
    const { owner } = session.owner;
    const gated = this.tasks.gated();
    const asked = { owner, node, gated, horizonMs: HORIZON_MS, dueMax: DUE_MAX };
    const flows = [DELIVERY, ...this.served.allNumbers()];
    const found = this.tasks.finding(flows, room);
    const rows = await database.run(look, { ...asked, flows, ...found.asked });
    found.looked();
    this.tally.lookedAt = performance.now();
    const ready: bigint[] = [];
    let due = 0;
    for (const { what, runId, number, name } of rows) {
      if (what === 1) {
        if (!found.keep(Number(number), runId, name)) ready.push(runId);
      } else if (what === 2) {
        due += 1;
        const inMs = Number(number) - session.now() + CLOCK_MARGIN_MS;
        if (!this.tasks.wait(Number(name), runId, inMs)) this.wheel.add(runId, inMs);
      } else if (what === 3) this.hear(runId, Number(number));
      else if (what === 5) this.tasks.someHeld(Number(number));
      else this.takeOvers.add(session, { node: name, epoch: Number(number) });
    }
    // Less than was asked for, where others have come in meanwhile.
    const left = Math.min(room, this.room);
    await this.claim([...ready.slice(0, left), ...found.take()]);
    if (this.days.isDue(session.now())) await this.days.make(database, session);
    await this.bring(session, await this.orphans.find(session));
    // More than there is room for: looked for again as soon as there is some.
    this.hungry = ready.length >= left;
    if (found.isShort) return 0;
    const full = ready.length >= READY_MAX && left > 0;
    if (full) return 0;
    return (due >= DUE_MAX ? 0.2 : 1) * LOOK_MS * (0.75 + 0.5 * Math.random());
  }

  /** Takes what can be had of these runs, and goes on with them. */
  private async claim(wanted: readonly bigint[]): Promise<void> {
    if (this.draining || this.closed) return;
    const runs = wanted.filter((id) => !this.isHere(id));
    for (const id of wanted) if (this.runs.has(id)) this.missed.add(id);
    await this.claims.claim(this.session, this, runs);
  }

  /** What falls due goes on as far as there is room; the rest is ready, for whoever has some. */
  private async due(runs: readonly bigint[]): Promise<void> {
    const { room } = this;
    const rest = runs.slice(room);
    if (rest.length > 0) {
      this.hungry = true;
      await this.session.commit("due", [writing(dueTasks, rest)], repeatable);
      this.nudgeAll();
    }
    await this.claim(runs.slice(0, room));
  }

  /** Goes on with what is this node's, by its rows, and is not here. */
  async bring(session: Session, runs: readonly bigint[]): Promise<void> {
    const lost = runs.filter((id) => !this.isHere(id));
    await this.claims.bring(session, this, lost);
  }

  private get room(): number {
    return Math.max(0, this.input.runsMax - this.runs.size - this.claims.size);
  }

  private isHere(runId: bigint): boolean {
    return this.runs.has(runId) || this.tasks.has(runId);
  }

  private hasSuspect(): boolean {
    for (const { crashes } of this.runs.values()) if (crashes >= SUSPECT_FROM) return true;
    return this.tasks.hasSuspect;
  }

  enqueued(task: AnyFlow, gate: bigint | null): void {
    if (gate === null) this.nudgeAll();
    else this.tasks.letThrough(task, gate);
  }

  adopt(session: Session, row: RunRow, flow: AnyFlow): void {
    const { runId, createdAt, parentId } = row;
    const input = decodePayload(row.input);
    this.run({ session, parts: this, runId, flow, input, createdAt, parentId });
  }

  /** Begins or goes on with a run. */
  run(input: RunInput): Run {
    const run = new Run(input);
    this.runs.set(run.runId, run);
    const driven = drive(run).catch((error: unknown): Driven => {
      this.log.error({ run: run.name, error }, "a run broke down");
      run.go({ kind: "lost" });
      return { left: { kind: "lost" } };
    });
    void driven.then((came) => this.told(came, run.session, this.numberOf(run.flow)));
    const over = driven.finally(() => {
      if (this.runs.get(run.runId) !== run) return;
      this.runs.delete(run.runId);
      this.driving.delete(run.runId);
      if (this.missed.delete(run.runId) || this.hungry) this.nudge();
    });
    this.driving.set(run.runId, over);
    return run;
  }

  /** A run that is in memory here: what comes of it. */
  drivenOf(runId: bigint): Promise<Driven> | undefined {
    return this.driving.get(runId) ?? this.tasks.drivenOf(runId);
  }

  /** Somebody asks something of a run, which may be here. */
  hear(runId: bigint, asked: number): void {
    this.runs.get(runId)?.hear(asked);
    this.tasks.hear(runId, asked);
  }

  find(runId: bigint): Run | undefined {
    return this.runs.get(runId);
  }

  /** What came of a run of that flow. */
  told(came: Driven, session: Session, flow: number): void {
    this.tally.driven(came, flow);
    if ("ended" in came) this.ends.count(session, flow, came.ended.outcome);
  }

  stats(): FlowsStats {
    return {
      ...this.tally.counted((flow) => this.flowOf(flow)?.name),
      runs: this.runCount,
      retriesLeft: this.budget.left(),
      lookAgeMs: performance.now() - this.tally.lookedAt,
      leaseLeftMs: this.current?.kept.leftMs() ?? 0,
      lane: this.lane.stats(),
    };
  }

  mayRun(): boolean {
    return !this.draining && !this.closed;
  }

  hasRoom(): boolean {
    return !this.draining && this.runs.size < this.input.runsMax;
  }

  async cancelChild(runId: bigint): Promise<void> {
    const rows = [writing(askRuns, { runId, asked: Asked.cancel })];
    await this.session.commit(`cancel/${runId}`, rows, { ...repeatable, mayBeTaken: true });
    this.hear(runId, Asked.cancel);
    this.nudgeAll();
  }

  /** Something is in memory, or on its way there. */
  private isBusy(): boolean {
    const mine = this.runs.size > 0 || this.starting > 0 || this.claims.size > 0;
    return mine || this.tasks.isBusy;
  }

  /** Counts a start as under way while its rows are. */
  async during<T>(start: () => Promise<T>): Promise<T> {
    this.starting += 1;
    try {
      return await start();
    } finally {
      this.starting -= 1;
    }
  }

  /** Lets runs come to a point at which others can go on with them, then says goodbye. */
  async close(drainMs: number): Promise<void> {
    if (this.closed) return;
    this.draining = true;
    this.wheel.stop();
    this.hints.close();
    this.keeping.stop();
    await this.looking.stop();
    this.takeOvers.stop();
    const until = performance.now() + drainMs;
    for (const run of this.runs.values()) run.drain();
    this.tasks.drain();
    const works = () => this.isBusy() || this.takeOvers.isBusy;
    while (works() && performance.now() < until && !this.current?.signal.aborted) {
      await this.clock.sleep(DRAIN_LOOK_MS);
      for (const run of this.runs.values()) run.drain();
      this.tasks.drain();
    }
    await this.ends.write();
    this.ends.stop();
    this.closed = true;
    const all = !this.isBusy();
    await this.lane.close();
    for (const run of this.runs.values()) run.go({ kind: "lost" });
    this.tasks.stop(fail(flowErrors, "closed", { node: this.input.node }));
    await this.leave();
    if (!all)
      this.log.warn(
        { node: this.input.node },
        "closed with runs under way; others go on with them",
      );
  }

  /** The lease is renewed no more; what is still this node's is anybody's. */
  private async leave(): Promise<void> {
    const session = this.current;
    if (session === undefined) return;
    const stands = !session.signal.aborted;
    await session.close();
    if (stands) await giveBack(this.input.database, session.owner, this.log);
  }
}
