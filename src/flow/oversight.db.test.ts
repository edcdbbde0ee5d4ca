/** Forks, states, versions and histories of runs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { flow, replayHistories, replayHistory } from "./index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "./testing/flows.ts";

/** Draws, and does by chance what it does: a fork must draw the same as long as it reuses. */
const drawing = (did: string[], breaks: () => boolean) =>
  flow("drawing", {}, async (f, word: string) => {
    const id = f.id();
    await f.step(f.random() < 0.5 ? "low" : "high", () => void did.push("first"));
    const before = f.now();
    await f.step("second", () => void did.push("second"));
    if (breaks()) throw new Error("broken");
    await f.step("third", () => void did.push("third"));
    return { id, word, before, after: f.id() };
  });

test("a fork takes along what was recorded before a step, and leaves its origin as it is", async () => {
  const did: string[] = [];
  let broken = true;
  const { database } = await flowDatabase();
  const of = drawing(did, () => broken);
  const flows = await flowsOn(database, [of]);
  for (let n = 0; n < 4; n++) {
    did.length = 0;
    broken = true;
    const run = await flows.start(of, "old");
    await expect(run.result()).rejects.toThrow("broken");
    const [first] = await flows.steps(run.id);
    broken = false;
    const plan = { again: ["second"], reused: [first?.step] };
    expect(await flows.fork(run.id, { from: "second", preview: true })).toMatchObject(plan);
    const forked = await flows.fork(run.id, { from: "second", input: "new", key: `k${n}` });
    const again = await flows.fork(run.id, { from: "second", input: "new", key: `k${n}` });
    expect(again.run).toMatchObject({ id: forked.run?.id, created: false });
    expect(await forked.run?.result()).toMatchObject({ word: "new", before: first?.endedAt });
    expect(did).toEqual(["first", "second", "second", "third"]);
    expect(await flows.get(run.id)).toMatchObject({ status: "failed" });
    expect(await flows.get(forked.run?.id ?? "")).toMatchObject({
      status: "done",
      origin: { run: run.id, from: "second" },
    });
    const twice = await flows.fork(forked.run?.id ?? "", { from: "third" });
    const { after } = await flows.run<{ after: string }>(forked.run?.id ?? "").result();
    expect(twice.reused).toEqual([first?.step, "second"]);
    expect(await twice.run?.result()).not.toMatchObject({ after });
  }
});

test("a fork waits for its own events and children, though its origin had begun to", async () => {
  const leaf = flow("leaf", {}, (f) => f.event("leaf go"));
  const of = flow("waits", {}, async (f) => {
    await f.step("one", () => 1);
    return [await f.child("leaf", leaf, undefined), await f.event("go")];
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [of, leaf]);
  const run = await flows.start(of, undefined);
  await expect.poll(async () => (await flows.steps(run.id)).length, { timeout: 25_000 }).toBe(2);
  const leaves = await flows.list({ flow: "leaf" });
  expect(leaves).toHaveLength(1);
  const { reused, run: forked } = await flows.fork(run.id);
  expect(reused).toEqual(["one"]);
  await expect
    .poll(async () => (await flows.list({ flow: "leaf" })).length, { timeout: 25_000 })
    .toBe(2);
  for (const { id } of await flows.list({ flow: "leaf" })) await flows.signal(id, "leaf go", id);
  await flows.signal(forked?.id ?? "", "go", "fork");
  await flows.signal(run.id, "go", "origin");
  expect(await forked?.result()).toMatchObject([
    expect.not.stringMatching(leaves[0]?.id ?? ""),
    "fork",
  ]);
  expect(await run.result()).toEqual([leaves[0]?.id, "origin"]);
});

test("bad forks are refused by name, and make nothing", async () => {
  const opened = await flowDatabase();
  const of = flow("one", { input: (value) => Number.parseInt(String(value), 10) }, (f) =>
    f.step("a", () => 1),
  );
  const picky = flow(
    "picky",
    {
      input: () => {
        throw new Error("never");
      },
    },
    () => 1,
  );
  const flows = await flowsOn(opened.database, [of, picky]);
  const run = await flows.start(of, 1);
  await run.result();
  await expect(flows.fork("r0000000000000")).rejects.toMatchObject({ code: "flow.run_missing" });
  await expect(flows.fork("nonsense")).rejects.toMatchObject({ code: "flow.run_id_malformed" });
  await expect(flows.fork(run.id, { from: "b" })).rejects.toMatchObject({
    code: "flow.step_missing",
  });
  await expect(flows.fork(run.id, { version: 7 })).rejects.toMatchObject({
    code: "flow.unknown_flow",
  });
  expect(await rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_run")).toEqual([
    { n: 1 },
  ]);
});

test("a run says what it is at, wherever it is and after its end; a retry says it anew", async () => {
  let broken = true;
  let early = false;
  const once = { retry: { attempts: 1 } };
  const of = flow("says", {}, async (f) => {
    f.state({ at: "begun" });
    await f.step(
      "one",
      () => {
        if (early) throw new Error("early");
      },
      once,
    );
    f.state({ at: "waiting", amount: 5n });
    await f.event("go");
    f.state({ at: "going" });
    await f.step(
      "two",
      () => {
        if (broken) throw new Error("broken");
      },
      { retry: { attempts: 1 } },
    );
    f.state({ at: "over" });
  });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [of]);
  const other = await flowNode(opened, "other", []);
  const run = await flows.start(of, undefined);
  await expect.poll(() => flows.runCount, { timeout: 25_000 }).toBe(0);
  expect(await other.query(run.id)).toMatchObject({ value: { at: "waiting", amount: 5n } });
  await flows.signal(run.id, "go");
  await expect(run.result()).rejects.toThrow("broken");
  expect(await other.query(run.id)).toMatchObject({ value: { at: "going" } });
  early = true;
  await flows.retry(run.id, { from: "one" });
  await expect
    .poll(async () => (await other.query(run.id))?.value, { timeout: 25_000 })
    .toEqual({ at: "begun" });
  await expect
    .poll(async () => (await flows.get(run.id))?.status, { timeout: 25_000 })
    .toBe("failed");
  early = broken = false;
  await flows.retry(run.id);
  await expect
    .poll(async () => (await flows.get(run.id))?.status, { timeout: 25_000 })
    .toBe("done");
  expect(await other.query(run.id)).toMatchObject({ value: { at: "over" } });
  await expect(flows.query("r0000000000000")).rejects.toMatchObject({ code: "flow.run_missing" });
});

test("a run that no node serves says so, with advice, and versions tell who serves what", async () => {
  const hold = (version: number) => flow("hold", { version }, (f) => f.event("go"));
  const opened = await flowDatabase();
  const one = await flowNode(opened, "one", [hold(1)]);
  const run = await one.start(hold(1), undefined);
  await expect.poll(() => one.runCount, { timeout: 25_000 }).toBe(0);
  const two = await flowNode(opened, "two", [hold(2)]);
  expect(await two.get(run.id)).not.toHaveProperty("unserved");
  let counted = 0;
  const versions = await two.versions({ onProgress: (n) => (counted = n) });
  expect(versions.filter(({ flow: name }) => name === "hold")).toMatchObject([
    { flow: "hold", version: 1, nodes: ["one"], live: { waiting: 1, ready: 0 }, retirable: false },
    { flow: "hold", version: 2, nodes: ["two"], live: { waiting: 0 }, retirable: true },
  ]);
  expect(counted).toBe(1);
  await one.close();
  const unserved = { code: "flow.unserved", message: "No node serves version 1 of hold." };
  expect(await two.get(run.id)).toMatchObject({ status: "waiting", unserved });
  expect(await two.list({ status: "waiting" })).toMatchObject([{ unserved }]);
  expect(await two.troubles(run.id)).toMatchObject([{ kind: "unserved", error: unserved }]);
  expect(await two.versions()).toContainEqual(
    expect.objectContaining({ flow: "hold", version: 1, nodes: [], retirable: false }),
  );
  const { run: forked } = await two.fork(run.id, { version: 2 });
  await two.signal(forked?.id ?? "", "go", "on");
  expect(await forked?.result()).toBe("on");
});

test("an exported history replays against its own code, and says where other code leaves it", async () => {
  const make = (third: string) =>
    flow("told", {}, async (f, n: bigint) => {
      const two = await f.step("two", () => n * 2n);
      await f.all({ a: (g) => g.step("left", () => 1), b: (g) => g.sleep("right", 5) });
      await f.event("go");
      return { two, id: f.id(), third: await f.step(third, () => 3) };
    });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [make("third")]);
  const run = await flows.start(make("third"), 21n);
  await expect.poll(async () => (await flows.steps(run.id)).length, { timeout: 25_000 }).toBe(4);
  const waiting = JSON.parse(JSON.stringify(await flows.exportHistory(run.id))) as unknown;
  expect(await replayHistory(make("third"), waiting)).toEqual({
    ok: true,
    reached: "frontier",
    steps: 4,
  });
  expect(await replayHistory(make("other"), waiting)).toMatchObject({ ok: true });
  await flows.signal(run.id, "go");
  await run.result();
  const folder = await mkdtemp(path.join(tmpdir(), "histories-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const history = await flows.exportHistory(run.id);
  await writeFile(path.join(folder, "a.json"), JSON.stringify(history));
  expect(await replayHistories([make("third")], folder)).toMatchObject([
    { replayed: { ok: true, reached: "end" } },
  ]);
  expect(await replayHistories([make("other")], folder)).toMatchObject([
    {
      replayed: {
        ok: false,
        step: "third",
        expected: 'step "third"',
        found: 'step "other"',
        place: expect.stringMatching(/oversight\.db\.test\.ts:\d+$/) as string,
      },
    },
  ]);
});
