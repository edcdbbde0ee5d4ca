/** Where commands speak. Answers go to standard output, everything else to standard error. */
import { type Readable, Writable } from "node:stream";
import type { LongmenError } from "../base/index.ts";
import type { LongmenProblem } from "../client/index.ts";
import { shown, shownInLine } from "./shown.ts";

export interface Terminal {
  /** The answer: the report, or the one object of --json. Whatever others wrote into it, it moves no cursor. */
  answer(text: string): void;
  /** The answer is a file: to the byte where it goes into one, and shown like any answer on a screen. */
  file(text: string): void;
  /** A line for who waits. */
  say(line: string): void;
  /** A bar that is drawn over itself; nothing where nobody looks. `undefined` wipes it. */
  bar(line: string | undefined): void;
  readonly isLive: boolean;
  /** Standard output is a screen. */
  readonly isScreen: boolean;
  /** Standard output and input as bytes, for what is no text. */
  readonly output: Writable | undefined;
  readonly input: Readable | undefined;
}

/** The streams of a process, as far as they are used. */
export interface TerminalStreams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stdin?: Readable;
}

const WIPE_LINE = "\r\u001B[2K";

/** Makes a terminal of two streams. Bars are drawn only where standard error is a screen. */
export function terminalOf({ stdout, stderr, stdin }: TerminalStreams): Terminal {
  const isLive = stderr.isTTY === true;
  const isScreen = stdout.isTTY === true;
  let drawn = false;
  const wipe = () => {
    if (drawn) stderr.write(WIPE_LINE);
    drawn = false;
  };
  return {
    isLive,
    isScreen,
    output: stdout instanceof Writable ? stdout : undefined,
    input: stdin,
    answer: (text) => {
      wipe();
      stdout.write(ended(shown(text)));
    },
    file: (text) => {
      wipe();
      stdout.write(ended(isScreen ? shown(text) : text));
    },
    say: (line) => {
      wipe();
      stderr.write(`${shown(line)}\n`);
    },
    bar: (line) => {
      if (!isLive) return;
      wipe();
      if (line === undefined) return;
      stderr.write(shownInLine(line));
      drawn = true;
    },
  };
}

const ended = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

const BAR_CELLS = 24;
export const TERMINAL_COLUMNS = 80;

/** `booking  ██████░░░░  48 %  20,391 of 42,481 lines`, never wider than the screen. */
export function barText(label: string, done: number, total: number, remark: string): string {
  const part = total === 0 ? 0 : Math.min(1, done / total);
  const full = Math.round(part * BAR_CELLS);
  const bar = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
  const percent = `${Math.floor(part * 100)} %`.padStart(5);
  return `${label.padEnd(10)} ${bar} ${percent}  ${remark}`.slice(0, TERMINAL_COLUMNS - 1);
}

/** An error as three short lines: what, its code, what to do. */
export function errorText(error: LongmenError | LongmenProblem): string {
  const { code, advice = "" } = error;
  // A problem's message begins with its code, which stands in the third line here.
  const what = error.message.startsWith(`${code}: `)
    ? error.message.slice(code.length + 2)
    : error.message;
  const trace = "traceId" in error && error.traceId !== undefined ? `, trace ${error.traceId}` : "";
  return `longmen: ${what}\n  ${advice}\n  (${code}${trace})`;
}

/** A bug with its stack, for whoever mends it. */
export function bugText(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `longmen: a bug: ${stack}`;
}
