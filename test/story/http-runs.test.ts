/** Runs and leases over HTTP: what they promise while nothing breaks, and to whom. */
import { expect, onTestFinished, test } from "vitest";
import { flow, type Flows, openFlows } from "../../src/flow/index.ts";
import { openDatabase } from "../../src/postgres/index.ts";
import { type HttpShop, httpShop } from "./http-shop.ts";

interface Order {
  readonly order: string;
  readonly amount: bigint;
}

const placed = flow("parcel.placed", { version: 2 }, async (f, { order, amount }: Order) => {
  const paid = await f.event("parcel.paid", { match: order });
  const by = await f.event("approved");
  return { paid, by, amount, at: new Date(5) };
});
let isBroken = true;
const fragile = flow("stock.counted", {}, async (f) => {
  await f.step("look", () => "seen");
  return f.step(
    "count",
    () => {
      if (isBroken) throw new Error("the shelf fell");
      return 3;
    },
    { retry: { attempts: 2, baseMs: 1 } },
  );
});
const picky = flow(
  "picky",
  {
    input: (value) => {
      if (typeof value !== "string") throw new Error("a text is wanted");
      return value;
    },
  },
  (_f, text) => Promise.resolve(text),
);

const shopOf = () => httpShop({ flows: [placed, fragile, picky] });
const big = (text: string) => ({ $: "bigint", v: text });
const asId = (body: Record<string, unknown>) => String(body["id"]);

async function keyFor(shop: HttpShop, ...scopes: string[]): Promise<string> {
  const made = await shop.ask("POST /v1/keys", { owner: "ann", ownerKind: "person", scopes });
  expect(made.status, made.text).toBe(201);
  return String(made.body["token"]);
}

async function nodeWith(shop: HttpShop): Promise<Flows> {
  if (shop.flows === undefined) throw new Error("opened without flows");
  return Promise.resolve(shop.flows);
}

test("a run is started once by its key, told events, and its end is waited for", async () => {
  const shop = await shopOf();
  const asked = { flow: "parcel.placed", key: "4711", input: { order: "4711", amount: big("12") } };
  const started = await shop.ask("POST /v1/runs", asked);
  expect(started).toMatchObject({ status: 201, body: { created: true } });
  const id = asId(started.body);
  expect(await shop.ask("POST /v1/runs", asked)).toMatchObject({
    status: 200,
    body: { id, created: false },
  });
  const other = { ...asked, input: { order: "4711", amount: big("13") } };
  expect(await shop.ask("POST /v1/runs", other)).toMatchObject({
    status: 409,
    body: { code: "flow.key_reused" },
  });

  const waiting = shop.ask(`GET /v1/runs/${id}/result?waitMs=30000`);
  const event = { event: "parcel.paid", match: "4711", payload: { amount: big("12") } };
  expect((await shop.ask("POST /v1/events", event)).status).toBe(200);
  const signal = { event: "approved", payload: "ann" };
  expect((await shop.ask(`POST /v1/runs/${id}/signals`, signal)).status).toBe(200);
  expect((await waiting).body).toEqual({
    id,
    status: "done",
    result: {
      ...{ paid: { amount: big("12") }, by: "ann", amount: big("12") },
      at: { $: "date", v: "1970-01-01T00:00:00.005Z" },
    },
  });

  const run = await shop.ask(`GET /v1/runs/${id}`);
  expect(run.body).toMatchObject({
    ...{ flow: "parcel.placed", version: 2, key: "4711", input: asked.input },
    by: expect.stringMatching(/^\w+\/\w+/) as string,
  });
  const steps = await shop.ask(`GET /v1/runs/${id}/steps`);
  expect(steps.body["items"]).toMatchObject([
    { step: "parcel.paid~wait", outcome: "begun" },
    { step: "parcel.paid", kind: "event", outcome: "done", result: { amount: big("12") } },
    { step: "approved~wait" },
    { step: "approved", outcome: "done", result: "ann" },
  ]);
  expect(await shop.ask(`POST /v1/runs/${id}/cancel`)).toMatchObject({
    status: 409,
    body: { code: "flow.run_ended" },
  });
});

test("a poll that ends before the run says where it stands, and leaves nobody waiting", async () => {
  const shop = await shopOf();
  const input = { order: "1", amount: big("1") };
  const { body } = await shop.ask("POST /v1/runs", { flow: "parcel.placed", input });
  const soon = await shop.ask(`GET /v1/runs/${asId(body)}/result?waitMs=20`);
  expect(soon.body).toEqual({ id: body["id"], status: "running" });
  const late = await shop.ask(`GET /v1/runs/${asId(body)}/result?waitMs=20`, undefined, {
    headers: { "request-timeout-ms": "20000" },
  });
  expect(late.status).toBe(200);
  expect((await shop.ask(`GET /v1/runs/${asId(body)}/result?waitMs=30001`)).status).toBe(400);
});

test("a run that failed says why, and is done again from where it failed", async () => {
  const shop = await shopOf();
  isBroken = true;
  const { body } = await shop.ask("POST /v1/runs", { flow: "stock.counted" });
  const id = asId(body);
  const failed = await shop.ask(`GET /v1/runs/${id}/result?waitMs=20000`);
  expect(failed.body).toMatchObject({ status: "failed", error: { message: "the shelf fell" } });
  const troubles = await shop.ask(`GET /v1/runs/${id}/troubles`);
  expect(troubles.body["items"]).toMatchObject([{ step: "count", kind: "attempt", attempt: 1 }]);
  const preview = await shop.ask(`POST /v1/runs/${id}/retry`, { preview: true });
  expect(preview.body).toEqual({ again: ["count"], reused: ["look"] });
  isBroken = false;
  expect((await shop.ask(`POST /v1/runs/${id}/retry`)).status).toBe(200);
  const mended = await shop.ask(`GET /v1/runs/${id}/result?waitMs=20000`);
  expect(mended.body).toEqual({ id, status: "done", result: 3 });
  expect(await shop.ask(`POST /v1/runs/${id}/retry`, { from: "nowhere" })).toMatchObject({
    status: 409,
    body: { code: "flow.run_not_stopped" },
  });
});

test("an operator pauses, resumes and cancels; the list finds runs by flow and state", async () => {
  const shop = await shopOf();
  const ids: string[] = [];
  for (const order of ["1", "2", "3"]) {
    const input = { order, amount: big("1") };
    ids.push(asId((await shop.ask("POST /v1/runs", { flow: "parcel.placed", input })).body));
  }
  const [first = "", second = ""] = ids;
  expect((await shop.ask(`POST /v1/runs/${first}/pause`)).status).toBe(200);
  const paused = () => shop.ask("GET /v1/runs?status=paused&flow=parcel.placed");
  await expect
    .poll(async () => (await paused()).body["items"], { timeout: 60_000 })
    .toMatchObject([{ id: first }]);
  expect((await shop.ask(`POST /v1/runs/${first}/resume`)).status).toBe(200);
  expect((await shop.ask(`POST /v1/runs/${second}/cancel`)).status).toBe(200);
  const end = await shop.ask(`GET /v1/runs/${second}/result?waitMs=20000`);
  expect(end.body).toMatchObject({ status: "cancelled" });

  const page = await shop.ask("GET /v1/runs?limit=2");
  expect(page.body).toMatchObject({ items: [{ id: ids[2] }, { id: second }], cursor: second });
  const next = await shop.ask(`GET /v1/runs?limit=2&cursor=${second}`);
  expect(next.body["items"]).toMatchObject([{ id: first }]);
  expect(next.body["cursor"]).toBeUndefined();
  expect((await shop.ask("GET /v1/runs?status=elsewhere")).status).toBe(400);
});

test("bad input is refused by name, and nothing is started", async () => {
  const shop = await shopOf();
  const start = async (body: unknown) => {
    const answer = await shop.ask("POST /v1/runs", body);
    return [answer.status, answer.body["code"]];
  };
  expect(await start({ flow: "nobody" })).toEqual([400, "flow.unknown_flow"]);
  expect(await start({ flow: "longmen.bulk" })).toEqual([400, "flow.unknown_flow"]);
  expect(await start({ flow: "parcel.placed", version: 9 })).toEqual([400, "flow.unknown_flow"]);
  expect(await start({ flow: "picky", input: 4 })).toEqual([400, "flow.input_refused"]);
  expect(await start({ flow: "picky", input: big("x") })).toEqual([400, "flow.payload_unfit"]);
  const large = "x".repeat(1_048_577);
  expect(await start({ flow: "picky", input: large })).toEqual([400, "flow.payload_too_large"]);
  expect(await start({ flow: "picky", input: "a", at: "tomorrow" })).toEqual([
    400,
    "http.body_malformed",
  ]);
  expect(await start({ flow: "picky", key: "\u0000" })).toEqual([400, "http.body_malformed"]);
  expect(await shop.ask("GET /v1/runs/nonsense")).toMatchObject({
    status: 400,
    body: { code: "flow.run_id_malformed" },
  });
  expect(await shop.ask("GET /v1/runs/r0000000000001")).toMatchObject({ status: 404 });
  expect(await shop.ask("GET /v1/runs?limit=5000")).toMatchObject({ status: 400 });
  expect((await shop.ask("GET /v1/runs")).body["items"]).toEqual([]);
});

test("who may of one flow learns of no other", async () => {
  const shop = await shopOf();
  const input = { order: "1", amount: big("1") };
  const order = asId((await shop.ask("POST /v1/runs", { flow: "parcel.placed", input })).body);
  const text = asId((await shop.ask("POST /v1/runs", { flow: "picky", input: "a" })).body);
  const key = await keyFor(shop, "runs.read@parcel.*", "runs.write@parcel.*");
  const ask = (request: string, body?: unknown) => shop.ask(request, body, { key });
  expect((await ask(`GET /v1/runs/${order}`)).status).toBe(200);
  const strange = await ask(`GET /v1/runs/${text}`);
  const missing = await ask("GET /v1/runs/r0000000000001");
  expect([strange.status, strange.body["code"]]).toEqual([404, missing.body["code"]]);
  expect((await ask("GET /v1/runs")).body["items"]).toMatchObject([{ id: order }]);
  expect((await ask("GET /v1/flows")).body["items"]).toEqual([
    { flow: "parcel.placed", version: 2, served: true },
  ]);
  for (const [request, body] of [
    ["POST /v1/runs", { flow: "picky", input: "a" }],
    ["POST /v1/events", { event: "paid", match: "1" }],
    [`POST /v1/runs/${order}/cancel`, {}],
    ["GET /v1/leases", undefined],
    ["POST /v1/leases/break", { key: "a" }],
  ] as const) {
    const { status, body: told } = await ask(request, body);
    expect([request, status, told["code"]]).toEqual([request, 403, "access.not_permitted"]);
  }
  expect((await ask(`POST /v1/runs/${text}/signals`, { event: "e" })).status).toBe(404);
  expect((await ask("POST /v1/events", { event: "parcel.paid", match: "1" })).status).toBe(200);
  const ofBooks = await keyFor(shop, "admin@retail", "read@*");
  expect((await shop.ask("GET /v1/runs", undefined, { key: ofBooks })).status).toBe(403);
  const books = await shop.ask("GET /v1/books", undefined, { key });
  expect(books.body["items"]).toEqual([]);
});

test("a flow that only another node serves is started, and goes on there", async () => {
  const shop = await httpShop({ flows: [] });
  const started = () => shop.ask("POST /v1/runs", { flow: "picky", input: "far", key: "k" });
  expect((await started()).status).toBe(400);
  const { url, schema } = shop.test;
  const database = await openDatabase({ url, schema, poolMax: 4 });
  const far = await openFlows({ database, node: "far", flows: [picky] });
  onTestFinished(async () => {
    await far.close({ drainMs: 500 });
    await database.close();
  });
  const run = await started();
  expect(run.status).toBe(201);
  expect(await started()).toMatchObject({ status: 200, body: { id: run.body["id"] } });
  const end = await shop.ask(`GET /v1/runs/${asId(run.body)}/result?waitMs=30000`);
  expect(end.body).toMatchObject({ status: "done", result: "far" });
  expect((await shop.ask("GET /v1/flows")).body["items"]).toEqual([
    { flow: "picky", version: 1, served: false },
  ]);
  // It is counted where it was done when that has heard of its own commit.
  await expect.poll(() => far.stats()).toMatchObject({ done: 1, started: 0 });
  expect((await nodeWith(shop)).stats()).toMatchObject({ started: 1, done: 0 });
});

test("leases are listed and broken by who may everything", async () => {
  const shop = await shopOf();
  await using held = await shop.leases?.take("invoice/42", { ttlMs: 20_000, note: "printing" });
  const { body } = await shop.ask("GET /v1/leases?prefix=invoice/");
  expect(body["items"]).toMatchObject([{ key: "invoice/42", holder: "node-1", note: "printing" }]);
  const [{ token = "" } = {}] = body["items"] as { token?: string }[];
  const broken = { key: "invoice/42", token, reason: "stuck" };
  expect(await shop.ask("POST /v1/leases/break", broken)).toMatchObject({ status: 200 });
  expect(await shop.ask("POST /v1/leases/break", broken)).toMatchObject({
    status: 404,
    body: { code: "flow.lease_not_held" },
  });
  expect((await shop.ask("GET /v1/leases")).body["items"]).toEqual([]);
  expect(await shop.leases?.breaks("invoice/42")).toMatchObject([{ reason: "stuck" }]);
  expect(held?.token).toBe(BigInt(token));
});

test("a server without flows says so", async () => {
  const shop = await httpShop();
  for (const request of ["GET /v1/runs", "GET /v1/leases", "GET /v1/flows"]) {
    expect(await shop.ask(request)).toMatchObject({ status: 404, body: { code: "http.no_flows" } });
  }
});
