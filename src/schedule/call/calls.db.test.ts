/** Schedules that call a server: signed, tried again, and no further than they may. */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { httpCall, httpCalls, type Schedules } from "../index.ts";
import { rowsOf, scheduleDatabase, schedulesOn } from "../testing/nodes.ts";
import { isLong } from "../../postgres/testing.ts";

const KEY = Buffer.alloc(32, 5);
const SECRET = `whsec_${KEY.toString("base64")}`;
const patience = { timeout: 20_000, interval: 50 };

interface Heard {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that answers in turn as it is told; its last answer stays. */
async function callee(...answers: ((response: ServerResponse) => void)[]) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const answer = answers[Math.min(heard.length, answers.length - 1)];
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      answer?.(response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { heard, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/hook` };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end("said");
  };

async function opened(allowHosts: readonly string[]) {
  const shop = await scheduleDatabase();
  const secrets = (name: string) => (name === "billing" ? SECRET : undefined);
  const schedules = await schedulesOn(shop.database, [httpCalls({ secrets, allowHosts })]);
  const ends = () => rowsOf(shop, `select outcome, result from {schema}.flow_end`);
  return { shop, schedules, ends };
}

const fire = (schedules: Schedules, url: string, secret = "billing", attempts = 4) =>
  schedules.create("bill", {
    at: Date.now(),
    to: httpCall({ url, secret, attempts, headers: { "x-team": "till" } }),
    input: { month: "2026-11" },
  });

test("a call is signed, and again the same one when it is tried again", async () => {
  const { heard, host, url } = await callee(status(503), status(200));
  const { schedules, ends } = await opened([host]);
  await fire(schedules, url);
  await expect.poll(ends, patience).toMatchObject([{ outcome: 1 }]);
  expect(heard).toHaveLength(2);
  const [first, second] = heard;
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.headers["webhook-id"]).toMatch(/^fire_[\w-]{24}$/);
  for (const { headers, body } of heard) {
    const signed = [headers["webhook-id"], headers["webhook-timestamp"], body].map(String);
    const text = signed.join(".");
    const signature = createHmac("sha256", KEY).update(text).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
    expect(headers).toMatchObject({ "x-team": "till", "content-type": "application/json" });
  }
  expect(JSON.parse(first?.body ?? "")).toMatchObject({
    ...{ schedule: "bill", shard: 0, shards: 1, byHand: false },
    body: { month: "2026-11" },
  });
});

test.runIf(isLong)(
  "a callee that asks for an hour is left alone for it, and not much longer where it asks for more",
  async () => {
    for (const [after, hours] of [
      ["3600", 1],
      ["999999", 1],
    ] as const) {
      const { heard, host, url } = await callee(status(429, { "retry-after": after }));
      const { schedules, shop } = await opened([host]);
      await fire(schedules, url);
      const waits = () =>
        rowsOf(
          shop,
          `select wake_at > clock_timestamp() + interval '${hours * 50} minutes' as least,
          wake_at <= clock_timestamp() + interval '${hours} hours' as most from {schema}.flow_live where state = 3`,
        );
      await expect.poll(waits, patience).toEqual([{ least: true, most: true }]);
      expect(heard).toHaveLength(1);
    }
  },
);

test("a redirect is not followed, and a callee that says no is not asked again", async () => {
  const inside = await callee(status(200));
  const { heard, host, url } = await callee(status(307, { location: inside.url }));
  const { schedules, ends } = await opened([host]);
  await fire(schedules, url);
  await expect.poll(ends, patience).toMatchObject([{ outcome: 2 }]);
  expect(heard).toHaveLength(1);
  expect(inside.heard).toEqual([]);
  expect((await ends())[0]?.["result"]).toContain("schedule.call_refused");
});

test("what is not public is not called, though its name is", async () => {
  const { heard, url } = await callee(status(200));
  const { schedules, ends } = await opened([]);
  await fire(schedules, url);
  await expect.poll(ends, patience).toMatchObject([{ outcome: 2 }]);
  expect((await ends())[0]?.["result"]).toContain("schedule.call_not_allowed");
  expect(heard).toEqual([]);
});

test("the secret itself is in no table, and in no view", async () => {
  const { host, url, heard } = await callee(status(200));
  const { shop, schedules, ends } = await opened([host]);
  await fire(schedules, url);
  await expect.poll(ends, patience).toMatchObject([{ outcome: 1 }]);
  expect(heard).toHaveLength(1);
  const texts = await Promise.all(
    ["schedule", "schedule_fire", "flow_run", "flow_step", "flow_end", "flow_trouble"].map(
      async (table) => JSON.stringify(await rowsOf(shop, `select * from {schema}.${table}`)),
    ),
  );
  texts.push(JSON.stringify(await schedules.get("bill")));
  for (const text of texts) expect(text).not.toContain(KEY.toString("base64").slice(0, 20));
});

test("without its secret a call is tried again, and says which it lacks", async () => {
  const { host, url, heard } = await callee(status(200));
  const { shop, schedules } = await opened([host]);
  await fire(schedules, url, "unknown");
  const troubles = () => rowsOf(shop, `select error from {schema}.flow_trouble`);
  const found = async () => JSON.stringify(await troubles());
  await expect.poll(found, patience).toContain("schedule.secret_missing");
  expect(heard).toEqual([]);
});
