/** What authors of flows do wrong: each is a named error of the run, or parks it with advice, and nothing hangs. */
import { expect, onTestFinished, test } from "vitest";
import { fail } from "../base/index.ts";
import { type AnyFlow, flow, flowErrors, openLeases, type Steps } from "./index.ts";
import { flowDatabase, flowsOn, rowsOf } from "./testing/flows.ts";
import { triedFor } from "./testing/leases.ts";

const patience = { timeout: 20_000, interval: 50 };

/** What a run of it came to. */
async function cameOf(of: AnyFlow): Promise<unknown> {
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [of]);
  const run = await flows.startNamed(of.name, undefined);
  return run.result({ timeoutMs: 20_000 }).catch((error: unknown) => error);
}

const once = { retry: { attempts: 1 } } as const;
const never = (): Promise<never> => new Promise(() => undefined);

test.each<[string, string, (f: Steps) => unknown]>([
  [
    "the same name twice in flight",
    "flow.step_in_flight",
    (f) => Promise.all([f.step("a", () => 1), f.step("a", () => 2)]),
  ],
  [
    "chance drawn while a step is under way",
    "flow.drawn_in_step",
    (f) => f.step("a", () => f.random()),
  ],
  [
    "a post without a book",
    "flow.no_book",
    (f) => f.post("p", { asset: "CNY/2", debit: "a", credit: "b", amount: 1n }),
  ],
  [
    "a step that never returns",
    "flow.step_timed_out",
    (f) => f.step("s", never, { timeoutMs: 50, ...once }),
  ],
  [
    "an answer that is too large",
    "flow.payload_too_large",
    (f) => f.step("s", () => "x".repeat(2 ** 21), once),
  ],
  ["an answer that is none", "flow.payload_unfit", (f) => f.step("s", () => () => 1, once)],
  ["a name that is none", "flow.name_malformed", (f) => f.step("a/b", () => 1)],
])("%s fails the run as %s", async (_, code, work) => {
  const of = flow("wrong", {}, async (f) => {
    await work(f);
  });
  expect(await cameOf(of)).toMatchObject({ code, advice: expect.stringMatching(/\w/) as string });
});

test.each([undefined, null, "text", 7, { plain: "object" }, Symbol("s"), Object.create(null)])(
  "a function that throws %o, which is no error, fails its run all the same",
  async (thrown) => {
    const of = flow("wrong", {}, () => {
      throw thrown;
    });
    expect(await cameOf(of)).toBeInstanceOf(Error);
  },
);

test("what can't be undone parks its run with advice, and a resume goes on with it", async () => {
  const opened = await flowDatabase();
  let isBroken = true;
  const of = flow("stuck", {}, async (f) => {
    await f.step("charge", () => 1, {
      undo: async () => {
        if (isBroken) throw fail(flowErrors, "run_missing", { run: "of the bank" });
      },
    });
    throw new Error("no");
  });
  const flows = await flowsOn(opened.database, [of]);
  const run = await flows.start(of, undefined);
  const status = async () => (await flows.get(run.id))?.status;
  await expect.poll(status, patience).toBe("parked");
  const troubles = (await flows.troubles(run.id)).filter(({ kind }) => kind === "parked");
  expect(troubles).toMatchObject([
    { error: { code: "flow.undo_failed", advice: expect.stringContaining("resume") as string } },
  ]);
  isBroken = false;
  await flows.resume(run.id);
  await expect(run.result({ timeoutMs: 20_000 })).rejects.toThrow("no");
  expect(await rowsOf(opened, "select * from {schema}.flow_live")).toEqual([]);
});

test("a result that does not come is said to be on its way, by name", async () => {
  const { database } = await flowDatabase();
  const of = flow("long", {}, (f) => f.event("never"));
  const flows = await flowsOn(database, [of]);
  const run = await flows.start(of, undefined);
  await expect(run.result({ timeoutMs: 50 })).rejects.toMatchObject({ code: "flow.still_running" });
});

test("a lease that is held for ever is shown with its holder, and ended by an operator", async () => {
  const { database } = await flowDatabase();
  const leases = openLeases({ database, node: "stubborn" });
  onTestFinished(() => leases.close());
  const patient = { ttlMs: 60_000, waitMs: 30_000 };
  const held = await leases.take("invoice/42", patient);
  expect(held).toBeDefined();
  expect(await triedFor(leases, "invoice/42", { ttlMs: 60_000, waitMs: 0 })).toBeUndefined();
  expect(await leases.list({})).toMatchObject([{ key: "invoice/42", holder: "stubborn" }]);
  await leases.breakLease("invoice/42", { by: "ann", reason: "it hangs" });
  const next = await leases.take("invoice/42", patient);
  expect(next?.token ?? 0n).toBeGreaterThan(held?.token ?? 0n);
  // It would learn it with its next renewal.
  await expect(held?.renew()).rejects.toMatchObject({ code: "flow.lease_lost" });
  expect(held?.lost.aborted).toBe(true);
});
