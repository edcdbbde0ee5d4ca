import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, LongmenProblem, OutcomeUnknown, type Request } from "longmen/client";
import { expect, onTestFinished, test } from "vitest";
import { allOf, clientShop, earned, sale } from "./client-shop.ts";
import { httpShop } from "./http-shop.ts";

test("a shop is opened, sells and is read, in bigints and milliseconds", async () => {
  const shop = await httpShop();
  const longmen = connect({ url: `${shop.url}/`, key: shop.adminKey });
  const book = longmen.book("corner-shop");
  expect(await book.create()).toMatchObject({
    ...{ name: "corner-shop", seq: 0 },
    created: { at: expect.any(Number) as number, by: expect.stringContaining("/") as string },
  });
  const before = Date.now() - 60_000;
  expect(await book.define({ asset: "CNY/2" })).toMatchObject({ status: "created", seq: 1 });
  const opened = await Promise.all([
    book.open({ path: "cash", asset: "CNY/2", side: "debit", bound: "none" }),
    book.open({ path: "sales", asset: "CNY/2", side: "credit", bound: 0n }),
  ]);
  expect(opened.map(({ status }) => status)).toEqual(["created", "created"]);
  const effectiveAt = Date.UTC(2010, 11, 1, 8, 26, 0, 7);
  const request: Request = {
    ...{ id: "sale/1", asset: "CNY/2", debit: "cash", credit: "sales" },
    ...{ amount: 9_223_372_036_854_775_807n, effectiveAt, metadata: '{"till":3}', code: 7 },
  };
  const paid = await book.submit(request, { rule: "price/3" });
  expect(paid).toMatchObject({
    status: "created",
    request,
    amount: 9_223_372_036_854_775_807n,
    debit: { debitsPosted: 9_223_372_036_854_775_807n, bound: "none" },
    credit: { bound: 0n },
  });
  const entry = await book.find("sale/1");
  expect(entry).toMatchObject({ effectiveAt, metadata: '{"till":3}', code: 7, rule: "price/3" });
  expect(entry?.at).toBeGreaterThan(before);
  expect(await book.submit(request)).toMatchObject({ status: "exists", seq: 4 });
  expect(await book.account("sales", "CNY/2")).toMatchObject({
    available: 9_223_372_036_854_775_807n,
  });
  expect(await book.account("nowhere", "CNY/2")).toBeUndefined();
  expect(await book.find("never-sent")).toBeUndefined();
  expect(await book.balance("sales", "CNY/2", { seq: 3 })).toMatchObject({ creditsPosted: 0n });
  expect(await book.balance("sales", "CNY/2", { at: Date.now() + 60_000 })).toMatchObject({
    seq: 4,
  });
  expect(await book.trialBalance()).toMatchObject({ balanced: true, assets: [{ accounts: 2 }] });
  expect(await allOf(longmen.books())).toEqual(["corner-shop"]);
  const assets = await allOf(book.assets());
  expect(assets).toEqual([{ asset: "CNY/2", scale: 2, refusals: "forever", seq: 1 }]);
});

test("holds are confirmed and given back, accounts closed, and a refusal is a value", async () => {
  const { longmen } = await clientShop();
  const book = longmen.book("retail");
  const hold = (id: string, amount: bigint): Request => ({
    ...{ kind: "pending", id, asset: "SKU:LAMP/0", debit: "shop/sold", credit: "shop/stock" },
    ...{ amount, timeoutMs: 900_000 },
  });
  expect(await book.submit(hold("h1", 8n))).toMatchObject({ credit: { creditsPending: 8n } });
  const tooMuch = await book.submit(hold("h2", 3n));
  expect(tooMuch).toMatchObject({
    status: "refused",
    code: "ledger.credit_account_exceeds_bound",
    detail: expect.stringContaining("does not have that much") as string,
  });
  expect(await book.submit(hold("h2", 1n))).toMatchObject({
    status: "refused",
    code: "ledger.id_already_failed",
    original: "ledger.credit_account_exceeds_bound",
  });
  expect(await book.post("h1", { id: "p1", amount: 5n })).toMatchObject({ amount: 5n });
  expect(await book.void("h1", { id: "v1" })).toMatchObject({
    code: "ledger.pending_already_posted",
  });
  expect(await book.void("..", { id: "v2" })).toMatchObject({
    code: "ledger.pending_id_malformed",
  });
  expect(await book.submit(hold("order/7:a#b", 1n))).toMatchObject({ status: "created" });
  expect(await book.void("order/7:a#b", { id: "v3" })).toMatchObject({ status: "created" });
  const place = { path: "shop/sold", asset: "SKU:LAMP/0" };
  for (const kind of ["close", "reopen"] as const) {
    expect(await book.submit({ kind, id: kind, ...place })).toMatchObject({ status: "created" });
  }
  const bound = await book.submit({ kind: "bound", id: "b1", ...place, bound: 7n });
  expect(bound).toMatchObject({ status: "created", debit: { bound: 7n } });
});

test("a chain is all or none, and a batch answers each on its own, in order", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  const lamps = (id: string, amount: bigint): Request => {
    return { id, asset: "SKU:LAMP/0", debit: "shop/sold", credit: "shop/stock", amount };
  };
  const done = await book.chain({ chain: "o1", requests: [sale("o1-a"), lamps("o1-b", 2n)] });
  expect(done).toMatchObject({ status: "created", answers: [{ amount: 100n }, { amount: 2n }] });
  const no = await book.chain({ chain: "o2", requests: [sale("o2-a"), lamps("o2-b", 9n)] });
  expect(no).toMatchObject({
    ...{ status: "refused", code: "ledger.credit_account_exceeds_bound", index: 1 },
  });
  expect((await book.chainEntries("o1")).map(({ id }) => id)).toEqual(["o1-a", "o1-b"]);
  expect(await book.chainEntries("o2")).toEqual([]);
  sent.length = 0;
  const [one, refused, chain] = await book.batch([
    sale("b1"),
    lamps("b2", 100n),
    { chain: "b3", requests: [sale("b3-a", 1n), sale("b3-b", 2n)] },
  ]);
  expect(one.status === "refused" ? one.code : one.amount).toBe(100n);
  expect(refused).toMatchObject({ code: "ledger.credit_account_exceeds_bound" });
  expect(chain.status === "refused" ? [] : chain.answers.map(({ amount }) => amount)).toEqual([
    1n,
    2n,
  ]);
  expect(sent).toEqual(["POST /v1/books/retail/batches"]);
  await expect(book.batch([])).rejects.toMatchObject({ code: "client.request_malformed" });
});

test("lists are read page after page, as far as they are wanted", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  await book.batch(Array.from({ length: 25 }, (_, place) => sale(`s${place}`, BigInt(place + 1))));
  sent.length = 0;
  const ids: string[] = [];
  const account = { path: "shop/sales", asset: "CNY/2" };
  for await (const entry of book.history({ account, order: "oldest" }, { limit: 10 })) {
    if (entry.kind === "transfer") ids.push(entry.id);
  }
  expect(ids).toEqual(Array.from({ length: 25 }, (_, place) => `s${place}`));
  expect(sent).toHaveLength(3);
  for await (const entry of book.history({ account }, { limit: 10 })) {
    if (entry.id === "s20") break;
  }
  expect(sent).toHaveLength(4);
  const first = await book.accounts({ prefix: "shop" }, { limit: 2 }).page();
  const next = await book.accounts({ prefix: "shop" }, { limit: 2 }).page(first.cursor);
  expect([...first.items, ...next.items].map(({ path }) => path)).toEqual([
    ...["shop/cash", "shop/sales", "shop/sold", "shop/stock"],
  ]);
  const statement = book.statement({ path: "shop/sales", asset: "CNY/2" }, { limit: 10 });
  const lines = await allOf(statement);
  expect(lines.at(-1)?.balance.creditsPosted).toBe(325n);
  expect(await statement.page()).toMatchObject({
    opening: { creditsPosted: 0n },
    closing: { creditsPosted: 325n },
  });
  const children = await allOf(book.tree({ prefix: "shop", asset: "CNY/2" }));
  expect(children[0]).toMatchObject({ path: "shop/cash", sums: [{ debitsPosted: 325n }] });
});

test("the feed gives what comes as it comes, and ends with its signal", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  const { seq } = await book.head();
  const stop = new AbortController();
  const seen: string[] = [];
  const follower = (async () => {
    for await (const { entry, credit } of book.changes({ after: seq, signal: stop.signal })) {
      seen.push(`${entry.id} ${credit?.creditsPosted ?? ""}`);
      if (entry.id === "s3") stop.abort();
    }
  })();
  for (const id of ["s1", "s2", "s3"]) await book.submit(sale(id));
  await follower;
  expect(seen).toEqual(["s1 100", "s2 200", "s3 300"]);
  expect(sent.filter((one) => one.endsWith("/changes")).length).toBeLessThan(5);
  const past = book.changes({ after: seq, follow: false, limit: 2 });
  expect((await allOf(past)).map(({ entry }) => entry.id)).toEqual(["s1", "s2", "s3"]);
});

test("a feed that the server has no room to let wait asks now and then, and misses nothing", async () => {
  const { longmen, sent } = await clientShop({ limits: { waitingMax: 0 } });
  const book = longmen.book("retail");
  const { seq } = await book.head();
  const stop = new AbortController();
  const began = performance.now();
  const heard: string[] = [];
  const following = (async () => {
    for await (const { entry } of book.changes({ after: seq, signal: stop.signal })) {
      heard.push(entry.id);
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 700));
  await book.submit(sale("s1"));
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(["s1"]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  stop.abort();
  await following;
  expect(heard).toEqual(["s1"]);
  // Half a second apart, but for the one behind what it has heard.
  const asked = sent.filter((one) => one.endsWith("/changes")).length;
  expect(asked).toBeLessThanOrEqual(3 + (performance.now() - began) / 500);
});

test("a waiting feed lets go at once when its signal fires", async () => {
  const { longmen, shop } = await clientShop();
  const book = longmen.book("retail");
  const { seq } = await book.head();
  const began = performance.now();
  const signal = AbortSignal.timeout(300);
  expect(await allOf(book.changes({ after: seq, signal }))).toEqual([]);
  // It would have waited for thirty.
  expect(performance.now() - began).toBeLessThan(25_000);
  await shop.close();
});

test("a book is proved by a job whose progress is told", async () => {
  const { longmen } = await clientShop();
  const book = longmen.book("retail");
  const { hash } = await book.head();
  await book.submit(sale("s1"));
  const told: number[] = [];
  const report = await book.verify({ expectHead: hash, onProgress: (done) => told.push(done) });
  expect(report).toMatchObject({ verified: true, book: "retail", findings: [] });
  expect(report.head.at).toBeTypeOf("number");
  expect(told.length).toBeGreaterThan(0);
  const rewritten = await book.verify({ expectHead: "0".repeat(64) });
  expect(rewritten.verified).toBe(false);
});

test("keys are made, used, rotated and revoked", async () => {
  const { longmen, line } = await clientShop();
  const expiresAt = Date.UTC(2099, 0, 1);
  const made = await longmen.keys.create({
    ...{ owner: "till-3", ownerKind: "service", scopes: ["write@retail:shop"], expiresAt },
  });
  expect(made.key).toMatchObject({ owner: "till-3", state: "live", expiresAt });
  const till = connect({ url: line.url, key: made.token }).book("retail");
  expect(await till.submit(sale("shop/1"))).toMatchObject({ status: "created" });
  await expect(till.head()).rejects.toMatchObject({ code: "access.not_permitted", status: 403 });
  const rotated = await longmen.keys.rotate(made.key.keyId, { graceMs: 60_000 });
  expect(rotated.key.formerUntil).toBeGreaterThan(Date.now());
  expect(await longmen.keys.revoke(made.key.keyId)).toMatchObject({ state: "revoked" });
  const all = await allOf(longmen.keys.list());
  expect(all.map(({ owner, state }) => `${owner} ${state}`)).toContain("till-3 revoked");
  const events = await allOf(longmen.keys.events());
  expect(events.filter(({ keyId }) => keyId === made.key.keyId)).toHaveLength(3);
});

test("a deadline that is none is refused, and its neighbours are not", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  sent.length = 0;
  for (const deadlineMs of [Number.NaN, "5" as unknown as number]) {
    const refused = { code: "client.request_malformed", pointer: "/deadlineMs" };
    await expect(book.submit(sale("x"), { deadlineMs })).rejects.toMatchObject(refused);
    await expect(book.find("x", { deadlineMs })).rejects.toMatchObject(refused);
  }
  for (const deadlineMs of [0, -1]) {
    const over = { code: "client.deadline_passed" };
    await expect(book.submit(sale("x"), { deadlineMs })).rejects.toMatchObject(over);
    await expect(book.find("x", { deadlineMs })).rejects.toMatchObject(over);
  }
  expect(sent).toEqual([]);
  const all = [Infinity, 1e12, Number.NaN, undefined].map((deadlineMs, n) =>
    book.submit(sale(`n${n}`), { deadlineMs }).then(
      ({ status }) => status,
      ({ code }: LongmenProblem) => code,
    ),
  );
  const [first, second, third, fourth] = await Promise.all(all);
  expect([first, second, fourth]).toEqual(["created", "created", "created"]);
  expect(third).toBe("client.request_malformed");
  expect(await book.find("n0", { deadlineMs: Infinity })).toBeDefined();
});

test("what can't be put on the wire exactly is never sent", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  const bad: readonly [unknown, string][] = [
    [{ ...sale("x"), amount: 5 }, "/amount"],
    [{ ...sale("x"), amount: -5n }, "/amount"],
    [{ ...sale("x"), amount: 10n ** 19n }, "/amount"],
    [{ ...sale("x"), effectiveAt: 1.5 }, "/effectiveAt"],
    [{ ...sale("x"), effectiveAt: Number.NaN }, "/effectiveAt"],
    [{ chain: "c", requests: [sale("x"), { ...sale("y"), amount: "5" }] }, "/requests/1/amount"],
  ];
  sent.length = 0;
  for (const [request, pointer] of bad) {
    const asked = book.submit(request as Request);
    await expect(asked).rejects.toMatchObject({ code: "client.request_malformed", pointer });
  }
  await expect(book.find("..")).rejects.toMatchObject({ code: "client.request_malformed" });
  expect(sent).toEqual([]);
  const stranger = { ...sale("x"), colour: "red" } as unknown as Request;
  const refused = book.submit(stranger);
  await expect(refused).rejects.toMatchObject({ code: "http.body_malformed", pointer: "/colour" });
  for (const url of ["ftp://a", "a", "https://a?b", "https://me@a"]) {
    expect(() => connect({ url, key: "lm_x" })).toThrow(LongmenProblem);
  }
  expect(() => connect({ url: "https://a", key: "two\nlines" })).toThrow(LongmenProblem);
});

test("problems carry code, advice, retry and the trace of the log", async () => {
  const { longmen, line } = await clientShop();
  const missing = await longmen
    .book("nowhere")
    .submit(sale("s1"))
    .catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(LongmenProblem);
  expect(missing).not.toBeInstanceOf(OutcomeUnknown);
  expect(missing).toMatchObject({
    ...{ code: "ledger.book_missing", status: 404, retry: "never" },
    advice: expect.any(String) as string,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  });
  const stranger = connect({ url: line.url, key: "lm_aaaaaaaaaaaa_nobody" });
  await expect(stranger.book("retail").head()).rejects.toMatchObject({ status: 401 });
});

test("P2: an answer that is not Longmen's leaves a write unknown and a read a problem", async () => {
  const portal = createServer((_request, response) => response.end("<h1>Please sign in</h1>"));
  portal.listen(0, "127.0.0.1");
  await once(portal, "listening");
  onTestFinished(() => void portal.close());
  const url = `http://127.0.0.1:${(portal.address() as AddressInfo).port}`;
  const book = connect({ url, key: "lm_x" }).book("retail");
  await expect(book.head()).rejects.toMatchObject({ code: "client.answer_unreadable" });
  await expect(book.submit(sale("s1"))).rejects.toBeInstanceOf(OutcomeUnknown);
});

test("P2: the same client twice: one sale, told once as created and once as existing", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const both = await Promise.all([book.submit(sale("s1")), book.submit(sale("s1"))]);
  expect(both.map(({ status }) => status)).toEqual(["created", "exists"]);
  expect(await earned(shop)).toBe(100n);
});
