/** Plans: when a schedule is to do something. A request is plain data; a plan is ready to be asked. */
import { fail, type Instant } from "../base/index.ts";
import { DAY_END, YEAR_MAX, YEAR_MIN } from "./calendar.ts";
import { type CronTimes, cronText, parseCron } from "./cron.ts";
import { type FieldKey, fieldKeys, fieldRules, fieldText } from "./cron-fields.ts";
import { type CronSearch, everFires, searchOf } from "./cron-search.ts";
import { scheduleErrors } from "./schedule.errors.ts";
import { type Zone, zoneOf } from "./zone.ts";

/** The longest interval: what is rarer is a matter of the calendar, so of cron. Ten years. */
export const EVERY_MAX_MS = 3653 * 86_400_000;

/** No tick is later: the end of the year 2199, in UTC for what knows no zone. */
export const TICK_MAX: Instant = DAY_END * 86_400_000 - 1;

/** What a plan is asked for with: one of three, as JSON has it. */
export type PlanRequest =
  /** At the clock times of a cron expression in a time zone; UTC unless said. */
  | { readonly cron: string; readonly zone?: string | undefined }
  /** At `anchorAt` (1970-01-01T00:00Z unless said) and every so many milliseconds after it. */
  | { readonly everyMs: number; readonly anchorAt?: Instant | undefined }
  /** Once, at an instant. */
  | { readonly at: Instant };

export interface CronPlan {
  readonly kind: "cron";
  readonly cron: CronTimes;
  readonly zoneName: string;
  readonly zone: Zone;
  readonly search: CronSearch;
}

export interface IntervalPlan {
  readonly kind: "interval";
  readonly everyMs: number;
  readonly anchorAt: Instant;
}

export interface OncePlan {
  readonly kind: "once";
  readonly at: Instant;
}

export type Plan = CronPlan | IntervalPlan | OncePlan;

/**
 * Makes a plan of a request. Safe to repeat: the same request makes a plan with the same ticks.
 * Refuses: schedule.plan_malformed, schedule.cron_malformed, schedule.never_fires,
 * schedule.no_start_event, schedule.zone_unknown.
 */
export function readPlan(request: PlanRequest): Plan {
  const { cron, zone, everyMs, anchorAt, at } = fieldsOf(request);
  if (cron !== undefined) return cronPlan(cron, zone ?? "UTC");
  if (everyMs !== undefined) {
    return {
      kind: "interval",
      everyMs: whole(everyMs, "everyMs", 1, EVERY_MAX_MS),
      anchorAt: whole(anchorAt ?? 0, "anchorAt", 0, TICK_MAX),
    };
  }
  return { kind: "once", at: whole(at, "at", 0, TICK_MAX) };
}

/** Writes a plan as a request that makes the same plan, in one spelling: for a table, for comparing. */
export function planRequest(plan: Plan): PlanRequest {
  switch (plan.kind) {
    case "cron":
      return { cron: cronText(plan.cron), zone: plan.zoneName };
    case "interval":
      return { everyMs: plan.everyMs, anchorAt: plan.anchorAt };
    case "once":
      return { at: plan.at };
  }
}

const kinds = { cron: ["zone"], everyMs: ["anchorAt"], at: [] } as const;

/** The request's fields, if they are those of exactly one kind of plan. */
function fieldsOf(request: unknown): Readonly<Record<string, unknown>> {
  const refuse = (field: string, expected: string) =>
    fail(scheduleErrors, "plan_malformed", { field, expected });
  if (typeof request !== "object" || request === null) throw refuse("the whole", "an object");
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  const names = given.map(([name]) => name);
  const kind = (["cron", "everyMs", "at"] as const).find((name) => names.includes(name));
  if (kind === undefined) throw refuse("the kind", "one of cron, everyMs and at");
  const also: readonly string[] = kinds[kind];
  const strange = names.find((name) => name !== kind && !also.includes(name));
  if (strange !== undefined) throw refuse(strange, `a field that goes with ${kind}`);
  return Object.fromEntries(given);
}

function whole(value: unknown, field: string, min: number, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  const expected = `a whole number of milliseconds from ${min} to ${max}`;
  throw fail(scheduleErrors, "plan_malformed", { field, expected });
}

function cronPlan(text: unknown, zoneName: unknown): CronPlan {
  if (typeof text !== "string") {
    throw fail(scheduleErrors, "plan_malformed", { field: "cron", expected: "a text" });
  }
  if (typeof zoneName !== "string") {
    throw fail(scheduleErrors, "plan_malformed", { field: "zone", expected: "a text" });
  }
  const cron = parseCron(text);
  if (cron.kind === "reboot") throw fail(scheduleErrors, "no_start_event");
  const search = searchOf(cron);
  if (!everFires(search)) {
    const fields = { expression: cron.text, problem: whyNever(cron) };
    throw fail(scheduleErrors, "never_fires", fields);
  }
  const zone = zoneOf(zoneName);
  return { kind: "cron", cron, zone, zoneName: zone.spelling ?? zoneName, search };
}

function whyNever(cron: CronTimes): string {
  const asked: readonly FieldKey[] = ["day", "month", "weekday", "year"];
  const said = fieldKeys
    .filter((key) => asked.includes(key))
    .map((key) => {
      const text = fieldText(fieldRules[key], cron.fields[key], cron.both && key === "weekday");
      return text === "*" ? [] : [`${fieldRules[key].name} ${text}`];
    });
  return `from ${YEAR_MIN} to ${YEAR_MAX} no day fits ${said.flat().join(" with ")}`;
}
