import { expect, test } from "vitest";
import { httpShop, openRetail } from "./http-shop.ts";

const sale = {
  id: "sale-1",
  asset: "CNY/2",
  debit: "shop/cash",
  credit: "shop/sales",
  amount: "1999",
};

test("a book is made, filled and read: from nothing to a balance", async () => {
  const shop = await httpShop();
  expect((await shop.ask("PUT /v1/books/retail")).status).toBe(201);
  expect((await shop.ask("PUT /v1/books/retail", {})).status).toBe(200);
  const asset = await shop.ask("POST /v1/books/retail/assets", { asset: "CNY/2" });
  expect(asset).toMatchObject({ status: 201, body: { status: "created", seq: 1 } });
  const cash = { path: "shop/cash", asset: "CNY/2", side: "debit", bound: "none" };
  expect((await shop.ask("POST /v1/books/retail/accounts", cash)).status).toBe(201);
  expect((await shop.ask("POST /v1/books/retail/accounts", cash)).body["status"]).toBe("exists");
  const sales = { path: "shop/sales", asset: "CNY/2", side: "credit" };
  expect((await shop.ask("POST /v1/books/retail/accounts", sales)).status).toBe(201);

  const paid = await shop.ask("POST /v1/books/retail/transfers", sale);
  expect(paid).toMatchObject({
    status: 201,
    body: { status: "created", seq: 4, amount: "1999", debit: { debitsPosted: "1999" } },
  });
  const again = await shop.ask("POST /v1/books/retail/transfers", sale);
  expect(again).toMatchObject({ status: 200, body: { status: "exists", seq: 4 } });

  const account = await shop.ask("GET /v1/books/retail/account?path=shop/cash&asset=CNY/2");
  expect(account.body).toMatchObject({ side: "debit", available: "1999" });
  expect((await shop.ask("GET /v1/books/retail")).body).toMatchObject({ name: "retail", seq: 4 });
  expect((await shop.ask("GET /v1/books")).body).toEqual({ items: ["retail"] });
  expect((await shop.ask("GET /v1/books/retail/assets")).body).toMatchObject({
    items: [{ asset: "CNY/2", scale: 2, refusals: "forever", seq: 1 }],
  });
});

test("a caller who prefers so is answered without balances, alone, in a chain and in a batch", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const ask = (request: string, body: unknown, prefer = "return=minimal") =>
    shop.ask(request, body, { headers: { prefer } });
  const bare = ["status", "seq", "at", "amount"];
  const members = (answers: unknown) => (answers as object[]).map((answer) => Object.keys(answer));
  const alone = await ask("POST /v1/books/retail/transfers", sale);
  expect(alone.headers.get("preference-applied")).toBe("return=minimal");
  expect(members([alone.body])).toEqual([bare]);

  const chain = { chain: "c1", requests: [{ ...sale, id: "c1-a", amount: "1" }] };
  const chained = await ask("POST /v1/books/retail/chains", chain, 'wait=9, Return="minimal"; a=b');
  expect(members(chained.body["answers"])).toEqual([bare]);
  const items = [
    { ...sale, id: "b1", amount: "2" },
    { ...sale, id: "b2", credit: "no/where" },
  ];
  const batch = await ask("POST /v1/books/retail/batches", { items });
  expect(members(batch.body["items"])).toEqual([bare, ["status", "code", "detail", "seq"]]);

  const full = await ask(
    "POST /v1/books/retail/transfers",
    { ...sale, id: "s9" },
    "return=minimalist",
  );
  expect(full.headers.get("preference-applied")).toBeNull();
  expect(full.body).toMatchObject({ debit: { debitsPosted: "4001" } });
});

test("the last lamp is held, sold or given back, and never sold twice", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const hold = (id: string, amount: string) => ({
    ...{ kind: "pending", id, asset: "SKU:LAMP/0", debit: "shop/sold", credit: "shop/stock" },
    ...{ amount, timeoutMs: 900_000, reference: `order-${id}` },
  });
  const held = await shop.ask("POST /v1/books/retail/transfers", hold("h1", "8"));
  expect(held.body).toMatchObject({ credit: { creditsPending: "8", debitsPosted: "10" } });
  const toomuch = await shop.ask("POST /v1/books/retail/transfers", hold("h2", "3"));
  expect(toomuch).toMatchObject({
    status: 422,
    body: { code: "ledger.credit_account_exceeds_bound", retry: "never" },
  });
  const burnt = await shop.ask("POST /v1/books/retail/transfers", hold("h2", "1"));
  expect(burnt.body).toMatchObject({
    code: "ledger.id_already_failed",
    original: "ledger.credit_account_exceeds_bound",
  });

  const posted = await shop.ask("POST /v1/books/retail/transfers/h1/post", {
    id: "p1",
    amount: "5",
  });
  expect(posted).toMatchObject({ status: 201, body: { amount: "5" } });
  const twice = await shop.ask("POST /v1/books/retail/transfers/h1/void", { id: "v1" });
  expect(twice).toMatchObject({ status: 422, body: { code: "ledger.pending_already_posted" } });
  await shop.ask("POST /v1/books/retail/transfers", hold("h3", "5"));
  const voided = await shop.ask("POST /v1/books/retail/transfers/h3/void", { id: "v3" });
  expect(voided).toMatchObject({ status: 201, body: { credit: { creditsPending: "0" } } });

  const entry = await shop.ask("GET /v1/books/retail/transfers/h2");
  expect(entry.body).toMatchObject({
    kind: "pending",
    refused: "ledger.credit_account_exceeds_bound",
  });
  const nothing = await shop.ask("GET /v1/books/retail/transfers/never-sent");
  expect(nothing).toMatchObject({ status: 404, body: { code: "http.transfer_missing" } });
});

test("an order is one chain: money and goods move together or not at all", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const lamps = (id: string, amount: string) => {
    return { id, asset: "SKU:LAMP/0", debit: "shop/sold", credit: "shop/stock", amount };
  };
  const order = {
    chain: "order-1",
    requests: [{ ...sale, id: "o1-money" }, lamps("o1-goods", "2")],
  };
  const done = await shop.ask("POST /v1/books/retail/chains", order);
  expect(done).toMatchObject({ status: 201, body: { status: "created" } });
  expect(await shop.ask("POST /v1/books/retail/chains", order)).toMatchObject({
    status: 200,
    body: { status: "exists", seq: done.body["seq"] },
  });
  const refused = await shop.ask("POST /v1/books/retail/chains", {
    chain: "order-2",
    requests: [{ ...sale, id: "o2-money" }, lamps("o2-goods", "9")],
  });
  expect(refused).toMatchObject({
    status: 422,
    body: { code: "ledger.credit_account_exceeds_bound", index: 1 },
  });
  const entries = await shop.ask("GET /v1/books/retail/chains/order-1");
  expect(entries.body).toMatchObject({
    chain: "order-1",
    entries: [{ id: "o1-money" }, { id: "o1-goods" }],
  });
  expect((await shop.ask("GET /v1/books/retail/chains/order-2")).body["code"]).toBe(
    "http.chain_missing",
  );
  expect((await shop.ask("GET /v1/books/retail/transfers/o2-money")).status).toBe(404);
});

test("a batch is answered item by item, and what failed does not hold up the rest", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const items = [
    sale,
    { ...sale, id: "sale-2", debit: "nowhere" },
    {
      chain: "c1",
      requests: [
        { ...sale, id: "c1-1" },
        { ...sale, id: "c1-2" },
      ],
    },
    sale,
  ];
  const done = await shop.ask("POST /v1/books/retail/batches", { items, rule: "prices-7" });
  expect(done.status).toBe(200);
  expect(done.body["items"]).toMatchObject([
    { status: "created", amount: "1999" },
    { status: "refused", code: "ledger.debit_account_missing" },
    { status: "created", answers: [{ status: "created" }, { status: "created" }] },
    { status: "exists" },
  ]);
  const head = await shop.ask("GET /v1/books/retail");
  expect(done.body["seq"]).toBe(head.body["seq"]);
});

test("a batch is understood alike, whichever way its text is read", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const items = Array.from({ length: 30 }, (_, n) => ({
    ...sale,
    id: `till/${n}`,
    amount: String(10n ** BigInt(n % 12)),
    ...(n % 2 === 0 ? { code: n, reference: `order/${n}` } : {}),
  }));
  // Read from its bytes; with the rule first it goes the long way.
  const done = await shop.ask("POST /v1/books/retail/batches", { items, rule: "prices-7" });
  const again = await shop.ask("POST /v1/books/retail/batches", { rule: "prices-7", items });
  const first = done.body["items"] as { status: string; seq: number; amount: string }[];
  expect(first).toMatchObject(items.map(({ amount }) => ({ status: "created", amount })));
  expect(again.body["items"]).toMatchObject(
    first.map(({ seq, amount }) => ({ status: "exists", seq, amount })),
  );
  const one = await shop.ask("GET /v1/books/retail/transfers/till%2F28");
  const told = { amount: "10000", code: 28, reference: "order/28", rule: "prices-7" };
  expect(one.body).toMatchObject(told);
});

test("who, from where, in which trace and by which rule stands with every transfer", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const answer = await shop.ask(
    "POST /v1/books/retail/transfers",
    { ...sale, rule: "prices-7", reference: "invoice-9", effectiveAt: "2026-11-01T10:00:00+08:00" },
    { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } },
  );
  expect(answer.headers.get("trace-id")).toBe(trace);
  const entry = await shop.ask("GET /v1/books/retail/transfers/sale-1");
  expect(entry.body).toMatchObject({
    request: `${trace}@127.0.0.1`,
    rule: "prices-7",
    by: expect.stringMatching(/^[^/]+\/[a-z2-7]{12}$/) as string,
    effectiveAt: "2026-11-01T02:00:00.000Z",
  });
});

test("an account is bounded, closed and reopened, each by a request with an id", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const cash = { path: "shop/cash", asset: "CNY/2" };
  const close = await shop.ask("POST /v1/books/retail/accounts/close", { id: "c1", ...cash });
  expect(close).toMatchObject({ status: 201, body: { debit: { closed: true } } });
  const refused = await shop.ask("POST /v1/books/retail/transfers", sale);
  expect(refused).toMatchObject({ status: 422, body: { code: "ledger.debit_account_closed" } });
  expect(
    (await shop.ask("POST /v1/books/retail/accounts/reopen", { id: "r1", ...cash })).status,
  ).toBe(201);
  const bound = await shop.ask("POST /v1/books/retail/accounts/bound", {
    id: "b1",
    ...cash,
    bound: "500",
  });
  expect(bound.body).toMatchObject({ debit: { bound: "500" } });
});

test("names with slashes travel percent-encoded", async () => {
  const shop = await httpShop();
  expect((await shop.ask("PUT /v1/books/tenant%2F42")).body["name"]).toBe("tenant/42");
  const opening = {
    chain: "open:1/a#1",
    requests: [{ kind: "asset", asset: "POINT/0", id: "asset/1" }],
  };
  expect((await shop.ask("POST /v1/books/tenant%2F42/chains", opening)).status).toBe(201);
  const chain = await shop.ask("GET /v1/books/tenant%2F42/chains/open%3A1%2Fa%231");
  expect(chain.body).toMatchObject({ entries: [{ id: "asset/1" }] });
  expect((await shop.ask("GET /v1/books/tenant%2F42/transfers/asset%2F1")).status).toBe(200);
});
