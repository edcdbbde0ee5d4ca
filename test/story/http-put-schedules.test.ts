/** Schedules made, changed, removed and tried out over HTTP and in the client. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { flow } from "../../src/flow/index.ts";
import { httpCalls, schedule } from "../../src/schedule/index.ts";
import { httpShop } from "./http-shop.ts";

const counted = flow("shop.counted", {}, (_f, input: unknown) => Promise.resolve(input));
const nightly = schedule("shop.nightly", { cron: "0 30 2 * * *", to: counted });
const calls = httpCalls({ secrets: () => undefined });

async function opened() {
  const shop = await httpShop({ flows: [counted, calls], schedules: [nightly] });
  return { shop, ...connect({ url: shop.url, key: shop.adminKey }) };
}

const hourly = { everyMs: 3_600_000, flow: "shop.counted", input: { shelves: 12n } } as const;

test("a schedule is put, put again as it is, changed, and taken away", async () => {
  const { shop, schedules } = await opened();
  expect(await schedules.put("shop.hourly", hourly)).toMatchObject({
    put: "made",
    schedule: {
      ...{ name: "shop.hourly", flow: "shop.counted", source: "made", state: "active" },
      ...{ input: { shelves: 12n }, plan: { everyMs: 3_600_000 } },
      by: expect.stringContaining("/") as string,
    },
  });
  expect(await schedules.put("shop.hourly", hourly)).toMatchObject({ put: "unchanged" });
  const cron = {
    cron: "0 30 2 * * MON-FRI",
    zone: "Europe/Berlin",
    flow: "shop.counted",
    misfire: "all",
    overlap: "queue",
    jitterMs: 1_000,
    shards: 2,
    route: "round-robin",
  } as const;
  const changed = await schedules.put("shop.hourly", cron);
  expect(changed).toMatchObject({
    put: "changed",
    schedule: { ...{ misfire: "all", overlap: "queue", jitterMs: 1_000, shards: 2 } },
  });
  expect(changed.schedule.plan).toEqual({ cron: "30 2 * * 1-5", zone: "Europe/Berlin" });
  // Paused, it stays paused when it is changed.
  await schedules.pause("shop.hourly");
  expect((await schedules.put("shop.hourly", hourly)).schedule.state).toBe("paused");

  await schedules.remove("shop.hourly");
  expect(await schedules.get("shop.hourly")).toBeUndefined();
  await expect(schedules.remove("shop.hourly")).rejects.toMatchObject({ code: "schedule.missing" });
  const made = await shop.ask("PUT /v1/schedules/shop.hourly", {
    everyMs: 3_600_000,
    flow: "shop.counted",
  });
  expect(made.status).toBe(201);
});

test("what is due at once is fired, and a timer of the past is, too", async () => {
  const { runs, schedules } = await opened();
  await schedules.put("shop.timer", { at: Date.now() + 50, flow: "shop.counted", input: "now" });
  const fires = async () => (await schedules.fires("shop.timer").page()).items;
  await expect.poll(fires, { timeout: 60_000 }).toMatchObject([{ outcome: "started" }]);
  const [fire] = await fires();
  expect(await runs.result(fire?.run ?? "")).toBe("now");
});

test("what stands in code is changed there: the door refuses to, but pauses it, and removes what has gone", async () => {
  const { schedules } = await opened();
  const inCode = { code: "schedule.defined_in_code" };
  await expect(schedules.put("shop.nightly", hourly)).rejects.toMatchObject(inCode);
  // Also where it would be the same.
  const same = { cron: "0 30 2 * * *", flow: "shop.counted" };
  await expect(schedules.put("shop.nightly", same)).rejects.toMatchObject(inCode);
  await expect(schedules.remove("shop.nightly")).rejects.toMatchObject(inCode);
  expect(await schedules.pause("shop.nightly")).toMatchObject({ state: "paused" });
  await schedules.remove("shop.nightly", { fromCode: true });
  expect(await schedules.get("shop.nightly")).toBeUndefined();
});

test("a plan is tried out: its next ticks, and itself in words; nothing is made", async () => {
  const { schedules } = await opened();
  const plan = { cron: "0 30 2 * * MON-FRI", zone: "Asia/Shanghai" };
  const told = await schedules.preview(plan, { count: 3 });
  expect(told).toMatchObject({
    en: "every weekday at 02:30, Asia/Shanghai",
    zh: "每个工作日 02:30（Asia/Shanghai）",
  });
  expect(told.ticks.map((tick) => new Date(tick).toISOString().slice(11))).toEqual(
    Array.from({ length: 3 }, () => "18:30:00.000Z"),
  );
  expect((await schedules.preview({ at: 0 })).ticks).toEqual([]);
});

const bad: readonly (readonly [string, object, string, string])[] = [
  ["hour", { cron: "0 99 * * *" }, "schedule.cron_malformed", "/cron"],
  ["day that never comes", { cron: "0 0 30 2 *" }, "schedule.never_fires", "/cron"],
  ["start of a machine", { cron: "@reboot" }, "schedule.no_start_event", "/cron"],
  ["zone", { cron: "@daily", zone: "Mars/Olympus" }, "schedule.zone_unknown", "/zone"],
  ["interval with a zone", { everyMs: 1_000, zone: "UTC" }, "schedule.plan_malformed", "/zone"],
  ["interval", { everyMs: 1e15 }, "schedule.plan_malformed", "/everyMs"],
];

test.each(bad)(
  "a bad %s is refused with its place in the body",
  async (_what, plan, code, pointer) => {
    const { shop } = await opened();
    const refused = { status: 400, body: { code, pointer } };
    const put = { ...plan, flow: "shop.counted" };
    expect(await shop.ask("PUT /v1/schedules/shop.bad", put)).toMatchObject(refused);
    expect(await shop.ask("POST /v1/schedules/preview", plan)).toMatchObject(refused);
  },
);

const worse: readonly (readonly [string, object, string, string])[] = [
  ["shards", { shards: 0 }, "schedule.definition_malformed", "/shards"],
  ["flow that is nobody's", { flow: "nobody's" }, "schedule.target_unknown", "/flow"],
  [
    "flow and call",
    { call: { url: "https://a.example", secret: "a" } },
    "schedule.definition_malformed",
    "/flow",
  ],
  [
    "address",
    { flow: undefined, call: { url: "ftp://a", secret: "a" } },
    "schedule.call_malformed",
    "/call/url",
  ],
  ["policy", { misfire: "never" }, "http.body_malformed", "/misfire"],
  ["field", { crom: "@daily" }, "http.body_malformed", "/crom"],
];

test.each(worse)(
  "a bad %s is refused with its place, and nothing is made",
  async (_what, more, code, pointer) => {
    const { shop, schedules } = await opened();
    const put = { cron: "@daily", flow: "shop.counted", ...more };
    const refused = { status: 400, body: { code, pointer } };
    expect(await shop.ask("PUT /v1/schedules/shop.bad", put)).toMatchObject(refused);
    expect(await schedules.get("shop.bad")).toBeUndefined();
  },
);

test("a cron's mistake names the field, what is wrong and what may stand there", async () => {
  const { shop } = await opened();
  const { body } = await shop.ask("POST /v1/schedules/preview", { cron: "0 99 * * *" });
  expect(body["detail"]).toMatch(/wrong in field 2 \(hour\)/);
  expect(body["advice"]).toMatch(/^There may stand/);
});

test("who may operate a flow makes schedules of it, and takes over none of another's; calls are a flow of their own", async () => {
  const { shop, schedules } = await opened();
  const scopes = ["runs.operate@shop.*", "runs.read@shop.*"];
  const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
  const hers = connect({ url: shop.url, key: String(made.body["token"]) }).schedules;
  expect(await hers.put("shop.hourly", hourly)).toMatchObject({ put: "made" });
  const call = { cron: "@daily", call: { url: "https://a.example/x", secret: "a" } };
  const denied = { code: "access.not_permitted" };
  await expect(hers.put("bills", call)).rejects.toMatchObject(denied);
  expect((await schedules.put("bills", call)).schedule).toMatchObject({ flow: "schedule.call" });
  // Its name is taken by what she may not know of.
  await expect(hers.put("bills", hourly)).rejects.toMatchObject({ code: "schedule.missing" });
  await expect(hers.remove("bills")).rejects.toMatchObject({ code: "schedule.missing" });
});
