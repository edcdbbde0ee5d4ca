/** Schedules whose newest run goes on by nobody's doing but a person's. */
import { expect, onTestFinished, test } from "vitest";
import { fail } from "../base/index.ts";
import { flow, openFlows } from "../flow/index.ts";
import { openSchedules, scheduleErrors } from "./index.ts";
import { scheduleDatabase } from "./testing/nodes.ts";

const patience = { timeout: 20_000, interval: 50 };

test.each([
  ["skip", "are skipped"],
  ["queue", "stand in line"],
] as const)(
  "P5: under overlap %s a parked run is told as the schedule's problem, until somebody sees to it",
  async (overlap, words) => {
    const shop = await scheduleDatabase();
    let isBroken = true;
    const billed = flow("billed", {}, (f) =>
      f.saga("bill", async (s) => {
        await s.step("charge", () => 1, {
          undo: async () => {
            // Not worth another try: it is parked at once.
            if (isBroken) throw fail(scheduleErrors, "missing", { name: "the bank" });
          },
        });
        throw new Error("no");
      }),
    );
    const { database } = shop;
    const flows = await openFlows({ database, node: "node-1", flows: [billed] });
    onTestFinished(() => flows.close({ drainMs: 500 }));
    const schedules = await openSchedules({ database, flows });
    onTestFinished(() => schedules.close());
    const shards = overlap === "skip" ? 3 : 1;
    await schedules.create("bills", { everyMs: 300, to: billed, overlap, shards });
    const parked = async () => (await flows.list({ status: "parked" })).length;
    await expect.poll(parked, patience).toBe(shards);
    const problem = async () => (await schedules.get("bills"))?.problem ?? "none";
    await expect.poll(problem, patience).toMatch(/its run r\w{13} is parked/);
    expect(await problem()).toContain(words);
    const { schedules: listed } = await schedules.list();
    expect(listed[0]?.problem).toBe(await problem());
    const named = await flows.list({ status: "parked" });
    expect(named.map(({ id }) => id)).toContain(/r\w{13}/.exec(await problem())?.[0]);
    await schedules.change("bills", {
      at: Date.now() + 3_600_000,
      ...{ to: billed, overlap, shards },
    });
    isBroken = false;
    const see = async () => {
      for (const { id } of await flows.list({ status: "parked" })) await flows.resume(id);
      return problem();
    };
    await expect.poll(see, patience).toBe("none");
  },
);

test("beside each other runs are nobody's problem, parked or not", async () => {
  const { database } = await scheduleDatabase();
  const waits = flow("waits", {}, (f) => f.event("go"));
  const flows = await openFlows({ database, node: "node-1", flows: [waits] });
  onTestFinished(() => flows.close({ drainMs: 500 }));
  const schedules = await openSchedules({ database, flows });
  onTestFinished(() => schedules.close());
  await schedules.create("all", { everyMs: 300, to: waits, overlap: "parallel" });
  const lastRun = async () => (await schedules.get("all"))?.lastRun ?? "";
  await expect.poll(lastRun, patience).not.toBe("");
  await schedules.pause("all");
  await flows.pause(await lastRun());
  const paused = async () => (await flows.list({ status: "paused" })).length;
  await expect.poll(paused, patience).toBe(1);
  await schedules.resume("all");
  expect(await schedules.get("all")).not.toHaveProperty("problem");
});
