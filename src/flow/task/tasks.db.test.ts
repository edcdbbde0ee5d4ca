/** What tasks promise while nothing breaks. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { flow, task, Unrecoverable } from "../index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";

const double = task("double", {}, (n: number) => n * 2);

test("a task is run once and answers what its handler answers", async () => {
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [double]);
  const runs = await Promise.all(Array.from({ length: 500 }, (_, n) => flows.start(double, n)));
  const answers = await Promise.all(runs.map((run) => run.result()));
  expect(answers).toEqual(runs.map((_, n) => n * 2));
  expect(await flows.get(runs[3]?.id ?? "")).toMatchObject({ status: "done", result: 6, input: 3 });
  expect(
    await rowsOf(
      opened,
      `select (select count(*)::int4 from {schema}.flow_live) as live,
      (select count(*)::int4 from {schema}.flow_end) as ended,
      (select count(*)::int4 from {schema}.flow_step) as steps`,
    ),
  ).toEqual([{ live: 0, ended: 500, steps: 0 }]);
});

test("more tasks than a node has slots wait in the table, and none runs beside too many", async () => {
  const { database } = await flowDatabase();
  let now = 0;
  let most = 0;
  const slow = task("slow", { concurrency: 4 }, async () => {
    most = Math.max(most, ++now);
    await sleep(5);
    now -= 1;
  });
  const flows = await flowsOn(database, [slow]);
  const runs = await Promise.all(Array.from({ length: 60 }, () => flows.start(slow, undefined)));
  await Promise.all(runs.map((run) => run.result({ timeoutMs: 30_000 })));
  expect(most).toBe(4);
});

test("an attempt that fails is tried again, and the last one says why", async () => {
  const opened = await flowDatabase();
  const seen: [string, number][] = [];
  const flaky = task("flaky", { retry: { attempts: 3, baseMs: 1 } }, (mode: string, t) => {
    seen.push([t.key, t.attempt]);
    if (mode === "final") throw new Unrecoverable("no use");
    if (mode === "dies" || t.attempt < 3) throw new RangeError(`attempt ${t.attempt}`);
    return "there";
  });
  const flows = await flowsOn(opened.database, [flaky]);
  const good = await flows.start(flaky, "good");
  expect(await good.result()).toBe("there");
  expect(seen.map(([, attempt]) => attempt)).toEqual([1, 2, 3]);
  expect(new Set(seen.map(([key]) => key)).size).toBe(1);
  expect(await flows.troubles(good.id)).toHaveLength(2);
  const bad = await flows.start(flaky, "dies");
  await expect(bad.result()).rejects.toThrow("attempt 3");
  expect(await flows.get(bad.id)).toMatchObject({
    status: "failed",
    error: { name: "RangeError" },
  });
  const final = await flows.start(flaky, "final");
  await expect(final.result()).rejects.toThrow("no use");
  expect(await flows.troubles(final.id)).toHaveLength(0);
});

test("a long pause between attempts is spent in the table", async () => {
  const { database } = await flowDatabase();
  const at: number[] = [];
  const late = task("late", { retry: { baseMs: 12_000, maxMs: 12_000 } }, (_, t) => {
    at.push(performance.now());
    if (t.attempt < 2) throw new Error("not yet");
  });
  const flows = await flowsOn(database, [late]);
  const run = await flows.start(late, undefined);
  await expect.poll(() => at.length).toBe(1);
  // Full jitter: most pauses are longer than what is spent in memory, and all are shorter than 12 s.
  await run.result({ timeoutMs: 30_000 });
  expect(at).toHaveLength(2);
}, 40_000);

test("a task that is to begin later begins then", async () => {
  const { database } = await flowDatabase();
  const begunAt = task("begun at", {}, () => Date.now());
  const flows = await flowsOn(database, [begunAt]);
  const inAnHour = await flows.start(begunAt, undefined, { at: Date.now() + 3_600_000 });
  const at = Date.now() + 400;
  const run = await flows.start(begunAt, undefined, { at });
  // Nodes know the database's clock to some milliseconds.
  expect(await run.result()).toBeGreaterThan(at - 50);
  expect(await flows.get(inAnHour.id)).toMatchObject({ status: "waiting" });
});

test("the most urgent of those that wait is claimed first, then the oldest", async () => {
  const opened = await flowDatabase();
  const order: number[] = [];
  const work = task("work", { concurrency: 1 }, async (n: number) => {
    order.push(n);
    await sleep(120);
  });
  const first = await flowsOn(opened.database, [double]);
  await first.close();
  const enqueuer = await flowNode(opened, "enqueuer", [work]);
  const runs = await opened.database.transaction(async (tx) => [
    await enqueuer.startIn(tx, work, 1, { priority: 5 }),
    await enqueuer.startIn(tx, work, 2),
    await enqueuer.startIn(tx, work, 3),
    await enqueuer.startIn(tx, work, 4, { priority: -5 }),
  ]);
  await Promise.all(runs.map(({ id }) => enqueuer.run(id).result()));
  expect(order).toEqual([4, 2, 3, 1]);
});

test("a flow waits for a task as for any child", async () => {
  const opened = await flowDatabase();
  const parent = flow("parent", {}, async (f, n: number) => (await f.child("c", double, n)) + 1);
  const flows = await flowsOn(opened.database, [parent, double]);
  const run = await flows.start(parent, 20);
  expect(await run.result()).toBe(41);
  await expect.poll(() => rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});

test("a node claims of a task what it has slots for, and leaves the rest to others", async () => {
  const opened = await flowDatabase();
  const free = Promise.withResolvers<void>();
  const work = task("work", { concurrency: 3 }, () => free.promise);
  const first = await flowNode(opened, "one", [work]);
  const runs = await first.startAll(
    work,
    Array.from({ length: 20 }, () => undefined),
  );
  const owned = async () => {
    const rows = await rowsOf(
      opened,
      `select count(*)::int4 as n from {schema}.flow_live where owner <> 0 group by owner`,
    );
    return rows.map(({ n }) => Number(n));
  };
  await expect.poll(owned).toEqual([3]);
  await flowNode(opened, "two", [work]);
  await expect.poll(owned).toEqual([3, 3]);
  free.resolve();
  await Promise.all(runs.map((run) => run.result()));
});

test("one start that PostgreSQL does not take harms none that goes out with it", async () => {
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [double]);
  const asked = [1, 2, 3].map((n) =>
    flows.start(double, n, n === 2 ? { by: "with a \u0000 in it" } : {}),
  );
  const came = await Promise.allSettled(asked);
  expect(came.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const last = came[2];
  if (last?.status === "fulfilled") expect(await last.value.result()).toBe(6);
});
