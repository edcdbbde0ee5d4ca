/** `longmen schedules`: what is to come, what came of it; pause, resume, run now. */
import { fail, toRfc3339 } from "../../base/index.ts";
import type { FireView, ScheduleView } from "../../client/index.ts";
import { payloadToJson } from "../../flow/index.ts";
import { scheduleErrors } from "../../schedule/index.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { listAsked, listOptions } from "../gather-pages.ts";
import { answer, payloadOption } from "../payload-option.ts";
import { malformed as malformedOf } from "../read-options.ts";
import { type AskedSchedules, withSchedules } from "../runs/asked-schedules.ts";
import { table } from "../table.ts";
import { durationText, secondText, utcText } from "../time-text.ts";
import { type Verb, verbOf } from "../verbs.ts";
import {
  optionsOfPut,
  planOptions,
  previewOf,
  putOptions,
  readPut,
  readRemove,
} from "./put-schedule.ts";

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
  put: { options: [...putOptions, "input"], looks: false, read: readPutting },
  preview: { options: planOptions, looks: true, read: (context) => async () => previewOf(context) },
  remove: { options: ["from-code"], looks: false, read: readRemove },
  run: { options: ["input"], looks: false, read: readRun },
  pause: plain("pause"),
  resume: plain("resume"),
};

export const schedules: Command = {
  name: "schedules",
  words:
    "list | show NAME | put NAME | preview | remove NAME | pause NAME | resume NAME | run NAME",
  summary: "what runs when: list, show, put, preview, pause, run now",
  help: `
Every tick has an outcome; \`show\` has the newest, and the next ticks.

  longmen schedules preview --cron "0 30 2 * * MON-FRI" --zone Europe/Berlin
  longmen schedules put my.nightly --cron "0 30 2 * * *" --to retail.verify
  longmen schedules run my.nightly     now, beside its ticks`,
  options: [
    { name: "state", value: "STATE", doc: "list: active or paused" },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `list: ${one.doc}` })),
    { name: "input", value: "JSON", doc: "put: what runs are given; run: instead of that" },
    ...optionsOfPut,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was asked may have been done: look with `longmen schedules show`",
  run(context) {
    const verb = verbOf(context, "schedules", verbs);
    if (context.words[0] === "preview") return Promise.resolve(previewOf(context));
    const act = verb.read(context);
    return withSchedules(context, act);
  },
};

/** Refuses: cli.option_malformed. */
function nameOf({ words: [verb, name, more] }: CommandContext): string {
  if (name !== undefined && more === undefined) return name;
  throw malformed(`${verb ?? ""} takes one NAME`);
}

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
  return everyMs === undefined ? `once, ${at ?? ""}` : `every ${durationText(everyMs)}`;
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
    // Whole names of 25 signs fit: a name is what the other verbs are given.
    const columns = [
      { title: "schedule", least: 25 },
      { title: "plan", least: 12 },
      { title: "flow", least: 10 },
      { title: "state" },
      { title: "next (UTC)" },
    ];
    const lines = items.map((one) => {
      const next = one.nextTick === undefined ? "" : secondText(one.nextTick);
      return [one.name, planText(one).replace(" (UTC)", ""), one.flow, one.state, next];
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
    ...next.map((tick, place) => line(place === 0 ? "next" : "", utcText(tick))),
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
    return [secondText(tick), String(shard), byHand ? `${outcome} by hand` : outcome, run, reason];
  });
  return table(columns, rows);
}

function readRun(context: CommandContext) {
  const name = nameOf(context);
  const input = payloadOption(context, "schedules", "input");
  return async (asked: AskedSchedules): Promise<ExitCode> => {
    const fires = await asked.runNow(name, input);
    return answer(context, { fires: fires.map(fireJson) }, firesTable(fires));
  };
}

function readPutting(context: CommandContext) {
  const { name, schedule } = readPut(context);
  return async (asked: AskedSchedules): Promise<ExitCode> => {
    const { put, schedule: view } = await asked.put(name, schedule);
    const next = view.nextTick === undefined ? "no more" : utcText(view.nextTick);
    const text = `${name}  ${put}, ${view.state}, next ${next}`;
    return answer(context, { put, ...scheduleJson(view) }, text);
  };
}
