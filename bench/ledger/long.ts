/** The cases that take minutes: a pinned vacuum horizon, ten million transfers, the main job. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCallers } from "../callers.ts";
import { Void, type Contender, type Round } from "../contest.ts";
import { keptBytes } from "../kept-bytes.ts";
import { checkBook } from "./check.ts";
import { hotLoad, newTally, spreadLoad } from "./loads.ts";
import { onFreshBook, prepare } from "./ours.ts";
import { onServer } from "../servers.ts";
import { randomWorkload } from "./workload.ts";

/** While the horizon is held: few callers, so many small flushes, each leaving versions behind. */
const PINNED_CALLERS = 100;

export interface PinnedOptions {
  readonly url: string;
  readonly callers: number;
  readonly pinnedSeconds: number;
}

/** Sales while an old snapshot keeps vacuum from removing anything; measured at its end. */
export function pinnedContender({ url, callers, pinnedSeconds }: PinnedOptions): Contender {
  const round = (seconds: number): Promise<Round> =>
    onFreshBook(url, async (open) => {
      const load = hotLoad();
      const before = await prepare(open, load);
      const tally = newTally();
      const call = () => load.call(open.book, tally);
      const measured = await onServer(url, async (pin) => {
        await pin.query("begin isolation level repeatable read");
        await pin.query(`select count(*) from ${open.schema}.ledger_batch`);
        await runCallers({ callers: PINNED_CALLERS, seconds: pinnedSeconds, call });
        const result = await runCallers({ callers, seconds, call });
        const held = await pin.query<{ held: boolean }>(HORIZON_HELD);
        if (held.rows[0]?.held !== true) throw new Void("the vacuum horizon was not held");
        return result;
      });
      await checkBook(url, open.schema, { book: open.book, before, tally });
      return measured;
    });
  return { name: "longmen", round };
}

const HORIZON_HELD = `select backend_xmin is not null and xact_start < clock_timestamp() as held
  from pg_stat_activity where pid = pg_backend_pid()`;

const MEMORY_TRANSFERS = 10_000_000;
/**
 * What is remembered comes and goes by generations, so one look says little: the most of the looks
 * up to the base is compared with the most of all.
 */
const MEMORY_LOOK = 200_000;
const MEMORY_BASE_LOOKS = 10;
const HOUR_SECONDS = 3_600;
export const MEMORY_FLAT = "memory-up-to-2M/at-most";

/** Ten million random transfers through one node; what it keeps in memory must not grow with them. */
export function memoryContender(url: string, callers: number): Contender {
  const round = (): Promise<Round> =>
    onFreshBook(url, async (open) => {
      const load = spreadLoad(randomWorkload());
      const before = await prepare(open, load);
      const tally = newTally();
      const kept: number[] = [];
      const call = async (): Promise<number> => {
        const answered = await load.call(open.book, tally);
        // Of the thousands that one flush answers, the first to see so many passed looks.
        if (tally.created >= MEMORY_LOOK * (kept.length + 1)) kept.push(keptBytes());
        return answered;
      };
      const enough = () => tally.created >= MEMORY_TRANSFERS;
      const result = await runCallers({ callers, seconds: HOUR_SECONDS, call, enough });
      if (!enough()) throw new Void("ten million transfers took more than an hour");
      await checkBook(url, open.schema, { book: open.book, before, tally });
      const base = Math.max(...kept.slice(0, MEMORY_BASE_LOOKS));
      return { ...result, shares: { [MEMORY_FLAT]: base / Math.max(...kept) } };
    });
  return { name: "longmen", round };
}

const MAIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));
export const TIME_ALLOWED = "seconds-allowed/taken";

export interface ReplayOptions {
  readonly scratch: string;
  readonly allowedSeconds: number;
  /** Another file than the bundled month. */
  readonly data?: string | undefined;
}

/** The main job in a new folder, from starting the process to its end, database creation included. */
export function replayContender({ scratch, allowedSeconds, data }: ReplayOptions): Contender {
  const round = async (): Promise<Round> => {
    const dir = mkdtempSync(join(scratch, "replay-"));
    const startedAt = performance.now();
    const line = [
      MAIN,
      "start",
      "--exit",
      "--json",
      "--dir",
      dir,
      ...(data ? ["--data", data] : []),
    ];
    const report = await outputOf(line);
    const seconds = (performance.now() - startedAt) / 1000;
    rmSync(dir, { recursive: true, force: true });
    if (report.agrees !== true || report.verified !== true || typeof report.lines !== "number") {
      throw new Void("the main job's report does not agree with the file, or was not verified");
    }
    return { count: report.lines, seconds, shares: { [TIME_ALLOWED]: allowedSeconds / seconds } };
  };
  return { name: "longmen", round };
}

async function outputOf(line: readonly string[]): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, line, { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise((done) => child.on("close", done));
  if (code !== 0) throw new Void(`the main job ended with ${String(code)}`);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>;
}
