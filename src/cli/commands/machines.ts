/** `longmen machines`: what they are, where subjects stand, events for them, who is stuck. */
import { fail, toRfc3339 } from "../../base/index.ts";
import type { StuckSubject, SubjectView, TakenEvent } from "../../client/index.ts";
import { flowErrors, payloadToJson } from "../../flow/index.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { listAsked, listOptions } from "../gather-pages.ts";
import { answer, payloadOption, wordsAfter } from "../payload-option.ts";
import { malformed } from "../read-options.ts";
import { type AskedMachines, withMachines } from "../runs/asked-machines.ts";
import { cut, table } from "../table.ts";
import { TERMINAL_COLUMNS } from "../terminal.ts";
import { secondText, utcText } from "../time-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const COMMAND = "machines";
const ROWS = 20;
const PAGE_MAX = 1_000;

const verbs: Readonly<Record<string, Verb<AskedMachines>>> = {
  list: { options: [], looks: false, read: readList },
  diagram: { options: [], looks: false, read: readDiagram },
  show: { options: ["limit", "after"], looks: false, read: readShow },
  send: { options: ["id", "payload"], looks: false, read: readSend },
  stuck: { options: ["machine", "limit", "after"], looks: false, read: readStuck },
};

export const machines: Command = {
  name: COMMAND,
  words: "list | diagram NAME | show NAME SUBJECT | send NAME SUBJECT EVENT | stuck",
  summary: "state machines: subjects, events for them, who is stuck",
  help: `
A machine's guards are code: list, diagram and send ask a node that serves it
(--url); show and stuck also read the database. A subject is made by
\`longmen runs start NAME --run-key SUBJECT\`.

  longmen machines stuck --machine order    last error, and what is tried next
  longmen machines show order 4711          its state, and what it has taken
  longmen machines send order 4711 ship --id 4f1c --payload '{"parcel":"7"}'
  longmen machines diagram order > order.mmd     for whatever draws Mermaid`,
  options: [
    { name: "machine", value: "NAME", doc: "stuck: of this machine only" },
    { name: "id", value: "TEXT", doc: "send: the same id is the same event, taken once" },
    { name: "payload", value: "JSON", doc: "send: what the event says" },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `show, stuck: ${one.doc}` })),
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was sent may have been taken: look with `longmen machines show`",
  run: (context) => withMachines(context, verbOf(context, COMMAND, verbs).read(context)),
};

const timeOrNot = (at: number | undefined) => (at === undefined ? undefined : toRfc3339(at));

function readList(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  return async (asked: AskedMachines): Promise<ExitCode> => {
    const items = await asked.list();
    const columns = [
      { title: "machine", least: 12 },
      { title: "version" },
      { title: "states", least: 20 },
    ];
    const rows = items.map(({ machine, version, states }) => {
      return [machine, String(version), states.map(({ state }) => state).join(", ")];
    });
    const text =
      items.length === 0
        ? "no machines are served here: ask a node that serves some (--url)"
        : table(columns, rows);
    return answer(context, { machines: items }, text);
  };
}

function readDiagram(context: CommandContext) {
  const [name = ""] = wordsAfter(context, COMMAND, ["NAME"]);
  return async (asked: AskedMachines): Promise<ExitCode> => {
    const found = (await asked.list()).find(({ machine }) => machine === name);
    if (found === undefined) {
      throw fail(flowErrors, "unknown_flow", { name, version: "any", node: "that was asked" });
    }
    const { machine, version, diagram } = found;
    return answer(context, { machine, version, diagram }, diagram.trimEnd());
  };
}

const subjectJson = ({ data, since, until, ...view }: SubjectView): object => ({
  ...view,
  data: payloadToJson(data),
  since: toRfc3339(since),
  until: timeOrNot(until),
});

const takenJson = ({ payload, at, ...taken }: TakenEvent): object => ({
  ...taken,
  payload: payloadToJson(payload),
  at: toRfc3339(at),
});

function pageAsked(context: CommandContext) {
  const { rows, after } = listAsked(context, COMMAND, ROWS);
  if (rows > PAGE_MAX) throw malformed(COMMAND, `--limit is at most ${PAGE_MAX}`);
  return { limit: rows, cursor: after };
}

function tellMore({ terminal }: CommandContext, cursor: string | undefined): void {
  if (cursor !== undefined) terminal.say(`there may be more: --after ${cursor}`);
}

function readShow(context: CommandContext) {
  const [machine = "", subject = ""] = wordsAfter(context, COMMAND, ["NAME", "SUBJECT"]);
  const page = pageAsked(context);
  return async (asked: AskedMachines): Promise<ExitCode> => {
    const view = await asked.get(machine, subject);
    if (view === undefined) throw fail(flowErrors, "machine_missing", { machine, subject });
    const { items, cursor } = await asked.events(machine, subject, page);
    const json = { ...subjectJson(view), events: items.map(takenJson), cursor };
    const code = answer(context, json, showText(machine, view, items));
    tellMore(context, cursor);
    return code;
  };
}

function showText(machine: string, view: SubjectView, events: readonly TakenEvent[]): string {
  const line = (label: string, text: string) => `${label.padEnd(10)}${text}`;
  const columns = [
    { title: "no", align: "right" as const },
    { title: "event", least: 10 },
    { title: "from", least: 8 },
    { title: "to", least: 8 },
    { title: "at (UTC)" },
  ];
  const rows = events.map(({ number, event, from, to, at }) => {
    return [String(number), event, from, to, secondText(at)];
  });
  return [
    line("machine", machine),
    line("subject", view.subject),
    line("state", `${view.state}, since ${utcText(view.since)}`),
    ...(view.until === undefined
      ? []
      : [line("until", `${utcText(view.until)}, without an event`)]),
    line("settled", view.settled ? "yes" : "no: its work is under way, or stuck"),
    line("takes", view.allowed.join(", ") || "not known here, or nothing any more"),
    line("run", `${view.run}  ${view.status}`),
    ...(rows.length === 0 ? [] : ["", table(columns, rows)]),
  ].join("\n");
}

function readSend(context: CommandContext) {
  const words = wordsAfter(context, COMMAND, ["NAME", "SUBJECT", "EVENT"]);
  const [machine = "", subject = "", name = ""] = words;
  const payload = payloadOption(context, COMMAND, "payload");
  const event = { name, id: textOption(context, "id"), payload };
  return async (asked: AskedMachines): Promise<ExitCode> => {
    const sent = await asked.send(machine, subject, event);
    const { taken, state, reason = "", allowed = [], repeated } = sent;
    const known = allowed.length === 0 ? "" : `; it takes ${allowed.join(", ")}`;
    const how = repeated === true ? "was taken before" : "taken";
    const text = taken ? `${how}: ${state}` : `not taken (${reason}): it is ${state}${known}`;
    return answer(context, sent, text);
  };
}

const stuckJson = ({ since, next, ...view }: StuckSubject): object => ({
  ...view,
  since: toRfc3339(since),
  next: next && { step: next.step, at: timeOrNot(next.at) },
});

function readStuck(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  const page = pageAsked(context);
  const machine = textOption(context, "machine");
  return async (asked: AskedMachines): Promise<ExitCode> => {
    const { items, cursor } = await asked.stuck(machine, page);
    const text = items.length === 0 ? "nobody is stuck" : items.map(stuckText).join("\n\n");
    const code = answer(context, { stuck: items.map(stuckJson), cursor }, text);
    tellMore(context, cursor);
    return code;
  };
}

/** Three lines for each: who, why, what now. */
function stuckText({ machine, subject, state, since, run, ...rest }: StuckSubject): string {
  const { step, attempts, error, next } = rest;
  const then =
    next === undefined
      ? `waits for you: longmen runs retry ${run}`
      : `tried again ${next.at === undefined ? "within seconds" : `at ${utcText(next.at)}`}`;
  return [
    `${machine} ${subject}  ${state} since ${utcText(since)}`,
    `  ${step || "its work"} failed ${attempts === 1 ? "once" : `${attempts} times`}: ${error?.message ?? "it is not known why"}`,
    `  ${then}`,
  ]
    .map((line) => cut(line.replaceAll("\n", " "), TERMINAL_COLUMNS))
    .join("\n");
}
