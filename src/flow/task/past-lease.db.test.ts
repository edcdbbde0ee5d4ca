/** What a node must not begin any more. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { overProxy } from "../../postgres/testing.ts";
import { task } from "../index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";

const COUNT = 230;
/** By then the node takes more at once than its slots. */
const CUT_AT = 200;

test("a node that is cut off past its lease begins none of the tasks it still has in memory", async () => {
  const opened = await flowDatabase();
  const { database, proxy } = await overProxy(opened);
  const did: number[] = [];
  const isCut = Promise.withResolvers<void>();
  const work = task("work", { concurrency: 1, timeoutMs: 60_000 }, async (n: number) => {
    did.push(n);
    await sleep(5);
  });
  const cut = task("work", { concurrency: 1, timeoutMs: 60_000 }, async (n: number) => {
    did.push(n);
    if (n !== CUT_AT) return sleep(5);
    const back = proxy.refuse();
    onTestFinished(back);
    isCut.resolve();
    // Until somebody else has done them; then this one still has them before it, and no lease.
    await expect.poll(() => did.length, { timeout: 60_000 }).toBeGreaterThan(COUNT);
  });
  const a = await flowsOn(database, [cut], { node: "a", leaseMs: 3_000 });
  await a.startAll(
    cut,
    Array.from({ length: COUNT }, (_, n) => n),
  );
  await isCut.promise;
  await flowNode(opened, "b", [work]);
  const left = () => rowsOf(opened, "select * from {schema}.flow_live");
  await expect.poll(left, { timeout: 60_000 }).toEqual([]);
  await sleep(3_000);
  const twice = did.filter((n, at) => did.indexOf(n) !== at);
  // What was under way has lost its node, and is done elsewhere.
  expect(twice.filter((n) => n > CUT_AT)).toEqual([]);
}, 120_000);
