/** A schema as it is at one instant, held still for one reader while others go on writing. */
import { assert, fail } from "../../base/index.ts";
import { checkout, type Database } from "../database.ts";
import type { Executor } from "../executor.ts";
import { readApplied } from "../migrate.ts";
import { labelOf, type MigrationFolder, readMigrations } from "../migration.ts";
import { postgresErrors } from "../postgres.errors.ts";
import type { SchemaManifest } from "../schema-manifest.ts";
import { PATIENT, runTransaction, type Transaction } from "../transaction.ts";
import { translateDatabaseError } from "../translate.ts";
import { copyOut, type CopyPage } from "./copy-stream.ts";
import { estimatedRows, serverIdentity } from "./shape.sql.ts";
import { onlyKnown, type SchemaShape, sequencesOf, tablesOf, type TableShape } from "./shape.ts";

export interface SnapshotOptions {
  /** Whether others may write meanwhile. Migrations wait in any case. */
  readonly writers: "go_on" | "wait";
  /**
   * The schema as this version makes it: what else is in it is left out, since a copy of it would
   * find no place. Not used where a newer version has migrated.
   */
  readonly known?: SchemaManifest | undefined;
  /** All that this version has: where others were applied, `known` is not the newest. */
  readonly migrations?: readonly MigrationFolder[] | undefined;
}

export interface Snapshot {
  /** Reads what the snapshot shows. */
  readonly executor: Executor;
  readonly shape: SchemaShape;
  /** For a bar: about how many rows all tables have. */
  readonly estimatedRows: number;
  /** What is not Longmen's, as lines of the manifest. */
  readonly leftOut: readonly string[];
  /** The rows of a table as the snapshot shows them. One table after the other. */
  readonly rows: (table: TableShape) => AsyncIterable<CopyPage>;
}

/** A migration that is under way has the tables for itself: a minute, then it is said. */
const LOCK_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;

/**
 * Shows `work` the schema as of one instant. Holds one connection, one snapshot (so vacuum can clean
 * up nothing newer meanwhile), and a weak lock on every table: nobody waits but migrations, and with
 * `writers: "wait"` whoever writes. Locks: all tables, by name.
 * Refuses: postgres.schema_missing, schema_foreign, lock_timeout, permission_denied.
 */
export async function inSnapshot<T>(
  database: Database,
  options: SnapshotOptions,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const shown = await attemptIn(database, options, work);
    if (shown !== undefined) return shown.answer;
    assert(attempt < ATTEMPTS, "tables come and go faster than they can be locked");
  }
}

/** Undefined: a migration made tables between looking and locking. */
async function attemptIn<T>(
  database: Database,
  options: SnapshotOptions,
  work: (snapshot: Snapshot) => Promise<T>,
): Promise<{ readonly answer: T } | undefined> {
  const { schema } = database;
  if ((await readApplied(database)) === undefined) {
    const reason = `schema ${schema} has none`;
    throw fail(postgresErrors, "schema_missing", { reason });
  }
  const seen = await tablesOf(database);
  const { client, release } = await checkout(database);
  try {
    const result = await runTransaction(
      { client, replies: PATIENT },
      schema,
      async (tx) => {
        // Before the first look at a row: from then on the transaction sees one instant.
        await lock(tx, seen, database.serverVersion, options);
        const tables = await tablesOf(tx);
        if (tables.some(({ name }) => !seen.some((each) => each.name === name))) return undefined;
        const snapshot = await snapshotOf(tx, tables, database.serverVersion, options);
        const rows = (table: TableShape) => rowsOf(client, schema, table);
        return { answer: await work({ ...snapshot, rows }) };
      },
      { isolation: "repeatable read", readOnly: true, lockTimeoutMs: LOCK_TIMEOUT_MS },
    );
    release();
    return result;
  } catch (error) {
    release(true);
    throw error;
  }
}

/** Whether two databases, whatever their schemas, are on one and the same server. */
export async function isSameServer(one: Executor, other: Executor): Promise<boolean> {
  const [here, there] = [await one.one(serverIdentity, {}), await other.one(serverIdentity, {})];
  return here.identity === there.identity;
}

async function lock(
  tx: Transaction,
  tables: readonly TableShape[],
  serverVersion: number,
  { writers }: SnapshotOptions,
): Promise<void> {
  await tx.query(withoutLimits(serverVersion));
  const mode = writers === "wait" ? "share" : "access share";
  const names = tables.map(({ name }) => `"${tx.schema}"."${name}"`).sort();
  await tx.query(`lock table ${names.join(", ")} in ${mode} mode`);
}

/** A copy takes as long as it takes, whatever limits the role has for its daily work. */
export function withoutLimits(serverVersion: number): string {
  const limits = ["statement_timeout", "idle_in_transaction_session_timeout"];
  if (serverVersion >= 170_000) limits.push("transaction_timeout");
  const none = limits.map((limit) => `set local ${limit} = 0`);
  // A table is read from its beginning, so that the copy has its rows in the order they were written.
  return [...none, "set local synchronize_seqscans = off"].join("; ");
}

async function snapshotOf(
  tx: Transaction,
  tables: readonly TableShape[],
  serverVersion: number,
  { known, migrations = [] }: SnapshotOptions,
): Promise<Omit<Snapshot, "rows">> {
  const { schema } = tx;
  const applied = (await readApplied(tx)) ?? [];
  const ours = new Set((await Promise.all(migrations.map(readMigrations))).flat().map(labelOf));
  const isNewest = applied.every((one) => ours.has(labelOf(one)));
  // Asked after the instant, so none stands before a row that is copied.
  const sequences = await sequencesOf(tx);
  const all = { tables, sequences, leftOut: [] };
  const kept = known !== undefined && isNewest ? onlyKnown(all, known) : all;
  const estimate = (await tx.one(estimatedRows, { schema })).rows ?? 0n;
  return {
    executor: tx,
    shape: {
      schema,
      serverVersion,
      migrations: applied.map(({ room, number, name, sha256 }) => ({ room, number, name, sha256 })),
      tables: kept.tables,
      sequences: kept.sequences,
    },
    estimatedRows: Number(estimate),
    leftOut: kept.leftOut,
  };
}

async function* rowsOf(
  client: Parameters<typeof copyOut>[0],
  schema: string,
  { name, columns, partitioned }: TableShape,
): AsyncGenerator<CopyPage> {
  const list = columns.map((column) => `"${column}"`).join(", ");
  const from = `"${schema}"."${name}"`;
  const what = partitioned ? `(select ${list} from ${from})` : `${from} (${list})`;
  try {
    yield* copyOut(client, `copy ${what} to stdout (format binary)`);
  } catch (error) {
    throw translateDatabaseError(error);
  }
}
