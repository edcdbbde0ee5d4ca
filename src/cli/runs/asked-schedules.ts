/** Schedules as commands ask for them: the database's own, or those of a node that runs. */
import type {
  FireView,
  Longmen,
  Page,
  Put,
  PutSchedule,
  ScheduleView,
} from "../../client/index.ts";
import { fail, type Instant, toRfc3339 } from "../../base/index.ts";
import {
  type FireView as OwnFire,
  httpCall,
  openSchedules,
  type PlanRequest,
  scheduleErrors,
  type Schedules,
  type ScheduleView as OwnSchedule,
} from "../../schedule/index.ts";
import type { PageAsked } from "../asked-book.ts";
import type { CommandContext } from "../command.ts";
import { operator } from "../operator.ts";
import { onNodeOr, withOwnNode } from "./asked-runs.ts";

export interface AskedSchedules {
  list(state: "active" | "paused" | undefined, page: PageAsked): Promise<Page<ScheduleView>>;
  get(name: string): Promise<ScheduleView | undefined>;
  fires(name: string, limit: number): Promise<readonly FireView[]>;
  next(name: string, count: number): Promise<readonly Instant[]>;
  put(name: string, schedule: PutSchedule): Promise<Put>;
  remove(name: string, fromCode: boolean): Promise<void>;
  pause(name: string): Promise<ScheduleView>;
  resume(name: string): Promise<ScheduleView>;
  runNow(name: string, input: unknown): Promise<readonly FireView[]>;
}

/** On the database itself this command is a node of its own for a moment, which serves no flow. */
export function withSchedules<T>(
  context: CommandContext,
  work: (schedules: AskedSchedules) => Promise<T>,
): Promise<T> {
  return onNodeOr(
    context,
    (node) => work(ofNode(node, context.signal)),
    (house) =>
      withOwnNode(context, house, async (flows) => {
        const { database, config, log } = house;
        const { keepDays } = config;
        const schedules = await openSchedules({ database, flows, keepDays, log });
        try {
          return await work(ofHouse(schedules));
        } finally {
          await schedules.close();
        }
      }),
  );
}

function ofNode({ schedules }: Longmen, signal: AbortSignal): AskedSchedules {
  return {
    list: (state, { limit, cursor }) => schedules.list({ state }, { limit, signal }).page(cursor),
    get: (name) => schedules.get(name, { signal }),
    fires: async (name, limit) => (await schedules.fires(name, { limit, signal }).page()).items,
    next: (name, count) => schedules.next(name, { count, signal }),
    put: (name, schedule) => schedules.put(name, schedule, { signal }),
    remove: (name, fromCode) => schedules.remove(name, { fromCode, signal }),
    pause: (name) => schedules.pause(name, { signal }),
    resume: (name) => schedules.resume(name, { signal }),
    runNow: (name, input) => schedules.runNow(name, { input, signal }),
  };
}

function ofHouse(schedules: Schedules): AskedSchedules {
  const found = async (name: string): Promise<ScheduleView> => {
    const view = await schedules.get(name);
    if (view === undefined) throw fail(scheduleErrors, "missing", { name });
    return viewOf(view);
  };
  const { by } = operator();
  return {
    async list(state, { limit, cursor }) {
      const page = await schedules.list({ state, after: cursor, limit });
      const items = page.schedules.map(viewOf);
      return { items, ...(page.next === undefined ? {} : { cursor: page.next }) };
    },
    async get(name) {
      const view = await schedules.get(name);
      return view && viewOf(view);
    },
    fires: async (name, limit) => (await schedules.fires(name, { limit })).fires.map(fireOf),
    next: (name, count) => schedules.next(name, count),
    async put(name, { flow, flowVersion, call, ...asked }) {
      const to = call === undefined ? { flow: flow ?? "", version: flowVersion } : httpCall(call);
      const put = await schedules.put(name, { ...asked, to }, { by });
      return { put, schedule: await found(name) };
    },
    remove: (name, fromCode) => schedules.remove(name, { fromCode, by }),
    async pause(name) {
      await schedules.pause(name, { by });
      return found(name);
    },
    async resume(name) {
      await schedules.resume(name, { by });
      return found(name);
    },
    runNow: async (name, input) =>
      (await schedules.runNow(name, input === undefined ? {} : { input })).map(fireOf),
  };
}

const fireOf = (fire: OwnFire): FireView => fire;

function viewOf({ target, plan, ...view }: OwnSchedule): ScheduleView {
  const { version } = target;
  return {
    ...view,
    flow: target.flow,
    ...(version === undefined ? {} : { flowVersion: version }),
    plan: planOf(plan),
  };
}

function planOf(plan: PlanRequest): ScheduleView["plan"] {
  if ("at" in plan) return { at: toRfc3339(plan.at) };
  if ("cron" in plan) {
    return { cron: plan.cron, ...(plan.zone === undefined ? {} : { zone: plan.zone }) };
  }
  const { everyMs, anchorAt } = plan;
  return { everyMs, ...(anchorAt === undefined ? {} : { anchorAt: toRfc3339(anchorAt) }) };
}
