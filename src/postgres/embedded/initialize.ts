import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { fail } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import { program } from "./binaries.ts";
import type { Layout, ServerFile } from "./folder.ts";
import {
  buildingFolder,
  folderError,
  readServerFile,
  syncFolder,
  writeServerFile,
} from "./folder.ts";
import type { Place } from "./place.ts";

const execFileAsync = promisify(execFile);
const INITDB_TIMEOUT_MS = 300_000;
const PASSWORD_BYTES = 24;
export const SUPERUSER = "longmen";

function initdbArguments(target: string, passwordFile: string, sync: boolean): string[] {
  return [
    `--pgdata=${target}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // The library's locale is never asked; texts are UTF-8 by PostgreSQL's own tables.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    ...(sync ? [] : ["--no-sync"]),
  ];
}

/** Gives a file to the account that PostgreSQL runs as, if that is another. */
async function hand(place: Place, file: string): Promise<void> {
  const { owner } = place.runAs;
  if (owner !== undefined && process.getuid?.() === 0) await chown(file, owner.uid, owner.gid);
}

async function initdb(
  place: Place,
  target: string,
  password: string,
  sync: boolean,
): Promise<void> {
  const passwordFile = `${target}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await mkdir(target, { mode: 0o700 });
  await hand(place, passwordFile);
  await hand(place, target);
  const { file, args, options } = place.runAs.command(
    program(place.native, "initdb"),
    initdbArguments(target, passwordFile, sync),
  );
  try {
    await execFileAsync(file, [...args], { ...options, cwd: "/", timeout: INITDB_TIMEOUT_MS });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function initdbError(dir: string, error: unknown): Error {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  if (text === "") return folderError(dir, error);
  const reason = text.split("\n").find((line) => line.includes("error:")) ?? text;
  if (/No space left on device|Disk quota exceeded/.test(text)) {
    return fail(postgresErrors, "disk_full", { reason }, error);
  }
  return fail(postgresErrors, "initialization_failed", { reason }, error);
}

/** Puts the finished folder in its place, unless another start was faster. */
async function install(building: string, layout: Layout): Promise<void> {
  try {
    await syncFolder(building);
    await rename(building, layout.home);
    await syncFolder(layout.dir);
  } catch (error) {
    if ((await readServerFile(layout)) !== undefined) return;
    const reason = `${layout.home} is there without its server.json; move it away`;
    throw fail(postgresErrors, "folder_unusable", { dir: layout.dir, reason }, error);
  }
}

/**
 * Creates the server's folder: built under another name, then renamed, so that a start that is
 * killed at any instant leaves nothing half-made in its place.
 * Refuses: postgres.disk_full, folder_unusable, initialization_failed.
 */
export async function initialize(place: Place, layout: Layout, sync: boolean): Promise<void> {
  const building = buildingFolder(layout.dir);
  const target = place.outside ? place.dataDir : path.join(building, "data");
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const server: ServerFile = {
    port: 0,
    password,
    ...(place.outside ? { dataDir: place.dataDir } : {}),
  };
  try {
    await mkdir(building, { mode: place.runAs.kind === "account" ? 0o711 : 0o700 });
    await initdb(place, target, password, sync);
    await writeServerFile(path.join(building, "server.json"), server);
    await install(building, layout);
  } catch (error) {
    throw initdbError(layout.dir, error);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}
