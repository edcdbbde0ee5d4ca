/**
 * Trying again what commits by itself: a transaction, a book's unit. Whatever passes is waited for as a run's
 * own records wait for it; and where one of the tries may have been committed unseen, what stands decides.
 */
import { backoff, type LongmenError } from "../../base/index.ts";
import { readStep } from "../flow.sql.ts";
import type { Run } from "../run.ts";
import { isPassing } from "../session.ts";
import { Asked, type StepRecord } from "../state.ts";

/** Locks that others hold, deadlocks: what the work itself may be at fault for. */
const CONFLICTS_MAX = 10;
const PAUSE_BASE_MS = 50;
const PAUSE_MAX_MS = 2_000;
const never = new Promise<never>(() => undefined);

export class Tries {
  /** A try may have been committed, or may still be. */
  unsure = false;
  count = 1;
  private conflicts = 0;
  private readonly run: Run;
  private readonly position: string;

  constructor(run: Run, position: string) {
    this.run = run;
    this.position = position;
  }

  /** Whether it is to be tried again, after a pause. Throws where the run is cancelled instead. */
  async after(error: unknown): Promise<"again" | "stands" | "failed"> {
    if (this.run.session.signal.aborted) return this.lost();
    if (!this.run.isHere) return never;
    if (!isPassing(error)) return "failed";
    this.unsure ||= leavesUnsure(error);
    if (this.unsure && (await this.stands())) return "stands";
    if (error.kind === "conflict" && ++this.conflicts >= CONFLICTS_MAX) return "failed";
    await this.pause();
    this.count += 1;
    // Where one may still be committed the run is cancelled behind it.
    const { asked, undoing } = this.run;
    if (asked === Asked.cancel && !undoing && !this.unsure) throw this.run.cancelled();
    return "again";
  }

  private async pause(): Promise<void> {
    const { database, signal } = this.run.session;
    const waitMs = backoff({ attempt: this.count, baseMs: PAUSE_BASE_MS, maxMs: PAUSE_MAX_MS });
    try {
      await database.clock.sleep(Math.max(waitMs, 1), signal);
    } catch {
      await this.lost();
    }
  }

  private lost(): Promise<never> {
    this.run.go({ kind: "lost" });
    return never;
  }

  stands(): Promise<boolean> {
    return this.run.session.patiently(() => this.run.stands(this.position));
  }

  /** Keeps how it came out; where a try of it was committed after all, that. Answers what stands. */
  async record(made: Omit<StepRecord, "ordinal" | "endedAt">): Promise<StepRecord> {
    this.run.record(made);
    if (!this.unsure) return { ...made, ordinal: 0, endedAt: 0 };
    await this.run.settled();
    return this.read();
  }

  async read(): Promise<StepRecord> {
    const { session, runId } = this.run;
    const asked = { runId, step: this.position };
    const record = await session.patiently(() => session.database.one(readStep, asked));
    this.run.recorded(record);
    return record;
  }
}

const leavesUnsure = ({ code }: LongmenError): boolean =>
  code.endsWith(".outcome_unknown") || code === "lane.in_part";
