/** What a lane is opened with, and what it counts. */
import type { Faults, Logger } from "../../base/index.ts";
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

export interface LaneStats {
  readonly queued: number;
  readonly inFlight: number;
  readonly flushes: number;
  readonly units: number;
  readonly refusedFlushes: number;
  readonly lostConnections: number;
  readonly overloads: number;
}
