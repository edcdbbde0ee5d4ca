/** What all runs of a node share. */
import type { Clock, Logger } from "../base/index.ts";
import type { Unit, UnitAnswer } from "../postgres/index.ts";
import type { AnyFlow } from "./define-flow.ts";
import type { Ears } from "./ears.ts";
import type { RetryBudgets } from "./retry-budget.ts";
import type { Session } from "./session.ts";
import type { RunRow } from "./write-runs.ts";

/** A book of the ledger, as far as a flow needs one. */
export interface PostingBook {
  commit(unit: Unit<never>): Promise<UnitAnswer<unknown>>;
}

/** Where books are found: an open ledger is one. */
export interface Books {
  book(name: string): Promise<PostingBook>;
}

/** For how long the event loop was kept from everybody else, and what ran here then. */
export interface StoodStill {
  readonly blockedMs: number;
  readonly runs: number;
  readonly tasks: readonly string[];
}

export interface NodeParts {
  readonly clock: Pick<Clock, "sleep">;
  readonly log: Logger;
  readonly budget: RetryBudgets;
  readonly ears: Ears;
  readonly books: Books | undefined;
  /** The book of postings that name none. */
  readonly book: string | undefined;
  /** Nothing new is begun. */
  readonly draining: boolean;
  newId(): bigint;
  /** Something may be ready: look soon. */
  nudge(): void;
  /** The number of a flow. Refuses: flow.unknown_flow. */
  numberOf(flow: AnyFlow): number;
  /** Asks a run to cancel; one that has ended has ended. Answers when that is recorded. */
  cancelChild(runId: bigint): Promise<void>;
  /** A task stands in its queue, for whoever serves it. */
  enqueued(task: AnyFlow, gate: bigint | null): void;
  /** Runs a run on this node whose rows are being committed. */
  adopt(session: Session, row: RunRow, flow: AnyFlow): void;
}
