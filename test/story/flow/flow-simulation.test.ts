/**
 * Two nodes under a load of runs whose course hangs on chance, killed, stopped and woken by a seed; then an
 * auditor that knows what was acknowledged looks at the tables.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type TestDatabase, isLong } from "../../../src/postgres/testing.ts";
import { type FlowTold, openFlowNode } from "./flow-node.ts";
import { audit, type FlowNodeProcess, flowShop, rowsOf, startFlowNode } from "./start-flow-node.ts";

const SECONDS = 14;
const CALLERS = 4;
const seed = Number(process.env["FLOW_SEED"] ?? Date.now() % 1_000_000);

/** A small generator of its own: the same seed, the same faults at the same times. */
function chances(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Nodes {
  /** All that ever were, with what they said. */
  readonly all: FlowNodeProcess[];
  readonly live: Map<string, FlowNodeProcess>;
  bear(name: string): Promise<void>;
}

async function twoNodes({ url, schema }: TestDatabase): Promise<Nodes> {
  const all: FlowNodeProcess[] = [];
  const live = new Map<string, FlowNodeProcess>();
  const bear = async (name: string): Promise<void> => {
    const node = startFlowNode({ url, schema, node: name, leaseMs: 3_000 });
    all.push(node);
    live.set(name, node);
    await node.heard("open");
    node.say({ do: "load", prefix: `${name}-${all.length}`, callers: CALLERS });
  };
  for (const name of ["left", "right"]) await bear(name);
  return { all, live, bear };
}

/** Kills one of them, or stops it for a while that may outlast its lease. */
async function disturb(nodes: Nodes, chance: () => number): Promise<void> {
  const until = performance.now() + SECONDS * 1_000;
  while (performance.now() < until) {
    await sleep(500 + chance() * 2_000);
    const name = chance() < 0.5 ? "left" : "right";
    const node = nodes.live.get(name);
    if (chance() < 0.6) {
      node?.signal("SIGKILL");
      await node?.ended;
      await nodes.bear(name);
    } else {
      node?.signal("SIGSTOP");
      await sleep(chance() * 6_000);
      node?.signal("SIGCONT");
    }
  }
}

/** Every run ended well, all that was acknowledged are among them, and what they say adds up. */
async function auditRuns(opened: TestDatabase, told: readonly FlowTold[]): Promise<void> {
  const ends = await rowsOf(
    opened,
    `select run.run_id::text as id, version.name, ended.outcome, ended.result
     from {schema}.flow_run as run join {schema}.flow_version as version using (flow)
     left join {schema}.flow_end as ended using (run_id)`,
  );
  expect(ends.filter(({ outcome }) => outcome !== 1)).toEqual([]);
  const idOf = (number: unknown) => `r${BigInt(String(number)).toString(36).padStart(13, "0")}`;
  const known = new Set(ends.map(({ id }) => idOf(id)));
  const acknowledged = told.filter((word) => word.do === "started");
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(acknowledged.filter(({ id }) => id === undefined || !known.has(id))).toEqual([]);
  const came = { rows: 0, paid: 0 };
  for (const { name, result } of ends) {
    if (name !== "wander") continue;
    const one = JSON.parse(String(result)) as typeof came;
    came.rows += one.rows;
    came.paid += one.paid;
  }
  await audit(opened, came);
  expect(await rowsOf(opened, "select * from {schema}.flow_wait")).toEqual([]);
}

test.runIf(isLong)(
  `P1 P2 P5: nodes come and go under load, and every run ends as it should (seed ${seed})`,
  async () => {
    const opened = await flowShop();
    const { url, schema } = opened;
    const nodes = await twoNodes(opened);
    await disturb(nodes, chances(seed));
    for (const node of nodes.live.values()) node.say({ do: "close" });
    for (const node of nodes.live.values()) expect(await node.ended).toBe("0");
    // Whoever is left finishes what the others left.
    const last = await openFlowNode(opened.database, { url, schema, node: "last", leaseMs: 3_000 });
    onTestFinished(() => last.close());
    const left = `select live.run_id, live.state, node.node, live.epoch,
      (select max(error) from {schema}.flow_trouble as told
       where told.run_id = live.run_id and kind = 2) as why
    from {schema}.flow_live as live left join {schema}.flow_node as node using (owner) limit 3`;
    await expect.poll(() => rowsOf(opened, left), { timeout: 40_000, interval: 200 }).toEqual([]);
    await auditRuns(
      opened,
      nodes.all.flatMap(({ told }) => told),
    );
  },
);
