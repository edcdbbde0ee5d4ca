/** What is asked of a run's past: a fork that reuses it, and what the run last said of itself. */
import { toRfc3339 } from "../base/index.ts";
import { payloadFromJson, payloadToJson } from "../flow/index.ts";
import { atRuns, writesRuns } from "./codes.ts";
import { enterRun, flowsOf } from "./gate-runs.ts";
import { contextOf, json, route, type Route } from "./route.ts";
import { ForkBody, Forked, runParam, RunState } from "./schemas-runs.ts";
import { taken } from "./taken.ts";

const forkRun = route({
  method: "POST",
  group: "Runs",
  needs: "runs.operate",
  path: "/v1/runs/{id}/fork",
  name: "forkRun",
  summary: "Begin another run that reuses what this one recorded before a step",
  description:
    "The origin stays as it is, whatever it is at. With `preview` it is only told what the fork would do itself and what reuse. `input` and `version` may be others than the origin's. Safe to repeat with a key.",
  params: runParam,
  body: taken(ForkBody),
  bodyMayMiss: true,
  answers: {
    200: { description: "A preview, or the fork that the key belongs to.", schema: Forked },
    201: { description: "The fork is recorded, and goes on whatever happens.", schema: Forked },
  },
  codes: [
    ...atRuns,
    ...writesRuns,
    "flow.step_missing",
    "flow.machine_history",
    "flow.unknown_flow",
    "flow.input_refused",
    "flow.payload_unfit",
    "flow.payload_too_large",
    "flow.name_malformed",
  ],
  example: { from: "charge", preview: true },
  async handle(call) {
    const { id } = await enterRun(call, "runs.operate");
    const { input, ...asked } = call.body;
    const { by, request } = contextOf(call, undefined);
    const { run, again, reused } = await flowsOf(call).fork(id, {
      ...{ ...asked, by, request },
      ...("input" in call.body ? { input: payloadFromJson("the input", input) } : {}),
    });
    if (run?.created === true) call.reply.code(201);
    return json({ id: run?.id, created: run?.created ?? false, again, reused });
  },
});

const readState = route({
  method: "GET",
  group: "Runs",
  needs: "runs.read",
  path: "/v1/runs/{id}/state",
  name: "readRunState",
  summary: "What a run last said of itself, with f.state",
  description: "Asks the tables, never the run. Empty where it has said nothing yet.",
  params: runParam,
  answers: { 200: { description: "The value, and since when it stands.", schema: RunState } },
  codes: atRuns,
  async handle(call) {
    const { id } = await enterRun(call, "runs.read");
    const said = await flowsOf(call).query(id);
    if (said === undefined) return json({});
    return json({ value: payloadToJson(said.value), at: toRfc3339(said.at) });
  },
});

export const forkRoutes: readonly Route[] = [forkRun, readState];
