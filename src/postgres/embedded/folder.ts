import { randomBytes } from "node:crypto";
import {
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { fail, LongmenError } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";

/**
 * What lies where, under the folder the user gave:
 *
 *   postgres/server.json   port, password and where the data is; readable by its owner only
 *   postgres/data/         PostgreSQL's own folder (elsewhere only when its account cannot enter)
 *   postgres/log           what the server prints
 *   postgres/local.conf    the user's own settings, if any
 *   postgres/moved.json    where the books have moved to, or may have; then nothing starts here
 */
export interface Layout {
  readonly dir: string;
  readonly home: string;
  readonly serverFile: string;
  readonly log: string;
  readonly localConf: string;
  readonly moved: string;
}

export function layoutOf(dir: string): Layout {
  const home = path.join(dir, "postgres");
  return {
    dir,
    home,
    serverFile: path.join(home, "server.json"),
    log: path.join(home, "log"),
    localConf: path.join(home, "local.conf"),
    moved: path.join(home, "moved.json"),
  };
}

/** What server.json keeps. */
export interface ServerFile {
  readonly port: number;
  readonly password: string;
  /** Absolute; absent when the data lies beside server.json. */
  readonly dataDir?: string;
}

const FULL = new Set(["ENOSPC", "EDQUOT"]);

function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Names an error of the file system. Refuses: postgres.disk_full, postgres.folder_unusable. */
export function folderError(dir: string, error: unknown): Error {
  if (error instanceof LongmenError) return error;
  if (systemCode(error) === "") return error instanceof Error ? error : new Error(String(error));
  const reason = error instanceof Error ? error.message : systemCode(error);
  return FULL.has(systemCode(error))
    ? fail(postgresErrors, "disk_full", { reason }, error)
    : fail(postgresErrors, "folder_unusable", { dir, reason }, error);
}

/** Makes the user's folder, and shows that it can be written, before anything depends on it. */
export async function prepareDir(dir: string): Promise<void> {
  const trial = path.join(dir, `.trial-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(trial, "");
    await rm(trial);
  } catch (error) {
    throw folderError(dir, error);
  }
}

function isServerFile(value: unknown): value is ServerFile {
  return (
    typeof value === "object" &&
    value !== null &&
    "port" in value &&
    typeof value.port === "number" &&
    "password" in value &&
    typeof value.password === "string"
  );
}

/** Undefined when there is no server here yet. Refuses: postgres.folder_unusable. */
export async function readServerFile(layout: Layout): Promise<ServerFile | undefined> {
  let text: string;
  try {
    text = await readFile(layout.serverFile, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw folderError(layout.dir, error);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isServerFile(value)) return value;
  } catch {
    // Told below, with the same words as a file of another shape.
  }
  const reason = `${layout.serverFile} is damaged`;
  throw fail(postgresErrors, "folder_unusable", { dir: layout.dir, reason });
}

/** Replaces the file as a whole and durably: it holds the only copy of the password. */
export async function writeServerFile(file: string, server: ServerFile): Promise<void> {
  await writeJsonFile(file, server);
}

/** Replaces a file as a whole and durably, readable by its owner only. */
export async function writeJsonFile(file: string, value: object): Promise<void> {
  const next = `${file}.${process.pid}.new`;
  const handle = await open(next, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await keepOwner(next, path.dirname(file));
  await rename(next, file);
  await syncFolder(path.dirname(file));
}

/** Makes renames in a folder durable, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const BUILDING = /^postgres\.new-(\d+)-[0-9a-f]+$/;

/** What this very process makes: in a container each start may have the same process id. */
const ownWork = new Set<string>();

/** A name for a server that is being made; the process id tells leftovers from work in progress. */
export function buildingFolder(dir: string): string {
  const name = `postgres.new-${process.pid}-${randomBytes(4).toString("hex")}`;
  ownWork.add(name);
  return path.join(dir, name);
}

/** Removes what starts that were killed half-way left behind. */
export async function removeLeftovers(
  dir: string,
  isAlive: (pid: number) => boolean,
): Promise<void> {
  for (const name of await readdir(dir)) {
    const pid = Number(BUILDING.exec(name)?.[1] ?? Number.NaN);
    const isAtWork = pid === process.pid ? ownWork.has(name) : isAlive(pid);
    if (Number.isNaN(pid) || isAtWork) continue;
    // An initdb that its node left behind may still be writing there: it is retried, and if it
    // wins, the next start removes it.
    const retried = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
    await rm(path.join(dir, name), retried).catch(() => undefined);
  }
}

/** The user id a file or folder belongs to; undefined when it is not there. */
export async function ownerOf(file: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const { uid, gid } = await lstat(file);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

/** Gives what root writes into another user's folder to that user, who starts it the next time. */
export async function keepOwner(file: string, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const owner = await ownerOf(folder);
  if (owner !== undefined) await chown(file, owner.uid, owner.gid);
}

/** What PostgreSQL writes into its lock file while it runs. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly ready: boolean;
}

/** Undefined when no server claims the folder. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(dataDir, "postmaster.pid"), "utf8");
  } catch {
    return undefined;
  }
  const lines = text.split("\n");
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (!Number.isInteger(pid)) return undefined;
  const port = Number.parseInt(lines[3] ?? "", 10);
  return {
    pid,
    port: Number.isInteger(port) ? port : undefined,
    ready: lines[7]?.startsWith("ready") === true,
  };
}

/** Refuses: postgres.data_version when the data is of another major version than the programs. */
export async function checkDataVersion(dataDir: string, installed: number): Promise<void> {
  let text: string;
  try {
    text = (await readFile(path.join(dataDir, "PG_VERSION"), "utf8")).trim();
  } catch (error) {
    throw folderError(dataDir, error);
  }
  if (Number.parseInt(text, 10) === installed) return;
  throw fail(postgresErrors, "data_version", { dir: dataDir, found: text, installed });
}
