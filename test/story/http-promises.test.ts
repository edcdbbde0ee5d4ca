import { expect, test } from "vitest";
import { type Answer, type HttpShop, httpShop, openRetail } from "./http-shop.ts";
import { startNode } from "./start-node.ts";

const transfers = "POST /v1/books/retail/transfers";
const cashSale = (id: string, amount = "1") => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount };
};
const lamp = (id: string) => {
  return { id, asset: "SKU:LAMP/0", debit: "shop/sold", credit: "shop/stock", amount: "1" };
};

/** The same question to another server. */
async function askAt(url: string, shop: HttpShop, request: string, body: unknown): Promise<Answer> {
  const [method = "", path = ""] = request.split(" ");
  const headers = {
    authorization: `Bearer ${shop.adminKey}`,
    "content-type": "application/json",
  };
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  const told = JSON.parse(text) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, text, body: told };
}

test("P3: ten lamps are sold ten times, however many ask at two servers at once", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const other = await startNode(shop);
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, place) => {
      const sold = lamp(`lamp-${place}`);
      return place % 2 === 0 ? shop.ask(transfers, sold) : askAt(other.url, shop, transfers, sold);
    }),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(10);
  expect(statuses.filter((status) => status === 422)).toHaveLength(50);
  const left = await shop.ask("GET /v1/books/retail/account?path=shop/stock&asset=SKU:LAMP/0");
  expect(left.body["available"]).toBe("0");
  // Not at its end only: no moment of the history is below the bound.
  for (const { body } of answers.filter(({ status }) => status === 201)) {
    const at = `seq=${String(body["seq"])}`;
    const then = await shop.ask(
      `GET /v1/books/retail/balance?path=shop/stock&asset=SKU:LAMP/0&${at}`,
    );
    expect(Number(then.body["available"] ?? 0)).toBeGreaterThanOrEqual(0);
  }
  other.end("SIGTERM");
  expect(await other.ended).toBe(0);
});

test("P4: after sales, refusals, holds and chains the books balance, and verify by HTTP", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const items = Array.from({ length: 200 }, (_, place) => cashSale(`s${place}`, `${place + 1}`));
  const chain = { chain: "c", requests: [cashSale("c1"), lamp("c2")] };
  const holds = Array.from({ length: 5 }, (_, place) => ({
    ...lamp(`h${place}`),
    kind: "pending",
    timeoutMs: 60_000,
  }));
  await shop.ask("POST /v1/books/retail/batches", { items: [...items, chain, ...holds] });
  await shop.ask("POST /v1/books/retail/transfers/h0/post", { id: "h0-post" });
  await shop.ask("POST /v1/books/retail/transfers/h1/void", { id: "h1-void" });
  expect((await shop.ask(transfers, { ...lamp("many"), amount: "99" })).status).toBe(422);
  const sums = await shop.ask("GET /v1/books/retail/trial-balance");
  expect(sums.body["balanced"]).toBe(true);
  const job = await shop.ask("POST /v1/books/retail/verifications", {});
  const path = `GET /v1/books/retail/verifications/${String(job.body["id"])}`;
  await expect.poll(async () => (await shop.ask(path)).body["state"]).toBe("done");
  expect((await shop.ask(path)).body["report"]).toMatchObject({ verified: true, findings: [] });
});

test("P2: an id that stands for one thing never comes to stand for another", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  expect((await shop.ask(transfers, cashSale("one"))).status).toBe(201);
  const again = await shop.ask(transfers, cashSale("one"));
  expect(again).toMatchObject({ status: 200, body: { status: "exists" } });
  const others: readonly (readonly [object, string])[] = [
    [{ amount: "2" }, "ledger.id_exists_with_different_amount"],
    [{ credit: "shop/cash", debit: "shop/sales" }, "ledger.id_exists_with_different_debit"],
    [{ reference: "r" }, "ledger.id_exists_with_different_reference"],
    [{ kind: "pending" }, "ledger.id_exists_with_different_kind"],
  ];
  for (const [change, code] of others) {
    const answer = await shop.ask(transfers, { ...cashSale("one"), ...change });
    expect(answer.status, answer.text).toBe(409);
    expect(answer.body["code"]).toBe(code);
  }
  // In a batch and a chain, too; its neighbours are carried out, a chain's are not.
  const items = [cashSale("two"), { ...cashSale("one"), amount: "2" }, cashSale("one")];
  const batch = (await shop.ask("POST /v1/books/retail/batches", { items })).body["items"];
  expect(batch).toMatchObject([{ status: "created" }, { status: "refused" }, { status: "exists" }]);
  const chain = { chain: "c", requests: [cashSale("three"), cashSale("one")] };
  expect((await shop.ask("POST /v1/books/retail/chains", chain)).status).toBe(409);
  expect((await shop.ask("GET /v1/books/retail/transfers/three")).status).toBe(404);
});

test("P2: the same id sent by two keys, to two books, and a hundred times at once", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const asked = Array.from({ length: 100 }, () => shop.ask(transfers, cashSale("crowd")));
  const answers = await Promise.all(asked);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body["seq"])).size).toBe(1);

  const made = { owner: "bea", ownerKind: "person", scopes: ["admin"] };
  const bea = (await shop.ask("POST /v1/keys", made)).body["token"] as string;
  // Who asks is told of, and is no part of what an id stands for.
  const hers = await shop.ask(transfers, cashSale("crowd"), { key: bea });
  expect(hers).toMatchObject({ status: 200, body: { seq: answers[0]?.body["seq"] } });
  const entry = (await shop.ask("GET /v1/books/retail/transfers/crowd")).body;
  expect(entry["by"]).toMatch(/^admin\//);

  await shop.ask("PUT /v1/books/other");
  const elsewhere = await shop.ask("POST /v1/books/other/transfers", cashSale("crowd"));
  expect(elsewhere).toMatchObject({ status: 404, body: { code: "ledger.asset_missing" } });
  const account = await shop.ask("GET /v1/books/retail/account?path=shop/cash&asset=CNY/2");
  expect(account.body["balance"]).toMatchObject({ debitsPosted: "1" });
});

test("P7: past what fits, callers are sent away at once with a time to come back, and none is booked", async () => {
  const shop = await httpShop({ limits: { inFlightMax: 1 }, lane: { queueWeightMax: 16 } });
  await openRetail(shop);
  const waves = Array.from({ length: 300 }, (_, place) =>
    shop.ask(transfers, cashSale(`w${place}`)),
  );
  const answers = await Promise.all(waves);
  const away = answers.filter(({ status }) => status === 503);
  expect(away.length).toBeGreaterThan(0);
  for (const { headers, body } of away) {
    expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(body["code"]).toMatch(/^(http|lane)\.overloaded$/);
    expect(body["retryAfterMs"]).toBeGreaterThanOrEqual(0);
  }
  for (const [place, { status }] of answers.entries()) {
    const found = await shop.ask(`GET /v1/books/retail/transfers/w${place}`);
    const isBooked = found.status === 200 && found.body["refused"] === undefined;
    expect(isBooked).toBe(status === 201);
  }
});
