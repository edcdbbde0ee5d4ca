/** Timers that lie far ahead: they cost a node no memory, and those that are due come on time among them. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { openFlows } from "../../src/flow/index.ts";
import type { Database } from "../../src/postgres/index.ts";
import { openSchedules } from "../../src/schedule/index.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { checkpoint } from "../servers.ts";
import { ask, count, drained, makeTimers, onFreshSchema, SCHEMA, startNode } from "./ours.ts";

/** A node's memory without the timers that lie ahead, by that with them. */
export const MEMORY = "memory-without-over-with";
const DUE = 5_000;
const DUE_WITHIN_MS = 10_000;
/** Longer than two looks of the node: who makes them serves none. */
const LEAD_MS = 20_000;

export function ourFarTimers({ url, far }: { url: string; far: number }): Contender {
  return {
    name: "longmen",
    round: async () => {
      const alone = await onFreshSchema(url, (database) => beside(database, url, 0));
      const round = await onFreshSchema(url, (database) => beside(database, url, far));
      const share = memoryIn(alone) / memoryIn(round);
      return { ...round, shares: { ...round.shares, [MEMORY]: share } };
    },
  };
}

const MB = "memory-in-MB";
const memoryIn = ({ shares }: Round): number => shares?.[MB] ?? Infinity;

async function beside(database: Database, url: string, far: number): Promise<Round> {
  await fill(database, far);
  await checkpoint(url);
  const node = startNode({ url, schema: SCHEMA, node: "only" });
  const flows = await openFlows({ database, node: "maker", flows: [] });
  try {
    await once(node, "message");
    const schedules = await openSchedules({ database, flows });
    const firstAt = Date.now() + LEAD_MS;
    await makeTimers(schedules, { url, timers: DUE, withinMs: DUE_WITHIN_MS }, firstAt);
    await drained(database, DUE);
    const memoryMb = memoryOf(node.pid ?? 0);
    const round = await count(database, DUE, { firstAt, killAt: 0 });
    await schedules.close();
    return { ...round, shares: { ...round.shares, [MB]: memoryMb } };
  } finally {
    await flows.close();
    node.kill("SIGKILL");
  }
}

/** As `create` writes them, over the next years, a thousand times as fast. */
async function fill(database: Database, far: number): Promise<void> {
  const [made] = await ask(
    database,
    `with made as (
      insert into {schema}.schedule (name, plan, target, target_version, policy, route, shards, source,
        code_version)
      select 'far-' || n, '{"at":' || 1800000000000 + n * 60000::int8 || '}', 'timer', 0, '{}', 1, 1, 1, 1
      from generate_series(1, ${far}) as n returning schedule_id),
    placed as (
      insert into {schema}.schedule_due (schedule_id, shard, due_at, tick)
      select schedule_id, 0, at, at from made,
        lateral (select clock_timestamp() + interval '1 hour' + schedule_id * interval '30 seconds') as due (at)
      returning 1)
    select count(*)::int4 as n from placed`,
  );
  if (made?.["n"] !== far) throw new Void("the far timers were not made");
  await ask(database, "analyze {schema}.schedule");
  await ask(database, "analyze {schema}.schedule_due");
}

/** Resident, in MB, as /proc has it. */
function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Infinity) / 1_024;
}
