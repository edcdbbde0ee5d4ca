/** Tasks that fail for good, batches, progress, handlers that misbehave, and closing under load. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { task, Unrecoverable } from "../index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";

describe("a dead task", () => {
  const dying = async (isBroken: () => boolean) => {
    const opened = await flowDatabase();
    const attempts: number[] = [];
    const work = task("work", { retry: { attempts: 2, baseMs: 1 } }, (n: number, t) => {
      attempts.push(t.attempt);
      if (isBroken()) throw new Error(`broken ${t.attempt}`);
      return n;
    });
    const flows = await flowsOn(opened.database, [work]);
    return { opened, work, flows, attempts };
  };

  test("is listed, and done again with its attempts anew and its troubles kept", async () => {
    let broken = true;
    const { work, flows, attempts } = await dying(() => broken);
    const run = await flows.start(work, 7);
    await expect(run.result()).rejects.toThrow("broken 2");
    expect((await flows.tasks.dead({ task: "work" })).map(({ id }) => id)).toEqual([run.id]);
    broken = false;
    await flows.tasks.redrive(run.id);
    expect(await flows.run(run.id).result()).toBe(7);
    expect(attempts).toEqual([1, 2, 1]);
    expect(await flows.tasks.dead()).toEqual([]);
    const words = (await flows.troubles(run.id)).map(({ error }) => error.message);
    expect(words.toSorted()).toEqual(["broken 1", "broken 2"]);
  });

  test("that two operators redrive at once is done again once (P2)", async () => {
    let broken = true;
    const { opened, work, flows, attempts } = await dying(() => broken);
    const runs = await flows.startAll(work, [1, 2, 3, 4, 5]);
    await Promise.allSettled(runs.map((run) => run.result()));
    broken = false;
    attempts.length = 0;
    const other = await flowNode(opened, "two", [work]);
    await Promise.all([flows, other, flows].map((node) => node.tasks.redriveAll("work")));
    const answers = await Promise.all(runs.map(({ id }) => flows.run(id).result()));
    expect(answers).toEqual([1, 2, 3, 4, 5]);
    expect(attempts).toEqual([1, 1, 1, 1, 1]);
    await expect(flows.tasks.redrive(runs[0]?.id ?? "")).rejects.toMatchObject({
      code: "flow.task_not_dead",
    });
    await expect(flows.tasks.redriveAll("nobody")).rejects.toMatchObject({
      code: "flow.task_missing",
    });
  });

  test("can be retried like any failed run, too", async () => {
    let broken = true;
    const { opened, work, flows } = await dying(() => broken);
    const run = await flows.start(work, 3);
    await run.result().catch(() => undefined);
    broken = false;
    await flows.retry(run.id);
    expect(await flows.run(run.id).result()).toBe(3);
    expect(await rowsOf(opened, "select * from {schema}.flow_dead")).toEqual([]);
  });
});

describe("a batch", () => {
  test("is handed as many inputs as there are, up to its size, and answers each", async () => {
    const { database } = await flowDatabase();
    const sizes: number[] = [];
    const work = task(
      "mail",
      { batch: { size: 10, waitMs: 30 } },
      async (inputs: readonly number[]) => {
        sizes.push(inputs.length);
        return Promise.resolve(inputs.map((n) => n + 1));
      },
    );
    const flows = await flowsOn(database, [work]);
    const runs = await Promise.all(Array.from({ length: 25 }, (_, n) => flows.start(work, n)));
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual(runs.map((_, n) => n + 1));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(25);
    expect(sizes.length).toBeLessThan(25);
  });

  test("in which one fails is done again for that one only", async () => {
    const { database } = await flowDatabase();
    const calls: number[][] = [];
    const retry = { attempts: 3, baseMs: 1 };
    const work = task(
      "mail",
      { batch: { size: 3, waitMs: 2_000 }, retry },
      async (inputs: readonly number[], t) => {
        calls.push([...inputs]);
        await Promise.resolve();
        return inputs.map((n, at) =>
          n === 2 && t.tasks[at]?.attempt === 1 ? t.failed(new Error("not two")) : n,
        );
      },
    );
    const flows = await flowsOn(database, [work]);
    const runs = await flows.startAll(work, [1, 2, 3]);
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([1, 2, 3]);
    expect(calls).toEqual([[1, 2, 3], [2]]);
  });

  test("that is answered with too few answers fails by name", async () => {
    const { database } = await flowDatabase();
    const batch = { size: 2, waitMs: 1 };
    const work = task("mail", { batch, retry: { attempts: 1 } }, async () =>
      Promise.resolve([1, 2, 3]),
    );
    const flows = await flowsOn(database, [work]);
    const run = await flows.start(work, undefined);
    await expect(run.result()).rejects.toMatchObject({ code: "flow.batch_answer" });
  });
});

test("what a handler says of its progress can be read, and goes with its end", async () => {
  const opened = await flowDatabase();
  const free = Promise.withResolvers<void>();
  const work = task("work", {}, async (_: undefined, t) => {
    for (let done = 1; done <= 100; done++) t.progress({ done, of: 100 });
    await free.promise;
  });
  const flows = await flowsOn(opened.database, [work]);
  const run = await flows.start(work, undefined);
  await expect
    .poll(async () => (await flows.get(run.id))?.progress?.value)
    .toEqual({ done: 100, of: 100 });
  free.resolve();
  await run.result();
  expect(await rowsOf(opened, "select * from {schema}.flow_progress")).toEqual([]);
});

describe("a handler", () => {
  const handled = async (handler: (signal: AbortSignal) => unknown, timeoutMs = 60_000) => {
    const { database } = await flowDatabase();
    const options = { retry: { attempts: 2, baseMs: 1 }, timeoutMs, concurrency: 1 };
    const work = task("work", options, (_: undefined, t) => handler(t.signal));
    const good = task("good", {}, () => "good");
    const flows = await flowsOn(database, [work, good]);
    const run = await flows.start(work, undefined);
    const result = await run.result().catch((error: unknown) => error);
    return { flows, work, good, result };
  };

  test("that never returns is given up, its signal told, and its slot is free again", async () => {
    const signals: AbortSignal[] = [];
    const { flows, work, result } = await handled((signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    }, 20);
    expect(result).toMatchObject({ code: "flow.task_timed_out" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    const queue = flows.tasks.queues().find((one) => one.task === work.name);
    expect(queue).toMatchObject({ running: 0, strays: 2 });
    const next = await flows.start(work, undefined);
    await expect(next.result()).rejects.toMatchObject({ code: "flow.task_timed_out" });
  });

  test("that throws what is no error fails by name", async () => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a careless handler does
    const { result } = await handled(() => Promise.reject("just a text"));
    expect(result).toMatchObject({ name: "NotAnError", message: "just a text" });
  });

  test("whose answer can't be kept fails, and says at which place", async () => {
    const { result } = await handled(() => ({ cart: new Map() }));
    expect(result).toMatchObject({ code: "flow.payload_unfit" });
  });

  test("that blocks the event loop past the lease keeps it, and others go on behind it", async () => {
    const { flows, good, result } = await handled(() => {
      const until = performance.now() + 4_000;
      while (performance.now() < until);
      return "late";
    });
    expect(result).toBe("late");
    expect(await (await flows.start(good, undefined)).result()).toBe("good");
  });

  test("that says it is no use is not tried again", async () => {
    let calls = 0;
    const { result } = await handled(() => {
      calls += 1;
      throw new Unrecoverable("no such order");
    });
    expect(result).toMatchObject({ message: "no such order" });
    expect(calls).toBe(1);
  });

  test("is told when its task is cancelled, which ends at once", async () => {
    const { database } = await flowDatabase();
    const begun = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const work = task("work", {}, (_: undefined, t) => {
      begun.resolve();
      t.signal.addEventListener("abort", () => told.resolve());
      return new Promise(() => undefined);
    });
    const flows = await flowsOn(database, [work]);
    const run = await flows.start(work, undefined);
    await begun.promise;
    await flows.cancel(run.id);
    await told.promise;
    await expect(run.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
    expect(await flows.get(run.id)).toMatchObject({ status: "cancelled" });
  });
});

test("a node that closes lets its handlers end, and gives the rest to others at once", async () => {
  const opened = await flowDatabase();
  const done: number[] = [];
  const work = task("work", { concurrency: 2 }, async (n: number) => {
    await sleep(100);
    done.push(n);
  });
  const one = await flowNode(opened, "one", [work]);
  const runs = await one.startAll(work, [1, 2, 3, 4, 5, 6]);
  await one.close();
  const left = await rowsOf(opened, "select state, owner from {schema}.flow_live");
  expect(left.every(({ state, owner }) => state === 1 && owner === 0)).toBe(true);
  const two = await flowNode(opened, "two", [work]);
  await Promise.all(runs.map(({ id }) => two.run(id).result()));
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  await expect(one.start(work, 7)).rejects.toMatchObject({ code: "flow.closed" });
});

describe("bad definitions are refused by name", () => {
  test.each([
    ["no slots", () => task("t", { concurrency: 0 }, () => 1)],
    ["no time", () => task("t", { timeoutMs: Number.NaN }, () => 1)],
    ["no attempts", () => task("t", { retry: { attempts: 0 } }, () => 1)],
    ["a limit of groups, and no groups", () => task("t", { limits: { perGroup: 1 } }, () => 1)],
    ["a rate of nothing", () => task("t", { limits: { rate: { limit: 0, perMs: 1 } } }, () => 1)],
    ["batches of one", () => task("t", { batch: { size: 1 } }, () => Promise.resolve())],
    ["no handler", () => task("t", {}, undefined as never)],
  ])("%s", (_, define) => {
    expect(define).toThrow(expect.objectContaining({ code: "flow.definition_malformed" }));
  });

  test("more than ten thousand at once, and nothing is started", async () => {
    const opened = await flowDatabase();
    const work = task("work", {}, () => 1);
    const flows = await flowsOn(opened.database, [work]);
    const many = Array.from({ length: 10_001 }, () => undefined);
    await expect(flows.startAll(work, many)).rejects.toMatchObject({
      code: "flow.too_many_starts",
    });
    expect(await rowsOf(opened, "select * from {schema}.flow_run limit 1")).toEqual([]);
  });

  test("many by keys: those that are known are answered, the others started", async () => {
    const { database } = await flowDatabase();
    const work = task("work", {}, (n: number) => n);
    const flows = await flowsOn(database, [work]);
    const first = await flows.start(work, 2, { key: "b" });
    const runs = await flows.startAll(work, [1, 2, 3, 3], { keys: ["a", "b", "c", "c"] });
    expect(runs.map(({ created }) => created)).toEqual([true, false, true, true]);
    expect(runs[1]?.id).toBe(first.id);
    expect(runs[2]?.id).toBe(runs[3]?.id);
    expect(await Promise.all(runs.map((run) => run.result()))).toEqual([1, 2, 3, 3]);
  });
});
