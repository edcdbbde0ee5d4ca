/** Tasks as operators see them: the dead, having them done again, queues. Enqueued they are as runs are. */
import { Type } from "typebox";
import { mayDo } from "../access/index.ts";
import { atRuns, writesRuns } from "./codes.ts";
import { demandFlow, enterRun, flowsOf } from "./gate-runs.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { NoBody } from "./request-schemas.ts";
import { json, principalOf, route, type Route } from "./route.ts";
import { Queue, RedriveBody, Redriven, Run, runParam } from "./schemas-runs.ts";
import { named, pageOf, text } from "./schemas.ts";
import { taken } from "./taken.ts";
import { runOnWire } from "./wire-runs.ts";

const LIMIT_DEFAULT = 100;
const REDRIVE_DEFAULT = 1_000;
const looks = ["access.not_permitted", "http.no_flows"] as const;

const listDead = route({
  method: "GET",
  group: "Tasks",
  needs: "runs.read",
  path: "/v1/tasks/dead",
  name: "listDeadTasks",
  summary: "Tasks that have failed for good, newest first",
  description:
    "Those that the key may read: a page may be short, even empty, and still have a cursor.",
  query: { ...pageQuery, task: Type.Optional(text("Of this task only.", "mail.send")) },
  answers: { 200: { description: "A page.", schema: pageOf("DeadTaskPage", Run) } },
  codes: [...looks, "flow.run_id_malformed", "flow.limit_out_of_range", "flow.task_missing"],
  async handle(call) {
    const { task, cursor, limit } = call.query;
    const most = numberAsked(limit) ?? LIMIT_DEFAULT;
    if (task !== undefined) demandFlow(call, "runs.read", task);
    const dead = await flowsOf(call).tasks.dead({ task, before: cursor, limit: most });
    const next = dead.length < most ? undefined : dead.at(-1)?.id;
    const items = dead.filter((run) => mayDo(principalOf(call), "runs.read", run.flow));
    return json({ items: items.map(runOnWire), cursor: next });
  },
});

const listQueues = route({
  method: "GET",
  group: "Tasks",
  needs: "runs.read",
  path: "/v1/tasks/queues",
  name: "listTaskQueues",
  summary: "What the queues of the node that answers do just now",
  answers: {
    200: {
      description: "Those that the key may read.",
      schema: named("TaskQueues", { items: Type.Array(Queue) }),
    },
  },
  codes: looks,
  handle(call) {
    const queues = flowsOf(call).tasks.queues();
    const items = queues.filter(({ task }) => mayDo(principalOf(call), "runs.read", task));
    return Promise.resolve(json({ items }));
  },
});

const redriveTask = route({
  method: "POST",
  group: "Tasks",
  needs: "runs.operate",
  path: "/v1/runs/{id}/redrive",
  name: "redriveTask",
  summary: "Have a dead task done again",
  description: "Its attempts begin anew, its troubles stay to be read.",
  params: runParam,
  body: taken(NoBody),
  bodyMayMiss: true,
  answers: { 200: { description: "The task, as it stands now.", schema: Run } },
  codes: [...atRuns, ...writesRuns, "flow.task_not_dead"],
  example: {},
  async handle(call) {
    const run = await enterRun(call, "runs.operate");
    const flows = flowsOf(call);
    await flows.tasks.redrive(run.id);
    return json(runOnWire((await flows.get(run.id)) ?? run));
  },
});

const redriveTasks = route({
  method: "POST",
  group: "Tasks",
  needs: "runs.operate",
  path: "/v1/tasks/redrive",
  name: "redriveTasks",
  summary: "Have dead tasks of one name done again, newest first",
  description:
    "Safe to repeat: each is done again once. Ask again until fewer than the limit are answered.",
  body: taken(RedriveBody),
  answers: { 200: { description: "How many.", schema: Redriven } },
  codes: [...writesRuns, "flow.task_missing"],
  example: { task: "mail.send", limit: 100 },
  async handle(call) {
    const { task, limit = REDRIVE_DEFAULT } = call.body;
    demandFlow(call, "runs.operate", task);
    return json(await flowsOf(call).tasks.redriveAll(task, { limit }));
  },
});

export const taskRoutes: readonly Route[] = [listDead, listQueues, redriveTasks, redriveTask];
