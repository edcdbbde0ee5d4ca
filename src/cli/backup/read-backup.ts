/** The bytes of a backup as what is in it, from front to back, each part proved when it ends. */
import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip, type Gunzip } from "node:zlib";
import { assert, fail, LongmenError } from "../../base/index.ts";
import type { CopyPage, TableShape } from "../../postgres/index.ts";
import { backupErrors } from "./backup.errors.ts";
import {
  type BackupEnd,
  type BackupHeader,
  END_NAME,
  HEADER_NAME,
  partName,
  readHeader,
  type TableSum,
} from "./backup-header.ts";
import { type Taker, takerOf } from "./take-bytes.ts";
import { unsealing } from "./seal.ts";
import { BLOCK_BYTES, paddingOf, readTarHeader, type TarEntry } from "./tar.ts";

export interface Backup {
  readonly header: BackupHeader;
  /** The rows of the next table of the shape; its sum is checked at its end. */
  rows(table: TableShape): AsyncIterable<CopyPage>;
  /**
   * Behind the last table: reads on to the end of the file and its seal. Only then is anything of it
   * to be relied on.
   */
  end(): Promise<BackupEnd>;
  /** Lets go of the source, wherever it is. */
  close(): void;
}

export interface ReadBackupOptions {
  /** How the file is called in errors. */
  readonly path: string;
  /** Of this Longmen. */
  readonly version: string;
}

/** JSON of the header and the end: a hundred thousand books are 15 MB. */
const JSON_BYTES_MAX = 256 * 2 ** 20;
/** No row of PostgreSQL is longer. */
const PART_BYTES_MAX = 2 ** 30;

/** Reads up to the first table. Refuses: backup.not_a_backup, damaged, format_unknown. */
export async function readBackup(
  source: AsyncIterable<Buffer>,
  { path, version }: ReadBackupOptions,
): Promise<Backup> {
  const damaged = (problem: string) => fail(backupErrors, "damaged", { path, problem });
  const gunzip = unpacked(begun(source, path), damaged);
  const taker = takerOf(gunzip);
  const named = <T>(work: () => Promise<T>) => withName(work, path);
  const header = await named(async () => {
    const entry = await nextEntry(taker, damaged);
    if (entry?.name !== HEADER_NAME) {
      const problem = "its first file is not ours";
      throw fail(backupErrors, "not_a_backup", { path, problem });
    }
    return readHeader(
      (await body(taker, entry, JSON_BYTES_MAX, damaged)).toString(),
      path,
      version,
    );
  });
  const sums: TableSum[] = [];
  // Whose first part was read, in search of the end of the table before it.
  let waiting: TarEntry | undefined;
  const next = async () => {
    const entry = waiting ?? (await nextEntry(taker, damaged));
    waiting = undefined;
    return entry;
  };
  async function* rows({ name }: TableShape): AsyncGenerator<CopyPage> {
    assert(header.shape.tables[sums.length]?.name === name, `${name} is not the next table`);
    const hash = createHash("sha256");
    let [bytes, part] = [0, 1];
    let entry = await named(next);
    for (; entry?.name === partName(name, part); part++) {
      const page = await named(() => body(taker, entry as TarEntry, PART_BYTES_MAX, damaged));
      hash.update(page);
      bytes += page.length;
      yield { bytes: page, rows: 0 };
      entry = await named(next);
    }
    waiting = entry;
    sums.push({ name, rows: 0, bytes, sha256: hash.digest("hex") });
  }
  const end = () =>
    named(async () => {
      const entry = await next();
      if (entry?.name !== END_NAME) throw damaged("the sums of its tables are missing");
      const text = (await body(taker, entry, JSON_BYTES_MAX, damaged)).toString();
      const told = readEnd(text, damaged);
      checkSums(told, sums, damaged);
      await taker.rest();
      return told;
    });
  return { header, rows, end, close: () => void gunzip.destroy() };
}

/** Without seal and compression. What fails on the way is told by the first that failed. */
function unpacked(source: AsyncIterable<Buffer>, damaged: (problem: string) => Error): Gunzip {
  const gunzip = createGunzip();
  pipeline(Readable.from(unsealing(source, damaged)), gunzip, () => undefined);
  return gunzip;
}

const GZIP = Buffer.from([0x1f, 0x8b, 8]);

/** Whatever is no gzip at all was never a backup, damaged or not. */
async function* begun(source: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of source) {
    if (isFirst && !GZIP.subarray(0, chunk.length).equals(chunk.subarray(0, GZIP.length))) {
      throw fail(backupErrors, "not_a_backup", { path, problem: "it does not begin like one" });
    }
    isFirst = false;
    yield chunk;
  }
  if (isFirst) throw fail(backupErrors, "not_a_backup", { path, problem: "it is empty" });
}

/** Errors of zlib get their name here; those of the file's disk keep theirs. */
async function withName<T>(work: () => Promise<T>, path: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const isPacking = /^(Z_|ERR_BUFFER|ERR_OUT_OF_RANGE)/.test(code) || error instanceof RangeError;
    if (error instanceof LongmenError || !isPacking) throw error;
    const problem = error instanceof Error ? error.message : code;
    throw fail(backupErrors, "damaged", { path, problem }, error);
  }
}

async function nextEntry(
  taker: Taker,
  damaged: (problem: string) => Error,
): Promise<TarEntry | undefined> {
  const block = await taker.take(BLOCK_BYTES);
  if (block === undefined) throw damaged("it ends in the middle");
  return readTarHeader(block);
}

async function body(
  taker: Taker,
  { name, size }: TarEntry,
  bytesMax: number,
  damaged: (problem: string) => Error,
): Promise<Buffer> {
  if (!(size <= bytesMax)) throw damaged(`${name} has an impossible size`);
  const whole = await taker.take(size + paddingOf(size));
  if (whole === undefined) throw damaged(`it ends in the middle of ${name}`);
  return whole.subarray(0, size);
}

function readEnd(text: string, damaged: (problem: string) => Error): BackupEnd {
  try {
    const end = JSON.parse(text) as BackupEnd;
    if (Array.isArray(end.tables)) return end;
  } catch {
    // Told below.
  }
  throw damaged("the sums of its tables can't be read");
}

function checkSums(
  { tables }: BackupEnd,
  found: readonly TableSum[],
  damaged: (problem: string) => Error,
): void {
  if (tables.length !== found.length) throw damaged("tables are missing");
  for (const [index, { name, bytes, sha256 }] of tables.entries()) {
    const table = found[index];
    if (table?.name === name && table.bytes === bytes && table.sha256 === sha256) continue;
    throw damaged(`the rows of ${name} are not what was written`);
  }
}
