/**
 * What a run has to say and has not sent, and what was sent and is not committed. Rows go out at the next
 * turn, when somebody must wait for them, with the run's end, or along with a unit of a book's.
 */
import type { WriteUse } from "../postgres/index.ts";
import { stepStands } from "./flow.sql.ts";
import type { Session } from "./session.ts";

/** The rows of a run that begins, and who waits for them. */
export interface Starting {
  readonly rows: readonly WriteUse[];
  readonly stands: () => Promise<boolean>;
  readonly landed: () => void;
  readonly failed: (error: unknown) => void;
}

/** Rows that go along with a unit of something else: a book's. */
export interface Carried {
  readonly rows: readonly WriteUse[];
  /** They are committed. */
  readonly done: () => void;
  /** Nothing of the unit was done. */
  readonly putBack: () => void;
}

/** Its start could not be committed; whoever started it was told. */
export class NeverBegan extends Error {}

export interface OutboxInput {
  readonly session: Session;
  readonly runId: bigint;
  readonly name: string;
  readonly starting: Starting | undefined;
}

export class Outbox {
  private readonly input: OutboxInput;
  private readonly onFailed: (error: unknown) => void;
  private starting: Starting | undefined;
  private rows: WriteUse[] = [];
  /** The last step whose record is in there. */
  private step: string | undefined;
  private soon = false;
  private committing = 0;
  private waiting: (() => void)[] = [];

  constructor(input: OutboxInput, onFailed: (error: unknown) => void) {
    this.input = input;
    this.onFailed = onFailed;
    this.starting = input.starting;
    if (this.starting !== undefined) this.flushSoon();
  }

  /** Rows for the next unit; `step` is the step that they record. */
  add(rows: readonly WriteUse[], step?: string): void {
    this.rows.push(...rows);
    this.step = step ?? this.step;
    this.flushSoon();
  }

  private flushSoon(): void {
    if (this.soon) return;
    this.soon = true;
    setImmediate(() => {
      this.soon = false;
      this.flush();
    });
  }

  /** What was not sent, for the unit of the run's end, which takes its live row. */
  async takeLast(): Promise<WriteUse[]> {
    // In one flush with its coming, its going might come first.
    if (this.starting !== undefined) await this.flushed();
    this.dropOwnRows();
    return this.take();
  }

  /** The run's live row is written once in a unit, or its count is off. */
  dropOwnRows(): void {
    const { letGo } = this.input.session.writers;
    this.rows = this.rows.filter(({ writer }) => writer !== letGo);
  }

  private take(): WriteUse[] {
    const { rows } = this;
    this.rows = [];
    this.step = undefined;
    return rows;
  }

  /** What was not sent yet, for a unit that commits it with what it does: `landed` waits for that. */
  carry(): Carried {
    const { starting, step } = this;
    this.starting = undefined;
    const rows = this.take();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.follow(promise);
    return {
      rows: [...(starting?.rows ?? []), ...rows],
      done: () => {
        starting?.landed();
        resolve();
      },
      putBack: () => {
        this.starting = starting;
        this.rows.unshift(...rows);
        this.step ??= step;
        this.flush();
        resolve();
      },
    };
  }

  private flush(): void {
    const { starting, step } = this;
    if (starting !== undefined) return this.sendStart(starting);
    if (this.rows.length === 0) return;
    const { session, name } = this.input;
    const stands = async (): Promise<boolean> => step !== undefined && (await this.stands(step));
    this.follow(session.commit(`${name}/${step ?? ""}`, this.take(), { stands }));
  }

  private sendStart({ rows, stands, landed, failed }: Starting): void {
    this.starting = undefined;
    const { session, name } = this.input;
    const all = [...rows, ...this.take()];
    const sent = session.commit(name, all, { stands, impatient: true });
    const told = (error: unknown): never => {
      failed(error);
      throw new NeverBegan("it never began", { cause: error });
    };
    this.follow(sent.then(landed, told));
  }

  /** Counts something as being committed. */
  private follow(committed: Promise<unknown>): void {
    this.committing += 1;
    committed
      .catch(this.onFailed)
      .finally(() => {
        this.committing -= 1;
        if (this.committing > 0) return;
        for (const settle of this.waiting.splice(0)) settle();
      })
      .catch(() => undefined);
  }

  async stands(step: string): Promise<boolean> {
    const { session, runId } = this.input;
    return (await session.database.maybe(stepStands, { runId, step })) !== undefined;
  }

  /** Resolves when what was sent is committed, or can't be. */
  async landed(): Promise<void> {
    if (this.committing > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Sends what there is, and waits for all of it. */
  flushed(): Promise<void> {
    this.flush();
    return this.landed();
  }
}
