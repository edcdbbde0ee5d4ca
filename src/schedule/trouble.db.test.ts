/** What schedules bear: targets nobody serves, clocks that jump, plans changed to and fro, bad input, old days. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { flow, openFlows } from "../flow/index.ts";
import { httpCall, openSchedules, schedule, type ScheduleOptions } from "./index.ts";
import {
  halfWay,
  rowsOf,
  scheduleDatabase,
  scheduleNode,
  schedulesOn,
  setBack,
} from "./testing/nodes.ts";
import { isLong } from "../postgres/testing.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const patience = { timeout: 20_000, interval: 50 };
const echo = flow("echo", {}, (_f, input: unknown) => input);
const other = flow("other", {}, () => 1);

describe("a target that no live node serves", () => {
  test("is refused when a schedule is made for it", async () => {
    const { database } = await scheduleDatabase();
    const schedules = await schedulesOn(database, [echo]);
    const made = (to: ScheduleOptions["to"]) => schedules.create("x", { everyMs: 1_000, to });
    const code = "schedule.target_unknown";
    await expect(made({ flow: "ecoh" })).rejects.toMatchObject({ code });
    await expect(made({ flow: "echo", version: 2 })).rejects.toMatchObject({
      code,
      details: { version: "version 2" },
    });
    const call = httpCall({ url: "https://shop.example/", secret: "billing" });
    await expect(made(call)).rejects.toMatchObject({ code });
    expect(await made({ flow: "echo", version: 1 })).toBe(true);
  });

  test("is told so of this moment: a node that has come meanwhile counts at once", async () => {
    const shop = await scheduleDatabase();
    const without = await schedulesOn(shop.database, [other]);
    const inAnHour = { at: Date.now() + HOUR, to: { flow: "echo" } };
    const code = "schedule.target_unknown";
    await expect(without.create("early", inAnHour)).rejects.toMatchObject({ code });
    const serving = await scheduleNode(shop, "node-2", [echo]);
    expect(await without.create("late", inAnHour)).toBe(true);
    await serving.create("theirs", inAnHour);
    for (const name of ["late", "theirs"]) {
      expect(await without.get(name)).not.toHaveProperty("problem");
    }
  });

  test("is no problem of a schedule any more as soon as a node has come for it", async () => {
    const shop = await scheduleDatabase();
    const first = await openFlows({ database: shop.database, node: "node-1", flows: [echo] });
    const maker = await openSchedules({ database: shop.database, flows: first });
    await maker.create("one", { at: Date.now() + HOUR, to: echo });
    await maker.close();
    await first.close();
    const without = await scheduleNode(shop, "node-2", [other]);
    const problem = async () => (await without.get("one"))?.problem;
    expect(await problem()).toContain("no node that lives serves echo");
    await scheduleNode(shop, "node-3", [echo]);
    expect(await problem()).toBeUndefined();
    const { schedules } = await without.list();
    expect(schedules).toMatchObject([{ name: "one" }]);
    expect(schedules[0]).not.toHaveProperty("problem");
  });

  test("keeps its ticks waiting, says so, and they come when somebody serves it", async () => {
    const shop = await scheduleDatabase();
    const first = await openFlows({ database: shop.database, node: "node-1", flows: [echo] });
    const maker = await openSchedules({ database: shop.database, flows: first });
    const inAnHour = Date.now() + HOUR;
    await maker.create("one", { at: inAnHour, to: echo });
    await maker.close();
    await first.close();
    const without = await scheduleNode(shop, "node-2", [other]);
    await setBack(shop, "one", HOUR);
    const at = inAnHour - HOUR;
    await sleep(1_500);
    expect((await without.fires("one")).fires).toEqual([]);
    const view = await without.get("one");
    expect(view?.problem).toContain("no node that lives serves echo");
    const serving = await scheduleNode(shop, "node-3", [echo]);
    const fires = async () => (await serving.fires("one")).fires;
    await expect.poll(fires, patience).toMatchObject([{ tick: at, outcome: "started" }]);
    expect(await serving.get("one")).not.toHaveProperty("problem");
  });
});

test("of several versions the highest is started, or the one that is named", async () => {
  const shop = await scheduleDatabase();
  const second = flow("echo", { version: 2 }, () => "second");
  const schedules = await schedulesOn(shop.database, [second, echo]);
  const at = Date.now();
  await schedules.create("any", { at, to: echo });
  await schedules.create("first", { at, to: { flow: "echo", version: 1 }, input: "first" });
  const ends = `select run.by_key, ended.result from {schema}.flow_end as ended
    join {schema}.flow_run as run using (run_id) order by run.by_key`;
  await expect
    .poll(() => rowsOf(shop, ends), patience)
    .toEqual([
      { by_key: "schedule any", result: '"second"' },
      { by_key: "schedule first", result: '"first"' },
    ]);
});

test("what is due is found by its index, however much lies ahead", async () => {
  const shop = await scheduleDatabase();
  await schedulesOn(shop.database, [echo]);
  await rowsOf(
    shop,
    `insert into {schema}.schedule_due (schedule_id, shard, due_at, tick)
    select 1000000 + n, 0, at, at from generate_series(1, 20000) as n,
      lateral (select clock_timestamp() + interval '1 hour' + n * interval '1 second') as due (at)
    returning 1`,
  );
  await rowsOf(shop, "analyze {schema}.schedule_due");
  const plan = await rowsOf(
    shop,
    `explain select schedule_id, shard, due_at, fires from {schema}.schedule_due
    where due_at >= clock_timestamp() - interval '1 minute'
      and due_at <= clock_timestamp() + interval '20 seconds' and due_at < 'infinity'
      and (due_at, schedule_id, shard) > ('1970-01-01', 0, 0)
    order by due_at, schedule_id, shard limit 5000`,
  );
  expect(JSON.stringify(plan)).toContain("Index Scan using schedule_due_next");
});

test("a machine's clock that jumps there and back moves no tick", async () => {
  const { database } = await scheduleDatabase();
  const schedules = await schedulesOn(database, [echo]);
  await schedules.create("often", { everyMs: 200, to: echo, overlap: "parallel" });
  const realNow = Date.now;
  onTestFinished(() => void vi.restoreAllMocks());
  for (const jumpMs of [DAY, -DAY, 3_600_000, 0]) {
    vi.spyOn(Date, "now").mockImplementation(() => realNow() + jumpMs);
    await sleep(700);
  }
  const found = async () => (await schedules.fires("often", { limit: 1_000 })).fires;
  await expect.poll(async () => (await found()).length, patience).toBeGreaterThan(8);
  const fires = await found();
  fires.slice(1).forEach(({ tick }, at) => expect((fires[at]?.tick ?? 0) - tick).toBe(200));
  for (const { tick, at } of fires) expect(at).toBeGreaterThanOrEqual(tick);
});

test("a tick that has an outcome is passed over when a plan comes back to it", async () => {
  const shop = await scheduleDatabase();
  const schedules = await schedulesOn(shop.database, [echo]);
  await schedules.create("often", { everyMs: 1_000, to: echo, overlap: "parallel" });
  const count = async () => (await schedules.fires("often")).fires.length;
  await expect.poll(count, patience).toBeGreaterThan(1);
  await setBack(shop, "often", 1_000);
  const before = await count();
  await expect.poll(count, patience).toBeGreaterThan(before + 1);
  const rows = await rowsOf(
    shop,
    `select count(*)::int4 as fires, count(distinct tick)::int4 as ticks,
      (select count(*)::int4 from {schema}.flow_run) as runs from {schema}.schedule_fire`,
  );
  const [{ fires, ticks, runs } = {}] = rows;
  expect(ticks).toBe(fires);
  expect(runs).toBe(fires);
});

test("lines that wait, or are paused, hold up nobody behind them", async () => {
  const shop = await scheduleDatabase();
  const go = Promise.withResolvers<void>();
  const long = flow("long", {}, async (f) => void (await f.event("never")));
  const short = flow("short", {}, (f) => f.step("wait", () => go.promise));
  const schedules = await schedulesOn(shop.database, [long, short]);
  const hourly = { everyMs: HOUR, anchorAt: halfWay(HOUR), overlap: "queue" } as const;
  const twice = async (name: string, options: ScheduleOptions) => {
    await schedules.create(name, options);
    await schedules.runNow(name);
    await schedules.runNow(name);
  };
  // More lines than are looked at together; a schedule that was made later stands behind them.
  await twice("many", { ...hourly, to: long, shards: 550 });
  await twice("paused", { ...hourly, to: short });
  await schedules.pause("paused");
  await twice("last", { ...hourly, to: short });
  const outcomes = async (name: string) =>
    (await schedules.fires(name)).fires.map(({ outcome }) => outcome);
  expect(await outcomes("last")).toEqual(["queued", "started"]);
  go.resolve();
  await expect.poll(() => outcomes("last"), patience).toEqual(["started", "started"]);
  expect(await outcomes("paused")).toEqual(["queued", "started"]);
  await schedules.resume("paused");
  await expect.poll(() => outcomes("paused"), patience).toEqual(["started", "started"]);
}, 90_000);

test.runIf(isLong)("two nodes that are sure of their turn fire a tick once", async () => {
  const shop = await scheduleDatabase();
  const first = await schedulesOn(shop.database, [echo]);
  const second = await scheduleNode(shop, "node-2", [echo]);
  // Made here, due at once: each makes some, and knows of the other's by its looks.
  const at = Date.now() + 9_500;
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => first.create(`n${n}`, { at, to: echo, input: n })),
  );
  const fires = `select count(*)::int4 as n, count(distinct schedule_id)::int4 as ids
    from {schema}.schedule_fire`;
  await expect.poll(() => rowsOf(shop, fires), patience).toEqual([{ n: 200, ids: 200 }]);
  const runs = `select count(*)::int4 as runs, count(distinct input)::int4 as inputs
    from {schema}.flow_run`;
  await expect.poll(() => rowsOf(shop, runs), patience).toEqual([{ runs: 200, inputs: 200 }]);
  expect(first.startedCount + second.startedCount).toBe(200);
});

describe("what is old", () => {
  // There is a table for each day: none of these goes on over midnight.
  beforeEach(async () => {
    const leftMs = DAY - (Date.now() % DAY);
    if (leftMs < 30_000) await sleep(leftMs + 1_000);
  });

  const daily = { everyMs: DAY, anchorAt: halfWay(DAY) };

  test("goes day by day; ticks of long ago are accounted for all the same", async () => {
    const shop = await scheduleDatabase();
    const schedules = await schedulesOn(shop.database, [echo], { keepDays: 5 });
    await schedules.create("daily", { ...daily, to: echo, misfire: "all", catchUpMax: 2 });
    await schedules.pause("daily");
    await setBack(shop, "daily", 40 * DAY);
    await schedules.resume("daily");
    const { fires } = await schedules.fires("daily");
    expect(fires).toMatchObject([{ outcome: "paused", ticks: 40 }]);
    const days = `select count(*)::int4 as n from pg_inherits
      where inhparent = '{schema}.schedule_fire'::regclass`;
    expect(await rowsOf(shop, days)).toEqual([{ n: 5 }]);
    // The next that starts tidies up.
    const second = await scheduleNode(shop, "node-2", [echo], { keepDays: 5 });
    expect(await rowsOf(shop, days)).toEqual([{ n: 4 }]);
    expect((await second.fires("daily")).fires).toEqual([]);
  });

  test("for ever stays", async () => {
    const shop = await scheduleDatabase();
    const schedules = await schedulesOn(shop.database, [echo], { keepDays: 0 });
    await schedules.create("daily", { ...daily, to: echo, misfire: "all", catchUpMax: 2 });
    await schedules.pause("daily");
    await setBack(shop, "daily", 200 * DAY);
    await schedules.resume("daily");
    await scheduleNode(shop, "node-2", [echo], { keepDays: 0 });
    const { fires } = await schedules.fires("daily");
    expect(fires).toMatchObject([{ outcome: "paused", ticks: 200 }]);
  });

  test("and over is cleared away", async () => {
    const shop = await scheduleDatabase();
    const schedules = await schedulesOn(shop.database, [echo], { keepDays: 1 });
    await schedules.create("one", { at: Date.now(), to: echo });
    const state = async () => (await schedules.get("one"))?.state;
    await expect.poll(state, patience).toBe("over");
    await rowsOf(
      shop,
      "update {schema}.schedule_due set due_at = due_at - interval '25 hours' returning 1",
    );
    await scheduleNode(shop, "node-2", [echo]);
    await expect.poll(state, patience).toBeUndefined();
    expect(await rowsOf(shop, "select * from {schema}.schedule_due")).toEqual([]);
  });
});

describe("bad input is refused by its field:", () => {
  const good = { everyMs: 1_000, to: echo };
  const malformed = "schedule.definition_malformed";
  test.each([
    [{ ...good, misfire: "never" }, malformed, "misfire"],
    [{ ...good, shards: 0 }, malformed, "shards"],
    [{ ...good, shards: 1_001 }, malformed, "shards"],
    [{ ...good, jitterMs: -1 }, malformed, "jitterMs"],
    [{ ...good, lateMs: Number.NaN }, malformed, "lateMs"],
    [{ ...good, everyMinutes: 5 }, malformed, "everyMinutes"],
    [{ everyMs: 1_000 }, malformed, "to"],
    [{ ...good, to: { flow: "" } }, malformed, "to"],
    [{ ...good, to: { flow: "x", version: 1.5 } }, malformed, "to.version"],
    [{ ...good, version: 0 }, malformed, "version"],
    [{ to: echo, cron: "61 * * * *" }, "schedule.cron_malformed", 1],
    [{ to: echo, cron: "0 0 30 2 *" }, "schedule.never_fires", undefined],
    [{ to: echo, cron: "0 0 * * *", zone: "Berlin" }, "schedule.zone_unknown", undefined],
    [{ to: echo }, "schedule.plan_malformed", "the kind"],
    [{ to: echo, at: new Date("never") }, "schedule.plan_malformed", "at"],
  ])("%j", (options, code, field) => {
    const told = expect.objectContaining({ code }) as Error;
    expect(() => schedule("x", options as unknown as ScheduleOptions)).toThrow(told);
    try {
      schedule("x", options as unknown as ScheduleOptions);
    } catch (error) {
      if (field !== undefined) expect(error).toMatchObject({ details: { field } });
    }
  });

  test.each(["", " x", "a/b", "a\nb", "x".repeat(201), "\ud800", 7])("the name %j", (name) => {
    expect(() => schedule(name as string, good)).toThrow(
      expect.objectContaining({ code: "schedule.name_malformed" }),
    );
  });

  test("an input that can't be kept, a page that is none", async () => {
    expect(() => schedule("x", { ...good, input: () => 1 })).toThrow(
      expect.objectContaining({ code: "flow.payload_unfit" }),
    );
    const { database } = await scheduleDatabase();
    const schedules = await schedulesOn(database, [echo], { schedules: [schedule("x", good)] });
    const code = "schedule.page_malformed";
    await expect(schedules.fires("x", { before: "?" })).rejects.toMatchObject({ code });
    await expect(schedules.list({ limit: 0 })).rejects.toMatchObject({ code });
    await expect(schedules.next("x", 1_001)).rejects.toMatchObject({ code });
    await expect(schedules.fires("y")).rejects.toMatchObject({ code: "schedule.missing" });
    const by = "x".repeat(201);
    const paused = schedules.pause("x", { by });
    await expect(paused).rejects.toMatchObject({ code: malformed, details: { field: "by" } });
    await schedules.close();
    const closed = schedules.create("z", good);
    await expect(closed).rejects.toMatchObject({ code: "schedule.closed" });
  });
});
