/** What firing needs of the node that fires. */
import type { Logger } from "../../base/index.ts";
import type { AnyFlow, Flows } from "../../flow/index.ts";
import type { Database, RowIn, WriteUse } from "../../postgres/index.ts";
import type { readPlaces } from "../schedule.sql.ts";
import type { Came } from "./commit.ts";
import type { DatabaseTime } from "./database-time.ts";
import type { Days } from "./days.ts";
import type { Entry } from "./wheel.ts";

/** Where a shard stands, as far as whose turn it is hangs on it. */
export interface Expected {
  readonly scheduleId: bigint;
  readonly shard: number;
  readonly dueMs: bigint;
  readonly fires: bigint;
  readonly route: number;
  readonly target: string;
  readonly targetVersion: number;
}

export interface FiringNode {
  readonly database: Database;
  readonly flows: Flows;
  readonly log: Logger;
  readonly keepMs: number;
  readonly days: Days;
  readonly time: DatabaseTime;
  readonly isClosed: boolean;
  /** Shards whose ticks are fired one at a time, the next time. */
  readonly oneByOne: Set<number>;
  /** What it starts for a target: of the version, or for 0 the highest. */
  definitionOf(target: string, version: number): AnyFlow | undefined;
  /** 0: it is this node's turn. Undefined: it can't start that. */
  rankOf(row: Omit<Expected, "dueMs">): number | undefined;
  /** Puts it into the wheel where it falls due soon. */
  expect(row: Expected): void;
  wheelAdd(entry: Entry, inMs: number): void;
  placeOf(scheduleId: bigint, shard: number): Promise<RowIn<typeof readPlaces> | undefined>;
  commit(key: string, writes: readonly WriteUse[], stands: () => Promise<boolean>): Promise<Came>;
  /** So many runs were started here; something may wait in line now. */
  fired(runs: number, isQueued: boolean): void;
}
