/** Keys that several ask for at once, of whom one has it and is still on its way to the database. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { FaultPlan } from "../base/index.ts";
import { flow, type Flows, task } from "./index.ts";
import { flowDatabase, flowsOn } from "./testing/flows.ts";

const SENT = "lane.before_send";
const waits = flow("waits", {}, (f) => f.event("go"));
const later = task("later", {}, (n: number) => n);

type Ask = (flows: Flows, listener: string) => Promise<unknown>;

const asks: readonly (readonly [string, Ask])[] = [
  [
    "an event",
    (flows) => flows.publish("said", 1, { match: "order", once: { caller: "ann", name: "one" } }),
  ],
  [
    "an event to one run",
    (flows, listener) =>
      flows.signal(listener, "said", 1, { once: { caller: "ann", name: "one" } }),
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
    const listener = await flows.start(waits, undefined);
    const gathered = Promise.withResolvers<void>();
    const hits = faults.hits(SENT);
    faults.arm(SENT, () => gathered.promise, { onHit: hits + 1 });
    const before = flows.publish("said", 0, { match: "nobody" });
    await expect.poll(() => faults.hits(SENT)).toBe(hits + 1);
    const asked = [ask(flows, listener.id), ask(flows, listener.id)];
    await expect.poll(() => flows.stats().lane.queued).toBe(2);
    // The flush of both is refused for the second, and sent again without it. That is held, and what comes before
    // it, until somebody is told: nobody can rightly be so soon.
    const told = Promise.race(asked).then(
      () => undefined,
      () => undefined,
    );
    const held = { onHit: hits + 3, times: 3 };
    faults.arm(SENT, () => Promise.race([told, sleep(300)]), held);
    gathered.resolve();
    const [one, other] = await Promise.all(asked);
    expect(faults.hits(SENT)).toBeGreaterThan(hits + 3);
    const isSaid = one === "now" || one === "before";
    expect(other).toBe(isSaid ? (one === "now" ? "before" : "now") : one);
    await before;
  },
);
