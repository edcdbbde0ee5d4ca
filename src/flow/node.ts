/**
 * A node: its sessions one after another, the runs it has in memory, and the look by which it finds work.
 * Every look asks everything at once: runs that are ready, waits that fall due within the next minute, what
 * is asked of its own runs, leases that have run out. What happens on this node itself is not waited for.
 */
import { assert, fail, type Faults, hasCode, type Logger } from "../base/index.ts";
import { type Database, endLease, keepLease, Lane, type Lease } from "../postgres/index.ts";
import { Days } from "./days.ts";
import type { AnyFlow } from "./define-flow.ts";
import { type Driven, drive } from "./drive.ts";
import { Ears } from "./ears.ts";
import { flowErrors } from "./flow.errors.ts";
import { look, readOwner, readVersions } from "./flow.sql.ts";
import { loadClaimed } from "./load-run.ts";
import { channelOf, Hints } from "./hints.ts";
import { EndTally } from "./keep/end-tally.ts";
import { Keeping } from "./keep/keeping.ts";
import type { Books, NodeParts } from "./node-parts.ts";
import { writtenRooms } from "./migrations.ts";
import { type FlowsStats, Tally } from "./node-tally.ts";
import { RetryBudget } from "./retry-budget.ts";
import { Run, type RunInput } from "./run.ts";
import { runIdSource } from "./run-id.ts";
import { repeatable, Session, writing } from "./session.ts";
import { takeName } from "./take-name.ts";
import { releaseRuns, takeOver } from "./take-over.ts";
import { sayServes } from "./versions.ts";
import { TaskDesk } from "./task/desk.ts";
import { Wheel } from "./wheel.ts";
import { askRuns, insertNodes, insertVersions, type Owner, type RunRow } from "./write-runs.ts";

/** A lease stands so long without being renewed: then its runs go on elsewhere. */
export const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
/** How often an idle node looks; a quarter more or less, so that nodes don't look together. */
const LOOK_MS = 3_600;
const SOON_MS = 15;
const COMMIT_LOOKS_MS = [20, 100, 300, 1_000];
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
  readonly keepDays: number;
  readonly faults: Faults;
  readonly log: Logger;
}

export class FlowNode implements NodeParts {
  readonly input: NodeInput;
  readonly clock;
  readonly log: Logger;
  readonly budget = new RetryBudget();
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
  private readonly hints: Hints;
  private readonly numbers = new Map<string, number>();
  private readonly flowsByNumber = new Map<number, AnyFlow>();
  private readonly standIns = new WeakMap<AnyFlow, number>();
  private readonly claiming = new Set<bigint>();
  /** Ready again before they had left memory. */
  private readonly missed = new Set<bigint>();
  private starting = 0;
  private hungry = false;
  private current: Session | undefined;
  private makeId: () => bigint = () => 0n;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  /** Asked for while a look was under way, which may have been too early. */
  private lookAgain = false;
  private nextLookAt = 0;
  private readonly days = new Days();
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
    this.wheel = new Wheel((runs) => void this.claim(runs).catch(() => undefined));
    this.tasks = new TaskDesk(this, log);
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
    await this.openSession();
    await this.days.make(this.input.database, this.session);
    await this.register();
    await sayServes(this.session, this.flowsByNumber.keys());
    this.lookIn(0);
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
      onLost: () => lost.session?.end(),
      onBlocked: (blockedMs) => {
        const tasks = this.tasks.runningNow();
        log.warn({ blockedMs, runs: this.runs.size, tasks }, "the event loop stood still");
      },
      hints: { channel: channelOf(database), onHint: () => this.nudge() },
      log,
    });
    const who: Owner = { node, owner, epoch: held.epoch };
    const session = new Session({ database, owner: who, lane: this.lane, kept, faults });
    lost.session = session;
    this.makeId = runIdSource(() => this.days.within(session.now()));
    session.signal.addEventListener("abort", () => this.onOver(session), { once: true });
    await releaseRuns(session, owner, held.epoch);
    this.current = session;
    if (this.closed) await session.close("leaving something");
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
        await sayServes(this.session, this.flowsByNumber.keys());
        this.lookIn(0);
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
    for (const { flow, name, version } of await database.run(readVersions, {})) {
      const label = `${name}@${version}`;
      this.numbers.set(label, flow);
      const served = flows.get(label);
      if (served === undefined) continue;
      this.flowsByNumber.set(flow, served);
      this.tasks.register(flow, served);
    }
  }

  numberOf(flow: AnyFlow): number {
    const { name, version } = flow;
    const number = this.standIns.get(flow) ?? this.numbers.get(`${name}@${version}`);
    if (number === undefined || !(this.flowsByNumber.has(number) || this.standIns.has(flow))) {
      throw fail(flowErrors, "unknown_flow", { name, version, node: this.input.node });
    }
    return number;
  }

  /** In place of a definition that only others have: by it their runs can be started. */
  standIn({ flow, name, version }: Pick<AnyFlow, "name" | "version"> & { readonly flow: number }) {
    const run = (): void => assert(false, `${name} is not run where it is not served`);
    const made: AnyFlow = { name, version, options: {}, run };
    this.standIns.set(made, flow);
    return made;
  }

  /** Refuses: flow.unknown_flow. */
  versionOf(name: string, version: number): AnyFlow {
    const known = this.input.flows.get(`${name}@${version}`);
    if (known === undefined) {
      throw fail(flowErrors, "unknown_flow", { name, version, node: this.input.node });
    }
    return known;
  }

  flowOf(number: number): AnyFlow | undefined {
    return this.flowsByNumber.get(number);
  }

  nudge(): void {
    this.lookIn(SOON_MS);
  }

  hurry(): void {
    this.lookIn(0);
  }

  /** There may be something to do for another node, too. */
  nudgeAll(): void {
    this.nudge();
    this.hints.spread();
  }

  /** A transaction of somebody's may commit soon; when, nobody says. */
  lookForCommit(): void {
    for (const ms of COMMIT_LOOKS_MS) setTimeout(() => this.lookIn(0), ms).unref();
  }

  private lookIn(ms: number): void {
    if (this.closed) return;
    const at = performance.now() + ms;
    if (this.timer !== undefined && at >= this.nextLookAt) return;
    clearTimeout(this.timer);
    this.nextLookAt = at;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.looking !== undefined) this.lookAgain = true;
      this.looking ??= this.lookOnce()
        .catch((error: unknown) => this.onLookFailed(error))
        .then((againMs) => {
          this.looking = undefined;
          this.lookIn(this.lookAgain ? 0 : againMs);
          this.lookAgain = false;
        });
    }, ms);
    this.timer.unref();
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
    const room = Math.min(READY_MAX, this.input.runsMax - this.runs.size);
    const { owner } = session.owner;
    const gated = this.tasks.gated();
    const asked = { owner, node, gated, horizonMs: HORIZON_MS, dueMax: DUE_MAX };
    const flows = [DELIVERY, ...this.flowsByNumber.keys()];
    const found = this.tasks.finding(flows, Math.max(room, 0));
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
      else await takeOver(session, { node: name, epoch: Number(number) }, this.log);
    }
    await this.claim([...ready.slice(0, Math.max(room, 0)), ...found.take()]);
    if (this.days.isDue(session.now())) await this.days.make(database, session);
    // More than there is room for: looked for again as soon as there is some.
    this.hungry = ready.length >= room;
    if (found.isShort) return 0;
    const full = ready.length >= READY_MAX && room > 0;
    if (full) return 0;
    return (due >= DUE_MAX ? 0.2 : 1) * LOOK_MS * (0.75 + 0.5 * Math.random());
  }

  /** Takes what can be had of these runs, and goes on with them. */
  private async claim(wanted: readonly bigint[]): Promise<void> {
    if (this.draining || this.closed) return;
    const { session } = this;
    const isHere = (id: bigint) => this.runs.has(id) || this.tasks.has(id);
    const runs = wanted.filter((id) => !this.claiming.has(id) && !isHere(id));
    for (const id of wanted) if (this.runs.has(id)) this.missed.add(id);
    if (runs.length === 0) return;
    for (const id of runs) this.claiming.add(id);
    try {
      await session.commit("claim", [writing(session.writers.claim, runs)], repeatable);
      await loadClaimed(session, this, runs);
    } finally {
      for (const id of runs) this.claiming.delete(id);
    }
  }

  enqueued(task: AnyFlow, gate: bigint | null): void {
    if (gate === null) this.nudgeAll();
    else this.tasks.letThrough(task, gate);
  }

  adopt(session: Session, row: RunRow, flow: AnyFlow, input: unknown): void {
    const { runId, createdAt, parentId } = row;
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
      ...this.tally.counted((flow) => this.flowsByNumber.get(flow)?.name),
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

  cancelQuietly(runId: bigint): void {
    this.hear(runId, 1);
    const rows = [writing(askRuns, { runId, asked: 1 })];
    this.session
      .commit(`cancel/${runId}`, rows, { ...repeatable, mayBeTaken: true })
      .catch((error: unknown) => this.log.warn({ error }, "a child was not cancelled"));
  }

  /** Something is in memory, or on its way there. */
  private isBusy(): boolean {
    const mine = this.runs.size > 0 || this.starting > 0 || this.claiming.size > 0;
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
    clearTimeout(this.timer);
    this.wheel.stop();
    this.hints.close();
    this.keeping.stop();
    await this.looking;
    const until = performance.now() + drainMs;
    for (const run of this.runs.values()) run.drain();
    this.tasks.drain();
    while (this.isBusy() && performance.now() < until && !this.current?.signal.aborted) {
      await this.clock.sleep(DRAIN_LOOK_MS);
      for (const run of this.runs.values()) run.drain();
      this.tasks.drain();
    }
    await this.ends.write();
    this.ends.stop();
    this.closed = true;
    clearTimeout(this.timer);
    const all = !this.isBusy();
    await this.lane.close();
    // Runs that could not be let go of are taken over when the lease has run out, or at once.
    for (const run of this.runs.values()) run.go({ kind: "lost" });
    this.tasks.stop(fail(flowErrors, "closed", { node: this.input.node }));
    await this.current?.close(all ? "leaving nothing" : "leaving something");
    if (!all)
      this.log.warn(
        { node: this.input.node },
        "closed with runs under way; others go on with them",
      );
  }
}
