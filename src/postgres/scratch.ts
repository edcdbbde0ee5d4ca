/** Tables for a while: to measure on, say. */
import { randomBytes } from "node:crypto";
import { type Database, openDatabase, type OpenOptions } from "./database.ts";
import { migrate } from "./migrate.ts";
import type { MigrationFolder } from "./migration.ts";

/**
 * Makes a schema of its own on the server, under a name that nobody has, and drops it when `work` is
 * over, whatever its end. Killed meanwhile it stays: `longmen_scratch_…`, to be dropped by hand.
 * Refuses: what openDatabase and migrate refuse.
 */
export async function withScratch<T>(
  options: Pick<OpenOptions, "url" | "log" | "poolMax">,
  folders: readonly MigrationFolder[],
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const schema = `longmen_scratch_${randomBytes(6).toString("hex")}`;
  const database = await openDatabase({ ...options, schema });
  try {
    await migrate(database, folders);
    return await work(database);
  } finally {
    await database.transaction((tx) => tx.query(`drop schema if exists ${schema} cascade`));
    await database.close();
  }
}
