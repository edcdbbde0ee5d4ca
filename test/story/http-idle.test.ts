import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { type HttpShop, httpShop, openRetail } from "./http-shop.ts";
import { rawConnection } from "./raw-http.ts";

const CONNECTIONS = 1_000;
const QUIET_MS = 2_500;
/** Both ends are in this process. Measured: about 6 KiB. */
const BYTES_PER_CONNECTION_MAX = 24 * 1_024;

/** One request, its answer, and then nothing. */
async function quiet(port: number, key: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(port, "127.0.0.1");
  socket.once("error", reject);
  socket.on("data", () => resolve(socket));
  socket.write(`GET /v1/books/retail HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  return promise;
}

/** Timers that keep the process awake; those of sockets do not, and are one list for all. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test("a thousand idle connections ask the database nothing, wait for nothing, and hold little", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const port = Number(new URL(shop.url).port);
  const { keepAliveTimeout, headersTimeout, requestTimeout, timeout } = shop.server.app.server;
  // Proxies keep theirs for 60 s: it must be they who end one, or a request meets a closing door.
  expect(keepAliveTimeout).toBeGreaterThan(60_000);
  expect(timeout).toBeGreaterThan(keepAliveTimeout);
  expect([headersTimeout, requestTimeout]).toEqual([10_000, 10_000]);

  const began = await databaseNow(shop);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  // What the first ones warm up is nobody's cost.
  for (let index = 0; index < 50; index++) sockets.push(await quiet(port, shop.adminKey));
  const before = { timers: timers(), bytes: heapBytes() };
  while (sockets.length < CONNECTIONS + 50) {
    const some = Array.from({ length: 50 }, () => quiet(port, shop.adminKey));
    sockets.push(...(await Promise.all(some)));
  }
  // A pool has some of its own; one per connection would be a thousand.
  expect(timers() - before.timers).toBeLessThan(20);
  expect((heapBytes() - before.bytes) / CONNECTIONS).toBeLessThan(BYTES_PER_CONNECTION_MAX);
  const gauges = await shop.ask("GET /metrics", undefined, { key: undefined });
  expect(gauges.text).toMatch(/^longmen_http_in_flight 1$/m);

  expect(await askedSince(shop, began)).toBeGreaterThan(0);
  // What was asked last has been answered; what that brings about by itself comes in the next moment.
  await pause(500);
  const quietFrom = await databaseNow(shop);
  // Longer than a key is believed: a read on behalf of callers who ask nothing would show.
  await pause(QUIET_MS);
  expect(await askedSince(shop, quietFrom)).toBe(0);
  expect(sockets.filter((socket) => socket.destroyed).length).toBe(0);
});

async function databaseNow({ test }: HttpShop): Promise<string> {
  return test.database.transaction(async (tx) => {
    const { rows } = await tx.query("select clock_timestamp()::text as now");
    return (rows[0] as { now: string }).now;
  });
}

/** How many connections asked something of this shop's tables since then, but for this look. */
async function askedSince({ test }: HttpShop, since: string): Promise<number> {
  return test.database.transaction(async (tx) => {
    const { rows } = await tx.query(
      `select count(*)::int as used from pg_stat_activity where backend_type = 'client backend'
         and pid <> pg_backend_pid() and datname = current_database()
         and strpos(query, '${test.schema}') > 0 and state_change > '${since}'`,
    );
    return (rows[0] as { used: number }).used;
  });
}

test("a connection that was opened in advance is there when it is needed; one that drips is not", async () => {
  const shop = await httpShop({ limits: { receiveTimeoutMs: 400 } });
  const [early, slow] = [await rawConnection(shop), await rawConnection(shop)];
  slow.send("GET /health/live HT");
  expect(await slow.over).toContain("http.request_too_slow");
  // Node looked at both, more than once.
  await pause(1_000);
  early.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(await early.answers(1)).toMatchObject([{ status: 200 }]);
  // Nor has it got rid of the clock: its next request must come in time, too.
  early.send("GET /health/live HT");
  expect(await early.over).toContain("http.request_too_slow");
});

test("a first request that drips in on a connection opened long ago is cut off in time", async () => {
  const shop = await httpShop({ limits: { receiveTimeoutMs: 400 } });
  const early = await rawConnection(shop);
  await pause(1_000);
  // Many times longer than it may take: it doesn't come to its end.
  const drips = "GET /health/live HTTP/1.1\r\nX: " + "y".repeat(2_000);
  let sent = 0;
  for (; sent < drips.length && !early.socket.destroyed; sent++) {
    early.send(drips.charAt(sent));
    await pause(50);
  }
  expect(sent).toBeLessThan(drips.length);
  expect(await early.over).toContain("http.request_too_slow");
});
