/** Makes a schema out of a copy: whole, in one transaction, or not at all. */
import { assert, fail } from "../../base/index.ts";
import { checkout, type Database } from "../database.ts";
import type { Executor } from "../executor.ts";
import { lockMigrations } from "../migrate.sql.ts";
import { migrateInside, readApplied } from "../migrate.ts";
import { labelOf, type Migration, type MigrationFolder, readMigrations } from "../migration.ts";
import { postgresErrors } from "../postgres.errors.ts";
import { PATIENT, runTransaction, type Transaction } from "../transaction.ts";
import { sqlStateOf, translateDatabaseError } from "../translate.ts";
import { copyIn, type CopyPage } from "./copy-stream.ts";
import { copyMark, endCopiedLeases, setSequence } from "./shape.sql.ts";
import {
  firstDifference,
  isBound,
  type MigrationShape,
  type SchemaShape,
  tablesOf,
} from "./shape.ts";
import type { TableShape } from "./shape.ts";
import { withoutLimits } from "./snapshot.ts";

export interface FillOptions {
  readonly shape: SchemaShape;
  /** All that this version has; those of the shape are applied, later ones not. */
  readonly migrations: readonly MigrationFolder[];
  /** Asked for each table of the shape, in its order. What it throws undoes everything. */
  readonly rows: (table: TableShape) => AsyncIterable<CopyPage>;
  /**
   * A word that the schema keeps, by which a copy whose commit was not answered is known again: with
   * the same mark it is made once.
   */
  readonly mark?: string | undefined;
  /** When all is there and nobody else sees it yet. What it throws undoes everything. */
  readonly prove: (executor: Executor, counts: ReadonlyMap<string, number>) => Promise<void>;
}

const MARK = /^[\w-]{1,64}$/;
/** Somebody who works on the same schema has it for a moment only. */
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Migrates an empty schema to exactly the migrations of the shape, makes its partitions, copies every
 * table, ends the leases that nodes had there, sets the sequences, and commits when `prove` has agreed. Killed at any instant it leaves nothing. Answers
 * whether it was this call: a schema that has the mark already is left as it is.
 * Safe to repeat: yes, with a mark.
 * Locks: the schema's migrations, then all tables, by name.
 * Refuses: postgres.schema_occupied, schema_ahead, schema_newer, schema_foreign, migration_changed,
 * shape_differs, rows_refused, lock_timeout; postgres.outcome_unknown when the connection broke while
 * the commit was on its way.
 */
export async function fillSchema(database: Database, options: FillOptions): Promise<boolean> {
  const { mark } = options;
  assert(mark === undefined || MARK.test(mark), "a mark is a plain word");
  const wanted = await migrationsOf(options.shape.migrations, options.migrations);
  const { client, release } = await checkout(database);
  try {
    const filled = await runTransaction(
      { client, replies: PATIENT },
      database.schema,
      async (tx) => {
        const { schema } = tx;
        await tx.query(withoutLimits(database.serverVersion));
        // Whoever filled it before has this lock to the end of its commit, answered or not.
        await tx.one(lockMigrations, { schema });
        const marked = await tx.maybe(copyMark, { schema });
        if (mark !== undefined && marked?.mark === mark) return false;
        await checkAhead(tx, wanted);
        await migrateInside(tx, wanted);
        await emptyTables(tx, options.shape.tables);
        const counts = await copyTables(client, tx, options);
        if (mark !== undefined) {
          await tx.query(`comment on table "${schema}".schema_migration is '${mark}'`);
        }
        await options.prove(tx, counts);
        return true;
      },
      { lockTimeoutMs: LOCK_TIMEOUT_MS },
    );
    release();
    return filled;
  } catch (error) {
    release(true);
    throw error;
  }
}

/** Those of ours that the copy had. Refuses: postgres.schema_newer, migration_changed. */
export async function migrationsOf(
  shapes: readonly MigrationShape[],
  folders: readonly MigrationFolder[],
): Promise<readonly Migration[]> {
  const ours = (await Promise.all(folders.map(readMigrations))).flat();
  for (const shape of shapes) {
    const migration = labelOf(shape);
    const same = ours.find(({ room, number }) => room === shape.room && number === shape.number);
    if (same === undefined)
      throw fail(postgresErrors, "schema_newer", {
        migration,
        room: shape.room,
        oldest: shape.number,
      });
    if (same.sha256 !== shape.sha256) {
      throw fail(postgresErrors, "migration_changed", { migration });
    }
  }
  return ours.filter((one) =>
    shapes.some(({ room, number }) => room === one.room && number === one.number),
  );
}

/** What was migrated further than the copy can't be brought back to it. */
async function checkAhead(tx: Transaction, wanted: readonly Migration[]): Promise<void> {
  const { schema } = tx;
  for (const one of (await readApplied(tx)) ?? []) {
    const isOurs = wanted.some(({ room, number }) => room === one.room && number === one.number);
    if (isOurs) continue;
    throw fail(postgresErrors, "schema_ahead", { schema, migration: labelOf(one) });
  }
}

/** Nobody else gets in between the look and the copy: the tables are locked for both. */
async function emptyTables(tx: Transaction, wanted: readonly TableShape[]): Promise<void> {
  const { schema } = tx;
  const found = await tablesOf(tx);
  const difference = firstDifference(wanted, found);
  if (difference !== undefined) {
    throw fail(postgresErrors, "shape_differs", { schema, column: difference });
  }
  const names = found.map(({ name }) => `"${schema}"."${name}"`).sort();
  await tx.query(`lock table ${names.join(", ")} in access exclusive mode`);
  for (const { name } of found) {
    const { rows } = await tx.query(
      `select exists (select from "${schema}"."${name}") as occupied`,
    );
    if (rows[0]?.["occupied"] !== true) continue;
    throw fail(postgresErrors, "schema_occupied", { schema, table: name });
  }
  await makePartitions(tx, wanted, found);
  // Freshly emptied by the same transaction, a table takes rows that need no later vacuum.
  await tx.query(`truncate ${names.join(", ")}`);
}

/** Those that the copy had and migrating has not made: without them rows would find no place. */
async function makePartitions(
  tx: Transaction,
  wanted: readonly TableShape[],
  found: readonly TableShape[],
): Promise<void> {
  const { schema } = tx;
  const there = new Set(found.flatMap(({ partitions = [] }) => partitions.map(({ name }) => name)));
  for (const { name: table, partitions = [] } of wanted) {
    for (const { name, bound } of partitions) {
      if (there.has(name)) continue;
      assert(isBound(bound), `the bound of ${name} is a range`);
      await tx.query(
        `create table "${schema}"."${name}" partition of "${schema}"."${table}" ${bound}`,
      );
    }
  }
}

async function copyTables(
  client: Parameters<typeof copyIn>[0],
  tx: Transaction,
  { shape, rows }: FillOptions,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const table of shape.tables) {
    counts.set(table.name, await copyTable(client, tx, table, rows(table)));
  }
  await tx.run(endCopiedLeases, {});
  for (const { name, value } of shape.sequences) {
    await tx.one(setSequence, { schema: tx.schema, name, value });
  }
  return counts;
}

async function copyTable(
  client: Parameters<typeof copyIn>[0],
  { schema }: Transaction,
  { name, columns, partitioned }: TableShape,
  pages: AsyncIterable<CopyPage>,
): Promise<number> {
  const list = columns.map((column) => `"${column}"`).join(", ");
  const freeze = partitioned ? "" : ", freeze";
  const text = `copy "${schema}"."${name}" (${list}) from stdin (format binary${freeze})`;
  try {
    const count = await copyIn(client, text, pages);
    // Without it the next reads would be planned for empty tables.
    await client.query(`analyze "${schema}"."${name}"`);
    return count;
  } catch (error) {
    const state = sqlStateOf(error) ?? "";
    if (!/^2[23]/.test(state)) throw translateDatabaseError(error);
    const reason = error instanceof Error ? error.message : state;
    throw fail(postgresErrors, "rows_refused", { table: name, reason }, error);
  }
}
