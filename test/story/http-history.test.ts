import { expect, test } from "vitest";
import { type Answer, type HttpShop, httpShop, openRetail } from "./http-shop.ts";

const sale = (id: string, amount: string, more: object = {}) => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount, ...more };
};

async function shopWithSales(count: number): Promise<HttpShop> {
  const shop = await httpShop();
  await openRetail(shop);
  const items = Array.from({ length: count }, (_, index) => {
    return sale(`s${index}`, String(100 + index), { reference: index % 2 === 0 ? "even" : "odd" });
  });
  expect((await shop.ask("POST /v1/books/retail/batches", { items })).status).toBe(200);
  return shop;
}

interface Listed {
  readonly items: readonly Record<string, unknown>[];
  readonly cursor?: string;
}

async function allOf(shop: HttpShop, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor = "";
  for (let pages = 0; pages < 100; pages++) {
    const page = (await shop.ask(`GET ${path}${cursor}`)).body as unknown as Listed;
    items.push(...page.items);
    if (page.cursor === undefined) return items;
    cursor = `&cursor=${page.cursor}`;
  }
  throw new Error("the pages do not end");
}

test("history is read in pages that join, by account, reference and time", async () => {
  const shop = await shopWithSales(25);
  const mine = await allOf(shop, "/v1/books/retail/entries?account=shop/sales&asset=CNY/2&limit=7");
  expect(mine.map((entry) => entry["id"])).toContain("s24");
  expect(mine).toHaveLength(26); // the opening is an entry, too
  const even = await allOf(shop, "/v1/books/retail/entries?reference=even&order=oldest&limit=5");
  expect(even.map((entry) => entry["id"])).toEqual(
    Array.from({ length: 13 }, (_, index) => `s${index * 2}`),
  );
  const early = await shop.ask("GET /v1/books/retail/entries?to=2020-01-01T00:00:00Z");
  expect(early.body["items"]).toEqual([]);
  const quiet = await shop.ask(
    "GET /v1/books/retail/entries?account=shop/sales&to=2020-01-01T00:00:00Z",
  );
  expect(quiet).toMatchObject({ status: 200, body: { items: [] } });
  const foreign = await shop.ask("GET /v1/books/retail/entries?cursor=WyJ4Il0");
  expect(foreign).toMatchObject({ status: 400, body: { code: "ledger.cursor_malformed" } });
});

test("the history of an account that isn't there is 404, as its balance is", async () => {
  const shop = await shopWithSales(1);
  const missing = { status: 404, body: { code: "ledger.account_not_found" } };
  const entries = (query: string) => shop.ask(`GET /v1/books/retail/entries?${query}`);
  expect(await entries("account=nope")).toMatchObject(missing);
  expect((await entries("account=nope")).body["detail"]).toBe(
    "There is no account nope of any asset in this book.",
  );
  // `shop` has accounts below it, and is none itself.
  expect(await entries("account=shop")).toMatchObject(missing);
  expect(await entries("account=shop/cash&asset=USD/2")).toMatchObject(missing);
  expect(await entries("prefix=nope")).toMatchObject({ status: 200, body: { items: [] } });
});

test("balances are asked now, after a seq, at a time", async () => {
  const shop = await shopWithSales(3);
  const at = (more: string) =>
    shop.ask(`GET /v1/books/retail/balance?path=shop/cash&asset=CNY/2${more}`);
  expect((await at("")).body).toMatchObject({ debitsPosted: "303" });
  expect((await at("&seq=9")).body).toMatchObject({ debitsPosted: "100" });
  expect((await at("&at=2020-01-01T00:00:00Z")).body).toMatchObject({ seq: 0, debitsPosted: "0" });
  expect((await at("&seq=1&at=2020-01-01T00:00:00Z")).body["code"]).toBe("http.query_malformed");
  const missing = await shop.ask("GET /v1/books/retail/account?path=no/body&asset=CNY/2");
  expect(missing).toMatchObject({ status: 404, body: { code: "ledger.account_not_found" } });
});

test("the books balance, and the tree sums what is below", async () => {
  const shop = await shopWithSales(3);
  const trial = await shop.ask("GET /v1/books/retail/trial-balance");
  expect(trial.body).toMatchObject({
    balanced: true,
    assets: [{ asset: "CNY/2", debitsPosted: "303" }, {}],
  });
  const top = await shop.ask("GET /v1/books/retail/tree");
  expect(top.body["items"]).toMatchObject([
    { path: "shop", hasChildren: true },
    { path: "supplier", hasChildren: false },
  ]);
  const below = await shop.ask("GET /v1/books/retail/tree?prefix=shop&asset=CNY/2");
  expect(below.body["items"]).toMatchObject([
    { path: "shop/cash", sums: [{ asset: "CNY/2", accounts: 1, debitsPosted: "303" }] },
    { path: "shop/sales" },
    { path: "shop/sold", sums: [] },
    { path: "shop/stock", sums: [] },
  ]);
  const accounts = await allOf(shop, "/v1/books/retail/accounts?prefix=shop&limit=1");
  expect(accounts.map(({ path }) => path)).toEqual([
    "shop/cash",
    "shop/sales",
    "shop/sold",
    "shop/stock",
  ]);
});

test("a statement leads from opening to closing, as JSON and as CSV for a spreadsheet", async () => {
  const shop = await shopWithSales(2);
  const odd = sale("s-formula", "5", { reference: '=cmd|"x"' });
  await shop.ask("POST /v1/books/retail/transfers", odd);
  const asked = "/v1/books/retail/statement?path=shop/cash&asset=CNY/2";
  const statement = await shop.ask(`GET ${asked}`);
  expect(statement.body).toMatchObject({
    opening: { debitsPosted: "0" },
    closing: { debitsPosted: "206" },
    lines: [
      { entry: { kind: "open" } },
      { entry: { id: "s0" }, balance: { debitsPosted: "100" } },
      { entry: { id: "s1" }, balance: { debitsPosted: "201" } },
      { entry: { id: "s-formula" }, balance: { debitsPosted: "206" } },
    ],
  });
  const moved = await shop.ask(`GET ${asked}&moves=true`);
  const idsOf = (told: Answer) =>
    (told.body["lines"] as { entry: { id: string } }[]).map(({ entry }) => entry.id);
  expect(idsOf(moved)).toEqual(idsOf(statement).slice(1));
  const csv = await shop.ask(`GET ${asked}&format=csv`);
  expect(csv.headers.get("content-type")).toContain("text/csv");
  const lines = csv.text.split("\r\n");
  expect(lines[0]).toMatch(/^seq,at,effective_at,id,kind,reference/);
  expect(lines[1]).toMatch(/,opening,.*,0\.00,0\.00,0\.00,0\.00$/);
  expect(lines[4]).toMatch(/,s1,transfer,odd,,shop\/cash,shop\/sales,1\.01,2\.01,/);
  expect(lines[5]).toContain(`"'=cmd|""x"""`);
  expect(lines[6]).toMatch(/,closing,.*,2\.06,/);
  expect(lines.at(-1)).toBe("");
  const limited = await shop.ask(`GET ${asked}&format=csv&limit=5`);
  expect(limited.body["code"]).toBe("http.query_malformed");
});

test("a long statement is streamed page by page", async () => {
  const shop = await shopWithSales(2_500);
  const csv = await shop.ask(
    "GET /v1/books/retail/statement?path=shop/cash&asset=CNY/2&format=csv",
  );
  expect(csv.text.split("\r\n")).toHaveLength(2_500 + 5); // head, opening, open, …, closing, end
});

test("the feed is followed without gap, and waits for what comes", async () => {
  const shop = await shopWithSales(5);
  const first = await shop.ask("GET /v1/books/retail/changes?after=0&limit=3");
  expect(first.body).toMatchObject({
    after: 3,
    items: [{ entry: { seq: 1 } }, {}, { entry: { seq: 3 } }],
  });
  const rest = await shop.ask("GET /v1/books/retail/changes?after=3&limit=1000");
  expect(rest.body).toMatchObject({ after: 13 });

  const waiting = shop.ask("GET /v1/books/retail/changes?after=13&waitMs=20000");
  await expect.poll(() => metric(shop, "longmen_http_waiting")).toBe(1);
  await shop.ask("POST /v1/books/retail/transfers", sale("late", "1"));
  expect((await waiting).body).toMatchObject({ after: 14, items: [{ entry: { id: "late" } }] });
  const none = await shop.ask("GET /v1/books/retail/changes?after=14&waitMs=30");
  expect(none.body).toEqual({ items: [], after: 14 });

  const gone = new AbortController();
  const left = shop.ask("GET /v1/books/retail/changes?after=14&waitMs=20000", undefined, {
    signal: gone.signal,
  });
  await expect.poll(() => metric(shop, "longmen_http_waiting")).toBe(1);
  gone.abort();
  await expect(left).rejects.toThrow();
  await expect.poll(() => metric(shop, "longmen_http_waiting")).toBe(0);
});

test("who waits with a key that is revoked meanwhile is not told what comes after", async () => {
  const shop = await shopWithSales(2);
  const { seq } = (await shop.ask("GET /v1/books/retail")).body as { seq: number };
  const asked = { owner: "till", ownerKind: "service", scopes: ["read@retail"] };
  const made = (await shop.ask("POST /v1/keys", asked)).body as {
    readonly token: string;
    readonly key: { readonly keyId: string };
  };
  const path = `GET /v1/books/retail/changes?after=${seq}&waitMs=20000`;
  const waiting = shop.ask(path, undefined, { key: made.token });
  await expect.poll(() => metric(shop, "longmen_http_waiting")).toBe(1);
  await shop.ask(`POST /v1/keys/${made.key.keyId}/revoke`);
  await shop.ask("POST /v1/books/retail/transfers", sale("late", "1"));
  const heard = await waiting;
  expect(heard).toMatchObject({ status: 401, body: { code: "access.key_unknown" } });
  expect(heard.text).not.toContain("late");
});

test("who is further than the book is told so, and skips nothing", async () => {
  const shop = await shopWithSales(2);
  const { seq } = (await shop.ask("GET /v1/books/retail")).body as { seq: number };
  const at = (after: number) => shop.ask(`GET /v1/books/retail/changes?after=${after}`);
  expect((await at(seq)).body).toEqual({ items: [], after: seq });
  const ahead = await at(seq + 1);
  expect(ahead).toMatchObject({ status: 404, body: { code: "ledger.seq_ahead" } });
  expect(ahead.body["detail"]).toContain(`ends at ${seq}`);
  const waiting = await shop.ask(`GET /v1/books/retail/changes?after=${seq + 9}&waitMs=20000`);
  expect(waiting.body["code"]).toBe("ledger.seq_ahead");
});

async function metric(shop: HttpShop, name: string): Promise<number> {
  const { text } = await shop.ask("GET /metrics", undefined, { key: undefined });
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
}

test("a verification is a job: begun, looked at, reported", async () => {
  const shop = await shopWithSales(50);
  const { hash } = (await shop.ask("GET /v1/books/retail")).body;
  const begun = await shop.ask("POST /v1/books/retail/verifications", { expectHead: hash });
  expect(begun.status).toBe(202);
  const path = `/v1/books/retail/verifications/${String(begun.body["id"])}`;
  await expect.poll(async () => (await shop.ask(`GET ${path}`)).body["state"]).toBe("done");
  const done = await shop.ask(`GET ${path}`);
  expect(done.body).toMatchObject({ report: { verified: true, book: "retail", head: { hash } } });
  const foreign = await shop.ask(`GET /v1/books/retail/verifications/01nothing`);
  expect(foreign).toMatchObject({ status: 404, body: { code: "http.verification_missing" } });
});

test("without a key the house tells how it is, and what it takes", async () => {
  const shop = await shopWithSales(1);
  const bare = (path: string) => shop.ask(`GET ${path}`, undefined, { key: undefined });
  expect((await bare("/health/live")).body).toEqual({ status: "ok" });
  expect((await bare("/health/ready")).body).toEqual({ status: "ok" });
  expect((await bare("/openapi.json")).body["openapi"]).toBe("3.1.0");
  const page = await bare("/reference");
  expect(page.text).toContain("POST</b> <code>/v1/books/{book}/transfers");
  expect(page.headers.get("content-security-policy")).toContain("script-src 'sha256-");
  expect((await bare("/metrics")).text).toContain(
    'longmen_http_requests_total{route="POST /v1/books/{book}/batches",status="200"} 2',
  );
  expect((await bare("/metrics")).text).toMatch(/^longmen_lane_units_total \d+$/m);
  expect(await bare("/v1/nothing")).toMatchObject({
    status: 404,
    body: { code: "http.route_missing" },
  });
});
