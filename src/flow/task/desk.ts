/** All tasks of a node: their queues, what is in memory of them, and what the node asks of it. */
import type { Logger } from "../../base/index.ts";
import type { WriteUse } from "../../postgres/index.ts";
import { decodePayload } from "../codec.ts";
import { type AnyFlow, checkInput } from "../define-flow.ts";
import type { Driven } from "../drive.ts";
import { repeatable, type Session, writing } from "../session.ts";
import { Asked, State } from "../state.ts";
import { SUSPECT_FROM } from "../suspects.ts";
import { Wheel } from "../wheel.ts";
import type { Task } from "./define-task.ts";
import type { Desk, DeskParts } from "./desk-parts.ts";
import { TaskEntry } from "./entry.ts";
import { Finding } from "./finding.ts";
import { Gathering } from "./gather.ts";
import { type QueueStats, TaskQueue } from "./queue.ts";
import { Selector } from "./selector.ts";
import { judge, standBefore } from "./judge.ts";
import { endCancelled, leave, parkUnreadable, settle } from "./settle.ts";
import { readTasks } from "./task.sql.ts";
import { dueTasks, saveProgress, sweepOld } from "./write-tasks.ts";

/** What is known of a run that this node has claimed. */
export interface ClaimedTask {
  readonly runId: bigint;
  readonly flow: number;
  readonly state: number;
  readonly asked: number;
  readonly crashes: number;
}

const PROGRESS_EVERY_MS = 1_000;
const OLD_EVERY_MS = 30_000;
/** How far ahead the wheel looks; what waits longer is found by a look. */
const HORIZON_MS = 60_000;

export class TaskDesk implements Desk {
  readonly parts: DeskParts;
  /** Starts tell their caller at once what passes; ends come again. */
  readonly starts = new Gathering({ impatient: true });
  readonly ends = new Gathering({ impatient: false });
  readonly selector = new Selector(this);
  private readonly log: Logger;
  private readonly queues = new Map<number, TaskQueue>();
  private readonly byTask = new Map<string, TaskQueue>();
  private readonly entries = new Map<bigint, [TaskQueue, TaskEntry]>();
  private readonly wheel = new Wheel((runs) => void this.due(runs));
  private readonly said = new Set<TaskEntry>();
  private progressTimer: NodeJS.Timeout | undefined;
  private oldTimer: NodeJS.Timeout | undefined;

  constructor(parts: DeskParts, log: Logger) {
    this.parts = parts;
    this.log = log;
  }

  get size(): number {
    return this.entries.size;
  }

  get isBusy(): boolean {
    return this.entries.size > 0 || this.starts.size > 0 || this.ends.size > 0;
  }

  get serves(): boolean {
    return this.queues.size > 0;
  }

  /** A flow that this node serves has that number. */
  register(flow: number, of: AnyFlow): void {
    if (of.task === undefined || this.queues.has(flow)) return;
    const queue = new TaskQueue({
      task: of as Task<never, unknown>,
      flow,
      log: this.log.child({ task: of.name }),
      onCame: (from, entry, came) => settle(this, from, entry, came),
      onSaid: (entry) => this.say(entry),
      onRoom: () => this.parts.hurry(),
    });
    this.queues.set(flow, queue);
    this.byTask.set(`${of.name}@${of.version}`, queue);
    this.oldTimer ??= this.sweepOldLater();
  }

  queueOf({ name, version, task }: AnyFlow): TaskQueue | undefined {
    return task === undefined ? undefined : this.byTask.get(`${name}@${version}`);
  }

  queueAt(flow: number): TaskQueue | undefined {
    return this.queues.get(flow);
  }

  stats(): QueueStats[] {
    return [...this.queues.values()].map((queue) => queue.stats());
  }

  /** Tasks of which a handler is under way: one of those may have kept the event loop to itself. */
  runningNow(): string[] {
    return this.stats().flatMap(({ task, running }) => (running > 0 ? [task] : []));
  }

  has(runId: bigint): boolean {
    return this.entries.has(runId);
  }

  drivenOf(runId: bigint): Promise<Driven> | undefined {
    return this.entries.get(runId)?.[1].driven;
  }

  /** Flows whose held runs somebody has to let through. */
  gated(): number[] {
    const gated = [...this.queues.values()].filter(
      ({ policy }) => policy.perGroup > 0 || policy.rate.limit > 0,
    );
    return gated.map(({ flow }) => flow);
  }

  /** What a look asks for, of tasks as far as there is room; `others` of what is no task. */
  finding(flows: readonly number[], others: number): Finding {
    return new Finding(flows, this.queues, others);
  }

  /** One more stands before that door. */
  letThrough(task: AnyFlow, gate: bigint): void {
    const queue = this.queueOf(task);
    if (queue !== undefined) this.selector.letThrough(queue, gate);
  }

  someHeld(flow: number): void {
    const queue = this.queues.get(flow);
    if (queue !== undefined) this.selector.sweepSoon(queue);
  }

  /** Begins what was started here: its rows are committed. */
  begin(queue: TaskQueue, entry: TaskEntry): void {
    this.entries.set(entry.runId, [queue, entry]);
    if (entry.session.signal.aborted) return this.lose(entry);
    if (queue.stopped) void this.release(queue, entry);
    else queue.add(entry);
  }

  /** Goes on with the tasks among what was claimed. Answers the others. */
  async goOn<C extends ClaimedTask>(
    session: Session,
    claimed: readonly C[],
  ): Promise<readonly C[]> {
    const mine = claimed.filter(
      ({ flow, state, runId }) =>
        state === State.running && this.queues.has(flow) && !this.has(runId),
    );
    if (mine.length === 0) return claimed;
    const ids = mine.map(({ runId }) => runId);
    const { database } = session;
    const rows = await session.patiently(() => database.run(readTasks, { runs: ids }));
    const known = new Map(rows.map((row) => [row.runId, row]));
    const taken = new Set<bigint>();
    for (const { runId, flow, asked, crashes } of mine) {
      const queue = this.queues.get(flow);
      const row = known.get(runId);
      if (row === undefined || queue === undefined) continue;
      taken.add(runId);
      const entry = new TaskEntry({ ...row, session, input: undefined, asked, crashes });
      entry.phase = "coming";
      this.entries.set(runId, [queue, entry]);
      try {
        entry.input = decodePayload(row.input);
      } catch (error) {
        void parkUnreadable(this, queue, entry, error);
        continue;
      }
      this.resume(queue, entry);
    }
    return claimed.filter(({ runId }) => !taken.has(runId) && !this.has(runId));
  }

  private resume(queue: TaskQueue, entry: TaskEntry): void {
    const { asked } = entry;
    if (entry.session.signal.aborted) return this.lose(entry);
    if (asked === Asked.cancel) return endCancelled(this, queue, entry);
    if (asked === Asked.pause || queue.stopped) return void this.release(queue, entry);
    const waitMs = this.parts.suspects.waitMs(entry.crashes);
    if (waitMs !== undefined) {
      const wakeAt = Math.ceil(entry.session.now()) + waitMs;
      return void leave(this, queue, entry, { state: State.waiting, wakeAt });
    }
    entry.phase = "waiting";
    try {
      entry.input = checkInput(queue.task, entry.input);
      const gate = entry.gate === null ? judge(queue.task, entry.input) : null;
      if (gate === null) queue.add(entry);
      else void standBefore(this, queue, entry, gate);
    } catch (error) {
      settle(this, queue, entry, { error });
    }
  }

  /** One that may have taken nodes down is here. */
  get hasSuspect(): boolean {
    for (const [, { crashes, phase }] of this.entries.values()) {
      if (crashes >= SUSPECT_FROM && phase !== "leaving" && phase !== "coming") return true;
    }
    return false;
  }

  /** Somebody asks something of a task that is here. */
  hear(runId: bigint, asked: number): void {
    const [queue, entry] = this.entries.get(runId) ?? [];
    if (queue === undefined || entry === undefined) return;
    if (entry.asked === asked || entry.asked === Asked.cancel) return;
    entry.asked = asked;
    if (asked === Asked.cancel) {
      const reason = new Error("the task was cancelled");
      const isOut = entry.phase === "pausing" || queue.cancel(entry, reason);
      if (isOut && entry.phase !== "ending" && entry.phase !== "leaving") {
        endCancelled(this, queue, entry);
      }
    } else if (asked === Asked.pause) {
      const isOut =
        entry.phase === "pausing" || (entry.phase === "waiting" && queue.cancel(entry, null));
      if (isOut) void this.release(queue, entry);
    }
  }

  /** Anybody's again. */
  private release(queue: TaskQueue, entry: TaskEntry): Promise<void> {
    return leave(this, queue, entry, { state: State.ready, wakeAt: entry.session.now() });
  }

  /** What falls due, as a look has found it. False: it is no task's. */
  wait(flow: number, runId: bigint, inMs: number): boolean {
    const queue = this.queues.get(flow);
    if (queue === undefined) return false;
    if (inMs <= HORIZON_MS && !queue.stopped) this.wheel.add(runId, inMs);
    return true;
  }

  private async due(runs: readonly bigint[]): Promise<void> {
    await this.write(`due/${runs.length}`, [writing(dueTasks, runs)]);
    this.parts.hurry();
  }

  /** Rows that nobody waits for: they come again by themselves. */
  private async write(key: string, rows: readonly WriteUse[]): Promise<void> {
    try {
      await this.parts.session.commit(key, rows, repeatable);
    } catch (error) {
      if (!this.parts.draining) this.log.warn({ error, key }, "rows of tasks were not written");
    }
  }

  private say(entry: TaskEntry): void {
    entry.hasProgress = true;
    this.said.add(entry);
    this.progressTimer ??= setTimeout(() => {
      this.progressTimer = undefined;
      this.writeProgress();
    }, PROGRESS_EVERY_MS);
  }

  private writeProgress(): void {
    const rows: WriteUse[] = [];
    for (const { session, runId, said, phase } of this.said) {
      if (said === undefined || phase !== "running") continue;
      const { owner, epoch } = session.owner;
      const row = { runId, owner, epoch, value: said.value, at: session.now() };
      rows.push(writing(saveProgress, row));
    }
    this.said.clear();
    if (rows.length > 0) void this.write("progress", rows);
  }

  private sweepOldLater(): NodeJS.Timeout {
    const timer = setTimeout(
      () => {
        void this.write("old", [writing(sweepOld, null)]);
        this.oldTimer = this.sweepOldLater();
      },
      OLD_EVERY_MS * (0.75 + Math.random() / 2),
    );
    return timer.unref();
  }

  /** It has ended or left. */
  gone(queue: TaskQueue, entry: TaskEntry, came: Driven): void {
    this.entries.delete(entry.runId);
    this.said.delete(entry);
    this.parts.told(came, entry.session, queue.flow);
    entry.over(came);
    if (queue.backlog && queue.room > 0 && queue.size === 0) this.parts.hurry();
  }

  /** Its node has no right to it any more. */
  lose(entry: TaskEntry): void {
    const [queue] = this.entries.get(entry.runId) ?? [];
    if (queue !== undefined) this.gone(queue, entry, { left: { kind: "lost" } });
  }

  /** A session is over: what ran under it runs elsewhere. */
  forget(session: Session): void {
    const lost = (entry: TaskEntry): boolean => entry.session === session;
    for (const queue of this.queues.values()) queue.forget(lost, session.signal.reason);
    for (const [, entry] of [...this.entries.values()]) {
      if (!lost(entry) || entry.phase === "ending") continue;
      if (entry.phase === "pausing") this.entries.get(entry.runId)?.[0].leavePause();
      this.lose(entry);
    }
  }

  /** The node closes: what has not begun is anybody's. */
  drain(): void {
    for (const queue of this.queues.values()) {
      for (const entry of queue.stop()) void this.release(queue, entry);
    }
    for (const [queue, entry] of [...this.entries.values()]) {
      if (entry.phase === "pausing") {
        const wakeAt = Math.ceil(entry.session.now());
        void leave(this, queue, entry, { state: State.waiting, wakeAt });
      }
    }
    this.selector.stop();
    this.wheel.stop();
    clearTimeout(this.oldTimer);
  }

  /** Handlers that have not ended in time hear that nobody waits for them. */
  stop(reason: unknown): void {
    for (const queue of this.queues.values()) queue.abandon(reason);
    clearTimeout(this.progressTimer);
    for (const [, entry] of [...this.entries.values()]) this.lose(entry);
  }
}
