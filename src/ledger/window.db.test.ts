import { expect, test } from "vitest";
import { expectVerified, left, openNode, openShop, pay, type Shop } from "./testing/shop.ts";
import type { Chain, PendingTransfer } from "./transfer.ts";

const STOCK = "STOCK/0";

function take(id: string, amount = 1n): PendingTransfer {
  const hold = { kind: "pending", id, debit: "shelf", credit: "sold", timeoutMs: 60_000 } as const;
  return { ...hold, asset: STOCK, amount };
}

/** An empty shelf of goods whose refused holds are kept in memory alone. */
async function openWindowShop(): Promise<Shop> {
  const shop = await openShop();
  const { book, close } = await openNode(shop);
  await book.batch([
    { kind: "asset", asset: STOCK, refusals: "window" },
    { kind: "open", path: "maker", asset: STOCK, side: "debit", bound: "none" },
    { kind: "open", path: "shelf", asset: STOCK, side: "credit" },
    { kind: "open", path: "sold", asset: STOCK, side: "credit" },
  ]);
  await close();
  return shop;
}

const deliver = (id: string, amount = 1n) => ({
  ...pay(id, "maker", "shelf", amount),
  asset: STOCK,
});
const SOLD_OUT = { status: "refused", code: "ledger.debit_account_exceeds_bound" };

test("P2: a hold that another node made is never answered as refused, and its end neither", async () => {
  const shop = await openWindowShop();
  const [a, b] = [await openNode(shop), await openNode(shop)];
  expect(await a.book.submit(take("h"))).toMatchObject(SOLD_OUT);
  await b.book.batch([deliver("more")]);
  expect(await b.book.submit(take("h"))).toMatchObject({ status: "created" });
  expect(await a.book.submit(take("h"))).toMatchObject({ status: "exists" });
  expect(await a.book.submit(take("h", 2n))).toMatchObject({
    code: "ledger.id_exists_with_different_amount",
  });
  const post = { kind: "post", id: "p", pendingId: "h" } as const;
  expect(await a.book.submit(post)).toMatchObject({ status: "created" });
  expect(await a.book.submit(take("h"))).toMatchObject({ status: "exists" });
  await expectVerified(a.book);
});

test("P2: what a node refused for its window exists for it too, also in a chain and in a transaction", async () => {
  const shop = await openWindowShop();
  const [a, b] = [await openNode(shop), await openNode(shop)];
  const chain: Chain = { chain: "c", requests: [take("c/1"), take("c/2")] };
  expect(await a.book.chain(chain)).toMatchObject(SOLD_OUT);
  expect(await a.book.submit(take("t"))).toMatchObject(SOLD_OUT);
  await b.book.batch([deliver("more", 3n)]);
  expect(await b.book.chain(chain)).toMatchObject({ status: "created" });
  expect(await b.book.submit(take("t"))).toMatchObject({ status: "created" });
  const work = () => Promise.resolve({ post: take("t"), value: 1 });
  expect(await a.book.tx(work)).toMatchObject({ answer: { status: "exists" }, value: undefined });
  expect(await a.book.chain(chain)).toMatchObject({ status: "exists" });
  await expectVerified(a.book);
});

test("alone on its book a node goes on refusing what it refused for its window", async () => {
  const shop = await openWindowShop();
  const { book } = await openNode(shop);
  expect(await book.submit(take("h"))).toMatchObject(SOLD_OUT);
  expect(await book.submit(deliver("more"))).toMatchObject({ status: "created" });
  expect(await book.submit(take("h"))).toMatchObject({ code: "ledger.id_already_failed" });
  const inChain: Chain = { chain: "c", requests: [take("x"), take("h")] };
  expect(await book.chain(inChain)).toMatchObject({ code: "ledger.id_already_failed", index: 1 });
});

test("P2: a refusal that stands in the books is told by every node, whoever wrote since", async () => {
  const shop = await openWindowShop();
  const [a, b] = [await openNode(shop), await openNode(shop)];
  const lasting: PendingTransfer = { ...take("h"), timeoutMs: undefined };
  expect(await a.book.submit(lasting)).toMatchObject(SOLD_OUT);
  expect(await b.book.submit(deliver("more"))).toMatchObject({ status: "created" });
  for (const { book } of [a, b, a]) {
    expect(await book.submit(lasting)).toMatchObject({
      code: "ledger.id_already_failed",
      seq: expect.any(Number) as number,
    });
  }
});

test("P2: two nodes that fight for one shelf never deny a hold that one of them was granted", async () => {
  const shop = await openWindowShop();
  const nodes = [await openNode(shop), await openNode(shop)] as const;
  const granted = new Set<string>();
  const ids = Array.from({ length: 30 }, (_, i) => `h${i}`);
  const claim = async (id: string, turn: number) => {
    const wasGranted = granted.has(id);
    const answer = await nodes[turn % 2 === 0 ? 0 : 1].book.submit(take(id));
    if (answer.status !== "refused") granted.add(id);
    else expect(wasGranted, `${id} was granted, and is refused with ${answer.code}`).toBe(false);
  };
  for (let round = 0; round < 12; round++) {
    const filler = nodes[round % 3 === 0 ? 0 : 1].book;
    if (round > 0) await filler.submit(deliver(`round-${round}`, 3n));
    await Promise.all(ids.flatMap((id, i) => [claim(id, i + round), claim(id, i + round + 1)]));
  }
  expect(granted.size).toBe(30);
  expect(await left(nodes[0].book, "ann")).toBe(1_000n);
  for (const id of ids) {
    for (const { book } of nodes)
      expect(await book.submit(take(id))).toMatchObject({ status: "exists" });
  }
  await expectVerified(nodes[0].book);
});
