/** A replay as a command tells it: sells, reports, verifies, and says what to make of it. */
import { performance } from "node:perf_hooks";
import { assert } from "../../base/index.ts";
import type { Longmen } from "../../client/index.ts";
import { type CommandContext, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import type { Status } from "../status/status-page.ts";
import { wholeOption } from "../read-options.ts";
import type { Terminal } from "../terminal.ts";
import {
  checkFile,
  holdRush,
  proveBooks,
  RETAIL_BOOK,
  type Readied,
  type ReplayInput,
  sellFile,
} from "./replay.ts";
import {
  agrees,
  isComplete,
  proofText,
  type Replay,
  replayJson,
  reportText,
  unexplained,
} from "./report.ts";
import { BUYERS_MAX, BUYERS_MIN } from "./rush.ts";
import { makeStatements } from "./statements.ts";
import { sayFaults, watch } from "./tell.ts";

export const dataOption = {
  name: "data",
  value: "FILE",
  doc: "a CSV of invoices, plain or gzip; else the bundled month",
} as const;

export const buyersOption = {
  name: "buyers",
  value: "N",
  doc: "who come to the rush, for a tenth as many boxes; else 1000",
} as const;

const buyerCount = { least: BUYERS_MIN, most: BUYERS_MAX } as const;

/** What a command line asks of the main job. */
export interface AskedJob {
  readonly path: string;
  /** As the user named it; undefined: the bundled month. */
  readonly file: string | undefined;
  readonly buyers: number | undefined;
}

/** Reads the options, and looks at the file before a database is made for it. Refuses: those of checkFile, cli.option_malformed. */
export async function askedJob(context: CommandContext, command: string): Promise<AskedJob> {
  const buyers = wholeOption(context, "buyers", { command, ...buyerCount });
  const file = textOption(context, "data");
  const path = file ?? context.house.sample;
  await checkFile(path);
  return { path, file, buyers };
}

/** A file that is being read, since a moment that `seconds` of the report counts from. */
export interface Reading extends AskedJob {
  /** Held in one place only and let go of when it is booked: a year of invoices is large. */
  readied: Promise<Readied> | undefined;
  readonly beganAt: number;
}

/** Sells, tells, verifies, tells. Refuses: those of sellFile. */
export async function runReplay(
  { terminal, signal, options }: Pick<CommandContext, "terminal" | "signal" | "options">,
  longmen: Longmen,
  reading: Reading,
  status: Status,
): Promise<Replay> {
  const readied = await reading.readied;
  assert(readied !== undefined, "a file is booked once");
  reading.readied = undefined;
  sayFaults(terminal, readied.survey.faults);
  const json = options["json"] === true;
  const { file, buyers, beganAt } = reading;
  const watcher = watch(terminal, status);
  const input: ReplayInput = { longmen, readied, file, buyers, watcher, signal };
  const sold = { ...(await sellFile(input)), rush: await holdRush(input) };
  // Both only read: the statements are made while the books are verified.
  const making = makeStatements(longmen, await longmen.book(RETAIL_BOOK).head({ signal }), signal);
  making.catch(() => undefined);
  const { retail: verify, lunch: verifiedRush } = await reported(
    terminal,
    json ? undefined : reportText(sold),
    () => proveBooks(input),
  );
  const statements = await making;
  const seconds = (performance.now() - beganAt) / 1000;
  const done = { ...sold, verify, verifiedRush, statements, seconds };
  terminal.answer(json ? JSON.stringify(replayJson(done)) : proofText(done));
  status.stage = "ready";
  status.replay = done;
  return done;
}

/** Who sits there reads the report while it is verified; a log has it in one piece, also after a failure. */
async function reported<T>(
  terminal: Terminal,
  report: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const tell = () => {
    if (report !== undefined) terminal.answer(report);
  };
  if (terminal.isLive) tell();
  try {
    return await work();
  } finally {
    if (!terminal.isLive) tell();
  }
}

export function verdictOf(done: Replay): ExitCode {
  const { verify, verifiedRush } = done;
  if (!verify.verified || !verifiedRush.verified || !agrees(done)) return exitCodes.wrong;
  if (unexplained(done) > 0) return exitCodes.wrong;
  return isComplete(done) ? exitCodes.done : exitCodes.incomplete;
}
