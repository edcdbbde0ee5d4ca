import { connect, LongmenProblem } from "longmen/client";
import { expect, test } from "vitest";
import { clientShop, earned, sale } from "./client-shop.ts";

test("a statement comes as CSV in a stream, the same that the route answers", async () => {
  const { longmen, shop } = await clientShop();
  const book = longmen.book("retail");
  await book.batch(Array.from({ length: 2_500 }, (_, place) => sale(`s${place}`, 1n)));
  const stream = await book.statementCsv({ path: "shop/sales", asset: "CNY/2" });
  const text = await new Response(stream).text();
  const route = "/v1/books/retail/statement?path=shop/sales&asset=CNY/2&format=csv";
  expect(text).toBe((await shop.ask(`GET ${route}`)).text);
  expect(text.split("\n").filter((line) => /,s\d+,/.test(line))).toHaveLength(2_500);

  const nobody = book.statementCsv({ path: "shop/nobody", asset: "CNY/2" });
  await expect(nobody).rejects.toBeInstanceOf(LongmenProblem);
  await expect(nobody).rejects.toMatchObject({ code: "ledger.account_not_found" });
  const signal = AbortSignal.abort(new Error("enough"));
  const asked = book.statementCsv({ path: "shop/sales", asset: "CNY/2" }, { signal });
  await expect(asked).rejects.toThrow("enough");
});

test("a stream that its reader leaves half-way is ended, and the server serves on", async () => {
  const { longmen } = await clientShop();
  const book = longmen.book("retail");
  await book.batch(Array.from({ length: 8_000 }, (_, place) => sale(`s${place}`, 1n)));
  const leaving = new AbortController();
  const { signal } = leaving;
  const stream = await book.statementCsv({ path: "shop/sales", asset: "CNY/2" }, { signal });
  const reader = stream.getReader();
  expect((await reader.read()).done).toBe(false);
  leaving.abort(new Error("left"));
  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  await expect(rest).rejects.toThrow("left");
  expect((await book.head()).name).toBe("retail");
});

test("a till with a key of its own holds, sells and gives back under its prefix, and nowhere else", async () => {
  const { longmen, shop, line } = await clientShop();
  const admin = longmen.book("retail");
  const asset = "SKU:LAMP/0";
  await admin.open({ path: "till/3/basket", asset, side: "debit" });
  await admin.open({ path: "till/3/shelf", asset, side: "debit" });
  const stock = { id: "to-till", asset, debit: "till/3/shelf", credit: "shop/stock", amount: 5n };
  await admin.submit(stock);
  const scopes = ["read@retail:till/3", "write@retail:till/3"];
  const { token } = await longmen.keys.create({ owner: "till-3", ownerKind: "service", scopes });
  const till = connect({ url: line.url, key: token }).book("retail");
  const hold = (id: string, more: object = {}) => {
    const moved = { asset, debit: "till/3/basket", credit: "till/3/shelf", amount: 2n };
    return { kind: "pending", id: `till/3/${id}`, ...moved, timeoutMs: 60_000, ...more } as const;
  };
  const accounts = { debit: "till/3/basket", credit: "till/3/shelf" };

  expect(await till.submit(hold("h1"))).toMatchObject({ status: "created", amount: 2n });
  expect(await till.submit(hold("h2"))).toMatchObject({ status: "created" });
  // Three are held or sold at most of the one that is left.
  expect(await till.submit(hold("h3"))).toMatchObject({ status: "refused" });
  const sold = { kind: "post", id: "till/3/p1", pendingId: "till/3/h1", ...accounts } as const;
  expect(await till.submit(sold)).toMatchObject({ status: "created" });
  expect(await till.submit(sold)).toMatchObject({ status: "exists" });
  const back = { kind: "void", id: "till/3/v2", pendingId: "till/3/h2", ...accounts } as const;
  expect(await till.submit(back)).toMatchObject({ status: "created" });
  expect(await till.account("till/3/basket", asset)).toMatchObject({ available: 2n });

  // Without the accounts nobody can say whether it is its own; those of others are not.
  const unnamed = { kind: "post", id: "till/3/p2", pendingId: "till/3/h1" } as const;
  await expect(till.submit(unnamed)).rejects.toMatchObject({ code: "http.hold_accounts_unnamed" });
  const strange = till.submit(hold("h4", { credit: "shop/stock" }));
  await expect(strange).rejects.toMatchObject({ code: "access.not_permitted" });
  const elsewhere = till.submit({ ...hold("h5"), id: "order-7" });
  await expect(elsewhere).rejects.toMatchObject({ code: "access.not_permitted" });
  expect((await shop.ask("GET /v1/books/retail/trial-balance")).body["balanced"]).toBe(true);
});

test("P2: a key is made once under a name, also where its first answer was lost", async () => {
  const shop = await clientShop({ deadlineMs: 5_000 });
  const { keys } = shop.longmen;
  const till = { owner: "till-9", ownerKind: "service", scopes: ["read@retail"] } as const;
  const cut = shop.line.cutAfter("till-9", { lingerMs: 2_000 });
  const made = await keys.createOnce(till, "make-till-9");
  await cut;
  expect(shop.sent.filter((line) => line === "POST /v1/keys")).toHaveLength(2);
  const again = await keys.createOnce(till, "make-till-9");
  expect(again).toEqual({ key: made.key, token: undefined });
  const { token } = await keys.rotateOnce(made.key.keyId, "turn-till-9");
  const url = shop.line.url;
  expect(
    (
      await connect({ url, key: token ?? "" })
        .book("retail")
        .head()
    ).name,
  ).toBe("retail");
  const mine: unknown[] = [];
  for await (const key of keys.list()) if (key.owner === "till-9") mine.push(key);
  expect(mine).toHaveLength(1);
  expect(await earned(shop)).toBe(0n);
});
