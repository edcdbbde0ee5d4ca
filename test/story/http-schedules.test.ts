/** Schedules over HTTP and in the client: looked at, run now, paused, resumed, by who may. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { flow } from "../../src/flow/index.ts";
import { schedule } from "../../src/schedule/index.ts";
import { httpShop } from "./http-shop.ts";

const counted = flow("shop.counted", {}, (_f, input: unknown) => Promise.resolve(input));
const nightly = schedule("shop.nightly", {
  cron: "0 30 2 * * *",
  zone: "Asia/Shanghai",
  to: counted,
  input: { shelves: 12n },
});

async function opened() {
  const shop = await httpShop({ flows: [counted], schedules: [nightly] });
  return { shop, ...connect({ url: shop.url, key: shop.adminKey }) };
}

test("a schedule is found with its plan and ticks, run now, and every run has an outcome", async () => {
  const { runs, schedules } = await opened();
  expect((await schedules.list().page()).items).toMatchObject([{ name: "shop.nightly" }]);
  expect(await schedules.get("shop.nightly")).toMatchObject({
    ...{ flow: "shop.counted", state: "active", source: "code", input: { shelves: 12n } },
    plan: { cron: "30 2 * * *", zone: "Asia/Shanghai" },
    nextTick: expect.any(Number) as number,
  });
  const [first, second, ...more] = await schedules.next("shop.nightly", { count: 3 });
  expect((second ?? 0) - (first ?? 0)).toBe(86_400_000);
  expect(more).toHaveLength(1);
  const [fire] = await schedules.runNow("shop.nightly");
  expect(fire).toMatchObject({ byHand: true, outcome: "started", ticks: 1 });
  expect(await runs.result(fire?.run ?? "")).toEqual({ shelves: 12n });
  const [other] = await schedules.runNow("shop.nightly", { input: "other" });
  expect(await runs.result(other?.run ?? "")).toBe("other");
  const found = [];
  for await (const { run, outcome } of schedules.fires("shop.nightly", { limit: 1 })) {
    found.push([run, outcome]);
  }
  expect(found).toEqual([
    [other?.run, "started"],
    [fire?.run, "started"],
  ]);
  expect(await schedules.get("nobody")).toBeUndefined();
  await expect(schedules.runNow("nobody")).rejects.toMatchObject({ code: "schedule.missing" });
});

test("it is paused and resumed; who may nothing of its flow learns of no schedule", async () => {
  const { shop, schedules } = await opened();
  expect(await schedules.pause("shop.nightly")).toMatchObject({ state: "paused" });
  expect((await schedules.list({ state: "active" }).page()).items).toEqual([]);
  expect(await schedules.resume("shop.nightly")).toMatchObject({ state: "active" });
  const scopes = ["runs.read@parcel.*", "runs.operate@parcel.*"];
  const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
  const others = connect({ url: shop.url, key: String(made.body["token"]) }).schedules;
  expect((await others.list().page()).items).toEqual([]);
  expect(await others.get("shop.nightly")).toBeUndefined();
  await expect(others.pause("shop.nightly")).rejects.toMatchObject({ code: "schedule.missing" });
  const readers = ["runs.read@shop.*"];
  const reads = await shop.ask("POST /v1/keys", { ...ann, scopes: readers });
  const reader = connect({ url: shop.url, key: String(reads.body["token"]) }).schedules;
  expect(await reader.get("shop.nightly")).toMatchObject({ state: "active" });
  await expect(reader.pause("shop.nightly")).rejects.toMatchObject({
    code: "access.not_permitted",
  });
});

const ann = { owner: "ann", ownerKind: "person" } as const;

test("a server without schedules says so, and a page that is none is refused", async () => {
  const none = await httpShop({ flows: [counted] });
  expect(await none.ask("GET /v1/schedules")).toMatchObject({
    status: 404,
    body: { code: "http.no_schedules" },
  });
  const { shop } = await opened();
  expect(await shop.ask("GET /v1/schedules?limit=5000")).toMatchObject({
    status: 400,
    body: { code: "schedule.page_malformed" },
  });
});
