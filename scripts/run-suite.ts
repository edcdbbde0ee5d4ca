import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { SUITE_LIMIT_MS, type Project, type Suite } from "./suites.ts";
import { tallyOf, type Tally, type VitestReport } from "./tally.ts";

export interface SuiteResult {
  readonly tally: Tally;
  readonly ok: boolean;
  /** Everything the suite printed, to be shown only when it failed. */
  readonly output: string;
  readonly elapsedMs: number;
}

export interface RunOptions {
  readonly root: string;
  /** Words of test files' paths; all files when empty. */
  readonly filters: readonly string[];
  readonly stop: AbortSignal;
  /** How long what the suite started may outlive it: 3 s when left out. */
  readonly leakGraceMs?: number;
}

/** Where Node keeps what it has compiled; out of everybody's sight, and gone with `npm ci`. */
const COMPILE_CACHE = "node_modules/.cache/node";

/** How long a stopped suite may take to leave by itself before it is killed. */
const STOP_GRACE_MS = 5_000;
const LEAK_GRACE_MS = 3_000;

/** Runs one suite as a child of its own and counts what it did. `stop` ends the child early. */
export async function runSuite(suite: Suite, options: RunOptions): Promise<SuiteResult> {
  const startedAt = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), "longmen-test-"));
  const reportFile = join(scratch, "report.json");
  try {
    const { exitCode, output } = await runChild(commandOf(suite, reportFile, options), options);
    const tally =
      suite.kind === "project"
        ? tallyOf(readReport(reportFile), exitCode)
        : { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
    const ok = exitCode === 0 && tally.failed === 0;
    const shown = process.stdout.isTTY ? output : stripVTControlCharacters(output);
    return { tally, ok, output: shown, elapsedMs: performance.now() - startedAt };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function commandOf(suite: Suite, reportFile: string, options: RunOptions): readonly string[] {
  if (suite.kind === "check") {
    const [tool, ...rest] = suite.command;
    return [join(options.root, "node_modules", tool), ...rest];
  }
  return vitestCommand(suite, reportFile, options);
}

function vitestCommand(
  project: Project,
  reportFile: string,
  options: RunOptions,
): readonly string[] {
  return [
    join(options.root, "node_modules/vitest/vitest.mjs"),
    "run",
    ...["--project", project.name],
    ...["--reporter", "default", "--reporter", "json", `--outputFile.json=${reportFile}`],
    ...(project.workers === undefined ? [] : [`--maxWorkers=${project.workers}`]),
    ...(process.stdout.isTTY ? ["--color"] : []),
    ...options.filters,
  ];
}

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as VitestReport;
  } catch {
    // No report: vitest broke before its first file. The exit code counts as the failure.
    return undefined;
  }
}

/** Runs this very Node with the arguments; resolves when it and everything it started have ended. */
function runChild(
  nodeArguments: readonly string[],
  options: RunOptions,
): Promise<{ exitCode: number; output: string }> {
  return new Promise((done, broken) => {
    // A group of its own, so that stopping reaches the suite's workers and nobody else.
    const child = spawn(process.execPath, nodeArguments, {
      cwd: options.root,
      // Hundreds of processes read the same files: each would strip the same types again.
      env: { ...process.env, NODE_COMPILE_CACHE: join(options.root, COMPILE_CACHE) },
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
    });
    const chunks: Buffer[] = [];
    const note = (text: string) => chunks.push(Buffer.from(`\n${text}\n`));
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));

    const timers: NodeJS.Timeout[] = [];
    const later = (delayMs: number, act: () => void) => timers.push(setTimeout(act, delayMs));
    const stopNow = () => {
      signalGroup(child, "SIGTERM");
      later(STOP_GRACE_MS, () => signalGroup(child, "SIGKILL"));
    };
    later(SUITE_LIMIT_MS, () => {
      note(`stopped: over the limit of ${SUITE_LIMIT_MS / 60_000} minutes`);
      stopNow();
    });
    options.stop.addEventListener("abort", stopNow, { once: true });

    let leaked = false;
    child.on("error", broken);
    // Ended, but somebody it started may still hold its output: that is a leak, and a failure.
    child.on("exit", () => {
      later(options.leakGraceMs ?? LEAK_GRACE_MS, () => {
        leaked = true;
        note("failed: a process that this suite started outlives it");
        signalGroup(child, "SIGKILL");
        child.stdout.destroy();
        child.stderr.destroy();
      });
    });
    // Closed: nobody of the group holds the output any more. From now on the group's number may
    // belong to strangers, so no signal may follow.
    child.on("close", (code) => {
      for (const timer of timers) clearTimeout(timer);
      options.stop.removeEventListener("abort", stopNow);
      const exitCode = leaked ? 1 : (code ?? 1);
      done({ exitCode, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // The group may have ended between the look and the signal: that is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
