/** Nodes of tasks that are killed, stopped and cut off while handlers run. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { flowMigrations, openFlows, task } from "longmen/flow";
import { migrate, openDatabase, postgresMigrations } from "longmen/postgres";
import {
  COMMIT,
  overProxy,
  startServerOfItsOwn,
  testFolder,
  sampleOf,
} from "../../../src/postgres/testing.ts";
import { killServer } from "../kill-server.ts";
import { rowsOf } from "./start-flow-node.ts";
import { auditGroups, auditTasks, startTaskNode, taskShop } from "./start-task-node.ts";
import { makeTasks, openTaskNode } from "./task-node.ts";

/** Those of the node, then: start, let through, claim, the trouble of an attempt, the end. */
const COMMITS = 7;

test.each(
  sampleOf([
    ["before each of its commits", "flow.before_commit"],
    ["after each of its commits", "flow.after_commit"],
    ["with each of its flushes on the way", "lane.after_send"],
  ]),
)("P1 P2 P5: killed %s, a task is not lost and ends once", async (_, point) => {
  const opened = await taskShop();
  const { url, schema } = opened;
  const ids: string[] = [];
  const crash = async (hit: number): Promise<void> => {
    const node = `node-${hit}`;
    const key = `k${hit}`;
    const input = { group: `g${hit}`, ms: 1, fails: 1 };
    const child = startTaskNode({ url, schema, node, faults: `${point}=kill@${hit}` });
    const opens = await Promise.race([child.heard("open"), child.ended]);
    if (opens !== "SIGKILL") {
      child.say({ do: "start", key, input, limited: hit % 2 === 0 });
      await Promise.race([child.ended, child.heard("ended")]);
      child.signal("SIGKILL");
    }
    expect(await child.ended).toBe("SIGKILL");
    const database = await openDatabase({ url, schema, poolMax: 4 });
    onTestFinished(() => database.close());
    const again = await openTaskNode(database, { url, schema, node });
    const { free, limited } = makeTasks(database, node);
    const run = await again.start(hit % 2 === 0 ? limited : free, input, { key });
    expect(await run.result()).toBe(run.id);
    ids.push(run.id);
    await again.close();
  };
  for (let hit = 1; hit <= COMMITS + 3; hit += 2) await Promise.all([crash(hit), crash(hit + 1)]);
  await auditTasks(opened, ids);
  await auditGroups(opened);
});

test("P2 P5: of nodes that share a queue one is killed and one stopped; all ends once, and no group is too full", async () => {
  const opened = await taskShop();
  const { url, schema } = opened;
  const killed = startTaskNode({ url, schema, node: "node-1", leaseMs: 3_000 });
  const stopped = startTaskNode({ url, schema, node: "node-2", leaseMs: 3_000 });
  await Promise.all([killed.heard("open"), stopped.heard("open")]);
  const flows = await openTaskNode(opened.database, { url, schema, node: "node-3" });
  onTestFinished(() => flows.close());
  const { free, limited } = makeTasks(opened.database, "node-3");
  const inputs = Array.from({ length: 60 }, (_, n) => ({ group: `g${n % 4}`, ms: 40 }));
  const runs = [
    ...(await flows.startAll(limited, inputs)),
    ...(await opened.database.transaction((tx) =>
      Promise.all(inputs.map((input) => flows.startIn(tx, free, input))),
    )),
  ];
  await sleep(300);
  killed.signal("SIGKILL");
  stopped.signal("SIGSTOP");
  await sleep(5_000);
  stopped.signal("SIGCONT");
  for (const run of runs) expect(await run.result({ timeoutMs: 60_000 })).toBe(run.id);
  const ids = runs.map(({ id }) => id);
  await auditTasks(opened, ids);
  const ofLimited = new Set(ids.slice(0, inputs.length));
  await rowsOf(
    opened,
    `delete from {schema}.task_note where run <> all ('{${[...ofLimited].join(",")}}')`,
  );
  // Who was stopped between its claim and its note writes that when it wakes, of a task that is no longer its own.
  await rowsOf(
    opened,
    `delete from {schema}.task_note as late where node = 'node-2' and exists (
      select from {schema}.task_note as other where other.run = late.run
        and other.number < late.number and other.node <> 'node-2')`,
  );
  await auditGroups(opened);
});

test("P1 P2: replies that are lost under tasks cost nothing but time", async () => {
  const opened = await taskShop();
  const { url, schema } = opened;
  const { database, proxy } = await overProxy(opened);
  const flows = await openTaskNode(database, { url, schema, node: "node-1", leaseMs: 20_000 });
  onTestFinished(() => flows.close());
  const { free, limited } = makeTasks(database, "node-1");
  const ids: string[] = [];
  for (let n = 0; n < 6; n++) {
    const cut = proxy.cutAfter(COMMIT);
    const input = { group: "g", ms: 1, fails: n % 2 };
    const run = await flows.start(n < 3 ? free : limited, input, { key: `k${n}` });
    await cut;
    const more = proxy.cutAfter(COMMIT, { lingerMs: 200 });
    expect(await run.result()).toBe(run.id);
    await more;
    ids.push(run.id);
  }
  await auditTasks(opened, ids);
});

test("P1 P2 P5: PostgreSQL killed under tasks: they end when it is back, each once", async () => {
  const server = await startServerOfItsOwn({ dir: await testFolder() });
  const database = await openDatabase({ url: server.url, schema: "shop" });
  onTestFinished(() => database.close());
  await migrate(database, [postgresMigrations, flowMigrations]);
  const work = task("work", { concurrency: 20 }, async (n: number) => sleep(20, n));
  const flows = await openFlows({ database, node: "node-1", flows: [work], leaseMs: 20_000 });
  onTestFinished(() => flows.close());
  const inputs = Array.from({ length: 400 }, (_, n) => n);
  const runs = await flows.startAll(work, inputs, { keys: inputs.map((n) => `k${n}`) });
  await sleep(60);
  for (let kill = 0; kill < 2; kill++) {
    await killServer(server, database);
    await sleep(200);
  }
  for (const [n, run] of runs.entries()) expect(await run.result({ timeoutMs: 60_000 })).toBe(n);
  const { rows } = await database.transaction((tx) =>
    tx.query(`select (select count(*)::int4 from shop.flow_end) as ended,
      (select count(*)::int4 from shop.flow_live) as live`),
  );
  expect(rows).toEqual([{ ended: inputs.length, live: 0 }]);
});

test("P5: a task that takes its node down, time and again, is parked, and its neighbours are not", async () => {
  const opened = await taskShop();
  const { url, schema } = opened;
  const enqueuer = await openTaskNode(opened.database, { url, schema, node: "enqueuer" });
  const { free } = makeTasks(opened.database, "enqueuer");
  const ids = await opened.database.transaction(async (tx) => {
    const inputs = [-1, 300, 300, 300].map((ms) => ({ group: "g", ms }));
    // Nobody may take them before the node that is to die of them.
    const at = { at: Date.now() + 3_600_000 };
    const runs = await Promise.all(inputs.map((input) => enqueuer.startIn(tx, free, input, at)));
    return runs.map(({ id }) => id);
  });
  await enqueuer.close();
  await rowsOf(opened, "update {schema}.flow_live set wake_at = now()");
  const [poison = "", ...neighbours] = ids;
  const counts = `select (select count(*)::int4 from {schema}.flow_end) as ended,
    (select count(*)::int4 from {schema}.flow_trouble where kind = 2) as parked`;
  // The neighbours may all have their turn before the one that kills has it again.
  const isDone = async () => {
    const [row] = await rowsOf(opened, counts);
    return row?.["ended"] === neighbours.length && row["parked"] === 1;
  };
  for (let life = 1; !(await isDone()); life++) {
    expect(life).toBeLessThan(12);
    const child = startTaskNode({ url, schema, node: "node-1" });
    let hasEnded = false;
    void child.ended.then(() => (hasEnded = true));
    const isOver = async () => hasEnded || (await isDone());
    await expect.poll(isOver, { timeout: 60_000 }).toBe(true);
    child.signal("SIGKILL");
    await child.ended;
  }
  const mended = task("free", {}, () => "mended");
  const flows = await openFlows({ database: opened.database, node: "node-1", flows: [mended] });
  onTestFinished(() => flows.close());
  const parked = async () => (await flows.list({ status: "parked" })).map(({ id }) => id);
  await expect.poll(parked).toEqual([poison]);
  expect(await flows.troubles(poison)).toMatchObject([{ error: { code: "flow.poison" } }]);
  for (const id of neighbours) expect(await flows.run(id).result()).toBe(id);
  await flows.resume(poison);
  expect(await flows.run(poison).result()).toBe("mended");
});
