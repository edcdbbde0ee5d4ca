/**
 * Nodes that come and go by a seed under schedules of all policies, which somebody pauses, changes to and fro
 * and runs by hand meanwhile; then an auditor looks whether every tick has one outcome.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { LongmenError } from "longmen/base";
import type { ScheduleOptions, Schedules } from "longmen/schedule";
import { type TestDatabase, isLong } from "../../../src/postgres/testing.ts";
import { openNode } from "./schedule-process.ts";
import {
  auditFires,
  rowsOf,
  type ScheduleProcess,
  scheduleShop,
  startSchedules,
  untilQuiet,
} from "./schedule-shop.ts";

const SECONDS = 14;
const seed = Number(process.env["SCHEDULE_SEED"] ?? Date.now() % 1_000_000);

/** A small generator of its own: the same seed, the same faults at the same times. */
function chances(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const policies: readonly Omit<ScheduleOptions, "to">[] = [
  { everyMs: 150, overlap: "parallel" },
  { everyMs: 200, overlap: "parallel", route: "round-robin", lateMs: 500, misfire: "skip" },
  { everyMs: 250, overlap: "skip", route: "least-loaded" },
  { everyMs: 400, overlap: "queue", queueMax: 3 },
  { cron: "* * * * * *", overlap: "parallel", lateMs: 0, misfire: "all", catchUpMax: 3 },
  { cron: "*/2 * * * * *", zone: "Asia/Shanghai", shards: 3, jitterMs: 700, overlap: "queue" },
  { everyMs: 500, shards: 5, route: "round-robin", misfire: "once", lateMs: 800 },
];

/** By the schedule's place in the list: some come to an end at once, some stay. */
const flowOf = (n: number) => ({ flow: n % 2 === 0 ? "shelve" : "linger" });

async function disturbNodes(shop: TestDatabase, chance: () => number): Promise<void> {
  const { url, schema } = shop;
  const live = new Map<string, ScheduleProcess>();
  const bear = async (node: string): Promise<void> => {
    const one = startSchedules({ url, schema, node });
    live.set(node, one);
    await one.open;
  };
  for (const name of ["left", "right"]) await bear(name);
  const until = performance.now() + SECONDS * 1_000;
  while (performance.now() < until) {
    await sleep(400 + chance() * 1_800);
    const name = chance() < 0.5 ? "left" : "right";
    const node = live.get(name);
    if (chance() < 0.6) {
      node?.signal("SIGKILL");
      await node?.ended;
      await bear(name);
    } else {
      node?.signal("SIGSTOP");
      await sleep(chance() * 5_000);
      node?.signal("SIGCONT");
    }
  }
  for (const node of live.values()) node.close();
  for (const node of live.values()) expect(await node.ended).toBe("0");
}

/** Somebody at work on them. What is refused since another was faster, is. */
async function disturbSchedules(schedules: Schedules, chance: () => number): Promise<void> {
  const until = performance.now() + SECONDS * 1_000;
  while (performance.now() < until) {
    await sleep(200 + chance() * 700);
    const n = Math.floor(chance() * policies.length);
    const name = `job-${n}`;
    try {
      const what = chance();
      if (what < 0.3) await schedules.pause(name);
      else if (what < 0.7) await schedules.resume(name);
      else if (what < 0.9) await schedules.runNow(name);
      else {
        const jitterMs = Math.floor(chance() * 300);
        const options = { ...policies[n], to: flowOf(n), asFire: true } as ScheduleOptions;
        // The plan stays, so that the auditor can follow it.
        if (options.shards === undefined) await schedules.change(name, { ...options, jitterMs });
      }
    } catch (error) {
      if (!(error instanceof LongmenError)) throw error;
    }
  }
}

test.runIf(isLong)(
  `P1 P2 P5: nodes come and go, and every tick has one outcome (seed ${seed})`,
  async () => {
    const shop = await scheduleShop();
    const { url, schema, database } = shop;
    const keeper = await openNode(database, { url, schema, node: "keeper" });
    onTestFinished(() => keeper.close());
    const { schedules } = keeper;
    for (const [n, policy] of policies.entries()) {
      const options = { ...policy, to: flowOf(n), asFire: true } as ScheduleOptions;
      await schedules.create(`job-${n}`, options);
    }
    const chance = chances(seed);
    await Promise.all([disturbNodes(shop, chance), disturbSchedules(schedules, chances(seed + 1))]);
    for (const n of policies.keys()) await schedules.resume(`job-${n}`);
    await sleep(1_500);
    for (const n of policies.keys()) await schedules.pause(`job-${n}`);
    const since = Date.now();
    for (const n of policies.keys()) await schedules.resume(`job-${n}`);
    await sleep(1_200);
    // No tick of before is left without an outcome.
    const left = `select count(*)::int4 as n from {schema}.schedule_due
    where tick < to_timestamp(${since} / 1000.0)`;
    await expect.poll(() => rowsOf(shop, left), { timeout: 60_000 }).toEqual([{ n: 0 }]);
    for (const n of policies.keys()) {
      await schedules.change(`job-${n}`, {
        at: Date.now() + 3_600_000,
        to: flowOf(n),
        asFire: true,
        shards: policies[n]?.shards,
      });
    }
    await untilQuiet(shop);
    for (const [n, policy] of policies.entries()) await restorePlan(shop, `job-${n}`, policy);
    expect((await auditFires(shop)).started).toBeGreaterThan(100);
  },
);

/** Back to the plan that its ticks were of, for the auditor; behind everybody's back. */
async function restorePlan(shop: TestDatabase, name: string, policy: Omit<ScheduleOptions, "to">) {
  const { cron, zone = "UTC", everyMs } = policy;
  const plan = cron === undefined ? { everyMs, anchorAt: 0 } : { cron, zone };
  await shop.database.transaction((tx) =>
    tx.query(`update ${shop.schema}.schedule set plan = $1 where name = $2`, [
      JSON.stringify(plan),
      name,
    ]),
  );
}
