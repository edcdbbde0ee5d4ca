import { connect } from "longmen/client";
import { expect, test } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { BOOK, place, sellingShop, type SellingShop } from "./selling.ts";

/** In the place of the house's own: it tells what it heard. */
const provision = flow("order.provision", {}, (f, match: string) =>
  f.event("order.provisioned", { match }),
);

async function waiting(shop: SellingShop): Promise<string> {
  await place(shop, "o-1", { TEA: 1 });
  const run = await shop.flows?.start(provision, `${BOOK}/o-1/0`);
  return run?.id ?? expect.fail("the shop serves flows");
}

test("what the house starts by itself no scope on runs starts, tells or ends", async () => {
  const shop = await sellingShop({ flows: [provision], schedules: [] });
  const run = await waiting(shop);
  const general = await shop.keyOf("runs.read@*", "runs.write@*", "runs.operate@*");
  const named = await shop.keyOf("runs.read@order.*", "runs.write@order.*", "runs.operate@order.*");
  const payload = { status: "refused" };
  const asked: readonly (readonly [request: string, body: object])[] = [
    ["POST /v1/runs", { flow: "order.provision", input: "market/o-1/0" }],
    ["POST /v1/events", { event: "order.provisioned", match: "market/o-1/0", payload }],
    [`POST /v1/runs/${run}/signals`, { event: "order.provisioned", payload }],
    ...["cancel", "pause", "resume", "retry", "fork"].map(
      (verb) => [`POST /v1/runs/${run}/${verb}`, {}] as const,
    ),
    ["POST /v1/bulk", { verb: "cancel", where: { flow: "order.provision" } }],
    ["POST /v1/bulk", { verb: "cancel", where: {} }],
    ["PUT /v1/schedules/mine", { everyMs: 60_000, flow: "order.provision", input: "x" }],
  ];
  for (const key of [general, named]) {
    for (const [request, body] of asked) {
      const { status, body: told, text } = await shop.ask(request, body, { key });
      expect([request, status, told["code"]], text).toEqual([request, 403, "access.not_permitted"]);
      expect(told["detail"]).toContain("admin@*");
    }
    expect((await shop.ask(`GET /v1/runs/${run}`, undefined, { key })).status).toBe(200);
  }
  expect(await shop.flows?.get(run)).toMatchObject({
    status: expect.stringMatching(/ready|running|waiting/) as string,
  });
});

test("a provider's key, made by the tenant's administrator, says it of its own book's lines", async () => {
  const shop = await sellingShop({ flows: [provision] });
  const run = await waiting(shop);
  const tenant = await shop.keyOf("keys@*", `admin@${BOOK}`);
  const made = await shop.ask(
    "POST /v1/keys",
    { owner: "cloud", ownerKind: "service", scopes: [`shop.provide@${BOOK}`] },
    { key: tenant },
  );
  expect(made.status, made.text).toBe(201);
  const key = String(made.body["token"]);
  const said = (path: string, body: object = { status: "done" }) =>
    shop.ask(`POST /v1/books/${path}/provisioned`, body, { key });
  const at = `${BOOK}/orders/o-1/lines`;
  for (const [path, body, code] of [
    ["elsewhere/orders/o-1/lines/0", {}, "ledger.book_missing"],
    [`${BOOK}/orders/o-9/lines/0`, { status: "done" }, "order.missing"],
    [`${at}/1`, { status: "done" }, "order.line_missing"],
    [`${at}/-1`, { status: "done" }, "http.path_malformed"],
    [`${at}/0`, { status: "later" }, "http.body_malformed"],
    [`${at}/0`, { status: "done", reference: "x".repeat(501) }, "http.body_malformed"],
  ] as const) {
    const { body: told } = await said(path, body);
    expect([path, told["code"]]).toEqual([path, code]);
  }
  // Nothing else of the shop is its.
  const act = `POST /v1/books/${BOOK}/orders/o-1`;
  expect((await shop.ask(`${act}/fulfilments`, { fulfilmentId: "f" }, { key })).status).toBe(403);
  expect((await shop.ask(`GET /v1/books/${BOOK}/orders/o-1`, undefined, { key })).status).toBe(403);
  const { shop: of } = connect({ url: shop.url, key }).book(BOOK);
  await of.orders.provisioned("o-1", 0, { status: "done", reference: "vm-1" });
  const heard = await shop.flows?.run(run).result({ timeoutMs: 60_000 });
  expect(heard).toEqual({ status: "done", reference: "vm-1" });
  expect((await said(`${at}/0`)).body).toMatchObject({ status: "recorded" });
});
