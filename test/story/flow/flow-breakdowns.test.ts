/** What runs must bear of the database, of their own node, and of themselves. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { flow, flowMigrations, openFlows } from "longmen/flow";
import { migrate, openDatabase, postgresMigrations } from "longmen/postgres";
import {
  shelfMigrations,
  startServerOfItsOwn,
  testFolder,
  isLong,
} from "../../../src/postgres/testing.ts";
import { killServer } from "../kill-server.ts";
import { openFlowNode } from "./flow-node.ts";
import { flowShop, startFlowNode } from "./start-flow-node.ts";

const RUNS = 40;
const ROUNDS = 12;

test("P1 P2 P5: PostgreSQL killed under runs: they go on when it is back, and do nothing twice", async () => {
  const server = await startServerOfItsOwn({ dir: await testFolder() });
  const database = await openDatabase({ url: server.url, schema: "shop" });
  onTestFinished(() => database.close());
  await migrate(database, [postgresMigrations, flowMigrations, shelfMigrations]);
  const shelve = flow("shelve", {}, async (f, name: string) => {
    for (let round = 0; round < ROUNDS; round++) {
      await f.step("think", () => sleep(5));
      const shelf = `${name}/${round}`;
      await f.tx("put", (tx) => tx.query("insert into shop.test_shelf values ($1, 1, 1)", [shelf]));
    }
  });
  const flows = await openFlows({ database, node: "node-1", flows: [shelve], leaseMs: 20_000 });
  onTestFinished(() => flows.close());
  const runs = await Promise.all(
    Array.from({ length: RUNS }, (_, n) => flows.start(shelve, `run-${n}`, { key: `k${n}` })),
  );
  await sleep(60);
  for (let kill = 0; kill < 2; kill++) {
    await killServer(server, database);
    await sleep(300);
  }
  for (const run of runs) await run.result({ timeoutMs: 60_000 });
  const { rows } = await database.transaction((tx) =>
    tx.query(`select (select count(*)::int4 from shop.test_shelf) as shelves,
      (select count(*)::int4 from shop.flow_live) as live`),
  );
  expect(rows).toEqual([{ shelves: RUNS * ROUNDS, live: 0 }]);
});

test("P5: a run that takes its node down with it, time and again, is parked with advice", async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const deadly = flow("deadly", {}, () => 1);
  for (let life = 1; life <= 5; life++) {
    const child = startFlowNode({ url, schema, node: "node-1" });
    const opens = await Promise.race([child.heard("open"), child.ended]);
    if (opens !== "SIGKILL" && life === 1) child.say({ do: "die", key: "k" });
    expect(await child.ended).toBe("SIGKILL");
  }
  const flows = await openFlows({ database: opened.database, node: "node-1", flows: [deadly] });
  onTestFinished(() => flows.close());
  const parkedNow = () => flows.list({ status: "parked" });
  await expect.poll(parkedNow).toMatchObject([{ flow: "deadly" }]);
  const [parked] = await parkedNow();
  expect(await flows.troubles(parked?.id ?? "")).toMatchObject([
    { kind: "parked", error: { code: "flow.poison" } },
  ]);
  // Mended, and resumed by a person.
  await flows.resume(parked?.id ?? "");
  expect(await flows.run(parked?.id ?? "").result()).toBe(1);
});

test("a blocked event loop does not cost a node its lease", async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const leaseMs = 5_000;
  const child = startFlowNode({ url, schema, node: "node-1", leaseMs });
  await child.heard("open");
  const other = await openFlows({ database: opened.database, node: "node-2", flows: [], leaseMs });
  onTestFinished(() => other.close());
  child.say({ do: "start", key: "k", steps: 50 });
  const { id = "" } = await child.heard("started");
  child.say({ do: "block", ms: 7_000 });
  await child.heard("ended");
  expect(await other.run(id).result()).toBe(50);
  const { rows } = await opened.database.transaction((tx) =>
    tx.query(`select epoch::int4 from ${schema}.lane_lease where node = 'node-1'`),
  );
  expect(rows).toEqual([{ epoch: 1 }]);
});

test.runIf(isLong)(
  "an event loop that is never given back does cost a node its lease, and its runs go on elsewhere",
  async () => {
    const opened = await flowShop();
    const { url, schema, database } = opened;
    const bounds = { leaseMs: 3_000, stillMaxMs: 3_000 };
    const child = startFlowNode({ url, schema, node: "node-1", ...bounds });
    await child.heard("open");
    const other = await openFlowNode(database, { url, schema, node: "node-2" });
    onTestFinished(() => other.close());
    child.say({ do: "start", key: "k", steps: 50 });
    const { id = "" } = await child.heard("started");
    child.say({ do: "block", ms: 120_000 });
    expect(await other.run(id).result({ timeoutMs: 60_000 })).toBe(50);
  },
);
