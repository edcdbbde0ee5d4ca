/** What a flow promises while nothing breaks. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../postgres/index.ts";
import { flow } from "./index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "./testing/flows.ts";

const add = flow("add", {}, async (f, { a, b }: { a: number; b: number }) => {
  const first = await f.step("first", () => a + 1);
  const second = await f.step("second", () => first + b);
  return second;
});

describe("a run", () => {
  test("does its steps in order and answers what its function answers", async () => {
    const { database } = await flowDatabase();
    const flows = await flowsOn(database, [add]);
    const run = await flows.start(add, { a: 1, b: 2 });
    expect(await run.result()).toBe(4);
    expect(await flows.get(run.id)).toMatchObject({ flow: "add", status: "done", result: 4 });
    expect(await flows.steps(run.id)).toMatchObject([
      { step: "first", kind: "step", outcome: "done", result: 2, attempts: 1 },
      { step: "second", outcome: "done", result: 4 },
    ]);
  });

  test("leaves no live row behind it", async () => {
    const opened = await flowDatabase();
    const flows = await flowsOn(opened.database, [add]);
    const runs = await Promise.all(
      Array.from({ length: 200 }, (_, n) => flows.start(add, { a: n, b: 1 })),
    );
    const answers = await Promise.all(runs.map((run) => run.result()));
    expect(answers).toEqual(Array.from({ length: 200 }, (_, n) => n + 2));
    expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
    expect(await rowsOf(opened, "select count(*)::int4 as n from {schema}.flow_step")).toEqual([
      { n: 400 },
    ]);
  });

  test("sleeps out of memory and goes on", async () => {
    const nap = flow("nap", {}, async (f) => {
      await f.step("before", () => 1);
      await f.sleep("short", 30);
      await f.sleep("long", 5_600);
      return f.step("after", () => "awake");
    });
    const opened = await flowDatabase();
    const flows = await flowsOn(opened.database, [nap]);
    const run = await flows.start(nap, undefined);
    await expect.poll(() => flows.runCount).toBe(0);
    expect(await flows.get(run.id)).toMatchObject({ status: "waiting" });
    expect(await run.result()).toBe("awake");
    expect((await flows.steps(run.id)).map(({ step }) => step)).toEqual([
      "before",
      "short",
      "long",
      "after",
    ]);
  });
});

test("the same key is the same run, and another input under it is refused", async () => {
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [add]);
  const first = await flows.start(add, { a: 1, b: 1 }, { key: "k" });
  const again = await flows.start(add, { a: 1, b: 1 }, { key: "k" });
  expect(again).toMatchObject({ id: first.id, created: false });
  expect(await again.result()).toBe(3);
  await expect(flows.start(add, { a: 2, b: 1 }, { key: "k" })).rejects.toMatchObject({
    code: "flow.key_reused",
  });
});

test("an event wakes the run that waits, said before or after, by any node", async () => {
  const paid = flow("paid", {}, async (f, order: string) => {
    const event = await f.event("paid", { match: order });
    const more = await f.event("thanks");
    return { event, more };
  });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [paid]);
  const other = await flowNode(opened, "node-2", [paid]);
  const run = await flows.start(paid, "o1");
  await expect.poll(() => flows.runCount + other.runCount).toBe(0);
  await other.publish("paid", { amount: 5n }, { match: "o1" });
  await other.signal(run.id, "thanks", "you");
  expect(await run.result()).toEqual({ event: { amount: 5n }, more: "you" });
  expect(await rowsOf(opened, "select * from {schema}.flow_wait")).toEqual([]);
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});

test("a child answers its parent, and its failure is thrown there", async () => {
  const child = flow("child", {}, async (f, n: number) => {
    await f.step("work", () => sleep(1));
    if (n < 0) throw new RangeError("below zero");
    return n * 2;
  });
  const parent = flow("parent", {}, async (f) => {
    const two = await f.child("good", child, 1);
    const failed = await f.child("bad", child, -1).catch((error: Error) => error.message);
    return { two, failed };
  });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [parent, child]);
  const run = await flows.start(parent, undefined);
  expect(await run.result()).toEqual({ two: 2, failed: "below zero" });
  await expect.poll(() => rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});

test("branches run beside each other, each with its own steps", async () => {
  const wide = flow("wide", {}, (f) =>
    f.all({
      a: (g) => g.step("work", () => "from a"),
      b: (g) => g.step("work", () => "from b"),
    }),
  );
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [wide]);
  const run = await flows.start(wide, undefined);
  expect(await run.result()).toEqual({ a: "from a", b: "from b" });
  expect((await flows.steps(run.id)).map(({ step }) => step).toSorted()).toEqual([
    "all/a/work",
    "all/b/work",
  ]);
});

test("a run that fails undoes what it did, newest first", async () => {
  const done: string[] = [];
  const book = flow("book", {}, async (f) => {
    const say = (word: string) => async () => void done.push(word);
    await f.step("hotel", say("hotel"), { undo: say("no hotel") });
    await f.saga("trip", async (s) => {
      await s.step("flight", say("flight"), { undo: say("no flight") });
    });
    await f.step("car", () => Promise.reject(new Error("no car left")), {
      retry: { attempts: 2, baseMs: 1 },
    });
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [book]);
  const run = await flows.start(book, undefined);
  await expect(run.result()).rejects.toThrow("no car left");
  expect(done).toEqual(["hotel", "flight", "no flight", "no hotel"]);
  expect(await flows.get(run.id)).toMatchObject({
    status: "failed",
    error: { message: "no car left" },
  });
  expect(await flows.troubles(run.id)).toMatchObject([
    { step: "car", attempt: 1, kind: "attempt" },
  ]);
});

test("a cancelled run stops, undoes and ends, wherever it is", async () => {
  const undone: string[] = [];
  const hold = flow("hold", {}, async (f) => {
    await f.step("take", () => "it", { undo: async (it) => void undone.push(it) });
    await f.event("never");
  });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [hold]);
  const here = await flows.start(hold, undefined);
  await flows.cancel(here.id);
  await expect(here.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  const gone = await flows.start(hold, undefined);
  await expect.poll(() => flows.runCount).toBe(0);
  await flows.cancel(gone.id);
  await expect(gone.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  expect(undone).toEqual(["it", "it"]);
  expect(await rowsOf(opened, "select * from {schema}.flow_wait")).toEqual([]);
  await expect(flows.cancel(gone.id)).rejects.toMatchObject({ code: "flow.run_ended" });
});

test("a paused run stays until it is resumed", async () => {
  const steps: number[] = [];
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const slow = flow("slow", {}, async (f) => {
    await f.step("one", () => {
      begun.resolve();
      return go.promise;
    });
    await f.step("two", () => void steps.push(2));
    return "done";
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [slow]);
  const run = await flows.start(slow, undefined);
  await begun.promise;
  await flows.pause(run.id);
  go.resolve();
  await expect.poll(async () => (await flows.get(run.id))?.status).toBe("paused");
  expect(steps).toEqual([]);
  await flows.resume(run.id);
  expect(await run.result()).toBe("done");
});

test("a failed run goes on from a step, and says before what will be done again", async () => {
  const did: string[] = [];
  let broken = true;
  const three = flow("three", {}, async (f) => {
    await f.step("a", () => void did.push("a"));
    await f.step(
      "b",
      () => {
        if (broken) throw new Error("broken");
        did.push("b");
      },
      { retry: { attempts: 1 } },
    );
    return "mended";
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [three]);
  const run = await flows.start(three, undefined);
  await expect(run.result()).rejects.toThrow("broken");
  broken = false;
  const plan = { again: ["b"], reused: ["a"] };
  expect(await flows.retry(run.id, { preview: true })).toEqual(plan);
  expect(await flows.retry(run.id)).toEqual(plan);
  expect(await flows.run(run.id).result()).toBe("mended");
  expect(did).toEqual(["a", "b"]);
});

describe("in a transaction of the caller's own", () => {
  const withShelf = async (database: Database, schema: string, commits: boolean) => {
    const flows = await flowsOn(database, [add]);
    let id = "";
    const work = database.transaction(async (tx) => {
      await tx.query(`insert into ${schema}.test_shelf values ('s', 1, 1)`);
      id = (await flows.startIn(tx, add, { a: 1, b: 1 })).id;
      if (!commits) throw new Error("rolled back");
    });
    await work.catch(() => undefined);
    return { flows, id };
  };

  test("a run starts with the commit", async () => {
    const { database, schema } = await flowDatabase();
    const { flows, id } = await withShelf(database, schema, true);
    expect(await flows.run(id).result()).toBe(3);
  });

  test("and never was after a rollback", async () => {
    const { database, schema } = await flowDatabase();
    const { flows, id } = await withShelf(database, schema, false);
    expect(await flows.get(id)).toBeUndefined();
  });
});

test("the caller's own SQL is done once, with its record", async () => {
  const opened = await flowDatabase();
  const { schema } = opened;
  const shelve = flow("shelve", {}, async (f) => {
    const count = await f.tx("put", async (tx) => {
      const { count: n } = await tx.query(`insert into ${schema}.test_shelf values ('s', 1, 1)`);
      return n;
    });
    await f.tx("refused", (tx) => tx.query(`select 1 / 0`)).catch(() => undefined);
    return count;
  });
  const flows = await flowsOn(opened.database, [shelve]);
  const run = await flows.start(shelve, undefined);
  expect(await run.result()).toBe(1);
  expect(await flows.steps(run.id)).toMatchObject([
    { step: "put", kind: "tx", outcome: "done" },
    { step: "refused", kind: "tx", outcome: "failed" },
  ]);
});

test("a changed flow is parked, with what was expected, what was found and where", async () => {
  const before = flow("changes", {}, async (f) => {
    await f.step("old", () => 1);
    await f.event("go");
  });
  const after = flow("changes", {}, async (f) => {
    await f.step("new", () => 1);
    await f.event("go");
  });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [before]);
  const run = await flows.start(before, undefined);
  await expect.poll(() => flows.runCount).toBe(0);
  await flows.close();
  const database = await openDatabase({ url: opened.url, schema: opened.schema, poolMax: 3 });
  const changed = await flowsOn(database, [after], { node: "node-2" });
  await changed.signal(run.id, "go");
  await expect.poll(async () => (await changed.get(run.id))?.status).toBe("parked");
  const [trouble] = await changed.troubles(run.id);
  expect(trouble).toMatchObject({ kind: "parked", error: { code: "flow.mismatch" } });
  expect(trouble?.error.message).toContain('expected step "old", found step "new"');
  expect(trouble?.error.message).toContain("flows.db.test.ts:");
  await changed.close();
  await database.close();
});
