/** Keys that several ask for at once, of whom one has it and is still on its way to the database. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { FaultPlan } from "../base/index.ts";
import { flow, type Flows, task } from "./index.ts";
import { flowDatabase, flowsOn } from "./testing/flows.ts";

const SENT = "lane.before_send";
const waits = flow("waits", {}, (f) => f.event("go"));
const later = task("later", {}, (_: number) => 1);

const asks: readonly (readonly [string, (flows: Flows) => Promise<unknown>])[] = [
  [
    "an event",
    (flows) => flows.publish("said", 1, { match: "order", once: { caller: "ann", name: "one" } }),
  ],
  ["a run", async (flows) => (await flows.start(waits, undefined, { key: "one" })).id],
  ["a task", async (flows) => (await flows.start(later, 1, { key: "one" })).id],
  ["many tasks", async (flows) => (await flows.startAll(later, [1], { keys: ["one"] }))[0]?.id],
];

test.each(asks)(
  "P2: %s that two ask for in one flush is one, however long the flush takes without the second",
  async (_, ask) => {
    const { database } = await flowDatabase();
    const faults = new FaultPlan();
    const flows = await flowsOn(database, [waits, later], { faults });
    const gathered = Promise.withResolvers<void>();
    const hits = faults.hits(SENT);
    faults.arm(SENT, () => gathered.promise, { onHit: hits + 1 });
    const before = flows.publish("said", 0, { match: "nobody" });
    await expect.poll(() => faults.hits(SENT)).toBe(hits + 1);
    const asked = [ask(flows), ask(flows)];
    await expect.poll(() => flows.stats().lane.queued).toBe(2);
    // The flush of both is refused for the second, and sent again without it: held until somebody is told a no.
    const told = Promise.race(asked).then(
      () => undefined,
      () => undefined,
    );
    faults.arm(SENT, () => Promise.race([told, sleep(500)]), { onHit: hits + 3 });
    gathered.resolve();
    const [one, other] = await Promise.all(asked);
    expect(faults.hits(SENT)).toBeGreaterThanOrEqual(hits + 3);
    if (typeof one === "string" && /^r0/.test(one)) expect(other).toBe(one);
    else expect([one, other].sort()).toEqual(["before", "now"]);
    await before;
  },
);
