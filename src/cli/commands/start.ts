/** `longmen start`: the main job from nothing to a page in the browser. */
import { performance } from "node:perf_hooks";
import { assert } from "../../base/index.ts";
import type { HttpServer } from "../../http/index.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type OpenHouse, openHouse } from "../open-house.ts";
import { operator } from "../operator.ts";
import {
  bookFile,
  checkFile,
  proveBook,
  type Readied,
  readyFile,
  type ReplayInput,
} from "../replay/replay.ts";
import {
  agrees,
  isComplete,
  proofText,
  type Replay,
  replayJson,
  reportText,
} from "../replay/report.ts";
import { sayFaults, watch } from "../replay/tell.ts";
import { bugText } from "../terminal.ts";
import { type Status, type StatusPage, startStatusPage } from "../status/status-page.ts";

const dataOption = {
  name: "data",
  value: "FILE",
  doc: "a CSV of invoices, plain or gzip; else the bundled month",
} as const;

const REST_MS = 90_000;

export const start: Command = {
  name: "start",
  summary: "book a shop's invoices, prove it, stay up with a page",
  help: `
Brings up PostgreSQL (its own, or the one of DATABASE_URL), books the invoices
of the bundled month into the book \`retail\`, reports what they add up to beside
what the file adds up to, verifies every balance and hash, and stays up with a
page at port 7300. Started again it finds everything there; killed, it goes on.

  longmen start                         the bundled month
  longmen start --data invoices.csv.gz  a file of your own, in the same columns
  longmen start --exit --json           for scripts: one object, an exit code`,
  options: [dataOption, { name: "exit", doc: "end after the report" }, jsonOption],
  run: (context) => runStart(context, context.options["exit"] === true),
};

export const replay: Command = {
  name: "replay",
  summary: "the same without staying up: start --exit",
  help: `
Books a file of invoices, reports and verifies, then ends.

  longmen replay --data invoices.csv.gz --json`,
  options: [dataOption, jsonOption],
  run: (context) => runStart(context, true),
};

async function runStart(context: CommandContext, exits: boolean): Promise<ExitCode> {
  const beganAt = performance.now();
  const { terminal, house } = context;
  const file = textOption(context, "data");
  const path = file ?? house.sample;
  const status: Status = { stage: "starting" };
  const config = house.loadConfig(context.flags);
  await checkFile(path);
  // Read on while PostgreSQL starts.
  const reading: Reading = { readied: readyFile(path) };
  reading.readied?.catch(() => undefined);
  const page = exits
    ? undefined
    : await startStatusPage(config, status, (error) => terminal.say(bugText(error)));
  try {
    if (page !== undefined) terminal.say(`the page is at ${page.url}`);
    const opened = await openHouse(context);
    let api: HttpServer | undefined;
    try {
      if (page !== undefined) api = await openApi(context, opened, page, status);
      const done = await job(context, opened, { reading, file, beganAt, status });
      collectGarbage();
      if (page !== undefined) await stayUp(context, opened, page);
      return verdict(done);
    } finally {
      await api?.close();
      await opened.close();
    }
  } finally {
    await page?.close();
  }
}

/**
 * Serves the API beside the page. The first start of all makes the first key, and shows its token
 * this once: on standard error, since standard output may be kept in a file.
 */
async function openApi(
  { terminal, house }: CommandContext,
  { ledger, access, log, config }: OpenHouse,
  page: StatusPage,
  status: Status,
): Promise<HttpServer> {
  // Loaded on use: commands that serve nothing don't pay for the server.
  const { openHttp } = await import("../../http/index.ts");
  const api = await openHttp({
    ledger,
    access,
    log,
    version: house.version,
    trustProxy: config.trustProxy,
    node: house.nodeName(config),
  });
  status.api = api.join(page.server);
  if (!isLoopback(config.host)) {
    terminal.say(
      `warning: ${config.host} can be reached from elsewhere and Longmen speaks no TLS: keys travel readable. Put a proxy with TLS before it.`,
    );
  }
  const first = await access.ensureFirstKey(operator());
  terminal.say(`the API is at ${page.url}v1, its reference at ${page.url}reference`);
  if (first !== undefined) {
    terminal.say(`your key, shown this once; it may do everything: ${first.token}`);
  }
  return api;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Held in one place only and let go of when it is booked: a year of invoices is large. */
interface Reading {
  readied: Promise<Readied> | undefined;
}

interface Job {
  readonly reading: Reading;
  readonly file: string | undefined;
  readonly beganAt: number;
  readonly status: Status;
}

/** Books, tells, verifies, tells. */
async function job(
  { terminal, signal, options }: CommandContext,
  { ledger }: OpenHouse,
  { reading, file, beganAt, status }: Job,
): Promise<Replay> {
  const readied = await reading.readied;
  assert(readied !== undefined, "a file is booked once");
  reading.readied = undefined;
  sayFaults(terminal, readied.survey.faults);
  const json = options["json"] === true;
  status.ledger = ledger;
  const input: ReplayInput = {
    ledger,
    readied,
    file,
    watcher: watch(terminal, status),
    signal,
  };
  const booked = await bookFile(input);
  if (!json) terminal.answer(reportText(booked));
  const verify = await proveBook(input);
  const done = { ...booked, verify, seconds: (performance.now() - beganAt) / 1000 };
  terminal.answer(json ? JSON.stringify(replayJson(done)) : proofText(done));
  status.stage = "ready";
  status.replay = done;
  return done;
}

async function stayUp(
  { terminal, signal }: CommandContext,
  opened: OpenHouse,
  page: StatusPage,
): Promise<void> {
  // By then the lane has let go of what it remembers of the job.
  setTimeout(collectGarbage, REST_MS).unref();
  terminal.say(`Longmen is up: ${page.url} (Ctrl-C ends it)`);
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const error = await Promise.race([stopped, opened.failed]);
  if (error !== undefined) throw error;
}

function verdict(done: Replay): ExitCode {
  if (!done.verify.verified) return exitCodes.wrong;
  // What the books refused is in the file and not in the books: told as such, not as a mystery.
  if (!agrees(done) && done.booking.refused.count === 0) return exitCodes.wrong;
  return isComplete(done) ? exitCodes.done : exitCodes.incomplete;
}
