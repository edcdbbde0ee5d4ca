/** Runs and tasks by count: what ended, of each flow and time, and which groups of a task wait. */
import { Type } from "typebox";
import { mayDo } from "../access/index.ts";
import { demandFlow, flowsOf } from "./gate-runs.ts";
import { instantAsked, numberAsked, pageQuery } from "./page-asked.ts";
import { json, principalOf, route, type Route } from "./route.ts";
import { RunTally, tallyQuery, TaskGroup, taskParam } from "./schemas-runs.ts";
import { named, pageOf } from "./schemas.ts";
import { groupOnWire, tallyOnWire } from "./wire-runs.ts";

const LIMIT_DEFAULT = 100;
const looks = ["access.not_permitted", "http.no_flows"] as const;

const tallyRuns = route({
  method: "GET",
  group: "Runs",
  needs: "runs.read",
  path: "/v1/runs/tally",
  name: "tallyRuns",
  summary: "How many runs and tasks ended how, by flow and time",
  description:
    "From counters, whatever there is of runs, by the minute of the database's clock: what ended within the last two seconds may be missing. In the order of time, then by name; where nothing of a flow ended there is no item. Those that the key may read, of 20,000 at most.",
  query: tallyQuery,
  answers: {
    200: {
      description:
        "`at` is when a stretch begins. A run that was retried, and ended again, counts twice.",
      schema: named("RunTallies", { items: Type.Array(RunTally) }),
    },
  },
  codes: [...looks, "flow.tally_malformed"],
  async handle(call) {
    const { flow, since, until, everyMs } = call.query;
    if (flow !== undefined) demandFlow(call, "runs.read", flow);
    const tallies = await flowsOf(call).tally({
      flow,
      since: instantAsked("since", since),
      until: instantAsked("until", until),
      everyMs: numberAsked(everyMs),
    });
    const items = tallies.filter((one) => mayDo(principalOf(call), "runs.read", one.flow));
    return json({ items: items.map(tallyOnWire) });
  },
});

const listGroups = route({
  method: "GET",
  group: "Tasks",
  needs: "runs.read",
  path: "/v1/tasks/{task}/groups",
  name: "listTaskGroups",
  summary: "Groups of a task that wait before their door, by name",
  description: "In no order of names. Only groups of which some task is held are listed.",
  params: taskParam,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: pageOf("TaskGroupPage", TaskGroup) } },
  codes: [...looks, "flow.task_missing", "flow.limit_out_of_range", "flow.group_malformed"],
  async handle(call) {
    const { task } = call.params;
    const { cursor, limit } = call.query;
    demandFlow(call, "runs.read", task);
    const most = numberAsked(limit) ?? LIMIT_DEFAULT;
    const groups = await flowsOf(call).tasks.groups(task, { after: cursor, limit: most });
    const next = groups.length < most ? undefined : groups.at(-1)?.at;
    return json({ items: groups.map(groupOnWire), cursor: next });
  },
});

export const countRoutes: readonly Route[] = [tallyRuns, listGroups];
