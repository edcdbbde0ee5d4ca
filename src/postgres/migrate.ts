import { fail, hasCode, LongmenError } from "../base/index.ts";
import type { Database } from "./database.ts";
import type { Executor } from "./executor.ts";
import { learn, raiseFloor, readFloors } from "./floor.ts";
import {
  appliedMigrations,
  lockHolders,
  lockMigrations,
  recordMigration,
  schemaState,
} from "./migrate.sql.ts";
import type { Migration, MigrationFolder } from "./migration.ts";
import { labelOf, readMigrations } from "./migration.ts";
import { postgresErrors } from "./postgres.errors.ts";
import type { RowIn } from "./sql.ts";
import type { Transaction } from "./transaction.ts";

export type Applied = RowIn<typeof appliedMigrations>;
type Floor = RowIn<typeof readFloors>;

/** What the schema says of itself. */
export interface SchemaHistory {
  readonly applied: readonly Applied[];
  readonly floors: readonly Floor[];
}

export interface MigrateOptions {
  /** How long a migration comes again for a table that others hold. A minute when left out. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 60_000;

export interface MigrateReport {
  /** `ledger/0001-accounts`, in the order applied. Empty when the schema was up to date. */
  readonly applied: readonly string[];
  readonly alreadyThere: number;
}

/** What the database says about this schema: undefined when nothing was ever migrated into it. */
export async function readHistory(executor: Executor): Promise<SchemaHistory | undefined> {
  const { schema } = executor;
  const state = await executor.one(schemaState, { schema });
  if (state.tableExists) {
    const applied = await executor.run(appliedMigrations, {});
    return { applied, floors: state.floorExists ? await executor.run(readFloors, {}) : [] };
  }
  if (state.foreign === null) return undefined;
  throw fail(postgresErrors, "schema_foreign", { schema, found: state.foreign });
}

/** The migrations that were applied; undefined when nothing was ever migrated into it. */
export async function readApplied(executor: Executor): Promise<readonly Applied[] | undefined> {
  return (await readHistory(executor))?.applied;
}

/**
 * Compares what was applied with what this version has. Answers what is missing, in order.
 * Refuses: postgres.migration_changed, postgres.schema_newer, postgres.migration_skipped.
 */
export function missingMigrations(
  wanted: readonly Migration[],
  { applied, floors }: SchemaHistory,
): Migration[] {
  const there = new Map(applied.map((one) => [`${one.room}/${one.number}`, one]));
  const known = new Map(wanted.map((one) => [`${one.room}/${one.number}`, one]));
  for (const floor of floors) {
    const ours = wanted.filter(({ room }) => room === floor.room);
    // A room that this caller does not use may ask for what it likes.
    if (ours.length > 0 && ours.every(({ number }) => number < floor.oldest)) {
      throw fail(postgresErrors, "schema_newer", floor);
    }
  }
  for (const one of applied) {
    const ours = known.get(`${one.room}/${one.number}`);
    if (ours !== undefined && ours.sha256 !== one.sha256) {
      throw fail(postgresErrors, "migration_changed", { migration: labelOf(one) });
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

/** Made beside the list of migrations, also in a schema that a version without it has made. */
async function ensureFloor(tx: Transaction): Promise<void> {
  const { schema } = tx;
  const { floorExists } = await tx.one(schemaState, { schema });
  if (floorExists) return;
  await tx.query(`
    create table ${schema}.schema_floor (
      room text collate "C" not null,
      oldest int4 not null,
      migration text not null,
      raised_at timestamptz not null default now(),
      constraint schema_floor_pkey primary key (room),
      constraint "a floor is a migration's number" check (oldest >= 1)
    )`);
}

/** Nobody waits behind a migration for longer than this: it gives up, and comes again. */
const LOCK_WAIT_MS = 1_000;
const BUSY = ["postgres.lock_timeout", "postgres.deadlock"];

async function apply(tx: Transaction, migration: Migration): Promise<void> {
  const { schema } = tx;
  await tx.query(`set local search_path = ${schema}`);
  // Waits for commits in flight of nodes that are shut out; later ones wait for it, and are refused.
  if (migration.breaking) {
    await tx.query(`lock table ${schema}.schema_floor in access exclusive mode`);
  }
  try {
    await tx.query(migration.text);
  } catch (error) {
    if (BUSY.some((code) => hasCode(error, code))) throw error;
    if (error instanceof LongmenError && error.kind === "unavailable") throw error;
    const cause = error instanceof LongmenError ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const position = cause instanceof Error && "position" in cause ? cause.position : undefined;
    const details = { migration: labelOf(migration), reason, position };
    throw fail(postgresErrors, "migration_failed", details, cause);
  }
  const { room, number, name, sha256, breaking, oldest } = migration;
  await tx.count(recordMigration, { room, number, name, sha256, breaking });
  if (breaking) await tx.count(raiseFloor, { room, oldest, migration: labelOf(migration) });
}

/** Applies the next missing migration under the lock; answers its name, or undefined at the end. */
function applyNext(database: Database, wanted: readonly Migration[]): Promise<string | undefined> {
  const { schema } = database;
  return database.transaction(async (tx) => {
    await tx.one(lockMigrations, { schema });
    const history = await readHistory(tx);
    if (history === undefined) await bootstrap(tx);
    const [next] = missingMigrations(wanted, history ?? NOTHING_YET);
    if (history === undefined || next !== undefined) await ensureFloor(tx);
    if (next === undefined) return undefined;
    await tx.query(`set local lock_timeout = ${LOCK_WAIT_MS}`);
    await apply(tx, next);
    return labelOf(next);
  });
}

export const NOTHING_YET: SchemaHistory = { applied: [], floors: [] };

/** The same, again and again while somebody holds what it needs; between two tries they all go on. */
async function applyNextInTurn(
  database: Database,
  wanted: readonly Migration[],
  patienceMs: number,
): Promise<string | undefined> {
  const until = database.clock.now() + patienceMs;
  for (;;) {
    try {
      return await applyNext(database, wanted);
    } catch (error) {
      if (!BUSY.some((code) => hasCode(error, code))) throw error;
      const blockers = await blockersOf(database);
      database.log.warn({ blockers }, "a migration waits for a table that is in use");
      if (database.clock.now() >= until) {
        const [next] = missingMigrations(wanted, (await readHistory(database)) ?? NOTHING_YET);
        const migration = next === undefined ? "none" : labelOf(next);
        throw fail(postgresErrors, "migration_blocked", { migration, blockers }, error);
      }
      await database.clock.sleep(LOCK_WAIT_MS * (0.5 + Math.random()));
    }
  }
}

/** "process 4711 (longmen, 12 s)": who holds tables of the schema, oldest transaction first. */
async function blockersOf(database: Database): Promise<string> {
  const { schema } = database;
  const holders = await database.run(lockHolders, { schema });
  const names = holders.map(
    ({ pid, application, seconds }) => `process ${pid} (${application}, ${seconds} s)`,
  );
  return names.length === 0 ? "somebody who is gone by now" : names.join(", ");
}

/** All that is missing, inside a transaction of the caller's, which has the lock already. */
export async function migrateInside(tx: Transaction, wanted: readonly Migration[]): Promise<void> {
  const history = await readHistory(tx);
  if (history === undefined) await bootstrap(tx);
  await ensureFloor(tx);
  for (const next of missingMigrations(wanted, history ?? NOTHING_YET)) await apply(tx, next);
}

/**
 * Brings the schema to this version: creates it if needed, then applies what is missing, room by
 * room in the order given, each migration in a transaction of its own.
 * Safe to repeat: yes; with nothing to do it takes no lock and needs no right to create.
 * Several nodes may call it at once, and older ones may be at work: from the commit of a migration
 * that they can't live with on, they are refused every write. Locks: one advisory lock per schema,
 * then what the migration locks; work waits behind it for a second at most, then it tries later.
 * Refuses: postgres.schema_foreign, schema_newer, migration_changed, migration_skipped,
 * migration_failed, migration_blocked (nothing of that migration was applied), permission_denied.
 */
export async function migrate(
  database: Database,
  folders: readonly MigrationFolder[],
  options: MigrateOptions = {},
): Promise<MigrateReport> {
  return migrateTo(database, await readAll(folders), options);
}

export async function readAll(folders: readonly MigrationFolder[]): Promise<Migration[]> {
  return (await Promise.all(folders.map(readMigrations))).flat();
}

/**
 * Asks whether the schema is that of this version, for who only looks: changes nothing.
 * Refuses: postgres.schema_missing, schema_foreign, schema_older, schema_newer, migration_changed,
 * migration_skipped.
 */
export async function demandMigrated(
  database: Database,
  folders: readonly MigrationFolder[],
): Promise<void> {
  const { schema } = database;
  const wanted = await readAll(folders);
  const history = await readHistory(database);
  if (history === undefined) {
    const reason = `nothing was ever migrated into schema ${schema}`;
    throw fail(postgresErrors, "schema_missing", { reason });
  }
  const [next] = missingMigrations(wanted, history);
  if (next !== undefined) {
    throw fail(postgresErrors, "schema_older", { migration: labelOf(next), schema });
  }
  learn(database, wanted);
}

/** As `migrate`, with migrations already read. */
export async function migrateTo(
  database: Database,
  wanted: readonly Migration[],
  { patienceMs = PATIENCE_MS }: MigrateOptions = {},
): Promise<MigrateReport> {
  const before = await readHistory(database);
  const missing = missingMigrations(wanted, before ?? NOTHING_YET);
  const applied: string[] = [];
  // One turn more than is missing: the last finds nothing. Another node may take some of them.
  const turns = before !== undefined && missing.length === 0 ? 0 : missing.length + 1;
  for (let turn = 0; turn < turns; turn++) {
    const label = await applyNextInTurn(database, wanted, patienceMs);
    if (label === undefined) break;
    database.log.info({ migration: label }, "migrated");
    applied.push(label);
  }
  learn(database, wanted);
  return { applied, alreadyThere: wanted.length - applied.length };
}
