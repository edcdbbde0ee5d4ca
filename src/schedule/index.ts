/** When something is to be done: cron, intervals, instants, as plans that can be asked for their ticks. */
export {
  type Cron,
  CRON_TEXT_MAX,
  type CronReboot,
  cronText,
  type CronTimes,
  parseCron,
} from "./cron.ts";
export type { CronPart, FieldKey } from "./cron-fields.ts";
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
