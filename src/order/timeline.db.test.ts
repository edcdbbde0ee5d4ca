/** What is told of an order stays short to tell, whatever happened to it. */
import { expect, test } from "vitest";
import { openCloud, unstocked } from "./testing/cloud.ts";
import { openShop, type Shop, wallet } from "./testing/shop.ts";

/** An order of so many pieces, paid, and delivered in as many parcels. */
async function delivered({ orders, book, command }: Shop, id: string, pieces: number) {
  const many = BigInt(pieces);
  await orders.place(book, command(id, [["A", many, 10n * many]]));
  await orders.pay(book, wallet(id, 10n * many));
  for (let at = 0; at < pieces; at++) {
    const lines = [{ line: 0, quantity: 1n }];
    await orders.fulfil(book, { orderId: id, fulfilmentId: `${id}-${at}`, lines });
  }
}

test("an order of many acts is told by a hundred at once, each page by as many questions as an order of two", async () => {
  const shop = await openShop({ stock: { A: 200n } });
  const { orders, book } = shop;
  await delivered(shop, "short", 1);
  await delivered(shop, "long", 120);
  const asked = async (look: () => Promise<unknown>) => {
    const before = shop.questions();
    await look();
    return shop.questions() - before;
  };
  const few = await asked(() => orders.find(book, "short"));
  expect(await asked(() => orders.find(book, "long"))).toBe(few);
  const first = await orders.find(book, "long");
  expect(first).toMatchObject({ more: true, order: { version: 122, state: "fulfilled" } });
  const rest = await orders.find(book, "long", { after: first?.steps.at(-1)?.version });
  expect(rest?.more).toBe(false);
  const steps = [...(first?.steps ?? []), ...(rest?.steps ?? [])];
  expect(steps.map(({ version }) => version)).toEqual(Array.from({ length: 122 }, (_, i) => i + 1));
  expect(steps.slice(2).map(({ key, chain }) => `${key} ${chain}`)).toEqual(
    Array.from({ length: 120 }, (_, at) => `long-${at} f/long-${at}/${at + 3}`),
  );
  expect(steps.every(({ chain, postings }) => postings.every((one) => one.chain === chain))).toBe(
    true,
  );
  expect(
    steps.slice(2).every(({ moves, postings }) => moves.length === 1 && postings.length === 2),
  ).toBe(true);
});

test("what a key stands for is told without the order's history", async () => {
  const shop = await openShop({ stock: { A: 20n } });
  const { orders, book, command } = shop;
  await delivered(shop, "o1", 3);
  await orders.refund(book, { orderId: "o1", refundId: "back", goodwill: 1n });
  const told = async (key: string) => {
    const step = await orders.stepOfKey(book, "o1", key);
    return step && `${step.act} ${step.version}`;
  };
  expect(await told("pay-o1")).toBe("pay 2");
  expect(await told("o1-1")).toBe("fulfil 4");
  expect(await told("back")).toBe("refund 6");
  expect(await told("other")).toBe(undefined);
  await orders.place(book, command("o2", [["A", 1n, 10n]]));
  expect(await orders.stepOfKey(book, "o2", "back")).toBe(undefined);
  expect(await orders.glance(book, "o1")).toMatchObject({ quoteId: "q-o1", order: { version: 6 } });
  expect(await orders.glance(book, "none")).toBe(undefined);
});

test("of the runs of an order those that need a person are told, however many others there are", async () => {
  const cloud = await openCloud(
    ({ line }) => {
      if (line < 24) return { status: "later" };
      return { status: "done" };
    },
    { release: undefined },
  );
  const { orders, book, command } = cloud;
  const lines = Array.from({ length: 25 }, (_, at) => unstocked(`VM${at}`, 1n, 10n));
  await orders.place(book, command("o1", lines));
  await orders.pay(book, wallet("o1", 250n));
  const runs = async () =>
    (await orders.find(book, "o1"))?.steps.flatMap((step) => step.runs) ?? [];
  expect((await runs()).length).toBe(25);
  await expect
    .poll(async () => (await runs()).filter(({ status }) => status === "done").length)
    .toBe(1);
  const last = (await runs()).find(({ input }) => (input as { line: number }).line === 23);
  await cloud.flows().pause(last?.id ?? "");
  await expect
    .poll(async () => (await runs())[0])
    .toMatchObject({ id: last?.id, status: "paused" });
  expect((await runs())[0]?.steps?.length).toBeGreaterThan(0);
  expect((await runs()).filter(({ steps }) => steps !== undefined).length).toBe(20);
});
