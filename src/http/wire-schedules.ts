/** Schedules and what came of their ticks, as they are answered. */
import { type Instant, toRfc3339 } from "../base/index.ts";
import { payloadToJson } from "../flow/index.ts";
import type { FireView, PlanRequest, ScheduleView } from "../schedule/index.ts";

const timeOrNot = (at: Instant | undefined) => (at === undefined ? undefined : toRfc3339(at));

export function scheduleOnWire(view: ScheduleView) {
  const { name, target, plan, state, source, version, lastRun, problem, by } = view;
  const { misfire, overlap, route, shards, jitterMs } = view;
  return {
    ...{ name, flow: target.flow, flowVersion: target.version, plan: planOnWire(plan) },
    input: payloadToJson(view.input),
    ...{ state, source, version, misfire, overlap, route, shards, jitterMs, lastRun, problem, by },
    nextTick: timeOrNot(view.nextTick),
    dueAt: timeOrNot(view.dueAt),
    createdAt: toRfc3339(view.createdAt),
    changedAt: toRfc3339(view.changedAt),
  };
}

function planOnWire(plan: PlanRequest) {
  if ("cron" in plan) return { cron: plan.cron, zone: plan.zone };
  if ("at" in plan) return { at: toRfc3339(plan.at) };
  return { everyMs: plan.everyMs, anchorAt: timeOrNot(plan.anchorAt) };
}

export function fireOnWire({ tick, at, through, ...fire }: FireView) {
  return { ...fire, tick: toRfc3339(tick), at: toRfc3339(at), through: timeOrNot(through) };
}
