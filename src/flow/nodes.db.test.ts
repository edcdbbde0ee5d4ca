/** Several nodes, bad input, and what a node must bear. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { listening, userPool } from "../postgres/testing.ts";
import { channelOf } from "./hints.ts";
import { flow, type StepContext } from "./index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "./testing/flows.ts";

const echo = flow("echo", {}, (f, word: string) => f.step("say", () => word));

test("two nodes share what was enqueued, and do each run once", async () => {
  const opened = await flowDatabase();
  const done: string[] = [];
  const work = flow("work", {}, (f, name: string) =>
    f.step("do", async () => void done.push(name)),
  );
  const one = await flowNode(opened, "one", [work]);
  const two = await flowNode(opened, "two", [work]);
  const names = Array.from({ length: 300 }, (_, n) => `n${n}`);
  const runs = await opened.database.transaction((tx) =>
    Promise.all(names.map((name) => one.startIn(tx, work, name))),
  );
  await Promise.all(runs.map(({ id }, n) => (n % 2 === 0 ? one : two).run(id).result()));
  expect(done.toSorted()).toEqual(names.toSorted());
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});

test("more runs than a node may hold wait as rows for their turn", async () => {
  const opened = await flowDatabase();
  let most = 0;
  const flows = await flowsOn(
    opened.database,
    [flow("slow", {}, (f) => f.step("wait", () => sleep(30)))],
    { runsMax: 5 },
  );
  const slow = flow("slow", {}, (f) => f.step("wait", () => sleep(30)));
  const runs = await Promise.all(Array.from({ length: 40 }, () => flows.start(slow, undefined)));
  const watch = setInterval(() => (most = Math.max(most, flows.runCount)), 2);
  onTestFinished(() => clearInterval(watch));
  await Promise.all(runs.map((run) => run.result({ timeoutMs: 40_000 })));
  // Starts that were under way together each found room.
  expect(most).toBeLessThanOrEqual(40);
  expect(await rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_end")).toEqual([
    { n: 40 },
  ]);
});

test("a node whose clock jumps by days numbers, waits and ends as ever", async () => {
  const opened = await flowDatabase();
  const nap = flow("nap", {}, async (f) => {
    const before = f.now();
    await f.sleep("a bit", 50);
    await f.step("then", () => 1);
    return f.now() - before;
  });
  const flows = await flowsOn(opened.database, [nap, echo]);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 9 * 86_400_000 });
  onTestFinished(() => void vi.useRealTimers());
  const ahead = await flows.start(nap, undefined);
  expect(await ahead.result()).toBeLessThan(60_000);
  vi.setSystemTime(0);
  const behind = await flows.start(nap, undefined);
  expect(await behind.result()).toBeLessThan(60_000);
  expect(behind.id > ahead.id).toBe(true);
});

test("a drained pool holds runs up, and loses neither them nor the lease", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [echo], { leaseMs: 6_000 });
  const other = await flowNode(opened, "two", [echo], { leaseMs: 6_000 });
  const over = Promise.withResolvers<void>();
  const taken = Array.from({ length: 8 }, () =>
    opened.database.transaction(() => over.promise, { readOnly: true }),
  );
  const runs = Array.from({ length: 20 }, (_, n) => flows.start(echo, `w${n}`));
  const looker = userPool(opened.url, 1);
  const renewedUntil = async () => {
    const text = `select lease_until::text from "${opened.schema}".lane_lease where node = 'node-1'`;
    return JSON.stringify((await looker.query(text)).rows);
  };
  // The second of these was asked for when nobody had a connection left.
  for (let renewal = 0; renewal < 2; renewal++) {
    const before = await renewedUntil();
    await expect.poll(renewedUntil).not.toBe(before);
  }
  over.resolve();
  await Promise.all(taken);
  const answers = await Promise.all(runs.map(async (run) => (await run).result()));
  expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => `w${n}`));
  const epochs = await rowsOf(
    opened,
    "select node, epoch::int4 from {schema}.lane_lease order by node",
  );
  expect(epochs).toEqual([
    { node: "node-1", epoch: 1 },
    { node: "two", epoch: 1 },
  ]);
  expect(other.runCount).toBe(0);
});

describe("a step", () => {
  const stepped = async (
    work: (context: StepContext) => unknown,
    options: { timeoutMs?: number; attempts?: number; baseMs?: number },
  ) => {
    const { database } = await flowDatabase();
    const { attempts = 3, baseMs = 1, ...rest } = options;
    const one = flow("one", {}, (f) =>
      f.step("work", work, { ...rest, retry: { attempts, baseMs } }),
    );
    const flows = await flowsOn(database, [one]);
    const run = await flows.start(one, undefined);
    return { flows, run, result: await run.result().catch((error: unknown) => error) };
  };

  test("that never returns is given up when its time is over, and its signal told", async () => {
    const signals: AbortSignal[] = [];
    const { result, flows, run } = await stepped(
      ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
      { timeoutMs: 20 },
    );
    expect(result).toMatchObject({ code: "flow.step_timed_out" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect(await flows.troubles(run.id)).toHaveLength(2);
  });

  test("has the same key in each attempt", async () => {
    const seen: [string, number][] = [];
    const { result } = await stepped(({ key, attempt }) => {
      seen.push([key, attempt]);
      if (attempt < 3) throw new Error("not yet");
      return "there";
    }, {});
    expect(result).toBe("there");
    expect(seen.map(([, attempt]) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(seen.map(([key]) => key)).size).toBe(1);
  });

  test("that throws what is no error fails by name", async () => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a careless handler does
    const { result, flows, run } = await stepped(() => Promise.reject("just a text"), {
      attempts: 1,
    });
    expect(result).toMatchObject({ name: "NotAnError", message: "just a text" });
    expect(await flows.get(run.id)).toMatchObject({ status: "failed" });
  });

  test("whose answer can't be kept fails, and says at which place", async () => {
    const { result } = await stepped(() => ({ cart: new Map() }), {});
    expect(result).toMatchObject({
      code: "flow.payload_unfit",
      message: expect.stringContaining("cart") as string,
    });
  });

  test("may be called again by its text and is done once", async () => {
    let calls = 0;
    const { database } = await flowDatabase();
    const look = flow("look", {}, async (f) => {
      const ask = (name: string) => f.step(name, () => ++calls, { cache: "rate" });
      return [await ask("first"), await ask("second")];
    });
    const flows = await flowsOn(database, [look]);
    expect(await (await flows.start(look, undefined)).result()).toEqual([1, 1]);
  });
});

test("a match that no event can have fails its run by name, as it is refused to who says it", async () => {
  const wait = flow("wait", {}, (f, match: string) => f.event("paid", { match }));
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [wait]);
  const refused = { code: "flow.name_malformed" };
  for (const match of ["m".repeat(501), "a\0b", "half \ud800"]) {
    await expect(flows.publish("paid", 1, { match })).rejects.toMatchObject(refused);
  }
  const run = await flows.start(wait, "m".repeat(501));
  await expect(run.result()).rejects.toMatchObject(refused);
});

describe("bad input is refused by name, and nothing is started", () => {
  const strict = flow(
    "strict",
    {
      input: (value) => {
        if (typeof value !== "number") throw new TypeError("it is no number");
        return value;
      },
    },
    (f, n: number) => f.step("n", () => n),
  );
  const unknown = flow("unknown", {}, () => 1);

  test.each<[string, (flows: Awaited<ReturnType<typeof flowsOn>>) => Promise<unknown>]>([
    ["flow.input_refused", (flows) => flows.start(strict, "seven" as never)],
    ["flow.unknown_flow", (flows) => flows.start(unknown, undefined)],
    [
      "flow.unknown_flow",
      (flows) =>
        flows.start(
          flow("strict", { version: 2 }, () => 1),
          undefined,
        ),
    ],
    ["flow.payload_unfit", (flows) => flows.start(echo, Symbol("s") as never)],
    ["flow.payload_too_large", (flows) => flows.start(echo, "x".repeat(2 ** 20))],
    ["flow.name_malformed", (flows) => flows.start(strict, 7, { key: "" })],
    ["flow.name_malformed", (flows) => flows.start(strict, 7, { key: "a\u0000b" })],
    ["flow.name_malformed", (flows) => flows.start(strict, 7, { key: "a\ud800" })],
    ["flow.name_malformed", (flows) => flows.start(strict, 7, { by: "a\u0000b" })],
    ["flow.name_malformed", (flows) => flows.start(strict, 7, { request: "\udc00" })],
    ["flow.wait_malformed", (flows) => flows.start(strict, 7, { at: Number.NaN })],
    ["flow.wait_malformed", (flows) => flows.start(strict, 7, { at: 8.6e15 })],
    ["flow.wait_malformed", (flows) => flows.start(strict, 7, { at: -9e15 })],
    ["flow.run_id_malformed", (flows) => flows.get("r!")],
    ["flow.run_missing", (flows) => flows.cancel("r00w6t2wf26erq")],
    ["flow.run_missing", (flows) => flows.retry("r00w6t2wf26erq")],
    ["flow.run_missing", (flows) => flows.signal("r00w6t2wf26erq", "go")],
    ["flow.name_malformed", (flows) => flows.publish("go", 1, { match: "a\u0000b" })],
    ["flow.limit_out_of_range", (flows) => flows.list({ limit: 0 })],
    ["flow.name_malformed", (flows) => flows.publish("a/b", 1, { match: "m" })],
  ])("%s", async (code, ask) => {
    const opened = await flowDatabase();
    const flows = await flowsOn(opened.database, [strict, echo]);
    await expect(ask(flows)).rejects.toMatchObject({ code });
    expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
  });

  test.each([
    ["twice the same", [echo, flow("echo", {}, () => 1)]],
    ["another version is another flow", [echo, flow("echo", { version: 2 }, () => 1)]],
  ])("definitions: %s", async (title, flows) => {
    const { database } = await flowDatabase();
    const opening = flowsOn(database, flows);
    if (title === "twice the same") {
      await expect(opening).rejects.toMatchObject({ code: "flow.definition_malformed" });
    } else expect(await opening).toMatchObject({ node: "node-1" });
  });
});

test("a page of runs is newest first, by flow and state", async () => {
  const { database } = await flowDatabase();
  const wait = flow("wait", {}, (f) => f.event("go"));
  const flows = await flowsOn(database, [echo, wait]);
  const ids: string[] = [];
  for (const word of ["a", "b", "c"]) {
    const run = await flows.start(echo, word, { by: "ann", request: "r1" });
    await run.result();
    ids.unshift(run.id);
  }
  const waiting = await flows.start(wait, undefined);
  await expect.poll(() => flows.runCount).toBe(0);
  const page = await flows.list({ flow: "echo", limit: 2 });
  expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(page[0]).toMatchObject({ status: "done", result: "c", by: "ann", request: "r1" });
  const next = await flows.list({ flow: "echo", before: page[1]?.id });
  expect(next.map(({ id }) => id)).toEqual(ids.slice(2));
  expect((await flows.list({ status: "waiting" })).map(({ id }) => id)).toEqual([waiting.id]);
});

test("what is asked of another node's runs it is hinted at, many asks by one hint", async () => {
  const opened = await flowDatabase();
  const stuck = flow("stuck", {}, (f) =>
    f.step("wait", ({ signal }) => sleep(600_000, undefined, { signal })),
  );
  const one = await flowNode(opened, "one", [stuck]);
  const two = await flowNode(opened, "two", [stuck]);
  const heard = await listening(opened.url, channelOf(opened.database));
  const runs = await Promise.all(Array.from({ length: 100 }, () => two.start(stuck, undefined)));
  // One after the other: did each wait for a look, it would take longer than a test may.
  for (const run of runs.slice(0, 40)) {
    await one.cancel(run.id);
    await expect(run.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  }
  await expect.poll(heard).toBeGreaterThan(0);
  const before = heard();
  await Promise.all(runs.slice(40).map((run) => one.cancel(run.id)));
  await Promise.all(runs.slice(40).map((run) => run.result().catch(() => undefined)));
  // At most twenty a second, however many ask: sixty asks are far from so slow.
  expect(heard() - before).toBeLessThan(40);
});
