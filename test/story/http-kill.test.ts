import { expect, test } from "vitest";
import { type HttpShop, httpShop, openRetail } from "./http-shop.ts";
import { startNode } from "./start-node.ts";

type Sent = Awaited<ReturnType<typeof send>>;

/** Undefined: no answer came, so its sender does not know. */
async function send(shop: HttpShop, url: string, path: string, body: unknown) {
  const headers = {
    authorization: `Bearer ${shop.adminKey}`,
    "content-type": "application/json",
  };
  const sent = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${url}/v1/books/retail/${path}`, sent).catch(() => undefined);
  if (response === undefined) return undefined;
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const sale = (id: string) => {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "7" };
};

const cash = "GET /v1/books/retail/account?path=shop/cash&asset=CNY/2";

const deaths = ["lane.committed", "lane.after_send", "lane.before_send"];

test.each(deaths)(
  "P1, P2 a server killed at %s loses nothing, and the same ids sent again are done once",
  async (point) => {
    const shop = await httpShop();
    await openRetail(shop);
    const doomed = await startNode(shop, `${point}=kill@2`);
    // Its first flush is answered: acknowledged, so never lost. Its second one kills it.
    const first = await send(shop, doomed.url, "transfers", sale("first"));
    expect(first).toMatchObject({ status: 201, body: { status: "created" } });
    const ids = Array.from({ length: 20 }, (_, index) => `under-way-${index}`);
    const chain = { chain: "order", requests: [sale("order-1"), sale("order-2")] };
    const lost = await Promise.all([
      ...ids.map((id) => send(shop, doomed.url, "transfers", sale(id))),
      send(shop, doomed.url, "chains", chain),
    ]);
    expect(await doomed.ended).toBe("SIGKILL");
    expect(lost.some((answer: Sent) => answer === undefined)).toBe(true);
    const looked = await Promise.all(
      [...ids, "order-1"].map((id) => shop.ask(`GET /v1/books/retail/transfers/${id}`)),
    );
    const found = looked.map(({ status }) => status === 200);
    // Elsewhere what was sent may be committed yet, or go out before the signal comes.
    if (point === "lane.committed") expect(found).toContain(true);

    const next = await startNode(shop);
    const again = await Promise.all([
      ...ids.map((id) => send(shop, next.url, "transfers", sale(id))),
      send(shop, next.url, "chains", chain),
      send(shop, next.url, "transfers", sale("first")),
    ]);
    const carried = again.map((answer) => answer?.body["status"]);
    expect(carried.every((status) => status === "created" || status === "exists")).toBe(true);
    for (const [place, isThere] of found.entries()) {
      if (isThere) expect(carried[place]).toBe("exists");
    }
    expect(again.at(-1)?.body).toMatchObject({ status: "exists", seq: first?.body["seq"] });
    const once = await Promise.all(ids.map((id) => send(shop, next.url, "transfers", sale(id))));
    expect(once.map((answer) => answer?.body["seq"])).toEqual(
      again.slice(0, ids.length).map((answer) => answer?.body["seq"]),
    );
    expect((await shop.ask(cash)).body["available"]).toBe(String(7 * (ids.length + 3)));
    const book = await shop.ledger.book("retail");
    expect(await book.verify()).toMatchObject({ verified: true });
    next.end("SIGTERM");
    expect(await next.ended).toBe(0);
  },
);
