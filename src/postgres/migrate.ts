import { fail, LongmenError } from "../base/index.ts";
import type { Database } from "./database.ts";
import type { Executor } from "./executor.ts";
import { appliedMigrations, lockMigrations, recordMigration, schemaState } from "./migrate.sql.ts";
import type { Migration, MigrationFolder } from "./migration.ts";
import { labelOf, readMigrations } from "./migration.ts";
import { postgresErrors } from "./postgres.errors.ts";
import type { RowIn } from "./sql.ts";
import type { Transaction } from "./transaction.ts";

export type Applied = RowIn<typeof appliedMigrations>;

export interface MigrateReport {
  /** `ledger/0001-accounts`, in the order applied. Empty when the schema was up to date. */
  readonly applied: readonly string[];
  readonly alreadyThere: number;
}

/** What the database says about this schema: undefined when nothing was ever migrated into it. */
export async function readApplied(executor: Executor): Promise<readonly Applied[] | undefined> {
  const { schema } = executor;
  const state = await executor.one(schemaState, { schema });
  if (state.tableExists) return executor.run(appliedMigrations, {});
  if (state.foreign === null) return undefined;
  throw fail(postgresErrors, "schema_foreign", { schema, found: state.foreign });
}

/**
 * Compares what was applied with what this version has. Answers what is missing, in order.
 * Refuses: postgres.migration_changed, postgres.schema_newer, postgres.migration_skipped.
 */
export function missingMigrations(
  wanted: readonly Migration[],
  applied: readonly Applied[],
): Migration[] {
  const there = new Map(applied.map((one) => [`${one.room}/${one.number}`, one]));
  const known = new Map(wanted.map((one) => [`${one.room}/${one.number}`, one]));
  const rooms = new Set(wanted.map((one) => one.room));
  for (const one of applied) {
    const ours = known.get(`${one.room}/${one.number}`);
    const migration = labelOf(one);
    if (ours === undefined && one.breaking && rooms.has(one.room)) {
      throw fail(postgresErrors, "schema_newer", { migration });
    }
    if (ours !== undefined && ours.sha256 !== one.sha256) {
      throw fail(postgresErrors, "migration_changed", { migration });
    }
  }
  const missing = wanted.filter((one) => !there.has(`${one.room}/${one.number}`));
  for (const one of missing) {
    const later = applied.find((other) => other.room === one.room && other.number > one.number);
    if (later === undefined) continue;
    const details = { migration: labelOf(one), later: labelOf(later) };
    throw fail(postgresErrors, "migration_skipped", details);
  }
  return missing;
}

async function bootstrap(tx: Transaction): Promise<void> {
  const { schema } = tx;
  // `create schema if not exists` asks for a permission even when there is nothing to create.
  const { schemaExists } = await tx.one(schemaState, { schema });
  if (!schemaExists) await tx.query(`create schema ${schema}`);
  await tx.query(`
    create table ${schema}.schema_migration (
      room text collate "C" not null,
      number int4 not null,
      name text not null,
      sha256 text not null,
      breaking bool not null,
      applied_at timestamptz not null default now(),
      constraint "a migration is applied once" primary key (room, number),
      constraint "migrations are numbered from one" check (number >= 1)
    )`);
}

async function apply(tx: Transaction, migration: Migration): Promise<void> {
  try {
    await tx.query(migration.text);
  } catch (error) {
    if (error instanceof LongmenError && error.kind === "unavailable") throw error;
    const cause = error instanceof LongmenError ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const position = cause instanceof Error && "position" in cause ? cause.position : undefined;
    const details = { migration: labelOf(migration), reason, position };
    throw fail(postgresErrors, "migration_failed", details, cause);
  }
  const { room, number, name, sha256, breaking } = migration;
  await tx.count(recordMigration, { room, number, name, sha256, breaking });
}

/** Applies the next missing migration under the lock; answers its name, or undefined at the end. */
async function applyNext(
  database: Database,
  wanted: readonly Migration[],
): Promise<string | undefined> {
  const { schema } = database;
  return database.transaction(async (tx) => {
    await tx.one(lockMigrations, { schema });
    const applied = await readApplied(tx);
    if (applied === undefined) await bootstrap(tx);
    const [next] = missingMigrations(wanted, applied ?? []);
    if (next === undefined) return undefined;
    await tx.query(`set local search_path = ${schema}`);
    await apply(tx, next);
    return labelOf(next);
  });
}

/** All that is missing, inside a transaction of the caller's, which has the lock already. */
export async function migrateInside(tx: Transaction, wanted: readonly Migration[]): Promise<void> {
  const applied = await readApplied(tx);
  if (applied === undefined) await bootstrap(tx);
  await tx.query(`set local search_path = ${tx.schema}`);
  for (const next of missingMigrations(wanted, applied ?? [])) await apply(tx, next);
}

/**
 * Brings the schema to this version: creates it if needed, then applies what is missing, room by
 * room in the order given, each migration in a transaction of its own.
 * Safe to repeat: yes; with nothing to do it takes no lock and needs no right to create.
 * Several nodes may call it at once. Locks: one advisory lock per schema.
 * Refuses: postgres.schema_foreign, schema_newer, migration_changed, migration_skipped,
 * migration_failed (nothing of that migration was applied), permission_denied.
 */
export async function migrate(
  database: Database,
  folders: readonly MigrationFolder[],
): Promise<MigrateReport> {
  const wanted = (await Promise.all(folders.map(readMigrations))).flat();
  return migrateTo(database, wanted);
}

/** As `migrate`, with migrations already read. */
export async function migrateTo(
  database: Database,
  wanted: readonly Migration[],
): Promise<MigrateReport> {
  const before = await readApplied(database);
  const missing = missingMigrations(wanted, before ?? []);
  const applied: string[] = [];
  // One turn more than is missing: the last finds nothing. Another node may take some of them.
  const turns = before !== undefined && missing.length === 0 ? 0 : missing.length + 1;
  for (let turn = 0; turn < turns; turn++) {
    const label = await applyNext(database, wanted);
    if (label === undefined) break;
    database.log.info({ migration: label }, "migrated");
    applied.push(label);
  }
  return { applied, alreadyThere: wanted.length - applied.length };
}
