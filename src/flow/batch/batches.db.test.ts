/** Calls of many runs, sent as one. */
import { expect, test } from "vitest";
import { batcher, type BatchItem, flow } from "../index.ts";
import { flowDatabase, flowsOn } from "../testing/flows.ts";

const numbers = (size: number, waitMs: number, fails = 0) => {
  const sent: (readonly BatchItem<number>[])[] = [];
  let left = fails;
  const through = batcher<number, string>(
    "numbers",
    { size, waitMs, retry: { attempts: 3, baseMs: 1 } },
    async (items) => {
      sent.push(items);
      if (left-- > 0) throw new Error("line is down");
      return items.map(({ item }) =>
        item === 13
          ? { ok: false, error: new RangeError("unlucky") }
          : { ok: true, result: `did ${item}` },
      );
    },
  );
  const of = flow("batched", {}, async (f, n: number) => {
    await f.step("before", () => n);
    return f.batch("send", through, n);
  });
  return { sent, through, of };
};

test("calls of many runs go together, and each run has its own outcome", async () => {
  const { sent, of } = numbers(10, 10_000);
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [of]);
  const runs = await Promise.all(Array.from({ length: 20 }, (_, n) => flows.start(of, n)));
  const came = await Promise.allSettled(runs.map((run) => run.result()));
  expect(sent.map((items) => items.length)).toEqual([10, 10]);
  for (const [n, one] of came.entries()) {
    if (n === 13) expect(one).toMatchObject({ reason: { name: "RangeError", message: "unlucky" } });
    else expect(one).toMatchObject({ value: `did ${n}` });
  }
  expect(await flows.steps(runs[13]?.id ?? "")).toMatchObject([
    {},
    { step: "send", outcome: "failed" },
  ]);
});

test("a sending that throws is tried again as a whole, with the same keys", async () => {
  const { sent, of } = numbers(3, 10_000, 2);
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [of]);
  const runs = await Promise.all([1, 2, 3].map((n) => flows.start(of, n)));
  expect(await Promise.all(runs.map((run) => run.result()))).toEqual(["did 1", "did 2", "did 3"]);
  const keys = sent.map((items) => items.map(({ key }) => key));
  expect(keys).toEqual([keys[0], keys[0], keys[0]]);
  expect(new Set(keys[0])).toEqual(new Set(runs.map(({ id }) => `${id}/send`)));
  expect(await flows.troubles(runs[0]?.id ?? "")).toMatchObject([{ attempt: 2 }, { attempt: 1 }]);
});

test("what is left alone goes when it has waited, and what keeps failing fails its runs by name", async () => {
  const { sent, of } = numbers(100, 5, 3);
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [of]);
  const run = await flows.start(of, 1);
  await expect(run.result()).rejects.toThrow("line is down");
  expect(sent).toHaveLength(3);
  const next = await flows.start(of, 2);
  expect(await next.result()).toBe("did 2");
});

test("bad batchers are refused by name", async () => {
  const none = () => Promise.resolve([]);
  for (const options of [{ size: 0 }, { size: 0.5 }, { waitMs: -1 }, { timeoutMs: 0 }]) {
    expect(() => batcher("b", options, none)).toThrow(
      expect.objectContaining({ code: "flow.definition_malformed" }),
    );
  }
  expect(() => batcher("a/b", {}, none)).toThrow(
    expect.objectContaining({ code: "flow.name_malformed" }),
  );
  const silent = batcher<number, number>("silent", { waitMs: 0 }, none);
  const of = flow("silent", {}, (f) => f.batch("send", silent, 1));
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [of]);
  const run = await flows.start(of, undefined);
  await expect(run.result()).rejects.toMatchObject({ code: "flow.batch_unanswered" });
});
