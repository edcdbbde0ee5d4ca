/** What a user writes: when, what, and what to do when things don't go as planned. */
import { fail, type Instant } from "../base/index.ts";
import { type AnyFlow, encodePayload } from "../flow/index.ts";
import { type Plan, planRequest, type PlanRequest, readPlan } from "./plan.ts";
import { type Policy, type PolicyOptions, policyText, readPolicy } from "./policy.ts";
import { scheduleErrors } from "./schedule.errors.ts";

/**
 * What a tick starts: a flow or task; one by name, of the highest version that the node which fires it serves
 * unless a version is given; or what `httpCall` answers.
 */
export type Target = AnyFlow | NamedTarget | CallTarget;

export interface NamedTarget {
  readonly flow: string;
  readonly version?: number | undefined;
}

export interface CallTarget {
  readonly call: object;
}

/** The flow that makes calls; its node is given it by `httpCalls`. */
export const CALL_FLOW = "schedule.call";

export interface ScheduleOptions extends PolicyOptions {
  /** One of `cron`, `everyMs` and `at`. Times of cron are the zone's; UTC when left out. */
  readonly cron?: string | undefined;
  readonly zone?: string | undefined;
  readonly everyMs?: number | undefined;
  readonly anchorAt?: Instant | undefined;
  readonly at?: Instant | Date | undefined;
  readonly to: Target;
  /** What each run is given. */
  readonly input?: unknown;
  /**
   * Runs are given `{ schedule, tick, shard, shards, byHand, input }` instead of the input alone. True for
   * sharded schedules and HTTP calls, else false, when left out.
   */
  readonly asFire?: boolean | undefined;
  /**
   * Of a definition in code: a node that knows a lower version than the one that is kept leaves it as it is. 1
   * when left out.
   */
  readonly version?: number | undefined;
}

/** A schedule as it is kept. */
export interface Definition {
  readonly name: string;
  readonly plan: Plan;
  readonly planText: string;
  readonly target: string;
  /** 0: the highest served. */
  readonly targetVersion: number;
  readonly input: string | null;
  readonly policy: Policy;
  readonly policyText: string;
  readonly codeVersion: number;
}

const NAME_MAX_LENGTH = 200;
const VERSION_MAX = 1_000_000;
// oxlint-disable-next-line no-control-regex -- a name with a line break in it would forge a line
const UNFIT = /[/#~\u0000-\u001f\u007f]/;

/**
 * Defines a schedule in code; `openSchedules` makes or changes it to be so. Refuses: schedule.name_malformed,
 * schedule.definition_malformed, schedule.plan_malformed, schedule.cron_malformed, schedule.never_fires,
 * schedule.no_start_event, schedule.zone_unknown, flow.payload_unfit, flow.payload_too_large.
 */
export function schedule(name: string, options: ScheduleOptions): Definition {
  checkScheduleName(name);
  const refuse = (field: string, expected: string) =>
    fail(scheduleErrors, "definition_malformed", { name, field, expected });
  if (typeof options !== "object" || options === null) throw refuse("the whole", "an object");
  const strange = Object.keys(options).find((key) => !optionNames.has(key));
  if (strange !== undefined) throw refuse(strange, "an option of schedules");
  const { version = 1, asFire } = options;
  if (!Number.isInteger(version) || version < 1 || version > VERSION_MAX) {
    throw refuse("version", `a whole number from 1 to ${VERSION_MAX}`);
  }
  const plan = readPlan(planOf(options));
  const policy = readPolicy(name, options);
  const target = targetOf(options.to, refuse);
  const wholeFire = asFire ?? (target.call !== undefined || policy.shards > 1);
  if (typeof wholeFire !== "boolean") throw refuse("asFire", "true or false");
  if (target.call !== undefined && !isJson(options.input)) throw refuse("input", "JSON");
  const input = target.call === undefined ? options.input : { ...target.call, body: options.input };
  return {
    name,
    plan,
    planText: JSON.stringify(planRequest(plan)),
    target: target.name,
    targetVersion: target.version,
    input: encodePayload(`the input of the schedule ${name}`, input),
    policy,
    policyText: policyText(policy, wholeFire),
    codeVersion: version,
  };
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== "" && typeof value !== "function";
  } catch {
    return false;
  }
}

const optionNames = new Set([
  ...["cron", "zone", "everyMs", "anchorAt", "at", "to", "input", "asFire", "version"],
  ...["misfire", "lateMs", "catchUpMax", "overlap", "queueMax", "jitterMs", "shards", "route"],
]);

/** Refuses: schedule.name_malformed. */
export function checkScheduleName(name: unknown): string {
  const fits =
    typeof name === "string" && name !== "" && name.length <= NAME_MAX_LENGTH && !UNFIT.test(name);
  if (!fits || !name.isWellFormed() || name.trim() !== name) {
    throw fail(scheduleErrors, "name_malformed", { name, max: NAME_MAX_LENGTH });
  }
  return name;
}

function planOf({ cron, zone, everyMs, anchorAt, at }: ScheduleOptions): PlanRequest {
  const instant = at instanceof Date ? at.getTime() : at;
  return { cron, zone, everyMs, anchorAt, at: instant } as PlanRequest;
}

interface NamedCall {
  readonly name: string;
  readonly version: number;
  readonly call?: object;
}

function targetOf(to: unknown, refuse: (field: string, expected: string) => Error): NamedCall {
  const expected = "a flow, a task, { flow: name } or what httpCall answers";
  if (typeof to !== "object" || to === null) throw refuse("to", expected);
  const { call, flow, version, run, name } = to as Readonly<Record<string, unknown>>;
  if (typeof call === "object" && call !== null) return { name: CALL_FLOW, version: 0, call };
  if (typeof run === "function" && typeof name === "string") return { name, version: 0 };
  if (typeof flow !== "string" || flow === "" || flow.length > NAME_MAX_LENGTH) {
    throw refuse("to", expected);
  }
  const wanted = version ?? 0;
  if (!Number.isInteger(wanted) || Number(wanted) < 0 || Number(wanted) > VERSION_MAX) {
    throw refuse("to.version", "the version of a flow");
  }
  return { name: flow, version: Number(wanted) };
}

/** The same to whoever fires it. */
export function isSameDefinition(a: Omit<Definition, "plan" | "policy">, b: Definition): boolean {
  return (
    a.planText === b.planText &&
    a.target === b.target &&
    a.targetVersion === b.targetVersion &&
    a.input === b.input &&
    a.policyText === b.policyText
  );
}
