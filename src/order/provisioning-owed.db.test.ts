/** What was paid and provisioned is delivered, whatever is in the way for a while; only what nobody is owed is taken back. */
import { expect, test } from "vitest";
import type { OrderAnswer } from "./index.ts";
import { buy, dues, openCloud, outcomes } from "./testing/cloud.ts";
import { expectVerified, left, WALLET } from "./testing/shop.ts";

const busy: OrderAnswer = { status: "refused", code: "order.busy", details: {} };
const onlyMachines = { provisions: (_: string, line: number) => line === 1 };

test("a line that is due is delivered, however often the order has no place for it: nothing is taken back", async () => {
  let times = 5;
  const cloud = await openCloud(
    () => ({ status: "done" }),
    onlyMachines,
    (orders) => ({
      ...orders,
      fulfil: async (...asked) => (times-- > 0 ? busy : orders.fulfil(...asked)),
    }),
  );
  const runs = await buy(cloud);
  expect(await outcomes(cloud, runs)).toEqual(["delivered"]);
  expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "2+0", "0+0"]);
  expect(cloud.released).toEqual([]);
});

test("money of a line that won't be there goes back, however often the order has no place for it", async () => {
  let times = 5;
  const no = { status: "refused", reason: "no capacity" } as const;
  const cloud = await openCloud(
    () => no,
    onlyMachines,
    (orders) => ({
      ...orders,
      refund: async (...asked) => {
        if (times-- <= 0) return orders.refund(...asked);
        if (times % 2 === 0) throw new Error("the line is dead");
        return busy;
      },
    }),
  );
  const runs = await buy(cloud);
  expect(await outcomes(cloud, runs)).toEqual(["given back"]);
  expect(await dues(cloud)).toEqual(["paid", "0+0", "0+2", "0+0"]);
  expect(await left(cloud.book, "user/ann/wallet")).toBe(WALLET - 30n);
  await expectVerified(cloud.book);
});

test.each([
  { what: "before it was delivered", isDoneBefore: false },
  { what: "when it was delivered and nobody has heard so", isDoneBefore: true },
])(
  "a run that is cancelled $what leaves a line that is owed delivered once",
  async ({ isDoneBefore }) => {
    let isAway = true;
    let asked = 0;
    const cloud = await openCloud(
      () => ({ status: "done" }),
      onlyMachines,
      (orders) => ({
        ...orders,
        fulfil: async (...what) => {
          asked += 1;
          if (isAway && isDoneBefore) await orders.fulfil(...what);
          if (isAway) throw new Error("the line is dead");
          return orders.fulfil(...what);
        },
      }),
    );
    const [run = ""] = await buy(cloud);
    await expect.poll(() => asked).toBeGreaterThan(1);
    await cloud.flows().cancel(run);
    isAway = false;
    const status = async () => (await cloud.flows().get(run))?.status;
    await expect.poll(status, { timeout: 10_000 }).toBe("cancelled");
    expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "2+0", "0+0"]);
    expect(cloud.released).toEqual([]);
  },
);

test("an alarm that fails keeps no line from being given back", async () => {
  const cloud = await openCloud(() => ({ status: "later" }), {
    ...{ ...onlyMachines, withinMs: 50, late: "refund", listenMs: 100 },
    alarm: () => {
      throw new Error("nobody hears it");
    },
  });
  const runs = await buy(cloud);
  expect(await outcomes(cloud, runs)).toEqual(["given back"]);
});
