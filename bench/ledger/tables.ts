/** Fresh, empty tables, made by the ledger's own migrations in a schema of their own. */
import { ledgerMigrations } from "../../src/ledger/index.ts";
import { migrate, openDatabase, postgresMigrations } from "../../src/postgres/index.ts";
import { checkpoint, onServer } from "../servers.ts";

/** Makes the schema anew for `work` and drops it afterwards. */
export async function withTables<T>(
  url: string,
  schema: string,
  work: () => Promise<T>,
): Promise<T> {
  await onServer(url, (client) => client.query(`drop schema if exists ${schema} cascade`));
  const database = await openDatabase({ url, schema });
  await migrate(database, [postgresMigrations, ledgerMigrations]);
  await database.close();
  await checkpoint(url);
  try {
    return await work();
  } finally {
    await onServer(url, (client) => client.query(`drop schema ${schema} cascade`));
  }
}

export async function countRows(url: string, table: string): Promise<number> {
  return onServer(url, async (client) => {
    const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
    return Number(rows[0]?.count);
  });
}
