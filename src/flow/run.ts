/**
 * A run in the memory of the node that has it. In prose: its function runs; each step answers from its
 * record if it has one, else it is done and recorded. A record goes out at the next turn, at the next step,
 * or together with the run's end; no step begins before all records are committed. When nothing but waits
 * is left the run leaves memory, and comes back by its records. A run that has left answers nothing any
 * more: whatever its function still asks for stays open for ever, and is forgotten with it.
 */
import { fail, type LongmenError } from "../base/index.ts";
import type { WriteUse } from "../postgres/index.ts";
import { codePlace } from "./code-place.ts";
import { encodePayload } from "./codec.ts";
import type { AnyFlow } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";
import type { NodeParts } from "./node-parts.ts";
import { LateSignal } from "./late-signal.ts";
import { TIMER_MAX_MS } from "./long-timer.ts";
import { stepOf, UNDO } from "./plan-again.ts";
import { showRunId } from "./run-id.ts";
import { type Carried, NeverBegan, Outbox, type Starting } from "./outbox.ts";
import { type Session, writing } from "./session.ts";
import { Asked, kindName, State, type StepRecord, Trouble } from "./state.ts";
import { Unasked } from "./unasked.ts";
import { insertTroubles } from "./write-runs.ts";

export interface RunInput {
  readonly session: Session;
  readonly parts: NodeParts;
  readonly runId: bigint;
  readonly flow: AnyFlow;
  readonly input: unknown;
  readonly createdAt: number;
  readonly parentId: bigint | null;
  readonly records?: readonly StepRecord[];
  /** How often steps without a record have failed before. */
  readonly attempts?: ReadonlyMap<string, number>;
  /** How often a step's undoing was taken back, by the position of the undo. */
  readonly undone?: ReadonlyMap<string, number>;
  readonly asked?: number;
  readonly crashes?: number;
  /** The last record that was not read, because it is not needed again. */
  readonly ordinal?: number | undefined;
  /** Its own rows, which nobody has committed yet: they go with what it does first. */
  readonly starting?: Starting | undefined;
}

/** Why a run leaves memory without having ended. `wakeAt` null: something else will wake it. */
export type Leaving =
  | { readonly kind: "wait"; readonly wakeAt: number | null; readonly arrived: readonly Arrived[] }
  | { readonly kind: "park"; readonly step: string; readonly error: LongmenError }
  | { readonly kind: "pause" | "release" }
  | { readonly kind: "lost" };

/** Whether what a run waits for is there: asked once more when the run has left. */
export type Arrived = () => Promise<boolean>;

/** What is waited for. */
export interface Awaited {
  /** An instant by the database's clock; null: for ever. */
  readonly until: number | null;
  /** How long it is waited for in memory. */
  readonly stayMs: number;
  readonly woken?: Promise<unknown>;
  readonly arrived?: Arrived;
  /** A cancel or pause doesn't end it. */
  readonly heedless?: boolean;
}

interface Blocked {
  readonly until: number | null;
  readonly arrived: Arrived | undefined;
  readonly heedless: boolean;
  /** It has been waited for in memory long enough. */
  stayed: boolean;
}

/** Behind the position of a step that waits for an event: the record that it began to. */
export const WAIT = "~wait";

const never = new Promise<never>(() => undefined);

export class Run {
  readonly session: Session;
  readonly parts: NodeParts;
  readonly runId: bigint;
  readonly name: string;
  readonly flow: AnyFlow;
  readonly input: unknown;
  readonly createdAt: number;
  readonly parentId: bigint | null;
  readonly attempts: ReadonlyMap<string, number>;
  private readonly undone: ReadonlyMap<string, number> | undefined;
  /** Resolves when the run leaves memory without having ended. */
  readonly leaving: Promise<Leaving>;
  /** This life of it in memory. */
  readonly token: object = {};
  /** Calls that were made with a text to know them again by. */
  readonly cached = new Map<string, Promise<unknown>>();
  asked: number;
  crashes: number;
  /** Something was asked of it when it was leaving already. */
  heardLate = false;
  /** When it last learned something. */
  learnedAt: number;
  private readonly records = new Map<string, StepRecord>();
  private readonly unasked = new Unasked();
  /** Steps that wait for an event, or did. */
  private readonly waits = new Set<string>();
  /** Cancelled, or lost: what it does may end. */
  readonly ending = new LateSignal();
  private readonly leave: (leaving: Leaving) => void;
  private readonly blocked = new Set<Blocked>();
  /** What stands below these takes back what was done. */
  private readonly compensating = new Set<string>();
  private readonly outbox: Outbox;
  private ordinal = 0;
  private said = 0;
  private busy = 0;
  /** Somebody waits until no call is under way. */
  private idle: PromiseWithResolvers<void> | undefined;
  private left = false;

  constructor(input: RunInput) {
    const { session, parts, runId, flow } = input;
    this.session = session;
    this.parts = parts;
    this.runId = runId;
    this.name = showRunId(runId);
    this.flow = flow;
    this.input = input.input;
    this.createdAt = input.createdAt;
    this.parentId = input.parentId;
    this.attempts = input.attempts ?? new Map<string, number>();
    this.undone = input.undone;
    this.asked = input.asked ?? Asked.nothing;
    this.crashes = input.crashes ?? 0;
    const { promise, resolve } = Promise.withResolvers<Leaving>();
    this.leaving = promise;
    this.leave = resolve;
    for (const record of input.records ?? []) this.remember(record);
    this.ordinal = Math.max(this.ordinal, input.ordinal ?? 0);
    this.learnedAt = this.unasked.begunAt ?? input.createdAt;
    this.outbox = new Outbox(
      { session, runId, name: this.name, starting: input.starting },
      (error) => this.notCommitted(error),
    );
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** Acts when it is cancelled or lost; of what heeds no cancel, when its node is. Answers what calls that off. */
  whenEnding(heedless: boolean, act: (reason: unknown) => void): () => void {
    if (!heedless) return this.ending.whenAborted(() => act(this.ending.reason));
    const { signal } = this.session;
    const onAbort = (): void => act(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    return () => signal.removeEventListener("abort", onAbort);
  }

  get isHere(): boolean {
    return !this.left;
  }

  /** Something was recorded in an earlier life that its function has not asked for. */
  get firstUnasked(): string | undefined {
    return this.unasked.first;
  }

  private remember(record: StepRecord): void {
    this.records.set(record.step, record);
    this.ordinal = Math.max(this.ordinal, record.ordinal);
    if (record.step.endsWith(WAIT)) this.waits.add(record.step.slice(0, -WAIT.length));
    this.unasked.add(record);
  }

  /** By what chance and ids of a branch are drawn. */
  seedOf(path: string): string {
    return this.unasked.seedOf(path, this.name);
  }

  /**
   * What callees know a step's repeats by. One that was undone and is done again is no repeat: whoever was
   * told to take the first back would answer for that.
   */
  keyOf(position: string): string {
    const step = position.endsWith(UNDO) ? stepOf(position) : position;
    const undone = this.undone?.get(step + UNDO) ?? 0;
    const key = `${this.name}/${position}`;
    return undone === 0 ? key : `${key}~${undone + 1}`;
  }

  /** What it says of itself, with the next unit. A replay says nothing again. */
  say(value: unknown): void {
    if (this.left) return;
    this.said += 1;
    if (this.unasked.any) return;
    const row = { runId: this.runId, said: this.said, at: this.session.now() };
    const text = encodePayload(`the state of ${this.name}`, value);
    this.write(writing(this.session.sayStates, { ...row, value: text }));
  }

  /** What a part of a step left behind: a wait that began, a child that was started. */
  part(position: string): StepRecord | undefined {
    return this.records.get(position);
  }

  /** Events that it waited for and has not had. */
  openWaits(): string[] {
    if (this.waits.size === 0) return [];
    return [...this.waits].filter((step) => !this.records.has(step));
  }

  /**
   * The record of a step; undefined where it is to be done now: then everything before it is committed, the
   * lease stands, and nobody wants the run to stop. Throws flow.run_cancelled.
   */
  async recall(position: string, kind: number, carries = false): Promise<StepRecord | undefined> {
    if (this.left) return never;
    const known = this.records.get(position);
    if (known !== undefined) {
      if (known.kind !== kind) return this.mismatch(position, kindName(known.kind), kindName(kind));
      this.unasked.forget(position);
      this.learnedAt = Math.max(this.learnedAt, known.endedAt);
      return known;
    }
    if (this.unasked.any) await this.checkOrder(position, kind);
    await this.checkpoint(carries, this.undoes(position));
    return undefined;
  }

  /**
   * A new step where an old one is left over in the same branch: its function is not what it was. Steps
   * that are asked for beside each other get a turn to do so.
   */
  private async checkOrder(position: string, kind: number): Promise<void> {
    const place = codePlace();
    await new Promise((resolve) => setImmediate(resolve));
    const left = this.unasked.besides(position);
    if (left === undefined) return;
    const expected = `${kindName(this.records.get(left)?.kind ?? 0)} "${left}"`;
    await this.mismatch(position, expected, `${kindName(kind)} "${position}"`, place);
  }

  mismatch(step: string, expected: string, found: string, place = codePlace()): Promise<never> {
    const { name, version } = this.flow;
    const details = { step, expected, found, place, flow: name, version };
    const word = this.asked === Asked.cancel ? "cancel_mismatch" : "mismatch";
    return this.park(step, fail(flowErrors, word, details));
  }

  /** Needs a person. Never answers. */
  park(step: string, error: LongmenError): Promise<never> {
    this.go({ kind: "park", step, error });
    return never;
  }

  /** A step of that position takes something back: nobody's ask stops it. */
  undoes(position: string): boolean {
    if (position.endsWith(UNDO)) return true;
    for (const path of this.compensating) if (position.startsWith(path)) return true;
    return false;
  }

  /** What is asked for below that path meanwhile takes back what was done. */
  async compensate<T>(path: string, work: () => Promise<T>): Promise<T> {
    this.compensating.add(path);
    try {
      return await work();
    } finally {
      this.compensating.delete(path);
    }
  }

  /** Before anything new is done. What carries the records that were not sent need not wait for them. */
  async checkpoint(carries = false, undoes = false): Promise<void> {
    if (!carries || this.asked !== Asked.nothing || this.parts.draining) await this.settled();
    else await this.outbox.landed();
    if (this.left) return never;
    if (this.asked === Asked.cancel && !undoes) throw this.cancelled();
    if (this.asked === Asked.pause && !undoes) return this.goAndStay({ kind: "pause" });
    if (this.parts.draining && !undoes) return this.goAndStay({ kind: "release" });
    if (this.session.kept.leftMs() === 0) {
      await this.session.demandLease().catch(() => this.goAndStay({ kind: "lost" }));
    }
    if (this.left) return never;
  }

  private goAndStay(leaving: Leaving): Promise<never> {
    this.go(leaving);
    return never;
  }

  /** Leaves memory, once. */
  go(leaving: Leaving): void {
    if (this.left) return;
    this.left = true;
    this.leave(leaving);
    // Nobody has to do on what nobody will hear of.
    if (leaving.kind === "lost") this.ending.abort(this.session.signal.reason);
  }

  cancelled(): LongmenError {
    return fail(flowErrors, "run_cancelled", { run: this.name });
  }

  /** Somebody asks something of it while it is here. */
  hear(asked: number): void {
    // On its way out it leaves with what it knew; its row knows better, and it comes back for it.
    if (this.left) this.heardLate = true;
    if (this.left || asked === this.asked || this.asked === Asked.cancel) return;
    this.asked = asked;
    if (asked === Asked.cancel) this.ending.abort(this.cancelled());
    else this.considerLeaving();
  }

  /** Counts a call of its function as under way while it lasts. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.busy += 1;
    try {
      return await work();
    } finally {
      this.lessBusy();
    }
  }

  /** Resolves when no call is under way: a function may return before what it has begun. */
  async quiet(): Promise<void> {
    while (this.busy > 0 && !this.left) {
      this.idle ??= Promise.withResolvers<void>();
      await this.idle.promise;
    }
    if (this.left) return never;
  }

  private lessBusy(): void {
    this.busy -= 1;
    if (this.busy > 0 || (this.blocked.size === 0 && this.idle === undefined)) return;
    // A turn later: whoever waited for the call goes on with the next one.
    setImmediate(() => {
      if (this.busy > 0) return;
      this.idle?.resolve();
      this.idle = undefined;
      this.considerLeaving();
    });
  }

  /**
   * Waits until an instant, or until `woken` resolves. When it has waited in memory long enough the run
   * leaves, if it does nothing else. Rejects when the run is cancelled.
   */
  async block({ until, stayMs, woken = never, arrived, heedless = false }: Awaited): Promise<void> {
    const blocked: Blocked = { until, arrived, heedless, stayed: false };
    const inMs = until === null ? Infinity : Math.max(0, until - this.session.now());
    const due = Promise.withResolvers<void>();
    const act = (): void => {
      if (inMs <= stayMs) return due.resolve();
      blocked.stayed = true;
      this.considerLeaving();
    };
    const timer = setTimeout(act, Math.min(inMs, stayMs, TIMER_MAX_MS));
    const callOff = this.whenEnding(heedless, (reason) => due.reject(reason));
    this.blocked.add(blocked);
    this.lessBusy();
    try {
      await Promise.race([due.promise, woken]);
    } finally {
      this.busy += 1;
      this.blocked.delete(blocked);
      clearTimeout(timer);
      callOff();
    }
    if (this.left) return never;
  }

  private considerLeaving(): void {
    if (this.busy > 0 || this.left || this.blocked.size === 0) return;
    const waits = [...this.blocked];
    const hurries = this.parts.draining || this.asked === Asked.pause;
    if (!hurries && !waits.every(({ stayed }) => stayed)) return;
    const ends = waits.flatMap(({ until }) => until ?? []);
    const heeds = !waits.some(({ heedless }) => heedless);
    if (this.asked === Asked.pause && heeds) return this.go({ kind: "pause" });
    const arrived = waits.flatMap((wait) => wait.arrived ?? []);
    this.go({ kind: "wait", wakeAt: ends.length === 0 ? null : Math.min(...ends), arrived });
  }

  /** The node closes: what only waits leaves. */
  drain(): void {
    this.considerLeaving();
  }

  /** Keeps a step's outcome; it is committed with the next unit. */
  record(made: Omit<StepRecord, "ordinal" | "endedAt">, ...beside: readonly WriteUse[]): void {
    const endedAt = this.session.now();
    this.ordinal += 1;
    const record: StepRecord = { ...made, ordinal: this.ordinal, endedAt };
    this.records.set(record.step, record);
    if (record.step.endsWith(WAIT)) this.waits.add(record.step.slice(0, -WAIT.length));
    this.learnedAt = Math.max(this.learnedAt, endedAt);
    const row = writing(this.session.writers.insertSteps, { ...record, runId: this.runId });
    this.outbox.add([row, ...beside, ...this.uncrashed()], record.step);
  }

  /** The record of a step that something else commits: a book's lane, a transaction. */
  numbered(made: Omit<StepRecord, "ordinal" | "endedAt">): StepRecord {
    this.ordinal += 1;
    return { ...made, ordinal: this.ordinal, endedAt: this.session.now() };
  }

  /** Such a record is committed. */
  recorded(record: StepRecord): void {
    this.records.set(record.step, record);
    this.learnedAt = Math.max(this.learnedAt, record.endedAt);
  }

  /** It got on: crashes are counted in a row. */
  private uncrashed(): WriteUse[] {
    if (this.crashes === 0) return [];
    this.crashes = 0;
    return [this.rowOf(State.running, null)];
  }

  /** The run's live row as it is to be. */
  rowOf(state: number, wakeAt: number | null, hears = false): WriteUse {
    const { owner } = this.session;
    const mine = state === State.running || state === State.telling;
    return writing(this.session.writers.letGo, {
      runId: this.runId,
      state,
      wakeAt,
      owner: mine ? owner.owner : 0,
      epoch: mine ? owner.epoch : 0,
      crashes: this.crashes,
      seen: this.asked,
      hears,
    });
  }

  /** For a person to read. */
  trouble(step: string, attempt: number, kind: keyof typeof Trouble, error: string): void {
    const row = {
      runId: this.runId,
      step,
      attempt,
      kind: Trouble[kind],
      error,
      at: this.session.now(),
    };
    this.write(writing(insertTroubles, row));
  }

  /** Rows for the next unit. */
  write(...rows: readonly WriteUse[]): void {
    this.outbox.add(rows);
  }

  /** The run's own row, as it leaves: written once in a unit, or the count is off. */
  letGo(row: WriteUse): void {
    this.outbox.dropOwnRows();
    this.outbox.add([row]);
  }

  /** What was not sent, for the unit of the run's end. */
  takeLast(): Promise<WriteUse[]> {
    return this.outbox.takeLast();
  }

  /** What was not sent, for a unit that commits it with what it does. */
  carry(): Carried {
    return this.outbox.carry();
  }

  private notCommitted(error: unknown): void {
    if (this.session.signal.aborted || error instanceof NeverBegan)
      return this.go({ kind: "lost" });
    const reason = error instanceof Error ? error.message : String(error);
    this.go({ kind: "park", step: "", error: fail(flowErrors, "not_recorded", { reason }, error) });
  }

  stands(step: string): Promise<boolean> {
    return this.outbox.stands(step);
  }

  /** Resolves when all that was recorded is committed; where it can't be, never. */
  async settled(): Promise<void> {
    await this.outbox.flushed();
    if (this.left) return never;
  }

  /** The same for a run that leaves: answers in any case. */
  flushed(): Promise<void> {
    return this.outbox.flushed();
  }
}
