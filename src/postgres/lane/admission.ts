/** What every transaction of a lane must pass: its node's lease, and the floor of the tables. */
import { floorCheck, knownOf } from "../floor.ts";
import type { LaneOptions } from "./lane-options.ts";
import { checkLease } from "./lease.ts";
import { flushStatement } from "./statements.ts";
import type { FlushStatement } from "./unit.ts";

type Admitted = Pick<LaneOptions<never, never>, "database" | "lease" | "rooms">;

/** What makes a transaction of this lane's node fail once its lease is somebody else's. */
export function leaseCheck({ lease, database }: Admitted): FlushStatement[] {
  return lease === undefined ? [] : [flushStatement(checkLease, database, lease)];
}

/**
 * SQL that makes a transaction fail once this node is too old for the tables: its first statement.
 * Refuses: postgres.schema_older.
 */
export async function firstCheck({ database, rooms = [] }: Admitted): Promise<string> {
  return floorCheck(database.schema, await knownOf(database, rooms));
}
