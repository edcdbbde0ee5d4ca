/** What a retry does again, and under which key. */
import { expect, test } from "vitest";
import { flow } from "../index.ts";
import { flowDatabase, flowsOn, rowsOf } from "../testing/flows.ts";

const once = { retry: { attempts: 1 } };
const LONG = { timeout: 30_000 };

/** A callee that knows repeats by their keys, as those who take payments do. */
function payments() {
  const byKey = new Map<string, string>();
  const answers = new Map<string, string>();
  const repeatable = (key: string, work: () => void): string => {
    if (!answers.has(key)) {
      work();
      answers.set(key, key);
    }
    return key;
  };
  return {
    byKey,
    charge: (key: string) => repeatable(key, () => byKey.set(key, "captured")),
    refund: (made: string, key: string) => repeatable(key, () => byKey.set(made, "refunded")),
  };
}

test("a step that was undone and is done again has another key, and so has its undoing", async () => {
  const psp = payments();
  let left = 2;
  const sells = flow("sells", {}, async (f) => {
    await f.step("charge", ({ key }) => psp.charge(key), {
      undo: async (made, { key }) => psp.refund(made, key),
    });
    await f.step(
      "ship",
      () => {
        if (left-- > 0) throw new Error("no truck");
      },
      once,
    );
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [sells]);
  const run = await flows.start(sells, undefined);
  await expect(run.result()).rejects.toThrow("no truck");
  await flows.retry(run.id);
  await expect(flows.run(run.id).result()).rejects.toThrow("no truck");
  expect([...psp.byKey.values()]).toEqual(["refunded", "refunded"]);
  await (await flows.bulk("retry", { flow: "sells" })).result();
  await flows.run(run.id).result();
  const key = `${run.id}/charge`;
  expect([...psp.byKey]).toEqual([
    [key, "refunded"],
    [`${key}~2`, "refunded"],
    [`${key}~3`, "captured"],
  ]);
});

test("what could not be undone is undone by a resume, under the same key", async () => {
  let stuck = true;
  const keys = new Set<string>();
  const sells = flow("sells", {}, async (f) => {
    await f.step("charge", () => 1, {
      undo: async (_made, { key }) => {
        keys.add(key);
        if (stuck) throw new Error("disputed");
      },
    });
    throw new Error("no truck");
  });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [sells]);
  const run = await flows.start(sells, undefined);
  // Twenty tries take minutes: all but the last are made up.
  await expect.poll(() => keys.size, LONG).toBe(1);
  await flows.pause(run.id);
  await flows.close({ drainMs: 0 });
  await rowsOf(
    opened,
    "update {schema}.flow_trouble set attempt = 19 where step = 'charge~undo' and kind = 1",
  );
  const next = await flowsOn(opened.database, [sells], { node: "node-2" });
  await next.resume(run.id);
  await expect.poll(async () => (await next.get(run.id))?.status, LONG).toBe("parked");
  expect((await next.troubles(run.id))[0]).toMatchObject({ error: { code: "flow.undo_failed" } });
  stuck = false;
  await next.resume(run.id);
  await expect(next.run(run.id).result()).rejects.toThrow("no truck");
  expect(await next.steps(run.id)).toMatchObject([
    { step: "charge", outcome: "done" },
    { step: "charge~undo", outcome: "done" },
  ]);
  expect(keys.size).toBe(1);
});

test.each(["retry", "bulk"])("a child that failed is started anew by a %s", async (how) => {
  let broken = true;
  let tries = 0;
  const work = () => {
    tries += 1;
    if (broken) throw new Error("down");
    return "packed";
  };
  const packs = flow("packs", {}, async (f) => f.step("pack", work, once));
  const parent = flow("parent", {}, async (f) => f.child("c", packs, undefined));
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [parent, packs]);
  const run = await flows.start(parent, undefined);
  await expect(run.result()).rejects.toThrow("down");
  broken = false;
  const plan = await flows.retry(run.id, { preview: true });
  expect(new Set(plan.again)).toEqual(new Set(["c", "c~child"]));
  if (how === "retry") await flows.retry(run.id);
  else await (await flows.bulk("retry", { flow: "parent" })).result();
  expect(await flows.run(run.id).result()).toBe("packed");
  expect(tries).toBe(2);
});

test.each(["retry", "bulk"])("a child that was cancelled is started anew by a %s", async (how) => {
  const waits = flow("waits", {}, async (f) => f.event("go"));
  const parent = flow("parent", {}, async (f) => f.child("c", waits, undefined));
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [parent, waits]);
  const run = await flows.start(parent, undefined);
  const childOf = async () => (await flows.list({ flow: "waits" })).at(0)?.id ?? "";
  await expect.poll(childOf, LONG).not.toBe("");
  const first = await childOf();
  await flows.cancel(first);
  await expect(run.result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  if (how === "retry") await flows.retry(run.id);
  else await (await flows.bulk("retry", { flow: "parent" })).result();
  await expect.poll(childOf, LONG).not.toBe(first);
  await flows.signal(await childOf(), "go", "gone");
  expect(await flows.run(run.id).result()).toBe("gone");
});

test.each(["retry", "bulk"])(
  "a child that was mended by itself counts when its parent is done again by a %s",
  async (how) => {
    let broken = true;
    let tries = 0;
    const work = () => {
      tries += 1;
      if (broken) throw new Error("down");
      return "packed";
    };
    const packs = flow("packs", {}, async (f) => f.step("pack", work, once));
    const parent = flow("parent", {}, async (f) => f.child("c", packs, undefined));
    const { database } = await flowDatabase();
    const flows = await flowsOn(database, [parent, packs]);
    const run = await flows.start(parent, undefined);
    await expect(run.result()).rejects.toThrow("down");
    broken = false;
    const [child] = await flows.list({ flow: "packs" });
    await flows.retry(child?.id ?? "");
    await flows.run(child?.id ?? "").result();
    if (how === "retry") await flows.retry(run.id);
    else await (await flows.bulk("retry", { flow: "parent" })).result();
    expect(await flows.run(run.id).result()).toBe("packed");
    expect(tries).toBe(2);
  },
);

test("an event that timed out is waited for anew", async () => {
  const paid = flow("paid", {}, async (f) => {
    const event = await f.event("paid", { timeoutMs: 5_000 });
    if (event === undefined) throw new Error("not paid");
    return event;
  });
  const opened = await flowDatabase();
  const flows = await flowsOn(opened.database, [paid]);
  const run = await flows.start(paid, undefined);
  await expect(run.result()).rejects.toThrow("not paid");
  await flows.retry(run.id, { from: "paid" });
  await flows.signal(run.id, "paid", "cash");
  expect(await flows.run(run.id).result()).toBe("cash");
  expect(await rowsOf(opened, "select * from {schema}.flow_wait")).toEqual([]);
});
