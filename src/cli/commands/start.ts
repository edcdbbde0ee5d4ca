/** `longmen start`: the main job, or what is there alone, up to a page in the browser. And `longmen replay`. */
import { fail } from "../../base/index.ts";
import type { StoodStill } from "../../flow/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { type Command, type CommandContext, jsonOption } from "../command.ts";
import { nodeAddress } from "../connect-node.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type HealthDoor, startHealthDoor } from "../health-door.ts";
import { type OpenHouse, openHouse } from "../open-house.ts";
import { beginJobApart, type JobApart } from "../replay/job-apart.ts";
import { buyersOption, dataOption, verdictOf } from "../replay/run-replay.ts";
import { withRunKey } from "../run-key.ts";
import { type HouseRuns, NIGHTLY, openRuns, verifyNightly } from "../runs/open-runs.ts";
import { openSelling, type Selling } from "../selling/open-selling.ts";
import { serveApiAlone, serveApiBeside } from "../serve-api.ts";
import { bugText } from "../terminal.ts";
import { type Status, type StatusPage, startStatusPage } from "../status/status-page.ts";

const REST_MS = 90_000;
/** It is told of the loop's standing still when it goes on. */
const LATE_MS = 2_000;

export const start: Command = {
  name: "start",
  summary: "sell a shop's invoices, prove it, stay up with a page",
  help: `
Brings up PostgreSQL (its own, or that of DATABASE_URL) and the API, and sells
the invoices of the bundled month over it: orders, payments, refunds in the
book \`retail\`; then holds a rush for lunch. Reports what they add up to beside
what the file adds up to, verifies every balance and hash, and stays up with a
page at port 7300. Started again it finds everything there; killed, it goes on.
With --serve it sells nothing: for books of your own.

  longmen start                         the bundled month
  longmen start --data invoices.csv.gz  a file of your own, in the same columns
  longmen start --exit --json           for scripts: one object, an exit code
  DATABASE_URL=postgres://… longmen start --serve`,
  options: [
    dataOption,
    buyersOption,
    { name: "exit", doc: "end after the report" },
    { name: "serve", doc: "the API and a page for the books there are, no more" },
    jsonOption,
  ],
  run(context) {
    const { options } = context;
    if (options["serve"] !== true) return bookFirst(context, "start", options["exit"] === true);
    for (const name of ["data", "buyers", "exit", "json"]) {
      if (options[name] === undefined) continue;
      const problem = `--serve sells nothing and stays up: it takes no --${name}`;
      throw fail(cliErrors, "option_malformed", { problem, command: "start" });
    }
    return runStart(context, { exits: false });
  },
};

export const replay: Command = {
  name: "replay",
  summary: "the same on a running node, or without staying up",
  help: `
Sells a file of invoices, reports and verifies, then ends. With --url a running
node sells it: LONGMEN_KEY has a token that may read, write, define and verify
in the books \`retail\` and \`lunch\`, and buy, read, operate and define in their
shops. Without, it brings up its own, as \`start --exit\` does.

  longmen replay --data invoices.csv.gz --json
  LONGMEN_KEY=lm_… longmen replay --url https://ledger.example.com`,
  options: [dataOption, buyersOption, jsonOption],
  asksNodes: true,
  async run(context) {
    const node = nodeAddress(context.house.loadConfig(context.flags));
    if (node === undefined) return bookFirst(context, "replay", true);
    return withJob(context, "replay", async (job) =>
      verdictOf(await job.sell(node, { stage: "starting" })),
    );
  },
};

async function bookFirst(
  context: CommandContext,
  command: "start" | "replay",
  exits: boolean,
): Promise<ExitCode> {
  return withJob(context, command, (job) => runStart(context, { exits, job }));
}

async function withJob(
  context: CommandContext,
  command: "start" | "replay",
  work: (job: JobApart) => Promise<ExitCode>,
): Promise<ExitCode> {
  const job = await beginJobApart(context, command);
  try {
    return await work(job);
  } finally {
    await job.close();
  }
}

interface Start {
  readonly exits: boolean;
  /** What is to be sold first; without it the books are served as they are. */
  readonly job?: JobApart;
}

async function runStart(context: CommandContext, start: Start): Promise<ExitCode> {
  const code = await openAndServe(context, start);
  // Who stays up ends well by being told to only; what ends otherwise says so itself.
  if (!start.exits) context.terminal.say("longmen: stopped");
  return code;
}

async function openAndServe(context: CommandContext, { exits, job }: Start): Promise<ExitCode> {
  const { terminal, house } = context;
  const status: Status = { stage: "starting", showsEveryBook: job === undefined };
  const config = house.loadConfig(context.flags);
  const page = exits
    ? undefined
    : await startStatusPage(config, status, (error) => terminal.say(bugText(error)));
  try {
    const health = exits ? undefined : await startHealthDoor(config);
    try {
      return await openAndBook(context, { job, status, page, health });
    } finally {
      await health?.close();
    }
  } finally {
    await page?.close();
  }
}

interface Opening extends Doors {
  readonly job: JobApart | undefined;
  readonly status: Status;
}

/** What answers while the house is brought up. */
interface Doors {
  readonly page: StatusPage | undefined;
  readonly health: HealthDoor | undefined;
}

async function openAndBook(context: CommandContext, opening: Opening): Promise<ExitCode> {
  const announce = announced(context, opening);
  const opened = await openHouse(context, { onOwnServer: announce });
  announce();
  try {
    return await serveAndBook(context, { opened, ...opening });
  } finally {
    await opened.close();
  }
}

/**
 * Says once where the page is: not before it is known that this start is not refused, since somebody
 * else runs on the folder or the database does not answer.
 */
function announced({ terminal }: CommandContext, { page, health }: Doors): () => void {
  let isSaid = page === undefined;
  return () => {
    if (isSaid || page === undefined) return;
    isSaid = true;
    terminal.say(`the page is at ${page.url}`);
    if (health !== undefined) terminal.say(`health and metrics are at ${health.url}, too`);
    if (page.signInUrl === undefined) return;
    terminal.say(`sign in to it, once and within the hour: ${page.signInUrl}`);
  };
}

interface Served extends Opening {
  readonly opened: OpenHouse;
}

/** Closed in the order of draining: who asks, the runs, the shop, the books. */
async function serveAndBook(context: CommandContext, served: Served): Promise<ExitCode> {
  const selling = await openSelling(served.opened, context.house.reactions);
  try {
    const { status, job } = served;
    const isLoaded = ({ blockedMs }: StoodStill) =>
      job !== undefined && performance.now() - blockedMs < (status.readyAt ?? Infinity) + LATE_MS;
    const runs = await openRuns(context, served.opened, { others: selling.flows, isLoaded });
    selling.startOn(runs.flows);
    try {
      return await serveRunsAndBook(context, served, { runs, selling });
    } finally {
      await runs.close();
    }
  } finally {
    await selling.close();
  }
}

/** What stands on the books. */
interface Engines {
  readonly runs: HouseRuns;
  readonly selling: Selling;
}

async function serveRunsAndBook(
  context: CommandContext,
  { opened, page, health, job, status }: Served,
  { runs, selling }: Engines,
): Promise<ExitCode> {
  const { ledger, access } = opened;
  const api =
    page === undefined
      ? await serveApiAlone(context, opened, runs, selling)
      : await serveApiBeside(context, opened, { page, health, status, runs, selling });
  try {
    Object.assign(status, { ledger, access, runs });
    const done =
      job &&
      (await withRunKey(access, context.terminal, (key) =>
        job.sell({ url: api.url, key }, status),
      ));
    await job?.close();
    if (page !== undefined) collectGarbage();
    status.stage = "ready";
    status.readyAt = performance.now();
    if (page !== undefined && job !== undefined) {
      await verifyNightly(runs);
      context.terminal.say(
        `each night at 03:00 UTC the books are verified: longmen schedules show ${NIGHTLY}`,
      );
    }
    if (page !== undefined) await stayUp(context, opened, page);
    return done === undefined ? exitCodes.done : verdictOf(done);
  } finally {
    await api.close();
  }
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
