import { readFileSync, readlinkSync } from "node:fs";
import path from "node:path";

/** True while a process of this number runs. One that ended, but was not collected yet, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z";
  } catch {
    return true; // No /proc here: the signal's answer stands.
  }
}

/**
 * True when the process may be the server of this data folder: PostgreSQL works inside its data
 * folder. Where that cannot be seen (macOS, Windows) the answer is yes, and connecting decides.
 */
export function mayServe(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== "linux") return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === path.resolve(dataDir);
  } catch {
    return false;
  }
}

/** The number of a process that does not exist: what a lock file may safely name. */
export function deadPid(): number {
  let pid = 99_999;
  while (isAlive(pid)) pid -= 1;
  return pid;
}
