/** Makes a schema out of a backup, and proves that it is the same books. */
import { fail, type Faults, faultPoint, hasCode } from "../../base/index.ts";
import { type BookHead, bookHeads, verifyBook, type VerifyReport } from "../../ledger/index.ts";
import {
  type CopyPage,
  type Database,
  type Executor,
  fillSchema,
  type MigrationFolder,
} from "../../postgres/index.ts";
import { backupErrors } from "./backup.errors.ts";
import type { Backup } from "./read-backup.ts";

const copied = faultPoint("restore.copied", "everything is there and proved, and not committed");
const committed = faultPoint("restore.committed", "everything is committed, and not verified");

export interface RestoreInput {
  readonly backup: Backup;
  readonly path: string;
  /** Of this Longmen. */
  readonly version: string;
  readonly database: Database;
  readonly migrations: readonly MigrationFolder[];
  readonly signal: AbortSignal;
  readonly faults: Faults;
}

/**
 * Copies everything into an empty schema, in one transaction: whole and equal to what was backed up,
 * or nothing. Later migrations are not applied yet.
 * Refuses: backup.damaged, longmen_newer, counts_differ, heads_differ, stopped; what fillSchema refuses.
 */
export async function restoreBackup(input: RestoreInput): Promise<void> {
  const { backup, path, version, database, migrations, signal, faults } = input;
  const { header } = backup;
  try {
    await fillSchema(database, {
      shape: header.shape,
      migrations,
      rows: (table) => untilStopped(backup.rows(table), signal),
      prove: async (executor, counts) => {
        const wanted = new Map((await backup.end()).tables.map(({ name, rows }) => [name, rows]));
        checkCounts(wanted, counts);
        await checkHeads(header.books, executor);
        await faults.at(copied);
        if (signal.aborted) throw fail(backupErrors, "stopped");
      },
    });
  } catch (error) {
    if (!hasCode(error, "postgres.schema_newer")) throw error;
    const { migration } = error.details;
    const details = { path, migration, theirs: header.longmen, ours: version };
    throw fail(backupErrors, "longmen_newer", details, error);
  }
  await faults.at(committed);
}

/** Rows as they come, until somebody wants to stop. Refuses: backup.stopped. */
export async function* untilStopped(
  pages: AsyncIterable<CopyPage>,
  signal: AbortSignal,
): AsyncGenerator<CopyPage> {
  for await (const page of pages) {
    if (signal.aborted) throw fail(backupErrors, "stopped");
    yield page;
  }
}

/** Refuses: backup.counts_differ. */
export function checkCounts(
  wanted: ReadonlyMap<string, number>,
  found: ReadonlyMap<string, number>,
): void {
  for (const [table, rows] of wanted) {
    if (found.get(table) === rows) continue;
    const details = { table, wanted: rows, found: found.get(table) ?? 0 };
    throw fail(backupErrors, "counts_differ", details);
  }
}

/** The same books with the same heads, none more. Refuses: backup.heads_differ. */
export async function checkHeads(wanted: readonly BookHead[], executor: Executor): Promise<void> {
  const found = await bookHeads(executor);
  for (const [index, { name, seq, hash }] of wanted.entries()) {
    const head = found[index];
    if (head?.name === name && head.seq === seq && head.hash === hash) continue;
    throw fail(backupErrors, "heads_differ", { book: name });
  }
  const [more] = found.slice(wanted.length);
  if (more !== undefined) throw fail(backupErrors, "heads_differ", { book: more.name });
}

export interface VerifyBooksOptions {
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Verifies every book, one after the other; each must pass through the head that it had. */
export async function verifyBooks(
  executor: Executor,
  books: readonly BookHead[],
  { onProgress, signal }: VerifyBooksOptions,
): Promise<readonly VerifyReport[]> {
  const total = books.reduce((sum, { seq }) => sum + seq, 0);
  const reports: VerifyReport[] = [];
  let before = 0;
  for (const { id, seq, hash } of books) {
    const done = before;
    const report = await verifyBook(executor, id, {
      expectHead: hash,
      signal,
      onProgress: (entries) => onProgress(done + entries, total),
    });
    reports.push(report);
    before += seq;
  }
  return reports;
}

/** For `--check`: reads everything, proves it, keeps nothing. */
export async function proveBackup(backup: Backup, signal: AbortSignal): Promise<void> {
  for (const table of backup.header.shape.tables) {
    for await (const _ of untilStopped(backup.rows(table), signal));
  }
  await backup.end();
}
