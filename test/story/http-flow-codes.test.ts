/** What the routes of flows declare, held against what they do answer: neither more nor less. */
import { expect, test } from "vitest";
import { flow, task } from "../../src/flow/index.ts";
import { orderMachine, World } from "../../src/flow/testing.ts";
import { schedule } from "../../src/schedule/index.ts";
import { document, type HttpShop, httpShop } from "./http-shop.ts";

/** What any of them may say of the store, the lane, the node, the key, the request: shown by other stories. */
const GENERAL =
  /^(postgres|lane|base|http)\.|^access\.(key_|too_many|not_permitted|once_malformed)|^flow\.(closed|fenced|not_written)$|^schedule\.(closed|changed_meanwhile|uncertain)$|^internal/;

const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const declared = (name: string): string[] =>
  (operations.find(({ operationId }) => operationId === name)?.["x-codes"] ?? []).filter(
    (code) => !GENERAL.test(code),
  );

const waits = flow("shop.waits", { input: textOnly }, (f) => f.event("go"));
const fails = flow("shop.fails", {}, (f) =>
  f.step("try", () => Promise.reject(new Error("never")), { retry: { attempts: 1 } }),
);
const mail = task("shop.mail", {}, () => Promise.resolve());
const nightly = schedule("shop.nightly", { cron: "@daily", to: waits, input: "a" });

function textOnly(value: unknown): string {
  if (typeof value !== "string") throw new Error("a text is wanted");
  return value;
}

const LARGE = "x".repeat(1_100_000);
const UNFIT = { $: "bigint", v: "one" };
const NONE = "r000000000000";
/** Longer than a key may be in UTF-16, though not in characters. */
const LONG = "𝕏".repeat(300);

interface Case {
  readonly request: (ids: Ids) => string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}
interface Ids {
  readonly failed: string;
  readonly waiting: string;
  readonly done: string;
  readonly machine: string;
  readonly bulk: string;
}
const to = (text: string) => (): string => text;
const named = { cron: "@daily", flow: "shop.waits" };
const where = { flow: "shop.waits" };

/** By route: requests, each for one code. */
const cases: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  forkRun: {
    "flow.run_id_malformed": { request: to("POST /v1/runs/12/fork") },
    "flow.run_missing": { request: to(`POST /v1/runs/${NONE}/fork`) },
    "flow.step_missing": { request: forkOf("failed"), body: { from: "nothing" } },
    "flow.machine_history": { request: forkOf("machine") },
    "flow.unknown_flow": { request: forkOf("failed"), body: { version: 9 } },
    "flow.input_refused": { request: forkOf("waiting"), body: { input: 5 } },
    "flow.payload_unfit": { request: forkOf("failed"), body: { input: UNFIT } },
    "flow.payload_too_large": { request: forkOf("failed"), body: { input: LARGE } },
    "flow.name_malformed": { request: forkOf("failed"), body: { key: LONG } },
  },
  readRunState: {
    "flow.run_id_malformed": { request: to("GET /v1/runs/12/state") },
    "flow.run_missing": { request: to(`GET /v1/runs/${NONE}/state`) },
  },
  countBulk: {
    "flow.bulk_malformed": {
      request: to("POST /v1/bulk/count"),
      body: { verb: "pause", where: { status: "failed" } },
    },
    "flow.payload_unfit": {
      request: to("POST /v1/bulk/count"),
      body: { verb: "pause", where: { input: { a: UNFIT } } },
    },
    "flow.payload_too_large": {
      request: to("POST /v1/bulk/count"),
      body: { verb: "pause", where: { input: { a: LARGE } } },
    },
  },
  startBulk: {
    "flow.bulk_malformed": {
      request: to("POST /v1/bulk"),
      body: { verb: "pause", where: { status: "failed" } },
    },
    "flow.payload_unfit": {
      request: to("POST /v1/bulk"),
      body: { verb: "pause", where: { input: { a: UNFIT } } },
    },
    "flow.payload_too_large": {
      request: to("POST /v1/bulk"),
      body: { verb: "pause", where: { input: { a: LARGE } } },
    },
    "flow.name_malformed": {
      request: to("POST /v1/bulk"),
      body: { verb: "pause", where, key: LONG },
    },
    "flow.key_reused": {
      request: to("POST /v1/bulk"),
      body: { verb: "resume", where, key: "bulk-1" },
    },
  },
  findBulk: {
    "flow.run_id_malformed": { request: to("GET /v1/bulk/12") },
    "flow.run_missing": { request: ({ waiting }) => `GET /v1/bulk/${waiting}` },
  },
  cancelBulk: {
    "flow.run_id_malformed": { request: to("POST /v1/bulk/12/cancel") },
    "flow.run_missing": { request: to(`POST /v1/bulk/${NONE}/cancel`) },
    "flow.run_ended": { request: ({ bulk }) => `POST /v1/bulk/${bulk}/cancel` },
  },
  findSubject: {
    "flow.machine_missing": { request: to("GET /v1/machines/order/subjects/nobody") },
  },
  listTakenEvents: {
    "flow.machine_missing": { request: to("GET /v1/machines/order/subjects/nobody/events") },
    "flow.limit_out_of_range": {
      request: to("GET /v1/machines/order/subjects/4711/events?limit=0"),
    },
  },
  tallyRuns: {
    "flow.tally_malformed": { request: to("GET /v1/runs/tally?everyMs=1000") },
  },
  listTaskGroups: {
    "flow.task_missing": { request: to("GET /v1/tasks/nobody/groups") },
    "flow.limit_out_of_range": { request: to("GET /v1/tasks/shop.mail/groups?limit=0") },
    "flow.group_malformed": { request: to("GET /v1/tasks/shop.mail/groups?cursor=12") },
  },
  sendEvent: {
    "flow.machine_missing": send("nobody", { event: "ship" }),
    "flow.event_reused": send("4711", { event: "pay", id: "pay-1", payload: 5 }),
    "flow.guard_failed": send("4712", { event: "pay" }),
    "flow.unknown_flow": {
      request: ({ done }) => `POST /v1/machines/shop.mail/subjects/${done}/events`,
      body: { event: "ship" },
    },
    "flow.name_malformed": send("4711", { event: "a/b" }),
    "flow.payload_unfit": send("4711", { event: "ship", payload: UNFIT }),
    "flow.payload_too_large": send("4711", { event: "ship", payload: LARGE }),
  },
  listStuckSubjects: {
    "flow.limit_out_of_range": { request: to("GET /v1/stuck?limit=0") },
    "flow.run_id_malformed": { request: to("GET /v1/stuck?cursor=12") },
  },
  signalRun: {
    "flow.run_id_malformed": signal("12", { event: "go" }),
    "flow.run_missing": signal(NONE, { event: "go" }),
    "flow.run_ended": {
      request: ({ failed }) => `POST /v1/runs/${failed}/signals`,
      body: { event: "go" },
    },
    "flow.name_malformed": signal("waiting", { event: "a/b" }),
    "flow.payload_unfit": signal("waiting", { event: "go", payload: UNFIT }),
    "flow.payload_too_large": signal("waiting", { event: "go", payload: LARGE }),
    "access.once_reused": signal("waiting", { event: "other" }, "go-1"),
  },
  publishEvent: {
    "flow.name_malformed": publish({ event: "a/b" }),
    "flow.payload_unfit": publish({ payload: UNFIT }),
    "flow.payload_too_large": publish({ payload: LARGE }),
    "access.once_reused": publish({ payload: 2 }, "go-1"),
  },
  putSchedule: {
    "schedule.name_malformed": put("a%23b", named),
    "schedule.plan_malformed": put("a", { ...named, everyMs: 5 }),
    "schedule.cron_malformed": put("a", { ...named, cron: "0 99 * * *" }),
    "schedule.never_fires": put("a", { ...named, cron: "0 0 30 2 *" }),
    "schedule.no_start_event": put("a", { ...named, cron: "@reboot" }),
    "schedule.zone_unknown": put("a", { ...named, zone: "Mars" }),
    "schedule.definition_malformed": put("a", { ...named, shards: 0 }),
    "schedule.call_malformed": put("a", { cron: "@daily", call: { url: "a", secret: "a" } }),
    "schedule.target_unknown": put("a", { ...named, flow: "nobody" }),
    "schedule.defined_in_code": put("shop.nightly", named),
    "flow.payload_unfit": put("a", { ...named, input: UNFIT }),
    "flow.payload_too_large": put("a", { ...named, input: LARGE }),
  },
  removeSchedule: {
    "schedule.missing": { request: to("POST /v1/schedules/nobody/remove") },
    "schedule.defined_in_code": { request: to("POST /v1/schedules/shop.nightly/remove") },
  },
  previewPlan: {
    "schedule.plan_malformed": preview({}),
    "schedule.cron_malformed": preview({ cron: "0 99 * * *" }),
    "schedule.never_fires": preview({ cron: "0 0 30 2 *" }),
    "schedule.no_start_event": preview({ cron: "@reboot" }),
    "schedule.zone_unknown": preview({ cron: "@daily", zone: "Mars" }),
  },
};

function forkOf(id: keyof Ids) {
  return (ids: Ids): string => `POST /v1/runs/${ids[id]}/fork`;
}
function send(subject: string, body: object): Case {
  return { request: to(`POST /v1/machines/order/subjects/${subject}/events`), body };
}
function signal(id: string, body: object, once?: string): Case {
  const headers: Record<string, string> = once === undefined ? {} : { "idempotency-key": once };
  const request = ({ waiting }: Ids) => `POST /v1/runs/${id === "waiting" ? waiting : id}/signals`;
  return { request, body, headers };
}
function publish(body: object, once?: string): Case {
  const headers: Record<string, string> = once === undefined ? {} : { "idempotency-key": once };
  return { request: to("POST /v1/events"), body: { event: "go", match: "1", ...body }, headers };
}
function put(name: string, body: object): Case {
  return { request: to(`PUT /v1/schedules/${name}`), body };
}
function preview(body: object): Case {
  return { request: to("POST /v1/schedules/preview"), body };
}

/** Codes that no request can be made to show here, and why. */
const unshown: Readonly<Record<string, readonly string[]>> = {
  // Other events of the subject come in between, sixty times in a row.
  sendEvent: ["flow.machine_busy"],
  // It is removed between two statements.
  putSchedule: ["schedule.missing"],
};

async function opened(): Promise<{ readonly shop: HttpShop; readonly ids: Ids }> {
  const flows = [waits, fails, mail, orderMachine(new World())];
  const shop = await httpShop({ flows, schedules: [nightly] });
  const start = async (flow: string, key: string, input?: unknown) => {
    const { body } = await shop.ask("POST /v1/runs", { flow, key, input });
    return String(body["id"]);
  };
  const ended = async (id: string) => {
    await shop.ask(`GET /v1/runs/${id}/result?waitMs=20000`);
    return id;
  };
  const machine = await start("order", "4711", { amount: 12 });
  await start("order", "4712", { amount: 12 });
  const pay = { event: "pay", id: "pay-1", payload: { amount: 12, by: "ann" } };
  await shop.ask("POST /v1/machines/order/subjects/4711/events", pay);
  const waiting = await start("shop.waits", "w", "a");
  const once = { headers: { "idempotency-key": "go-1" } };
  await shop.ask("POST /v1/events", { event: "go", match: "1", payload: 1 }, once);
  const bulk = await shop.ask("POST /v1/bulk", { verb: "pause", where, key: "bulk-1" });
  const ids: Ids = {
    ...{ machine, waiting },
    failed: await ended(await start("shop.fails", "f")),
    done: "d",
    bulk: await ended(String(bulk.body["id"])),
  };
  await ended(await start("shop.mail", ids.done));
  return { shop, ids };
}

test("every code of its own work that a route of flows declares is shown by a request, and no other", async () => {
  const { shop, ids } = await opened();
  for (const [name, shown] of Object.entries(cases)) {
    const seen: string[] = [];
    for (const [code, { request, body, headers = {} }] of Object.entries(shown)) {
      // `ask` holds the answer to what the route declares.
      const answer = await shop.ask(request(ids), body, { headers });
      expect(answer.body["code"], `${name}: ${answer.text.slice(0, 300)}`).toBe(code);
      seen.push(code);
    }
    const all = [...seen, ...(unshown[name] ?? [])].toSorted();
    expect(declared(name).toSorted(), name).toEqual(all);
  }
});
