import { expect, test } from "vitest";
import { PROVISIONED } from "./index.ts";
import { buy, dues, openCloud, outcomes } from "./testing/cloud.ts";
import { expectVerified, left, WALLET } from "./testing/shop.ts";

test("each service of a paid order is asked for once, delivered when it is there, and seen in the timeline", async () => {
  const cloud = await openCloud(() => ({ status: "done", reference: "vm-1" }));
  const runs = await buy(cloud);
  expect(await outcomes(cloud, runs)).toEqual(["delivered", "delivered"]);
  expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "2+0", "1+0"]);
  const wanted = cloud.asked.map(({ sku, quantity, buyer }) => `${sku} ${quantity} ${buyer}`);
  expect(wanted.toSorted()).toEqual(["IP 1 ann", "VM 2 ann"]);
  const view = await cloud.orders.find(cloud.book, "o1");
  expect(view?.steps[1]?.runs[0]).toMatchObject({ flow: "order.provision", by: "ann" });
  expect(
    view?.steps
      .slice(2)
      .map(({ by }) => by)
      .toSorted(),
  ).toEqual(runs.toSorted());
  expect(await left(cloud.book, "shop/revenue")).toBe(80n);
  await expectVerified(cloud.book);
});

test("a call-back delivers; malformed ones before it and duplicates of it do nothing", async () => {
  const cloud = await openCloud(() => ({ status: "later" }), {
    provisions: (_, line) => line === 1,
  });
  const runs = await buy(cloud);
  for (const payload of [undefined, "done", { status: "maybe" }, { status: "done", reference: 7 }])
    await cloud.callBack("o1", 1, payload);
  await cloud.callBack("o1", 2, { status: "done" });
  expect(await dues(cloud)).toEqual(["paid", "0+0", "0+0", "0+0"]);
  for (let i = 0; i < 3; i++) await cloud.callBack("o1", 1, { status: "done", reference: "vm-1" });
  expect(await outcomes(cloud, runs)).toEqual(["delivered"]);
  await cloud.callBack("o1", 1, { status: "refused" });
  expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "2+0", "0+0"]);
});

test("a call-back that comes before the request's answer counts, also where that answer never comes", async () => {
  const cloud = await openCloud(
    async ({ match, line }, flows) => {
      await flows().publish(PROVISIONED, { status: "done" }, { match });
      if (line === 1) return { status: "later" };
      throw new Error("the line is dead");
    },
    { askRetry: { attempts: 2, baseMs: 20 } },
  );
  const runs = await buy(cloud);
  expect(await outcomes(cloud, runs)).toEqual(["delivered", "delivered"]);
  const keys = cloud.asked.filter(({ line }) => line === 2).map(({ key }) => key);
  expect(new Set(keys).size).toBe(1);
  expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "2+0", "1+0"]);
});

test("a provider that says no, at once or by call-back, gives the line back", async () => {
  const cloud = await openCloud(({ line }) =>
    line === 1 ? { status: "refused", reason: "no capacity" } : { status: "later" },
  );
  const runs = await buy(cloud);
  await cloud.callBack("o1", 2, { status: "refused", reason: "no address left" });
  expect(await outcomes(cloud, runs)).toEqual(["given back", "given back"]);
  expect(await dues(cloud)).toEqual(["paid", "0+0", "0+2", "0+1"]);
  expect(await left(cloud.book, "user/ann/wallet")).toBe(WALLET - 10n);
  const steps = (await cloud.orders.find(cloud.book, "o1"))?.steps ?? [];
  const reasons = steps.slice(2).map(({ reason }) => reason);
  expect(reasons.map(String).toSorted()).toEqual(["no address left", "no capacity"]);
  await expectVerified(cloud.book);
});

test("no call-back in time: given back by policy, and what comes later is released", async () => {
  const cloud = await openCloud(() => ({ status: "later" }), {
    ...{ withinMs: 150, late: "refund", listenMs: 20_000 },
    provisions: (_, line) => line === 1,
  });
  const runs = await buy(cloud);
  await expect.poll(() => dues(cloud)).toEqual(["paid", "0+0", "0+2", "0+0"]);
  expect(cloud.alarms).toEqual([1]);
  await cloud.callBack("o1", 1, { status: "done", reference: "vm-9" });
  expect(await outcomes(cloud, runs)).toEqual(["released"]);
  expect(cloud.released.map(({ sku, quantity }) => `${sku} ${quantity}`)).toEqual(["VM 2"]);
});

test("no call-back in time: where the order is to stay the run says that it is late, and delivers later", async () => {
  const cloud = await openCloud(() => ({ status: "later" }), {
    ...{ withinMs: 150, late: "wait" },
    provisions: (_, line) => line === 1,
  });
  const runs = await buy(cloud);
  const said = async () => (await cloud.flows().query(runs[0] ?? ""))?.value;
  await expect.poll(said).toMatchObject({ stage: "late" });
  await cloud.callBack("o1", 1, { status: "done" });
  expect(await outcomes(cloud, runs)).toEqual(["delivered"]);
  expect(cloud.alarms.length).toBeGreaterThan(0);
});

test("refunded meanwhile, wholly or in part: what is provisioned in vain is released, that much of it", async () => {
  const cloud = await openCloud(() => ({ status: "later" }));
  const runs = await buy(cloud);
  const goods = (line: number) => [{ line, quantity: 1n, goods: "due" }] as const;
  await expect.poll(() => cloud.asked.length).toBe(2);
  for (const line of [1, 2]) {
    const refund = { orderId: "o1", refundId: `r${line}`, lines: goods(line) };
    await cloud.orders.refund(cloud.book, refund);
    await cloud.callBack("o1", line, { status: "done" });
  }
  expect(await outcomes(cloud, runs)).toEqual(["released", "released"]);
  expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "1+1", "0+1"]);
  const released = cloud.released.map(({ sku, quantity }) => `${sku} ${quantity}`);
  expect(released.toSorted()).toEqual(["IP 1", "VM 1"]);
  await expectVerified(cloud.book);
});

test("provisioned in vain with nobody to release it: the run is parked, and says so", async () => {
  const cloud = await openCloud(() => ({ status: "later" }), {
    ...{ release: undefined, withinMs: 100, late: "refund", listenMs: 20_000 },
    provisions: (_, line) => line === 2,
  });
  const [run = ""] = await buy(cloud);
  await expect.poll(async () => (await dues(cloud))[3]).toBe("0+1");
  await cloud.callBack("o1", 2, { status: "done" });
  const status = async () => (await cloud.flows().get(run))?.status;
  await expect.poll(status).toBe("parked");
  const [trouble] = await cloud.flows().troubles(run);
  expect(trouble?.error.message).toMatch(/1 were provisioned that nobody is owed/);
});
