/** A catalogue as a file over HTTP: streamed in and out, row errors told, limits kept, and a caller who goes away. */
import { request as httpRequest } from "node:http";
import { expect, test } from "vitest";
import { type CatalogShop, catalogShop, HERE } from "./catalog-shop.ts";
import type { AskOptions } from "./http-shop.ts";

const codeOf = ({ body }: { readonly body: Record<string, unknown> }) => body["code"];
const csv = (type = "text/csv", options: AskOptions = {}): AskOptions => ({
  ...options,
  headers: { "content-type": type },
});
const HEADER = "code,type,name,name_zh,state,sku,price,currency,attr.colour";
const mug = (n: number, price = "1.50") =>
  `MUG-${n},cup,Mug ${n},马克杯,published,MUG-${n}-R,${price},GBP/2,red`;
const file = (...rows: readonly string[]) => [HEADER, ...rows, ""].join("\r\n");
const total = async (shop: CatalogShop) =>
  ((await shop.ask(`GET ${HERE}/catalog/search?text=mug&limit=100`)).body["items"] as unknown[])
    .length;

test("what is right of a file is sold, what is wrong is in the report with its row, and again changes nothing", async () => {
  const shop = await catalogShop();
  const text = file(
    mug(1),
    "MUG-2,cup,Mug 2,,published,MUG-2-R,1.505,GBP/2,red",
    "MUG-3,cup",
    mug(4).replace("red", "green"),
    mug(5),
  );
  const look = await shop.ask(`POST ${HERE}/catalog/import?dryRun=true`, text, csv());
  expect(look.body).toMatchObject({ rows: 5, created: 3, failed: 2, written: false });
  expect(await total(shop)).toBe(0);
  const done = await shop.ask(`POST ${HERE}/catalog/import`, text, csv());
  expect(done.body).toMatchObject({ rows: 5, created: 3, failed: 2, errorCount: 3, written: true });
  expect(done.body["errors"]).toMatchObject([
    { line: 4, code: "catalog.csv_unreadable" },
    { line: 4 },
    { line: 5, column: "attr.colour" },
  ]);
  expect(await total(shop)).toBe(3);
  const again = await shop.ask(`POST ${HERE}/catalog/import`, text, csv("text/csv; charset=utf-8"));
  expect(again.body).toMatchObject({ created: 0, changed: 0, unchanged: 3 });
  const out = await shop.ask(`GET ${HERE}/catalog/export`);
  expect(out.headers.get("content-type")).toMatch(/^text\/csv/);
  expect(out.text).toContain("MUG-5-R");
  const back = await shop.ask(`POST ${HERE}/catalog/import`, out.text, csv());
  expect(back.body).toMatchObject({ changed: 0, created: 0, failed: 0 });
  const head = await fetch(`${shop.url}${HERE}/catalog/export`, {
    method: "HEAD",
    headers: { authorization: `Bearer ${shop.adminKey}` },
  });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test("a file says what holds from an instant to come, and changes nothing before", async () => {
  const shop = await catalogShop();
  const importing = async (text: string, query: string) =>
    shop.ask(`POST ${HERE}/catalog/import?${query}`, text, csv());
  await importing(file(mug(1)), "");
  const later = "effectiveFrom=2040-01-01T00:00:00Z";
  const done = await importing(file(mug(1, "9.99"), mug(2)), later);
  expect(done.body).toMatchObject({ created: 1, changed: 1, failed: 0 });
  const plan = async (at: string) =>
    (await shop.ask(`GET ${HERE}/catalog/plans/MUG-1-R${at}`)).body["body"];
  expect(await plan("")).toMatchObject({ scheme: { amount: "150" } });
  expect(await plan("?at=2040-01-02T00:00:00Z")).toMatchObject({ scheme: { amount: "999" } });
  const now = await shop.ask(`GET ${HERE}/catalog/products/MUG-2`);
  expect([now.status, codeOf(now)]).toEqual([404, "catalog.missing"]);
  expect(await total(shop)).toBe(1);
  expect((await importing(file(mug(1, "9.99"), mug(2)), later)).body).toMatchObject({
    unchanged: 2,
  });
  const past = await importing(file(mug(3)), "effectiveFrom=2020-01-01T00:00:00Z");
  expect(past.body).toMatchObject({ failed: 1, errors: [{ code: "catalog.backdated" }] });
  const never = await importing(file(mug(3)), "effectiveFrom=tomorrow");
  expect([never.status, codeOf(never)]).toEqual([400, "http.query_malformed"]);
});

test("a file that can't be one is refused by its code, and the connection goes on", async () => {
  const shop = await catalogShop();
  const post = `POST ${HERE}/catalog/import`;
  for (const [body, options, status, code] of [
    ["colour\r\nred\r\n", csv(), 400, "catalog.csv_header"],
    ["", csv(), 400, "catalog.csv_header"],
    [undefined, csv(), 400, "catalog.csv_header"],
    [file(mug(1)), csv("application/json"), 400, "http.file_type_unsupported"],
    [file(mug(1)), csv("text/csv; charset=latin1"), 400, "http.file_type_unsupported"],
    [`${"x".repeat(300_000)}\r\n`, csv(), 400, "catalog.csv_header"],
  ] as const) {
    const answer = await shop.ask(post, body, options);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  }
  const latin = new Uint8Array(Buffer.from(file(mug(1).replace("Mug", "Müg")), "latin1"));
  const answer = await fetch(shop.url + `${HERE}/catalog/import`, {
    method: "POST",
    headers: { authorization: `Bearer ${shop.adminKey}`, "content-type": "text/csv" },
    body: latin,
  });
  expect(await answer.json()).toMatchObject({ code: "catalog.csv_unreadable" });
  const nobody = await shop.ask("POST /v1/books/nobody/catalog/import", file(mug(1)), csv());
  expect([nobody.status, codeOf(nobody)]).toEqual([404, "ledger.book_missing"]);
  expect(await total(shop)).toBe(0);
});

test("a file has limits: its length, how many come at once, and no more than half of them from one key", async () => {
  const shop = await catalogShop({ limits: { uploadMaxBytes: 10_000, uploadsMax: 2 } });
  const long = file(...Array.from({ length: 500 }, (_, n) => mug(n)));
  const told = await shop.ask(`POST ${HERE}/catalog/import`, long, csv());
  expect([told.status, codeOf(told)]).toEqual([400, "http.body_too_large"]);
  const sent = open(shop, file(mug(1)));
  // It is in, beside the scrape: whatever comes now comes behind it.
  await expect
    .poll(async () => (await shop.ask("GET /metrics")).text, { timeout: 60_000 })
    .toMatch(/^longmen_http_in_flight 2$/m);
  const full = await shop.ask(`POST ${HERE}/catalog/import`, file(mug(2)), csv());
  expect([full.status, codeOf(full)]).toEqual([503, "http.uploads_full"]);
  sent.end();
  expect(await sent.answer).toMatchObject({ created: 1 });
});

test("a file may take longer than other requests, and writes go on beside it; who goes away ends it", async () => {
  const shop = await catalogShop({ limits: { receiveTimeoutMs: 1_000 } });
  const slow = open(shop, file(mug(1)));
  const quote = { key: "beside", lines: [{ sku: "CUP-R", quantity: "1" }] };
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect((await shop.ask(`POST ${HERE}/quotes`, quote)).status).toBe(201);
  slow.write(`${mug(2)}\r\n`);
  slow.end();
  expect(await slow.answer).toMatchObject({ rows: 2, created: 2 });
  const gone = open(shop, file(mug(3)));
  gone.answer.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  gone.destroy();
  const again = await shop.ask(`POST ${HERE}/catalog/import`, file(mug(3)), csv());
  expect(again.status).toBe(200);
  expect(await total(shop)).toBe(3);
});

/** A file that is sent bit by bit. */
function open(shop: CatalogShop, first: string) {
  const sent = httpRequest(`${shop.url}${HERE}/catalog/import`, {
    method: "POST",
    headers: { authorization: `Bearer ${shop.adminKey}`, "content-type": "text/csv" },
  });
  const answer = new Promise<unknown>((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve(JSON.parse(text)));
    });
  });
  sent.write(first);
  return {
    answer,
    write: (text: string) => sent.write(text),
    end: () => sent.end(),
    destroy: () => sent.destroy(),
  };
}
