/** For tests: nodes that take leases on a schema of their own, and what stands in it. */
import { onTestFinished } from "vitest";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { shelfMigrations, testDatabase, type TestDatabase } from "../../postgres/testing.ts";
import {
  flowMigrations,
  type Held,
  type Leases,
  type LeasesOptions,
  openLeases,
} from "../index.ts";

export const leaseMigrations = [postgresMigrations, flowMigrations, shelfMigrations];

export function leaseDatabase(): Promise<TestDatabase> {
  return testDatabase({ migrations: leaseMigrations });
}

/** Leases of one node; closed with the test. */
export function leasesOn(database: Database, options: Partial<LeasesOptions> = {}): Leases {
  const leases = openLeases({ database, node: "node-1", ...options });
  onTestFinished(() => leases.close());
  return leases;
}

/** Another node on the same schema, with a pool of its own. */
export async function anotherNode(
  { url, schema }: Pick<TestDatabase, "url" | "schema">,
  node: string,
  options: Partial<LeasesOptions> & { readonly poolMax?: number } = {},
): Promise<{ readonly leases: Leases; readonly database: Database }> {
  const database = await openDatabase({ url, schema, poolMax: options.poolMax ?? 4 });
  onTestFinished(() => database.close());
  return { leases: leasesOn(database, { node, ...options }), database };
}

/** A lease that nobody else has. */
export async function taken(leases: Leases, key: string, ttlMs = 10_000): Promise<Held> {
  const held = await leases.take(key, { ttlMs });
  if (held === undefined) throw new Error(`${key} is held by somebody else`);
  return held;
}

/** When the signal is aborted: its reason. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve(signal.reason);
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

/** What a test does or reads behind everybody's back. */
export async function behind(
  { schema, database }: Pick<TestDatabase, "schema" | "database">,
  text: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await database.transaction((tx) =>
    tx.query(text.replaceAll("{schema}", schema)),
  );
  return rows;
}
