/** Flows that are written carelessly: told so by name, and nothing is lost or spun for it. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { batcher, flow, type Steps, type StepOptions, task } from "../index.ts";
import { flowDatabase, flowsOn } from "../testing/flows.ts";

const LONG = { timeout: 30_000 };

/** As libraries give them. */
class Receipt {
  readonly id = "ch_1";
}

test("an answer that can't be kept parks a step that has an undo, and is asked for again once it can", async () => {
  const world: string[] = [];
  const keys = new Set<string>();
  let isPlain = false;
  const sells = flow("sells", {}, async (f) => {
    const charge = ({ key }: { key: string }): unknown => {
      keys.add(key);
      world.push("charge");
      return isPlain ? { id: "ch_1" } : new Receipt();
    };
    await f.step("charge", charge, { undo: async () => void world.push("refund") });
    return "sold";
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [sells]);
  const run = await flows.start(sells, undefined);
  await expect.poll(async () => (await flows.get(run.id))?.status, LONG).toBe("parked");
  expect(await flows.troubles(run.id)).toMatchObject([
    { step: "charge", kind: "parked", error: { code: "flow.payload_unfit" } },
  ]);
  isPlain = true;
  await flows.resume(run.id);
  expect(await run.result()).toBe("sold");
  expect(world).toEqual(["charge", "charge"]);
  expect(keys.size).toBe(1);
});

test("without an undo it is the step's failure, and recorded", async () => {
  const sells = flow("sells", {}, (f) => f.step("charge", () => new Receipt()));
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [sells]);
  const run = await flows.start(sells, undefined);
  await expect(run.result()).rejects.toMatchObject({ code: "flow.payload_unfit" });
  expect(await flows.steps(run.id)).toMatchObject([{ step: "charge", outcome: "failed" }]);
});

describe("a step within a step is refused", () => {
  const inner = (f: Steps) => f.step("inner", () => 1);
  test.each<[string, (f: Steps) => Promise<unknown>]>([
    ["a step", (f) => f.step("outer", () => inner(f))],
    ["a step, later", (f) => f.step("outer", () => sleep(5).then(() => inner(f)))],
    ["a transaction", (f) => f.tx("outer", () => inner(f))],
    ["a saga", (f) => f.step("outer", () => f.saga("saga", inner))],
    ["branches", (f) => f.step("outer", () => f.all({ a: inner }))],
  ])("of %s", async (_, outer) => {
    const nested = flow("nested", {}, (f) => outer(f));
    const { database } = await flowDatabase();
    const flows = await flowsOn(database, [nested]);
    const run = await flows.start(nested, undefined);
    await expect(run.result()).rejects.toMatchObject({ code: "flow.step_in_step" });
    expect(await flows.steps(run.id)).toMatchObject([{ step: "outer", outcome: "failed" }]);
  });
});

test("a step may start another run, which has steps of its own", async () => {
  const other = flow("other", {}, (f) => f.step("one", () => 1));
  const { database } = await flowDatabase();
  const outer = flow("outer", {}, (f) =>
    f.step("start", async () => (await flows.start(other, undefined)).result()),
  );
  const flows = await flowsOn(database, [outer, other]);
  expect(await (await flows.start(outer, undefined)).result()).toBe(1);
});

test("a step whose function has gone on costs no time of the processor", async () => {
  const floats = flow("floats", {}, async (f) => {
    await Promise.all([
      f.step("slow", () => sleep(3_000)),
      f.step("fails", () => Promise.reject(new Error("no")), { retry: { attempts: 1 } }),
    ]);
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [floats]);
  const run = await flows.start(floats, undefined);
  await sleep(500);
  const busy: number[] = [];
  for (let look = 0; look < 8; look++) {
    const before = performance.eventLoopUtilization();
    await sleep(250);
    busy.push(performance.eventLoopUtilization(before).utilization);
  }
  // It would never be idle; a machine that stands still is so for a moment only.
  expect(Math.min(...busy)).toBeLessThan(0.95);
  await expect(run.result()).rejects.toThrow("no");
  expect(await flows.steps(run.id)).toMatchObject([{ step: "fails" }, { step: "slow" }]);
});

test("a time-out of a month lasts, of a step and of who waits", async () => {
  const month = 30 * 86_400_000;
  const waits = flow("waits", {}, async (f) => {
    await f.step("slow", () => sleep(200), { timeoutMs: month, retry: { attempts: 1 } });
    return "done";
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [waits]);
  const run = await flows.start(waits, undefined);
  expect(await run.result({ timeoutMs: month })).toBe("done");
  expect(await run.result({ timeoutMs: Infinity })).toBe("done");
  await expect(run.result({ timeoutMs: Number.NaN })).rejects.toMatchObject({
    code: "flow.wait_malformed",
  });
});

test.each<[string, StepOptions<unknown>]>([
  ["no number of attempts", { retry: { attempts: Number.NaN } }],
  ["no attempt", { retry: { attempts: 0 } }],
  ["a pause before now", { retry: { baseMs: -1 } }],
  ["a condition that is none", { retry: { when: "always" as never } }],
  ["no time", { timeoutMs: Number.NaN }],
])("options that make no sense are refused: %s", async (_, options) => {
  const odd = flow("odd", {}, (f) => f.step("a", () => Promise.reject(new Error("no")), options));
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [odd]);
  const run = await flows.start(odd, undefined);
  const refused = { code: "flow.definition_malformed" };
  await expect(run.result()).rejects.toMatchObject(refused);
  const { retry } = options;
  if (retry === undefined) return;
  const asError = expect.objectContaining(refused) as Error;
  expect(() => flow("odd", { retry }, () => 1)).toThrow(asError);
  expect(() => task("odd", { retry }, () => 1)).toThrow(asError);
  expect(() => batcher("odd", { retry }, async () => [])).toThrow(asError);
});

test("a condition that throws means no, and the step's own failure is recorded", async () => {
  const when = (): boolean => {
    throw new Error("when");
  };
  const odd = flow("odd", {}, (f) =>
    f.step("a", () => Promise.reject(new Error("no")), { retry: { when } }),
  );
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [odd]);
  const run = await flows.start(odd, undefined);
  await expect(run.result()).rejects.toThrow("no");
  expect(await flows.steps(run.id)).toMatchObject([{ step: "a", outcome: "failed", attempts: 1 }]);
});
