/** Nodes of two versions of a user's code at once, forward and back. */
import { expect, test } from "vitest";
import { flow, type Flows, type Steps } from "./index.ts";
import { flowDatabase, flowNode, rowsOf } from "./testing/flows.ts";

const RUNS = 20;

test("P5: rolling forward and back, each run goes on where its version is served, and does nothing twice", async () => {
  const opened = await flowDatabase();
  const done: string[] = [];
  const doing = (f: Steps, run: string, step: string) =>
    f.step(step, () => void done.push(`${run} ${step}`));
  const before = flow("ship", { version: 1 }, async (f, run: string) => {
    await doing(f, run, "pack");
    await f.event("go", { match: run });
    await doing(f, run, "send");
    return 1;
  });
  const after = flow("ship", { version: 2 }, async (f, run: string) => {
    await doing(f, run, "weigh");
    await f.event("go", { match: run });
    await doing(f, run, "post");
    return 2;
  });
  const names = (prefix: string) => Array.from({ length: RUNS }, (_, n) => `${prefix}${n}`);
  const startAll = (flows: Flows, of: typeof before, prefix: string) =>
    Promise.all(names(prefix).map((name) => flows.start(of, name, { key: name })));

  const old = await flowNode(opened, "old", [before]);
  const first = await startAll(old, before, "first");
  const fresh = await flowNode(opened, "fresh", [before, after]);
  const second = await startAll(fresh, after, "second");
  // Forward: the old one closes, with all its runs in the middle.
  await old.close();
  for (const name of names("first")) await fresh.publish("go", null, { match: name });
  for (const { id } of first) expect(await fresh.run(id).result()).toBe(1);
  // And back: nobody serves the second version for a while, and nobody touches its runs.
  await fresh.close();
  const again = await flowNode(opened, "old", [before]);
  for (const name of names("second")) await again.publish("go", null, { match: name });
  const third = await startAll(again, before, "third");
  for (const name of names("third")) await again.publish("go", null, { match: name });
  for (const { id } of third) expect(await again.run(id).result()).toBe(1);
  expect(await again.list({ status: "ready", flow: "ship" })).toHaveLength(RUNS);
  const forward = await flowNode(opened, "fresh", [before, after]);
  for (const { id } of second) expect(await forward.run(id).result()).toBe(2);
  const wanted = [
    ...[...names("first"), ...names("third")].flatMap((name) => [`${name} pack`, `${name} send`]),
    ...names("second").flatMap((name) => [`${name} weigh`, `${name} post`]),
  ];
  expect(done.toSorted()).toEqual(wanted.toSorted());
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});
