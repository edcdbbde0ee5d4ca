/** `longmen bulk`: one verb for all runs of which something is true: counted first, then done and watched. */
import { systemClock, toRfc3339 } from "../../base/index.ts";
import type { BulkRun, BulkVerb, BulkWhere } from "../../client/index.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { answer, jsonIn, wordsAfter } from "../payload-option.ts";
import { malformed, timeOption, wholeOption } from "../read-options.ts";
import { type AskedBulk, withBulk } from "../runs/asked-machines.ts";
import { barText } from "../terminal.ts";
import { type Verb, verbOf } from "../verbs.ts";

const COMMAND = "bulk";
const LOOK_MS = 500;
const statuses: readonly string[] = [
  ...["ready", "running", "waiting", "held", "parked", "paused", "failed"],
];
const conditions = ["flow", "run-version", "status", "before", "since", "run-key", "has"];

const doing = (verb: BulkVerb): Verb<AskedBulk> => ({
  options: [...conditions, "do", "bulk-key"],
  looks: false,
  read: (context) => readDo(context, verb),
});

const verbs: Readonly<Record<string, Verb<AskedBulk>>> = {
  ...{ cancel: doing("cancel"), pause: doing("pause"), resume: doing("resume") },
  ...{ retry: doing("retry"), redrive: doing("redrive") },
  show: { options: [], looks: false, read: readShow },
  stop: { options: [], looks: false, read: readStop },
};

export const bulk: Command = {
  name: COMMAND,
  group: "runs",
  words: "cancel | pause | resume | retry | redrive | show ID | stop ID",
  summary: "one verb for many runs: count them, then do it",
  help: `
Without --do it only counts which runs are meant. With --do it begins a run that
does it by short commits and goes on over crashes, also when this command is
stopped. retry does again what failed, redrive everything.

  longmen bulk cancel --flow mail.send --status ready --do
  longmen bulk retry --status failed --since 2026-11-20T00:00:00Z --do
  longmen bulk pause --has '{"shop":"ulm"}'      what the input has at least`,
  options: [
    { name: "flow", value: "NAME", doc: "runs of this flow or task" },
    { name: "run-version", value: "N", doc: "of this version of it" },
    { name: "status", value: "STATUS", doc: "one of those that the verb is for" },
    { name: "before", value: "TIME", doc: "created before" },
    { name: "since", value: "TIME", doc: "created after" },
    { name: "run-key", value: "TEXT", doc: "whose key begins with this" },
    { name: "has", value: "JSON", doc: "whose input has this" },
    { name: "do", doc: "do it; without, it is only counted" },
    { name: "bulk-key", value: "TEXT", doc: "with --do: the same key does it once" },
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was begun goes on: look with `longmen bulk show ID`",
  run: (context) => withBulk(context, verbOf(context, COMMAND, verbs).read(context)),
};

/** Refuses: cli.option_malformed, base.time_malformed. */
function whereOf(context: CommandContext): BulkWhere {
  const status = textOption(context, "status");
  if (status !== undefined && !statuses.includes(status)) {
    throw malformed(COMMAND, `--status is one of ${statuses.join(", ")}`);
  }
  const limits = { command: COMMAND, least: 1, most: 2 ** 31 - 1 };
  const all = {
    flow: textOption(context, "flow"),
    version: wholeOption(context, "run-version", limits),
    // Sound: it is one of the list above.
    status: status as BulkWhere["status"],
    createdBefore: timeOption(context, "before"),
    createdAfter: timeOption(context, "since"),
    keyPrefix: textOption(context, "run-key"),
    input: jsonIn(context, COMMAND, "has"),
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

function readDo(context: CommandContext, verb: BulkVerb) {
  wordsAfter(context, COMMAND, []);
  const where = whereOf(context);
  const key = textOption(context, "bulk-key");
  if (context.options["do"] !== true) {
    if (key !== undefined) throw malformed(COMMAND, "--bulk-key goes with --do");
    return async (asked: AskedBulk): Promise<ExitCode> => {
      const told = await asked.count(verb, where);
      const runs = told.found === 1 ? "run" : "runs";
      const most = told.complete ? "" : " at least";
      const text = `${verb} is for ${told.found} ${runs}${most}; with --do it is done`;
      return answer(context, told, text);
    };
  }
  return async (asked: AskedBulk): Promise<ExitCode> => {
    const { id, created } = await asked.start(verb, where, key);
    const { terminal } = context;
    terminal.say(`${created ? "begun" : "was begun before, by this key"}: ${id}`);
    return tell(context, await followed(context, asked, id));
  };
}

async function followed(
  { terminal, signal }: CommandContext,
  asked: AskedBulk,
  id: string,
): Promise<BulkRun> {
  for (;;) {
    const run = await asked.get(id);
    const isOver = run.endedAt !== undefined || ["paused", "parked"].includes(run.status);
    if (isOver) {
      terminal.bar(undefined);
      return run;
    }
    const remark =
      run.phase === "counting"
        ? `counting: ${run.counted} of ${run.seen} looked at`
        : `${run.asked} of ${run.counted}`;
    terminal.bar(barText(run.verb, run.asked, run.counted, remark));
    await systemClock.sleep(LOOK_MS, signal);
  }
}

const bulkJson = ({ createdAt, endedAt, where, ...run }: BulkRun): object => ({
  ...run,
  where: {
    ...where,
    ...timeIn("createdBefore", where.createdBefore),
    ...timeIn("createdAfter", where.createdAfter),
  },
  createdAt: toRfc3339(createdAt),
  endedAt: endedAt === undefined ? undefined : toRfc3339(endedAt),
});

const timeIn = (name: string, at: number | undefined) =>
  at === undefined ? {} : { [name]: toRfc3339(at) };

function tell(context: CommandContext, run: BulkRun): ExitCode {
  const { id, verb, status, counted, asked, error } = run;
  const why = error === undefined ? "" : `: ${error.message}`;
  const text = `${id}  ${verb}: ${asked} of ${counted} asked, ${status}${why}`;
  answer(context, bulkJson(run), text);
  return status === "failed" || status === "parked" ? exitCodes.incomplete : exitCodes.done;
}

function readShow(context: CommandContext) {
  const [id = ""] = wordsAfter(context, COMMAND, ["ID"]);
  return async (asked: AskedBulk): Promise<ExitCode> => tell(context, await asked.get(id));
}

function readStop(context: CommandContext) {
  const [id = ""] = wordsAfter(context, COMMAND, ["ID"]);
  return async (asked: AskedBulk): Promise<ExitCode> => tell(context, await asked.cancel(id));
}
