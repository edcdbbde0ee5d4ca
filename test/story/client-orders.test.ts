import { connect, LongmenProblem, type OrderEvent } from "longmen/client";
import { expect, test } from "vitest";
import { openProxy } from "../../src/postgres/testing.ts";
import { BOOK, sellingShop, type SellingShop } from "./selling.ts";

const shopOf = (shop: SellingShop, url = shop.url, key = shop.adminKey) =>
  connect({ url, key }).book(BOOK).shop;

test("what a shop foresees is a value with words, whatever else is wrong is thrown", async () => {
  const shop = await sellingShop();
  const at = shopOf(shop);
  const quote = await shop.quote("q-1", { TEA: 11 });
  const sold = await at.orders.place({ id: "o-1", buyer: "ann", quote });
  expect(sold).toMatchObject({
    status: "refused",
    code: "order.sold_out",
    details: { left: "10" },
  });
  expect(sold.status === "refused" && sold.words.zh).toMatch(/仅剩 10/);
  expect(await at.orders.cancel("nobody")).toMatchObject({ code: "order.missing" });
  expect(await at.orders.get("nobody")).toBeUndefined();
  expect(await at.stock.get("GOLD")).toBeUndefined();
  expect(await at.wallets.get({ buyer: "carol", asset: "CNY/2" })).toBeUndefined();
  expect(
    await at.credit.get({ company: "acme", month: "2026-11", asset: "CNY/2" }),
  ).toBeUndefined();
  const thrown = async (asked: Promise<unknown>) => {
    const error = await asked.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LongmenProblem);
    return (error as LongmenProblem).code;
  };
  const parts = [{ means: "cash", amount: -1n }] as const;
  expect(await thrown(at.orders.pay("o-1", { paymentId: "p", parts }))).toBe(
    "client.request_malformed",
  );
  expect(await thrown(at.orders.place({ id: "", buyer: "ann", quote }))).toBe(
    "order.command_malformed",
  );
  const stranger = shopOf(shop, shop.url, await shop.keyOf("shop.read@elsewhere"));
  expect(await thrown(stranger.orders.get("o-1"))).toBe("ledger.book_missing");
});

test("P2: a lost answer is asked for again by the client, and the act is done once", async () => {
  const shop = await sellingShop();
  const line = await openProxy(shop.url);
  const at = shopOf(shop, line.url);
  const quote = await shop.quote("q-1", { TEA: 1 });
  const cut = line.cutAfter("/v1/books/market/orders");
  const placed = at.orders.place({ id: "o-1", buyer: "ann", quote });
  await cut;
  expect((await placed).status).toMatch(/^(done|exists)$/);
  const parts = [{ means: "wallet", amount: 1_250n }] as const;
  const pay = () => at.orders.pay("o-1", { paymentId: "p-1", parts });
  const answers = await Promise.all([pay(), pay(), pay()]);
  expect(answers.filter(({ status }) => status === "done")).toHaveLength(1);
  const view = await at.orders.get("o-1");
  expect(view?.timeline.map(({ act }) => act)).toEqual(["place", "pay"]);
  expect(view?.payments).toMatchObject([{ means: "wallet", amount: 1_250n, refunded: 0n }]);
  expect(view?.priced?.lines).toMatchObject([{ product: "TEA", planVersion: 1 }]);
});

test("the feed of orders waits for what comes, ends with its signal, and goes on at a seq", async () => {
  const shop = await sellingShop();
  const at = shopOf(shop);
  const stop = new AbortController();
  const seen: OrderEvent[] = [];
  const following = (async () => {
    for await (const event of at.orders.events({ signal: stop.signal, waitMs: 5_000 })) {
      seen.push(event);
      if (seen.length === 3) stop.abort();
    }
  })();
  const quote = await shop.quote("q-1", { TEA: 1 });
  await at.orders.place({ id: "o-1", buyer: "ann", quote });
  await at.orders.pay("o-1", { paymentId: "p-1", parts: [{ means: "cash", amount: 1_250n }] });
  // Another entry of the book, and no act of an order.
  await at.stock.put({ id: "more", items: [{ sku: "CUP", quantity: 1n }] });
  await at.orders.fulfil("o-1", { fulfilmentId: "f-1" });
  await following;
  expect(seen.map(({ id, type }) => `${id} ${type}`)).toEqual([
    "o-1/1 order.placed",
    "o-1/2 order.paid",
    "o-1/3 order.fulfilled",
  ]);
  expect(seen[1]).toMatchObject({ buyer: "ann", key: "p-1", paid: 1_250n, state: "paid" });
  const rest: string[] = [];
  for await (const { type } of at.orders.events({ after: seen[0]?.seq, follow: false })) {
    rest.push(type);
  }
  expect(rest).toEqual(["order.paid", "order.fulfilled"]);
  const listed: string[] = [];
  for await (const { id, lines } of at.orders.list({ buyer: "ann" }, { limit: 1 })) {
    listed.push(`${id} ${lines}`);
  }
  expect(listed).toEqual(["o-1 1"]);
});

test("a company's line is set anew, never below what it owes; who asks the same at once is one", async () => {
  const shop = await sellingShop();
  const at = shopOf(shop);
  const named = { company: "acme", month: new Date().toISOString().slice(0, 7), asset: "CNY/2" };
  const open = (line: bigint) => at.credit.open({ ...named, line });
  expect(await open(2_000n)).toMatchObject({ line: 2_000n, owed: 0n, left: 2_000n });
  const quote = await shop.quote("q-1", { TEA: 1 });
  await at.orders.place({ id: "o-1", buyer: "ann", quote });
  const parts = [{ means: "company", company: "acme", amount: 1_250n }] as const;
  await at.orders.pay("o-1", { paymentId: "p-1", parts });
  expect(await at.credit.get(named)).toMatchObject({ line: 2_000n, owed: 1_250n, left: 750n });
  await Promise.all([open(3_000n), open(3_000n), open(3_000n)]);
  await at.orders.refund("o-1", { refundId: "r-1", goodwill: 50n });
  expect(await open(3_000n)).toMatchObject({ line: 3_000n, left: 1_800n });
  await expect(open(1_000n)).rejects.toThrow(/ledger.bound_below_balance/);
  expect(await open(1_200n)).toMatchObject({ line: 1_200n, left: 0n });
  await expect(open(1_000n)).rejects.toThrow(LongmenProblem);
  expect(await open(2_000n)).toMatchObject({ line: 2_000n, left: 800n });
});

/** acme has bought twice on its credit, holds for a third order, had one back, and paid 10.00. */
async function billedMonth() {
  const shop = await sellingShop();
  const at = shopOf(shop);
  const month = new Date().toISOString().slice(0, 7);
  const named = { company: "acme", month, asset: "CNY/2" };
  await at.credit.open({ ...named, line: 20_000n });
  const parts = [{ means: "company", company: "acme", amount: 1_250n }] as const;
  for (const [id, hold] of [
    ["o-1", []],
    ["o-2", parts],
  ] as const) {
    const quote = await shop.quote(id, { TEA: 1 });
    await at.orders.place({ id, buyer: "ann", quote, hold });
    const paying = { paymentId: `p-${id}`, parts: hold.length === 0 ? parts : [] };
    expect(await at.orders.pay(id, paying)).toMatchObject({ status: "done" });
  }
  await at.orders.place({
    id: "o-3",
    buyer: "ann",
    quote: await shop.quote("q", { TEA: 1 }),
    hold: parts,
  });
  const lines = [{ line: 0, quantity: 1n, goods: "due" }] as const;
  await at.orders.refund("o-1", { refundId: "r-1", lines });
  const account = `company/acme/credit/${month}`;
  const paying = {
    id: "bill",
    asset: "CNY/2",
    debit: "shop/cash",
    credit: account,
    amount: "1000",
  };
  await shop.ask(`POST /v1/books/${BOOK}/transfers`, paying);
  return { shop, at, named };
}

test("a company's bill of a month: what it bought, what went back, what it paid; by page, and to nobody else", async () => {
  const { shop, at, named } = await billedMonth();
  const whole = await at.credit.statement(named).page();
  expect(whole).toMatchObject({
    ...{ line: 20_000n, owed: 250n, bought: 2_500n, credited: 2_250n, held: 1_250n },
    left: 18_500n,
  });
  expect(whole.items.map((one) => [one.kind, one.order, one.key, one.amount, one.owed])).toEqual([
    ["bought", "o-1", "p-o-1", 1_250n, 1_250n],
    ["bought", "o-2", "p-o-2", 1_250n, 2_500n],
    ["back", "o-1", "r-1", 1_250n, 1_250n],
    ["paid", undefined, undefined, 1_000n, 250n],
  ]);
  const paged: unknown[] = [];
  for await (const one of at.credit.statement(named, { limit: 2 })) paged.push(one);
  expect(paged).toEqual(whole.items);
  const { url } = shop;
  const clerk = async (company: string) => {
    const key = await shop.keyOf(`shop.buy@${BOOK}:company/${company}`);
    return connect({ url, key }).book(BOOK).shop.credit.statement(named).page();
  };
  const own = await clerk("acme");
  expect(own.items.map(({ by, owed }) => [by, owed])).toEqual(
    whole.items.map(({ owed }) => [undefined, owed]),
  );
  await expect(clerk("other")).rejects.toMatchObject({ code: "access.not_permitted" });
  await expectNoBill(at, named);
});

async function expectNoBill(
  at: ReturnType<typeof shopOf>,
  named: { readonly company: string; readonly month: string; readonly asset: string },
): Promise<void> {
  const none = at.credit.statement({ ...named, company: "none" }).page();
  await expect(none).rejects.toMatchObject({ code: "ledger.account_not_found" });
  const wrong = at.credit.statement({ ...named, month: "2026-13" }).page();
  await expect(wrong).rejects.toMatchObject({ code: "payment.credit_line_malformed" });
  await expect(at.credit.statement(named).page("x")).rejects.toMatchObject({
    code: "ledger.cursor_malformed",
  });
}
