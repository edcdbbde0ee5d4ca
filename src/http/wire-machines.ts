/** State machines and verbs for many runs, as they are answered. */
import { type Instant, toRfc3339 } from "../base/index.ts";
import {
  type BulkInput,
  type BulkProgress,
  type BulkWhere,
  type Flows,
  type MachineView,
  payloadFromJson,
  payloadToJson,
  type RunView,
  type StuckView,
  type SubjectView,
  type TakenView,
} from "../flow/index.ts";
import { instantOf } from "./wire-in.ts";
import { errorOrNot, timeOrNot } from "./wire-runs.ts";

export function machineOnWire(flows: Flows, { name, version, ...view }: MachineView) {
  const diagram = flows.machineNamed(name, version).diagram();
  return { machine: name, version, ...view, diagram };
}

export function subjectOnWire({
  data,
  since,
  until,
  ...view
}: SubjectView<string, string, unknown>) {
  return {
    ...view,
    data: payloadToJson(data),
    since: toRfc3339(since),
    until: timeOrNot(until),
  };
}

export function takenOnWire({ name, payload, at, ...taken }: TakenView) {
  return { ...taken, event: name, payload: payloadToJson(payload), at: toRfc3339(at) };
}

export function stuckOnWire({ since, error, next, ...view }: StuckView) {
  return {
    ...view,
    since: toRfc3339(since),
    error: errorOrNot(error),
    next: next && { step: next.step, at: timeOrNot(next.at) },
  };
}

interface WhereAsked extends Omit<BulkWhere, "createdBefore" | "createdAfter" | "input"> {
  readonly createdBefore?: string;
  readonly createdAfter?: string;
  readonly input?: unknown;
}

/** Refuses: http.body_malformed. */
export function whereAsked({
  createdBefore,
  createdAfter,
  input,
  ...where
}: WhereAsked): BulkWhere {
  const time = (text: string | undefined, name: string): Instant | undefined =>
    text === undefined ? undefined : instantOf(text, `/where/${name}`);
  return {
    ...where,
    // What is no object the engine refuses, with its own words.
    ...(input === undefined
      ? {}
      : { input: payloadFromJson("the input looked for", input) as object }),
    createdBefore: time(createdBefore, "createdBefore"),
    createdAfter: time(createdAfter, "createdAfter"),
  };
}

/** A bulk run, with what it said last: nothing yet, in its first moments. */
export function bulkOnWire(run: RunView, progress: BulkProgress | undefined) {
  const { id, status, input, createdAt, endedAt, error, by } = run;
  const { verb, where } = input as BulkInput;
  const { phase = "counting", seen = 0, counted = 0, asked = 0 } = progress ?? {};
  const { createdBefore, createdAfter, input: sought, ...rest } = where;
  return {
    ...{ id, status, verb, phase, seen, counted, asked, by },
    where: {
      ...rest,
      input: payloadToJson(sought),
      createdBefore: timeOrNot(createdBefore === undefined ? undefined : Number(createdBefore)),
      createdAfter: timeOrNot(createdAfter === undefined ? undefined : Number(createdAfter)),
    },
    createdAt: toRfc3339(createdAt),
    endedAt: timeOrNot(endedAt),
    error: errorOrNot(error),
  };
}
