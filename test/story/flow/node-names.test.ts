/** Processes that want the name of a node that lives, stands still or is dead. */
import { expect, onTestFinished, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { openPooler, type TestDatabase, isLong } from "../../../src/postgres/testing.ts";
import { runCommand } from "../command.ts";
import { openFlowNode } from "./flow-node.ts";
import { audit, flowShop, rowsOf, startFlowNode } from "./start-flow-node.ts";

const node = "node-1";
/** Longer than a test may last: who waits for the end of such a lease is found out. */
const LONG_MS = 60_000;
/** Where a renewal is waited for, which comes after a third of it. */
const STEADY_MS = 5_000;
const patience = { timeout: 30_000, interval: 100 };

const leaseOf = (opened: TestDatabase) =>
  rowsOf(
    opened,
    `select epoch::int4, is_locked, lease_until > clock_timestamp() as stands
     from {schema}.lane_lease where node = '${node}'`,
  );

/** As if it had been another machine's process, of which nobody here can know whether it lives. */
const forgetProcess = (opened: TestDatabase) =>
  rowsOf(opened, `update {schema}.lane_lease set holder = null where node = '${node}'`);

test.each(["without a pooler", "behind a pooler"])(
  "P5: %s a second process under a living node's name is refused, and the first goes on undisturbed",
  async (place) => {
    const opened = await flowShop();
    const { schema } = opened;
    const url = place === "behind a pooler" ? (await openPooler(opened.url)).url : opened.url;
    const first = startFlowNode({ url, schema, node, leaseMs: STEADY_MS });
    await first.heard("open");
    first.say({ do: "start", key: "k", steps: 20 });
    await first.heard("started");
    const second = startFlowNode({ url, schema, node, leaseMs: STEADY_MS });
    expect(await second.heard("refused")).toMatchObject({ code: "flow.node_name_taken" });
    expect(await second.ended).toBe("1");
    await first.heard("ended");
    expect(await leaseOf(opened)).toMatchObject([{ epoch: 1, stands: true }]);
    await audit(opened, { rows: 20, paid: 20 });
  },
);

test.each([
  ["of this machine", "behind a pooler", false],
  ["of this machine", "without a pooler", false],
  ["of any machine", "without a pooler", true],
])(
  "P5: a dead process %s, %s, holds its name up for nobody, however long its lease",
  async (_, place, isForgotten) => {
    const opened = await flowShop();
    const { schema } = opened;
    const url = place === "behind a pooler" ? (await openPooler(opened.url)).url : opened.url;
    const first = startFlowNode({ url, schema, node, leaseMs: LONG_MS });
    await first.heard("open");
    const locks = place === "without a pooler";
    await expect.poll(() => leaseOf(opened), patience).toMatchObject([{ is_locked: locks }]);
    first.signal("SIGKILL");
    await first.ended;
    if (isForgotten) await forgetProcess(opened);
    const again = startFlowNode({ url, schema, node, leaseMs: LONG_MS });
    await again.heard("open");
    expect(await leaseOf(opened)).toMatchObject([{ epoch: 2, stands: true }]);
  },
);

test.runIf(isLong)(
  "P5: a dead process of which nothing can be known gives its name back with the end of its lease",
  async () => {
    const opened = await flowShop();
    const { schema } = opened;
    const { url } = await openPooler(opened.url);
    const first = startFlowNode({ url, schema, node, leaseMs: 3_000 });
    await first.heard("open");
    first.signal("SIGKILL");
    await first.ended;
    await forgetProcess(opened);
    const again = startFlowNode({ url, schema, node, leaseMs: 3_000 });
    await again.heard("open");
    expect(await leaseOf(opened)).toMatchObject([{ epoch: 2 }]);
  },
);

test.runIf(isLong)(
  "P2 P5: a process that stood still while its name was taken does not take it back until it is free",
  async () => {
    const opened = await flowShop();
    const { url, schema } = opened;
    const first = startFlowNode({ url, schema, node, leaseMs: 3_000 });
    await first.heard("open");
    first.say({ do: "start", key: "k", steps: 300 });
    await first.heard("started");
    first.signal("SIGSTOP");
    const second = startFlowNode({ url, schema, node, leaseMs: 3_000 });
    await second.heard("open");
    first.signal("SIGCONT");
    await sleep(5_000);
    expect(await leaseOf(opened)).toMatchObject([{ epoch: 2, stands: true }]);
    second.say({ do: "start", key: "k2", steps: 5 });
    await second.heard("ended");
    second.say({ do: "close" });
    expect(await second.ended).toBe("0");
    // One epoch for the goodbye of the second, one for the first.
    await expect.poll(() => leaseOf(opened), patience).toMatchObject([{ epoch: 4, stands: true }]);
    await first.heard("ended");
    await audit(opened, { rows: 305, paid: 305 });
  },
);

test("a session that breaks costs a living node nothing, though another wants its name", async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const first = startFlowNode({ url, schema, node });
  await first.heard("open");
  await expect.poll(() => leaseOf(opened), patience).toMatchObject([{ is_locked: true }]);
  const second = startFlowNode({ url, schema, node });
  const broken = await rowsOf(
    opened,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'longmen lease' and datname = current_database()`,
  );
  expect(broken).toHaveLength(1);
  expect(await second.heard("refused")).toMatchObject({ code: "flow.node_name_taken" });
  expect(await leaseOf(opened)).toMatchObject([{ epoch: 1, stands: true }]);
});

test("commands at one moment are nodes of names of their own, and all do what they are told", async () => {
  const opened = await flowShop();
  const { url, schema } = opened;
  const flows = await openFlowNode(opened.database, { url, schema, node });
  onTestFinished(() => flows.close({ drainMs: 500 }));
  // One more, which stays.
  const command = await openFlowNode(opened.database, { url, schema, node: "desk.command" });
  onTestFinished(() => command.close({ drainMs: 500 }));
  const there = ["--database-url", url, "--schema", schema, "--node", "desk", "--json"];
  const keys = Array.from({ length: 4 }, (_, n) => `k${n}`);
  const ended = await Promise.all(
    keys.map((key) => {
      const words = ["runs", "start", "rounds", "--input", "1", "--run-key", key];
      return runCommand(...words, ...there).ended;
    }),
  );
  expect(ended).toMatchObject(keys.map(() => ({ code: 0 })));
  for (const { out } of ended) {
    const { id } = JSON.parse(out) as { id: string };
    expect(await flows.run(id).result()).toBe(1);
  }
  const names = `select node, epoch::int4 from {schema}.lane_lease
    where node in ('desk.command', 'desk.command-2') and epoch = 1`;
  expect((await rowsOf(opened, names)).map(({ node: name }) => name)).toContain("desk.command");
  const ended2 = `select node from {schema}.lane_lease
    where node = 'desk.command-2' and lease_until = '-infinity'`;
  expect(await rowsOf(opened, ended2)).toEqual([{ node: "desk.command-2" }]);
});
