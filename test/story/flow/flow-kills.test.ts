/** Nodes that are killed, stopped and cut off in the middle of runs. */
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "longmen/postgres";
import { COMMIT, overProxy, sampleOf } from "../../../src/postgres/testing.ts";
import { makeFlows, openFlowNode } from "./flow-node.ts";
import { audit, flowShop, rowsOf, startFlowNode } from "./start-flow-node.ts";

const ROUNDS = 2;
/** The start, three steps a round, and the end with the last of them. */
const COMMITS = 1 + 3 * ROUNDS;

test.each(
  sampleOf([
    ["before each of its commits", "flow.before_commit"],
    ["after each of its commits", "flow.after_commit"],
    ["with each of its flushes on the way", "lane.after_send"],
  ]),
)("P1 P2 P5: killed %s, a run loses nothing and does nothing twice", async (_, point) => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const flows = makeFlows(schema);
  let ran = 0;
  const crash = async (hit: number): Promise<void> => {
    const node = `node-${hit}`;
    const key = `k${hit}`;
    // The lane's first flushes are the node's own; a run's begin behind them.
    const faults = `${point}=kill@${hit}`;
    const child = startFlowNode({ url, schema, node, faults });
    const opens = await Promise.race([child.heard("open"), child.ended]);
    if (opens !== "SIGKILL") {
      child.say({ do: "start", key, steps: ROUNDS });
      await Promise.race([child.ended, child.heard("ended")]);
      child.signal("SIGKILL");
    }
    expect(await child.ended).toBe("SIGKILL");
    const database = await openDatabase({ url, schema, poolMax: 4 });
    onTestFinished(() => database.close());
    // The same node comes back, and goes on at once.
    const again = await openFlowNode(database, { url, schema, node });
    const run = await again.start(flows.rounds, ROUNDS, { key });
    expect(await run.result()).toBe(ROUNDS);
    ran += 1;
    await again.close();
  };
  for (let hit = 1; hit <= COMMITS + 3; hit += 2) await Promise.all([crash(hit), crash(hit + 1)]);
  await audit(opened, { rows: ran * ROUNDS, paid: ran * ROUNDS });
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});

test("P2 P5: a node that was stopped past its lease, and wakes, commits nothing", async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const stopped = startFlowNode({ url, schema, node: "node-1", leaseMs: 3_000 });
  await stopped.heard("open");
  // By its own hand: before we have heard of it, the run might be over.
  stopped.say({ do: "start", key: "k", steps: 200, standing: true });
  const { id = "" } = await stopped.heard("started");
  const other = await openFlowNode(opened.database, { url, schema, node: "node-2" });
  onTestFinished(() => other.close());
  await expect.poll(async () => (await other.get(id))?.node, { timeout: 60_000 }).toBe("node-2");
  stopped.signal("SIGCONT");
  expect(await other.run(id).result()).toBe(200);
  await audit(opened, { rows: 200, paid: 200 });
  const steps = await rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_step");
  expect(steps).toEqual([{ n: 600 }]);
  // It begins anew under another epoch, and is of use again.
  stopped.say({ do: "start", key: "after", steps: 1 });
  const ended = [await stopped.heard("ended"), await stopped.heard("ended")];
  expect(new Set(ended.map(({ key }) => key))).toEqual(new Set(["k", "after"]));
});

test("P5: another node goes on within 15 s of a kill, and the waits of the dead one are kept", async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const other = await openFlowNode(opened.database, {
    url,
    schema,
    node: "node-2",
    leaseMs: 10_000,
  });
  onTestFinished(() => other.close());
  const killed = startFlowNode({ url, schema, node: "node-1", leaseMs: 10_000 });
  await killed.heard("open");
  killed.say({ do: "start", key: "k", steps: 100 });
  const { id = "" } = await killed.heard("started");
  killed.signal("SIGKILL");
  await killed.ended;
  await expect.poll(async () => (await other.get(id))?.node, { timeout: 25_000 }).toBe("node-2");
  expect(await other.run(id).result({ timeoutMs: 60_000 })).toBe(100);
  await audit(opened, { rows: 100, paid: 100 });
});

test("P1 P2: replies that are lost in the middle of a run cost nothing but time", async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const { database, proxy } = await overProxy(opened);
  const flows = await openFlowNode(database, { url, schema, node: "node-1", leaseMs: 20_000 });
  onTestFinished(() => flows.close());
  const { rounds } = makeFlows(schema);
  for (let n = 0; n < 4; n++) {
    const cut = proxy.cutAfter(COMMIT);
    const run = await flows.start(rounds, ROUNDS, { key: `k${n}` });
    await cut;
    const more = proxy.cutAfter(COMMIT, { lingerMs: 200 });
    expect(await run.result()).toBe(ROUNDS);
    await more;
  }
  await audit(opened, { rows: 4 * ROUNDS, paid: 4 * ROUNDS });
});
