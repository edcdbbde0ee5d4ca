import { expect, test } from "vitest";
import { BOOK, place, seen, sellingShop, type SellingShop, stateIn } from "./selling.ts";
import {
  expected,
  openToAll,
  type ShopRoute,
  shopRoutes,
  type Verdict,
  verdicts as verdictsOf,
  whereabouts,
} from "./shop-rights.ts";

const shopOf = `/v1/books/${BOOK}`;

/**
 * What a buyer's key may: one for ann, asked about an order and a quote of hers, and about ones that are another's.
 * All else is for who runs the shop.
 */
const ofBuyers: Readonly<Record<string, readonly [own: Verdict, others: Verdict]>> = {
  placeOrder: ["in", "in"],
  readOrder: ["in", "no order"],
  payOrder: ["in", "no order"],
  cancelOrder: ["in", "no order"],
  makeQuote: ["in", "in"],
  readQuote: ["in", "no quote"],
  checkQuote: ["in", "no quote"],
  requote: ["in", "no quote"],
  searchCatalog: ["in", "in"],
  readBuyPage: ["in", "in"],
  readWallet: ["in", "in"],
  readTokens: ["in", "in"],
  listOfferings: ["in", "in"],
  readOffering: ["in", "in"],
  placeBid: ["in", "in"],
  // Of all buyers unless one is named, and of a company.
  listOrders: ["forbidden", "forbidden"],
  listBids: ["forbidden", "forbidden"],
  readCreditLine: ["forbidden", "forbidden"],
  readCreditStatement: ["forbidden", "forbidden"],
};

/** About an order and a quote of this buyer, or of nobody. */
async function verdicts(shop: SellingShop, key: string, of: "ann" | "bob" | undefined) {
  const nobodys = { order: "of-nobody", quote: "01jd0000000000000000000000" };
  const quote = async (buyer: string) => (await shop.quote(`user/${buyer}/seen`, { TEA: 1 })).id;
  const theirs = of === undefined ? nobodys : { order: `of-${of}`, quote: await quote(of) };
  return verdictsOf(shop, key, { ...whereabouts, ...theirs });
}

async function openedShop(): Promise<SellingShop> {
  const shop = await sellingShop();
  for (const [id, buyer] of [
    ["of-ann", "ann"],
    ["of-bob", "bob"],
  ] as const) {
    await place(shop, id, { TEA: 1 }, { buyer });
    const parts = [{ means: "wallet", amount: "1250" }];
    const paid = await shop.ask(`POST ${shopOf}/orders/${id}/payments`, { paymentId: id, parts });
    expect(stateIn(paid), paid.text).toBe("paid");
  }
  return shop;
}

const all = ["buy", "read", "operate", "provide", "define", "approve", "decide"];

test("each scope opens the routes that declare it, and no other", async () => {
  const shop = await openedShop();
  const by = async (scope: string) => verdicts(shop, await shop.keyOf(scope), "ann");
  expect(await by(`admin@${BOOK}`)).toEqual(expected(() => "in"));
  for (const action of [...all.map((one) => `shop.${one}`), "write", "define"]) {
    const isIn = ({ scopes }: ShopRoute) => scopes.includes(action);
    expect(await by(`${action}@${BOOK}`), action).toEqual(
      expected((route) => (isIn(route) ? "in" : "forbidden")),
    );
  }
  const key = await shop.keyOf(`shop.approve@${BOOK}`);
  const told = await shop.ask(`GET ${shopOf}/orders`, undefined, { key });
  const any = ["shop.buy", "shop.read", "shop.operate"].map((one) => `${one}@${BOOK}`).join(" or ");
  expect(told.body["detail"]).toContain(`it needs ${any},`);
  for (const scope of ["shop.buy@elsewhere", "shop.operate@elsewhere:user/ann", "keys@*"]) {
    expect(await by(scope), scope).toEqual(expected(() => "no book"));
  }
});

test("every route says who may, and none lets in who has nothing to do with it", () => {
  expect(openToAll).toEqual([]);
  const names = (of: (route: ShopRoute) => boolean) =>
    shopRoutes.filter(of).map(({ name }) => name);
  const isLook = ({ method }: ShopRoute) => method === "GET";
  const opens = (action: string) => (route: ShopRoute) => route.scopes.includes(action);
  // Who may look changes nothing, and sees all.
  expect(names((route) => isLook(route) !== opens("shop.read")(route))).toEqual([]);
  expect(names(opens("shop.buy")).sort()).toEqual(Object.keys(ofBuyers).sort());
  expect(names(opens("shop.provide"))).toEqual(["sayProvisioned"]);
  expect(names(opens("shop.decide"))).toEqual(["decideRule"]);
  expect(names((route) => !isLook(route) && opens("shop.approve")(route))).toEqual(["approveRule"]);
  // What is sold and by which rules is said by one, and sold by another.
  expect(
    names((route) => !isLook(route) && opens("shop.define")(route) && opens("shop.operate")(route)),
  ).toEqual([]);
});

test("a buyer's key reaches their own orders; another's is answered like one that is not there", async () => {
  const shop = await openedShop();
  const key = await shop.keyOf(`shop.buy@${BOOK}:user/ann`);
  const own = ({ name }: ShopRoute) => ofBuyers[name]?.[0] ?? "forbidden";
  const others = ({ name }: ShopRoute) => ofBuyers[name]?.[1] ?? "forbidden";
  expect(await verdicts(shop, key, "ann")).toEqual(expected(own));
  expect(await verdicts(shop, key, "bob")).toEqual(expected(others));
  expect(await verdicts(shop, key, undefined)).toEqual(expected(others));
  const listed = await shop.ask(`GET ${shopOf}/orders?buyer=ann`, undefined, { key });
  expect(listed.status).toBe(200);
  const told = async (order: string) => {
    const answers = [
      await shop.ask(`GET ${shopOf}/orders/${order}`, undefined, { key }),
      await shop.ask(`POST ${shopOf}/orders/${order}/cancel`, {}, { key }),
    ];
    return answers.map(({ text, body }) =>
      text.replaceAll(order, "ORDER").replaceAll(String(body["traceId"]), "TRACE"),
    );
  };
  expect(await told("of-bob")).toEqual(await told("of-nobody"));
  const operator = await shop.keyOf(`shop.operate@${BOOK}:user/ann`);
  const acts = (order: string) =>
    shop.ask(
      `POST ${shopOf}/orders/${order}/refunds`,
      { refundId: "r", goodwill: "1" },
      { key: operator },
    );
  expect((await acts("of-ann")).status).toBe(201);
  expect((await acts("of-bob")).body["code"]).toBe("order.missing");
});

test("a key pays from the purses that it names, and cash only where the till is in its hands", async () => {
  const shop = await sellingShop();
  await shop.ask(`PUT ${shopOf}/credit-lines/acme/${monthNow()}`, { asset: "CNY/2", line: "9000" });
  const keys = {
    ann: await shop.keyOf(`shop.buy@${BOOK}:user/ann`),
    clerk: await shop.keyOf(`shop.buy@${BOOK}:user/ann`, `shop.buy@${BOOK}:company/acme`),
    till: await shop.keyOf(`shop.buy@${BOOK}:user`, `shop.buy@${BOOK}:shop/cash`),
    front: await shop.keyOf(`shop.buy@${BOOK}`),
  };
  const parts = {
    wallet: { means: "wallet", amount: "1250" },
    acme: { means: "company", company: "acme", amount: "1250" },
    other: { means: "company", company: "other", amount: "1250" },
    cash: { means: "cash", amount: "1250" },
  };
  const allowed: Record<keyof typeof keys, readonly (keyof typeof parts)[]> = {
    ann: ["wallet"],
    clerk: ["wallet", "acme"],
    till: ["wallet", "cash"],
    front: ["wallet", "acme", "other", "cash"],
  };
  let number = 0;
  for (const [who, key] of Object.entries(keys)) {
    for (const [means, part] of Object.entries(parts)) {
      const id = `o-${(number += 1)}`;
      const isAllowed = (allowed[who as keyof typeof keys] as readonly string[]).includes(means);
      const held = {
        id: `h-${id}`,
        buyer: "ann",
        quote: seen(await shop.quote(`user/ann/h-${id}`, { TEA: 1 })),
        hold: [part],
      };
      const holding = await shop.ask(`POST ${shopOf}/orders`, held, { key });
      expect(holding.status === 403, `${who} holds ${means}: ${holding.text}`).toBe(!isAllowed);
      if (!isAllowed) expect(holding.body).toMatchObject({ pointer: "/hold/0" });
      await place(shop, id, { TEA: 1 });
      const payment = { paymentId: `p-${id}`, parts: [part] };
      const paying = await shop.ask(`POST ${shopOf}/orders/${id}/payments`, payment, { key });
      expect(paying.status === 403, `${who} pays by ${means}: ${paying.text}`).toBe(!isAllowed);
      if (!isAllowed) expect(paying.body).toMatchObject({ pointer: "/parts/0" });
      for (const one of [id, `h-${id}`]) {
        const cancelled = await shop.ask(`POST ${shopOf}/orders/${one}/cancel`, {});
        if (cancelled.status === 422)
          await shop.ask(`POST ${shopOf}/orders/${one}/refunds`, {
            refundId: `r-${one}`,
            lines: [{ line: 0, quantity: "1", goods: "due" }],
          });
      }
    }
  }
  const shelf = await shop.ask(`GET ${shopOf}/stock/TEA`);
  expect(shelf.body).toMatchObject({ left: "10", held: "0", due: "0" });
});

const monthNow = () => new Date().toISOString().slice(0, 7);

test("a buyer sees of an order's history what moved on their own accounts, and not who served them", async () => {
  const shop = await openedShop();
  await shop.ask(`POST ${shopOf}/orders/of-ann/fulfilments`, { fulfilmentId: "f-1" });
  const key = await shop.keyOf(`shop.buy@${BOOK}:user/ann`);
  type Step = { act: string; by?: string; request?: string; postings: { debit: string }[] };
  const timeline = async (as?: string) => {
    const options = as === undefined ? {} : { key: as };
    const { body } = await shop.ask(`GET ${shopOf}/orders/of-ann`, undefined, options);
    return body["timeline"] as Step[];
  };
  const all = await timeline();
  expect(all.every(({ by, request }) => by !== undefined && request !== undefined)).toBe(true);
  expect(all.map(({ postings }) => postings.length)).toEqual([1, 2, 2]);
  const own = await timeline(key);
  expect(own.map(({ act }) => act)).toEqual(["place", "pay", "fulfil"]);
  expect(own.some((step) => "by" in step || "request" in step)).toBe(false);
  expect(own.flatMap(({ postings }) => postings.map(({ debit }) => debit))).toEqual([
    "user/ann/wallet",
  ]);
});

test("a buyer's key orders by their own quotes; by another's it hears what it hears of none", async () => {
  const shop = await sellingShop();
  const key = await shop.keyOf(`shop.buy@${BOOK}:user/bob`);
  const anns = await shop.quote("user/ann/basket", { TEA: 1 });
  const nobodys = await shop.quote("basket", { TEA: 1 });
  const bobs = await shop.quote("user/bob/basket", { TEA: 1 });
  const order = (quote: object, id = "o-1") =>
    shop.ask(`POST ${shopOf}/orders`, { id, buyer: "bob", quote }, { key });
  const told = async (quote: { id: string; hash: string; total: string }, id?: string) => {
    const { text, body } = await order(quote, id);
    const places = [quote.id, String(body["traceId"])];
    return places.reduce((words, place) => words.replaceAll(place, "IT"), text);
  };
  const missing = await told({ ...seen(anns), id: "01jd0000000000000000000000" });
  expect(missing).toContain("order.quote_missing");
  for (const quote of [anns, nobodys]) {
    expect(await told(seen(quote))).toBe(missing);
    // Without its hash, too: else the refusal would tell its price.
    expect(await told({ ...seen(quote), hash: "guessed" })).toBe(missing);
  }
  expect((await order(seen(bobs))).status).toBe(201);
  // Under a key of an order that is there already, neither tells which quotes there are.
  const known = await told({ ...seen(anns), id: "01jd0000000000000000000000" });
  expect(known).toContain("order.key_conflict");
  expect(await told(seen(anns))).toBe(known);
});

test("a price that was agreed on sells once, whoever orders by it at the same time", async () => {
  const shop = await sellingShop();
  const agreed = { amount: "5", reason: "an old customer" };
  const body = { key: "user/ann/agreed", lines: [{ sku: "TEA", quantity: "1", agreed }] };
  const { body: made } = await shop.ask(`POST ${shopOf}/quotes`, body);
  const quote = made["quote"] as { id: string; hash: string; total: string };
  const order = (id: string) => {
    const { hash, total } = quote;
    const asked = { id, buyer: "ann", quote: { id: quote.id, hash, total } };
    return shop.ask(`POST ${shopOf}/orders`, asked);
  };
  const answers = await Promise.all(["o-1", "o-2", "o-3", "o-4"].map(order));
  const placed = answers.filter(({ status }) => status === 201);
  expect(placed.map(({ body: { order: one } }) => (one as { total: string }).total)).toEqual(["5"]);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(refused.map(({ status, body: { code } }) => `${status} ${String(code)}`)).toEqual(
    Array.from({ length: 3 }, () => "422 order.quote_used"),
  );
  expect(refused[0]?.body).toMatchObject({ details: { quote: quote.id }, words: { zh: {} } });
  const first = (placed[0]?.body["order"] as { readonly id: string } | undefined)?.id ?? "";
  expect((await order(first)).status).toBe(200);
  const shelf = await shop.ask(`GET ${shopOf}/stock/TEA`);
  expect(shelf.body).toMatchObject({ left: "9", held: "1" });
});
