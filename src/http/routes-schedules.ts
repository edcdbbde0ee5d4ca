/** Schedules: looked at, paused, resumed, run now, by who may so of the flow that they start. */
import { Type } from "typebox";
import { demand, mayDo, type RunAction } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { payloadFromJson } from "../flow/index.ts";
import { scheduleErrors, type ScheduleView, type Schedules } from "../schedule/index.ts";
import { writesRuns } from "./codes.ts";
import { knowsFlow } from "./gate-runs.ts";
import { httpErrors } from "./http.errors.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { NoBody } from "./request-schemas.ts";
import { type Call, contextOf, json, principalOf, route, type Route } from "./route.ts";
import {
  Fire,
  Fires,
  ListedState,
  NextTicks,
  RunNowBody,
  Schedule,
  scheduleParam,
} from "./schemas-schedules.ts";
import { digits, pageOf } from "./schemas.ts";
import { taken } from "./taken.ts";
import { fireOnWire, scheduleOnWire } from "./wire-schedules.ts";

const reading = { method: "GET", group: "Schedules", needs: "runs.read" } as const;
const operating = { method: "POST", group: "Schedules", needs: "runs.operate" } as const;
const looks = ["access.not_permitted", "http.no_schedules"] as const;
export const atOne = [...looks, "schedule.missing"] as const;
export const changes = [
  ...atOne,
  ...writesRuns,
  "schedule.changed_meanwhile",
  "schedule.closed",
] as const;

/** Refuses: http.no_schedules. */
export function schedulesOf({ doors }: Pick<Call, "doors">): Schedules {
  if (doors.schedules === undefined) throw fail(httpErrors, "no_schedules");
  return doors.schedules;
}

/** One whose flow no scope names is answered like one that is not there. Refuses: schedule.missing. */
export async function enterSchedule(
  call: Call<{ readonly name: string }>,
  action: RunAction,
): Promise<ScheduleView> {
  const { name } = call.params;
  const found = await schedulesOf(call).get(name);
  const principal = principalOf(call);
  if (found === undefined || !knowsFlow(principal, found.target.flow)) {
    throw fail(scheduleErrors, "missing", { name });
  }
  demand(principal, action, found.target.flow);
  return found;
}

const listSchedules = route({
  ...reading,
  path: "/v1/schedules",
  name: "listSchedules",
  summary: "Schedules, by name",
  description:
    "Those of flows that the key may read: a page may be short, and still have a cursor.",
  query: { ...pageQuery, state: Type.Optional(ListedState) },
  answers: { 200: { description: "A page.", schema: pageOf("SchedulePage", Schedule) } },
  codes: [...looks, "schedule.page_malformed"],
  async handle(call) {
    const { state, cursor, limit } = call.query;
    const asked = { state, after: cursor, limit: numberAsked(limit) };
    const page = await schedulesOf(call).list(asked);
    const principal = principalOf(call);
    const items = page.schedules.filter(({ target }) => mayDo(principal, "runs.read", target.flow));
    return json({ items: items.map(scheduleOnWire), cursor: page.next });
  },
});

const findSchedule = route({
  ...reading,
  path: "/v1/schedules/{name}",
  name: "findSchedule",
  summary: "One schedule: its plan, its next tick, why nothing comes of it",
  params: scheduleParam,
  answers: { 200: { description: "The schedule.", schema: Schedule } },
  codes: atOne,
  handle: async (call) => json(scheduleOnWire(await enterSchedule(call, "runs.read"))),
});

const listFires = route({
  ...reading,
  path: "/v1/schedules/{name}/fires",
  name: "listFires",
  summary: "What came of its ticks, newest first: each has an outcome",
  params: scheduleParam,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: pageOf("FirePage", Fire) } },
  codes: [...atOne, "schedule.page_malformed"],
  async handle(call) {
    const { cursor, limit } = call.query;
    const { name } = await enterSchedule(call, "runs.read");
    const asked = { before: cursor, limit: numberAsked(limit) };
    const page = await schedulesOf(call).fires(name, asked);
    return json({ items: page.fires.map(fireOnWire), cursor: page.next });
  },
});

const listNext = route({
  ...reading,
  path: "/v1/schedules/{name}/next",
  name: "listNextTicks",
  summary: "Its next ticks",
  params: scheduleParam,
  query: { count: Type.Optional(digits("1 to 1000; 10 when left out.", "10")) },
  answers: { 200: { description: "The ticks, jitter left out.", schema: NextTicks } },
  codes: [...atOne, "schedule.page_malformed"],
  async handle(call) {
    const { name } = await enterSchedule(call, "runs.read");
    const ticks = await schedulesOf(call).next(name, numberAsked(call.query.count));
    return json({ items: ticks.map((tick) => new Date(tick).toISOString()) });
  },
});

function verb(name: "pause" | "resume", summary: string, description: string): Route {
  return route({
    ...operating,
    ...{ summary, description },
    path: `/v1/schedules/{name}/${name}`,
    name: `${name}Schedule`,
    params: scheduleParam,
    body: taken(NoBody),
    bodyMayMiss: true,
    answers: { 200: { description: "The schedule, as it stands now.", schema: Schedule } },
    codes: changes,
    example: {},
    async handle(call) {
      const found = await enterSchedule(call, "runs.operate");
      const schedules = schedulesOf(call);
      await schedules[name](found.name, { by: contextOf(call, undefined).by });
      return json(scheduleOnWire((await schedules.get(found.name)) ?? found));
    },
  });
}

const runNow = route({
  ...operating,
  path: "/v1/schedules/{name}/run",
  name: "runScheduleNow",
  summary: "Start a run of each shard now, beside its ticks",
  description: "Also while it is paused. Each call is one more.",
  params: scheduleParam,
  body: taken(RunNowBody),
  bodyMayMiss: true,
  answers: { 200: { description: "What was started, or stands in line.", schema: Fires } },
  codes: [
    ...changes,
    "schedule.target_unknown",
    "schedule.still_running",
    "schedule.line_full",
    "schedule.uncertain",
    "flow.input_refused",
    "flow.payload_unfit",
    "flow.payload_too_large",
  ],
  example: {},
  async handle(call) {
    const { name } = await enterSchedule(call, "runs.operate");
    const { input } = call.body;
    const asked = input === undefined ? {} : { input: payloadFromJson("the input", input) };
    const fires = await schedulesOf(call).runNow(name, asked);
    return json({ items: fires.map(fireOnWire) });
  },
});

export const scheduleRoutes: readonly Route[] = [
  listSchedules,
  findSchedule,
  listFires,
  listNext,
  verb("pause", "Fire nothing of it until it is resumed", "Its runs go on. Safe to repeat."),
  verb(
    "resume",
    "Go on with the first tick from now",
    "Ticks that came due meanwhile have the outcome paused. Safe to repeat.",
  ),
  runNow,
];
