/** `longmen runs`: what flows are at, and what a person can do about it. */
import { fail } from "../../base/index.ts";
import type { ListedStatus, RunView } from "../../client/index.ts";
import { flowErrors, payloadFromJson } from "../../flow/index.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf, timeOption } from "../read-options.ts";
import { type AskedRuns, lookingAtRuns, type LooksAtRuns, withRuns } from "../runs/asked-runs.ts";
import { runJson, runsTable, runText, stepJson, troubleJson } from "../runs/runs-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const ROWS = 20;
const PAGE_MAX = 1_000;
const malformed = (problem: string) => malformedOf("runs", problem);
const statuses: readonly string[] = ["ready", "running", "waiting", "held", "parked", "paused"];

type Looking = Verb<LooksAtRuns>;
type Changing = Verb<AskedRuns>;

const list: Looking = {
  options: ["flow", "status", "limit", "after"],
  looks: true,
  read: readList,
};
const show: Looking = { options: [], looks: true, read: readShow };
const start: Changing = {
  options: ["input", "run-key", "at"],
  looks: false,
  read: readStart,
};
const signal: Changing = { options: ["payload"], looks: false, read: readSignal };
const publish: Changing = { options: ["payload"], looks: false, read: readPublish };
const retry: Changing = { options: ["from", "preview"], looks: false, read: readRetry };
const plain = (name: "cancel" | "pause" | "resume"): Changing => ({
  options: [],
  looks: false,
  read: (context) => {
    const id = idOf(context);
    return async (runs) => tell(context, await runs[name](id));
  },
});

const looking = { list, show };
const changing = {
  start,
  ...{ cancel: plain("cancel"), pause: plain("pause"), resume: plain("resume") },
  ...{ retry, signal, publish },
};
/** For the words of the command line alone: what a verb takes. */
const verbs: Readonly<Record<string, Verb<AskedRuns>>> = { ...looking, ...changing };

export const runs: Command = {
  name: "runs",
  words:
    "list | show | start FLOW | cancel | pause | resume | retry ID | signal ID EVENT | publish EVENT MATCH",
  summary: "runs of flows: list, show, start, stop, mend",
  help: `
A run is one execution of a flow; it goes on over crashes. JSON is as over HTTP:
{"$":"bigint","v":"12"} is a bigint. Failed and parked ones say why in \`show\`.

  longmen runs start order.placed --run-key 4711 --input '{"order":"4711"}'
  longmen runs retry r0abc… --preview     what would be done again
  longmen runs signal r0abc… approved --payload '"ann"'`,
  options: [
    { name: "flow", value: "NAME", doc: "list: of this flow only" },
    { name: "status", value: "STATUS", doc: `list: ${statuses.join(", ")}` },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `list: ${one.doc}` })),
    { name: "input", value: "JSON", doc: "start: what the flow is given" },
    { name: "run-key", value: "TEXT", doc: "start: the same key is the same run, for ever" },
    { name: "at", value: "TIME", doc: "start: not before" },
    { name: "payload", value: "JSON", doc: "signal, publish: what is said" },
    { name: "from", value: "STEP", doc: "retry: the first step that is done again" },
    { name: "preview", doc: "retry: only tell what would be done" },
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was asked may have been done: look with `longmen runs show`",
  run(context) {
    const name = context.words[0] ?? "";
    const verb = verbOf(context, "runs", verbs);
    const act = verb.read(context);
    return Object.hasOwn(looking, name)
      ? lookingAtRuns(context, act as (asked: LooksAtRuns) => Promise<ExitCode>)
      : withRuns(context, act);
  },
};

/** Refuses: cli.option_malformed. */
function wordsOf({ words: [verb = "", ...rest] }: CommandContext, names: readonly string[]) {
  if (rest.length === names.length) return rest;
  throw malformed(`${verb} takes ${names.length === 0 ? "no more words" : names.join(" ")}`);
}

const idOf = (context: CommandContext): string => wordsOf(context, ["ID"])[0] ?? "";

/** Refuses: cli.option_malformed, flow.payload_unfit. */
function payloadOption(context: CommandContext, name: string): unknown {
  const text = textOption(context, name);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformed(`--${name} is no JSON; a text needs its quotes: '"text"'`);
  }
  return payloadFromJson(`--${name}`, json);
}

function answer({ terminal, options }: CommandContext, json: object, text: string): ExitCode {
  terminal.answer(options["json"] === true ? JSON.stringify(json) : text);
  return exitCodes.done;
}

function tell(context: CommandContext, run: RunView): ExitCode {
  const words = run.cancelling === true ? `${run.status}, to be cancelled` : run.status;
  return answer(context, runJson(run), `${run.id}  ${words}`);
}

function readList(context: CommandContext) {
  wordsOf(context, []);
  const { rows, after } = listAsked(context, "runs", ROWS);
  if (rows > PAGE_MAX) throw malformed(`--limit is at most ${PAGE_MAX}`);
  const status = textOption(context, "status");
  if (status !== undefined && !statuses.includes(status)) {
    throw malformed(`--status is one of ${statuses.join(", ")}`);
  }
  const filter = {
    flow: textOption(context, "flow"),
    // Sound: it is one of the list above.
    status: status as ListedStatus | undefined,
  };
  return async (runs: LooksAtRuns): Promise<ExitCode> => {
    const { items, cursor } = await runs.list(filter, { limit: rows, cursor: after });
    const { terminal } = context;
    const text = items.length === 0 ? "no runs" : runsTable(items);
    const code = answer(context, { runs: items.map(runJson), cursor }, text);
    if (cursor !== undefined) terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

function readShow(context: CommandContext) {
  const id = idOf(context);
  return async (runs: LooksAtRuns): Promise<ExitCode> => {
    const run = await runs.get(id);
    if (run === undefined) throw fail(flowErrors, "run_missing", { run: id });
    const [steps, troubles] = [await runs.steps(id), await runs.troubles(id)];
    const json = {
      ...runJson(run),
      steps: steps.map(stepJson),
      troubles: troubles.map(troubleJson),
    };
    return answer(context, json, runText({ run, steps, troubles }));
  };
}

function readStart(context: CommandContext) {
  const [flow = ""] = wordsOf(context, ["FLOW"]);
  const input = payloadOption(context, "input");
  const options = {
    key: textOption(context, "run-key"),
    at: timeOption(context, "at"),
  };
  return async (runs: AskedRuns): Promise<ExitCode> => {
    const started = await runs.start(flow, input, options);
    const words = started.created ? "started" : "was started before, by this key";
    return answer(context, started, `${started.id}  ${words}`);
  };
}

function readSignal(context: CommandContext) {
  const [id = "", event = ""] = wordsOf(context, ["ID", "EVENT"]);
  const payload = payloadOption(context, "payload");
  return async (runs: AskedRuns): Promise<ExitCode> => {
    await runs.signal(id, event, payload);
    return answer(context, { status: "recorded" }, "it is recorded, and will be heard");
  };
}

function readPublish(context: CommandContext) {
  const [event = "", match = ""] = wordsOf(context, ["EVENT", "MATCH"]);
  const payload = payloadOption(context, "payload");
  return async (runs: AskedRuns): Promise<ExitCode> => {
    await runs.publish(event, match, payload);
    return answer(context, { status: "recorded" }, "it is recorded, and will be heard");
  };
}

function readRetry(context: CommandContext) {
  const id = idOf(context);
  const from = textOption(context, "from");
  const preview = context.options["preview"] === true;
  return async (runs: AskedRuns): Promise<ExitCode> => {
    const asked = { ...(from === undefined ? {} : { from }), ...(preview ? { preview } : {}) };
    const told = await runs.retry(id, asked);
    const steps = (names: readonly string[]) => (names.length === 0 ? "nothing" : names.join(", "));
    const lines = [
      `${preview ? "would be done again" : "done again"}: ${steps(told.again)}`,
      `reused: ${steps(told.reused)}`,
      "what comes behind them is new in any case",
    ];
    return answer(context, told, lines.join("\n"));
  };
}
