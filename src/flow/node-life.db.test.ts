/** A node's beginning and end, and what it takes over. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { Lane } from "../postgres/index.ts";
import { overProxy, type TestDatabase } from "../postgres/testing.ts";
import { flow, openFlows, task } from "./index.ts";
import { writtenRooms } from "./migrations.ts";
import { FlowNode } from "./node.ts";
import { readRunId } from "./run-id.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "./testing/flows.ts";

const LONG_MS = 60_000;
const short = flow("short", {}, (f) => f.step("a", () => 1));
const waits = flow("waits", {}, (f) => f.event("never"));
const epochs = (opened: TestDatabase) =>
  rowsOf(opened, "select node, epoch::int4 from {schema}.lane_lease order by node");
const waiting = (opened: TestDatabase) =>
  rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_live where state = 3");

/** Makes a run that waits that of a node which has not renewed its lease since. */
async function lost({ database, schema }: TestDatabase, id: string, leaseMs: number) {
  const change = (text: string) =>
    database.transaction((tx) => tx.query(text.replaceAll("{schema}", schema)));
  await change("insert into {schema}.flow_node (node) values ('gone')");
  await change(`insert into {schema}.lane_lease (node, epoch, lease_until)
    values ('gone', 1, clock_timestamp() + ${leaseMs} * interval '1 millisecond')`);
  await change(`update {schema}.flow_live set state = 2, epoch = 1,
    owner = (select owner from {schema}.flow_node where node = 'gone') where run_id = ${readRunId(id)}`);
}

test("a node that could not open leaves its name to the next one of that name", async () => {
  const opened = await flowDatabase();
  const { database, proxy } = await overProxy(opened);
  void proxy.cutBefore("select flow, name, version");
  await expect(openFlows({ database, node: "a", flows: [short] })).rejects.toThrow();
  const flows = await flowsOn(database, [short], { node: "a" });
  const before = await epochs(opened);
  await sleep(5_000);
  expect(await epochs(opened)).toEqual(before);
  expect(await (await flows.start(short, undefined)).result()).toBe(1);
}, 60_000);

test("a node whose first renewal breaks off knows the database's clock before it does anything", async () => {
  const opened = await flowDatabase();
  const { database, proxy } = await overProxy(opened);
  void proxy.cutBefore("longmen lease");
  const flows = await flowsOn(database, [short]);
  const run = await flows.start(short, undefined);
  expect(await run.result()).toBe(1);
  const [row] = await rowsOf(
    opened,
    "select abs(extract(epoch from clock_timestamp() - created_at))::int4 as ago from {schema}.flow_run",
  );
  expect(row?.["ago"]).toBeLessThan(60);
});

test("a start whose unit comes after its node's goodbye is refused, and stands nowhere", async () => {
  const opened = await flowDatabase();
  const a = await flowNode(opened, "a", [short]);
  const late = await a.starting(short, undefined, { here: true });
  await a.close();
  const lane = new Lane<never, never>({
    name: "late",
    database: opened.database,
    rooms: writtenRooms,
  });
  onTestFinished(() => lane.close());
  const unit = { key: "late", posting: undefined, guards: [], context: undefined };
  expect(await lane.submit({ ...unit, writes: late.uses })).toMatchObject({
    status: "conflict",
    by: "flow.insert_start",
  });
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});

test("more overdue waits than a look takes, of flows that nobody serves, hold up no others", async () => {
  const opened = await flowDatabase();
  const old = flow("old", {}, (f) => f.sleep("nap", 3_600_000));
  const nap = flow("nap", {}, async (f) => {
    await f.sleep("nap", 7_000);
    return "woke";
  });
  const a = await flowNode(opened, "a", [old]);
  await a.startAll(
    old,
    Array.from({ length: 2_100 }, () => undefined),
  );
  await expect.poll(() => waiting(opened), { timeout: 30_000 }).toEqual([{ n: 2_100 }]);
  await a.close();
  await opened.database.transaction((tx) =>
    tx.query(`update "${opened.schema}".flow_live set wake_at = '2026-01-01'`),
  );
  const b = await flowNode(opened, "b", [nap]);
  const run = await b.start(nap, undefined);
  expect(await run.result({ timeoutMs: 40_000 })).toBe("woke");
}, 120_000);

test("who has taken over looks for what that has freed at once", async () => {
  const opened = await flowDatabase();
  const hurries = vi.spyOn(FlowNode.prototype, "hurry");
  onTestFinished(() => hurries.mockRestore());
  const b = await flowNode(opened, "b", [waits]);
  const run = await b.start(waits, undefined);
  await expect.poll(() => waiting(opened)).toEqual([{ n: 1 }]);
  await lost(opened, run.id, 100);
  // It is claimed, and let go of again before long.
  const rows = () =>
    rowsOf(opened, "select state in (2, 3) as begun, crashes from {schema}.flow_live");
  await expect.poll(rows, { timeout: 30_000 }).toEqual([{ begun: true, crashes: 1 }]);
  expect(hurries).toHaveBeenCalled();
});

test("a dead node's lease that somebody shares keeps nobody from beginning what is ready", async () => {
  const opened = await flowDatabase();
  const b = await flowNode(opened, "b", [short, waits]);
  const run = await b.start(waits, undefined);
  await expect.poll(() => waiting(opened)).toEqual([{ n: 1 }]);
  await lost(opened, run.id, 10);
  const over = Promise.withResolvers<void>();
  const locked = opened.database.transaction(async (tx) => {
    await tx.query(`select 1 from "${opened.schema}".lane_lease where node = 'gone' for key share`);
    await over.promise;
  });
  onTestFinished(() => locked);
  onTestFinished(() => over.resolve());
  await sleep(5_000);
  const enqueued = await opened.database.transaction((tx) => b.startIn(tx, short, undefined));
  expect(await enqueued.result({ timeoutMs: 20_000 })).toBe(1);
}, 60_000);

test("six deploys in the middle of a long step and a long task are no crashes", async () => {
  const opened = await flowDatabase();
  const long = flow("long", {}, (f) =>
    f.step("an hour", ({ signal }) => sleep(LONG_MS, undefined, { signal })),
  );
  const work = task("work", { timeoutMs: LONG_MS }, (_, { signal }) =>
    sleep(LONG_MS, undefined, { signal }),
  );
  const ids: string[] = [];
  for (let deploy = 0; deploy < 6; deploy++) {
    const flows = await openFlows({
      database: opened.database,
      node: "web",
      flows: [long, work],
    });
    if (deploy === 0) {
      ids.push((await flows.start(long, undefined)).id, (await flows.start(work, undefined)).id);
    }
    await expect.poll(() => flows.runCount, { timeout: 20_000 }).toBe(2);
    await flows.close({ drainMs: 100 });
    expect(await rowsOf(opened, "select state, crashes, owner from {schema}.flow_live")).toEqual([
      { state: 1, crashes: 0, owner: 0 },
      { state: 1, crashes: 0, owner: 0 },
    ]);
  }
}, 120_000);
