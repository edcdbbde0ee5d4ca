/**
 * Two nodes under a load of runs whose course hangs on chance, killed, stopped and woken by a seed; then an
 * auditor that knows what was acknowledged looks at the tables.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openFlowNode } from "./flow-node.ts";
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

test(`P1 P2 P5: nodes come and go under load, and every run ends as it should (seed ${seed})`, async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const chance = chances(seed);
  const nodes: FlowNodeProcess[] = [];
  let born = 0;
  const bear = async (name: string): Promise<FlowNodeProcess> => {
    const node = startFlowNode({ url, schema, node: name, leaseMs: 3_000 });
    nodes.push(node);
    await node.heard("open");
    node.say({ do: "load", prefix: `${name}-${++born}`, callers: CALLERS });
    return node;
  };
  const live = new Map<string, FlowNodeProcess>();
  for (const name of ["left", "right"]) live.set(name, await bear(name));
  const until = performance.now() + SECONDS * 1_000;
  while (performance.now() < until) {
    await sleep(500 + chance() * 2_000);
    const name = chance() < 0.5 ? "left" : "right";
    const node = live.get(name);
    if (node === undefined) continue;
    if (chance() < 0.6) {
      node.signal("SIGKILL");
      await node.ended;
      live.set(name, await bear(name));
    } else {
      node.signal("SIGSTOP");
      await sleep(chance() * 6_000);
      node.signal("SIGCONT");
    }
  }
  for (const node of live.values()) node.say({ do: "close" });
  for (const node of live.values()) expect(await node.ended).toBe("0");
  // Whoever is left finishes what the others left.
  const last = await openFlowNode(opened.database, { url, schema, node: "last", leaseMs: 3_000 });
  onTestFinished(() => last.close());
  await expect
    .poll(
      () =>
        rowsOf(
          opened,
          "select run_id, (select max(error) from {schema}.flow_trouble as t where t.run_id = live.run_id and kind = 2) as why, state, owner, live.epoch, node, lease.epoch as lease, lease_until::text from {schema}.flow_live as live left join {schema}.flow_node using (owner) left join {schema}.lane_lease as lease using (node) limit 3",
        ),
      {
        timeout: 40_000,
        interval: 200,
      },
    )
    .toEqual([]);
  const acknowledged = nodes.flatMap(({ told }) => told.filter((word) => word.do === "started"));
  expect(acknowledged.length).toBeGreaterThan(20);
  const ends = await rowsOf(
    opened,
    `select run.run_id::text as id, version.name, ended.outcome, ended.result
     from {schema}.flow_run as run join {schema}.flow_version as version using (flow)
     left join {schema}.flow_end as ended using (run_id)`,
  );
  const bad = ends.filter(({ outcome }) => outcome !== 1);
  expect(bad, "runs that did not end well").toEqual([]);
  const known = new Set(
    ends.map(({ id }) => `r${BigInt(String(id)).toString(36).padStart(13, "0")}`),
  );
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
});
