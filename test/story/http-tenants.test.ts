import { expect, test } from "vitest";
import { type Answer, type HttpShop, httpShop, openRetail } from "./http-shop.ts";

/** Tenants share a house and, by prefixes, a book: what one may learn of another is nothing. */

async function keyWith(shop: HttpShop, ...scopes: readonly string[]): Promise<string> {
  const made = await shop.ask("POST /v1/keys", { owner: "till-3", ownerKind: "service", scopes });
  expect(made.status, made.text).toBe(201);
  return String(made.body["token"]);
}

const refused = { status: 403, body: { code: "access.not_permitted" } };

test("a page of books is full of books the key knows, and its cursor names no other", async () => {
  const shop = await httpShop();
  for (const name of ["a-own", "b-other", "c-other", "d-own", "e-other", "f-own"]) {
    expect((await shop.ask(`PUT /v1/books/${name}`)).status).toBe(201);
  }
  const key = await keyWith(shop, "read@a-own", "read@d-own:till", "write@f-own", "read@not-there");
  const pages: unknown[] = [];
  let cursor: string | undefined;
  do {
    const from: string = cursor === undefined ? "" : `&cursor=${cursor}`;
    const page: Answer = await shop.ask(`GET /v1/books?limit=2${from}`, undefined, { key });
    expect(page.status, page.text).toBe(200);
    pages.push(page.body["items"]);
    cursor = page.body["cursor"] as string | undefined;
    expect(Buffer.from(cursor ?? "", "base64url").toString()).not.toContain("other");
  } while (cursor !== undefined);
  expect(pages).toEqual([["a-own", "d-own"], ["f-own"]]);
  const everything = await shop.ask("GET /v1/books?limit=4");
  expect(everything.body["items"]).toEqual(["a-own", "b-other", "c-other", "d-own"]);
  const none = await shop.ask("GET /v1/books", undefined, { key: await keyWith(shop, "keys@*") });
  expect(none.body).toEqual({ items: [] });
});

test("a cursor made by hand is refused or answers its own question, and is never a bug", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  await shop.ask("PUT /v1/books/second");
  const lists = ["/v1/books?", "/v1/books/retail/assets?", "/v1/books/retail/tree?"];
  for (const list of lists) {
    const first = await shop.ask(`GET ${list}limit=1`);
    const cursor = String(first.body["cursor"]);
    const parts = JSON.parse(Buffer.from(cursor, "base64url").toString()) as string[];
    for (const place of ["\u0000", "x\u0000y", "\ud800"]) {
      const forged = Buffer.from(JSON.stringify([parts[0], place])).toString("base64url");
      const answer = await shop.ask(`GET ${list}limit=1&cursor=${forged}`);
      expect(answer, list).toMatchObject({
        status: 400,
        body: { code: "ledger.cursor_malformed" },
      });
    }
  }
});

test("who administers the keys of one book learns nothing of other keys, not that they are there", async () => {
  const shop = await httpShop();
  const admin = await keyWith(shop, "keys@*", "admin@a");
  const own = await keyWith(shop, "write@a:till");
  const foreign = await keyWith(shop, "write@b");
  const both = await keyWith(shop, "read@a", "read@b");
  const as = (request: string, body?: unknown) => shop.ask(request, body, { key: admin });
  const idOf = (token: string) => token.split("_")[1] ?? "";
  const listed = (await as("GET /v1/keys")).body as { items: { keyId: string }[] };
  expect(listed.items.map(({ keyId }) => keyId)).toEqual([admin, own].map(idOf));
  const events = (await as("GET /v1/keys/events")).body as { items: { keyId: string }[] };
  expect(events.items.map(({ keyId }) => keyId)).toEqual([own, admin].map(idOf));
  for (const end of ["rotate", "revoke"]) {
    const told = await Promise.all(
      [idOf(foreign), idOf(both), idOf(shop.adminKey), "aaaaaaaaaaaa"].map(async (id) => {
        const { status, body } = await as(`POST /v1/keys/${id}/${end}`);
        return JSON.stringify({ status, ...body, traceId: "" }).replaceAll(id, "ID");
      }),
    );
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toContain("access.key_not_found");
  }
  for (const key of [foreign, both]) {
    expect((await shop.ask("GET /v1/books", undefined, { key })).status).toBe(200);
  }
  expect((await as(`POST /v1/keys/${idOf(own)}/revoke`)).status).toBe(200);
});

interface Markets {
  readonly shop: HttpShop;
  /** Of the market a only. */
  readonly key: string;
  readonly as: (request: string, body?: unknown) => Promise<Answer>;
}

/** A book in which the markets a and b are neighbours. */
async function markets(): Promise<Markets> {
  const shop = await httpShop();
  await openRetail(shop);
  for (const path of ["m/a/cash", "m/a/sales", "m/b/cash", "m/b/sales"]) {
    const account = { path, asset: "CNY/2", side: "debit", bound: "none" };
    await shop.ask("POST /v1/books/retail/accounts", account);
  }
  const key = await keyWith(shop, "write@retail:m/a", "read@retail:m/a");
  return { shop, key, as: (request, body) => shop.ask(request, body, { key }) };
}

const held = (id: string, from: string, to: string) => {
  return { kind: "pending", id, asset: "CNY/2", debit: from, credit: to, amount: "7" };
};

test("a hold of others is not ended by a key that may use its id, nor their balances told", async () => {
  const { shop, as } = await markets();
  // The admin gave it an id under m/a/, but it is between accounts of b.
  const made = await shop.ask(
    "POST /v1/books/retail/transfers",
    held("m/a/odd", "m/b/cash", "m/b/sales"),
  );
  expect(made.status).toBe(201);
  for (const end of ["post", "void"]) {
    const unnamed = await as(`POST /v1/books/retail/transfers/m%2Fa%2Fodd/${end}`, {
      id: `m/a/${end}`,
    });
    expect(unnamed).toMatchObject({ status: 400, body: { code: "http.hold_accounts_unnamed" } });
    const batch = await as("POST /v1/books/retail/batches", {
      items: [{ kind: end, id: `m/a/${end}`, pendingId: "m/a/odd", debit: "m/a/cash" }],
    });
    expect(batch).toMatchObject({ status: 400, body: { code: "http.hold_accounts_unnamed" } });
    const named = { id: `m/a/${end}`, debit: "m/b/cash", credit: "m/b/sales" };
    expect(await as(`POST /v1/books/retail/transfers/m%2Fa%2Fodd/${end}`, named)).toMatchObject(
      refused,
    );
    const guessed = { id: `m/a/${end}`, debit: "m/a/cash", credit: "m/a/sales" };
    const told = await as(`POST /v1/books/retail/transfers/m%2Fa%2Fodd/${end}`, guessed);
    expect(told.body["code"]).toBe("ledger.pending_has_different_debit");
    expect(told.text).not.toContain("m/b");
  }
  const own = held("m/a/own", "m/a/cash", "m/a/sales");
  expect((await as("POST /v1/books/retail/transfers", own)).status).toBe(201);
  const ended = { id: "m/a/own-end", debit: "m/a/cash", credit: "m/a/sales" };
  const posted = await as("POST /v1/books/retail/transfers/m%2Fa%2Fown/post", ended);
  expect(posted.status, posted.text).toBe(201);
});

test("an id under one's prefix tells nothing of an entry between others' accounts", async () => {
  const { shop, as } = await markets();
  const chain = {
    chain: "m/a/chain",
    requests: [
      { ...held("m/a/c1", "m/b/cash", "m/b/sales"), kind: "transfer" },
      { ...held("m/a/c2", "m/b/cash", "m/a/sales"), kind: "transfer" },
    ],
  };
  expect((await shop.ask("POST /v1/books/retail/chains", chain)).status).toBe(201);
  const others = await as("GET /v1/books/retail/transfers/m%2Fa%2Fc1");
  expect(others).toMatchObject({ status: 404, body: { code: "http.transfer_missing" } });
  // What touches an account of one's own is one's own to read, its other side included.
  const own = await as("GET /v1/books/retail/transfers/m%2Fa%2Fc2");
  expect(own.body).toMatchObject({ debit: "m/b/cash", credit: "m/a/sales" });
  const read = await as("GET /v1/books/retail/chains/m%2Fa%2Fchain");
  expect((read.body["entries"] as { id: string }[]).map(({ id }) => id)).toEqual(["m/a/c2"]);
  // A refusal of one's own that names nothing there is still one's own.
  const gone = { ...held("m/a/gone", "m/a/cash", "m/a/sales"), asset: "XYZ/0" };
  const answer = await as("POST /v1/books/retail/transfers", gone);
  expect(answer.body["code"]).toBe("ledger.asset_missing");
  expect((await as("GET /v1/books/retail/transfers/m%2Fa%2Fgone")).status).toBe(200);
});

test("who scrapes without a key, or with one of a part, learns no book's name", async () => {
  const { shop, key } = await markets();
  const bare = await shop.ask("GET /metrics", undefined, { key: undefined });
  expect(bare.text).toContain("longmen_lane_units_total ");
  for (const text of [bare.text, (await shop.ask("GET /metrics", undefined, { key })).text]) {
    expect(text).not.toContain("retail");
  }
  const known = await shop.ask("GET /metrics");
  expect(known.text).toContain('longmen_lane_units_total{book="retail"}');
  expect((await shop.ask("GET /metrics", undefined, { key: "nonsense" })).status).toBe(401);
});

test("who made a book, in which request, stands with the book", async () => {
  const shop = await httpShop();
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traced = { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } };
  const made = await shop.ask("PUT /v1/books/retail", {}, traced);
  const [, keyId = ""] = shop.adminKey.split("_");
  const created = {
    at: expect.any(String) as string,
    by: `admin/${keyId}`,
    request: `${trace}@127.0.0.1`,
  };
  expect(made).toMatchObject({ status: 201, body: { created } });
  const again = await shop.ask("PUT /v1/books/retail");
  expect(again).toMatchObject({ status: 200, body: { created } });
  expect((await shop.ask("GET /v1/books/retail")).body).toMatchObject({ created });
  const both = await Promise.all([1, 2, 3, 4].map(() => shop.ask("PUT /v1/books/race")));
  expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 200, 200, 201]);
});
