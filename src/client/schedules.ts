/** Schedules: what is to come, what came of it, and a person's word: pause, resume, now. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import { payloadOf, payloadToWire } from "./payload.ts";
import type { Instant } from "./posting.ts";
import { LongmenProblem } from "./problem.ts";
import { timeText } from "./to-wire.ts";

type Times = "nextTick" | "dueAt" | "createdAt" | "changedAt";

export interface ScheduleView extends Omit<Wire.Schedule, Times> {
  /** The first tick that has no outcome. */
  readonly nextTick?: Instant | undefined;
  /** When it is fired: the tick and its jitter. */
  readonly dueAt?: Instant | undefined;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
}

export interface FireView extends Omit<Wire.Fire, "tick" | "at" | "through"> {
  readonly tick: Instant;
  readonly at: Instant;
  /** The last of `ticks` in a row that came to the same. */
  readonly through?: Instant | undefined;
}

/** One of cron (with zone), everyMs (with anchorAt) and at. */
export interface PlanAsked extends Omit<Wire.PreviewScheduleRequest, "anchorAt" | "at" | "count"> {
  readonly anchorAt?: Instant | undefined;
  readonly at?: Instant | undefined;
}

/** A plan; a flow or task by name, or a signed call; and what to do when things don't go as planned. */
export interface PutSchedule extends Omit<Wire.PutScheduleRequest, "anchorAt" | "at">, PlanAsked {}

export interface Put {
  readonly put: Wire.PutSchedule["put"];
  readonly schedule: ScheduleView;
}

export interface PreviewedPlan {
  readonly ticks: readonly Instant[];
  readonly en: string;
  readonly zh: string;
}

export interface Schedules {
  /** By name. */
  list(
    filter?: { readonly state?: "active" | "paused" | undefined },
    options?: ListOptions,
  ): List<ScheduleView>;
  /** Undefined: there is none, or none that this key may know of. */
  get(name: string, options?: CallOptions): Promise<ScheduleView | undefined>;
  /** What came of its ticks, newest first. */
  fires(name: string, options?: ListOptions): List<FireView>;
  /** Its next ticks: 10 when left out. */
  next(
    name: string,
    options?: CallOptions & { readonly count?: number | undefined },
  ): Promise<readonly Instant[]>;
  /**
   * Makes a schedule, or changes it to be so: all of it, what is left out has its default. Safe to repeat. One
   * that is defined in code is changed there.
   */
  put(name: string, schedule: PutSchedule, options?: CallOptions): Promise<Put>;
  /** Takes it away. `fromCode`: also one that is defined in code, since it has gone from there. */
  remove(
    name: string,
    options?: CallOptions & { readonly fromCode?: boolean | undefined },
  ): Promise<void>;
  /** The next ticks of a plan, and the plan in words; nothing is made. */
  preview(
    plan: PlanAsked,
    options?: CallOptions & { readonly count?: number | undefined },
  ): Promise<PreviewedPlan>;
  pause(name: string, options?: CallOptions): Promise<ScheduleView>;
  resume(name: string, options?: CallOptions): Promise<ScheduleView>;
  /** Starts a run of each shard now. Sent once: each call is one more. */
  runNow(
    name: string,
    options?: CallOptions & { readonly input?: unknown },
  ): Promise<readonly FireView[]>;
}

export function schedulesOf(wire: Line): Schedules {
  return { ...looksOf(wire), ...putsOf(wire), ...verbsOf(wire) };
}

function looksOf(wire: Line): Pick<Schedules, "list" | "get" | "fires" | "next"> {
  return {
    list: ({ state } = {}, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { state, cursor, limit: digits(limit) };
          const page = await ask(wire, "listSchedules", { params: undefined, query }, options);
          return { ...page, items: page.items.map(scheduleOf) };
        },
        ({ items }) => items,
      ),
    async get(name, options) {
      try {
        return scheduleOf(await ask(wire, "findSchedule", { params: { name } }, options));
      } catch (error) {
        if (error instanceof LongmenProblem && error.code === "schedule.missing") return undefined;
        throw error;
      }
    },
    fires: (name, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { cursor, limit: digits(limit) };
          const page = await ask(wire, "listFires", { params: { name }, query }, options);
          return { ...page, items: page.items.map(fireOf) };
        },
        ({ items }) => items,
      ),
    async next(name, { count, ...options } = {}) {
      const asked = { params: { name }, query: { count: digits(count) } };
      return (await ask(wire, "listNextTicks", asked, options)).items.map(instantOf);
    },
  };
}

function putsOf(wire: Line): Pick<Schedules, "put" | "remove" | "preview"> {
  return {
    async put(name, { input, ...schedule }, options) {
      const body = {
        ...planOf(schedule),
        ...(input === undefined ? {} : { input: payloadToWire(input, "/input") }),
      };
      const told = await ask(wire, "putSchedule", { params: { name }, body }, options);
      return { put: told.put, schedule: scheduleOf(told.schedule) };
    },
    async remove(name, { fromCode, ...options } = {}) {
      const body = fromCode === undefined ? {} : { fromCode };
      // Where no answer came it may be gone: asked again it would say that it is missing.
      const asked = { params: { name }, body, repeatable: false };
      await ask(wire, "removeSchedule", asked, options);
    },
    async preview(plan, { count, ...options } = {}) {
      const body = { ...planOf(plan), ...(count === undefined ? {} : { count }) };
      const told = await ask(wire, "previewPlan", { params: undefined, body }, options);
      return { ticks: told.items.map(instantOf), en: told.en, zh: told.zh };
    },
  };
}

function planOf<T extends PlanAsked>({ anchorAt, at, ...rest }: T) {
  return {
    ...rest,
    ...(anchorAt === undefined ? {} : { anchorAt: timeText(anchorAt, "/anchorAt") }),
    ...(at === undefined ? {} : { at: timeText(at, "/at") }),
  };
}

function verbsOf(wire: Line): Pick<Schedules, "pause" | "resume" | "runNow"> {
  return {
    pause: async (name, options) =>
      scheduleOf(await ask(wire, "pauseSchedule", { params: { name }, body: {} }, options)),
    resume: async (name, options) =>
      scheduleOf(await ask(wire, "resumeSchedule", { params: { name }, body: {} }, options)),
    async runNow(name, { input, ...options } = {}) {
      const body = input === undefined ? {} : { input: payloadToWire(input, "/input") };
      const asked = { params: { name }, body, repeatable: false };
      return (await ask(wire, "runScheduleNow", asked, options)).items.map(fireOf);
    },
  };
}

function scheduleOf({
  nextTick,
  dueAt,
  createdAt,
  changedAt,
  ...view
}: Wire.Schedule): ScheduleView {
  return {
    ...view,
    ...("input" in view ? { input: payloadOf(view.input) } : {}),
    createdAt: instantOf(createdAt),
    changedAt: instantOf(changedAt),
    ...(nextTick === undefined ? {} : { nextTick: instantOf(nextTick) }),
    ...(dueAt === undefined ? {} : { dueAt: instantOf(dueAt) }),
  };
}

function fireOf({ tick, at, through, ...fire }: Wire.Fire): FireView {
  return {
    ...fire,
    tick: instantOf(tick),
    at: instantOf(at),
    ...(through === undefined ? {} : { through: instantOf(through) }),
  };
}
