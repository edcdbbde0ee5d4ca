/**
 * One verb for all runs of which something is true: counted, begun as a run of its own, watched, stopped. Who
 * may operate the flow that it is for may do so with it; one that names no flow takes a key for all of them.
 */
import { demand, mayDo, type RunAction } from "../access/index.ts";
import { fail } from "../base/index.ts";
import {
  type BulkInput,
  type BulkProgress,
  flowErrors,
  type Flows,
  isBulkRun,
  type RunView,
} from "../flow/index.ts";
import { atRuns, writesRuns } from "./codes.ts";
import { demandFlow, flowsOf } from "./gate-runs.ts";
import { NoBody } from "./request-schemas.ts";
import { type Call, contextOf, json, principalOf, route, type Route } from "./route.ts";
import { BulkBody, BulkCount, BulkCountBody, BulkRun } from "./schemas-machines.ts";
import { runParam, StartedRun } from "./schemas-runs.ts";
import { taken } from "./taken.ts";
import { bulkOnWire, whereAsked } from "./wire-machines.ts";

const operating = { method: "POST", group: "Bulk", needs: "runs.operate" } as const;
const malformed = ["flow.bulk_malformed", "flow.payload_unfit", "flow.payload_too_large"] as const;
/** A scope that names every flow, and no flow's name. */
const EVERY = "*";
/** Among every flow are the house's own. */
const HOUSES = "order.*";
/** Before the caller's deadline, so that what was found by then is answered. */
const SPARE_MS = 1_000;
const LEAST_MS = 100;

const countBulk = route({
  ...operating,
  path: "/v1/bulk/count",
  name: "countBulk",
  summary: "How many runs a verb would be for: ask this first",
  description:
    "Counted by pages, exact as of each page's instant. Where your deadline (Request-Timeout-Ms) comes first it is answered what was found by then.",
  body: taken(BulkCountBody),
  answers: { 200: { description: "The count.", schema: BulkCount } },
  codes: ["access.not_permitted", "http.no_flows", ...malformed],
  example: { verb: "cancel", where: { flow: "mail.send", status: "ready" } },
  async handle(call) {
    const { verb, where } = call.body;
    demandFlow(call, "runs.operate", where.flow ?? HOUSES);
    const leftMs = call.asked.deadlineAt - performance.now() - SPARE_MS;
    const signal = AbortSignal.timeout(Math.max(LEAST_MS, Math.floor(leftMs)));
    const told = { found: 0, seen: 0 };
    const onProgress = (found: number, seen: number) => void Object.assign(told, { found, seen });
    try {
      await flowsOf(call).countFor(verb, whereAsked(where), { onProgress, signal });
      return json({ ...told, complete: true });
    } catch (error) {
      if (error !== signal.reason) throw error;
      return json({ ...told, complete: false });
    }
  },
});

const startBulk = route({
  ...operating,
  path: "/v1/bulk",
  name: "startBulk",
  summary: "Do one thing to all runs of which something is true",
  description:
    "As a run of its own, by short commits: it survives crashes, and does nothing twice. Runs started after it are not meant. `retry` does again what failed, `redrive` everything. Safe to repeat with a key.",
  body: taken(BulkBody),
  answers: {
    200: { description: "The key was known: its run.", schema: StartedRun },
    201: { description: "It is recorded, and goes on whatever happens.", schema: StartedRun },
  },
  codes: [...writesRuns, ...malformed, "flow.name_malformed", "flow.key_reused"],
  example: { verb: "cancel", where: { flow: "mail.send", status: "ready" }, key: "stop-mail-1" },
  async handle(call) {
    const { verb, where, key } = call.body;
    demandFlow(call, "runs.operate", where.flow ?? HOUSES);
    const { by, request } = contextOf(call, undefined);
    const run = await flowsOf(call).bulk(verb, whereAsked(where), { key, by, request });
    if (run.created) call.reply.code(201);
    return json({ id: run.id, created: run.created });
  },
});

/** Of another flow's run it is not told that it is there. Refuses: flow.run_missing. */
async function enterBulk(call: Call<{ readonly id: string }>, action: RunAction): Promise<RunView> {
  const { id } = call.params;
  const run = await flowsOf(call).get(id);
  if (run === undefined || !isBulkRun(run)) throw fail(flowErrors, "run_missing", { run: id });
  const flow = (run.input as BulkInput).where.flow ?? EVERY;
  const knows = (["runs.read", "runs.operate"] as const).some((one) =>
    mayDo(principalOf(call), one, flow),
  );
  if (!knows) throw fail(flowErrors, "run_missing", { run: id });
  demand(principalOf(call), action, flow);
  return run;
}

async function shown(flows: Flows, { id }: RunView): Promise<string> {
  const run = await flows.get(id);
  if (run === undefined) throw fail(flowErrors, "run_missing", { run: id });
  const said = await flows.query(id);
  return json(bulkOnWire(run, said?.value as BulkProgress | undefined));
}

const findBulk = route({
  method: "GET",
  group: "Bulk",
  needs: "runs.read",
  path: "/v1/bulk/{id}",
  name: "findBulk",
  summary: "How far a bulk run is",
  params: runParam,
  answers: { 200: { description: "What it has counted and asked.", schema: BulkRun } },
  codes: atRuns,
  handle: async (call) => shown(flowsOf(call), await enterBulk(call, "runs.read")),
});

function verb(name: "cancel" | "pause" | "resume", summary: string, description: string): Route {
  return route({
    ...operating,
    ...{ summary, description },
    path: `/v1/bulk/{id}/${name}`,
    name: `${name}Bulk`,
    params: runParam,
    body: taken(NoBody),
    bodyMayMiss: true,
    answers: { 200: { description: "It, as it stands now.", schema: BulkRun } },
    codes: [...atRuns, ...writesRuns, "flow.run_ended"],
    example: {},
    async handle(call) {
      const run = await enterBulk(call, "runs.operate");
      const flows = flowsOf(call);
      await flows[name](run.id);
      return shown(flows, run);
    },
  });
}

export const bulkRoutes: readonly Route[] = [
  countBulk,
  startBulk,
  findBulk,
  verb("cancel", "Stop a bulk run", "What it has done stays done; the rest is left alone."),
  verb("pause", "Let a bulk run stay where it is", "Safe to repeat."),
  verb("resume", "Let a paused bulk run go on", "Safe to repeat."),
];
