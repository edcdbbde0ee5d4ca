/** A task in the memory of the node that has it. */
import type { Driven } from "../drive.ts";
import { showRunId } from "../run-id.ts";
import type { Session } from "../session.ts";
import { Asked } from "../state.ts";

export interface EntryInput {
  readonly session: Session;
  readonly runId: bigint;
  readonly input: unknown;
  readonly parentId: bigint | null;
  readonly gate: bigint | null;
  /** Attempts that failed in earlier lives. */
  readonly failed?: number;
  readonly crashes?: number;
  readonly asked?: number;
  /** It said how far it was, in an earlier life. */
  readonly hasProgress?: boolean;
}

/**
 * `coming` from its row → `waiting` for a slot → `running` → `ending` (its end is being committed), or → `pausing` between two attempts →
 * `waiting` …, or → `leaving` (its row is given back).
 */
export type Phase = "coming" | "waiting" | "running" | "pausing" | "ending" | "leaving";

/** What a handler said last of how far it is, and when that was written. */
export interface Said {
  value: string;
  isWritten: boolean;
}

export class TaskEntry {
  readonly session: Session;
  readonly runId: bigint;
  /** As it was checked. */
  input: unknown;
  readonly parentId: bigint | null;
  readonly gate: bigint | null;
  failed: number;
  readonly crashes: number;
  asked: number;
  hasProgress: boolean;
  phase: Phase = "waiting";
  said: Said | undefined;
  /** Of the pause between two attempts. */
  timer: NodeJS.Timeout | undefined;
  private waiter: PromiseWithResolvers<Driven> | undefined;
  private came: Driven | undefined;

  constructor(made: EntryInput) {
    this.session = made.session;
    this.runId = made.runId;
    this.input = made.input;
    this.parentId = made.parentId;
    this.gate = made.gate;
    this.failed = made.failed ?? 0;
    this.crashes = made.crashes ?? 0;
    this.asked = made.asked ?? Asked.nothing;
    this.hasProgress = made.hasProgress ?? false;
  }

  get name(): string {
    return showRunId(this.runId);
  }

  /** What comes of it, or that it has left. */
  get driven(): Promise<Driven> {
    if (this.waiter === undefined) {
      this.waiter = Promise.withResolvers<Driven>();
      if (this.came !== undefined) this.waiter.resolve(this.came);
    }
    return this.waiter.promise;
  }

  over(came: Driven): void {
    clearTimeout(this.timer);
    this.came = came;
    this.waiter?.resolve(came);
  }
}
