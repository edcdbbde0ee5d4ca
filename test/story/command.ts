/** For stories: the command as a user runs it, a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error has said this, with all that it has said. */
  said(text: string): Promise<string>;
}

/** Runs `npm start -- …words`, without npm. */
export function run(...words: readonly string[]): Running {
  return longmen(["start", ...words]);
}

/** Runs `longmen …words`. */
export function runCommand(...words: readonly string[]): Running {
  return longmen(words);
}

// Without it each process strips the types of all of src anew, which is two thirds of a short command.
const cache = process.env["NODE_COMPILE_CACHE"];
const compiled = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };

/** The same; where settings are given, with no others in its environment. */
export function longmen(
  words: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Running {
  const child = spawn(process.execPath, ["src/cli/bin.ts", ...words], {
    cwd: ROOT,
    ...(environment && { env: { ...compiled, ...environment } }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
  const said = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (!err.includes(text)) return;
        waiting.delete(look);
        resolve(err);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without saying "${text}":\n${err}`)));
    });
  return { process: child, ended, said };
}

const MEMORY = "/dev/shm";
const ROOMY = 2 * 1024 ** 3;

/** In memory if there is plenty: a server of one's own is a thousand files, written at each start and end. */
function scratch(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOMY ? MEMORY : tmpdir();
}

/** A folder for Longmen of one's own. */
export function freshDir(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(scratch(), "longmen-story-"));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
