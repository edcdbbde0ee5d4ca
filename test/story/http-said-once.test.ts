/** Events under an Idempotency-Key: however often they are sent, they are said once. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { flow } from "../../src/flow/index.ts";
import { httpShop } from "./http-shop.ts";

/** Hears two words: were one said twice, it would hear it twice. */
const listens = flow("shop.listens", {}, async (f, order: string) => [
  await f.event("said", { match: order }),
  await f.event("said", { match: order }),
]);
const asks = flow("shop.asks", {}, async (f) => [await f.event("yes"), await f.event("yes")]);

const once = (name: string) => ({ headers: { "idempotency-key": name } });

test("P2: an event that is sent twice under one name is heard once", async () => {
  const shop = await httpShop({ flows: [listens, asks] });
  const { runs } = connect({ url: shop.url, key: shop.adminKey });
  const { id } = await runs.start("shop.listens", "4711");
  const event = { event: "said", match: "4711", payload: "first" };
  const first = await shop.ask("POST /v1/events", event, once("say-1"));
  expect(first).toMatchObject({ status: 200, body: { status: "recorded" } });
  const again = await shop.ask("POST /v1/events", event, once("say-1"));
  expect(again).toMatchObject({ status: 200, body: { status: "recorded", replayed: true } });
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  await runs.publish("said", "4711", "second", { once: "say-2" });
  expect(await runs.result(id)).toEqual(["first", "second"]);
});

test("P2: eight at once under one name say one event; a signal as an event", async () => {
  const shop = await httpShop({ flows: [listens, asks] });
  const { runs } = connect({ url: shop.url, key: shop.adminKey });
  const { id } = await runs.start("shop.asks");
  const asked = Array.from({ length: 8 }, () =>
    shop.ask(`POST /v1/runs/${id}/signals`, { event: "yes", payload: 1 }, once("yes-1")),
  );
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(answers.filter(({ body }) => body["replayed"] !== true)).toHaveLength(1);
  await runs.signal(id, "yes", 2);
  expect(await runs.result(id)).toEqual([1, 2]);
});

test("one name stands for one event of one caller, and says so of another", async () => {
  const shop = await httpShop({ flows: [listens, asks] });
  const event = { event: "said", match: "4711", payload: "first" };
  await shop.ask("POST /v1/events", event, once("say-1"));
  for (const other of [{ payload: "other" }, { match: "4712" }, { event: "told" }]) {
    const told = await shop.ask("POST /v1/events", { ...event, ...other }, once("say-1"));
    expect(told).toMatchObject({ status: 409, body: { code: "access.once_reused" } });
  }
  expect(await shop.ask("POST /v1/events", event, once("a b"))).toMatchObject({
    status: 400,
    body: { code: "access.once_malformed" },
  });
  const scopes = ["runs.write@*"];
  const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
  const key = String(made.body["token"]);
  const hers = await shop.ask("POST /v1/events", event, { ...once("say-1"), key });
  expect(hers.body).toEqual({ status: "recorded" });
});
