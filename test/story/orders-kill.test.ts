import { connect, type OrderAnswer, type OrderEvent, type Shop } from "longmen/client";
import { expect, test } from "vitest";
import { isLong, sampleOf } from "../../src/postgres/testing.ts";
import { BOOK, sellingShop, type SellingShop } from "./selling.ts";
import { startNode } from "./start-node.ts";

const BUYERS = 50;
const PIECES = 30;
const PRICE = 1_250n;
/** Of each node one after the other; the last one lives. */
const DEATHS = [...sampleOf(["lane.committed=kill@6", "lane.after_send=kill@8"]), ""];

/** Nodes on the shop's tables, at one port: each is killed where its faults say, and the next one comes up. */
async function mortalNodes(shop: SellingShop) {
  let node = await startNode(shop, DEATHS[0], "0", ["--selling"]);
  const { url } = node;
  let deaths = 0;
  const living = (async () => {
    for (const faults of DEATHS.slice(1)) {
      if ((await node.ended) !== "SIGKILL") return;
      deaths += 1;
      node = await startNode(shop, faults, new URL(url).port, ["--selling"]);
    }
  })();
  const end = async () => {
    await living;
    node.end("SIGTERM");
    expect(await node.ended).toBe(0);
  };
  return { url, deaths: () => deaths, end };
}

/** Asked again, as the same, where nobody can say what became of it. */
async function settled(ask: () => Promise<OrderAnswer>): Promise<OrderAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

// Short of time the simulation of selling kills nodes (test/simulate/selling).
test.skipIf(!isLong)(
  "P1, P2, P3: nodes killed while 50 buyers place and pay over HTTP lose nothing, and do nothing twice",
  async () => {
    const shop = await sellingShop();
    const admin = connect({ url: shop.url, key: shop.adminKey }).book(BOOK).shop;
    await admin.stock.put({ id: "more", items: [{ sku: "TEA", quantity: BigInt(PIECES - 10) }] });
    const buyers = Array.from({ length: BUYERS }, (_, i) => `buyer-${i}`);
    const fill = async (buyer: string) => {
      await admin.wallets.open({ buyer, asset: "CNY/2" });
      const filling = { buyer, asset: "CNY/2", id: buyer, amount: PRICE };
      await admin.wallets.fill(filling);
    };
    await Promise.all(buyers.map(fill));
    const quotes = await Promise.all(buyers.map((buyer) => shop.quote(`q-${buyer}`, { TEA: 1 })));
    const nodes = await mortalNodes(shop);
    const at = connect({ url: nodes.url, key: shop.adminKey, deadlineMs: 20_000 }).book(BOOK).shop;
    const parts = [{ means: "wallet", amount: PRICE }] as const;
    const buy = async (buyer: string, place: number) => {
      const quote = quotes[place];
      if (quote === undefined) throw new Error("there is a quote for each buyer");
      const placed = await settled(() => at.orders.place({ id: `o-${buyer}`, buyer, quote }));
      if (placed.status === "refused") return placed.code;
      const pay = () => at.orders.pay(`o-${buyer}`, { paymentId: `p-${buyer}`, parts });
      const paid = await settled(pay);
      return paid.status === "refused" ? paid.code : paid.order.state;
    };
    const ends = await Promise.all(buyers.map(buy));
    expect(nodes.deaths()).toBe(DEATHS.length - 1);
    expect(ends.filter((end) => end === "paid")).toHaveLength(PIECES);
    expect(ends.filter((end) => end === "order.sold_out")).toHaveLength(BUYERS - PIECES);
    const bought = buyers.filter((_, place) => ends[place] === "paid");
    await audit(shop, admin, bought, buyers);
    await nodes.end();
  },
);

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
