/**
 * What a lane asks of the engine that decides its postings (the ledger; a lane without a book has
 * none). The engine keeps its belief about the books in memory *as of a sequence number*, decides
 * every posting in order, and hands over statements of which the first is a compare-and-set: if the
 * belief was wrong, the database refuses the whole flush and nothing happened.
 */
import type { Executor } from "../executor.ts";
import type { Backend } from "./backend.sql.ts";
import type { FlushStatement } from "./unit.ts";

/** Runs reads on the lane's own connection, behind every flush that was sent before. */
export type LaneReader = Pick<Executor, "run" | "one" | "maybe">;

export interface Decided<Answer> {
  /** The posting was carried out now: the unit's rows go along. */
  readonly applied: boolean;
  /** It had been carried out before: the unit's rows stand already. */
  readonly repeated: boolean;
  readonly answer: Answer;
}

/** Everything decided since `open`, as statements, and the two ways it can end. */
export interface SealedBatch {
  /** Order lock and compare-and-set; the reply's first row is handed to `settle`. */
  readonly opening: readonly FlushStatement[];
  readonly writing: readonly FlushStatement[];
  /** Nothing was decided that needs a row. */
  readonly empty: boolean;
  /** It is committed. `reply` is what the last opening statement returned. */
  settle(reply: readonly (string | null)[] | undefined): void;
  /** It did not happen: memory goes back to what it was before. Newest batch first. */
  undo(): void;
}

/** The server process that holds a lock, and how far it has got. */
export interface Holder extends Backend {
  /** When its statement began, in µs. */
  readonly since: bigint;
  /** How many bytes of rows it has been sent by its client. */
  readonly received: bigint;
}

/** Why the engine's own statements refused a flush. */
export type EngineFailure =
  | { readonly kind: "stale" }
  | { readonly kind: "skewed"; readonly databaseTime: number }
  /** Some id of the flush is taken; which, the engine looks up. */
  | { readonly kind: "repeated" };

export interface LaneEngine<Posting, Answer> {
  /** How much of a flush a posting takes: its number of entries. */
  weight(posting: Posting): number;
  /** Whether memory may be believed without asking: flushes are decided ahead and pipelined. */
  readonly confident: boolean;
  /** In a transaction: takes the order lock, reads the head, forgets what turned out stale. */
  refresh(reader: LaneReader): Promise<void>;
  /** Starts a batch on top of everything decided before it. */
  open(): void;
  /**
   * Before the first decision of a batch: carries out what fell due. `load`: call load first, with
   * the postings that will be decided. `full`: so much was due that the batch takes nothing more.
   */
  prepare(): "ready" | "load" | "full";
  /** Decides a posting in the open batch; undefined when something must be loaded first. */
  decide(posting: Posting, context: unknown): Decided<Answer> | undefined;
  /** Reads what these postings (and what falls due) need and memory does not have. */
  load(postings: readonly Posting[], reader: LaneReader): Promise<void>;
  seal(): SealedBatch;
  /** The engine's statements refused; all batches in flight have been undone already. */
  failed(failure: EngineFailure): void;
  /** Somebody saw in the database what memory should have seen to: it is asked before the next batch. */
  suspect(): void;
  /** After a lost connection: whether that batch is in the database. Runs under the order lock. */
  wasCommitted(batch: SealedBatch, reader: LaneReader): Promise<boolean>;
  /** The name of the statement that takes the order lock, in a batch's opening as in reads. */
  readonly orderLock: string;
  /** Who holds the order lock and waits, in the middle of a statement, for what its client sends. */
  waitingHolder(reader: LaneReader): Promise<Holder | undefined>;
  /** Nothing has happened for a while: lets go of what can be read again. */
  rest(): void;
  /** Believes nothing any more. */
  forget(): void;
  /** In how long something falls due that no caller will bring, on the engine's own clock. */
  dueInMs(): number | undefined;
}
