import { connect, type OrderAnswer, type OrderEvent, type Shop } from "longmen/client";
import type { ChildProcess } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { isLong } from "../../src/postgres/testing.ts";
import { BOOK, sellingShop, type SellingShop } from "./selling.ts";
import { spawnNode } from "./start-node.ts";

const BUYERS = 50;
const PIECES = 30;
const PRICE = 1_250n;
/**
 * Where the first nodes die, each for certain however acts come to share flushes: everybody waits for a commit of the
 * first, and at least all payments for one of the second.
 */
const DEATHS = isLong ? ["lane.committed=kill@1", "lane.after_send=kill@1"] : [];
/** The node behind them is killed from outside when it has answered so many; the last one lives. */
const ANSWERED = 10;

/** Nodes on the shop's tables, at one port: each is killed, and the next one comes up. */
async function mortalNodes(shop: SellingShop) {
  let current: ChildProcess | undefined;
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
    current?.kill("SIGKILL");
  });
  const next = (faults: string, port: string) => {
    const { child, listening } = spawnNode(shop, faults, port, ["--selling"]);
    current = child;
    if (isOver) child.kill("SIGKILL");
    return listening;
  };
  const [first, ...later] = [...DEATHS, ""];
  let node = await next(first, "0");
  const { url } = node;
  const { port } = new URL(url);
  let isCounting = false;
  let answered = 0;
  const enough = Promise.withResolvers<void>();
  const follow = async (faults: string) => {
    expect(await node.ended).toBe("SIGKILL");
    node = await next(faults, port);
  };
  const living = (async () => {
    for (const faults of later) await follow(faults);
    isCounting = true;
    await enough.promise;
    node.end("SIGKILL");
    await follow("");
  })();
  // Told where it is waited for.
  living.catch(() => undefined);
  const end = async () => {
    await living;
    node.end("SIGTERM");
    expect(await node.ended).toBe(0);
  };
  const told = () => {
    if (!isCounting) return;
    answered += 1;
    if (answered >= ANSWERED) enough.resolve();
  };
  return { url, told, end };
}

/** Asked again, as the same, where nobody can say what became of it. */
async function settled(ask: () => Promise<OrderAnswer>, told: () => void): Promise<OrderAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await ask();
      told();
      return answer;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

test("P1, P2, P3: nodes killed while 50 buyers place and pay over HTTP lose nothing, and do nothing twice", async () => {
  const shop = await sellingShop();
  const admin = connect({ url: shop.url, key: shop.adminKey }).book(BOOK).shop;
  await admin.stock.put({ id: "more", items: [{ sku: "TEA", quantity: BigInt(PIECES - 10) }] });
  const buyers = Array.from({ length: BUYERS }, (_, i) => `buyer-${i}`);
  const fill = async (buyer: string) => {
    await admin.wallets.open({ buyer, asset: "CNY/2" });
    const filling = { buyer, asset: "CNY/2", id: buyer, amount: PRICE };
    await admin.wallets.fill(filling);
  };
  const quote = (buyer: string) => shop.quote(`q-${buyer}`, { TEA: 1 });
  const [nodes, quotes] = await Promise.all([
    mortalNodes(shop),
    Promise.all(buyers.map(quote)),
    ...buyers.map(fill),
  ]);
  const { orders } = connect({ url: nodes.url, key: shop.adminKey, deadlineMs: 20_000 }).book(
    BOOK,
  ).shop;
  const parts = [{ means: "wallet", amount: PRICE }] as const;
  const buy = async (buyer: string, at: number) => {
    const quote = quotes[at];
    if (quote === undefined) throw new Error("there is a quote for each buyer");
    const place = () => orders.place({ id: `o-${buyer}`, buyer, quote });
    const placed = await settled(place, nodes.told);
    if (placed.status === "refused") return placed.code;
    const pay = () => orders.pay(`o-${buyer}`, { paymentId: `p-${buyer}`, parts });
    const paid = await settled(pay, nodes.told);
    return paid.status === "refused" ? paid.code : paid.order.state;
  };
  const ends = await Promise.all(buyers.map(buy));
  expect(ends.filter((end) => end === "paid")).toHaveLength(PIECES);
  expect(ends.filter((end) => end === "order.sold_out")).toHaveLength(BUYERS - PIECES);
  const bought = buyers.filter((_, place) => ends[place] === "paid");
  await audit(shop, admin, bought, buyers);
  await nodes.end();
});

/** Asked of another node, by other routes: what was acknowledged is there, once, and nothing else is. */
async function audit(
  shop: SellingShop,
  { orders, stock, wallets }: Shop,
  bought: readonly string[],
  buyers: readonly string[],
): Promise<void> {
  const listed: string[] = [];
  for await (const { buyer } of orders.list({ state: "paid" })) listed.push(buyer);
  expect(listed.toSorted()).toEqual(bought.toSorted());
  const events: OrderEvent[] = [];
  for await (const event of orders.events({ follow: false, limit: 7 })) events.push(event);
  const expected = bought.flatMap((buyer) => [`o-${buyer}/1`, `o-${buyer}/2`]);
  expect(events.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
  expect(await stock.get("TEA")).toMatchObject({ left: 0n, held: 0n, due: BigInt(PIECES) });
  const left = async (buyer: string) => (await wallets.get({ buyer, asset: "CNY/2" }))?.available;
  expect(await Promise.all(buyers.map(left))).toEqual(
    buyers.map((buyer) => (bought.includes(buyer) ? 0n : PRICE)),
  );
  const book = await shop.ledger.book(BOOK);
  const unearned = await book.account("shop/unearned", "CNY/2");
  expect(unearned?.available).toBe(BigInt(PIECES) * PRICE);
  expect(await book.verify()).toMatchObject({ verified: true });
}
