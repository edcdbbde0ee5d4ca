import { expect, test } from "vitest";
import { pinoLogger } from "../../src/base/index.ts";
import { type HttpShop, httpShop, openRetail } from "./http-shop.ts";

async function keyWith(shop: HttpShop, ...scopes: readonly string[]): Promise<string> {
  const made = await shop.ask("POST /v1/keys", { owner: "till-3", ownerKind: "service", scopes });
  expect(made.status).toBe(201);
  return String(made.body["token"]);
}

const sale = {
  id: "sale-1",
  asset: "CNY/2",
  debit: "shop/cash",
  credit: "shop/sales",
  amount: "1",
};

test("without a key, with a wrong one, with a revoked one: 401, and always the same", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const bare = await shop.ask("GET /v1/books/retail", undefined, { key: undefined });
  expect(bare).toMatchObject({ status: 401, body: { code: "access.key_missing" } });
  expect(bare.headers.get("www-authenticate")).toBe("Bearer");
  const key = await keyWith(shop, "read@retail");
  expect((await shop.ask("GET /v1/books/retail", undefined, { key })).status).toBe(200);
  const [, id = ""] = key.split("_");
  expect((await shop.ask(`POST /v1/keys/${id}/revoke`)).body["state"]).toBe("revoked");
  const wrong = [key, `lm_${id}_${"x".repeat(43)}`, "lm_aaaaaaaaaaaa_xyz", "nonsense", "a b c"];
  const answers = await Promise.all(
    wrong.map((key) => shop.ask("GET /v1/books/retail", undefined, { key })),
  );
  for (const answer of answers) {
    expect(answer.status).toBe(401);
    expect({ ...answer.body, traceId: "" }).toEqual({ ...answers[0]?.body, traceId: "" });
  }
});

test("a key does what its scopes say and nothing else", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const reader = await keyWith(shop, "read@retail");
  const writer = await keyWith(shop, "write@retail");
  const as = (key: string, request: string, body?: unknown) => shop.ask(request, body, { key });
  const refused = { status: 403, body: { code: "access.not_permitted" } };
  expect(await as(reader, "POST /v1/books/retail/transfers", sale)).toMatchObject(refused);
  expect(await as(writer, "GET /v1/books/retail/entries")).toMatchObject(refused);
  expect((await as(writer, "POST /v1/books/retail/transfers", sale)).status).toBe(201);
  const opening = { items: [sale, { kind: "open", path: "x", asset: "CNY/2", side: "debit" }] };
  expect(await as(writer, "POST /v1/books/retail/batches", opening)).toMatchObject(refused);
  expect(await as(writer, "POST /v1/books/retail/verifications")).toMatchObject(refused);
  expect(await as(writer, "PUT /v1/books/other")).toMatchObject(refused);
  expect(await as(reader, "GET /v1/keys")).toMatchObject(refused);
  expect(await as(reader, "GET /v1/keys/events")).toMatchObject(refused);
});

test("a book that a key does not know is answered like one that is not there", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  await shop.ask("PUT /v1/books/neighbour");
  const key = await keyWith(shop, "admin@retail");
  const bodies = await Promise.all(
    ["neighbour", "nobody"].map(async (book) => {
      const { status, body } = await shop.ask(`GET /v1/books/${book}`, undefined, { key });
      return JSON.stringify({ status, ...body, traceId: "" }).replaceAll(book, "BOOK");
    }),
  );
  expect(bodies[0]).toBe(bodies[1]);
  expect(bodies[0]).toContain("ledger.book_missing");
  expect((await shop.ask("GET /v1/books", undefined, { key })).body["items"]).toEqual(["retail"]);
});

test("a key of one prefix sees and moves only what is under it", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  for (const path of ["m/a/cash", "m/a/sales", "m/b/cash"]) {
    const account = { path, asset: "CNY/2", side: "debit", bound: "none" };
    await shop.ask("POST /v1/books/retail/accounts", account);
  }
  const key = await keyWith(shop, "write@retail:m/a", "read@retail:m/a");
  const as = (request: string, body?: unknown) => shop.ask(request, body, { key });
  const own = { id: "m/a/1", asset: "CNY/2", debit: "m/a/cash", credit: "m/a/sales", amount: "7" };
  expect((await as("POST /v1/books/retail/transfers", own)).status).toBe(201);
  const refused = { status: 403, body: { code: "access.not_permitted" } };
  for (const change of [{ id: "free" }, { credit: "m/b/cash" }, { debit: "m/a/../b/cash" }]) {
    const tried = await as("POST /v1/books/retail/transfers", { ...own, ...change });
    expect(tried).toMatchObject(refused);
  }
  expect((await as("GET /v1/books/retail/entries?prefix=m/a")).status).toBe(200);
  expect(await as("GET /v1/books/retail/entries")).toMatchObject(refused);
  expect(await as("GET /v1/books/retail/trial-balance")).toMatchObject(refused);
  expect(await as("GET /v1/books/retail/account?path=m/b/cash&asset=CNY/2")).toMatchObject(refused);
  expect(await as("GET /v1/books/retail/transfers/delivery-1")).toMatchObject(refused);
  expect(await as("GET /v1/books/retail/transfers/never-there")).toMatchObject(refused);
});

test("keys are listed, rotated with a grace, and every change has its author", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const old = await keyWith(shop, "read@retail");
  const [, id = ""] = old.split("_");
  const turned = await shop.ask(`POST /v1/keys/${id}/rotate`, { graceMs: 60_000 });
  const fresh = String(turned.body["token"]);
  for (const key of [old, fresh]) {
    expect((await shop.ask("GET /v1/books/retail", undefined, { key })).status).toBe(200);
  }
  const listed = await shop.ask("GET /v1/keys");
  expect(listed.text).toContain(id);
  for (const token of [old, fresh]) expect(listed.text).not.toContain(token.split("_")[2]);
  const events = await shop.ask("GET /v1/keys/events");
  expect(events.body["items"]).toMatchObject([
    { what: "key.rotated", keyId: id, graceMs: 60_000, from: "127.0.0.1" },
    { what: "key.created", keyId: id, owner: "till-3" },
    { what: "key.created" },
  ]);
  expect(await shop.ask("POST /v1/keys/aaaaaaaaaaaa/rotate")).toMatchObject({
    status: 404,
    body: { code: "access.key_not_found" },
  });
});

test("nobody hands out, rotates or revokes more than they have", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const key = await keyWith(shop, "keys@*", "read@retail");
  const as = (request: string, body?: unknown) => shop.ask(request, body, { key });
  const refused = { status: 403, body: { code: "access.not_permitted" } };
  const more = { owner: "me", ownerKind: "person", scopes: ["write@retail"] };
  expect(await as("POST /v1/keys", more)).toMatchObject(refused);
  expect((await as("POST /v1/keys", { ...more, scopes: ["read@retail:shop"] })).status).toBe(201);
  const [, adminId = ""] = shop.adminKey.split("_");
  const unseen = { status: 404, body: { code: "access.key_not_found" } };
  expect(await as(`POST /v1/keys/${adminId}/rotate`)).toMatchObject(unseen);
  expect(await as(`POST /v1/keys/${adminId}/revoke`)).toMatchObject(unseen);
  expect((await as("POST /v1/keys", { ...more, scopes: ["fly@retail"] })).body["code"]).toBe(
    "access.scope_malformed",
  );
});

test("a key that ends makes none that outlives it, and takes none over by rotating it", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const [soon, later] = ["2999-01-01T00:00:00.000Z", "2999-01-01T00:00:00.001Z"];
  const admin = { owner: "ann", ownerKind: "person", scopes: ["admin"] };
  const made = await shop.ask("POST /v1/keys", { ...admin, expiresAt: soon });
  const key = made.body["token"] as string;
  const as = (request: string, body?: unknown) => shop.ask(request, body, { key });
  const outlives = { status: 403, body: { code: "access.outlives_maker" } };
  expect(await as("POST /v1/keys", admin)).toMatchObject(outlives);
  expect(await as("POST /v1/keys", { ...admin, expiresAt: later })).toMatchObject(outlives);
  // The same instant, written from elsewhere.
  const same = await as("POST /v1/keys", { ...admin, expiresAt: "2999-01-01T08:00:00+08:00" });
  expect(same.status, same.text).toBe(201);

  const [, adminId = ""] = shop.adminKey.split("_");
  const [, ownId = ""] = key.split("_");
  for (const graceMs of [0, 60_000]) {
    expect(await as(`POST /v1/keys/${adminId}/rotate`, { graceMs })).toMatchObject(outlives);
  }
  expect((await shop.ask("GET /v1/keys")).status).toBe(200);
  expect((await as(`POST /v1/keys/${ownId}/rotate`, { graceMs: 60_000 })).status).toBe(200);
  // Ending a key hands nothing out: in an emergency whoever is admin may.
  const lasting = (await shop.ask("POST /v1/keys", admin)).body["key"] as { keyId: string };
  expect((await as(`POST /v1/keys/${lasting.keyId}/revoke`)).status).toBe(200);
});

test.each([
  [["keys@*", "admin@retail:m/a"], ["admin@retail"]],
  [["keys@*", "admin@retail:m/a"], ["read@retail:m"]],
  [["keys@*", "admin@retail:m/a"], ["read@retail:m/a2"]],
  [["keys@*", "admin@retail"], ["read@*"]],
  [["keys@*", "admin@retail"], ["read@retail2"]],
  [["keys@*", "admin@retail"], ["admin"]],
  [["keys@*", "read@*", "write@retail"], ["write@*:m/a"]],
  [
    ["keys@*", "read@retail"],
    ["read@retail", "verify@retail"],
  ],
  [["admin@retail"], ["read@retail"]],
  [["admin@*:m/a"], ["keys@*"]],
])("%j makes no key with %j", async (own, more) => {
  const shop = await httpShop();
  const key = await keyWith(shop, ...own);
  const asked = { owner: "me", ownerKind: "person", scopes: more };
  expect(await shop.ask("POST /v1/keys", asked, { key })).toMatchObject({
    status: 403,
    body: { code: "access.not_permitted" },
  });
});

test("a request is one line of log, with its key's id and never its secret", async () => {
  const lines: string[] = [];
  const log = pinoLogger({
    level: "debug",
    destination: { write: (line) => void lines.push(line) },
  });
  const shop = await httpShop({ log });
  await openRetail(shop);
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traced = { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } };
  await shop.ask("POST /v1/books/retail/transfers", { ...sale, debit: "nowhere" }, traced);
  await expect.poll(() => lines.filter((line) => line.includes(trace)).length).toBe(1);
  const line = JSON.parse(lines.find((line) => line.includes(trace)) ?? "") as unknown;
  expect(line).toMatchObject({
    level: "info",
    method: "POST",
    route: "/v1/books/{book}/transfers",
    status: 404,
    code: "ledger.debit_account_missing",
    keyId: shop.adminKey.split("_")[1],
    ms: expect.any(Number) as number,
  });
  const secret = shop.adminKey.split("_").slice(2).join("_");
  expect(lines.join("")).not.toContain(secret);
});
