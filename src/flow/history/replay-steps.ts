/** What a flow's function works with in a replay: every call answers from its record, and does nothing. */
import type { Transaction } from "../../postgres/index.ts";
import type { Batcher } from "../batch/batcher.ts";
import { codePlace } from "../code-place.ts";
import { decodePayload } from "../codec.ts";
import type {
  EventOptions,
  Flow,
  Posted,
  PostingAsked,
  StepOptions,
  Steps,
} from "../define-flow.ts";
import type { Scope } from "../position.ts";
import { Kind, kindName, type StepRecord } from "../state.ts";
import { allOf } from "../steps/all-of.ts";
import { answerOf } from "../steps/answer-record.ts";
import { chanceFrom, drawBytes, idFrom } from "../steps/draw.ts";
import type { StepWork } from "../steps/do-step.ts";
import { Unasked } from "../unasked.ts";
import type { RunHistory } from "./export-history.ts";

export interface HistoryMismatch {
  readonly step: string;
  readonly expected: string;
  readonly found: string;
  /** `file:line` of the code that asked for it; where nothing asked, "the end of the flow". */
  readonly place: string;
}

export type Replayed =
  | {
      readonly ok: true;
      /** `end`: the function returned or threw as the run did. `frontier`: it wants to go on from there. */
      readonly reached: "end" | "frontier";
      readonly steps: number;
    }
  | ({ readonly ok: false } & HistoryMismatch);

/** So long nothing more was asked for: all that is left waits for what was not recorded. */
const QUIET_MS = 20;
const OPEN_PART = /~(?:wait|child)$/;
const never = new Promise<never>(() => undefined);

/** What all branches of a replay share. */
export class Replay {
  readonly name: string;
  /** Resolves when the function wants what was not recorded, or is not what was recorded. */
  readonly left: Promise<"frontier" | Replayed>;
  readonly cached = new Map<string, Promise<unknown>>();
  learnedAt: number;
  private readonly history: RunHistory;
  private readonly records: ReadonlyMap<string, StepRecord>;
  private readonly unasked = new Unasked();
  private readonly leave: (left: "frontier" | Replayed) => void;
  /** Asked for, and not recorded, with the place in the code. */
  private readonly wanted = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(history: RunHistory, records: readonly StepRecord[]) {
    this.history = history;
    this.name = history.run;
    this.records = new Map(records.map((record) => [record.step, record]));
    for (const record of records) this.unasked.add(record);
    this.learnedAt = this.unasked.begunAt ?? Date.parse(history.createdAt);
    const { promise, resolve } = Promise.withResolvers<"frontier" | Replayed>();
    this.left = promise;
    this.leave = resolve;
  }

  async recall(position: string, kind: number): Promise<StepRecord> {
    const known = this.records.get(position);
    const place = codePlace();
    if (known !== undefined) {
      if (known.kind !== kind) {
        return this.mismatch(position, kindName(known.kind), kindName(kind), place);
      }
      this.unasked.forget(position);
      this.learnedAt = Math.max(this.learnedAt, known.endedAt);
      if (this.wanted.size > 0) this.waitQuietly();
      return known;
    }
    const found = `${kindName(kind)} "${position}"`;
    // Steps that are asked for beside each other get a turn to do so.
    await new Promise((resolve) => setImmediate(resolve));
    const left = this.unasked.besides(position);
    if (left !== undefined) return this.mismatch(left, this.shown(left), found, place);
    const { status } = this.history;
    if (status === "done" || status === "failed") {
      return this.mismatch(position, status === "done" ? "its end" : "an error", found, place);
    }
    this.wanted.set(position, place);
    this.waitQuietly();
    return never;
  }

  private waitQuietly(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.leave("frontier"), QUIET_MS);
  }

  private shown(position: string): string {
    return `${kindName(this.records.get(position)?.kind ?? 0)} "${position}"`;
  }

  private mismatch(step: string, expected: string, found: string, place: string): Promise<never> {
    this.leave({ ok: false, step, expected, found, place });
    return never;
  }

  /** All that is left waits for new steps: nothing of the old ones may be left over. */
  atFrontier(): Replayed | undefined {
    const [[wanted, place] = ["", "the end of the flow"]] = this.wanted;
    const left = this.unasked.first ?? this.openPart();
    if (left === undefined) return undefined;
    return {
      ok: false,
      step: left,
      expected: this.shown(left),
      found: `the step "${wanted}"`,
      place,
    };
  }

  atEnd(): Replayed | undefined {
    clearTimeout(this.timer);
    const cancelled = this.history.status === "cancelled";
    const left = this.unasked.first ?? (cancelled ? undefined : this.openPart());
    if (left === undefined) return undefined;
    const place = "the end of the flow";
    return { ok: false, step: left, expected: this.shown(left), found: "its end", place };
  }

  /** A wait or child that had begun, and that nothing asks for. */
  private openPart(): string | undefined {
    for (const step of this.records.keys()) {
      const base = step.replace(OPEN_PART, "");
      if (base !== step && !this.records.has(base) && !this.wanted.has(base)) return step;
    }
    return undefined;
  }

  seedOf(path: string): string {
    return this.unasked.seedOf(path, this.name);
  }
}

export class ReplaySteps implements Steps {
  readonly signal: AbortSignal = new AbortController().signal;
  private readonly replay: Replay;
  private readonly scope: Scope;
  private drawn = 0;

  constructor(replay: Replay, scope: Scope) {
    this.replay = replay;
    this.scope = scope;
  }

  get runId(): string {
    return this.replay.name;
  }

  async step<T>(name: string, _work: StepWork<T>, { cache }: StepOptions<T> = {}): Promise<T> {
    if (cache === undefined) return this.answer<T>(name, Kind.step);
    const before = this.replay.cached.get(cache);
    if (before !== undefined) return (await before) as T;
    const made = this.answer<T>(name, Kind.step);
    this.replay.cached.set(cache, made);
    made.catch(() => this.replay.cached.delete(cache));
    return made;
  }

  batch<T, R>(name: string, _through: Batcher<T, R>, _item: T): Promise<R> {
    return this.answer<R>(name, Kind.step);
  }

  post(name: string, _posting: PostingAsked): Promise<Posted> {
    return this.answer<Posted>(name, Kind.post);
  }

  tx<T>(name: string, _work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.answer<T>(name, Kind.tx);
  }

  sleep(name: string, _forMs: number | Date): Promise<void> {
    return this.at(name, async (position) => void (await this.replay.recall(position, Kind.sleep)));
  }

  event(name: string, _options?: EventOptions): Promise<unknown> {
    return this.at(name, async (position) => {
      const heard = answerOf(await this.replay.recall(position, Kind.event));
      return decodePayload((heard as { readonly payload: string | null }).payload);
    });
  }

  child<I, O>(name: string, _of: Flow<I, O>, _input: I): Promise<O> {
    return this.answer<O>(name, Kind.child);
  }

  async all<B extends Readonly<Record<string, (f: Steps) => Promise<unknown>>>>(
    branches: B,
  ): Promise<{ readonly [K in keyof B]: Awaited<ReturnType<B[K]>> }> {
    const position = this.scope.next("all");
    return allOf(branches, (name) => {
      return new ReplaySteps(this.replay, this.scope.branch(position, name));
    });
  }

  /** What was undone was undone: the error goes on as it did. */
  saga<T>(name: string, work: (f: Steps) => Promise<T>): Promise<T> {
    const position = this.scope.next(name);
    return this.scope.during(name, () => {
      return work(new ReplaySteps(this.replay, this.scope.inner(position)));
    });
  }

  state(_value: unknown): void {
    return undefined;
  }

  now(): number {
    return this.replay.learnedAt;
  }

  id(): string {
    return idFrom(this.draw());
  }

  random(): number {
    return chanceFrom(this.draw());
  }

  private draw(): Buffer {
    this.drawn += 1;
    const { path } = this.scope;
    return drawBytes(this.replay.seedOf(path), path, this.drawn);
  }

  private answer<T>(name: string, kind: number): Promise<T> {
    return this.at(
      name,
      async (position) => answerOf(await this.replay.recall(position, kind)) as T,
    );
  }

  private async at<T>(name: string, work: (position: string) => Promise<T>): Promise<T> {
    const position = this.scope.next(name);
    return this.scope.during(name, () => work(position));
  }
}
