/** What a lane is opened with, and what it counts. */
import type { Faults, HistogramRead, Logger } from "../../base/index.ts";
import type { Database } from "../database.ts";
import type { MigrationFolder } from "../migration.ts";
import type { LaneEngine } from "./engine.ts";
import type { LaneLimits } from "./intake.ts";
import type { Lease } from "./lease.ts";

export interface LaneOptions<Posting, Answer> {
  /** For messages: "book retail", "node rows". */
  readonly name: string;
  readonly database: Database;
  readonly engine?: LaneEngine<Posting, Answer> | undefined;
  readonly lease?: Lease | undefined;
  /**
   * The rooms whose rows it writes: a node that is too old for what their tables have become is
   * refused. What was migrated through this database is known anyway.
   */
  readonly rooms?: readonly MigrationFolder[] | undefined;
  readonly limits?: Partial<LaneLimits> | undefined;
  readonly faults?: Faults | undefined;
  readonly log?: Logger | undefined;
}

/** From a commit on a fast disk to one that hardly comes. */
export const FLUSH_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export interface LaneStats {
  readonly queued: number;
  readonly inFlight: number;
  readonly flushes: number;
  readonly units: number;
  readonly refusedFlushes: number;
  readonly lostConnections: number;
  readonly overloads: number;
  /** From the sending of a flush to the news that it is committed. */
  readonly flushSeconds: HistogramRead;
}
