/** Our side: timers made through the door, two nodes of which one is killed half-way, all counted in SQL. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { flowMigrations, openFlows } from "../../src/flow/index.ts";
import {
  type Database,
  migrate,
  openDatabase,
  postgresMigrations,
} from "../../src/postgres/index.ts";
import { openSchedules, scheduleMigrations, type Schedules } from "../../src/schedule/index.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { checkpoint, onServer } from "../servers.ts";
import type { TimerNodeTask } from "./node-process.ts";

export const SCHEMA = "bench_longmen_schedule";
const NODE = fileURLToPath(new URL("node-process.ts", import.meta.url));
const MAKE_AT_ONCE = 2_000;
/** What may pass before the first is due, for each of those that are made before it. */
const MAKE_MS_EACH = 0.25;
const LEAD_MS = 4_000;
const TAKE_OVER_MS = 15_000;
const PATIENCE_MS = 60_000;

/** A second divided by what 99 of 100 timers were late at most: 1 is one second. */
export const LATENESS = "1s-over-p99-lateness";
export const LATENESS_OF_ALL = "1s-over-p99-lateness-with-take-over";

export interface TimersOptions {
  readonly url: string;
  readonly timers: number;
  /** They are due within so long. */
  readonly withinMs: number;
}

export function ourTimers(options: TimersOptions): Contender {
  return { name: "longmen", round: () => freshRound(options) };
}

function freshRound(options: TimersOptions): Promise<Round> {
  return onFreshSchema(options.url, (database) => firing(database, options));
}

/** On tables of its own, which go with it. */
export async function onFreshSchema(
  url: string,
  work: (database: Database) => Promise<Round>,
): Promise<Round> {
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  const database = await openDatabase({ url, schema: SCHEMA });
  try {
    await migrate(database, [postgresMigrations, flowMigrations, scheduleMigrations]);
    return await work(database);
  } finally {
    await database.close();
    await drop();
  }
}

async function firing(database: Database, options: TimersOptions): Promise<Round> {
  const { url, timers, withinMs } = options;
  const nodes = ["left", "right"].map((node) => startNode({ url, schema: SCHEMA, node }));
  // It makes timers, and serves none.
  const flows = await openFlows({ database, node: "maker", flows: [] });
  try {
    await Promise.all(nodes.map(async (node) => void (await once(node, "message"))));
    const schedules = await openSchedules({ database, flows });
    await checkpoint(url);
    const firstAt = Date.now() + LEAD_MS + timers * MAKE_MS_EACH;
    await makeTimers(schedules, options, firstAt);
    if (Date.now() > firstAt) throw new Void("the timers were not made before the first was due");
    const killAt = firstAt + withinMs / 2;
    await sleep(killAt - Date.now());
    nodes[0]?.kill("SIGKILL");
    await drained(database, timers);
    const round = await count(database, timers, { firstAt, killAt });
    await schedules.close();
    return round;
  } finally {
    await flows.close();
    for (const node of nodes) node.kill("SIGKILL");
  }
}

export function startNode(task: TimerNodeTask): ChildProcess {
  return fork(NODE, [JSON.stringify(task)], { execArgv: process.execArgv });
}

export async function makeTimers(
  schedules: Schedules,
  { timers, withinMs }: TimersOptions,
  firstAt: number,
): Promise<void> {
  for (let made = 0; made < timers; made += MAKE_AT_ONCE) {
    const some = Array.from(
      { length: Math.min(MAKE_AT_ONCE, timers - made) },
      (_, at) => at + made,
    );
    await Promise.all(
      some.map((n) => {
        const at = Math.floor(firstAt + (n * withinMs) / timers);
        return schedules.create(`timer-${n}`, { at, to: { flow: "timer" }, input: n });
      }),
    );
  }
}

/** All have an outcome, and what they started has ended: also what the killed node had begun. */
export async function drained(database: Database, timers: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await ask(
      database,
      `select (select count(*)::int4 from {schema}.schedule_fire) as fires,
        (select count(*)::int4 from {schema}.flow_live) as live`,
    );
    if (Number(row?.["fires"]) >= timers && row?.["live"] === 0) return;
    if (performance.now() > until) throw new Void(`after a minute ${JSON.stringify(row)}`);
    await sleep(500);
  }
}

interface Times {
  readonly firstAt: number;
  readonly killAt: number;
}

/** Every tick once, each with one run, which ended once; and how late they came. */
export async function count(database: Database, timers: number, times: Times): Promise<Round> {
  const [row] = await ask(
    database,
    `select count(*)::int4 as fires, count(distinct schedule_id)::int4 as schedules,
      count(distinct run_id)::int4 as runs, count(*) filter (where outcome = 1)::int4 as started,
      sum(ticks)::int4 as ticks,
      (select count(*)::int4 from {schema}.flow_end where outcome = 1) as ended
    from {schema}.schedule_fire`,
  );
  const wanted = { fires: timers, schedules: timers, runs: timers, started: timers, ticks: timers };
  if (JSON.stringify(row) !== JSON.stringify({ ...wanted, ended: timers })) {
    throw new Void(`found ${JSON.stringify(row)}, wanted ${timers} of each`);
  }
  const late = `extract(epoch from fired_at - tick) * 1000`;
  const { killAt, firstAt } = times;
  const isTakenOver = `tick between to_timestamp(${killAt} / 1000.0) - interval '1 second'
    and to_timestamp(${killAt + TAKE_OVER_MS} / 1000.0)`;
  const [waits] = await ask(
    database,
    `select percentile_cont(0.5) within group (order by ${late})::float8 as p50,
      percentile_cont(0.99) within group (order by ${late})::float8 as p99_all,
      percentile_cont(0.99) within group (order by ${late})
        filter (where not (${isTakenOver}))::float8 as p99,
      extract(epoch from max(fired_at))::float8 * 1000 - ${firstAt} as took
    from {schema}.schedule_fire`,
  );
  const [p50Ms, p99Ms, all] = [
    Number(waits?.["p50"]),
    Number(waits?.["p99"]),
    Number(waits?.["p99_all"]),
  ];
  return {
    count: timers,
    seconds: Number(waits?.["took"]) / 1_000,
    p50Ms,
    p99Ms,
    shares: { [LATENESS]: 1_000 / p99Ms, [LATENESS_OF_ALL]: 1_000 / all },
  };
}

export async function ask(database: Database, text: string): Promise<Record<string, unknown>[]> {
  const { rows } = await database.transaction((tx) =>
    tx.query(text.replaceAll("{schema}", database.schema)),
  );
  return rows;
}
