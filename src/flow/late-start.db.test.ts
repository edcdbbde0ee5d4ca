/** A node whose process stands still while it starts. */
import { expect, test } from "vitest";
import { FaultPlan } from "../base/index.ts";
import { flow } from "./index.ts";
import { flowDatabase, flowsOn, rowsOf } from "./testing/flows.ts";

const short = flow("short", {}, (f) => f.step("a", () => 1));

test("P5: a start that stands still until its lease has been taken over takes its name once more", async () => {
  const opened = await flowDatabase();
  const faults = new FaultPlan();
  // Between the name and its first renewal: what another node does when a lease has run out.
  faults.arm("lane.before_send", async () => {
    await rowsOf(
      opened,
      "update {schema}.lane_lease set epoch = epoch + 1, lease_until = '-infinity', holder = null",
    );
  });
  const flows = await flowsOn(opened.database, [short], { faults });
  expect(await (await flows.start(short, undefined)).result()).toBe(1);
  const epochs = "select epoch::int4 from {schema}.lane_lease";
  expect(await rowsOf(opened, epochs)).toEqual([{ epoch: 3 }]);
});
