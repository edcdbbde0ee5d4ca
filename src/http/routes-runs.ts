/** Runs of flows: started, looked at, told, stopped and mended, by who may of their flow. */
import { Type } from "typebox";
import { mayDo } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { type Flows, payloadFromJson } from "../flow/index.ts";
import { atRuns, writesRuns } from "./codes.ts";
import { demandFlow, enterRun, flowsOf } from "./gate-runs.ts";
import { httpErrors } from "./http.errors.ts";
import { WAIT_MAX_MS } from "./limits.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { type Call, contextOf, json, principalOf, route, type Route } from "./route.ts";
import {
  KnownFlow,
  PublishBody,
  ReasonBody,
  RetryBody,
  RetryPreview,
  Run,
  runParam,
  runQuery,
  RunResult,
  RunStep,
  RunTrouble,
  SignalBody,
  StartedRun,
  StartRunBody,
  Told,
  waitQuery,
} from "./schemas-runs.ts";
import { named, pageOf } from "./schemas.ts";
import { SAID_ONCE, saidCodes, sayOnce } from "./say-once.ts";
import { taken } from "./taken.ts";
import { waitForEnd } from "./wait-for-end.ts";
import { instantOf } from "./wire-in.ts";
import { resultOnWire, runOnWire, stepOnWire, troubleOnWire } from "./wire-runs.ts";

const reading = { method: "GET", group: "Runs", needs: "runs.read" } as const;
const writing = { method: "POST", group: "Runs", needs: "runs.write" } as const;
const operating = { method: "POST", group: "Runs", needs: "runs.operate" } as const;
const LIMIT_DEFAULT = 100;

const listFlows = route({
  ...reading,
  path: "/v1/flows",
  name: "listFlows",
  summary: "Flows that nodes of this database have served",
  answers: {
    200: {
      description: "By name, the newest version first.",
      schema: named("FlowList", { items: Type.Array(KnownFlow) }),
    },
  },
  codes: ["access.not_permitted", "http.no_flows"],
  async handle(call) {
    const known = await flowsOf(call).known();
    const items = known
      .filter(({ name }) => mayDo(principalOf(call), "runs.read", name))
      .map(({ name, ...rest }) => ({ flow: name, ...rest }));
    return json({ items });
  },
});

const startRun = route({
  ...writing,
  path: "/v1/runs",
  name: "startRun",
  summary: "Start a run of a flow, by the flow's name",
  description:
    "With a key it is safe to repeat: the same key of the same flow answers the first run, another input under it is refused. Where this node does not serve the flow, one that does takes the run. A task is started the same way.",
  body: taken(StartRunBody),
  answers: {
    200: { description: "The key was known: its run.", schema: StartedRun },
    201: { description: "It is recorded, and goes on whatever happens.", schema: StartedRun },
  },
  codes: [
    ...writesRuns,
    "flow.unknown_flow",
    "flow.input_refused",
    "flow.payload_unfit",
    "flow.payload_too_large",
    "flow.name_malformed",
    "flow.wait_malformed",
    "flow.key_reused",
  ],
  example: { flow: "parcel.placed", key: "order-4711", input: { order: "4711" } },
  async handle(call) {
    const { flow, version, input, key, at, priority } = call.body;
    demandFlow(call, "runs.write", flow);
    const { by, request } = contextOf(call, undefined);
    const run = await flowsOf(call).startNamed(flow, payloadFromJson("the input", input), {
      ...{ version, key, priority, by, request },
      at: at === undefined ? undefined : instantOf(at, "/at"),
    });
    if (run.created) call.reply.code(201);
    return json({ id: run.id, created: run.created });
  },
});

const listRuns = route({
  ...reading,
  path: "/v1/runs",
  name: "listRuns",
  summary: "Runs, newest first",
  description:
    "Those of flows that the key may read: a page may be short, even empty, and still have a cursor. Nothing is counted.",
  query: { ...pageQuery, ...runQuery },
  answers: { 200: { description: "A page.", schema: pageOf("RunPage", Run) } },
  codes: [
    "access.not_permitted",
    "http.no_flows",
    "flow.run_id_malformed",
    "flow.limit_out_of_range",
  ],
  async handle(call) {
    const { flow, status, cursor, limit } = call.query;
    const most = numberAsked(limit) ?? LIMIT_DEFAULT;
    const runs = await flowsOf(call).list({ flow, status, before: cursor, limit: most });
    const next = runs.length < most ? undefined : runs.at(-1)?.id;
    const items = runs.filter((run) => mayDo(principalOf(call), "runs.read", run.flow));
    return json({ items: items.map(runOnWire), cursor: next });
  },
});

const findRun = route({
  ...reading,
  path: "/v1/runs/{id}",
  name: "findRun",
  summary: "One run: its input, where it stands, how it ended",
  params: runParam,
  answers: { 200: { description: "The run.", schema: Run } },
  codes: atRuns,
  handle: async (call) => json(runOnWire(await enterRun(call, "runs.read"))),
});

const listSteps = route({
  ...reading,
  path: "/v1/runs/{id}/steps",
  name: "listRunSteps",
  summary: "What a run has done, in its order",
  params: runParam,
  answers: {
    200: {
      description: "Its steps with their outcomes, at most 10,000.",
      schema: named("RunSteps", { items: Type.Array(RunStep) }),
    },
  },
  codes: atRuns,
  async handle(call) {
    const { id } = await enterRun(call, "runs.read");
    return json({ items: (await flowsOf(call).steps(id)).map(stepOnWire) });
  },
});

const listTroubles = route({
  ...reading,
  path: "/v1/runs/{id}/troubles",
  name: "listRunTroubles",
  summary: "What went wrong: failed attempts, and why it is parked",
  params: runParam,
  answers: {
    200: {
      description: "Newest first, at most 200.",
      schema: named("RunTroubles", { items: Type.Array(RunTrouble) }),
    },
  },
  codes: atRuns,
  async handle(call) {
    const { id } = await enterRun(call, "runs.read");
    return json({ items: (await flowsOf(call).troubles(id)).map(troubleOnWire) });
  },
});

const readResult = route({
  ...reading,
  path: "/v1/runs/{id}/result",
  name: "readRunResult",
  summary: "What a run answers, or where it stands",
  description:
    "With waitMs it waits so long for its end. A run that failed is an answer too: its status says so, and `error` why.",
  params: runParam,
  query: waitQuery,
  answers: { 200: { description: "How it ended, or that it has not.", schema: RunResult } },
  codes: atRuns,
  waits: true,
  async handle(call) {
    const waitMs = numberAsked(call.query.waitMs) ?? 0;
    if (waitMs > WAIT_MAX_MS) {
      throw fail(httpErrors, "query_malformed", { problem: `waitMs is above ${WAIT_MAX_MS}` });
    }
    const run = await enterRun(call, "runs.read");
    const isOver = run.endedAt !== undefined || waitMs === 0;
    if (isOver || !(await waitForEnd(call, run.id, waitMs))) return json(resultOnWire(run));
    return json(resultOnWire((await flowsOf(call).get(run.id)) ?? run));
  },
});

const signalRun = route({
  ...writing,
  path: "/v1/runs/{id}/signals",
  name: "signalRun",
  summary: "Say an event to one run",
  description: SAID_ONCE,
  params: runParam,
  body: taken(SignalBody),
  takesOnce: true,
  answers: { 200: { description: "It is recorded, and will be heard.", schema: Told } },
  codes: [
    ...atRuns,
    ...writesRuns,
    "flow.name_malformed",
    "flow.payload_unfit",
    "flow.payload_too_large",
    "flow.run_ended",
    ...saidCodes,
  ],
  example: { event: "approved", payload: { by: "ann" } },
  async handle(call) {
    const { event, payload } = call.body;
    const { id } = await enterRun(call, "runs.write");
    const said = payloadFromJson("the event", payload);
    return sayOnce(call, `signal ${id}`, (once) => flowsOf(call).signal(id, event, said, { once }));
  },
});

const publishEvent = route({
  ...writing,
  path: "/v1/events",
  name: "publishEvent",
  summary: "Say an event to every run that waits for it",
  description:
    "Also to runs that have begun before it and ask for it later. Who may start flows called shop.* may publish events called shop.*. " +
    SAID_ONCE,
  body: taken(PublishBody),
  takesOnce: true,
  answers: { 200: { description: "It is recorded, and will be heard.", schema: Told } },
  codes: [
    ...writesRuns,
    "flow.name_malformed",
    "flow.payload_unfit",
    "flow.payload_too_large",
    ...saidCodes,
  ],
  example: { event: "parcel.paid", match: "4711", payload: { amount: "1999" } },
  async handle(call) {
    const { event, match, payload } = call.body;
    demandFlow(call, "runs.write", event);
    const said = payloadFromJson("the event", payload);
    return sayOnce(call, "publish", (once) => flowsOf(call).publish(event, said, { match, once }));
  },
});

/** What changes a run and has nothing to say but which. */
function verb(
  name: "cancel" | "pause" | "resume",
  words: { readonly summary: string; readonly description: string },
): Route {
  return route({
    ...operating,
    ...words,
    path: `/v1/runs/{id}/${name}`,
    name: `${name}Run`,
    params: runParam,
    body: taken(ReasonBody),
    bodyMayMiss: true,
    answers: { 200: { description: "The run, as it stands now.", schema: Run } },
    codes: [...atRuns, ...writesRuns, "flow.run_ended", "flow.name_malformed"],
    example: { reason: "ordered twice" },
    handle: (call) => done(call, (flows, id) => flows[name](id, askedBy(call, call.body.reason))),
  });
}

/** As who it is kept among the run's troubles. */
function askedBy(call: Call, reason: string | undefined) {
  const { by, request } = contextOf(call, undefined);
  return { by, request, reason };
}

async function done(
  call: Call<{ readonly id: string }>,
  work: (flows: Flows, id: string) => Promise<void>,
): Promise<string> {
  const flows = flowsOf(call);
  const run = await enterRun(call, "runs.operate");
  await work(flows, run.id);
  return json(runOnWire((await flows.get(run.id)) ?? run));
}

const cancelRun = verb("cancel", {
  summary: "Stop a run at its next step and undo what has an undo",
  description: "Safe to repeat while it lasts. A run that has ended is refused.",
});
const pauseRun = verb("pause", {
  summary: "Let a run stop at its next step, and stay",
  description: "Safe to repeat.",
});
const resumeRun = verb("resume", {
  summary: "Let a paused or parked run go on",
  description: "Safe to repeat: one that runs goes on running.",
});

const retryRun = route({
  ...operating,
  path: "/v1/runs/{id}/retry",
  name: "retryRun",
  summary: "Let a parked or failed run go on as if nothing had been recorded from a step on",
  description:
    "Without `from` what failed is done again. With `preview` it is only told what would be done again and what reused. What is done again is kept among the troubles.",
  params: runParam,
  body: taken(RetryBody),
  bodyMayMiss: true,
  answers: { 200: { description: "What is done again.", schema: RetryPreview } },
  codes: [
    ...atRuns,
    ...writesRuns,
    "flow.step_missing",
    "flow.run_not_stopped",
    "flow.machine_history",
  ],
  example: { preview: true },
  async handle(call) {
    const { id } = await enterRun(call, "runs.operate");
    const asked = { ...call.body, ...askedBy(call, call.body.reason) };
    return json(await flowsOf(call).retry(id, asked));
  },
});

export const runRoutes: readonly Route[] = [
  listFlows,
  startRun,
  listRuns,
  findRun,
  listSteps,
  listTroubles,
  readResult,
  signalRun,
  publishEvent,
  cancelRun,
  pauseRun,
  resumeRun,
  retryRun,
];
