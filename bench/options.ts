/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";

export const CALLERS_DEFAULT = 8_000;
const ROUNDS_DEFAULT = 5;
const ROUNDS_QUICK = 3;
const SECONDS_DEFAULT = 5;
const SECONDS_QUICK = 1;

export interface Options {
  readonly bench: string;
  readonly json: boolean;
  readonly check: boolean;
  readonly quick: boolean;
  /** Empty: all cases but the long ones. */
  readonly cases: readonly string[];
  /** Several: the cases run once with each. */
  readonly callers: readonly number[];
  readonly rounds: number;
  /** How long one round of one contender takes load. */
  readonly seconds: number;
  /** The redis-server to start; the one on the PATH when left out. */
  readonly redis: string | undefined;
  /** A PostgreSQL server of the user's own instead of the embedded one. */
  readonly url: string | undefined;
  /** The file that the case replay-year books. */
  readonly data: string | undefined;
}

export const usage = `npm run bench -- NAME [options]

  NAME            which benchmark: ledger, ledger-http, order, …; or profile, which says where the time of a case goes
  --case CASE     only this case; may be given several times
  --quick         under three minutes: shorter rounds, fewer of them
  --json          one JSON object on standard output, nothing else
  --check         exit 1 when a floor is missed, 2 when it could not be judged
  --callers N     independent callers, each awaiting its answer; ${CALLERS_DEFAULT} by default;
                  several, as in 2000,8000, run the cases once with each
  --rounds N      rounds of each contender; the median counts
  --seconds S     load of one round
  --redis FILE    the redis-server to start, when it is not on the PATH
  --url URL       measure on this PostgreSQL server instead of the embedded one; schemas whose
                  names begin with bench_ are made and dropped there
  --data FILE     what the case replay-year books: a year of Online Retail
`;

/** What is wrong with a command line; the message is for the person who typed it. */
export class UsageError extends Error {}

export function parseOptions(line: readonly string[]): Options {
  const { values, positionals } = parsed(line);
  const [bench, ...rest] = positionals;
  if (bench === undefined) throw new UsageError("name a benchmark");
  if (rest.length > 0) throw new UsageError(`one benchmark at a time, not also ${rest.join(" ")}`);
  const quick = values.quick ?? false;
  return {
    bench,
    json: values.json ?? false,
    check: values.check ?? false,
    quick,
    cases: values.case ?? [],
    callers: (values.callers ?? String(CALLERS_DEFAULT))
      .split(",")
      .map((text) => positive("--callers", text)),
    rounds: whole("--rounds", values.rounds) ?? (quick ? ROUNDS_QUICK : ROUNDS_DEFAULT),
    seconds: number("--seconds", values.seconds) ?? (quick ? SECONDS_QUICK : SECONDS_DEFAULT),
    redis: values.redis,
    url: values.url,
    data: values.data,
  };
}

function parsed(line: readonly string[]) {
  try {
    return parseArgs({
      args: [...line],
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        check: { type: "boolean" },
        quick: { type: "boolean" },
        case: { type: "string", multiple: true },
        callers: { type: "string" },
        rounds: { type: "string" },
        seconds: { type: "string" },
        redis: { type: "string" },
        url: { type: "string" },
        data: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function whole(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : positive(flag, text);
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`${flag} takes a whole number from 1, not "${text}"`);
  }
  return value;
}

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && value <= 3_600)) {
    throw new UsageError(`${flag} takes seconds, above 0 and at most 3600, not "${text}"`);
  }
  return value;
}
