/** Takes a backup of a schema, while others go on writing. */
import type { Writable } from "node:stream";
import { type Clock, type Faults, faultPoint, toRfc3339 } from "../../base/index.ts";
import { bookHeads } from "../../ledger/index.ts";
import {
  type Database,
  inSnapshot,
  type MigrationFolder,
  type SchemaManifest,
} from "../../postgres/index.ts";
import { type BackupHeader, FORMAT } from "./backup-header.ts";
import { writeBackup, type Written } from "./write-backup.ts";

const written = faultPoint("backup.written", "all is written, and the file has not got its name");

export interface TakeInput {
  readonly database: Database;
  readonly clock: Clock;
  /** Of this Longmen. */
  readonly version: string;
  readonly known: SchemaManifest | undefined;
  readonly migrations: readonly MigrationFolder[];
  readonly onRows: (done: number, total: number) => void;
  readonly signal: AbortSignal;
  readonly faults: Faults;
}

export interface Taken extends Written {
  readonly header: BackupHeader;
  /** What is in the schema and not Longmen's. */
  readonly leftOut: readonly string[];
}

/**
 * Writes everything that the schema has at one instant. Nobody waits for it but migrations.
 * Refuses: what inSnapshot refuses.
 */
export async function takeBackup(input: TakeInput, sink: Writable): Promise<Taken> {
  const { database, known, migrations, clock, version, signal, faults } = input;
  return inSnapshot(database, { writers: "go_on", known, migrations }, async (snapshot) => {
    const { shape, leftOut, estimatedRows } = snapshot;
    const books = await bookHeads(snapshot.executor);
    const createdAt = toRfc3339(clock.now());
    const header: BackupHeader = { format: FORMAT, longmen: version, createdAt, shape, books };
    let rows = 0;
    const onRows = (more: number) => {
      rows += more;
      input.onRows(rows, Math.max(rows, estimatedRows));
    };
    const sums = await writeBackup(snapshot, header, sink, { onRows, signal });
    await faults.at(written);
    return { ...sums, header, leftOut };
  });
}
