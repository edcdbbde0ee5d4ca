/** Runs and leases as they are answered. */
import { type Instant, toRfc3339 } from "../base/index.ts";
import {
  type ErrorRecord,
  type GroupView,
  type LeaseView,
  payloadToJson,
  type RunView,
  type StepView,
  type TallyView,
  type TroubleView,
} from "../flow/index.ts";

export const timeOrNot = (at: Instant | undefined) =>
  at === undefined ? undefined : toRfc3339(at);

/** Without its stack: that is the log's. */
function errorOnWire({ name, message, code, advice }: ErrorRecord) {
  return { name, message, code, advice };
}

export const errorOrNot = (error: ErrorRecord | undefined) => error && errorOnWire(error);

export function runOnWire({ createdAt, endedAt, wakeAt, progress, ...run }: RunView) {
  return {
    ...run,
    progress: progress && { value: payloadToJson(progress.value), at: toRfc3339(progress.at) },
    input: payloadToJson(run.input),
    result: payloadToJson(run.result),
    error: errorOrNot(run.error),
    createdAt: toRfc3339(createdAt),
    endedAt: timeOrNot(endedAt),
    wakeAt: timeOrNot(wakeAt),
  };
}

export function resultOnWire({ id, status, result, error }: RunView) {
  return { id, status, result: payloadToJson(result), error: errorOrNot(error) };
}

export function stepOnWire({ result, error, startedAt, endedAt, ...step }: StepView) {
  return {
    ...step,
    result: payloadToJson(result),
    error: errorOrNot(error),
    startedAt: toRfc3339(startedAt),
    endedAt: toRfc3339(endedAt),
  };
}

export function troubleOnWire({ error, at, ...trouble }: TroubleView) {
  return { ...trouble, error: errorOnWire(error), at: toRfc3339(at) };
}

export function leaseOnWire({ token, since, until, ...lease }: LeaseView) {
  return { ...lease, token: String(token), since: toRfc3339(since), until: toRfc3339(until) };
}

/** Its place in the list is the page's cursor. */
export function groupOnWire({ group, version, held, inside, since }: GroupView) {
  return { group, version, held, inside, since: toRfc3339(since) };
}

export function tallyOnWire({ at, ...ends }: TallyView) {
  return { ...ends, at: toRfc3339(at) };
}
