import { expect, test } from "vitest";
import type { Book } from "../ledger/index.ts";
import { COMMIT, openProxy } from "../postgres/testing.ts";
import type { OrderEvent, Orders } from "./index.ts";
import { expectVerified, GBP, openShop, type Shop, wallet } from "./testing/shop.ts";

const MINUTE = 60_000;
const SERVICE = { sku: "ADVICE", quantity: 1n, list: 50n, amount: 50n, stocked: false } as const;

/** Everything that there is, in pages so small that acts and other entries fall between them. */
async function readAll(orders: Orders, book: Book, limit = 3): Promise<OrderEvent[]> {
  const events: OrderEvent[] = [];
  let after = 0n;
  for (;;) {
    const page = await orders.events(book, { after, limit });
    events.push(...page.events);
    after = page.cursor;
    if (!page.more) return events;
  }
}

async function oneOfEach({ orders, book, command, clock }: Shop): Promise<void> {
  const context = { by: "till-1", request: "req-7" };
  await orders.place(book, command("o1", [["A", 4n, 40n], SERVICE]), { context });
  await orders.pay(book, wallet("o1", 90n));
  await orders.place(book, command("o2", [["A", 1n, 10n]]));
  await orders.cancel(book, { orderId: "o2", reason: "changed my mind" });
  await orders.place(book, command("o3", [["A", 1n, 10n]]));
  await orders.place(book, command("o4", [SERVICE]));
  await orders.pay(book, wallet("o4", 50n));
  const some = [{ line: 0, quantity: 3n }];
  await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f1", lines: some });
  await orders.fulfil(book, { orderId: "o1", fulfilmentId: "f2" });
  await orders.refund(book, { orderId: "o1", refundId: "r1", goodwill: 5n });
  await orders.close(book, { orderId: "o1" });
  clock.advance(17 * MINUTE);
  // The holds have freed themselves before anybody ended the order.
  await orders.place(book, command("o5", [["A", 1n, 10n]]));
  await orders.expireDue(book);
}

test("events: every act once, in the order of the commits, with who and why", async () => {
  const shop = await openShop({ stock: { A: 10n } });
  const { orders, book } = shop;
  await oneOfEach(shop);
  const events = await readAll(orders, book);
  expect(events.map(({ id, type, state }) => `${id} ${type} ${state}`)).toEqual([
    "o1/1 order.placed placed",
    "o1/2 order.paid paid",
    "o2/1 order.placed placed",
    "o2/2 order.cancelled cancelled",
    "o3/1 order.placed placed",
    "o4/1 order.placed placed",
    "o4/2 order.paid paid",
    "o1/3 order.fulfilled fulfilling",
    "o1/4 order.fulfilled fulfilled",
    "o1/5 order.refunded fulfilled",
    "o1/6 order.closed closed",
    "o5/1 order.placed placed",
    "o3/2 order.expired expired",
  ]);
  expect(events[0]).toMatchObject({ by: "till-1", request: "req-7", buyer: "ann", total: 90n });
  expect(events[3]).toMatchObject({ reason: "changed my mind", key: undefined });
  expect(events[9]).toMatchObject({ key: "r1", paid: 90n, refunded: 5n });
  const seqs = events.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  const after = BigInt(seqs[8] ?? 0);
  expect((await orders.events(book, { after })).events).toHaveLength(4);
});

test("events: chains of somebody else's, named like ours, are no acts; a cursor ahead is refused", async () => {
  const { orders, book, command } = await openShop({ stock: { A: 10n } });
  const chain = (name: string) => ({
    chain: name,
    requests: [{ id: `${name}/x`, asset: GBP, debit: "shop/unearned", credit: "bank", amount: 0n }],
  });
  const names = ["o/none", "o/o1/end", "p/none", "f/none/3", "r/none/2", "o/o1/close", "elsewhere"];
  for (const name of names) await book.chain(chain(name));
  expect(await readAll(orders, book)).toEqual([]);
  await orders.place(book, command("o1", [["A", 1n, 10n]]));
  expect((await readAll(orders, book)).map(({ id }) => id)).toEqual(["o1/1"]);
  await expect(orders.events(book, { after: 9_999n })).rejects.toThrow(/Seq 9999/);
  await expect(orders.events(book, { after: -1n })).rejects.toThrow(/after/);
  await expect(orders.events(book, { limit: 0 })).rejects.toThrow(/0 is not from 1/);
});

test("P1: who follows while two nodes write, and lose replies, sees every act once", async () => {
  const shop = await openShop({ stock: { A: 1_000n } });
  const proxy = await openProxy(shop.test.url);
  const at = await shop.node(proxy.url);
  const seen: OrderEvent[] = [];
  let isOver = false;
  const follow = async () => {
    for (let after = 0n; ;) {
      const last = isOver;
      const page = await shop.orders.events(shop.book, { after, limit: 7 });
      seen.push(...page.events);
      after = page.cursor;
      if (last && !page.more) return;
    }
  };
  const following = follow();
  const buy = async ({ orders, book }: Pick<Shop, "orders" | "book">, id: string) => {
    await orders.place(book, shop.command(id, [["A", 1n, 10n]]));
    await orders.pay(book, wallet(id, 10n));
    await orders.fulfil(book, { orderId: id, fulfilmentId: `f-${id}` });
  };
  const all = Array.from({ length: 80 }, (_, i) => buy(i % 2 === 0 ? shop : at, `o${i}`));
  await proxy.cutAfter(COMMIT);
  await Promise.all(all);
  isOver = true;
  await following;
  const ids = seen.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(240);
  for (const { id, version } of seen) {
    if (version === 1) continue;
    const before = id.replace(/\d+$/, String(version - 1));
    expect(ids.indexOf(before)).toBeLessThan(ids.indexOf(id));
  }
  await expectVerified(shop.book);
});
