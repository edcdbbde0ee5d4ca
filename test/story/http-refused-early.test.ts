import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type HttpShop, httpShop } from "./http-shop.ts";
import { rawAnswers, rawConnection } from "./raw-http.ts";

/** Who is refused before his body is in learns it, whatever is still on its way. */

const MIB = 2 ** 20;
/** Every request with a key is one too many. */
const full = { limits: { inFlightMax: 0 } };

const post = (more: string, path = "/v1/books/retail/transfers") =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n` +
  `Content-Type: application/json\r\n${more}\r\n\r\n`;
const live = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const overloaded = { status: 503, body: { code: "http.overloaded" } };

/** Sends all of it before it reads anything, as many a client does. */
function sendThenRead({ url }: HttpShop, parts: readonly (string | Buffer)[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  socket.setEncoding("utf8").pause();
  socket.on("error", reject);
  socket.on("close", () => resolve(text));
  for (const part of parts.slice(0, -1)) socket.write(part);
  socket.on("data", (part: string) => (text += part));
  socket.write(parts.at(-1) ?? "", () => socket.resume());
  return promise;
}

test("a refused request whose body is short keeps its connection, and the next one is answered on it", async () => {
  const shop = await httpShop(full);
  const one = await rawConnection(shop);
  one.send(post(`Content-Length: ${MIB}`) + "x".repeat(1_000));
  const [answer] = await one.answers(1);
  expect(answer).toMatchObject(overloaded);
  expect(answer?.head).not.toMatch(/connection: close/i);
  one.send(Buffer.alloc(MIB - 1_000, "x"));
  one.send(live);
  expect((await one.answers(2))[1]).toMatchObject({ status: 200 });
});

test("a body that was read and refused costs its caller no connection either", async () => {
  const shop = await httpShop();
  const key = `Authorization: Bearer ${shop.adminKey}`;
  const head = post(`Content-Length: 1`).replace("Authorization: Bearer x", key);
  const [refused, next] = await rawAnswers(shop, `${head}{${live}`, 2);
  expect(refused).toMatchObject({ status: 400, body: { code: "http.body_not_json" } });
  expect(refused?.head).not.toMatch(/connection: close/i);
  expect(next).toMatchObject({ status: 200 });
});

test("a long body's refusal is not lost to a caller who sends all of it first", async () => {
  const shop = await httpShop(full);
  const body = Buffer.alloc(8 * MIB, "x");
  for (const parts of [
    [post(`Content-Length: ${body.length}`), body],
    [post("Transfer-Encoding: chunked"), `${body.length.toString(16)}\r\n`, body],
    ["NONSENSE\r\n\r\n", body],
  ]) {
    const told = await sendThenRead(shop, parts);
    expect(told.split("\r\n")[0]).toMatch(/^HTTP\/1\.1 (503|400) /);
    expect(told).toMatch(/connection: close/i);
    expect(told).toMatch(/http\.(overloaded|request_malformed)/);
  }
});

test("what comes behind the last answer of a connection is not carried out", async () => {
  const shop = await httpShop();
  const one = await rawConnection(shop);
  one.send(post("Transfer-Encoding: chunked"));
  const [answer] = await one.answers(1);
  expect(answer).toMatchObject({ status: 401 });
  const key = `Authorization: Bearer ${shop.adminKey}`;
  one.send(`0\r\n\r\nPUT /v1/books/late HTTP/1.1\r\nHost: x\r\n${key}\r\n\r\n`);
  expect((await one.over).match(/HTTP\/1\.1/g)).toHaveLength(1);
  await pause(200);
  expect((await shop.ask("GET /v1/books/late")).status).toBe(404);
});

test("who never sends the rest is let go when his time is up, without a second answer", async () => {
  const shop = await httpShop({ limits: { inFlightMax: 0, receiveTimeoutMs: 500 } });
  const one = await rawConnection(shop);
  one.send(post("Content-Length: 1000"));
  expect((await one.over).match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(await one.answers(1)).toMatchObject([overloaded]);
});

test("nobody is lingered for longer than two seconds, however he drips", async () => {
  const shop = await httpShop(full);
  const socket = connect({
    host: "127.0.0.1",
    port: Number(new URL(shop.url).port),
    allowHalfOpen: true,
  });
  socket.on("error", () => undefined).resume();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const began = performance.now();
  socket.write(post("Transfer-Encoding: chunked"));
  // For as long as it is let.
  const dripping = setInterval(() => socket.write("1\r\nx\r\n"), 50);
  await closed;
  clearInterval(dripping);
  expect(performance.now() - began).toBeGreaterThan(1_000);
  expect(performance.now() - began).toBeLessThan(60_000);
});

test("a server that closes answers whoever is still sending, and does not wait for the rest", async () => {
  const shop = await httpShop();
  const one = await rawConnection(shop);
  one.send(post("Content-Length: 1000", "/v1/nothing"));
  expect(await one.answers(1)).toMatchObject([{ status: 404 }]);
  const began = performance.now();
  const closing = shop.server.close();
  one.send("x".repeat(1_000));
  await closing;
  expect(performance.now() - began).toBeLessThan(9_000);
});
