import { Pool } from "pg";
import { inject, onTestFinished } from "vitest";
import type { Clock, Logger } from "../../base/index.ts";
import { assert } from "../../base/index.ts";
import type { Database } from "../database.ts";
import { openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import type { MigrationFolder } from "../migration.ts";
import { copyTemplate, newSchema, testSchemaName } from "./places.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** For tests of any room: a database of one's own on the run's embedded PostgreSQL. */
export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  readonly schema: string;
  /** Closes the pool and drops the database; done by itself at the end of a test. */
  readonly drop: () => Promise<void>;
}

export interface TestDatabaseOptions {
  /** Applied before the test begins, in this order. */
  readonly migrations?: readonly MigrationFolder[];
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly poolMax?: number;
  /**
   * `database` (default): a copy of the run's template, which takes a tenth of migrating. `schema`: on
   * the run's own database, beside others, for tests of several.
   */
  readonly place?: "database" | "schema";
  /**
   * `test` (default): dropped at the end of the running test, kept for a look when it failed.
   * `caller`: the caller drops it, say in afterAll of a file whose tests share it.
   */
  readonly until?: "test" | "caller";
}

/** The address of the run's server; its database is `longmen`, its user may do everything. */
export function testServerUrl(): string {
  return inject("postgresUrl");
}

/** Opens a place of one's own, migrated. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { migrations = [], until = "test", place = "database", ...rest } = options;
  const own =
    place === "schema" ? newSchema(testServerUrl()) : copyTemplate(testServerUrl(), migrations);
  const { url, schema, remove } = await own;
  const database = await openDatabase({ url, schema, poolMax: 5, ...rest });
  const drop = async (): Promise<void> => {
    assert(database.stats().waiting === 0, "a test left work waiting for a connection");
    await database.close();
    await remove();
  };
  if (until === "test") {
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail") await database.close();
      else await drop();
    });
  }
  // Of a copy too: only who has migrated knows which rooms a commit of its own must answer for.
  await migrate(database, migrations);
  return { database, url, schema, drop };
}

/** A pool as a user brings one: without time-outs of its own. Closed with the test. */
export function userPool(url: string, max: number): Pool {
  const pool = new Pool({ connectionString: url, max });
  // `end` answers before the server has read its good-byes, and dropping the database meanwhile
  // ends those sessions by force: without a listener that would end the test's process.
  pool.on("error", () => undefined);
  onTestFinished(() => pool.end());
  return pool;
}

export { testSchemaName };
