/** For tests: nodes that fire, on a schema of their own, and what stands in it. */
import { onTestFinished } from "vitest";
import { type AnyFlow, flowMigrations, type FlowsOptions, openFlows } from "../../flow/index.ts";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import {
  shelfMigrations,
  testDatabase,
  rowsOf,
  type TestDatabase,
} from "../../postgres/testing.ts";
import {
  openSchedules,
  scheduleMigrations,
  type Schedules,
  type SchedulesOptions,
} from "../index.ts";

export function scheduleDatabase(): Promise<TestDatabase> {
  return testDatabase({
    migrations: [postgresMigrations, flowMigrations, scheduleMigrations, shelfMigrations],
    poolMax: 8,
  });
}

/** A node on a database that is open already; closed with the test. */
export async function schedulesOn(
  database: Database,
  flows: readonly AnyFlow[],
  options: Partial<SchedulesOptions> & Partial<FlowsOptions> = {},
): Promise<Schedules> {
  const { node = "node-1", schedules, keepDays, faults, ...rest } = options;
  const opened = await openFlows({ database, node, ...rest, flows: [...flows] });
  onTestFinished(() => opened.close({ drainMs: 500 }));
  const made = await openSchedules({ database, flows: opened, schedules, keepDays, faults });
  onTestFinished(() => made.close());
  return made;
}

/** Another node on the same schema, with a pool of its own. */
export async function scheduleNode(
  { url, schema }: Pick<TestDatabase, "url" | "schema">,
  node: string,
  flows: readonly AnyFlow[],
  options: Partial<SchedulesOptions> & Partial<FlowsOptions> = {},
): Promise<Schedules> {
  const database = await openDatabase({ url, schema, poolMax: 5 });
  onTestFinished(() => database.close());
  return schedulesOn(database, flows, { ...options, node });
}

export { rowsOf };

/** Where ticks are counted from, so that it is half the way to the next one: it comes in no test's midst. */
export const halfWay = (everyMs: number): number =>
  (Date.now() + Math.floor(everyMs / 2)) % everyMs;

/** Sets a schedule's next tick back, as if nobody had been there since. */
export async function setBack(
  { schema, database }: Pick<TestDatabase, "schema" | "database">,
  name: string,
  byMs: number,
): Promise<void> {
  await database.transaction((tx) =>
    tx.query(
      `update ${schema}.schedule_due as place
       set tick = tick - $2 * interval '1 millisecond',
         due_at = due_at - $2 * interval '1 millisecond', version = version + 1
       from ${schema}.schedule as known
       where known.schedule_id = place.schedule_id and known.name = $1`,
      [name, byMs],
    ),
  );
}
