/** Runs and leases as a terminal of 80 columns shows them, and as objects of --json. */
import { toRfc3339 } from "../../base/index.ts";
import type {
  LeaseView,
  RunError,
  RunStep,
  RunTally,
  RunTrouble,
  RunView,
  TaskGroup,
} from "../../client/index.ts";
import { payloadToJson } from "../../flow/index.ts";
import { cut, table } from "../table.ts";
import { TERMINAL_COLUMNS } from "../terminal.ts";
import { secondText, utcText } from "../time-text.ts";

const PAYLOAD_SHOWN = 300;

const timeOrNot = (at: number | undefined) => (at === undefined ? undefined : toRfc3339(at));

/** As over HTTP: what JSON lacks is tagged, times are RFC 3339. */
export function runJson(run: RunView): object {
  return {
    ...run,
    input: payloadToJson(run.input),
    result: payloadToJson(run.result),
    progress: run.progress && {
      value: payloadToJson(run.progress.value),
      at: toRfc3339(run.progress.at),
    },
    createdAt: toRfc3339(run.createdAt),
    endedAt: timeOrNot(run.endedAt),
    wakeAt: timeOrNot(run.wakeAt),
  };
}

export function stepJson(step: RunStep): object {
  const [startedAt, endedAt] = [toRfc3339(step.startedAt), toRfc3339(step.endedAt)];
  return { ...step, result: payloadToJson(step.result), startedAt, endedAt };
}

export const troubleJson = (trouble: RunTrouble): object => ({
  ...trouble,
  at: toRfc3339(trouble.at),
});

export const leaseJson = ({ token, since, until, ...lease }: LeaseView): object => ({
  ...lease,
  token: String(token),
  since: toRfc3339(since),
  until: toRfc3339(until),
});

export function runsTable(runs: readonly RunView[]): string {
  const columns = [
    { title: "run" },
    { title: "flow", least: 12 },
    { title: "status" },
    { title: "since (UTC)" },
    { title: "key", least: 8 },
  ];
  const rows = runs.map(({ id, flow, status, createdAt, key = "" }) => {
    return [id, flow, status, secondText(createdAt), key];
  });
  return table(columns, rows);
}

export function leasesTable(leases: readonly LeaseView[]): string {
  const columns = [
    { title: "lease", least: 14 },
    { title: "token", align: "right" as const },
    { title: "holder", least: 10 },
    { title: "until (UTC)" },
    { title: "waiting", align: "right" as const },
  ];
  const rows = leases.map(({ key, token, holder, until, waiting }) => {
    return [key, String(token), holder, secondText(until), String(waiting)];
  });
  return table(columns, rows);
}

export const tallyJson = ({ at, ...ends }: RunTally): object => ({ ...ends, at: toRfc3339(at) });

export function tallyTable(tallies: readonly RunTally[]): string {
  const number = (title: string) => ({ title, align: "right" as const });
  const columns = [
    { title: "from (UTC)" },
    { title: "flow", least: 12 },
    ...[number("done"), number("failed"), number("cancelled")],
  ];
  const rows = tallies.map(({ at, flow, ...ends }) => {
    const counts = [ends.done, ends.failed, ends.cancelled].map(String);
    return [secondText(at).slice(0, 16), flow, ...counts];
  });
  return table(columns, rows);
}

export const groupJson = ({ since, ...group }: TaskGroup): object => ({
  ...group,
  since: toRfc3339(since),
});

/** So many are counted of each: see `flows.tasks.groups`. */
const COUNT_MAX = 1_000;

export function groupsTable(groups: readonly TaskGroup[]): string {
  const columns = [
    { title: "group", least: 16 },
    { title: "version", align: "right" as const },
    { title: "held", align: "right" as const },
    { title: "inside", align: "right" as const },
    { title: "since (UTC)" },
  ];
  const count = (value: number) => (value >= COUNT_MAX ? `${value}+` : String(value));
  const rows = groups.map(({ group = "–", version, held, inside, since }) => {
    return [group, String(version), count(held), count(inside), secondText(since)];
  });
  return table(columns, rows);
}

interface WholeRun {
  readonly run: RunView;
  readonly steps: readonly RunStep[];
  readonly troubles: readonly RunTrouble[];
}

/** One screen: what it is, what it did, what went wrong. */
export function runText({ run, steps, troubles }: WholeRun): string {
  return [...headOf(run), ...stepsOf(steps), ...troublesOf(troubles)].join("\n");
}

const LABEL_WIDTH = 10;
const line = (label: string, text: string) => `${label.padEnd(LABEL_WIDTH)}${text}`;

function headOf(run: RunView): string[] {
  const { id, flow, version, status, key, parent, wakeAt, endedAt, node, by } = run;
  const optional = (label: string, text: string | undefined) =>
    text === undefined ? [] : [line(label, cut(text, TERMINAL_COLUMNS - LABEL_WIDTH))];
  return [
    line("run", id),
    line("flow", `${cut(flow, TERMINAL_COLUMNS - 30)}, version ${version}`),
    line("status", run.cancelling === true ? `${status}, to be cancelled` : status),
    ...optional("key", key),
    ...optional("parent", parent),
    ...optional("by", by),
    line("since", utcText(run.createdAt)),
    ...optional("until", wakeAt === undefined ? undefined : `${utcText(wakeAt)} at the latest`),
    ...optional("ended", endedAt === undefined ? undefined : utcText(endedAt)),
    ...optional("node", node),
    ...optional("progress", run.progress && payloadText(run.progress.value)),
    ...optional("input", payloadText(run.input)),
    ...optional("result", payloadText(run.result)),
    ...errorLines(run.error),
  ];
}

function payloadText(value: unknown): string | undefined {
  const json = payloadToJson(value);
  return json === undefined ? undefined : JSON.stringify(json).slice(0, PAYLOAD_SHOWN);
}

function errorLines(error: RunError | undefined): string[] {
  if (error === undefined) return [];
  const { code, message, advice } = error;
  const told = code === undefined ? message : `${message} (${code})`;
  return [line("error", told), ...(advice === undefined ? [] : [line("", advice)])];
}

function stepsOf(steps: readonly RunStep[]): string[] {
  if (steps.length === 0) return [];
  const columns = [
    { title: "step", least: 20 },
    { title: "kind" },
    { title: "outcome" },
    { title: "tries", align: "right" as const },
    { title: "ended (UTC)" },
  ];
  const rows = steps.map(({ step, kind, outcome, attempts, endedAt }) => {
    return [step, kind, outcome, String(attempts), secondText(endedAt)];
  });
  return ["", table(columns, rows)];
}

function troublesOf(troubles: readonly RunTrouble[]): string[] {
  if (troubles.length === 0) return [];
  const lines = troubles.flatMap(({ at, kind, step, attempt, error, by, request }) => {
    if (kind === "asked") {
      const why = error.message === "" ? "" : `: ${error.message}`;
      return [
        `${secondText(at)}  ${error.name} asked by ${by ?? "somebody"}${why}`,
        `  ${request ?? ""}`,
      ];
    }
    const what = kind === "attempt" ? `attempt ${attempt}` : kind;
    const where = step === "" ? "" : ` of ${step}`;
    return [`${secondText(at)}  ${what}${where}`, ...errorLines(error).map((text) => `  ${text}`)];
  });
  return ["", "troubles, newest first (UTC)", ...lines];
}
