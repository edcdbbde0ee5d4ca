import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { pinoLogger } from "../../src/base/index.ts";
import { COMMIT } from "../../src/postgres/testing.ts";
import { httpShop, openRetail } from "./http-shop.ts";
import { rawAnswers } from "./raw-http.ts";

/** Writes that there is no room for are turned away before anything is done with them (P7). */

const transfers = "POST /v1/books/retail/transfers";
const sale = (id: string) => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1" };
};
const full = { limits: { inFlightMax: 0 } };

function logged() {
  const lines: Record<string, unknown>[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split("\n")) {
        lines.push(JSON.parse(line) as Record<string, unknown>);
      }
      done();
    },
  });
  return { lines, log: pinoLogger({ level: "info", destination: to }) };
}

test("a write that is turned away is answered as any other request: a problem, its trace, when to come back", async () => {
  const shop = await httpShop(full);
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
  for (const route of [
    transfers,
    "POST /v1/books/retail/batches",
    "POST /v1/books/retail/chains",
    "POST /v1/books/retail/transfers/h1/post",
    "POST /v1/books/retail/transfers/h1/void",
  ]) {
    const answer = await shop.ask(route, sale("s1"), { headers });
    expect(answer).toMatchObject({ status: 503, body: { code: "http.overloaded" } });
    expect(answer.body).toMatchObject({ retry: "later", retryAfterMs: 250, traceId: trace });
    expect(answer.body["words"]).toMatchObject({
      zh: expect.stringMatching(/^访问的人太多/) as string,
    });
    expect(answer.headers.get("trace-id")).toBe(trace);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  }
});

test("it is told the same whatever key and book it names, and what is no write goes its way", async () => {
  const shop = await httpShop(full);
  const told = async (path: string, key: string | undefined) => {
    const { status, body } = await shop.ask(`POST ${path}`, sale("s1"), { key });
    return { status, ...body, traceId: "" };
  };
  const first = await told("/v1/books/retail/transfers", shop.adminKey);
  for (const key of [undefined, "lm_nobody", shop.adminKey]) {
    expect(await told("/v1/books/nowhere/transfers", key)).toEqual(first);
  }
  expect((await shop.ask("GET /health/live")).status).toBe(200);
  expect((await shop.ask("POST /v1/nothing", {})).body["code"]).toBe("http.route_missing");
});

test("its answer keeps its place behind those of requests before it", async () => {
  const shop = await httpShop({ wire: true, limits: { inFlightMax: 1 } });
  await openRetail(shop);
  const stuck = shop.wire?.swallow(COMMIT);
  const send = (id: string) => {
    const body = JSON.stringify(sale(id));
    const head = `${transfers} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${shop.adminKey}\r\n`;
    return `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const answers = rawAnswers(shop, send("taken") + send("turned"), 2);
  await stuck;
  shop.wire?.cutAll();
  expect(await answers).toMatchObject([
    { status: 201 },
    { status: 503, body: { code: "http.overloaded" } },
  ]);
  const book = await shop.ledger.book("retail");
  expect(await book.find("turned")).toBeUndefined();
});

test("all are counted, the first ones of a second have a line each, the others one together", async () => {
  const { lines, log } = logged();
  const shop = await httpShop({ ...full, log });
  await Promise.all(Array.from({ length: 50 }, (_, n) => shop.ask(transfers, sale(`s${n}`))));
  const overloaded = () => lines.filter(({ code }) => code === "http.overloaded");
  const told = () => overloaded().reduce((sum, { requests = 1 }) => sum + Number(requests), 0);
  await expect.poll(told).toBe(50);
  const turned = overloaded();
  const own = turned.filter(({ requests }) => requests === undefined);
  expect(own.length).toBeGreaterThanOrEqual(10);
  expect(own.length).toBeLessThan(50);
  expect(own[0]).toMatchObject({ method: "POST", status: 503, from: "127.0.0.1" });
  expect(own[0]?.["traceId"]).toMatch(/^[0-9a-f]{32}$/);
  const { text } = await shop.ask("GET /metrics");
  expect(text).toContain('longmen_http_problems_total{code="http.overloaded"} 50');
  expect(text).toMatch(/longmen_http_requests_total\{route="POST [^"]+",status="503"\} 50/);
});
