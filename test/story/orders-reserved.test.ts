import { connect, LongmenProblem } from "longmen/client";
import { expect, test } from "vitest";
import { BOOK, place, sellingShop, stateIn } from "./selling.ts";

const move = (id: string) => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "user/ann/wallet", amount: "1" };
};
const zero = (id: string) => {
  return { id, asset: "CNY/2", debit: "shop/unearned", credit: "shop/revenue", amount: "0" };
};

test("nobody takes an id of selling's through the ledger's door, or ends a hold of an order's", async () => {
  const shop = await sellingShop();
  const writes = await shop.keyOf(`write@${BOOK}`, `define@${BOOK}`);
  const of = (path: string) => `POST /v1/books/${BOOK}/${path}`;
  const refused = async (path: string, body: unknown, pointers: Record<string, unknown> = {}) => {
    const answer = await shop.ask(of(path), body, { key: writes });
    expect(answer, answer.text).toMatchObject({
      status: 400,
      body: { code: "order.id_reserved", ...pointers },
    });
  };
  await refused("transfers", zero("p/first/0"));
  await refused("chains", { chain: "o/first", requests: [zero("mine")] });
  const chain = { chain: "mine", requests: [zero("one"), zero("r/refund/2/t0")] };
  await refused("chains", chain, { pointer: "/requests/1" });
  const items = [zero("fine"), zero("y/paid/0"), { chain: "b/bid", requests: [zero("two")] }];
  await refused("batches", { items }, { pointer: "/items/1", pointers: ["/items/1", "/items/2"] });
  // None of them was burnt, and of the batch nothing was done.
  expect((await place(shop, "first", { TEA: 1 })).status).toBe(201);
  await refused("transfers/o%2Ffirst%2Fs0/void", { id: "freed" });
  await refused("transfers/o%2Ffirst%2Fs0/post", { id: "sold" });
  const parts = [{ means: "wallet", amount: "1250" }];
  const paid = await shop.ask(of("orders/first/payments"), { paymentId: "first", parts });
  expect(stateIn(paid), paid.text).toBe("paid");
  const { ledger } = shop;
  const book = await ledger.book(BOOK);
  expect(await book.find("fine")).toBeUndefined();
  // From the client it is a problem like any other, and ids of one's own are taken as ever.
  const till = connect({ url: shop.url, key: writes }).book(BOOK);
  const given = { ...move("f/mine"), amount: 1n };
  const problem = await till.submit(given).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(LongmenProblem);
  expect(problem).toMatchObject({ code: "order.id_reserved" });
  expect(await till.submit({ ...given, id: "sale/f/mine" })).toMatchObject({ status: "created" });
});

test("P2: what was posted under such an id before is answered as ever", async () => {
  const shop = await sellingShop();
  const book = await shop.ledger.book(BOOK);
  const before = { ...move("p/17"), amount: 1n };
  expect(await book.submit(before)).toMatchObject({ status: "created" });
  const requests = [1, 2].map((n) => ({ ...move(`b/${n}`), amount: 1n }));
  await book.chain({ chain: "b/all", requests });
  const again = (path: string, body: unknown) => shop.ask(`POST /v1/books/${BOOK}/${path}`, body);
  expect(await again("transfers", move("p/17"))).toMatchObject({
    status: 200,
    body: { status: "exists" },
  });
  const other = await again("transfers", { ...move("p/17"), amount: "2" });
  expect(other.body["code"]).toBe("ledger.id_exists_with_different_amount");
  const chain = { chain: "b/all", requests: [move("b/1"), move("b/2")] };
  expect(await again("chains", chain)).toMatchObject({ status: 200, body: { status: "exists" } });
});
