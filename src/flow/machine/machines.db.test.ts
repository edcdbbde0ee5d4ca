/** What a state machine promises on a database. */
import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import { openDatabase } from "../../postgres/index.ts";
import { machine, type Sent } from "../index.ts";
import { flowDatabase, flowNode, flowsOn, rowsOf } from "../testing/flows.ts";
import { orderMachine, World } from "../testing/order-machine.ts";

const pay = { payload: { amount: 5n, by: "card" } };

async function opened(timeoutMs?: number) {
  const world = new World();
  const of = orderMachine(world, timeoutMs);
  const database = await flowDatabase();
  const flows = await flowsOn(database.database, [of]);
  return { ...database, world, of, flows, orders: flows.machine(of) };
}

interface Looked {
  get(subject: string): Promise<{ readonly settled: boolean } | undefined>;
}

async function settled(orders: Looked, subject: string): Promise<void> {
  await expect
    .poll(async () => (await orders.get(subject))?.settled, { timeout: 25_000 })
    .toBe(true);
}

test("an order goes from state to state, does the work of each, and ends", async () => {
  const { orders, world, flows, database, schema } = await opened();
  expectTypeOf<Parameters<typeof orders.send>[1]>().toEqualTypeOf<
    "pay" | "ship" | "arrive" | "cancel" | "close"
  >();
  const { run, created } = await orders.start("o1", { amount: 5n });
  expect(created).toBe(true);
  expect(await orders.start("o1", { amount: 5n })).toEqual({ run, created: false });
  const paid: Sent = await orders.send("o1", "pay", { ...pay, id: "e1" });
  expect(paid).toEqual({ taken: true, from: "created", state: "paid", number: 1, repeated: false });
  expect(await orders.send("o1", "ship")).toMatchObject({ taken: true, state: "shipped" });
  expect(await orders.get("o1")).toMatchObject({
    state: "shipped",
    data: { amount: 5n, paidBy: "card" },
    allowed: ["arrive", "cancel"],
  });
  await orders.send("o1", "arrive");
  expect(await flows.run(run).result()).toEqual({
    state: "done",
    data: { amount: 5n, paidBy: "card" },
  });
  expect(world.did).toEqual(["reserve", "charge", "label", "pack", "send"]);
  expect(await orders.get("o1")).toMatchObject({ status: "done", state: "done", allowed: [] });
  expect((await orders.history("o1")).map(({ name, to }) => [name, to])).toEqual([
    ["pay", "paid"],
    ["ship", "shipped"],
    ["arrive", "done"],
  ]);
  for (const table of ["flow_live", "flow_wait"])
    expect(await rowsOf({ database, schema }, `select * from {schema}.${table}`)).toEqual([]);
});

test("an event that comes twice is taken once, and the repeat is told what it led to", async () => {
  const { orders, world } = await opened();
  await orders.start("o1", { amount: 5n });
  const both = await Promise.all([
    orders.send("o1", "pay", { ...pay, id: "e1" }),
    orders.send("o1", "pay", { ...pay, id: "e1" }),
  ]);
  expect(both).toMatchObject([
    { taken: true, repeated: false, number: 1 },
    { taken: true, repeated: true, number: 1 },
  ]);
  await orders.send("o1", "ship");
  expect(await orders.send("o1", "pay", { ...pay, id: "e1" })).toMatchObject({
    repeated: true,
    state: "paid",
  });
  await expect(orders.send("o1", "cancel", { id: "e1" })).rejects.toMatchObject({
    code: "flow.event_reused",
  });
  await settled(orders, "o1");
  expect(world.did.filter((word) => word === "charge")).toHaveLength(1);
});

test("a subject whose run has not come to it yet takes events, and is begun by them", async () => {
  const { orders, world, database, flows, of } = await opened();
  await orders.start("later", { amount: 5n }, { at: Date.now() + 3_600_000 });
  expect(await orders.get("later")).toMatchObject({ state: "created", number: 0, settled: false });
  expect(await orders.send("later", "pay", pay)).toMatchObject({ taken: true, state: "paid" });
  await settled(orders, "later");
  expect(world.did).toEqual(["reserve", "charge"]);
  await database.transaction((tx) => flows.startIn(tx, of, { amount: 5n }, { key: "in tx" }));
  expect(await orders.send("in tx", "cancel")).toMatchObject({ taken: true, number: 1 });
  await expect
    .poll(async () => (await orders.get("in tx"))?.status, { timeout: 25_000 })
    .toBe("done");
});

test("an event that doesn't fit is refused with the state and what it knows, and leaves nothing", async () => {
  const { orders, ...rest } = await opened();
  await orders.start("o1", { amount: 5n });
  const allowed = ["pay", "cancel"];
  expect(await orders.send("o1", "ship", { id: "x" })).toEqual({
    taken: false,
    reason: "not_allowed",
    state: "created",
    allowed,
  });
  const wrong = { payload: { amount: 4n, by: "card" } };
  expect(await orders.send("o1", "pay", wrong)).toMatchObject({ reason: "guard", allowed });
  expect(await rowsOf(rest, "select * from {schema}.flow_machine_event")).toEqual([]);
  expect(await orders.send("o1", "pay", { ...pay, id: "x" })).toMatchObject({ taken: true });
  await expect(orders.send("o2", "pay")).rejects.toMatchObject({ code: "flow.machine_missing" });
  await expect(orders.send("o1", "pay", {})).resolves.toMatchObject({ taken: false });
  await orders.start("o3", { amount: 5n });
  await expect(orders.send("o3", "pay")).rejects.toMatchObject({ code: "flow.guard_failed" });
  await expect(orders.send("o3", "pay", { ...pay, id: "~timeout/0" })).rejects.toMatchObject({
    code: "flow.name_malformed",
  });
  expect(await orders.get("nobody")).toBeUndefined();
});

test("cancelling takes back what was done, newest first, and tries until it is", async () => {
  const { orders, world, flows } = await opened();
  const { run } = await orders.start("o1", { amount: 5n });
  await orders.send("o1", "pay", pay);
  await orders.send("o1", "ship");
  await settled(orders, "o1");
  world.fails.set("refund", 7);
  await orders.send("o1", "cancel");
  expect(await flows.run(run).result()).toMatchObject({ state: "cancelled" });
  expect(world.did.slice(-3)).toEqual(["recall parcel 7", "refund", "release"]);
  expect(await orders.send("o1", "pay", pay)).toEqual({
    taken: false,
    reason: "ended",
    state: "cancelled",
    allowed: [],
  });
});

test("what is stuck says with what error, and what is tried next; it goes on when that is mended", async () => {
  const { orders, world, flows } = await opened();
  const { run } = await orders.start("o1", { amount: 5n });
  await orders.send("o1", "pay", pay);
  world.fails.set("refund", Infinity);
  await orders.send("o1", "cancel");
  await expect
    .poll(async () => (await orders.stuck())[0]?.attempts, { timeout: 25_000 })
    .toBeGreaterThan(3);
  const [stuck] = await flows.stuck();
  expect(stuck).toMatchObject({
    machine: "order",
    subject: "o1",
    run,
    state: "cancelled",
    step: "2/undo-1/refund",
    error: { message: "refund failed" },
    next: { step: "2/undo-1/refund" },
  });
  expect(await orders.get("o1")).toMatchObject({ state: "cancelled", settled: false });
  world.fails.set("refund", 0);
  expect(await flows.run(run).result()).toMatchObject({ state: "cancelled" });
  expect(await flows.stuck()).toEqual([]);
});

test("what is tried again much later waits out of memory, and says when", async () => {
  const world = new World();
  const of = orderMachine(world, 60_000, 3_600_000);
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [of]);
  const orders = flows.machine(of);
  for (const subject of ["o1", "o2", "o3"]) await orders.start(subject, { amount: 5n });
  for (const subject of ["o1", "o2", "o3"]) await settled(orders, subject);
  world.fails.set("release", 3);
  for (const subject of ["o1", "o2", "o3"]) await orders.send(subject, "cancel");
  // By chance a pause may be short; of three some are not.
  await expect
    .poll(async () => (await orders.stuck()).some(({ next }) => Number(next?.at) > Date.now()))
    .toBe(true);
  expect((await orders.stuck({ limit: 1 })).length).toBeLessThanOrEqual(1);
  await expect(orders.stuck({ limit: 0 })).rejects.toMatchObject({
    code: "flow.limit_out_of_range",
  });
});

test("work that fails for good leads where the state says, or waits for a person or an event", async () => {
  const { orders, world, flows } = await opened();
  world.fails.set("charge", Infinity);
  const { run } = await orders.start("o1", { amount: 5n });
  await orders.send("o1", "pay", pay);
  expect(await flows.run(run).result()).toMatchObject({ state: "closed" });
  // The charge was never made, so nothing of it is refunded.
  expect(world.did).toEqual(["reserve", "release", "close"]);
  expect((await orders.history("o1")).map(({ name, payload }) => [name, payload])).toEqual([
    ["pay", pay.payload],
    ["~failed", "charge failed"],
    ["close", "by itself"],
  ]);
  world.fails.clear();
  world.fails.set("pack", Infinity);
  for (const subject of ["o2", "o3"]) {
    await orders.start(subject, { amount: 5n });
    await orders.send(subject, "pay", pay);
    await orders.send(subject, "ship");
  }
  await expect.poll(async () => (await orders.stuck()).length, { timeout: 25_000 }).toBe(2);
  await expect
    .poll(async () => (await orders.get("o2"))?.status, { timeout: 25_000 })
    .toBe("parked");
  await expect
    .poll(async () => (await orders.get("o3"))?.status, { timeout: 25_000 })
    .toBe("parked");
  const [first] = await orders.stuck();
  expect(first).toMatchObject({
    subject: "o2",
    next: undefined,
    error: { code: "flow.work_failed" },
  });
  expect(await orders.send("o3", "cancel")).toMatchObject({ taken: true });
  await expect.poll(async () => (await orders.get("o3"))?.status, { timeout: 25_000 }).toBe("done");
  world.fails.clear();
  const { run: second } = (await orders.get("o2")) ?? { run: "" };
  await expect(flows.retry(second, { from: "2/action/label" })).rejects.toMatchObject({
    code: "flow.machine_history",
  });
  await expect(flows.fork(second)).rejects.toMatchObject({ code: "flow.machine_history" });
  await flows.retry(second);
  await settled(orders, "o2");
  expect(world.did.slice(-2)).toEqual(["pack", "send"]);
});

test("a state is left when its time is over, also by another node; an event in time keeps it", async () => {
  const { orders, flows, url, schema, of, world } = await opened(6_000);
  await orders.start("late", { amount: 5n });
  await orders.start("paid", { amount: 5n });
  await orders.send("paid", "pay", pay);
  await expect.poll(() => flows.runCount, { timeout: 25_000 }).toBe(0);
  await flows.close();
  const other = await flowNode({ url, schema }, "node-2", [of]);
  const there = other.machine(of);
  await expect
    .poll(async () => (await there.get("late"))?.status, { timeout: 25_000 })
    .toBe("done");
  expect(await there.get("late")).toMatchObject({ state: "closed", number: 1 });
  expect(await there.get("paid")).toMatchObject({ state: "paid", settled: true });
  expect(world.did.toSorted()).toEqual(["charge", "close", "reserve", "reserve"]);
});

test("a state whose time-out is gone from the definition parks the run, and says so", async () => {
  const of = (timeout: object) =>
    machine("door", {
      initial: "open",
      states: { open: timeout, shut: { final: true } },
      transitions: [{ from: "open", on: "close", to: "shut" }],
    });
  const shop = await flowDatabase();
  const before = of({ timeout: { afterMs: 3_600_000, to: "shut" } });
  const first = await flowNode(shop, "node-1", [before]);
  const { run } = await first.machine(before).start("front", undefined);
  await expect.poll(() => first.runCount, { timeout: 20_000 }).toBe(0);
  await first.close();
  // An hour later.
  await rowsOf(shop, "update {schema}.flow_machine set until = clock_timestamp()");
  await rowsOf(shop, "update {schema}.flow_live set wake_at = clock_timestamp()");
  const after = of({});
  const second = await flowNode(shop, "node-2", [after]);
  await expect
    .poll(async () => (await second.get(run))?.status, { timeout: 20_000 })
    .toBe("parked");
  expect(await second.troubles(run)).toMatchObject([
    { kind: "parked", error: { code: "flow.mismatch" } },
  ]);
  // Where an event leads on, it goes on from there.
  expect(await second.machine(after).send("front", "close")).toMatchObject({ taken: true });
  await second.resume(run);
  expect(await second.run(run).result()).toMatchObject({ state: "shut" });
});

test("a cancelled run of a machine takes back what it did, and takes nothing more", async () => {
  const { orders, flows, world } = await opened();
  const { run } = await orders.start("o1", { amount: 5n });
  await orders.send("o1", "pay", pay);
  await settled(orders, "o1");
  await flows.cancel(run);
  await expect(flows.run(run).result()).rejects.toMatchObject({ code: "flow.run_cancelled" });
  expect(world.did).toEqual(["reserve", "charge", "refund", "release"]);
  expect(await orders.send("o1", "ship")).toMatchObject({ taken: false, reason: "ended" });
});

test("two nodes send to the same subjects, and every subject takes each event once, in one order", async () => {
  const count = machine("count", {
    input: (value) => value as { sum: number },
    initial: "open",
    states: { open: {}, shut: { final: true } },
    transitions: [
      {
        from: "open",
        on: "add",
        to: "open",
        assign: ({ data, event }) => ({ sum: data.sum + (event.payload as number) }),
      },
      { from: "open", on: "shut", to: "shut" },
    ],
  });
  const database = await flowDatabase();
  const one = await flowNode(database, "one", [count]);
  const two = await flowNode(database, "two", [count]);
  const subjects = ["a", "b", "c"];
  for (const subject of subjects) await one.machine(count).start(subject, { sum: 0 });
  await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const subject = subjects[n % 3] ?? "";
      const sends = [one, two].map((node) =>
        node.machine(count).send(subject, "add", { id: `e${n}`, payload: n }),
      );
      const sent = await Promise.all(sends);
      expect(sent.filter((each) => each.taken && !each.repeated)).toHaveLength(1);
      expect(sent.filter((each) => each.taken)).toHaveLength(2);
    }),
  );
  for (const [at, subject] of subjects.entries()) {
    const sum = Array.from({ length: 20 }, (_, n) => 3 * n + at).reduce((a, b) => a + b, 0);
    await settled(one.machine(count), subject);
    expect(await one.machine(count).get(subject)).toMatchObject({ data: { sum }, number: 20 });
  }
});

describe("a machine of long standing", () => {
  test("reads only the records of what is open when it comes back", async () => {
    const { orders, flows, url, schema, of, world } = await opened();
    await orders.start("o1", { amount: 5n });
    await orders.send("o1", "pay", pay);
    await settled(orders, "o1");
    await expect.poll(() => flows.runCount, { timeout: 25_000 }).toBe(0);
    await flows.close();
    const database = await openDatabase({ url, schema, poolMax: 4 });
    onTestFinished(() => database.close());
    // The records of work that is done are not needed: here they are gone.
    await rowsOf({ database, schema }, "delete from {schema}.flow_step where step like '%charge'");
    const other = await flowsOn(database, [of], { node: "node-2" });
    await other.machine(of).send("o1", "ship");
    await settled(other.machine(of), "o1");
    expect(world.did).toEqual(["reserve", "charge", "label", "pack", "send"]);
  });
});
