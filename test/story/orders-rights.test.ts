import { expect, test } from "vitest";
import { type Answer } from "./http-shop.ts";
import { BOOK, place, seen, sellingShop, type SellingShop, stateIn } from "./selling.ts";

const shopOf = `/v1/books/${BOOK}`;

/** Every route of orders and the shop, with a body that it takes; ORDER is one of ann's, paid. */
const routes: readonly (readonly [request: string, body?: object])[] = [
  ["POST orders", { id: "o-x", buyer: "ann", quote: { id: "q", hash: "h", total: "1" } }],
  ["GET orders"],
  ["GET orders?buyer=ann"],
  ["GET order-events"],
  ["GET orders/ORDER"],
  ["POST orders/ORDER/payments", { paymentId: "p-x", parts: [] }],
  ["POST orders/ORDER/cancel", {}],
  ["POST orders/ORDER/fulfilments", { fulfilmentId: "f-x", lines: [{ line: 9, quantity: "1" }] }],
  ["POST orders/ORDER/refunds", { refundId: "r-x", lines: [{ line: 9, amount: "1" }] }],
  ["POST orders/ORDER/close", {}],
  ["PUT shop", { asset: "CNY/2" }],
  ["POST stock", { id: "opening", items: [] }],
  ["GET stock/TEA"],
  ["PUT credit-lines/acme/2026-11", { asset: "CNY/2", line: "100" }],
  ["GET credit-lines/acme/2026-11?asset=CNY/2"],
  ["GET credit-lines/acme/2026-11/statement?asset=CNY/2"],
  ["GET offerings"],
  ["POST offerings/none/settle"],
  ["PUT wallets/ann", { asset: "CNY/2" }],
  ["GET wallets/ann?asset=CNY/2"],
  ["POST wallets/ann/fillings", { id: "w-x", asset: "CNY/2", amount: "1" }],
];

/** Let in: it was answered by the shop, whatever the shop says. */
type Verdict = "in" | "forbidden" | "no order" | "no book";

function verdictOf({ status, body }: Answer): Verdict {
  if (body["code"] === "ledger.book_missing") return "no book";
  if (body["code"] === "order.missing") return "no order";
  return status === 403 ? "forbidden" : "in";
}

async function verdicts(shop: SellingShop, key: string, order: string): Promise<string[]> {
  const told: string[] = [];
  for (const [request, body] of routes) {
    const [method = "", path = ""] = request.split(" ");
    const url = `${method} ${shopOf}/${path.replace("ORDER", order)}`;
    told.push(`${request}: ${verdictOf(await shop.ask(url, body, { key }))}`);
  }
  return told;
}

const expected = (verdict: (request: string) => Verdict) =>
  routes.map(([request]) => `${request}: ${verdict(request)}`);

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

const isAct = (request: string) => /fulfilments|refunds|close/.test(request);
const ofOrder = (request: string) => request.includes("ORDER");

test("each scope opens its own routes, and no other", async () => {
  const shop = await openedShop();
  const by = async (scope: string, order = "of-ann") =>
    verdicts(shop, await shop.keyOf(scope), order);
  expect(await by(`shop.operate@${BOOK}`)).toEqual(expected(() => "in"));
  expect(await by(`admin@${BOOK}`)).toEqual(expected(() => "in"));
  expect(await by(`shop.read@${BOOK}`)).toEqual(
    expected((request) => (request.startsWith("GET") ? "in" : "forbidden")),
  );
  const buys = (request: string) =>
    /^POST orders$|payments|cancel|^GET (orders|wallets|credit|offerings)/.test(request);
  expect(await by(`shop.buy@${BOOK}`)).toEqual(
    expected((request) => (buys(request) ? "in" : "forbidden")),
  );
  for (const scope of ["shop.define", "shop.approve", "shop.decide", "write", "read", "define"]) {
    expect(await by(`${scope}@${BOOK}`)).toEqual(expected(() => "forbidden"));
  }
  for (const scope of ["shop.buy@elsewhere", "shop.operate@elsewhere:user/ann", "keys@*"]) {
    expect(await by(scope)).toEqual(expected(() => "no book"));
  }
});

test("a buyer's key reaches their own orders; another's is answered like one that is not there", async () => {
  const shop = await openedShop();
  const key = await shop.keyOf(`shop.buy@${BOOK}:user/ann`);
  const own = (request: string): Verdict => {
    if (/^GET (orders$|credit|stock|order-events)/.test(request)) return "forbidden";
    return /^(GET|POST orders$)|payments|cancel/.test(request) ? "in" : "forbidden";
  };
  expect(await verdicts(shop, key, "of-ann")).toEqual(expected(own));
  const others = (request: string): Verdict => {
    if (!ofOrder(request)) return own(request);
    return isAct(request) ? "forbidden" : "no order";
  };
  expect(await verdicts(shop, key, "of-bob")).toEqual(expected(others));
  expect(await verdicts(shop, key, "of-nobody")).toEqual(expected(others));
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
  expect(verdictOf(await acts("of-bob"))).toBe("no order");
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
