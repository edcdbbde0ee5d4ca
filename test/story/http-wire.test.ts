import { expect, test } from "vitest";
import { httpShop, openRetail } from "./http-shop.ts";
import { type RawAnswer, rawAnswers } from "./raw-http.ts";
import { COMMIT } from "../../src/postgres/testing.ts";

const sale = (id: string) => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1" };
};

function expectProblem(answer: RawAnswer | undefined, code: string, what: string): void {
  expect(answer, what).toMatchObject({ body: { code, status: answer?.status } });
  expect(answer?.head, what).toMatch(/^content-type: application\/problem\+json/im);
  expect(answer?.head, what).toMatch(/^trace-id: [0-9a-f]{32}$/im);
  expect(answer?.body, what).toMatchObject({
    detail: expect.any(String) as string,
    advice: expect.any(String) as string,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  });
}

test("whatever is no request is answered with a problem, not with an empty 400", async () => {
  const shop = await httpShop();
  const live = "GET /health/live HTTP/1.1\r\n";
  const many = Array.from({ length: 300 }, (_, index) => `h${index}: x\r\n`).join("");
  const cases: readonly (readonly [string, string])[] = [
    ["no Host", `${live}\r\n`],
    ["an empty Host", `${live}Host:\r\n\r\n`],
    ["two Hosts", `${live}Host: a\r\nHost: b\r\n\r\n`],
    ["two keys", `${live}Host: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n`],
    ["a line that is none", "HELLO WORLD\r\n\r\n"],
    ["another protocol", "GET /health/live HTTP/9.9\r\nHost: x\r\n\r\n"],
    ["a header too large", `${live}Host: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`],
    ["too many headers", `${live}Host: x\r\n${many}\r\n`],
    ["a header with a space in its name", `${live}Host: x\r\na b: c\r\n\r\n`],
    ["two lengths", `${live}Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    [
      "a length and chunks",
      `${live}Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ["an expectation", `${live}Host: x\r\nExpect: a-miracle\r\n\r\n`],
    ["a tunnel", "CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n"],
  ];
  for (const [what, bytes] of cases) {
    const [answer] = await rawAnswers(shop, bytes, 1);
    expectProblem(answer, "http.request_malformed", what);
    expect(answer?.status, what).toBe(400);
  }
  const strange = `PROPFIND /v1/books HTTP/1.1\r\nHost: x\r\n\r\n`;
  expectProblem((await rawAnswers(shop, strange, 1))[0], "http.route_missing", "PROPFIND");
  const [old] = await rawAnswers(shop, "GET /health/live HTTP/1.0\r\n\r\n", 1);
  expect(old?.status).toBe(200);
});

test("nonsense behind a request does not take that request's answer from it", async () => {
  const shop = await httpShop({ wire: true });
  await openRetail(shop);
  const body = JSON.stringify(sale("behind"));
  const head = `POST /v1/books/retail/transfers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${shop.adminKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const [first, second] = await rawAnswers(shop, `${head}${body}NONSENSE\r\n\r\n`);
  expect(first).toMatchObject({ status: 201, body: { status: "created" } });
  expectProblem(second, "http.request_malformed", "the nonsense");
  expect((await shop.ask("GET /v1/books/retail/transfers/behind")).status).toBe(200);
});

test("HEAD answers what GET does, without the body", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  await shop.ask("POST /v1/books/retail/transfers", sale("one"));
  const account = "path=shop/cash&asset=CNY/2";
  const paths = [
    "/health/live",
    "/v1/books",
    `/v1/books/retail/account?${account}`,
    `/v1/books/retail/statement?${account}&format=csv`,
    "/v1/books/nobody",
    "/v1/nothing",
  ];
  for (const path of paths) {
    const headers = { authorization: `Bearer ${shop.adminKey}` };
    const get = await fetch(shop.url + path, { headers });
    const head = await fetch(shop.url + path, { method: "HEAD", headers });
    expect(head.status, path).toBe(get.status);
    expect(head.headers.get("content-type"), path).toBe(get.headers.get("content-type"));
    expect(head.headers.get("trace-id"), path).toMatch(/^[0-9a-f]{32}$/);
    expect(await head.text(), path).toBe("");
  }
  expect((await fetch(`${shop.url}/v1/books`, { method: "HEAD" })).status).toBe(401);
});

test("a method that a path does not have is told which ones it has", async () => {
  const shop = await httpShop();
  const cases: readonly (readonly [string, string])[] = [
    ["DELETE /v1/books/retail", "GET, HEAD, PUT"],
    ["PATCH /v1/books", "GET, HEAD"],
    ["GET /v1/books/retail/batches", "POST"],
    ["DELETE /v1/books/retail/transfers/a%2Fb", "GET, HEAD"],
    ["PUT /v1/keys/events", "GET, HEAD"],
  ];
  for (const [request, allow] of cases) {
    const answer = await shop.ask(request);
    expect(answer, request).toMatchObject({ status: 404, body: { code: "http.route_missing" } });
    expect(answer.headers.get("allow"), request).toBe(allow);
    expect(answer.body["detail"], request).toContain(allow);
  }
  expect((await shop.ask("GET /v1/nothing")).headers.get("allow")).toBeNull();
});

test("a caller says how long it waits, and is told when that was too short", async () => {
  const shop = await httpShop({ wire: true });
  await openRetail(shop);
  const within = (ms: string) => ({ headers: { "request-timeout-ms": ms } });
  for (const ms of ["0", "-1", "1.5", "soon", "60001", "1e3", ""]) {
    const answer = await shop.ask("GET /v1/books", undefined, within(ms));
    expect(answer, ms).toMatchObject({ status: 400, body: { code: "http.deadline_malformed" } });
  }
  expect((await shop.ask("GET /v1/books", undefined, within("60000"))).status).toBe(200);
  // Two flushes on their way hold up the third: what waits there is dropped, and was never sent.
  const stuck = shop.wire?.swallow(COMMIT);
  const first = shop.ask("POST /v1/books/retail/transfers", sale("first"));
  await stuck;
  const second = shop.ask("POST /v1/books/retail/transfers", sale("second"));
  await expect
    .poll(async () => (await shop.ask("GET /metrics")).text)
    .toMatch(/^longmen_http_in_flight 3$/m);
  const late = await shop.ask("POST /v1/books/retail/transfers", sale("late"), within("150"));
  expect(late).toMatchObject({ status: 503, body: { code: "lane.deadline_passed" } });
  expect(late.headers.get("retry-after")).toBe("1");
  shop.wire?.cutAll();
  expect([(await first).status, (await second).status]).toEqual([201, 201]);
  expect((await shop.ask("GET /v1/books/retail/transfers/late")).status).toBe(404);
});

test("a read that takes too long is told so, and counts as work until it has ended", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const { test } = shop;
  const locked = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const holding = test.database.transaction(async (tx) => {
    await tx.query(`lock table ${test.schema}.ledger_account in access exclusive mode`);
    locked.resolve();
    await free.promise;
  });
  await locked.promise;
  const path = "GET /v1/books/retail/account?path=shop/cash&asset=CNY/2";
  const late = await shop.ask(path, undefined, { headers: { "request-timeout-ms": "100" } });
  expect(late).toMatchObject({ status: 503, body: { code: "http.deadline_passed" } });
  expect((await shop.ask("GET /metrics")).text).toMatch(/^longmen_http_in_flight 2$/m);
  free.resolve();
  await holding;
  expect((await shop.ask(path)).status).toBe(200);
  await expect
    .poll(async () => (await shop.ask("GET /metrics")).text)
    .toMatch(/^longmen_http_in_flight 1$/m);
});
