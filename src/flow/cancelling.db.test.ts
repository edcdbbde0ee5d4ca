/** A cancel finds a run in the middle of something: what has had its effect is recorded, and undone in its order. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { batcher, flow, type Steps } from "./index.ts";
import { flowDatabase, flowNode, flowsOn } from "./testing/flows.ts";

const patience = { timeout: 25_000, interval: 20 };
const cancelled = { code: "flow.run_cancelled" };

test("a step that is under way when its run is cancelled is told, waited for, recorded and undone", async () => {
  const world: string[] = [];
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  let isTold = false;
  const pay = flow("pay", {}, async (f) => {
    const charge = async ({ signal }: { readonly signal: AbortSignal }): Promise<string> => {
      world.push("charging");
      signal.addEventListener("abort", () => (isTold = true));
      await done;
      world.push("charged");
      return "c1";
    };
    const undo = async (made: string) => void world.push(`refunded ${made}`);
    await f.step("charge", charge, { undo });
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [pay]);
  const run = await flows.start(pay, undefined);
  await expect.poll(() => world, patience).toEqual(["charging"]);
  await flows.cancel(run.id);
  await expect.poll(() => isTold, patience).toBe(true);
  expect((await flows.get(run.id))?.status).toBe("running");
  finish();
  await expect(run.result()).rejects.toMatchObject(cancelled);
  expect(world).toEqual(["charging", "charged", "refunded c1"]);
  expect(await flows.steps(run.id)).toMatchObject([
    { step: "charge", outcome: "done" },
    { step: "charge~undo" },
  ]);
});

test("a step that gives up when its run is cancelled leaves word of it among the troubles", async () => {
  let begun = false;
  const wait = flow("wait", {}, async (f) => {
    await f.step("call", ({ signal }) => {
      begun = true;
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(new Error("the call was broken off")));
      return promise;
    });
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [wait]);
  const run = await flows.start(wait, undefined);
  await expect.poll(() => begun, patience).toBe(true);
  await flows.cancel(run.id);
  await expect(run.result()).rejects.toMatchObject(cancelled);
  expect(await flows.troubles(run.id)).toMatchObject([
    { step: "call", error: { message: "the call was broken off" } },
  ]);
});

test("a cancel that the flow's function catches cancels all the same, and what was done is undone", async () => {
  const did: string[] = [];
  const stubborn = flow("stubborn", {}, async (f) => {
    await f.step("take", () => void did.push("taken"), {
      undo: async () => void did.push("given back"),
    });
    return f.event("never").catch(() => "as if nothing had been");
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [stubborn]);
  const run = await flows.start(stubborn, undefined);
  await expect.poll(() => did, patience).toEqual(["taken"]);
  await flows.cancel(run.id);
  await expect(run.result()).rejects.toMatchObject(cancelled);
  expect(did).toEqual(["taken", "given back"]);
});

test("an item that waits for its batch is not sent any more when its run is cancelled", async () => {
  const sent: string[] = [];
  const mails = batcher<string, string>("mails", { size: 2, waitMs: 10_000 }, async (items) =>
    items.map(({ item }) => {
      sent.push(item);
      return { ok: true, result: item };
    }),
  );
  const tell = flow("tell", {}, async (f, name: string) => {
    await f.step("before", () => 1);
    return f.batch("mail", mails, name);
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [tell]);
  const off = await flows.start(tell, "off");
  await expect.poll(() => flows.steps(off.id), patience).toHaveLength(1);
  await flows.cancel(off.id);
  const on = await flows.start(tell, "on");
  await expect(off.result()).rejects.toMatchObject(cancelled);
  expect(await on.result()).toBe("on");
  expect(sent).toEqual(["on"]);
});

test("after two sagas have undone beside each other a run is paused and cancelled like any other", async () => {
  const did: string[] = [];
  const fails = () => Promise.reject(new Error("no"));
  const isUndoing = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
  const isOver = Promise.withResolvers<void>();
  /** Fails when it may, and undoes when it may. */
  const saga = (name: "a" | "b", may: Promise<void>, mayUndo: Promise<void>) => (f: Steps) =>
    f
      .saga("s", async (s) => {
        const undo = async () => {
          isUndoing[name].resolve();
          await mayUndo;
          did.push(`${name} undone`);
        };
        await s.step("do", () => 1, { undo });
        await s.step("fail", () => may.then(fails), { retry: { attempts: 1 } });
      })
      .catch(() => undefined);
  const two = flow("two", {}, async (f) => {
    // The first to begin is the first to end: the other is still at it.
    const first = saga("a", Promise.resolve(), isUndoing.b.promise);
    await f.all({
      a: (g) => first(g).finally(() => isOver.resolve()),
      b: saga("b", isUndoing.a.promise, isOver.promise),
    });
    for (let nth = 0; nth < 2_000; nth++) await f.step(`s${nth}`, () => sleep(50));
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [two]);
  const run = await flows.start(two, undefined);
  await expect.poll(() => did, patience).toEqual(["a undone", "b undone"]);
  await flows.pause(run.id);
  await expect.poll(async () => (await flows.get(run.id))?.status, patience).toBe("paused");
  await flows.resume(run.id);
  await flows.cancel(run.id);
  await expect(run.result({ timeoutMs: 25_000 })).rejects.toMatchObject(cancelled);
});

const told = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

test("while one branch undoes, a cancel stops the steps of the other, and the undo goes on", async () => {
  const did: string[] = [];
  const undoing = Promise.withResolvers<void>();
  const undone = Promise.withResolvers<void>();
  const work = flow("work", {}, async (f) => {
    await f.all({
      a: (a) =>
        a.saga("s", async (s) => {
          const undo = async () => {
            undoing.resolve();
            await undone.promise;
            did.push("undone");
          };
          await s.step("do", () => 1, { undo });
          await s.step("fail", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } });
        }),
      b: async (b) => {
        // As long as it takes the cancel to come to it.
        await b.step("first", ({ signal }) => undoing.promise.then(() => told(signal)));
        await b.step("second", () => void did.push("second"));
      },
    });
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [work]);
  const run = await flows.start(work, undefined);
  await undoing.promise;
  await flows.cancel(run.id);
  await expect
    .poll(async () => (await flows.steps(run.id)).map(({ step }) => step), patience)
    .toContain("all/b/first");
  await sleep(300);
  undone.resolve();
  await expect(run.result()).rejects.toMatchObject(cancelled);
  expect(did).toEqual(["undone"]);
});

test("a cancelled run waits until its child has undone what it did, then undoes its own", async () => {
  const did: string[] = [];
  const go = Promise.withResolvers<void>();
  const step = (name: string, undo: () => Promise<unknown>) => async (f: Steps) => {
    await f.step(name, () => void did.push(name), {
      undo: async () => {
        await undo();
        did.push(`no ${name}`);
      },
    });
  };
  const part = flow("part", {}, async (f) => {
    await step("part", () => go.promise)(f);
    await f.event("never");
  });
  const whole = flow("whole", {}, async (f) => {
    await step("whole", async () => undefined)(f);
    await f.child("part", part, undefined);
  });
  const opened = await flowDatabase();
  const { database } = opened;
  const flows = await flowsOn(database, [whole, part]);
  const run = await flows.start(whole, undefined);
  // Both are out of memory: each comes back by its own row, and the child at a node that knows no parents.
  await expect.poll(() => flows.runCount, patience).toBe(0);
  await flowNode(opened, "node-2", [part]);
  await flows.cancel(run.id);
  await expect
    .poll(async () => (await flows.list({ flow: "part" })).map(({ status }) => status), patience)
    .toEqual(["running"]);
  // It waits like for any child: a moment here, then out of memory.
  const status = async () => (await flows.get(run.id))?.status;
  await expect.poll(status, patience).toBe("waiting");
  expect(did).toEqual(["whole", "part"]);
  go.resolve();
  await expect(run.result()).rejects.toMatchObject(cancelled);
  expect(did).toEqual(["whole", "part", "no part", "no whole"]);
  expect(await flows.list({ flow: "part" })).toMatchObject([{ status: "cancelled" }]);
}, 90_000);
