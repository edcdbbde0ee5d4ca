/**
 * Everything at once, by a seed: flows, batches, forks, machines, tasks with limits, schedules and verbs for
 * many runs, on nodes that are killed, stopped, cut off, starved of connections and lied to about the time,
 * over a database whose clock jumps. Then an auditor who knows what was acknowledged looks at the tables.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { LongmenError } from "longmen/base";
import { openDatabase } from "longmen/postgres";
import type { ScheduleOptions } from "longmen/schedule";
import { rowsOf, type TestDatabase } from "../../../src/postgres/testing.ts";
import { followOrder } from "../flow/machine-node.ts";
import { chances } from "./chances.ts";
import { databaseClock, type DatabaseClock } from "./database-clock.ts";
import { openWhole, type Whole } from "./whole-node.ts";
import { auditWhole, openRuns, startWhole, type WholeProcess, wholeShop } from "./whole-shop.ts";

const SECONDS = Number(process.env["WHOLE_SECONDS"] ?? 8);
const seed = Number(process.env["WHOLE_SEED"] ?? Date.now() % 1_000_000);
const CALLERS = 4;
const NAMES = ["left", "right"] as const;
/** Of each of them there is to be something. */
const ASKED = ["wander", "batched", "free", "order", "rounds"];
const patience = { timeout: 60_000, interval: 200 };

const policies: readonly Omit<ScheduleOptions, "to">[] = [
  { everyMs: 300, overlap: "parallel" },
  { everyMs: 400, overlap: "skip", route: "least-loaded" },
  { everyMs: 700, overlap: "queue", queueMax: 3 },
  { cron: "*/2 * * * * *", zone: "Asia/Shanghai", shards: 3, jitterMs: 500, overlap: "queue" },
  { everyMs: 900, shards: 4, route: "round-robin", misfire: "once", lateMs: 800 },
];
const jobs = policies.map((policy, n) => ({ ...policy, name: `job-${n}` }));

interface Scene {
  readonly opened: TestDatabase;
  readonly clock: DatabaseClock;
  readonly keeper: Whole;
  readonly all: WholeProcess[];
  readonly live: Map<string, WholeProcess>;
}

async function bear({ opened, clock, all, live }: Omit<Scene, "keeper">, node: string) {
  const one = startWhole({ url: clock.url, schema: opened.schema, node });
  all.push(one);
  live.set(node, one);
  await Promise.race([one.heard("open"), one.ended]);
  const prefix = `order-${node}-${all.length}`;
  one.say({ do: "load", prefix, seed: seed + all.length, callers: CALLERS });
}

/** Every session of the nodes' ends, as with a server that is switched over. */
const cutOff = ({ opened }: Scene) =>
  rowsOf(
    opened,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where pid <> pg_backend_pid() and datname = current_database() and query like '%{schema}%'`,
  );

async function disturb(scene: Scene, chance: () => number): Promise<void> {
  const until = performance.now() + SECONDS * 1_000;
  while (performance.now() < until) {
    await sleep(400 + chance() * 1_500);
    const name = chance() < 0.5 ? NAMES[0] : NAMES[1];
    const node = scene.live.get(name);
    const what = chance();
    if (what < 0.3) {
      node?.signal("SIGKILL");
      await node?.ended;
      await bear(scene, name);
    } else if (what < 0.5) {
      node?.signal("SIGSTOP");
      await sleep(chance() * 6_000);
      node?.signal("SIGCONT");
    } else if (what < 0.62) node?.say({ do: "drain", ms: 500 + chance() * 3_000 });
    else if (what < 0.74) node?.say({ do: "jump", ms: Math.floor((chance() - 0.5) * 86_400_000) });
    else if (what < 0.86) await scene.clock.setAhead(Math.floor((chance() - 0.4) * 60_000));
    else await cutOff(scene).catch(() => undefined);
  }
}

/** Somebody who asks things of many runs, and of schedules, meanwhile. */
async function operate({ keeper }: Scene, chance: () => number): Promise<void> {
  const { flows, schedules } = keeper;
  const until = performance.now() + SECONDS * 1_000;
  for (let n = 0; performance.now() < until; n++) {
    await sleep(300 + chance() * 900);
    const what = chance();
    const job = jobs[Math.floor(chance() * jobs.length)]?.name ?? "";
    try {
      if (what < 0.2) await flows.bulk("cancel", { flow: "idle" }, { key: `cancel-${n}` });
      else if (what < 0.35) await flows.bulk("pause", { flow: "wander" }, { key: `pause-${n}` });
      else if (what < 0.6) await flows.bulk("resume", { flow: "wander" }, { key: `resume-${n}` });
      else if (what < 0.7) await schedules.pause(job);
      else if (what < 0.85) await schedules.resume(job);
      else await schedules.runNow(job);
    } catch (error) {
      if (!(error instanceof LongmenError)) throw error;
    }
  }
}

/** Until it is done: whoever asks meets nodes and sessions that are only just back. */
async function surely(work: () => Promise<unknown>): Promise<void> {
  const done = () =>
    work().then(
      () => "done",
      (error: unknown) => String(error),
    );
  await expect.poll(done, patience).toBe("done");
}

/** Whoever is left finishes what the others left, and nothing new comes. */
async function settle({ opened, keeper, all }: Scene): Promise<void> {
  const { flows, schedules, made } = keeper;
  for (const { name } of jobs) await surely(() => schedules.resume(name));
  await sleep(1_000);
  for (const { name } of jobs) await surely(() => schedules.pause(name));
  const orders = all.flatMap(({ told }) =>
    told.flatMap(({ what, key }) => (what === "order" && key !== undefined ? [key] : [])),
  );
  for (const key of orders) await surely(() => followOrder({ flows, order: made.order }, key));
  const isQuiet = async () => {
    await flows.bulk("resume", { flow: "wander" });
    await flows.bulk("cancel", { flow: "idle" });
    await sleep(300);
    return openRuns(opened);
  };
  await expect.poll(isQuiet, { ...patience, timeout: 90_000 }).toEqual([]);
  // A line goes on while its schedule does.
  const lines = async () => {
    const waiting = () => rowsOf(opened, "select * from {schema}.schedule_queue limit 1");
    if ((await waiting()).length === 0 && (await openRuns(opened)).length === 0) return [];
    for (const { name } of jobs) await schedules.resume(name);
    await sleep(500);
    for (const { name } of jobs) await schedules.pause(name);
    await sleep(1_000);
    return waiting();
  };
  await expect.poll(lines, patience).toEqual([]);
  await expect.poll(() => openRuns(opened), patience).toEqual([]);
}

test(
  `P1 P2 P5: everything at once, disturbed in every way, comes to one end each (seed ${seed})`,
  { timeout: (SECONDS * 3 + 240) * 1_000 },
  async () => {
    const opened = await wholeShop();
    const { schema } = opened;
    const clock = await databaseClock(opened);
    const database = await openDatabase({ url: clock.url, schema, poolMax: 6 });
    onTestFinished(() => database.close());
    const keeper = await openWhole(database, { url: clock.url, schema, node: "keeper" });
    onTestFinished(() => keeper.close());
    const scene: Scene = { opened, clock, keeper, all: [], live: new Map() };
    for (const [n, { name, ...policy }] of jobs.entries()) {
      const to = { flow: n % 2 === 0 ? "shelve" : "linger" };
      await keeper.schedules.create(name, { ...policy, to, asFire: true });
    }
    for (const name of NAMES) await bear(scene, name);
    await Promise.all([disturb(scene, chances(seed)), operate(scene, chances(seed + 1))]);
    // On a busy machine little has been asked for by then.
    const told = () => scene.all.flatMap((node) => node.told);
    const missing = () => ASKED.filter((one) => !told().some(({ what }) => what === one));
    await expect.poll(missing, patience).toEqual([]);
    for (const node of scene.live.values()) node.say({ do: "close" });
    for (const node of scene.live.values()) expect(await node.ended).toBe("0");
    await settle(scene);
    const counts = await auditWhole(opened, told());
    // It was about something.
    for (const name of [...ASKED, "shelve"]) {
      expect({ name, n: counts[name] ?? 0 }).not.toEqual({ name, n: 0 });
    }
  },
);
