import { onTestFinished } from "vitest";
import { type ManualClock, manualClock } from "../../base/index.ts";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { nodeLane, testDatabase, type TestDatabase } from "../../postgres/testing.ts";
import {
  type Access,
  accessMigrations,
  type Actor,
  type NewKey,
  openAccess,
  parseScope,
} from "../index.ts";

export const ann: Actor = { by: "ann/abcdefghijkl", from: "192.0.2.7", request: "trace-1" };

/** A key that may do little, unless asked otherwise. */
export function keyFor(owner: string, change: Partial<NewKey> = {}): NewKey {
  return { owner, ownerKind: "service", scopes: [parseScope("read@retail")], ...change };
}

/** One node: a pool, a lane and an access of its own on a schema that others may share. */
export interface AccessNode {
  readonly access: Access;
  readonly database: Database;
  /** How old this node's knowledge is; tests move it. */
  readonly clock: ManualClock;
  /** The names of the statements that checks and administration have run so far. */
  readonly reads: string[];
}

/** A fresh schema with one node; `join` adds others. */
export async function accessNode(): Promise<AccessNode & { readonly opened: TestDatabase }> {
  const opened = await testDatabase({ migrations: [postgresMigrations, accessMigrations] });
  return { ...nodeOn(opened.database), opened };
}

/** Another node on the same schema, with a pool of its own. */
export async function join({ url, schema }: TestDatabase): Promise<AccessNode> {
  const database = await openDatabase({ url, schema, poolMax: 3 });
  onTestFinished(() => database.close());
  return nodeOn(database);
}

/** A node on a database that is open already. */
export function nodeOn(database: Database): AccessNode {
  const clock = manualClock(1_000_000);
  const reads: string[] = [];
  const watched: Database = {
    ...database,
    run: (statement, values) => {
      reads.push(statement.name);
      return database.run(statement, values);
    },
  };
  const access = openAccess({ database: watched, lane: nodeLane(database), clock });
  onTestFinished(() => access.close());
  return { access, database, clock, reads };
}

/** What a test does behind everybody's back. */
export function edit({ schema, database }: TestDatabase, text: string): Promise<unknown> {
  return database.transaction((tx) => tx.query(text.replaceAll("{schema}", schema)));
}
