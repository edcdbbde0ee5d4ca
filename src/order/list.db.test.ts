import fc from "fast-check";
import { expect, test } from "vitest";
import type { ListOrders, ListedOrder } from "./index.ts";
import { openShop, type Shop, wallet } from "./testing/shop.ts";

const MINUTE = 60_000;

/** All pages of a list, in pages of that many. */
async function listed({ orders, book }: Shop, asked: ListOrders = {}, limit = 3) {
  const items: ListedOrder[] = [];
  let cursor: string | undefined;
  do {
    const page = await orders.list(book, { ...asked, limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

const idsOf = (items: readonly ListedOrder[]) => items.map(({ id }) => id);

/** Orders o0 … of ann and bob in turn; of three each one is left, one paid, one delivered. */
async function sell(shop: Shop, count: number): Promise<string[]> {
  const { orders, book, command, clock } = shop;
  const ids = Array.from({ length: count }, (_, i) => `o${i}`);
  for (const [i, id] of ids.entries()) {
    clock.advance(1_000);
    await orders.place(book, command(id, [["A", 1n, 10n]], { buyer: i % 2 === 0 ? "ann" : "bob" }));
    if (i % 3 > 0) await orders.pay(book, wallet(id, 10n));
    if (i % 3 > 1) await orders.fulfil(book, { orderId: id, fulfilmentId: `f-${id}` });
  }
  return ids.toReversed();
}

test("orders are listed newest first, by state and buyer, each once, in pages of any length", async () => {
  const shop = await openShop({ stock: { A: 100n } });
  const newest = await sell(shop, 18);
  expect(idsOf(await listed(shop))).toEqual(newest);
  expect(idsOf(await listed(shop, { buyer: "bob" }))).toEqual(
    newest.filter((id) => Number(id.slice(1)) % 2 === 1),
  );
  for (const [rest, state] of (["placed", "paid", "fulfilled"] as const).entries()) {
    const of = newest.filter((id) => Number(id.slice(1)) % 3 === rest);
    expect(idsOf(await listed(shop, { state }))).toEqual(of);
    expect(idsOf(await listed(shop, { state }, 1_000))).toEqual(of);
    const anns = of.filter((id) => Number(id.slice(1)) % 2 === 0);
    expect(idsOf(await listed(shop, { state, buyer: "ann" }, 1))).toEqual(anns);
  }
  expect(await listed(shop, { state: "closed" })).toEqual([]);
  expect(await listed(shop, { buyer: "carol" })).toEqual([]);
  const [first] = await listed(shop);
  const { order } = (await shop.orders.find(shop.book, "o17")) ?? {};
  expect(first).toMatchObject({ ...order, lines: 1 });
});

test("open orders are found long after, and ended ones no more, while the sweep keeps its list", async () => {
  const shop = await openShop({ stock: { A: 100n } });
  const { orders, book, clock } = shop;
  const newest = await sell(shop, 12);
  const paid = newest.filter((id) => Number(id.slice(1)) % 3 === 1);
  clock.advance(17 * MINUTE);
  const swept = await orders.expireDue(book);
  expect(swept.expired).toBe(4);
  expect(idsOf(await listed(shop, { state: "paid" }, 2))).toEqual(paid);
  expect(await listed(shop, { state: "placed" })).toEqual([]);
  expect(idsOf(await listed(shop, { state: "expired" }, 2)).toSorted()).toEqual(
    newest.filter((id) => Number(id.slice(1)) % 3 === 0).toSorted(),
  );
  const [last = "", ...others] = paid;
  await orders.fulfil(book, { orderId: last, fulfilmentId: "late" });
  await orders.close(book, { orderId: last });
  const more = await sellOne(shop, "new");
  expect(idsOf(await listed(shop, { state: "paid" }, 2))).toEqual([more, ...others]);
  clock.advance(17 * MINUTE);
  await orders.expireDue(book);
  expect(idsOf(await listed(shop, { state: "paid" }, 2))).toEqual([more, ...others]);
  expect(idsOf(await listed(shop, { state: "closed" }))).toEqual([last]);
  expect(idsOf(await listed(shop, { state: "fulfilled" }))).not.toContain(last);
  const kept = await shop.test.database.transaction((tx) =>
    tx.query(`select order_id as id from "${shop.test.schema}".order_open order by order_id`),
  );
  expect(kept.rows.map(({ id }) => String(id))).toEqual([more, ...others].toSorted());
});

async function sellOne({ orders, book, command }: Shop, id: string): Promise<string> {
  await orders.place(book, command(id, [["A", 1n, 10n]]));
  await orders.pay(book, wallet(id, 10n));
  return id;
}

test("a cursor of another list, or made by hand, is refused and is never a bug", async () => {
  const shop = await openShop({ stock: { A: 100n } });
  const { orders, book } = shop;
  await sell(shop, 6);
  const { cursor = "" } = await orders.list(book, { state: "paid", limit: 1 });
  const malformed = expect.objectContaining({ code: "order.cursor_malformed" }) as Error;
  await expect(orders.list(book, { cursor })).rejects.toThrow(malformed);
  await expect(orders.list(book, { state: "placed", cursor })).rejects.toThrow(malformed);
  const [print] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as string[];
  const part = fc.oneof(fc.string(), fc.bigInt().map(String), fc.constantFrom("o1", "~", "\u0000"));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 3 }), async (parts) => {
      const made = Buffer.from(JSON.stringify([print, ...parts])).toString("base64url");
      const page = await orders.list(book, { state: "paid", cursor: made }).catch(String);
      if (typeof page === "string") expect(page).toContain("This is no cursor of that list.");
    }),
    { numRuns: 60 },
  );
  for (const asked of [{ limit: 0 }, { limit: 1_001 }, { state: "gone" }, { buyer: "" }]) {
    await expect(orders.list(book, asked as ListOrders)).rejects.toThrow(
      expect.objectContaining({ code: "order.command_malformed" }) as Error,
    );
  }
});
