import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type HttpShop, httpShop, openRetail } from "./http-shop.ts";
import { type RawConnection, rawConnection } from "./raw-http.ts";

/** What all share no key may use up, and nobody sends a body to be told that he may not. */

const transfers = "/v1/books/retail/transfers";
const sale = (id: string, metadata?: string) => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1", metadata };
};

async function keyWith(shop: HttpShop, ...scopes: readonly string[]): Promise<string> {
  const made = await shop.ask("POST /v1/keys", { owner: "till", ownerKind: "service", scopes });
  expect(made.status, made.text).toBe(201);
  return String(made.body["token"]);
}

const headOf = (key: string | undefined, length: number, request = `POST ${transfers}`) =>
  `${request} HTTP/1.1\r\nHost: x\r\n` +
  (key === undefined ? "" : `Authorization: Bearer ${key}\r\n`) +
  `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

const gauge = async (shop: HttpShop, name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, "m").exec((await shop.ask("GET /metrics")).text)?.[1]);

test("one key's bodies don't fill the memory for bodies: another key's are taken meanwhile", async () => {
  const shop = await httpShop({ limits: { bodiesMaxBytes: 8_000 } });
  await openRetail(shop);
  const greedy = await keyWith(shop, "write@retail");
  const held: RawConnection[] = [];
  for (let nth = 0; nth < 10; nth++) {
    const one = await rawConnection(shop);
    // Its last bytes never come.
    one.send(headOf(greedy, 1_600) + "x".repeat(1_400));
    held.push(one);
    await pause(20);
  }
  const [refused] = (await held.at(-1)?.answers(1)) ?? [];
  expect(refused).toMatchObject({ status: 503, body: { code: "http.overloaded", retry: "later" } });
  expect(refused?.body["detail"]).toContain("of this key's");
  expect(await gauge(shop, "longmen_http_body_bytes")).toBeLessThanOrEqual(4_000);

  const long = JSON.stringify("x".repeat(1_000));
  expect(await shop.ask(`POST ${transfers}`, sale("other", long))).toMatchObject({ status: 201 });
  for (const { socket } of held) socket.destroy();
  await expect.poll(() => gauge(shop, "longmen_http_body_bytes")).toBe(0);
  const again = await shop.ask(`POST ${transfers}`, sale("greedy", long), { key: greedy });
  expect(again.status).toBe(201);
});

test("what key, action and path refuse is refused before the body is sent", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const reader = await keyWith(shop, "read@retail");
  const definer = await keyWith(shop, "define@retail");
  const cases: readonly (readonly [string | undefined, string, string])[] = [
    [reader, `POST ${transfers}`, "access.not_permitted"],
    [definer, `POST ${transfers}`, "access.not_permitted"],
    [reader, "POST /v1/books/retail/batches", "access.not_permitted"],
    [reader, "POST /v1/books/retail/accounts", "access.not_permitted"],
    [reader, "PUT /v1/books/nobodys", "access.not_permitted"],
    [reader, "POST /v1/books/nobodys/transfers", "ledger.book_missing"],
    [reader, "POST /v1/keys", "access.not_permitted"],
    [undefined, `POST ${transfers}`, "access.key_missing"],
    ["lm_no", `POST ${transfers}`, "access.key_unknown"],
    [undefined, "POST /v1/nothing/of/the/kind", "http.route_missing"],
    [shop.adminKey, "POST /v1/books//transfers", "http.route_missing"],
    [shop.adminKey, `POST ${transfers}?dry=true`, "http.query_malformed"],
    [shop.adminKey, "POST /v1/books/re%00tail/transfers", "http.path_malformed"],
  ];
  const began = performance.now();
  for (const [key, request, code] of cases) {
    const one = await rawConnection(shop);
    one.send(headOf(key, 100_000, request));
    const [answer] = await one.answers(1);
    expect(answer?.body["code"], request).toBe(code);
    one.socket.destroy();
  }
  // Had one of them waited for its body, it would have been for ten seconds.
  expect(performance.now() - began).toBeLessThan(8_000);
  // A batch may define only: what it holds is known when it is read.
  const items = [{ kind: "open", path: "shop/fees", asset: "CNY/2", side: "debit" }];
  const defined = await shop.ask("POST /v1/books/retail/batches", { items }, { key: definer });
  expect(defined).toMatchObject({ status: 200, body: { items: [{ status: "created" }] } });
});

test("a body for a path that is nobody's is not read, and harms nobody", async () => {
  const shop = await httpShop();
  for (const key of [undefined, shop.adminKey]) {
    const answer = await shop.ask("POST /v1/nothing", sale("x"), { key });
    expect(answer).toMatchObject({ status: 404, body: { code: "http.route_missing" } });
  }
  expect((await shop.ask("GET /health/live")).status).toBe(200);
});

test("one key does not take all places of long polls: another key may still wait", async () => {
  const shop = await httpShop({ limits: { waitingMax: 4 } });
  await openRetail(shop);
  const { seq } = (await shop.ask("GET /v1/books/retail")).body as { seq: number };
  const greedy = await keyWith(shop, "read@retail");
  const settled: string[] = [];
  const poll = async (name: string, key: string) => {
    const path = `GET /v1/books/retail/changes?after=${seq}&waitMs=20000`;
    const answer = await shop.ask(path, undefined, { key });
    settled.push(name);
    return answer.body["items"] as unknown[];
  };
  const greedys = Array.from({ length: 6 }, () => poll("greedy", greedy));
  await expect.poll(() => settled.length).toBe(4);
  expect(await gauge(shop, "longmen_http_waiting")).toBe(2);
  const other = poll("other", shop.adminKey);
  await expect.poll(() => gauge(shop, "longmen_http_waiting")).toBe(3);
  expect(settled).not.toContain("other");

  expect((await shop.ask(`POST ${transfers}`, sale("s1"))).status).toBe(201);
  expect(await other).toHaveLength(1);
  const told = (await Promise.all(greedys)).filter((items) => items.length > 0);
  expect(told).toHaveLength(2);
  expect(await gauge(shop, "longmen_http_waiting")).toBe(0);
});
