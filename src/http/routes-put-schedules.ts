/** Schedules are made, changed, removed, and tried out, by who may operate the flow that they start. */
import type { Static } from "typebox";
import { demand } from "../access/index.ts";
import { fail, LongmenError, systemClock } from "../base/index.ts";
import { payloadFromJson } from "../flow/index.ts";
import {
  describePlan,
  httpCall,
  nextTick,
  type PlanRequest,
  readPlan,
  scheduleErrors,
  type ScheduleOptions,
} from "../schedule/index.ts";
import { contextOf, json, principalOf, route, type Route } from "./route.ts";
import { changes, enterSchedule, schedulesOf } from "./routes-schedules.ts";
import {
  PreviewBody,
  PreviewedPlan,
  PutSchedule,
  PutScheduleBody,
  RemoveBody,
  Removed,
  scheduleParam,
} from "./schemas-schedules.ts";
import { taken } from "./taken.ts";
import { instantOf } from "./wire-in.ts";
import { scheduleOnWire } from "./wire-schedules.ts";

const operating = { group: "Schedules", needs: "runs.operate" } as const;
const planned = [
  "schedule.plan_malformed",
  "schedule.cron_malformed",
  "schedule.never_fires",
  "schedule.no_start_event",
  "schedule.zone_unknown",
] as const;
const PREVIEWED = 10;

const putSchedule = route({
  ...operating,
  method: "PUT",
  path: "/v1/schedules/{name}",
  name: "putSchedule",
  summary: "Make a schedule, or change it to be so",
  description:
    "All of it: what is left out has its default. Give one of cron (with zone), everyMs (with anchorAt) and at; and a flow or task by name, or a call. Safe to repeat. What is defined in code is changed there. Ticks of the plan before that were due and not fired are skipped.",
  params: scheduleParam,
  body: taken(PutScheduleBody),
  answers: {
    200: { description: "It was changed, or was so already.", schema: PutSchedule },
    201: { description: "It is made.", schema: PutSchedule },
  },
  codes: [
    ...changes,
    ...planned,
    "schedule.name_malformed",
    "schedule.definition_malformed",
    "schedule.call_malformed",
    "schedule.target_unknown",
    "schedule.defined_in_code",
    "schedule.uncertain",
    "flow.payload_unfit",
    "flow.payload_too_large",
  ],
  example: { cron: "0 30 2 * * MON-FRI", zone: "Europe/Berlin", flow: "retail.verify" },
  async handle(call) {
    const { name } = call.params;
    const schedules = schedulesOf(call);
    const options = pointing(() => optionsOf(name, call.body));
    demand(principalOf(call), "runs.operate", call.body.flow ?? CALLS);
    if ((await schedules.get(name)) !== undefined) await enterSchedule(call, "runs.operate");
    const { by } = contextOf(call, undefined);
    const put = await schedules.put(name, options, { by }).catch(pointed);
    const view = await schedules.get(name);
    if (view === undefined) throw fail(scheduleErrors, "missing", { name });
    if (put === "made") call.reply.code(201);
    return json({ put, schedule: scheduleOnWire(view) });
  },
});

const removeSchedule = route({
  ...operating,
  method: "POST",
  path: "/v1/schedules/{name}/remove",
  name: "removeSchedule",
  summary: "Take a schedule away",
  description: "Its runs go on, ticks in line are dropped. Pause it to keep it.",
  params: scheduleParam,
  body: taken(RemoveBody),
  bodyMayMiss: true,
  answers: { 200: { description: "It is gone.", schema: Removed } },
  codes: [...changes, "schedule.defined_in_code", "schedule.uncertain"],
  example: {},
  async handle(call) {
    const { name } = await enterSchedule(call, "runs.operate");
    const { by } = contextOf(call, undefined);
    await schedulesOf(call).remove(name, { ...call.body, by });
    return json({ status: "removed" });
  },
});

const previewPlan = route({
  ...operating,
  needs: "runs.read",
  method: "POST",
  path: "/v1/schedules/preview",
  name: "previewPlan",
  summary: "The next ticks of a plan, and the plan in words; nothing is made",
  body: taken(PreviewBody),
  answers: { 200: { description: "Its ticks, jitter left out.", schema: PreviewedPlan } },
  codes: [...planned, "access.not_permitted"],
  example: { cron: "0 30 2 * * MON-FRI", zone: "Europe/Berlin", count: 3 },
  handle(call) {
    const { count = PREVIEWED, ...request } = call.body;
    const plan = pointing(() => readPlan(planOf(request)));
    const ticks: string[] = [];
    let tick = nextTick(plan, systemClock.now());
    while (tick !== undefined && ticks.length < count) {
      ticks.push(new Date(tick).toISOString());
      tick = nextTick(plan, tick);
    }
    const [en, zh] = [describePlan(plan, "en"), describePlan(plan, "zh")];
    return Promise.resolve(json({ items: ticks, en, zh }));
  },
});

/** As the flow of calls is named, for who may make them. */
const CALLS = "schedule.call";

type PutAsked = Static<typeof PutScheduleBody>;
type PlanAsked = Pick<PutAsked, "cron" | "zone" | "everyMs" | "anchorAt" | "at">;

/** Refuses: http.body_malformed. */
function planOf({ anchorAt, at, ...plan }: PlanAsked): PlanRequest {
  return {
    ...plan,
    ...(anchorAt === undefined ? {} : { anchorAt: instantOf(anchorAt, "/anchorAt") }),
    ...(at === undefined ? {} : { at: instantOf(at, "/at") }),
  } as PlanRequest;
}

/** Refuses: schedule.definition_malformed, schedule.call_malformed, what `planOf` does. */
function optionsOf(name: string, body: PutAsked): ScheduleOptions {
  const { cron, zone, everyMs, anchorAt, at, flow, flowVersion, call, input, ...policy } = body;
  if ((flow === undefined) === (call === undefined)) {
    const expected = "given, or call in its place";
    throw fail(scheduleErrors, "definition_malformed", { name, field: "flow", expected });
  }
  return {
    ...planOf({ cron, zone, everyMs, anchorAt, at } as PlanAsked),
    ...policy,
    to: call === undefined ? { flow: flow ?? "", version: flowVersion } : httpCall(call),
    ...(input === undefined ? {} : { input: payloadFromJson("the input", input) }),
  };
}

type Reason = keyof typeof scheduleErrors.rows;

const pointers: Readonly<Partial<Record<Reason, string>>> = {
  cron_malformed: "/cron",
  never_fires: "/cron",
  no_start_event: "/cron",
  zone_unknown: "/zone",
  target_unknown: "/flow",
};
const ofFields: readonly string[] = ["plan_malformed", "definition_malformed", "call_malformed"];
const elsewhere: Readonly<Record<string, string>> = { to: "flow", "to.version": "flowVersion" };

/** Says of a refusal which field of the body it is about. */
function pointed(error: unknown): never {
  if (!(error instanceof LongmenError) || !error.code.startsWith("schedule.")) throw error;
  // Sound: it is one of the room's.
  const reason = error.code.slice("schedule.".length) as Reason;
  const field = String(error.details["field"]);
  const base = reason === "call_malformed" ? "/call/" : "/";
  const isOfField = ofFields.includes(reason) && /^[\w.]+$/.test(field);
  const named = isOfField ? `${base}${elsewhere[field] ?? field}` : undefined;
  const pointer = pointers[reason] ?? named;
  if (pointer === undefined) throw error;
  throw fail(scheduleErrors, reason, { ...error.details, pointer }, error);
}

function pointing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return pointed(error);
  }
}

export const putScheduleRoutes: readonly Route[] = [putSchedule, removeSchedule, previewPlan];
