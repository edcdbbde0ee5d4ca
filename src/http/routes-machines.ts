/** State machines: which there are, where their subjects stand, events for them, and who is stuck. */
import { Type } from "typebox";
import { mayDo } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { flowErrors, payloadFromJson } from "../flow/index.ts";
import { writesRuns } from "./codes.ts";
import { demandFlow, flowsOf } from "./gate-runs.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { type Call, json, principalOf, route, type Route } from "./route.ts";
import {
  Machine,
  SendBody,
  Sent,
  Stuck,
  subjectParam,
  SubjectView,
  TakenEvent,
} from "./schemas-machines.ts";
import { named, pageOf, text } from "./schemas.ts";
import { taken } from "./taken.ts";
import { machineOnWire, stuckOnWire, subjectOnWire, takenOnWire } from "./wire-machines.ts";

const reading = { method: "GET", group: "Machines", needs: "runs.read" } as const;
const looks = ["access.not_permitted", "http.no_flows"] as const;
const LIMIT_DEFAULT = 100;

const listMachines = route({
  ...reading,
  path: "/v1/machines",
  name: "listMachines",
  summary: "State machines that the node which answers serves, each with its diagram",
  description: "Their code says what they are: a node that does not have it can't tell.",
  answers: {
    200: {
      description: "By name, the newest version first.",
      schema: named("MachineList", { items: Type.Array(Machine) }),
    },
  },
  codes: looks,
  handle(call) {
    const flows = flowsOf(call);
    const may = flows.machines().filter(({ name }) => mayDo(principalOf(call), "runs.read", name));
    return Promise.resolve(json({ items: may.map((one) => machineOnWire(flows, one)) }));
  },
});

type AtSubject = Call<{ readonly machine: string; readonly subject: string }>;

function machineOf(call: AtSubject, action: "runs.read" | "runs.write") {
  const { machine } = call.params;
  demandFlow(call, action, machine);
  return flowsOf(call).machineNamed(machine);
}

const findSubject = route({
  ...reading,
  path: "/v1/machines/{machine}/subjects/{subject}",
  name: "findSubject",
  summary: "Where a subject stands, and which events it would take",
  params: subjectParam,
  answers: { 200: { description: "The subject.", schema: SubjectView } },
  codes: [...looks, "flow.machine_missing"],
  async handle(call) {
    const { machine, subject } = call.params;
    const found = await machineOf(call, "runs.read").get(subject);
    if (found === undefined) throw fail(flowErrors, "machine_missing", { machine, subject });
    return json(subjectOnWire(found));
  },
});

const listTaken = route({
  ...reading,
  path: "/v1/machines/{machine}/subjects/{subject}/events",
  name: "listTakenEvents",
  summary: "The events that a subject has taken, oldest first",
  params: subjectParam,
  query: pageQuery,
  answers: { 200: { description: "A page.", schema: pageOf("TakenEventPage", TakenEvent) } },
  codes: [...looks, "flow.machine_missing", "flow.limit_out_of_range"],
  async handle(call) {
    const { cursor, limit } = call.query;
    const most = numberAsked(limit) ?? LIMIT_DEFAULT;
    // What is no number is behind the end.
    const from = cursor === undefined ? 1 : Math.min(Number.parseInt(cursor, 10) || 1, 2 ** 31 - 1);
    const asked = { from, limit: most };
    const items = await machineOf(call, "runs.read").history(call.params.subject, asked);
    const last = items.length < most ? undefined : items.at(-1);
    const next = last === undefined ? undefined : String(last.number + 1);
    return json({ items: items.map(takenOnWire), cursor: next });
  },
});

const sendEvent = route({
  method: "POST",
  group: "Machines",
  needs: "runs.write",
  path: "/v1/machines/{machine}/subjects/{subject}/events",
  name: "sendEvent",
  summary: "Send an event to a subject, and learn whether it was taken",
  description:
    "It is decided and recorded before it is answered; the work that follows is done behind. That it was not taken is an answer, too: `reason` says why. With an id it is safe to repeat. Asked of a node that serves the machine, whose guards are code. A subject is made by starting a run of the machine with the subject as its key.",
  params: subjectParam,
  body: taken(SendBody),
  answers: { 200: { description: "What became of it.", schema: Sent } },
  codes: [
    ...writesRuns,
    "flow.machine_missing",
    "flow.event_reused",
    "flow.guard_failed",
    "flow.machine_busy",
    "flow.unknown_flow",
    "flow.name_malformed",
    "flow.payload_unfit",
    "flow.payload_too_large",
  ],
  example: { event: "ship", id: "4f1c0f6e", payload: { parcel: "7" } },
  async handle(call) {
    const { event, id, payload } = call.body;
    const asked = { id, payload: payloadFromJson("the event", payload) };
    return json(await machineOf(call, "runs.write").send(call.params.subject, event, asked));
  },
});

const listStuck = route({
  ...reading,
  path: "/v1/stuck",
  name: "listStuckSubjects",
  summary: "Subjects whose work fails: the last error, and what is tried next",
  description:
    "Oldest first, of machines that the key may read: a page may be short, and still have a cursor.",
  query: { ...pageQuery, machine: Type.Optional(text("Of this machine only.", "order")) },
  answers: { 200: { description: "A page.", schema: pageOf("StuckPage", Stuck) } },
  codes: [...looks, "flow.limit_out_of_range", "flow.run_id_malformed"],
  async handle(call) {
    const { machine, cursor, limit } = call.query;
    const most = numberAsked(limit) ?? LIMIT_DEFAULT;
    if (machine !== undefined) demandFlow(call, "runs.read", machine);
    const stuck = await flowsOf(call).stuck({ machine, after: cursor, limit: most });
    const next = stuck.length < most ? undefined : stuck.at(-1)?.run;
    const may = stuck.filter((one) => mayDo(principalOf(call), "runs.read", one.machine));
    return json({ items: may.map(stuckOnWire), cursor: next });
  },
});

export const machineRoutes: readonly Route[] = [
  listMachines,
  findSubject,
  listTaken,
  sendEvent,
  listStuck,
];
