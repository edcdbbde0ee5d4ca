/** Makes the file of an archive under its own name, proved; or takes the one that is there. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, faultPoint, type Faults, noFaults } from "../../base/index.ts";
import type { Reader } from "../reader.ts";
import { archiveErrors } from "./archive.errors.ts";
import type { ArchiveStep } from "./archive-options.ts";
import { proveFile, type ProvedFile } from "./prove-file.ts";
import { type Stretch, writeStretch } from "./write-file.ts";

const written = faultPoint("archive.file_written", "the file is on the disk, not yet proved");
const proven = faultPoint("archive.file_proved", "the file is proved, but has not its name yet");

interface MakeOptions {
  readonly to: string;
  readonly onProgress?: ((step: ArchiveStep, done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly faults?: Faults | undefined;
}

/**
 * `stateBefore`: what the archive before has said of its end, if there is one.
 * Refuses: ledger.archive_file_exists, ledger.archive_file_unwritable, ledger.archive_broken.
 */
export async function makeFile(
  database: Reader,
  stretch: Stretch,
  stateBefore: Buffer | undefined,
  { to, onProgress, signal, faults = noFaults }: MakeOptions,
): Promise<ProvedFile> {
  const proving = {
    signal,
    onProgress: (done: number, total: number) => onProgress?.("proving", done, total),
  };
  if (existsSync(to)) {
    const there = await proveFile(to, proving);
    if (fits(there, stretch, stateBefore)) return there;
    throw fail(archiveErrors, "archive_file_exists", { file: to });
  }
  await sweepBeside(to);
  const beside = `${to}.${process.pid}.partial`;
  try {
    const onWritten = (done: number, total: number) => onProgress?.("writing", done, total);
    await writeStretch(database, beside, stretch, onWritten, signal);
    await faults.at(written);
    const proved = await proveFile(beside, proving);
    if (!fits(proved, stretch, stateBefore)) {
      const problem = "what it begins with is not what the archive before has ended with";
      throw fail(archiveErrors, "archive_broken", { file: beside, problem });
    }
    await faults.at(proven);
    await rename(beside, to);
    await syncFolder(dirname(to));
    return { ...proved, path: to };
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** One that ends earlier fits, too: it was made for an earlier time, and never recorded. */
function fits({ header, beforeDigest }: ProvedFile, stretch: Stretch, stateBefore?: Buffer) {
  return (
    header.book === stretch.book &&
    header.afterSeq === stretch.afterSeq &&
    header.afterHash === stretch.afterHash.toString("hex") &&
    header.throughSeq <= stretch.throughSeq &&
    (stateBefore === undefined || beforeDigest.equals(stateBefore))
  );
}

/** What killed processes have left beside it. */
async function sweepBeside(to: string): Promise<void> {
  const folder = dirname(to);
  const name = basename(to);
  if (!existsSync(folder)) return;
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}.`) || !file.endsWith(".partial")) continue;
    const pid = Number(file.slice(name.length + 1, -".partial".length));
    if (Number.isSafeInteger(pid) && pid > 0 && !isRunning(pid)) {
      await rm(join(folder, file), { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process can't be asked, but it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A name is on the disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Undefined where there is no such file. */
export async function shaOf(path: string): Promise<Buffer | undefined> {
  if (!existsSync(path)) return undefined;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest();
}
