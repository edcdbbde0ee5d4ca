/** Fresh, empty tables for a peer: the very DDL of the ledger, in a schema of its own. */
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkpoint, onServer } from "../servers.ts";

const MIGRATIONS = fileURLToPath(new URL("../../src/ledger/migrations/", import.meta.url));

/** Makes the schema anew and gives `work` its name; drops it afterwards. */
export async function withTables<T>(
  url: string,
  schema: string,
  work: () => Promise<T>,
): Promise<T> {
  await onServer(url, async (client) => {
    await client.query(`drop schema if exists ${schema} cascade`);
    await client.query(`create schema ${schema}`);
    await client.query(`set search_path = ${schema}`);
    for (const file of readdirSync(MIGRATIONS).sort()) {
      await client.query(readFileSync(MIGRATIONS + file, "utf8"));
    }
  });
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
