import { expect, test } from "vitest";
import { BOOK, place, sellingShop, stateIn } from "./selling.ts";

const orders = `/v1/books/${BOOK}/orders`;

test("P2: an order is placed, paid by several means, delivered in two parcels, given back in part and closed", async () => {
  const shop = await sellingShop();
  const placed = await place(shop, "o-1", { TEA: 2, CUP: 1 });
  expect(placed, placed.text).toMatchObject({ status: 201, body: { status: "done" } });
  expect(placed.body["order"]).toMatchObject({ id: "o-1", state: "placed", total: "5500" });
  const again = await place(shop, "o-1", { TEA: 2, CUP: 1 });
  expect(again).toMatchObject({ status: 200, body: { status: "exists" } });
  const parts = [
    { means: "wallet", amount: "5000" },
    { means: "cash", amount: "500" },
  ];
  const paid = await shop.ask(`POST ${orders}/o-1/payments`, { paymentId: "p-1", parts });
  expect(paid, paid.text).toMatchObject({ status: 201 });
  expect(stateIn(paid)).toBe("paid");
  const lines = [{ line: 0, quantity: "1" }];
  const parcel = { fulfilmentId: "f-1", lines };
  expect(stateIn(await shop.ask(`POST ${orders}/o-1/fulfilments`, parcel))).toBe("fulfilling");
  const rest = await shop.ask(`POST ${orders}/o-1/fulfilments`, { fulfilmentId: "f-2" });
  expect(stateIn(rest), rest.text).toBe("fulfilled");
  const refund = {
    refundId: "r-1",
    lines: [{ line: 1, quantity: "1", goods: "delivered", restock: true }],
    goodwill: "100",
    reason: "it came broken",
  };
  const back = await shop.ask(`POST ${orders}/o-1/refunds`, refund);
  expect(back, back.text).toMatchObject({ status: 201 });
  expect(back.body["order"]).toMatchObject({ refunded: "3100" });
  expect((await shop.ask(`POST ${orders}/o-1/refunds`, refund)).status).toBe(200);
  const closed = await shop.ask(`POST ${orders}/o-1/close`, {});
  expect(stateIn(closed), closed.text).toBe("closed");
  const view = await shop.ask(`GET ${orders}/o-1`);
  expect(view.status, view.text).toBe(200);
  const acts = (view.body["timeline"] as { act: string }[]).map(({ act }) => act);
  expect(acts).toEqual(["place", "pay", "fulfil", "fulfil", "refund", "close"]);
  const shelf = await shop.ask(`GET /v1/books/${BOOK}/stock/CUP`);
  expect(shelf.body).toEqual({ sku: "CUP", left: "10", held: "0", due: "0", delivered: "0" });
  const wallet = await shop.ask(`GET /v1/books/${BOOK}/wallets/ann?asset=CNY/2`);
  expect(wallet.body).toMatchObject({ available: "7600" });
  expect(await (await shop.ledger.book(BOOK)).verify()).toMatchObject({ verified: true });
});
