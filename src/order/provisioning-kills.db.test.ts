import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openFlows } from "../flow/index.ts";
import { openDatabase } from "../postgres/index.ts";
import { COMMIT, isLong, openProxy, sampleOf } from "../postgres/testing.ts";
import { provisioning } from "./index.ts";
import { buy, dues, openCloud, service } from "./testing/cloud.ts";
import { expectVerified, left, wallet } from "./testing/shop.ts";

/** Orders, and cuts. */
const MANY = isLong ? 8 : 2;

test.each(sampleOf([[COMMIT], ["flow.insert_step"], ["ledger.addBatch"]] as const))(
  "P1 P2: a node whose wire is cut after %s, some times: each line asked for by one key, delivered once",
  async (text) => {
    const cloud = await openCloud(async () => {
      await sleep(20);
      return { status: "done" };
    });
    const proxy = await openProxy(cloud.test.url);
    const at = await cloud.node(proxy.url);
    // So many, and not at every one: a wire that is cut at each commit lets nothing through.
    void (async () => {
      for (let cut = 0; cut < MANY; cut++) await proxy.cutAfter(text);
    })();
    const ids = Array.from({ length: MANY }, (_, i) => `o${i}`);
    await Promise.all(
      ids.map(async (id) => {
        const lines = [service("VM", 2n, 60n), service("IP", 1n, 20n)];
        await at.orders.place(at.book, cloud.command(id, lines));
        await at.orders.pay(at.book, wallet(id, 80n));
      }),
    );
    const states = async () =>
      Promise.all(ids.map(async (id) => (await cloud.orders.lines(cloud.book, id))?.order.state));
    await expect.poll(states, { timeout: 40_000 }).toEqual(ids.map(() => "fulfilled"));
    const keys = new Set(cloud.asked.map(({ order, line, key }) => `${order}/${line} ${key}`));
    expect(keys.size).toBe(2 * MANY);
    expect(await left(cloud.book, "shop/revenue")).toBe(80n * BigInt(MANY));
    await expectVerified(cloud.book);
  },
  60_000,
);

test("P5: a node that stops half-way is followed by another, which asks with the same key", async () => {
  const cloud = await openCloud(async ({ signal }) => {
    await sleep(60_000, undefined, { signal }).catch(() => undefined);
    return { status: "later" };
  });
  const runs = await buy(cloud);
  await expect.poll(() => cloud.asked.length).toBe(2);
  const database = await openDatabase({
    url: cloud.test.url,
    schema: cloud.test.schema,
    poolMax: 4,
  });
  onTestFinished(() => database.close());
  const keys: string[] = [];
  const { flow } = provisioning({
    orders: () => cloud.orders,
    books: { book: async () => cloud.book },
    provider: async ({ key }) => {
      keys.push(key);
      return { status: "done" };
    },
  });
  await cloud.flows().close({ drainMs: 0 });
  const next = await openFlows({ database, node: "next", flows: [flow] });
  onTestFinished(() => next.close({ drainMs: 500 }));
  for (const id of runs) await next.run(id).result({ timeoutMs: 20_000 });
  expect(keys.toSorted()).toEqual(cloud.asked.map(({ key }) => key).toSorted());
  expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "2+0", "1+0"]);
});
