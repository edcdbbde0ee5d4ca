import { expect, test } from "vitest";
import { httpShop, openRetail } from "./http-shop.ts";

const till = { owner: "till-3", ownerKind: "service", scopes: ["read@retail"] };
const once = (name: string) => ({ headers: { "idempotency-key": name } });

test("P2: a key that is asked for under one name is made once, however often it is asked for", async () => {
  const shop = await httpShop();
  const first = await shop.ask("POST /v1/keys", till, once("order-key-1"));
  expect(first.status).toBe(201);
  const { scopes, ownerKind, owner } = till;
  const again = await shop.ask("POST /v1/keys", { scopes, ownerKind, owner }, once("order-key-1"));
  expect(again).toMatchObject({ status: 200, body: { replayed: true } });
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(again.body["key"]).toEqual(first.body["key"]);
  expect(again.text).not.toContain('"token":');
  expect(again.text).not.toContain("lm_");

  const other = await shop.ask("POST /v1/keys", { ...till, owner: "x" }, once("order-key-1"));
  expect(other).toMatchObject({ status: 409, body: { code: "access.once_reused" } });
  const { items } = (await shop.ask("GET /v1/keys")).body as { items: unknown[] };
  expect(items).toHaveLength(2);
});

test("P2: eight at once under one name make one key; the others are told what it is", async () => {
  const shop = await httpShop();
  const asked = Array.from({ length: 8 }, () => shop.ask("POST /v1/keys", till, once("at-once")));
  const answers = await Promise.all(asked);
  const made = answers.filter(({ status }) => status === 201);
  expect(made).toHaveLength(1);
  for (const { status, body } of answers) {
    expect([200, 201]).toContain(status);
    expect(body["key"]).toEqual(made[0]?.body["key"]);
  }
});

test("a rotation under one name happens once, and the name is the caller's own", async () => {
  const shop = await httpShop();
  const { body } = await shop.ask("POST /v1/keys", till);
  const { keyId } = body["key"] as { keyId: string };
  const rotate = `POST /v1/keys/${keyId}/rotate`;
  const first = await shop.ask(rotate, { graceMs: 1_000 }, once("turn"));
  expect(first.body["token"]).toContain(`lm_${keyId}_`);
  const again = await shop.ask(rotate, { graceMs: 1_000 }, once("turn"));
  expect(again).toMatchObject({ status: 200, body: { replayed: true } });
  expect((await shop.ask(rotate, { graceMs: 2 }, once("turn"))).body["code"]).toBe(
    "access.once_reused",
  );
  // The same name for something else, and by somebody else.
  expect((await shop.ask("POST /v1/keys", till, once("turn"))).body["code"]).toBe(
    "access.once_reused",
  );
  const second = { owner: "bea", ownerKind: "person", scopes: ["admin"] };
  const bea = (await shop.ask("POST /v1/keys", second)).body["token"] as string;
  const hers = await shop.ask("POST /v1/keys", till, { ...once("turn"), key: bea });
  expect(hers.status).toBe(201);
  const events = (await shop.ask("GET /v1/keys/events")).body as { items: { what: string }[] };
  expect(events.items.filter(({ what }) => what === "key.rotated")).toHaveLength(1);
});

test("P2: a replay is answered as it was, though the key's end has come since", async () => {
  const shop = await httpShop();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const first = await shop.ask("POST /v1/keys", { ...till, expiresAt }, once("short"));
  expect(first.status).toBe(201);
  const stateOf = async () => {
    const again = await shop.ask("POST /v1/keys", { ...till, expiresAt }, once("short"));
    expect(again).toMatchObject({ status: 200, body: { replayed: true } });
    return (again.body["key"] as { state: string }).state;
  };
  expect(await stateOf()).toBe("live");
  const { database, schema } = shop.test;
  // An hour later.
  await database.transaction((tx) =>
    tx.query(`update ${schema}.access_key set created_at = created_at - interval '1 hour',
      expires_at = expires_at - interval '1 hour' where owner = 'till-3'`),
  );
  await expect.poll(stateOf, { timeout: 60_000 }).toBe("expired");
});

test("what is refused is not remembered, and a name is printable and short", async () => {
  const shop = await httpShop();
  const wrong = await shop.ask("POST /v1/keys", { ...till, scopes: ["x"] }, once("n"));
  expect(wrong.body["code"]).toBe("access.scope_malformed");
  expect((await shop.ask("POST /v1/keys", till, once("n"))).status).toBe(201);
  for (const name of ["two words", "x".repeat(129)]) {
    const answer = await shop.ask("POST /v1/keys", till, once(name));
    expect(answer).toMatchObject({ status: 400, body: { code: "access.once_malformed" } });
  }
});

test("who came through a named proxy stands in the log and the audit; who says so himself does not", async () => {
  const lines: Record<string, unknown>[] = [];
  const log = {
    debug() {},
    warn() {},
    error() {},
    info: (line: object) => lines.push({ ...line }),
  };
  const shop = await httpShop({ log: log as never, trustProxy: ["127.0.0.1"] });
  await openRetail(shop);
  const headers = { "x-forwarded-for": "1.2.3.4, 203.0.113.9" };
  await shop.ask("POST /v1/keys", till, { headers });
  const { items } = (await shop.ask("GET /v1/keys/events")).body as { items: { from: string }[] };
  expect(items[0]).toMatchObject({ from: "203.0.113.9" });
  const sale = { id: "s", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1" };
  await shop.ask("POST /v1/books/retail/transfers", sale, { headers });
  const entry = await shop.ask("GET /v1/books/retail/transfers/s");
  expect(entry.body["request"]).toMatch(/^[0-9a-f]{32}@203\.0\.113\.9$/);
  expect(lines.some(({ from }) => from === "203.0.113.9")).toBe(true);

  const open = await httpShop();
  await open.ask("POST /v1/keys", till, { headers });
  const told = (await open.ask("GET /v1/keys/events")).body as { items: { from: string }[] };
  expect(told.items[0]).toMatchObject({ from: "127.0.0.1" });
});

test("of a batch the item that is not allowed is named, and nothing of it is done", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const scopes = ["write@retail:shop/a", "read@retail"];
  const limited = await shop.ask("POST /v1/keys", { ...till, scopes });
  const key = limited.body["token"] as string;
  const mine = (id: string, credit = "shop/a/2") => {
    return { id: `shop/a/${id}`, asset: "CNY/2", debit: "shop/a/1", credit, amount: "1" };
  };
  const batch = (items: unknown[]) => shop.ask("POST /v1/books/retail/batches", { items }, { key });
  expect(await batch([mine("1"), mine("2"), mine("3", "shop/b")])).toMatchObject({
    status: 403,
    body: { code: "access.not_permitted", pointer: "/items/2" },
  });
  const chain = { chain: "shop/a/c", requests: [mine("4"), mine("5", "shop/sales")] };
  expect((await batch([mine("1"), chain])).body["pointer"]).toBe("/items/1/requests/1");
  const alone = await shop.ask("POST /v1/books/retail/chains", chain, { key });
  expect(alone).toMatchObject({ status: 403, body: { pointer: "/requests/1" } });
  const post = { kind: "post", id: "shop/a/p", pendingId: "shop/a/h" };
  expect((await batch([mine("1"), post])).body).toMatchObject({
    code: "http.hold_accounts_unnamed",
    pointer: "/items/1",
  });
  expect((await shop.ask("GET /v1/books/retail/transfers/shop%2Fa%2F1")).status).toBe(404);
});

test("a verification is told by the node that runs it, and every other names that node", async () => {
  const [one, two] = [await httpShop({ node: "node-1" }), await httpShop({ node: "node-2" })];
  for (const shop of [one, two]) await openRetail(shop);
  const begun = await one.ask("POST /v1/books/retail/verifications", {});
  expect(begun.body["node"]).toBe("node-1");
  const path = `/v1/books/retail/verifications/${String(begun.body["id"])}`;
  expect((await one.ask(`GET ${path}`)).status).toBe(200);
  const elsewhere = await two.ask(`GET ${path}`);
  expect(elsewhere).toMatchObject({
    status: 404,
    body: { code: "http.verification_elsewhere" },
  });
  expect(elsewhere.body["detail"]).toContain("kept by the node node-1");
});
