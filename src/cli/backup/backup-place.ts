/** Where a backup goes to and comes from: a file that is there whole or not at all, or a pipe. */
import { randomBytes } from "node:crypto";
import { link, lstat, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fail, LongmenError } from "../../base/index.ts";
import { backupErrors } from "./backup.errors.ts";
import { isSeal, SEAL_BYTES } from "./seal.ts";

const READ_BYTES = 1_048_576;
/** Standard output and input. */
export const PIPE = "-";

/**
 * Lets `write` fill a file beside the wanted one, makes it durable and gives it its name. A file of
 * that name is never replaced; what was begun is removed when it fails.
 * Refuses: backup.file_exists, file_unwritable.
 */
export async function writtenTo<T>(
  path: string,
  write: (sink: Writable) => Promise<T>,
): Promise<T> {
  if ((await lstat(path).catch(() => undefined)) !== undefined) {
    throw fail(backupErrors, "file_exists", { path });
  }
  const trial = `.${basename(path)}.${randomBytes(4).toString("hex")}.part`;
  const part = join(dirname(path), trial);
  try {
    // It has everything that the books have: for its owner only.
    const handle = await open(part, "wx", 0o600);
    // On the disk before it gets its name.
    const sink = handle.createWriteStream({ flush: true });
    const answer = await write(sink).finally(() => sink.destroy());
    await nameIt(part, path);
    return answer;
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

/** A link refuses a name that is taken, however late; where there are none, renaming must do. */
async function nameIt(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") throw fail(backupErrors, "file_exists", { path }, error);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    await rename(part, path);
  }
  if (process.platform === "win32") return;
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Errors of the file system get a name; what else went wrong keeps its own. */
function unwritable(path: string, error: unknown): unknown {
  if (error instanceof LongmenError || !(error instanceof Error)) return error;
  if (!("syscall" in error)) return error;
  return fail(backupErrors, "file_unwritable", { path, problem: error.message }, error);
}

/**
 * In a folder a backup is named after its instant: `longmen-20261121T104900Z.tar.gz`. What ends
 * with a slash is a folder, made if it is not there. Refuses: backup.file_unwritable.
 */
export async function fileFor(to: string, now: number): Promise<string> {
  const path = resolve(to);
  if (/[/\\]$/.test(to)) await makeFolder(path);
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return path;
  const instant = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return join(path, `longmen-${instant}.tar.gz`);
}

/** For its owner only, as what comes into it. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(path, error);
  }
}

export interface Source {
  readonly bytes: AsyncIterable<Buffer>;
  /** How it is called in messages. */
  readonly path: string;
  /** For a bar; nothing where nobody can know. */
  readonly size: number | undefined;
}

/** Opens a file or standard input, counting what was read. Refuses: backup.file_unreadable. */
export async function sourceFrom(
  from: string,
  input: Readable | undefined,
  onBytes: (bytes: number) => void,
): Promise<Source> {
  if (from === PIPE) {
    if (input === undefined) throw unreadable("standard input", "there is none");
    return { bytes: counted(input, onBytes), path: "standard input", size: undefined };
  }
  const path = resolve(from);
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw unreadable(path, "it is a folder");
    const handle = await open(path, "r");
    const stream = handle.createReadStream({ highWaterMark: READ_BYTES });
    return { bytes: counted(stream, onBytes), path, size: found.size };
  } catch (error) {
    if (error instanceof LongmenError) throw error;
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(path: string, problem: string, cause?: unknown): LongmenError {
  return fail(backupErrors, "file_unreadable", { path, problem }, cause);
}

async function* counted(
  stream: Readable,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/**
 * Looks whether a file still has its end, before anything is begun for it.
 * Refuses: backup.damaged.
 */
export async function checkEnd({ path, size }: Source): Promise<void> {
  if (size === undefined) return;
  const handle = await open(path, "r");
  try {
    const end = Buffer.alloc(SEAL_BYTES);
    await handle.read(end, 0, SEAL_BYTES, Math.max(0, size - SEAL_BYTES));
    if (isSeal(end)) return;
  } finally {
    await handle.close();
  }
  throw fail(backupErrors, "damaged", { path, problem: "its end is missing" });
}
