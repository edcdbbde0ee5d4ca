/** `longmen start`: the main job from nothing to a page in the browser. And `longmen replay`. */
import { connect } from "../../client/index.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { type Command, type CommandContext, jsonOption } from "../command.ts";
import { namedNode } from "../connect-node.ts";
import type { ExitCode } from "../exit-codes.ts";
import { type OpenHouse, openHouse } from "../open-house.ts";
import { beginReading, dataOption, runReplay, verdictOf } from "../replay/run-replay.ts";
import { withRunKey } from "../run-key.ts";
import { serveApiAlone, serveApiBeside } from "../serve-api.ts";
import { bugText } from "../terminal.ts";
import { type Status, type StatusPage, startStatusPage } from "../status/status-page.ts";

const REST_MS = 90_000;

export const start: Command = {
  name: "start",
  summary: "book a shop's invoices, prove it, stay up with a page",
  help: `
Brings up PostgreSQL (its own, or that of DATABASE_URL) and the API, books the
invoices of the bundled month into the book \`retail\` over that API, reports
what they add up to beside what the file adds up to, verifies every balance and
hash, and stays up with a page at port 7300. Started again it finds everything
there; killed, it goes on.

  longmen start                         the bundled month
  longmen start --data invoices.csv.gz  a file of your own, in the same columns
  longmen start --exit --json           for scripts: one object, an exit code`,
  options: [dataOption, { name: "exit", doc: "end after the report" }, jsonOption],
  run: (context) => runStart(context, context.options["exit"] === true),
};

export const replay: Command = {
  name: "replay",
  summary: "the same on a running node, or without staying up",
  help: `
Books a file of invoices, reports and verifies, then ends. With --url a running
node books it: LONGMEN_KEY has a token that may read, write, define and verify
in the book \`retail\`. Without, it brings up its own, as \`start --exit\` does.

  longmen replay --data invoices.csv.gz --json
  LONGMEN_KEY=lm_… longmen replay --url https://ledger.example.com`,
  options: [dataOption, jsonOption],
  asksNodes: true,
  async run(context) {
    const node = namedNode(context.house.loadConfig(context.flags));
    if (node === undefined) return runStart(context, true);
    const reading = await beginReading(context);
    return verdictOf(await runReplay(context, node, reading, { stage: "starting" }));
  },
};

async function runStart(context: CommandContext, exits: boolean): Promise<ExitCode> {
  const { terminal, house } = context;
  const status: Status = { stage: "starting" };
  const config = house.loadConfig(context.flags);
  const reading = await beginReading(context);
  const page = exits
    ? undefined
    : await startStatusPage(config, status, (error) => terminal.say(bugText(error)));
  try {
    if (page !== undefined) terminal.say(`the page is at ${page.url}`);
    if (page?.signInUrl !== undefined) {
      terminal.say(`sign in to it, once and within the hour: ${page.signInUrl}`);
    }
    const opened = await openHouse(context);
    try {
      return await serveAndBook(context, { opened, page, reading, status });
    } finally {
      await opened.close();
    }
  } finally {
    await page?.close();
  }
}

interface Served {
  readonly opened: OpenHouse;
  readonly page: StatusPage | undefined;
  readonly reading: Awaited<ReturnType<typeof beginReading>>;
  readonly status: Status;
}

async function serveAndBook(
  context: CommandContext,
  { opened, page, reading, status }: Served,
): Promise<ExitCode> {
  const { ledger, access } = opened;
  const api =
    page === undefined
      ? await serveApiAlone(context, opened)
      : await serveApiBeside(context, opened, page, status);
  try {
    Object.assign(status, { ledger, access });
    const done = await withRunKey(access, context.terminal, (key) =>
      runReplay(context, connect({ url: api.url, key }), reading, status),
    );
    collectGarbage();
    if (page !== undefined) await stayUp(context, opened, page);
    return verdictOf(done);
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
