/** The structured log: fields first, then a sentence. JSON for machines, one line for people. */
import { pino } from "pino";
import { loggable, type LogFields } from "./log-fields.ts";
import { type LogDestination, TurnLines } from "./log-lines.ts";
import { maskSecrets } from "./mask.ts";
import { prettyLine } from "./pretty-log.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * What every room is handed. Fields named like a secret are masked, passwords in URLs too;
 * bigints become text; errors keep code, details, stack and cause.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

export interface PinoLoggerInput {
  readonly level: LogLevel;
  /** Standard error unless given: standard output belongs to answers. */
  readonly destination?: LogDestination;
  /** Lines for a person at a terminal instead of JSON. */
  readonly pretty?: boolean;
  /** Colours in pretty lines. */
  readonly color?: boolean;
}

/** Makes the logger of a process. A warning or an error is written before the call returns. */
export function pinoLogger(input: PinoLoggerInput): Logger {
  if (input.level === "silent") return silentLogger;
  const destination = input.destination ?? pino.destination({ dest: 2, sync: true });
  const toStandardError = input.destination === undefined && input.pretty !== true;
  const plain = toStandardError ? new TurnLines(destination) : destination;
  const lines = input.pretty ? prettyTo(destination, input.color ?? false) : plain;
  return wrap(
    pino(
      {
        level: input.level,
        base: null,
        messageKey: "message",
        timestamp: pino.stdTimeFunctions.isoTime,
        serializers: { err: (value: unknown) => value }, // written by loggable already
        formatters: { level: (label) => ({ level: label }) },
      },
      lines,
    ),
  );
}

/** Says nothing: for tests, and for library users who give no logger. */
export const silentLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
});

function wrap(inner: pino.Logger): Logger {
  const write = (level: "debug" | "info" | "warn" | "error") => {
    return (fields: LogFields, message: string) => {
      if (!inner.isLevelEnabled(level)) return; // masking is not free
      inner[level](loggable(fields), maskSecrets(message));
    };
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => wrap(inner.child(loggable(fields))),
  };
}

function prettyTo(destination: LogDestination, color: boolean): LogDestination {
  return { write: (line) => destination.write(prettyLine(line, color)) };
}
