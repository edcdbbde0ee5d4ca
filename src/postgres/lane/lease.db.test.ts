import { expect, test } from "vitest";
import { nodeLane, putUp, shelfDatabase, shelvesOf, work } from "../testing.ts";
import { takeLease } from "./lease.ts";

const COMMITTED = { status: "committed", answer: undefined };

test("a lane whose lease was taken over writes nothing any more, and says so", async () => {
  const { database } = await shelfDatabase();
  const lease = await takeLease(database, "node-1", 15_000);
  expect(lease).toEqual({ node: "node-1", epoch: 1 });
  const lane = nodeLane(database, { lease });
  expect(await lane.submit(work(putUp("mine")))).toEqual(COMMITTED);

  expect(await takeLease(database, "node-1", 15_000)).toEqual({ node: "node-1", epoch: 2 });
  const fenced = { code: "lane.fenced", details: { node: "node-1", epoch: 1 } };
  const late = ["a", "b", "c"].map((name) => lane.submit(work(putUp(name))));
  for (const each of await Promise.allSettled(late)) {
    expect(each).toMatchObject({ status: "rejected", reason: fenced });
  }
  const { flushes } = lane.stats();
  await expect(lane.submit(work(putUp("d")))).rejects.toMatchObject(fenced);
  expect(lane.stats().flushes).toBe(flushes);
  expect(Object.keys(await shelvesOf(database))).toEqual(["mine"]);
});

test("the node that took over goes on, and another node's lease has nothing to do with it", async () => {
  const { database } = await shelfDatabase();
  await takeLease(database, "node-1", 15_000);
  const lanes = [
    nodeLane(database, { lease: await takeLease(database, "node-1", 15_000) }),
    nodeLane(database, { lease: await takeLease(database, "node-2", 15_000) }),
  ];
  const answers = lanes.map((lane, i) => lane.submit(work(putUp(`s${i}`))));
  expect(await Promise.all(answers)).toEqual([COMMITTED, COMMITTED]);
});

test("what changes no key of a lease waits for no commit in flight; taking over waits for it", async () => {
  const { database, schema } = await shelfDatabase();
  await takeLease(database, "node-1", 15_000);
  const order: string[] = [];
  let takeOver: Promise<unknown> | undefined;
  await database.transaction(async (tx) => {
    await tx.query(`select 1 from ${schema}.lane_lease where node = 'node-1' for key share`);
    await database.transaction(async (renewal) => {
      await renewal.query("set local lock_timeout = '1s'");
      await renewal.query(`update ${schema}.lane_lease set lease_until = now() where epoch = 1`);
    });
    order.push("renewed");
    takeOver = takeLease(database, "node-1", 1).then(() => order.push("taken over"));
    const waits = `select from pg_locks as held join pg_stat_activity as s on s.pid = held.pid
      where s.datname = current_database() and not held.granted`;
    await expect.poll(async () => (await tx.query(waits)).count).toBe(1);
    order.push("committed");
  });
  await takeOver;
  expect(order).toEqual(["renewed", "committed", "taken over"]);
});
