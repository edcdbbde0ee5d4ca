/** For stories of selling: a shop with tea and cups on sale, keys of buyers and of who runs it. */
import { expect } from "vitest";
import type { Quote } from "../../src/catalog/index.ts";
import { type Answer, type HttpShop, httpShop, type ShopOptions } from "./http-shop.ts";

export const BOOK = "market";
const actor = { by: "ada/abcdefghijkl", request: "the story" };

export interface SellingShop extends HttpShop {
  /** Prices a number of pieces, one line each, as the catalogue does. */
  quote(key: string, pieces: Readonly<Record<string, number>>): Promise<Quote>;
  /** A key with these scopes. */
  keyOf(...scopes: readonly string[]): Promise<string>;
}

const text = (en: string) => ({ en });
const flat = (amount: string) => ({
  currency: "CNY/2",
  rounding: "half_up",
  scheme: { kind: "flat", amount, per: "1" },
});

/** Tea for 12.50 and cups for 30.00, ten of each; ann and bob have 100.00 in their wallets. */
export async function sellingShop(options: ShopOptions = {}): Promise<SellingShop> {
  const shop = await httpShop({ ...options, selling: true });
  const catalog = shop.selling?.catalog;
  expect(catalog).toBeDefined();
  await shop.ask(`PUT /v1/books/${BOOK}`);
  if (catalog === undefined) throw new Error("the shop does not sell");
  await catalog.openBook(BOOK);
  await catalog.saveType(
    BOOK,
    "goods",
    { name: text("Goods"), attributes: [] },
    { version: 0 },
    actor,
  );
  for (const [sku, price] of [
    ["TEA", "1250"],
    ["CUP", "3000"],
  ] as const) {
    await catalog.savePlan(BOOK, `${sku}-price`, flat(price), { version: 0 }, actor);
    const product = { type: "goods", name: text(sku), plan: `${sku}-price`, variants: [{ sku }] };
    await catalog.saveProduct(BOOK, sku, product, { version: 0 }, actor);
    await catalog.publish(BOOK, sku, { version: 1 }, actor);
  }
  const done = async (request: string, body: unknown) => {
    const answer = await shop.ask(request, body);
    expect(answer.status, answer.text).toBe(201);
  };
  await done(`PUT /v1/books/${BOOK}/shop`, { asset: "CNY/2" });
  const items = ["TEA", "CUP"].map((sku) => ({ sku, quantity: "10" }));
  await done(`POST /v1/books/${BOOK}/stock`, { id: "opening", items });
  for (const buyer of ["ann", "bob"]) {
    await done(`PUT /v1/books/${BOOK}/wallets/${buyer}`, { asset: "CNY/2" });
    const filling = { id: `first-${buyer}`, asset: "CNY/2", amount: "10000" };
    await done(`POST /v1/books/${BOOK}/wallets/${buyer}/fillings`, filling);
  }
  return {
    ...shop,
    quote: async (key, pieces) => {
      const lines = Object.entries(pieces).map(([sku, quantity]) => ({
        sku,
        quantity: BigInt(quantity),
      }));
      return (await catalog.quote(BOOK, { key, lines })).quote;
    },
    keyOf: async (...scopes) => {
      const made = await shop.ask("POST /v1/keys", { owner: "till", ownerKind: "service", scopes });
      expect(made.status, made.text).toBe(201);
      return String(made.body["token"]);
    },
  };
}

/** What the buyer saw, on the wire. */
export const seen = ({ id, hash, total }: Quote) => ({ id, hash, total: total.toString() });

/** Places an order of a buyer for a quote, as whoever has the key. */
export async function place(
  shop: SellingShop,
  id: string,
  pieces: Readonly<Record<string, number>>,
  { buyer = "ann", key }: { readonly buyer?: string; readonly key?: string } = {},
): Promise<Answer> {
  const quote = await shop.quote(`user/${buyer}/quote-${id}`, pieces);
  const body = { id, buyer, quote: seen(quote) };
  return shop.ask(`POST /v1/books/${BOOK}/orders`, body, key === undefined ? {} : { key });
}

/** The state of the order that an answer tells. */
export const stateIn = ({ body }: Answer) => (body["order"] as { state?: string })?.state;
