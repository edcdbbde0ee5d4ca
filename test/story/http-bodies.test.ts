import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type HttpShop, httpShop, openRetail } from "./http-shop.ts";
import { rawAnswers } from "./raw-http.ts";

const sale = { id: "odd", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1" };
const text = JSON.stringify(sale);
const MIB = 2 ** 20;

const headOf = ({ adminKey }: HttpShop, more: string, path = "transfers") =>
  `POST /v1/books/retail/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${adminKey}\r\n` +
  `Content-Type: application/json\r\n${more}\r\n\r\n`;

async function post(shop: HttpShop, body: string | Buffer, path?: string) {
  const bytes = Buffer.from(body);
  const head = headOf(shop, `Content-Length: ${bytes.length}`, path);
  const [answer] = await rawAnswers(shop, Buffer.concat([Buffer.from(head), bytes]), 1);
  return answer;
}

/** Nothing of all this was booked. */
async function expectUntouched(shop: HttpShop): Promise<void> {
  expect((await shop.ask("GET /v1/books/retail/transfers/odd")).status).toBe(404);
  const cash = await shop.ask("GET /v1/books/retail/account?path=shop/cash&asset=CNY/2");
  expect(cash.body["balance"]).toMatchObject({ debitsPosted: "0" });
}

test("a body that drips in, byte after byte, is cut off when its time is up, and others are served meanwhile", async () => {
  const shop = await httpShop({ limits: { receiveTimeoutMs: 1_500 } });
  await openRetail(shop);
  const socket = connect(Number(new URL(shop.url).port), "127.0.0.1");
  let told = "";
  socket.setEncoding("utf8").on("data", (part: string) => (told += part));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined);
  socket.write(headOf(shop, `Content-Length: ${text.length}`));
  // Each byte comes in time; the body as a whole does not.
  for (const byte of text.slice(0, -1)) {
    if (socket.destroyed || told !== "") break;
    socket.write(byte);
    await pause(60);
  }
  await closed;
  expect(told).toContain("http.request_too_slow");
  expect((await shop.ask("GET /v1/books/retail")).status).toBe(200);
  await expectUntouched(shop);
});

test("P7: a body without end is cut off at 16 MiB, and what it held is let go", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const socket = connect(Number(new URL(shop.url).port), "127.0.0.1");
  let told = "";
  socket.setEncoding("utf8").on("data", (part: string) => (told += part));
  socket.on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(headOf(shop, "Transfer-Encoding: chunked"));
  const chunk = `100000\r\n${"x".repeat(MIB)}\r\n`;
  for (let sent = 0; sent < 64 && !socket.destroyed && told === ""; sent++) {
    if (!socket.write(chunk)) await Promise.race([pause(50), closed]);
  }
  await closed;
  expect(told).toContain("http.body_too_large");
  const scrape = await shop.ask("GET /metrics");
  expect(scrape.text).toMatch(/^longmen_http_body_bytes 0$/m);
  await expectUntouched(shop);
});

test("bytes that are no UTF-8 are refused whatever the header says they are", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const bodies: readonly (readonly [string, Buffer])[] = [
    [
      "GB18030",
      Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xc1, 0xfa]), Buffer.from('"}')]),
    ],
    ["UTF-16", Buffer.from(text, "utf16le")],
    ["Latin-1", Buffer.from('{"reference":"caf\u00e9"}', "latin1")],
    ["cut in a character", Buffer.from(text.slice(0, -1) + "\u9f99").subarray(0, -1)],
    ["overlong", Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ["a lone surrogate", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ];
  for (const [what, bytes] of bodies) {
    expect(await post(shop, bytes), what).toMatchObject({
      status: 400,
      body: { code: "http.body_not_json" },
    });
  }
  await expectUntouched(shop);
});

test("a key twice is found however it is written, and wherever it hides", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const inside = (item: string) => `{"items":[${text},${item}]}`;
  const bodies: readonly (readonly [string, string, string?])[] = [
    ["at the end", text.replace("}", ',"amount":"2"}')],
    ["the same value", text.replace("}", ',"amount":"1"}')],
    ["escaped", text.replace("}", ',"\\u0061mount":"2"}')],
    ["with space", text.replace("}", ' , "amount"  :  "2" }')],
    ["in an item", inside(text.replace("}", ',"id":"x"}')), "batches"],
    ["in a chain", inside(`{"chain":"c","chain":"d","requests":[]}`), "batches"],
    ["of the prototype", '{"__proto__":1,"__proto__":2}'],
    ["with quotes inside", '{"a\\"":1,"a\\"":2}'],
  ];
  for (const [what, body, path] of bodies) {
    const answer = await post(shop, body, path);
    expect(answer?.body["code"], `${what}: ${answer?.text}`).toBe("http.body_key_repeated");
  }
  await expectUntouched(shop);
});

test("depth is counted, not stacked: a million brackets cost nothing", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const deep = (open: string, close: string, levels: number) =>
    `{"items":${open.repeat(levels)}1${close.repeat(levels)}}`;
  const bodies = [
    deep("[", "]", 40),
    deep('{"a":', "}", 40),
    deep('[{"a":', "}]", 20),
    deep("[", "]", MIB),
    "[".repeat(8 * MIB),
  ];
  for (const body of bodies) {
    expect((await post(shop, body, "batches"))?.body["code"]).toBe("http.body_too_deep");
  }
  // In a string it is text.
  const metadata = JSON.stringify("[".repeat(1_000));
  const answer = await post(shop, JSON.stringify({ ...sale, id: "brackets", metadata }));
  expect(answer?.status).toBe(201);
});

test("a number is no string and a string no number, in every place where one stands", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const places: readonly (readonly [string, string, string, string])[] = [
    ["transfers", "amount as a number", text.replace('"1"', "1"), "/amount"],
    ["transfers", "as a float", text.replace('"1"', "1.0"), "/amount"],
    ["transfers", "as an exponent", text.replace('"1"', "1e2"), "/amount"],
    ["transfers", "beyond what a double holds", text.replace('"1"', "9007199254740993"), "/amount"],
    ["transfers", "a digit of another script", text.replace('"1"', '"\u0661"'), "/amount"],
    ["transfers", "a plus", text.replace('"1"', '"+1"'), "/amount"],
    ["transfers", "true", text.replace('"1"', "true"), "/amount"],
    ["transfers", "an id as a number", text.replace('"odd"', "7"), "/id"],
    ["transfers", "a path as a list", text.replace('"shop/cash"', '["shop/cash"]'), "/debit"],
    ["batches", "inside a batch", `{"items":[${text.replace('"1"', "1")}]}`, "/items/0/amount"],
    [
      "batches",
      "inside a chain of a batch",
      `{"items":[{"chain":"c","requests":[${text},${text.replace('"1"', "1")}]}]}`,
      "/items/0/requests/1/amount",
    ],
    ["chains", "inside a chain", `{"chain":7,"requests":[${text}]}`, "/chain"],
    [
      "accounts",
      "a bound as a number",
      '{"path":"shop/x","asset":"CNY/2","side":"debit","bound":5}',
      "/bound",
    ],
  ];
  for (const [path, what, body, pointer] of places) {
    const answer = await post(shop, body, path);
    expect(answer?.body, `${what}: ${answer?.text}`).toMatchObject({
      code: "http.body_malformed",
      status: 400,
      pointer,
    });
  }
  await expectUntouched(shop);
});

test("two lengths, a length and chunks, a length too short: never two readings of one body", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const twice = headOf(shop, `Content-Length: 5\r\nContent-Length: ${text.length}`) + text;
  const both = `${headOf(shop, `Content-Length: ${text.length}\r\nTransfer-Encoding: chunked`)}0\r\n\r\n${text}`;
  for (const bytes of [twice, both]) {
    const [answer] = await rawAnswers(shop, bytes);
    expect(answer?.status, answer?.text).toBe(400);
  }
  const short = headOf(shop, `Content-Length: ${text.length - 1}`) + text;
  const [answer] = await rawAnswers(shop, short, 1);
  expect(answer?.body["code"]).toBe("http.body_not_json");
  await expectUntouched(shop);
});
