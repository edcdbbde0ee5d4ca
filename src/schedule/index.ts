/** When something is to be done: plans and their ticks, and schedules that fire them. README.md says more. */
export {
  type Cron,
  CRON_TEXT_MAX,
  type CronReboot,
  cronText,
  type CronTimes,
  parseCron,
} from "./cron.ts";
export type { CronPart, FieldKey } from "./cron-fields.ts";
export { httpCall, type HttpCallOptions } from "./call/http-call.ts";
export { httpCalls, type HttpCallsOptions, type Secrets } from "./call/http-calls.ts";
export {
  type CallTarget,
  type Definition,
  type NamedTarget,
  schedule,
  type ScheduleOptions,
  type Target,
} from "./define-schedule.ts";
export type { OutcomeName } from "./fire/numbers.ts";
export type { MadeBy } from "./make-schedules.ts";
export { scheduleMigrations } from "./migrations.ts";
export { openSchedules, type Schedules, type SchedulesOptions } from "./open-schedules.ts";
export type { Fire, KeptPolicy, Misfire, Overlap, Policy, PolicyOptions, Route } from "./policy.ts";
export type { Put, RemoveOptions } from "./put-schedule.ts";
export type { RunNowOptions } from "./run-now.ts";
export type {
  FireListOptions,
  FirePage,
  FireView,
  ScheduleListOptions,
  SchedulePage,
  ScheduleView,
} from "./views.ts";
export { describePlan } from "./describe.ts";
export type { PlanLanguage } from "./describe-list.ts";
export { JITTER_MAX_MS, jitterOf } from "./jitter.ts";
export {
  type CronPlan,
  EVERY_MAX_MS,
  type IntervalPlan,
  type OncePlan,
  type Plan,
  planRequest,
  type PlanRequest,
  readPlan,
  TICK_MAX,
} from "./plan.ts";
export { scheduleErrors } from "./schedule.errors.ts";
export { isTick, nextTick, previousTick, type Ticks, ticksBetween, TICKS_MAX } from "./ticks.ts";
