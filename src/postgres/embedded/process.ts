import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, realpathSync } from "node:fs";

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

/** The command line of a process, where there is a `ps`; empty where there is none. */
export function commandOf(pid: number): string {
  const ps = spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return ps.status === 0 ? ps.stdout.trim() : "";
}

/**
 * True when the process may be the server of this data folder. Linux tells in which folder it works,
 * and PostgreSQL works in its data folder; macOS tells its command line, which names that folder.
 * Elsewhere the answer is yes, and connecting decides.
 */
export function mayServe(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform === "win32") return true;
  if (process.platform !== "linux") return commandOf(pid).includes(dataDir);
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
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
