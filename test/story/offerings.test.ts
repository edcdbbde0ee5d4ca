/** Offerings over HTTP, by the client: a rush of bids, a payout to all, rights, repeats, bad input. */
import { expect, test } from "vitest";
import { type BidAnswer, type Book, connect, type ListedBid } from "../../src/client/index.ts";
import { isLong, rowsOf } from "../../src/postgres/testing.ts";
import { type HttpShop, httpShop, type ShopOptions } from "./http-shop.ts";

const BOOK = "market";
const ASSET = "GBP/2";
const HOUR = 3_600_000;

interface Market extends HttpShop {
  readonly book: Book;
  /** What a client with a key of these scopes sees. */
  readonly as: (...scopes: readonly string[]) => Promise<Book>;
}

/** Wallets of so many investors, i0 and on, of 1,000.00 each; the account of a project. */
async function openMarket(investors: number, options: ShopOptions = {}): Promise<Market> {
  const shop = await httpShop({ selling: true, flows: [], ...options });
  const { url, adminKey } = shop;
  const longmen = connect({ url, key: adminKey });
  const book = longmen.book(BOOK);
  await book.create();
  const wallets = Array.from({ length: investors }, (_, n) => `user/i${n}/wallet`);
  const answers = await book.batch([
    { kind: "asset", asset: ASSET },
    { kind: "open", path: "bank", asset: ASSET, side: "debit", bound: "none" },
    { kind: "open", path: "project/mill", asset: ASSET, side: "credit" },
    ...wallets.map((path) => ({ kind: "open", path, asset: ASSET, side: "credit" }) as const),
    ...wallets.map((path, n) => {
      return { id: `in-${n}`, asset: ASSET, debit: "bank", credit: path, amount: 100_000n };
    }),
  ]);
  expect(answers.filter(({ status }) => status !== "created")).toEqual([]);
  const as = async (...scopes: readonly string[]) => {
    const made = await longmen.keys.create({ owner: "inv", ownerKind: "person", scopes });
    return connect({ url, key: made.token }).book(BOOK);
  };
  return { ...shop, book, as };
}

const mill = (cap: bigint) => {
  return { id: "mill", asset: ASSET, cap, project: "project/mill", closesAt: Date.now() + HOUR };
};
const grantedIn = (answers: readonly BidAnswer[]) =>
  answers.flatMap((answer) => (answer.status === "refused" ? [] : [answer.bid.granted]));
const left = async (book: Book, path: string) => (await book.account(path, ASSET))?.available;

test("P2, P3: a crowd bids at once over HTTP, twice each: the cap to the penny; settled, and paid out to all", async () => {
  const crowd = isLong ? 1_000 : 120;
  const market = await openMarket(crowd);
  const { book } = market;
  const { offerings } = book.shop;
  const cap = BigInt(crowd) * 1_000n + 50n;
  const opening = mill(cap);
  expect(await offerings.open(opening)).toMatchObject({ status: "done" });
  expect(await offerings.open(opening)).toMatchObject({ status: "exists", offering: { cap } });
  const bid = (n: number) =>
    offerings.bid("mill", { id: `b-${n}`, investor: `i${n}`, amount: 3_000n, allowPartial: true });
  const everybody = Array.from({ length: crowd * 2 }, (_, n) => bid(n % crowd));
  const answers = await Promise.all(everybody);
  // Each was asked for twice: one that stands is told as the same, and counts once.
  const firsts = answers.filter((answer) => answer.status === "done");
  const amounts = grantedIn(firsts);
  expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(cap);
  expect(amounts.filter((amount) => amount !== 3_000n)).toHaveLength(1);
  const codes = answers.flatMap((one) => (one.status === "refused" ? [one.code] : []));
  expect(new Set(codes)).toEqual(new Set(["order.offering_full"]));
  expect(await offerings.get("mill")).toMatchObject({
    ...{ state: "open", raised: cap, left: 0n, paidOut: 0n },
    ...{ bids: amounts.length, investors: amounts.length, moreBids: false },
  });
  const settled = await offerings.settle("mill");
  expect(settled).toMatchObject({ status: "done" });
  expect(await offerings.settle("mill")).toEqual({ ...settled, status: "exists" });
  const stateNow = async () => (await offerings.get("mill"))?.state;
  await expect.poll(stateNow, { timeout: 60_000 }).toBe("funded");
  expect(await left(book, "project/mill")).toBe(cap);
  const total = (cap * 107n) / 100n;
  const paying = { id: "year-1", total, from: "bank" };
  const run = await offerings.payOut("mill", paying);
  expect(run).toMatchObject({ status: "done" });
  const stateOf = async () => (await offerings.payout("mill", "year-1"))?.state;
  await expect.poll(stateOf, { timeout: 60_000 }).toBe("paid");
  expect(await offerings.payOut("mill", paying)).toEqual({ ...run, status: "exists" });
  expect(await offerings.payout("mill", "year-1")).toMatchObject({
    ...{ total, from: "bank", paid: amounts.length, unpaid: 0, of: amounts.length },
  });
  expect(await offerings.get("mill")).toMatchObject({ paidOut: total, bids: amounts.length });
  const listed: ListedBid[] = [];
  for await (const one of offerings.bids("mill", {}, { limit: 50 })) listed.push(one);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(amounts.length);
  expect(listed.reduce((sum, { granted }) => sum + granted, 0n)).toBe(cap);
  expect(listed.every(({ at }, n) => n === 0 || at <= (listed[n - 1]?.at ?? 0))).toBe(true);
  const payouts = [];
  for await (const { id, state } of offerings.payouts("mill")) payouts.push(`${id} ${state}`);
  expect(payouts).toEqual(["year-1 paid"]);
  const all = [];
  for await (const { id, state, raised } of offerings.list()) all.push([id, state, raised]);
  expect(all).toEqual([["mill", "funded", cap]]);
  expect((await book.verify()).verified).toBe(true);
});

test("an offering that closes below its minimum settles itself, and gives all back", async () => {
  const market = await openMarket(2);
  const { book } = market;
  const { offerings } = book.shop;
  await offerings.open({ ...mill(10_000n), minimum: 5_000n });
  await offerings.bid("mill", { id: "b-1", investor: "i0", amount: 4_999n });
  expect(await left(book, "user/i0/wallet")).toBe(95_001n);
  // An hour later, for the offering and for the run that waits for its close.
  await rowsOf(market.test, "update {schema}.order_offering set closes_at = clock_timestamp()");
  await rowsOf(market.test, "update {schema}.flow_live set wake_at = clock_timestamp()");
  const stateNow = async () => (await offerings.get("mill"))?.state;
  await expect.poll(stateNow, { timeout: 60_000 }).toBe("failed");
  expect(await left(book, "user/i0/wallet")).toBe(100_000n);
  const late = await offerings.bid("mill", { id: "b-2", investor: "i1", amount: 1n });
  expect(late).toMatchObject({ status: "refused", code: "order.offering_closed" });
  expect(late).toMatchObject({ words: { zh: expect.stringContaining("已经截止") as string } });
  // Asked again, what was done before is told as it was.
  const again = await offerings.bid("mill", { id: "b-1", investor: "i0", amount: 4_999n });
  expect(again).toMatchObject({ status: "exists", bid: { granted: 4_999n } });
});

test("an investor's key bids from its own wallet, and sees no other's bids; opening and paying out are the operator's", async () => {
  const market = await openMarket(2);
  const { book } = market;
  await book.shop.offerings.open(mill(10_000n));
  const first = { id: "b-0", investor: "i0", amount: 100n };
  const other = { id: "b-1", investor: "i1", amount: 200n };
  const own = (await market.as(`shop.buy@${BOOK}:user/i0`)).shop.offerings;
  expect(await own.bid("mill", first)).toMatchObject({ status: "done" });
  const isForbidden = { code: "access.not_permitted" };
  await expect(own.bid("mill", other)).rejects.toMatchObject(isForbidden);
  await book.shop.offerings.bid("mill", other);
  expect(await own.get("mill")).toMatchObject({ raised: 300n, bids: 2 });
  expect((await own.list().page()).items).toHaveLength(1);
  await expect(own.bids("mill").page()).rejects.toMatchObject(isForbidden);
  await expect(own.bids("mill", { investor: "i1" }).page()).rejects.toMatchObject(isForbidden);
  const { items } = await own.bids("mill", { investor: "i0" }).page();
  expect(items).toMatchObject([
    { id: "b-0", granted: 100n, by: expect.stringMatching(/^inv\//) as string },
  ]);
  // One that somebody else has placed for them is told without who that was.
  await book.shop.offerings.bid("mill", { id: "b-2", investor: "i0", amount: 5n });
  const [newest] = (await own.bids("mill", { investor: "i0" }).page()).items;
  expect(newest).toMatchObject({ id: "b-2", by: undefined, request: undefined });
  for (const act of [
    () => own.open({ ...mill(1n), id: "own" }),
    () => own.settle("mill"),
    () => own.payOut("mill", { id: "p", total: 1n }),
    () => own.payouts("mill").page(),
    () => own.payout("mill", "p"),
  ]) {
    await expect(act()).rejects.toMatchObject(isForbidden);
  }
  const reader = (await market.as(`shop.read@${BOOK}`)).shop.offerings;
  expect((await reader.bids("mill").page()).items.map(({ id }) => id)).toEqual([
    ...["b-2", "b-1", "b-0"],
  ]);
  await expect(reader.bid("mill", { ...first, id: "b-9" })).rejects.toMatchObject(isForbidden);
  const stranger = (await market.as("shop.buy@elsewhere")).shop.offerings;
  await expect(stranger.get("mill")).rejects.toMatchObject({ code: "ledger.book_missing" });
});

test("what is wrong of an offering is told by name, with words for a bidder", async () => {
  const market = await openMarket(2);
  const { offerings } = market.book.shop;
  const at = `/v1/books/${BOOK}/offerings`;
  const codeOf = async (request: string, body?: unknown) => {
    const answer = await market.ask(request, body);
    return `${answer.status} ${String(answer.body["code"] ?? answer.body["status"])}`;
  };
  const closesAt = new Date(Date.now() + HOUR).toISOString();
  const opening = { id: "mill", asset: ASSET, cap: "150", project: "project/mill", closesAt };
  const open = (other: object) => codeOf(`POST ${at}`, { ...opening, ...other });
  expect(await open({ cap: "0" })).toBe("400 order.command_malformed");
  expect(await open({ minimum: "151" })).toBe("400 order.command_malformed");
  expect(await open({ id: "a b" })).toBe("400 order.command_malformed");
  expect(await open({ closesAt: "2999-01-01T00:00:00Z" })).toBe("400 order.command_malformed");
  expect(await open({ closesAt: "soon" })).toBe("400 http.body_malformed");
  expect(await open({ closesAt: "2020-01-01T00:00:00Z" })).toBe("422 order.offering_closed");
  expect(await open({ project: "project/none" })).toBe("404 order.project_missing");
  expect(await open({ asset: "XXX/2" })).toBe("404 order.project_missing");
  expect(await open({})).toBe("201 done");
  expect(await open({})).toBe("200 exists");
  expect(await open({ cap: "151" })).toBe("409 order.key_conflict");
  const bid = (other: object, offering = "mill") =>
    codeOf(`POST ${at}/${offering}/bids`, { id: "b", investor: "i0", amount: "100", ...other });
  expect(await bid({ amount: "-1" })).toBe("400 http.body_malformed");
  expect(await bid({ amount: "0" })).toBe("400 order.command_malformed");
  expect(await bid({ investor: "../x" })).toBe("400 order.command_malformed");
  expect(await bid({}, "none")).toBe("404 order.offering_missing");
  expect(await bid({}, "a%20b")).toBe("400 order.command_malformed");
  expect(await bid({})).toBe("201 done");
  expect(await bid({ amount: "99" })).toBe("409 order.key_conflict");
  expect(await bid({ id: "b-2", amount: "51" })).toBe("422 order.offering_full");
  expect(await bid({ id: "b-4", investor: "nobody", amount: "1" })).toBe("422 order.funds_short");
  const told = await offerings.bid("mill", { id: "b-5", investor: "i1", amount: 60n });
  expect(told).toMatchObject({
    details: { left: "50" },
    words: {
      en: expect.stringContaining("0.50 GBP are left") as string,
      zh: expect.stringContaining("0.50") as string,
    },
  });
  for (const [request, code] of [
    [`GET ${at}/none`, "404 order.offering_missing"],
    [`GET ${at}/none/bids`, "404 order.offering_missing"],
    [`GET ${at}/mill/bids?cursor=x`, "400 order.cursor_malformed"],
    [`GET ${at}/mill/bids?limit=0`, "400 order.command_malformed"],
    [`GET ${at}?cursor=WyI`, "400 order.cursor_malformed"],
    [`GET ${at}/none/payouts`, "404 order.offering_missing"],
    [`GET ${at}/mill/payouts/none`, "404 order.payout_missing"],
    [`POST ${at}/none/settle`, "404 order.offering_missing"],
    [`POST ${at}/mill/settle`, "422 order.offering_open"],
    [`POST ${at}/mill/payouts {"id":"p","total":"1"}`, "422 order.offering_open"],
  ] as const) {
    const [method, path, body] = request.split(" ");
    expect(`${request} ${await codeOf(`${method} ${path}`, body)}`).toBe(`${request} ${code}`);
  }
  expect(await offerings.get("none")).toBeUndefined();
  expect(await offerings.payout("mill", "none")).toBeUndefined();
});

test("a house that serves no runs takes bids, and opens nothing", async () => {
  const market = await openMarket(1, { flows: undefined });
  const at = `/v1/books/${BOOK}/offerings`;
  const closesAt = new Date(Date.now() + HOUR).toISOString();
  const opening = { id: "mill", asset: ASSET, cap: "1", project: "project/mill", closesAt };
  expect((await market.ask(`POST ${at}`, opening)).body).toMatchObject({ code: "http.no_flows" });
  expect((await market.ask(`POST ${at}/mill/settle`)).body).toMatchObject({
    code: "http.no_flows",
  });
  expect((await market.ask(`GET ${at}`)).body).toMatchObject({ items: [] });
});
