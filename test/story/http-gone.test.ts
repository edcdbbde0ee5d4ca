import { once } from "node:events";
import { expect, test } from "vitest";
import { COMMIT } from "../../src/postgres/testing.ts";
import { httpShop, openRetail } from "./http-shop.ts";
import { rawAnswers, rawConnection } from "./raw-http.ts";

/** Callers that go, ask first or don't say how much they bring, when writes are counted in (P7). */

const sale = (id: string) =>
  JSON.stringify({ id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1" });
const head = (key: string, ...lines: readonly string[]) =>
  ["POST /v1/books/retail/transfers HTTP/1.1", "Host: x", `Authorization: Bearer ${key}`, ...lines]
    .map((line) => `${line}\r\n`)
    .join("") + "\r\n";
const JSON_BODY = "Content-Type: application/json";
const weightIn = (metrics: string) => /^longmen_http_write_weight (\d+)/m.exec(metrics)?.[1];

test("who went while their key was looked up takes no room for ever", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const made = await shop.ask("POST /v1/keys", {
    ...{ owner: "till", ownerKind: "service", scopes: ["write@retail"] },
  });
  const key = String(made.body["token"]);
  const { database, schema } = shop.test;
  const body = sale("gone");
  await database.transaction(async (tx) => {
    // The key was never used: to look at it waits for this.
    await tx.query(`lock table ${schema}.access_key in access exclusive mode`);
    const gone = [
      head(key, "Content-Length: 0"),
      head(key, JSON_BODY, `Content-Length: ${body.length}`) + body,
    ];
    for (const bytes of gone) {
      const { socket, send } = await rawConnection(shop);
      send(bytes);
      await expect
        .poll(async () => /in_flight (\d+)/.exec((await shop.ask("GET /metrics")).text)?.[1])
        .not.toBe("1");
      socket.resetAndDestroy();
      await once(socket, "close");
    }
    await expect
      .poll(async () => /in_flight (\d+)/.exec((await shop.ask("GET /metrics")).text)?.[1])
      .toBe("1");
  });
  expect((await shop.ask("POST /v1/books/retail/transfers", sale("s1"), { key })).status).toBe(201);
  await expect.poll(async () => weightIn((await shop.ask("GET /metrics")).text)).toBe("0");
});

test("who asks whether to send a body is told so when its head is judged, and not before", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const body = sale("asked");
  const asks = (key: string) =>
    head(key, JSON_BODY, `Content-Length: ${body.length}`, "Expect: 100-continue");
  const [refused] = await rawAnswers(shop, asks("lm_nobody"), 1);
  expect(refused?.status).toBe(401);
  const connection = await rawConnection(shop);
  connection.send(asks(shop.adminKey));
  expect(await connection.answers(1)).toMatchObject([{ status: 100 }]);
  connection.send(body);
  expect((await connection.answers(2))[1]).toMatchObject({ status: 201 });
  const old = asks(shop.adminKey).replace("HTTP/1.1", "HTTP/1.0") + sale("older");
  expect((await rawAnswers(shop, old, 1))[0]?.status).not.toBe(100);
  const full = await httpShop({ limits: { inFlightMax: 0 } });
  expect((await rawAnswers(full, asks(full.adminKey), 1))[0]?.status).toBe(503);
});

test("a body whose length is not told is weighed when it is there", async () => {
  // Of a hundred, 64 requests are taken in whatever they weigh; what is left is less than 60 KiB.
  const shop = await httpShop({ wire: true, limits: { inFlightMax: 100 } });
  await openRetail(shop);
  const stuck = shop.wire?.swallow(COMMIT);
  const small = (id: string) =>
    head(shop.adminKey, JSON_BODY, `Content-Length: ${sale(id).length}`) + sale(id);
  const busy = await Promise.all(
    Array.from({ length: 64 }, async (_, n) => {
      const connection = await rawConnection(shop);
      connection.send(small(`busy-${n}`));
      return connection;
    }),
  );
  await stuck;
  await expect
    .poll(async () => Number(weightIn((await shop.ask("GET /metrics")).text)))
    .toBeGreaterThan(64);
  const body = sale("untold").padEnd(60 * 1_024);
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const untold = head(shop.adminKey, JSON_BODY, "Transfer-Encoding: chunked") + chunk;
  const [answer] = await rawAnswers(shop, untold, 1);
  expect(answer).toMatchObject({ status: 503, body: { code: "http.overloaded" } });
  shop.wire?.cutAll();
  for (const connection of busy) expect((await connection.answers(1))[0]?.status).toBe(201);
  expect(await (await shop.ledger.book("retail")).find("untold")).toBeUndefined();
  await expect.poll(async () => weightIn((await shop.ask("GET /metrics")).text)).toBe("0");
});

test("a whole URL is a target as good as a path (RFC 9112, 3.2.2)", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const body = sale("absolute");
  const bytes = head(shop.adminKey, JSON_BODY, `Content-Length: ${body.length}`) + body;
  const [answer] = await rawAnswers(shop, bytes.replace(" /v1", " http://x/v1"), 1);
  expect(answer?.status).toBe(201);
  const [live] = await rawAnswers(shop, "GET http://x/health/live HTTP/1.1\r\nHost: x\r\n\r\n", 1);
  expect(live?.status).toBe(200);
});
