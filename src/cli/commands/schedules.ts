/** `longmen schedules`: what is to come, what came of it; pause, resume, run now. */
import { fail, toRfc3339 } from "../../base/index.ts";
import type { FireView, ScheduleView } from "../../client/index.ts";
import { payloadFromJson, payloadToJson } from "../../flow/index.ts";
import { scheduleErrors } from "../../schedule/index.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf } from "../read-options.ts";
import { type AskedSchedules, withSchedules } from "../runs/asked-schedules.ts";
import { table } from "../table.ts";
import { type Verb, verbOf } from "../verbs.ts";

const ROWS = 20;
const PAGE_MAX = 1_000;
const SHOWN_FIRES = 10;
const SHOWN_TICKS = 3;
const malformed = (problem: string) => malformedOf("schedules", problem);

const plain = (name: "pause" | "resume"): Verb<AskedSchedules> => ({
  options: [],
  looks: false,
  read: (context) => {
    const schedule = nameOf(context);
    return async (schedules) => tell(context, await schedules[name](schedule));
  },
});

const verbs: Readonly<Record<string, Verb<AskedSchedules>>> = {
  list: { options: ["state", "limit", "after"], looks: false, read: readList },
  show: { options: [], looks: false, read: readShow },
  run: { options: ["input"], looks: false, read: readRun },
  pause: plain("pause"),
  resume: plain("resume"),
};

export const schedules: Command = {
  name: "schedules",
  words: "list | show NAME | pause NAME | resume NAME | run NAME",
  summary: "what runs when: list, show, pause, resume, run now",
  help: `
Every tick of a schedule has an outcome: started, skipped, misfired, paused …
\`show\` has the newest, and the next ticks.

  longmen schedules list --state paused
  longmen schedules show retail.nightly
  longmen schedules run retail.nightly     now, beside its ticks`,
  options: [
    { name: "state", value: "STATE", doc: "list: active or paused" },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `list: ${one.doc}` })),
    { name: "input", value: "JSON", doc: "run: instead of the schedule's own" },
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was asked may have been done: look with `longmen schedules show`",
  run(context) {
    const act = verbOf(context, "schedules", verbs).read(context);
    return withSchedules(context, act);
  },
};

/** Refuses: cli.option_malformed. */
function nameOf({ words: [verb, name, more] }: CommandContext): string {
  if (name !== undefined && more === undefined) return name;
  throw malformed(`${verb ?? ""} takes one NAME`);
}

function answer({ terminal, options }: CommandContext, json: object, text: string): ExitCode {
  terminal.answer(options["json"] === true ? JSON.stringify(json) : text);
  return exitCodes.done;
}

const time = (at: number): string => toRfc3339(at).slice(0, 19).replace("T", " ");
const timeOrNot = (at: number | undefined) => (at === undefined ? undefined : toRfc3339(at));

function scheduleJson(view: ScheduleView): object {
  return {
    ...view,
    input: payloadToJson(view.input),
    nextTick: timeOrNot(view.nextTick),
    dueAt: timeOrNot(view.dueAt),
    createdAt: toRfc3339(view.createdAt),
    changedAt: toRfc3339(view.changedAt),
  };
}

const fireJson = ({ tick, at, through, ...fire }: FireView): object => ({
  ...fire,
  tick: toRfc3339(tick),
  at: toRfc3339(at),
  through: timeOrNot(through),
});

function planText({ plan: { cron, zone = "UTC", everyMs, at } }: ScheduleView): string {
  if (cron !== undefined) return `${cron} (${zone})`;
  return everyMs === undefined ? `once, ${at ?? ""}` : `every ${everyMs} ms`;
}

function tell(context: CommandContext, view: ScheduleView): ExitCode {
  return answer(context, scheduleJson(view), `${view.name}  ${view.state}`);
}

function readList(context: CommandContext) {
  if (context.words.length > 1) throw malformed("list takes no more words");
  const { rows, after } = listAsked(context, "schedules", ROWS);
  if (rows > PAGE_MAX) throw malformed(`--limit is at most ${PAGE_MAX}`);
  const state = textOption(context, "state");
  if (state !== undefined && state !== "active" && state !== "paused") {
    throw malformed("--state is active or paused");
  }
  return async (asked: AskedSchedules): Promise<ExitCode> => {
    const { items, cursor } = await asked.list(state, { limit: rows, cursor: after });
    const columns = [
      { title: "schedule", least: 12 },
      { title: "plan", least: 12 },
      { title: "flow", least: 10 },
      { title: "state" },
      { title: "next (UTC)" },
    ];
    const lines = items.map((one) => {
      const next = one.nextTick === undefined ? "" : time(one.nextTick);
      return [one.name, planText(one), one.flow, one.state, next];
    });
    const text = items.length === 0 ? "no schedules" : table(columns, lines);
    const code = answer(context, { schedules: items.map(scheduleJson), cursor }, text);
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

function readShow(context: CommandContext) {
  const name = nameOf(context);
  return async (asked: AskedSchedules): Promise<ExitCode> => {
    const view = await asked.get(name);
    if (view === undefined) throw fail(scheduleErrors, "missing", { name });
    const fires = await asked.fires(name, SHOWN_FIRES);
    const next = await asked.next(name, SHOWN_TICKS);
    const json = {
      ...scheduleJson(view),
      next: next.map((tick) => toRfc3339(tick)),
      fires: fires.map(fireJson),
    };
    return answer(context, json, showText(view, next, fires));
  };
}

function showText(view: ScheduleView, next: readonly number[], fires: readonly FireView[]): string {
  const line = (label: string, text: string) => `${label.padEnd(10)}${text}`;
  const { misfire, overlap, route, shards, problem } = view;
  return [
    line("schedule", view.name),
    line("plan", planText(view)),
    line("starts", view.flow),
    line("state", view.state),
    ...(problem === undefined ? [] : [line("problem", problem)]),
    line("policy", `misfire ${misfire}, overlap ${overlap}, route ${route}, shards ${shards}`),
    ...next.map((tick, place) => line(place === 0 ? "next" : "", `${time(tick)} UTC`)),
    ...(fires.length === 0 ? [] : ["", firesTable(fires)]),
  ].join("\n");
}

function firesTable(fires: readonly FireView[]): string {
  const columns = [
    { title: "tick (UTC)" },
    { title: "shard", align: "right" as const },
    { title: "outcome" },
    { title: "run" },
    { title: "reason", least: 10 },
  ];
  const rows = fires.map(({ tick, shard, outcome, run = "", reason = "", byHand }) => {
    return [time(tick), String(shard), byHand ? `${outcome} by hand` : outcome, run, reason];
  });
  return table(columns, rows);
}

function readRun(context: CommandContext) {
  const name = nameOf(context);
  const text = textOption(context, "input");
  const input = text === undefined ? undefined : payloadFromJson("--input", parsed(text));
  return async (asked: AskedSchedules): Promise<ExitCode> => {
    const fires = await asked.runNow(name, input);
    return answer(context, { fires: fires.map(fireJson) }, firesTable(fires));
  };
}

/** Refuses: cli.option_malformed. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed("--input is no JSON; a text needs its quotes: '\"text\"'");
  }
}
