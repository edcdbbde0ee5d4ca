import { randomBytes } from "node:crypto";
import { Pool } from "pg";
import { inject, onTestFinished } from "vitest";
import type { Clock, Logger } from "../../base/index.ts";
import { assert, retry, type RetryPolicy, systemClock } from "../../base/index.ts";
import type { Database } from "../database.ts";
import { openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import type { MigrationFolder } from "../migration.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** For tests of any room: a schema of one's own on the run's embedded PostgreSQL. */
export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  readonly schema: string;
  /** Closes the pool and drops the schema; done by itself at the end of a test. */
  readonly drop: () => Promise<void>;
}

export interface TestDatabaseOptions {
  /** Applied before the test begins, in this order. */
  readonly migrations?: readonly MigrationFolder[];
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly poolMax?: number;
  /**
   * `test` (default): dropped at the end of the running test, kept for a look when it failed.
   * `caller`: the caller drops it, say in afterAll of a file whose tests share it.
   */
  readonly until?: "test" | "caller";
}

const DROPPING: RetryPolicy = { attemptsMax: 5, baseMs: 50, maxMs: 500 };

/** The address of the run's server; its database is `longmen`, its user may do everything. */
export function testServerUrl(): string {
  return inject("postgresUrl");
}

export function testSchemaName(): string {
  return `test_${randomBytes(6).toString("hex")}`;
}

/** Opens a database on a fresh, migrated schema. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const url = testServerUrl();
  const schema = testSchemaName();
  const { migrations = [], until = "test", ...rest } = options;
  const database = await openDatabase({ url, schema, poolMax: 5, ...rest });
  const drop = async (): Promise<void> => {
    assert(database.stats().waiting === 0, "a test left work waiting for a connection");
    const gone = () =>
      database.transaction((tx) => tx.query(`drop schema if exists ${schema} cascade`));
    // What the server does beside a node (statistics of its tables) may still be under way.
    await retry(gone, DROPPING, { clock: systemClock });
    await database.close();
  };
  if (until === "test") {
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail") await database.close();
      else await drop();
    });
  }
  await migrate(database, migrations);
  return { database, url, schema, drop };
}

/** A pool as a user brings one: without time-outs of its own. Closed with the test. */
export function userPool(url: string, max: number): Pool {
  const pool = new Pool({ connectionString: url, max });
  onTestFinished(() => pool.end());
  return pool;
}
