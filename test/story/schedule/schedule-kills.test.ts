/** Nodes that are killed at every point of a fire, many at one instant, and PostgreSQL killed under them. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { migrate, openDatabase } from "longmen/postgres";
import type { Schedules } from "longmen/schedule";
import { startServerOfItsOwn, testFolder, sampleOf } from "../../../src/postgres/testing.ts";
import { killServer } from "../kill-server.ts";
import { openNode } from "./schedule-process.ts";
import {
  auditFires,
  rowsOf,
  scheduleRooms,
  scheduleShop,
  startSchedules,
  untilQuiet,
} from "./schedule-shop.ts";

const patience = { timeout: 90_000, interval: 100 };

/** However long a node that has just been through this takes to do it. */
async function pauseAll(
  schedules: Schedules,
  isMeant: (name: string) => boolean = () => true,
): Promise<void> {
  const pause = (name: string) => schedules.pause(name).then(() => "paused", String);
  for (const { name } of (await schedules.list()).schedules) {
    if (isMeant(name)) await expect.poll(() => pause(name), patience).toBe("paused");
  }
}

test.each(
  sampleOf([
    [
      "before a fire is committed, and when it is and its run has not begun",
      ["schedule.before_commit", "schedule.after_commit"],
    ],
    [
      "with a flush on the way, and with one committed that nobody was told of",
      ["lane.after_send", "lane.committed"],
    ],
  ]),
)("P1 P2 P5: nodes killed %s lose no tick and fire none twice", async (_, points) => {
  const shop = await scheduleShop();
  const { url, schema, database } = shop;
  const keeper = await openNode(database, { url, schema, node: "keeper" });
  onTestFinished(() => keeper.close());
  // Its first commits are the node's own.
  const faults = points.map((point, n) => {
    const hit = 8 + 5 * n;
    return startSchedules({ url, schema, node: `doomed-${n}`, faults: `${point}=kill@${hit}` });
  });
  for (const one of faults) await one.open;
  const { schedules } = keeper;
  const soon = Date.now() + 500;
  for (let n = 0; n < 40; n++) {
    const at = soon + 50 * n;
    await schedules.create(`timer-${n}`, { at, to: { flow: "shelve" }, asFire: true });
  }
  const often = {
    everyMs: 100,
    to: { flow: "shelve" },
    asFire: true,
    overlap: "parallel",
  } as const;
  for (const route of ["home", "round-robin", "least-loaded"] as const) {
    await schedules.create(`often-${route}`, { ...often, route });
    await schedules.create(`parts-${route}`, { ...often, everyMs: 500, route, shards: 4 });
  }
  for (const one of faults) expect(await one.ended).toBe("SIGKILL");
  await sleep(500);
  await pauseAll(schedules, (name) => !name.startsWith("timer"));
  const timers = `select count(*)::int4 as n from {schema}.schedule_fire as fire
    join {schema}.schedule as known using (schedule_id) where name like 'timer-%' and outcome = 1`;
  await expect.poll(() => rowsOf(shop, timers), patience).toEqual([{ n: 40 }]);
  await untilQuiet(shop);
  const { started } = await auditFires(shop);
  expect(started).toBeGreaterThan(60);
});

test("P2: a thousand cron jobs due at one instant on three nodes fire exactly once each", async () => {
  const shop = await scheduleShop();
  const { url, schema, database } = shop;
  const nodes = ["one", "two"].map((node) =>
    startSchedules({ url, schema, node, leaseMs: 10_000 }),
  );
  for (const node of nodes) await node.open;
  const third = await openNode(database, { url, schema, node: "three", leaseMs: 10_000 });
  onTestFinished(() => third.close());
  const { schedules } = third;
  const at = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 12_000);
  const cron = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours(), at.getUTCDate()].join(
    " ",
  );
  await Promise.all(
    Array.from({ length: 1_000 }, (_, n) =>
      schedules.create(`job-${n}`, {
        ...{ cron: `${cron} * * ${at.getUTCFullYear()}`, to: { flow: "shelve" }, asFire: true },
      }),
    ),
  );
  const fired = `select count(*)::int4 as n from {schema}.schedule_fire`;
  const count = async () => (await rowsOf(shop, fired))[0]?.["n"];
  await expect.poll(count, patience).toBe(1_000);
  await untilQuiet(shop);
  expect(await auditFires(shop)).toEqual({ started: 1_000 });
  const ticks = await rowsOf(shop, `select distinct tick from {schema}.schedule_fire`);
  expect(ticks).toHaveLength(1);
  const names = await rowsOf(
    shop,
    `select count(*)::int4 as jobs, min(fires)::int4 as least, max(fires)::int4 as most from (
      select count(*) as fires from {schema}.schedule_fire group by schedule_id) as each`,
  );
  expect(names).toEqual([{ jobs: 1_000, least: 1, most: 1 }]);
});

test("P1 P2 P5: PostgreSQL killed under fires: none is lost, none comes twice", async () => {
  const server = await startServerOfItsOwn({ dir: await testFolder() });
  const database = await openDatabase({ url: server.url, schema: "shop" });
  onTestFinished(() => database.close());
  await migrate(database, scheduleRooms);
  const shop = { database, schema: "shop" };
  const input = { url: server.url, schema: "shop", leaseMs: 30_000 };
  const node = await openNode(database, { ...input, node: "node-1" });
  onTestFinished(() => node.close());
  const { schedules } = node;
  // Few enough that a busy machine catches up with them.
  const often = {
    everyMs: 150,
    to: { flow: "shelve" },
    asFire: true,
    overlap: "parallel",
  } as const;
  for (let n = 0; n < 10; n++) await schedules.create(`often-${n}`, often);
  await sleep(600);
  for (let kill = 0; kill < 2; kill++) {
    await killServer(server, database);
    await sleep(700);
  }
  const isUpToDate = async () => {
    const { schedules: all } = await schedules.list().catch(() => ({ schedules: [] }));
    return all.length === 10 && all.every(({ nextTick = 0 }) => nextTick > Date.now() - 2_000);
  };
  await expect.poll(isUpToDate, patience).toBe(true);
  await pauseAll(schedules);
  await untilQuiet(shop);
  expect((await auditFires(shop)).started).toBeGreaterThan(100);
});
