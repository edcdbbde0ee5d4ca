/** State machines over HTTP and in the client: drawn, sent events, looked at, and found when stuck. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { orderMachine, World } from "../../src/flow/testing.ts";
import { httpShop } from "./http-shop.ts";

async function opened() {
  const world = new World();
  const shop = await httpShop({ flows: [orderMachine(world)] });
  return { world, shop, ...connect({ url: shop.url, key: shop.adminKey }) };
}

test("a machine is told as data and as a diagram", async () => {
  const { machines } = await opened();
  const [order, ...more] = await machines.list();
  expect(more).toEqual([]);
  expect(order).toMatchObject({ machine: "order", version: 1, initial: "created" });
  expect(order?.states).toContainEqual({
    ...{ state: "created", final: false },
    timeout: { afterMs: 60_000, to: "closed" },
  });
  expect(order?.transitions).toContainEqual({
    ...{ from: "created", on: "pay", to: "paid", guarded: true, compensates: false },
  });
  expect(order?.diagram).toContain("created --> paid : pay [guarded]");
});

test("a subject is made by its key, takes events, each once by its id, and tells its history", async () => {
  const { machines, runs } = await opened();
  await runs.start("order", { amount: 12n }, { key: "4711" });
  const refused = await machines.send("order", "4711", "ship");
  expect(refused).toMatchObject({ taken: false, reason: "not_allowed", state: "created" });
  const low = await machines.send("order", "4711", "pay", { amount: 1n, by: "ann" });
  expect(low).toMatchObject({ taken: false, reason: "guard" });
  const pay = () =>
    machines.send("order", "4711", "pay", { amount: 12n, by: "ann" }, { id: "pay-1" });
  expect(await pay()).toMatchObject({ taken: true, state: "paid", number: 1, repeated: false });
  expect(await pay()).toMatchObject({ taken: true, state: "paid", number: 1, repeated: true });
  await expect(
    machines.send("order", "4711", "pay", { amount: 13n, by: "ann" }, { id: "pay-1" }),
  ).rejects.toMatchObject({ code: "flow.event_reused" });
  const settled = async () => (await machines.get("order", "4711"))?.settled;
  await expect.poll(settled, { timeout: 60_000 }).toBe(true);
  expect(await machines.get("order", "4711")).toMatchObject({
    ...{ subject: "4711", state: "paid", data: { amount: 12n, paidBy: "ann" }, number: 1 },
    allowed: expect.arrayContaining(["ship"]) as string[],
  });
  await machines.send("order", "4711", "ship");
  const taken = [];
  for await (const one of machines.events("order", "4711", { limit: 1 })) taken.push(one);
  expect(taken).toMatchObject([
    { number: 1, id: "pay-1", event: "pay", from: "created", to: "paid", payload: { by: "ann" } },
    { number: 2, event: "ship", from: "paid", to: "shipped" },
  ]);
  expect(await machines.get("order", "nobody")).toBeUndefined();
  await expect(machines.send("order", "nobody", "ship")).rejects.toMatchObject({
    code: "flow.machine_missing",
  });
});

test("a subject whose work fails is among the stuck, with its error and what is next", async () => {
  const { machines, runs, world } = await opened();
  world.fails.set("label", Number.POSITIVE_INFINITY);
  await runs.start("order", { amount: 12n }, { key: "4711" });
  await machines.send("order", "4711", "pay", { amount: 12n, by: "ann" });
  await machines.send("order", "4711", "ship");
  const stuck = async () => (await machines.stuck({ machine: "order" }).page()).items;
  // First its attempts fail, and are tried again; then it waits for a person.
  const isParked = async () => (await stuck())[0]?.error?.code;
  await expect.poll(isParked, { timeout: 60_000 }).toBe("flow.work_failed");
  const [one] = await stuck();
  expect(one).toMatchObject({ machine: "order", subject: "4711", state: "shipped" });
  expect(one?.error?.message).toContain("label failed");
  expect(one?.next).toBeUndefined();
  // Mended, it is retried as any run is.
  world.fails.clear();
  await runs.retry(one?.run ?? "");
  await expect.poll(stuck, { timeout: 60_000 }).toEqual([]);
});

test("who may nothing of a machine is told nothing of it", async () => {
  const { shop, runs } = await opened();
  await runs.start("order", { amount: 12n }, { key: "4711" });
  const scopes = ["runs.read@parcel", "runs.write@parcel"];
  const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
  const { machines } = connect({ url: shop.url, key: String(made.body["token"]) });
  const denied = { code: "access.not_permitted" };
  expect(await machines.list()).toEqual([]);
  await expect(machines.get("order", "4711")).rejects.toMatchObject(denied);
  await expect(machines.send("order", "4711", "pay")).rejects.toMatchObject(denied);
  await expect(machines.stuck({ machine: "order" }).page()).rejects.toMatchObject(denied);
  expect((await machines.stuck().page()).items).toEqual([]);
});
