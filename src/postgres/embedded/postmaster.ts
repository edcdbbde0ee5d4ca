import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { open, readFile, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { fail, systemClock } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import { program } from "./binaries.ts";
import type { Layout, PostmasterFile } from "./folder.ts";
import { folderError, keepOwner, readPostmasterFile } from "./folder.ts";
import type { Place } from "./place.ts";
import { deadPid, isAlive, mayServe } from "./process.ts";

const POLL_MS = 20;
/** Polls after which a start is called a recovery: two seconds. */
const RECOVERY_SHOWS_AFTER = 100;
const LOG_KEPT_BYTES = 8 * 1024 * 1024;
const LOG_TAIL_BYTES = 4096;
const STOP_TIMEOUT_MS = 120_000;

/** How an attempt to start ended. */
export type StartOutcome =
  | { readonly kind: "ready"; readonly pid: number; readonly port: number }
  | { readonly kind: "port_taken" }
  | { readonly kind: "claimed" }
  | { readonly kind: "old_memory_in_use" }
  | { readonly kind: "failed"; readonly error: Error };

/** The live server of a data folder, whoever started it. */
export async function livePostmaster(dataDir: string): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(dataDir);
  return file !== undefined && mayServe(file.pid, dataDir) ? file : undefined;
}

/**
 * PostgreSQL trusts its lock file as long as a process of that number lives, and in a container
 * numbers return soon. When that process is something else, the file is made to name a dead one:
 * PostgreSQL then still checks the shared memory named in it, which removing the file would skip.
 */
export async function disownReusedPid(dataDir: string): Promise<void> {
  const file = await readPostmasterFile(dataDir);
  if (file === undefined || !isAlive(file.pid) || mayServe(file.pid, dataDir)) return;
  const lockFile = path.join(dataDir, "postmaster.pid");
  const lines = (await readFile(lockFile, "utf8")).split("\n");
  lines[0] = String(deadPid());
  await writeFile(lockFile, lines.join("\n"));
}

async function openLog(
  layout: Layout,
): Promise<{ fd: number; size: number; close(): Promise<void> }> {
  try {
    const size = await stat(layout.log).then(
      (s) => s.size,
      () => 0,
    );
    if (size > LOG_KEPT_BYTES) await rename(layout.log, `${layout.log}.1`);
    const handle = await open(layout.log, "a", 0o600);
    await keepOwner(layout.log, layout.home);
    return { fd: handle.fd, size: (await handle.stat()).size, close: () => handle.close() };
  } catch (error) {
    throw folderError(layout.dir, error);
  }
}

async function logTail(layout: Layout, from: number): Promise<string> {
  const all = await readFile(layout.log);
  const text = all.subarray(Math.max(from, all.length - LOG_TAIL_BYTES)).toString("utf8");
  return text.trim();
}

// A mistake in a setting is told in a LOG line; the FATAL one after it only says that there is one.
const TELLING = /FATAL|PANIC|ERROR|unrecognized configuration parameter|invalid value for param/;

/** Reads from what the server printed why it did not start. The texts are PostgreSQL's. */
export function judgeLog(text: string, log: string): StartOutcome {
  if (/could not bind IPv4|Address already in use/.test(text)) return { kind: "port_taken" };
  if (/lock file "postmaster.pid" already exists/.test(text)) return { kind: "claimed" };
  if (/pre-existing shared memory block/.test(text)) return { kind: "old_memory_in_use" };
  const fatal = text.split("\n").find((line) => TELLING.test(line));
  const reason = (fatal ?? text.split("\n").at(-1) ?? "it printed nothing").trim();
  const full = /No space left on device|Disk quota exceeded/.test(text);
  const error = full
    ? fail(postgresErrors, "disk_full", { reason })
    : fail(postgresErrors, "start_failed", { reason, log });
  return { kind: "failed", error };
}

function spawnServer(place: Place, logFd: number): ChildProcess {
  const { file, args, options } = place.runAs.command(program(place.native, "postgres"), [
    "-D",
    place.dataDir,
  ]);
  // Detached: Ctrl-C in the terminal reaches node, which stops the server in its own time; and a
  // killed node leaves a server that the next start adopts.
  const child = spawn(file, args, {
    ...options,
    cwd: "/",
    detached: true,
    stdio: ["ignore", logFd, logFd],
    windowsHide: true,
  });
  child.unref();
  return child;
}

/** Starts the server and waits until it takes connections, however long a recovery lasts. */
export async function startPostmaster(
  place: Place,
  layout: Layout,
  onRecovering: () => void,
): Promise<StartOutcome> {
  const log = await openLog(layout);
  const child = spawnServer(place, log.fd);
  const ended = new Promise<true>((resolve) => {
    child.once("exit", () => resolve(true));
    child.once("error", () => resolve(true));
  });
  await log.close();
  for (let waits = 0, gone = false; !gone; waits++) {
    const file = await readPostmasterFile(place.dataDir);
    if (file?.ready === true && file.port !== undefined && file.pid === child.pid) {
      return { kind: "ready", pid: file.pid, port: file.port };
    }
    if (waits === RECOVERY_SHOWS_AFTER) onRecovering();
    gone = await Promise.race([ended, systemClock.sleep(POLL_MS).then(() => false)]);
  }
  return judgeLog(await logTail(layout, log.size), layout.log);
}

function signalFast(place: Pick<Place, "native" | "dataDir">, pid: number): Promise<unknown> {
  if (process.platform === "win32") {
    const args = ["stop", "-m", "fast", "-W", "-D", place.dataDir];
    return promisify(execFile)(program(place.native, "pg_ctl"), args);
  }
  process.kill(pid, "SIGINT");
  return Promise.resolve();
}

/**
 * Fast shutdown: open transactions are rolled back, a checkpoint is written, the server ends.
 * Safe to repeat: yes. Refuses: postgres.stop_failed after two minutes.
 */
export async function stopPostmaster(
  place: Pick<Place, "native" | "dataDir">,
  pid: number,
): Promise<void> {
  if (!isAlive(pid)) return;
  await signalFast(place, pid);
  const until = systemClock.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid)) {
    if (systemClock.now() > until) {
      throw fail(postgresErrors, "stop_failed", { pid, seconds: STOP_TIMEOUT_MS / 1000 });
    }
    await systemClock.sleep(POLL_MS);
  }
}
