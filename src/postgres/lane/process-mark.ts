/**
 * What tells a process from every other of its machine, in the words it has of itself: a row with it tells a
 * later process on that machine whether its writer still lives.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export interface ProcessMark {
  readonly host: string;
  readonly pid: number;
  /** The machine's start and its space of process numbers; undefined where the system doesn't tell. */
  readonly space?: string | undefined;
  /** When the process began, since numbers are given again. */
  readonly began?: string | undefined;
}

/** proc(5): starttime is field 22 of stat, the state field 3. */
const BEGAN_FIELD = 22;

/** When a process began; undefined where the system doesn't tell us. One that is a corpse has no beginning. */
function beganOf(pid: number | "self"): string | undefined {
  return quietly(() => {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program stands in brackets, and may hold blanks and brackets itself.
    const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? "" : fields[BEGAN_FIELD - 4];
  });
}

function spaceOf(): string | undefined {
  return quietly(() => {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  });
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

export function markOfThis(): ProcessMark {
  return { host: hostname(), pid: process.pid, space: spaceOf(), began: beganOf("self") };
}

/** Told of a process of this machine, in our space of numbers: it is no more where nobody has its number, or a later one. */
export type Fate = "gone" | "lives" | "unknown";

export function fateOf({ pid, space, began }: ProcessMark): Fate {
  if (space === undefined || began === undefined || space !== spaceOf()) return "unknown";
  if (!hasProcess(pid)) return "gone";
  const now = beganOf(pid);
  if (now === undefined) return "unknown";
  return now === began ? "lives" : "gone";
}

/** Another user's counts, too: what we may not ask is there. */
function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** Undefined: nobody of ours wrote that. */
export function readMark(text: string | null): ProcessMark | undefined {
  if (text === null) return undefined;
  const mark = JSON.parse(text) as ProcessMark;
  return typeof mark.pid === "number" && typeof mark.host === "string" ? mark : undefined;
}
