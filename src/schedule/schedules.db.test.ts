/** What schedules promise while nothing breaks. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { flow } from "../flow/index.ts";
import { type FireView, schedule, type Schedules } from "./index.ts";
import {
  halfWay,
  rowsOf,
  scheduleDatabase,
  scheduleNode,
  schedulesOn,
  setBack,
} from "./testing/nodes.ts";

const HOUR = 3_600_000;
const patience = { interval: 30 };

const echo = flow("echo", {}, (f, input: unknown) => f.step("echo", () => input));
/** Ends when it is told. */
const gated = flow("gated", {}, (f) => f.event("go", { match: "all" }));
const picky = flow(
  "picky",
  {
    input: (value) => {
      if (typeof value !== "number") throw new Error("no number");
      return value;
    },
  },
  (_f, value: number) => value,
);

async function outcomes(schedules: Schedules, name: string): Promise<readonly FireView[]> {
  return (await schedules.fires(name, { limit: 1_000 })).fires;
}

async function untilFires(schedules: Schedules, name: string, count: number) {
  const found = async () => (await outcomes(schedules, name)).length;
  await expect.poll(found, patience).toBeGreaterThanOrEqual(count);
  return outcomes(schedules, name);
}

async function opened() {
  const { database, ...rest } = await scheduleDatabase();
  const schedules = await schedulesOn(database, [echo, gated, picky]);
  return { database, schedules, ...rest };
}

describe("a schedule", () => {
  test("fires once at its instant, with an outcome, a run and what it was given", async () => {
    const shop = await opened();
    const { schedules } = shop;
    const at = Date.now() + 300;
    expect(await schedules.create("one", { at, to: echo, input: { a: 1n } })).toBe(true);
    const fires = await untilFires(schedules, "one", 1);
    const one = { tick: at, shard: 0, byHand: false, outcome: "started", ticks: 1 };
    expect(fires).toMatchObject([one]);
    expect(fires[0]?.at).toBeGreaterThanOrEqual(at);
    expect(await schedules.get("one")).toMatchObject({
      state: "over",
      target: { flow: "echo" },
      lastRun: fires[0]?.run,
    });
    const ends = () => rowsOf(shop, "select outcome, result from {schema}.flow_end");
    const ended = [{ outcome: 1, result: '{"a":{"$":"bigint","v":"1"}}' }];
    await expect.poll(ends, patience).toEqual(ended);
  });

  test("fires every interval, tick after tick, none twice and none left out", async () => {
    const { schedules } = await opened();
    await schedules.create("often", { everyMs: 200, to: { flow: "echo" }, overlap: "parallel" });
    const fires = await untilFires(schedules, "often", 8);
    const ticks = fires.map(({ tick }) => tick);
    ticks.slice(1).forEach((tick, at) => expect((ticks[at] ?? 0) - tick).toBe(200));
    expect(fires.every(({ outcome }) => outcome === "started")).toBe(true);
  });

  test("says its next ticks, in the zone it was given", async () => {
    const { schedules } = await opened();
    const cron = { cron: "30 2 * * *", zone: "Asia/Shanghai", to: echo };
    await schedules.create("nightly", cron);
    const ticks = await schedules.next("nightly", 3);
    const hours = ticks.map((tick) => new Date(tick).toISOString().slice(11, 16));
    expect(hours).toEqual(["18:30", "18:30", "18:30"]);
    const view = await schedules.get("nightly");
    expect(view).toMatchObject({ state: "active", nextTick: ticks[0], dueAt: ticks[0] });
  });

  test("gives a sharded target which of how many it is, once each", async () => {
    const shop = await opened();
    const at = Date.now() + 200;
    await shop.schedules.create("parts", { at, to: echo, input: "x", shards: 16 });
    await untilFires(shop.schedules, "parts", 16);
    const inputs = await rowsOf(shop, "select input from {schema}.flow_run");
    const told = inputs.map(({ input }) => JSON.parse(String(input)) as { shard: number });
    expect(told.map(({ shard }) => shard).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, shard) => shard),
    );
    expect(told[0]).toMatchObject({ schedule: "parts", tick: at, shards: 16, input: "x" });
  });

  test("of a target that refuses the input has failed ticks that say why, and goes on", async () => {
    const { schedules } = await opened();
    await schedules.create("wrong", { everyMs: 300, to: picky, input: "text" });
    const fires = await untilFires(schedules, "wrong", 2);
    expect(fires[0]).toMatchObject({ outcome: "failed" });
    expect(fires[0]?.reason).toContain("flow.input_refused");
    expect(fires[0]).not.toHaveProperty("run");
  });

  test("pages what came of its ticks, newest first, without gaps", async () => {
    const { schedules } = await opened();
    await schedules.create("often", { everyMs: 100, to: echo, overlap: "parallel" });
    await untilFires(schedules, "often", 9);
    await schedules.pause("often");
    const all = (await outcomes(schedules, "often")).map(({ tick }) => tick);
    const paged: number[] = [];
    let before: string | undefined;
    do {
      const page = await schedules.fires("often", { limit: 4, before });
      paged.push(...page.fires.map(({ tick }) => tick));
      before = page.next;
    } while (before !== undefined);
    expect(paged).toEqual(all);
  });
});

describe("runs that overlap", () => {
  const everySome = { everyMs: 250, to: gated } as const;

  test("are skipped, and each skipped tick says so", async () => {
    const { schedules } = await opened();
    await schedules.create("slow", everySome);
    const fires = await untilFires(schedules, "slow", 4);
    expect(fires.at(-1)).toMatchObject({ outcome: "started" });
    const skipped = { outcome: "skipped", reason: "the run before has not ended" };
    expect(fires.slice(0, -1).every((fire) => fire.outcome === "skipped")).toBe(true);
    expect(fires[0]).toMatchObject(skipped);
  });

  test("run beside each other", async () => {
    const { schedules } = await opened();
    await schedules.create("both", { ...everySome, overlap: "parallel" });
    const fires = await untilFires(schedules, "both", 3);
    expect(fires.map(({ outcome }) => outcome)).not.toContain("skipped");
  });

  test("stand in line, start when the one before ends, and beyond the line are skipped", async () => {
    const shop = await opened();
    const { schedules, database } = shop;
    await schedules.create("line", { ...everySome, overlap: "queue", queueMax: 2 });
    await untilFires(schedules, "line", 5);
    await schedules.pause("line");
    const before = await outcomes(schedules, "line");
    const words = before.toReversed().map(({ outcome }) => outcome);
    expect(words.slice(0, 3)).toEqual(["started", "queued", "queued"]);
    expect(new Set(words.slice(3))).toEqual(new Set(["skipped"]));
    await schedules.change("line", { at: Date.now() + 500 * HOUR, to: gated, overlap: "queue" });
    await schedules.resume("line");
    const flows = await rowsOf(shop, "select run_id from {schema}.flow_live");
    expect(flows).toHaveLength(1);
    const open = async () => {
      const fires = await outcomes(schedules, "line");
      return fires.filter(({ outcome }) => outcome === "queued").length;
    };
    await schedulesOnEvents(database, open);
    const after = await outcomes(schedules, "line");
    expect(after.filter(({ outcome }) => outcome === "started")).toHaveLength(3);
  });

  /** Tells all that wait to go on, until nothing waits in line. */
  async function schedulesOnEvents(
    database: Parameters<typeof schedulesOn>[0],
    open: () => Promise<number>,
  ) {
    const { openFlows } = await import("../flow/index.ts");
    const teller = await openFlows({ database, node: "teller", flows: [] });
    for (let round = 0; round < 200 && (await open()) > 0; round++) {
      await teller.publish("go", undefined, { match: "all" });
      await sleep(100);
    }
    await teller.close();
    expect(await open()).toBe(0);
  }
});

describe("ticks that nobody was there for", () => {
  const hourly = {
    everyMs: HOUR,
    anchorAt: halfWay(HOUR),
    to: echo,
    overlap: "parallel",
    lateMs: 0,
  } as const;

  test.each([
    ["skip", []],
    ["once", ["started"]],
    ["all", ["started", "started", "started"]],
  ] as const)("misfire %s: each has an outcome", async (misfire, started) => {
    const { schedules, ...shop } = await opened();
    await schedules.create("hourly", { ...hourly, misfire, catchUpMax: 3 });
    const [next = 0] = await schedules.next("hourly", 1);
    await setBack(shop, "hourly", 10 * HOUR);
    const second = await scheduleNode(shop, "node-2", [echo]);
    const isThere = async () => (await second.get("hourly"))?.nextTick;
    await expect.poll(isThere, patience).toBe(next);
    const fires = (await outcomes(second, "hourly")).toReversed();
    expect(fires.map(({ outcome }) => outcome).slice(1)).toEqual(started);
    const missed = misfire === "all" ? "skipped" : "misfired";
    const first = { outcome: missed, tick: next - 10 * HOUR, ticks: 10 - started.length };
    expect(fires[0]).toMatchObject(first);
    const covered = fires.reduce((sum, { ticks }) => sum + ticks, 0);
    expect(covered).toBe(10);
  });

  test("by the million are accounted for in few rows", async () => {
    const { schedules, ...shop } = await opened();
    await schedules.create("second", { everyMs: 1_000, to: echo, misfire: "skip" });
    await schedules.pause("second");
    await setBack(shop, "second", 300_000 * 1_000);
    await schedules.resume("second");
    const fires = await outcomes(schedules, "second");
    const paused = fires.filter(({ outcome }) => outcome === "paused");
    expect(paused.length).toBeLessThan(60);
    const covered = paused.reduce((sum, { ticks }) => sum + ticks, 0);
    expect(covered).toBeGreaterThanOrEqual(300_000);
    const [first, ...others] = fires.toReversed();
    let last = first?.through ?? 0;
    for (const { tick, through } of others) {
      expect(tick - last).toBe(1_000);
      last = through ?? tick;
    }
  });
});

describe("an operator", () => {
  test("pauses: nothing fires; resumes: what came due has the outcome paused", async () => {
    const { schedules } = await opened();
    await schedules.create("often", { everyMs: 200, to: echo, overlap: "parallel" });
    await untilFires(schedules, "often", 2);
    await schedules.pause("often", { by: "ann" });
    const before = (await outcomes(schedules, "often")).length;
    await sleep(900);
    expect(await outcomes(schedules, "often")).toHaveLength(before);
    expect(await schedules.get("often")).toMatchObject({ state: "paused", by: "ann" });
    await schedules.resume("often");
    const fires = await untilFires(schedules, "often", before + 3);
    const paused = fires.filter(({ outcome }) => outcome === "paused");
    expect(paused.reduce((sum, { ticks }) => sum + ticks, 0)).toBeGreaterThanOrEqual(3);
    const ticks = fires.toReversed();
    ticks.slice(1).forEach(({ tick }, at) => {
      const one = ticks[at];
      expect(tick - (one?.through ?? one?.tick ?? 0)).toBe(200);
    });
  });

  test("runs it now, paused or not, beside its ticks", async () => {
    const { schedules } = await opened();
    const later = Date.now() + HOUR;
    await schedules.create("later", { at: later, to: echo, input: 1 });
    await schedules.pause("later");
    const [now] = await schedules.runNow("later", { input: 2 });
    expect(now).toMatchObject({ outcome: "started", byHand: true });
    expect(await outcomes(schedules, "later")).toMatchObject([{ byHand: true, run: now?.run }]);
    expect(await schedules.get("later")).toMatchObject({ state: "paused", nextTick: later });
  });

  test("is refused a run that would overlap, by the run's id", async () => {
    const { schedules } = await opened();
    await schedules.create("later", { at: Date.now() + HOUR, to: gated });
    const [now] = await schedules.runNow("later");
    const refused = { code: "schedule.still_running", details: { run: now?.run } };
    await expect(schedules.runNow("later")).rejects.toMatchObject(refused);
  });

  test("changes it, and removes it", async () => {
    const { schedules } = await opened();
    const at = Date.now() + HOUR;
    await schedules.create("one", { at, to: echo });
    expect(await schedules.create("one", { at, to: echo })).toBe(false);
    const other = schedules.create("one", { at: at + 1, to: echo });
    await expect(other).rejects.toMatchObject({ code: "schedule.name_taken" });
    await schedules.change("one", { at: at + 1, to: echo, shards: 3, jitterMs: 500 });
    expect(await schedules.get("one")).toMatchObject({ nextTick: at + 1, shards: 3 });
    await schedules.change("one", { at: at + 1, to: echo, jitterMs: 500 });
    expect(await schedules.runNow("one")).toHaveLength(1);
    await schedules.remove("one");
    expect(await schedules.get("one")).toBeUndefined();
    await expect(schedules.remove("one")).rejects.toMatchObject({ code: "schedule.missing" });
  });

  test("lists them by name, page by page", async () => {
    const { schedules } = await opened();
    const at = Date.now() + HOUR;
    for (const name of ["c", "a", "b"]) await schedules.create(name, { at, to: echo });
    await schedules.pause("b");
    const first = await schedules.list({ limit: 2 });
    expect(first.schedules.map(({ name }) => name)).toEqual(["a", "b"]);
    const second = await schedules.list({ limit: 2, after: first.next });
    expect(second.schedules.map(({ name }) => name)).toEqual(["c"]);
    expect(second.next).toBeUndefined();
    const paused = await schedules.list({ state: "paused" });
    expect(paused.schedules.map(({ name }) => name)).toEqual(["b"]);
  });
});

describe("a definition in code", () => {
  const cron = (hour: number, version?: number) =>
    schedule("nightly", { cron: `0 ${hour} * * *`, to: echo, version });

  test("is made, changed by a later one, and not taken back by an earlier", async () => {
    const shop = await scheduleDatabase();
    await schedulesOn(shop.database, [echo], { schedules: [cron(1)] });
    const second = await scheduleNode(shop, "node-2", [echo], { schedules: [cron(2, 2)] });
    expect(await second.get("nightly")).toMatchObject({ source: "code", version: 2 });
    const third = await scheduleNode(shop, "node-3", [echo], { schedules: [cron(1)] });
    const view = await third.get("nightly");
    expect(view).toMatchObject({ plan: { cron: "0 2 * * *" }, version: 2 });
  });

  test("is not changed by hand, but paused, which stays over a start", async () => {
    const shop = await scheduleDatabase();
    const schedules = await schedulesOn(shop.database, [echo], { schedules: [cron(1)] });
    const changed = schedules.change("nightly", { at: Date.now(), to: echo });
    await expect(changed).rejects.toMatchObject({ code: "schedule.defined_in_code" });
    await schedules.pause("nightly");
    const second = await scheduleNode(shop, "node-2", [echo], { schedules: [cron(3)] });
    expect(await second.get("nightly")).toMatchObject({
      state: "paused",
      plan: { cron: "0 3 * * *" },
    });
    expect(await second.get("nightly")).not.toHaveProperty("dueAt");
  });
});
