/** For tests: nodes of flows on a schema of their own, and an auditor of what stands in it. */
import { onTestFinished } from "vitest";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import {
  shelfMigrations,
  testDatabase,
  rowsOf,
  type TestDatabase,
} from "../../postgres/testing.ts";
import {
  type AnyFlow,
  flowMigrations,
  type Flows,
  type FlowsOptions,
  openFlows,
} from "../index.ts";

export function flowDatabase(): Promise<TestDatabase> {
  return testDatabase({ migrations: [postgresMigrations, flowMigrations, shelfMigrations] });
}

/** A node on a database that is open already; closed with the test. */
export async function flowsOn(
  database: Database,
  flows: readonly AnyFlow[],
  options: Partial<FlowsOptions> = {},
): Promise<Flows> {
  const opened = await openFlows({ database, node: "node-1", flows, ...options });
  onTestFinished(() => opened.close({ drainMs: 500 }));
  return opened;
}

/** Another node on the same schema, with a pool of its own. */
export async function flowNode(
  { url, schema }: Pick<TestDatabase, "url" | "schema">,
  node: string,
  flows: readonly AnyFlow[],
  options: Partial<FlowsOptions> = {},
): Promise<Flows> {
  const database = await openDatabase({ url, schema, poolMax: 4 });
  onTestFinished(() => database.close());
  return flowsOn(database, flows, { ...options, node });
}

export { rowsOf };
