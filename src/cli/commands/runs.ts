/** `longmen runs`: what flows are at, and what a person can do about it. */
import { fail, toRfc3339 } from "../../base/index.ts";
import type { ListedStatus, RunView } from "../../client/index.ts";
import { flowErrors, payloadToJson } from "../../flow/index.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { listAsked, listOptions } from "../gather-pages.ts";
import { answer, payloadOption, wordsAfter } from "../payload-option.ts";
import { malformed as malformedOf, timeOption, wholeOption } from "../read-options.ts";
import { type AskedRuns, lookingAtRuns, type LooksAtRuns, withRuns } from "../runs/asked-runs.ts";
import {
  runJson,
  runsTable,
  runText,
  stepJson,
  tallyJson,
  tallyTable,
  troubleJson,
} from "../runs/runs-text.ts";
import { utcText } from "../time-text.ts";
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
const state: Looking = { options: [], looks: true, read: readState };
const tally: Looking = {
  options: ["flow", "since", "until", "every"],
  looks: true,
  read: readTally,
};
const show: Looking = { options: [], looks: true, read: readShow };
const start: Changing = {
  options: ["input", "run-key", "at"],
  looks: false,
  read: readStart,
};
const signal: Changing = { options: ["payload", "once"], looks: false, read: readSignal };
const publish: Changing = { options: ["payload", "once"], looks: false, read: readPublish };
const retry: Changing = { options: ["from", "preview", "reason"], looks: false, read: readRetry };
const fork: Changing = {
  options: ["from", "preview", "input", "run-key"],
  looks: false,
  read: readFork,
};
const plain = (name: "cancel" | "pause" | "resume"): Changing => ({
  options: ["reason"],
  looks: false,
  read: (context) => {
    const id = idOf(context);
    const reason = textOption(context, "reason");
    return async (runs) => tell(context, await runs[name](id, reason));
  },
});

const looking = { list, show, state, tally };
const changing = {
  start,
  ...{ cancel: plain("cancel"), pause: plain("pause"), resume: plain("resume") },
  ...{ retry, fork, signal, publish },
};
/** For the words of the command line alone: what a verb takes. */
const verbs: Readonly<Record<string, Verb<AskedRuns>>> = { ...looking, ...changing };

export const runs: Command = {
  name: "runs",
  group: "runs",
  words:
    "list | start FLOW | show | state | cancel | pause | resume | retry | fork ID | signal ID EVENT | publish EVENT MATCH | tally",
  summary: "runs of flows: list, show, start, stop, mend",
  help: `
\`show\` says why a run failed, \`state\` what it said, \`tally\` how many ended how.

  longmen runs start order.placed --input '{"amount":{"$":"bigint","v":"12"}}'`,
  options: [
    { name: "flow", value: "NAME", doc: "list, tally: of this flow only" },
    { name: "status", value: "STATUS", doc: `list: ${statuses.join(", ")}` },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `list: ${one.doc}` })),
    { name: "input", value: "JSON", doc: "start, fork: what the flow is given" },
    { name: "run-key", value: "TEXT", doc: "start, fork: the same key is the same run" },
    { name: "at", value: "TIME", doc: "start: not before" },
    { name: "payload", value: "JSON", doc: "signal, publish: what is said" },
    { name: "once", value: "TEXT", doc: "signal, publish: under one name it is said once" },
    { name: "from", value: "STEP", doc: "retry, fork: the first step that is done again" },
    { name: "since", value: "TIME", doc: "tally: from its minute on; else the last hour" },
    { name: "until", value: "TIME", doc: "tally: before it" },
    { name: "every", value: "MS", doc: "tally: in stretches of so many ms, whole minutes" },
    { name: "preview", doc: "retry, fork: only tell what would be done" },
    { name: "reason", value: "TEXT", doc: "cancel, pause, resume, retry: why" },
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

const wordsOf = (context: CommandContext, names: readonly string[]) =>
  wordsAfter(context, "runs", names);
const idOf = (context: CommandContext): string => wordsOf(context, ["ID"])[0] ?? "";

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

function readTally(context: CommandContext) {
  wordsOf(context, []);
  const asked = {
    flow: textOption(context, "flow"),
    since: timeOption(context, "since"),
    until: timeOption(context, "until"),
    everyMs: wholeOption(context, "every", { command: "runs", most: Number.MAX_SAFE_INTEGER }),
  };
  return async (runs: LooksAtRuns): Promise<ExitCode> => {
    const tallies = await runs.tally(asked);
    const text = tallies.length === 0 ? "no run has ended in that time" : tallyTable(tallies);
    return answer(context, { tallies: tallies.map(tallyJson) }, text);
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
  const input = payloadOption(context, "runs", "input");
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
  const payload = payloadOption(context, "runs", "payload");
  return async (runs: AskedRuns): Promise<ExitCode> => {
    await runs.signal(id, event, payload, textOption(context, "once"));
    return answer(context, { status: "recorded" }, "it is recorded, and will be heard");
  };
}

function readPublish(context: CommandContext) {
  const [event = "", match = ""] = wordsOf(context, ["EVENT", "MATCH"]);
  const payload = payloadOption(context, "runs", "payload");
  return async (runs: AskedRuns): Promise<ExitCode> => {
    await runs.publish(event, match, payload, textOption(context, "once"));
    return answer(context, { status: "recorded" }, "it is recorded, and will be heard");
  };
}

function readRetry(context: CommandContext) {
  const id = idOf(context);
  const from = textOption(context, "from");
  const reason = textOption(context, "reason");
  const preview = context.options["preview"] === true;
  return async (runs: AskedRuns): Promise<ExitCode> => {
    const asked = {
      ...(from === undefined ? {} : { from }),
      ...(preview ? { preview } : {}),
      ...(reason === undefined ? {} : { reason }),
    };
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

function readFork(context: CommandContext) {
  const id = idOf(context);
  const given = textOption(context, "input") !== undefined;
  const input = payloadOption(context, "runs", "input");
  const preview = context.options["preview"] === true;
  const asked = {
    ...{ from: textOption(context, "from"), key: textOption(context, "run-key"), preview },
    ...(given ? { input } : {}),
  };
  return async (runs: AskedRuns): Promise<ExitCode> => {
    const told = await runs.fork(id, asked);
    const made = told.created ? "begun" : "was begun before, by this key";
    const steps = (names: readonly string[]) => (names.length === 0 ? "nothing" : names.join(", "));
    const lines = [
      told.id === undefined ? "only a preview: nothing is begun" : `${told.id}  ${made}`,
      `${preview ? "would do" : "does"} itself: ${steps(told.again)}, and what comes behind`,
      `reuses: ${steps(told.reused)}`,
    ];
    return answer(context, told, lines.join("\n"));
  };
}

function readState(context: CommandContext) {
  const id = idOf(context);
  return async (runs: LooksAtRuns): Promise<ExitCode> => {
    const said = await runs.state(id);
    if (said === undefined) return answer(context, {}, "it has said nothing of itself yet");
    const value = payloadToJson(said.value);
    const text = `${JSON.stringify(value)}\nsince ${utcText(said.at)}`;
    return answer(context, { value, at: toRfc3339(said.at) }, text);
  };
}
