/** What was paid and provisioned is delivered, whatever is in the way for a while; only what nobody is owed is taken back. */
import { expect, test } from "vitest";
import type { OrderAnswer, Said } from "./index.ts";
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

const at = { asset: "GBP/2" } as const;

/** A provider that says what it says when it is told to, and orders as their runs meet them. */
async function openWaitingCloud(wrap: Parameters<typeof openCloud>[2]) {
  const said = Promise.withResolvers<Said>();
  const cloud = await openCloud(() => said.promise, onlyMachines, wrap);
  return { cloud, say: said.resolve, book: cloud.book };
}

test("money of a line that won't be there goes back, once, as soon as the buyer's wallet is open again", async () => {
  const codes: string[] = [];
  const { cloud, say, book } = await openWaitingCloud((orders) => ({
    ...orders,
    refund: async (...asked) => {
      const answer = await orders.refund(...asked);
      codes.push(answer.status === "refused" ? answer.code : answer.status);
      return answer;
    },
  }));
  const shut = { kind: "close", path: "user/ann/wallet", ...at } as const;
  const runs = await buy(cloud);
  await book.submit({ id: "shut", ...shut });
  say({ status: "refused", reason: "no capacity" });
  await expect.poll(() => codes.length).toBeGreaterThan(2);
  expect(new Set(codes)).toEqual(new Set(["order.account_closed"]));
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 90n);
  await book.submit({ ...shut, kind: "reopen", id: "open" });
  expect(await outcomes(cloud, runs)).toEqual(["given back"]);
  expect(codes.filter((code) => code !== "order.account_closed")).toEqual([
    ...["order.key_refused", "done"],
  ]);
  expect(await dues(cloud)).toEqual(["paid", "0+0", "0+2", "0+0"]);
  expect(await left(book, "user/ann/wallet")).toBe(WALLET - 30n);
  await expectVerified(book);
});

test.each([
  { what: "is delivered", isCancelled: false },
  { what: "of a cancelled run is delivered, when that is resumed", isCancelled: true },
])("a line $what, once, when what was taken of its money is back", async ({ isCancelled }) => {
  let tries = 0;
  const { cloud, say, book } = await openWaitingCloud((orders) => ({
    ...orders,
    fulfil: async (...asked) => {
      tries += 1;
      return orders.fulfil(...asked);
    },
  }));
  const move = { ...at, debit: "shop/unearned", credit: "bank", amount: 90n };
  const [run = ""] = await buy(cloud);
  await book.submit({ ...move, id: "taken" });
  say({ status: "done" });
  await expect.poll(() => tries).toBeGreaterThan(2);
  const status = async () => (await cloud.flows().get(run))?.status;
  if (isCancelled) {
    await cloud.flows().cancel(run);
    await expect.poll(status).toBe("parked");
  }
  await book.submit({ ...move, debit: move.credit, credit: move.debit, id: "back" });
  if (isCancelled) await cloud.flows().resume(run);
  await expect.poll(status).toBe(isCancelled ? "cancelled" : "done");
  expect(await dues(cloud)).toEqual(["fulfilling", "0+0", "2+0", "0+0"]);
  expect(cloud.released).toEqual([]);
  await expectVerified(book);
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
    await expect.poll(status).toBe("cancelled");
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
