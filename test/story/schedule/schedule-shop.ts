/** Starts nodes that fire in processes of their own, and audits what their ticks came to. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { flowMigrations } from "longmen/flow";
import { postgresMigrations } from "longmen/postgres";
import { nextTick, type PlanRequest, readPlan, scheduleMigrations } from "longmen/schedule";
import { shelfMigrations, testDatabase, type TestDatabase } from "../../../src/postgres/testing.ts";
import type { ScheduleProcessInput } from "./schedule-process.ts";

export interface ScheduleProcess {
  /** Resolves when it fires, or has ended. */
  readonly open: Promise<unknown>;
  readonly ended: Promise<string>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  close(): void;
}

/** Killed with the test, at the latest. */
export function startSchedules(input: ScheduleProcessInput): ScheduleProcess {
  const script = fileURLToPath(new URL("schedule-process.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=longmen-source", script, JSON.stringify(input)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  child.stdin.on("error", () => undefined);
  const ended = once(child, "exit").then(() => child.signalCode ?? String(child.exitCode));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    open: Promise.race([once(child.stdout, "data"), ended]),
    ended,
    signal: (name) => void child.kill(name),
    close: () => void child.stdin.end(),
  };
}

export const scheduleRooms = [
  postgresMigrations,
  flowMigrations,
  scheduleMigrations,
  shelfMigrations,
];

export function scheduleShop(): Promise<TestDatabase> {
  return testDatabase({ migrations: scheduleRooms, poolMax: 8 });
}

type Rows = Record<string, unknown>[];
type Shop = Pick<TestDatabase, "database" | "schema">;

export async function rowsOf({ schema, database }: Shop, text: string): Promise<Rows> {
  const { rows } = await database.transaction((tx) =>
    tx.query(text.replaceAll("{schema}", schema)),
  );
  return rows;
}

interface Fired {
  readonly name: string;
  readonly plan: string;
  readonly shard: number;
  readonly tick: string;
  readonly through: string | null;
  readonly ticks: number;
}

/** Every tick of every schedule has one outcome, in a row without a gap. */
export async function auditTicks(shop: Shop): Promise<void> {
  const fires = await rowsOf(
    shop,
    `select known.name, known.plan, fire.shard, fire.ticks,
      (extract(epoch from fire.tick) * 1000)::int8::text as tick,
      (extract(epoch from fire.through) * 1000)::int8::text as through
    from {schema}.schedule_fire as fire join {schema}.schedule as known using (schedule_id)
    where not by_hand order by known.name, fire.shard, fire.tick`,
  );
  const broken: string[] = [];
  let before: Fired | undefined;
  for (const one of fires as unknown as readonly Fired[]) {
    if (before?.name === one.name && before.shard === one.shard) {
      const plan = readPlan(JSON.parse(one.plan) as PlanRequest);
      const wanted = nextTick(plan, Number(before.through ?? before.tick));
      if (wanted !== Number(one.tick))
        broken.push(`${one.name}/${one.shard}: ${wanted}, ${one.tick}`);
    }
    before = one;
  }
  expect(broken).toEqual([]);
}

/**
 * Every tick of every schedule has one outcome, in a row without a gap; every start has one run, which ended
 * well once, and did what it does once.
 */
export async function auditFires(shop: Shop): Promise<{ readonly started: number }> {
  await auditTicks(shop);
  const failed = `select run.by_key, run.request, run.created_at, ended.result
    from {schema}.flow_end as ended join {schema}.flow_run as run using (run_id)
    where ended.outcome <> 1 order by run.created_at`;
  expect(await rowsOf(shop, failed)).toEqual([]);
  const counted = await rowsOf(
    shop,
    `select (select count(*)::int4 from {schema}.schedule_fire where outcome = 1) as started,
      (select count(distinct run_id)::int4 from {schema}.schedule_fire where outcome = 1) as runs,
      (select count(*)::int4 from {schema}.flow_end where outcome = 1) as ended,
      (select count(*)::int4 from {schema}.flow_run) as begun,
      (select count(*)::int4 from {schema}.test_shelf) as shelves,
      (select count(*)::int4 from {schema}.schedule_fire where outcome = 2) as waiting`,
  );
  const [row] = counted;
  const started = Number(row?.["started"]);
  const all = { started, runs: started, ended: started, begun: started, shelves: started };
  expect(row).toEqual({ ...all, waiting: 0 });
  return { started };
}

/** Nothing runs and nothing waits in line. */
export async function untilQuiet(shop: Shop): Promise<void> {
  const open = `select (select count(*)::int4 from {schema}.flow_live) as live,
    (select count(*)::int4 from {schema}.schedule_queue) as queued`;
  const patience = { timeout: 90_000, interval: 100 };
  await expect.poll(() => rowsOf(shop, open), patience).toEqual([{ live: 0, queued: 0 }]);
}
