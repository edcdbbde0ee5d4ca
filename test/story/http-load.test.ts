import { expect, test } from "vitest";
import { COMMIT } from "../../src/postgres/testing.ts";
import { type Answer, httpShop, openRetail } from "./http-shop.ts";

const sale = (id: string) => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1" };
};

test("a server that closes answers what it took, and turns away what comes after", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const quiet = (await shop.ask("PUT /v1/books/quiet")).body as { readonly seq: number };
  const waiting = shop.ask(`GET /v1/books/quiet/changes?after=${quiet.seq}&waitMs=30000`);
  await expect
    .poll(async () => (await shop.ask("GET /metrics")).text)
    .toMatch(/^longmen_http_waiting 1$/m);
  const transfers = Array.from({ length: 200 }, (_, index) =>
    shop.ask("POST /v1/books/retail/transfers", sale(`t${index}`)).catch(() => undefined),
  );
  await transfers[0];
  const began = performance.now();
  await shop.server.close();
  expect(performance.now() - began).toBeLessThan(9_000);
  const answers = await Promise.all(transfers);
  expect((await waiting).body).toMatchObject({ items: [], after: quiet.seq });
  const book = await shop.ledger.book("retail");
  let answered = 0;
  for (const [index, answer] of answers.entries()) {
    if (answer?.status === 201) {
      answered += 1;
      expect(await book.find(`t${index}`)).toMatchObject({ seq: answer.body["seq"] });
    } else if (answer !== undefined) expect(answer.body["code"]).toBe("http.closing");
  }
  expect(answered).toBeGreaterThan(0);
  await expect(shop.ask("GET /health/live")).rejects.toThrow();
  await shop.close();
});

test("past what it takes at once it says so, with a time to come back, and loses nothing", async () => {
  const shop = await httpShop({ wire: true, limits: { inFlightMax: 5 } });
  await openRetail(shop);
  const stuck = shop.wire?.swallow(COMMIT);
  const taken = Array.from({ length: 5 }, (_, index) =>
    shop.ask("POST /v1/books/retail/transfers", sale(`taken${index}`)),
  );
  await expect
    .poll(async () => (await shop.ask("GET /metrics")).text)
    .toMatch(/^longmen_http_in_flight 6$/m); // the scrape is one of them
  const turned = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      shop.ask("POST /v1/books/retail/transfers", sale(`turned${index}`)),
    ),
  );
  for (const answer of turned) expectTurnedAway(answer);
  await stuck;
  shop.wire?.cutAll();
  for (const answer of await Promise.all(taken)) expect(answer.status).toBe(201);
  const book = await shop.ledger.book("retail");
  for (let index = 0; index < 20; index++)
    expect(await book.find(`turned${index}`)).toBeUndefined();
});

test("what was taken in counts until it is answered: a body that waits in a lane, a read of the feed", async () => {
  const limits = { bodiesMaxBytes: 4_000, inFlightMax: 5 };
  const shop = await httpShop({ wire: true, limits });
  await openRetail(shop);
  const stuck = shop.wire?.swallow(COMMIT);
  const metadata = JSON.stringify("x".repeat(1_500));
  const first = shop.ask("POST /v1/books/retail/transfers", { ...sale("long-1"), metadata });
  await stuck;
  await expect
    .poll(async () => (await shop.ask("GET /metrics")).text)
    .toMatch(/^longmen_http_body_bytes 1\d{3}$/m);
  const second = await shop.ask("POST /v1/books/retail/transfers", { ...sale("long-2"), metadata });
  expectTurnedAway(second);
  shop.wire?.cutAll();
  expect((await first).status).toBe(201);
  expect((await shop.ask("GET /metrics")).text).toMatch(/^longmen_http_body_bytes 0$/m);

  const { database, schema } = shop.test;
  const [locked, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = database.transaction(async (tx) => {
    await tx.query(`lock table ${schema}.ledger_entry in access exclusive mode`);
    locked.resolve();
    await free.promise;
  });
  await locked.promise;
  let turned = 0;
  const feeds = Array.from({ length: 12 }, async () => {
    const answer = await shop.ask("GET /v1/books/retail/changes");
    if (answer.status !== 200) turned += 1;
    return answer;
  });
  // Until then there is no room, and after that there would be.
  await expect.poll(() => turned).toBe(7);
  free.resolve();
  await holding;
  const answers = await Promise.all(feeds);
  for (const answer of answers) if (answer.status !== 200) expectTurnedAway(answer);
  expect(answers.filter(({ status }) => status === 200).length).toBe(5);
  await expect
    .poll(async () => (await shop.ask("GET /metrics")).text)
    .toMatch(/^longmen_http_in_flight 1$/m);
});

test("a full lane is told as 503 with its own estimate, and nothing was done of any item", async () => {
  const shop = await httpShop({ lane: { queueWeightMax: 50, flushWeightMax: 40 } });
  await openRetail(shop);
  const batches = Array.from({ length: 20 }, (_, nth) =>
    Array.from({ length: 45 }, (_, index) => sale(`b${nth}-i${index}`)),
  );
  const answers = await Promise.all(
    batches.map((items) => shop.ask("POST /v1/books/retail/batches", { items })),
  );
  const book = await shop.ledger.book("retail");
  let turned = 0;
  for (const [nth, answer] of answers.entries()) {
    if (answer.status !== 200) {
      turned += 1;
      expectTurnedAway(answer);
    }
    const first = await book.find(`b${nth}-i0`);
    expect(first === undefined, answer.text).toBe(answer.status !== 200);
  }
  expect(turned).toBeGreaterThan(0);
});

function expectTurnedAway(answer: Answer): void {
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ retry: "later", retryAfterMs: expect.any(Number) as number });
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
}

test("while the database is away everything says so, and nothing of it leaks", async () => {
  const shop = await httpShop({ wire: true, limits: { deadlineMs: 1_500 } });
  // Not by requests, which have no more time than that either.
  const book = await shop.ledger.createBook("retail");
  await book.batch([
    { kind: "asset", asset: "CNY/2" },
    { kind: "open", path: "shop/cash", asset: "CNY/2", side: "debit", bound: "none" },
    { kind: "open", path: "shop/sales", asset: "CNY/2", side: "credit" },
  ]);
  const restore = shop.wire?.refuse();
  shop.wire?.cutAll();
  const asked = await Promise.all([
    shop.ask("POST /v1/books/retail/transfers", sale("t1")),
    shop.ask("GET /v1/books/retail/entries"),
    shop.ask("GET /v1/books/nobody"),
  ]);
  for (const answer of asked) {
    expect(answer.status, answer.text).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|ECONN|select|password/);
  }
  const ready = await shop.ask("GET /health/ready");
  expect(ready).toMatchObject({ status: 503, body: { code: "http.not_ready" } });
  expect((await shop.ask("GET /health/live")).status).toBe(200);
  restore?.();
  await expect
    .poll(async () => (await shop.ask("GET /health/ready")).status, { timeout: 60_000 })
    .toBe(200);
  // The same request again, until it has its answer: carried out once, whether the first try was or not.
  const again = async () => (await shop.ask("POST /v1/books/retail/transfers", sale("t1"))).status;
  await expect.poll(again, { timeout: 60_000 }).toBeLessThan(300);
  expect(await book.account("shop/cash", "CNY/2")).toMatchObject({ available: 1n });
});
