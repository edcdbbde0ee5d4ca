import { expect, test } from "vitest";
import { type HttpShop, httpShop } from "./http-shop.ts";

const BOOKS = 6;

async function books(shop: HttpShop): Promise<string[]> {
  const names = Array.from({ length: BOOKS }, (_, index) => `book-${index}`);
  for (const name of names) await shop.ask(`PUT /v1/books/${name}`);
  return names;
}

const start = (shop: HttpShop, book: string, body: unknown = {}) =>
  shop.ask(`POST /v1/books/${book}/verifications`, body);

const head = (digit: number) => ({ expectHead: String(digit).padStart(64, "0") });

test("verifications are few at once, one of a book; who comes too many is told when to come back", async () => {
  const shop = await httpShop();
  const names = await books(shop);
  const { database, schema } = shop.test;
  const [locked, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = database.transaction(async (tx) => {
    await tx.query(`lock table ${schema}.ledger_batch in access exclusive mode`);
    locked.resolve();
    await free.promise;
  });
  await locked.promise;
  const first = await start(shop, "book-0");
  expect(first).toMatchObject({ status: 202, body: { state: "running" } });
  expect((await start(shop, "book-0")).body["id"]).toBe(first.body["id"]);
  const busy = { status: 429, body: { code: "http.verifications_busy", retry: "later" } };
  expect(await start(shop, "book-0", head(1))).toMatchObject(busy);
  for (const name of names.slice(1, 4)) expect((await start(shop, name)).status).toBe(202);
  const tooMany = await start(shop, "book-4");
  expect(tooMany).toMatchObject(busy);
  expect(Number(tooMany.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  free.resolve();
  await holding;
  await expect.poll(async () => (await start(shop, "book-4")).status).toBe(202);
});

test("reports are kept for a while, of one book few, and others' are not driven out by them", async () => {
  const shop = await httpShop();
  await books(shop);
  const done = async (book: string, body?: unknown) => {
    const id = String((await start(shop, book, body)).body["id"]);
    await expect
      .poll(async () => {
        return (await shop.ask(`GET /v1/books/${book}/verifications/${id}`)).body["state"];
      })
      .toBe("done");
    return id;
  };
  const neighbour = await done("book-1");
  const ids: string[] = [];
  for (let index = 0; index < 12; index++) ids.push(await done("book-0", head(index)));
  const found = await Promise.all(
    ids.map((id) => shop.ask(`GET /v1/books/book-0/verifications/${id}`)),
  );
  expect(found.map(({ status }) => status)).toEqual([404, 404, ...ids.slice(2).map(() => 200)]);
  expect(found[0]?.body).toMatchObject({
    code: "http.verification_missing",
    advice: expect.stringContaining("node that runs them") as string,
  });
  expect((await shop.ask(`GET /v1/books/book-1/verifications/${neighbour}`)).status).toBe(200);
});
