import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { flowMigrations, type Flows, openFlows } from "../../flow/index.ts";
import { type Book, ledgerMigrations, openLedger, type Request } from "../../ledger/index.ts";
import { paymentMigrations } from "../../payment/index.ts";
import { openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { COMMIT, openProxy, type TestDatabase, testDatabase } from "../../postgres/testing.ts";
import { type BidAnswer, type Offerings, openOfferings, orderMigrations } from "../index.ts";
import { expectVerified } from "../testing/shop.ts";

const GBP = "GBP/2";
const PROJECT = "project/mill";
const HOUR = 3_600_000;
const CLOSING = { closesAt: Date.now() + 24 * HOUR };

interface Market {
  readonly book: Book;
  readonly offerings: Offerings;
  readonly flows: Flows;
}

interface House extends Market {
  readonly test: TestDatabase;
  readonly node: (url?: string) => Promise<Market>;
}

/** Wallets of so many investors, of 1,000 pounds each. */
async function openMarket(investors: number): Promise<House> {
  const rooms = [ledgerMigrations, flowMigrations, paymentMigrations, orderMigrations];
  const opened = await testDatabase({ migrations: [postgresMigrations, ...rooms] });
  let nodes = 0;
  const node = async (url = opened.url): Promise<Market> => {
    const database = await openDatabase({ url, schema: opened.schema, poolMax: 4 });
    const ledger = openLedger({ database, sweep: false });
    const late: { flows?: Flows } = {};
    const offerings = openOfferings({
      database,
      books: ledger,
      flows: () => late.flows ?? expect.fail("no flows are open"),
    });
    const flows = await openFlows({
      ...{ database, node: `node-${(nodes += 1)}`, flows: offerings.flows, books: ledger },
    });
    late.flows = flows;
    onTestFinished(async () => {
      await flows.close({ drainMs: 500 });
      await ledger.close();
      await database.close();
    });
    return { book: await ledger.createBook("market"), offerings, flows };
  };
  const first = await node();
  const wallets = Array.from({ length: investors }, (_, i) => `user/i${i}/wallet`);
  const requests: Request[] = [
    { kind: "asset", asset: GBP },
    { kind: "open", path: "bank", asset: GBP, side: "debit", bound: "none" },
    { kind: "open", path: PROJECT, asset: GBP, side: "credit" },
    ...wallets.map((path): Request => ({ kind: "open", path, asset: GBP, side: "credit" })),
    ...wallets.map((path, i): Request => {
      return { id: `top-up-${i}`, asset: GBP, debit: "bank", credit: path, amount: 100_000n };
    }),
  ];
  for (const answer of await first.book.batch(requests)) expect(answer.status).toBe("created");
  return { ...first, test: opened, node };
}

const left = async (book: Book, path: string) => (await book.account(path, GBP))?.available ?? 0n;

async function settled({ offerings, book, flows }: Market, offering: string): Promise<unknown> {
  const answer = await offerings.settle(book, { offering });
  if (answer.status === "refused") return answer.code;
  return flows.run(answer.run).result({ timeoutMs: 30_000 });
}

const granted = (answers: readonly BidAnswer[]) =>
  answers.flatMap((answer) => (answer.status === "refused" ? [] : [answer.bid.granted]));

test("P3: 1,000 investors bid at once on two nodes: nothing above the cap, one is cut, the rest refused", async () => {
  const market = await openMarket(1_000);
  const { book, offerings } = market;
  const at = await market.node();
  const cap = 1_000_050n;
  const opening = { id: "mill", asset: GBP, cap, project: PROJECT, ...CLOSING };
  expect(await offerings.open(book, opening)).toMatchObject({ status: "done" });
  expect(await at.offerings.open(at.book, opening)).toMatchObject({ status: "exists" });
  const bids = Array.from({ length: 1_000 }, (_, i) => {
    const bid = { id: `bid-${i}`, offering: "mill", investor: `i${i}`, amount: 3_000n };
    const { offerings: on, book: to } = i % 2 === 0 ? market : at;
    return on.bid(to, { ...bid, allowPartial: i % 3 === 0 });
  });
  const answers = await Promise.all(bids);
  const amounts = granted(answers);
  expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(cap);
  expect(amounts.filter((amount) => amount !== 3_000n)).toEqual([cap % 3_000n]);
  const codes = answers.flatMap((answer) => (answer.status === "refused" ? [answer.code] : []));
  expect(new Set(codes)).toEqual(new Set(["order.offering_full"]));
  expect(await offerings.find(book, "mill")).toMatchObject({
    state: "open",
    raised: cap,
    left: 0n,
  });
  expect(await settled(market, "mill")).toEqual({ outcome: "funded", raised: cap });
  expect(await left(book, PROJECT)).toBe(cap);
  expect(await offerings.find(book, "mill")).toMatchObject({ state: "funded", raised: cap });
  // Principal and 7 %: of what is odd the largest remainders get a penny.
  const total = cap + (cap * 7n) / 100n;
  await book.submit({
    id: "profit",
    asset: GBP,
    debit: "bank",
    credit: PROJECT,
    amount: total - cap,
  });
  const paying = { id: "out-1", offering: "mill", total };
  const paid = await offerings.payOut(book, paying);
  expect(paid).toMatchObject({ status: "done" });
  const run = paid.status === "refused" ? "" : paid.run;
  const done = { paid: amounts.length, total };
  expect(await market.flows.run(run).result({ timeoutMs: 30_000 })).toEqual(done);
  expect(await at.offerings.payOut(at.book, paying)).toMatchObject({ status: "exists", run });
  expect(await left(book, "offering/mill/payout")).toBe(0n);
  expect(await left(book, PROJECT)).toBe(0n);
  await expectVerified(book);
}, 60_000);

test("an offering that fails gives everything back, and nobody bids for what is free by it", async () => {
  const market = await openMarket(20);
  const { book, offerings, flows } = market;
  const closesAt = Date.now() + 5_000;
  const opening = { id: "well", asset: GBP, cap: 500_000n, project: PROJECT, closesAt };
  await offerings.open(book, opening);
  const bid = (i: number) =>
    offerings.bid(book, { id: `b${i}`, offering: "well", investor: `i${i}`, amount: 5_000n });
  await Promise.all(Array.from({ length: 10 }, (_, i) => bid(i)));
  expect(await left(book, "user/i3/wallet")).toBe(95_000n);
  expect(await settled(market, "well")).toBe("order.offering_open");
  const bidding = async () => {
    const late = { id: `l${Math.random()}`, offering: "well", investor: "i19", amount: 1n };
    return (await offerings.bid(book, { ...late, allowPartial: true })).status;
  };
  const state = async () => {
    if (Date.now() > closesAt) expect(await bidding()).toBe("refused");
    return (await offerings.find(book, "well"))?.state;
  };
  // It settles itself when it closes.
  await expect.poll(state, { interval: 20 }).toBe("failed");
  for (let i = 0; i < 20; i++) expect(await left(book, `user/i${i}/wallet`)).toBe(100_000n);
  expect(await left(book, PROJECT)).toBe(0n);
  expect(await left(book, "offering/well/room")).toBe(0n);
  const out = { id: "out", offering: "well", total: 5n };
  expect(await offerings.payOut(book, out)).toMatchObject({ code: "order.offering_open" });
  expect(await flows.list({ status: "parked" })).toEqual([]);
  await expectVerified(book);
});

test("bids: repeats are one, other bodies a conflict; short wallets, strangers and nonsense are told apart", async () => {
  const { book, offerings, test: opened } = await openMarket(2);
  await offerings.open(book, { id: "mill", asset: GBP, cap: 150n, project: PROJECT, ...CLOSING });
  const bid = { id: "b1", offering: "mill", investor: "i0", amount: 100n };
  const done = { bid: { granted: 100n } };
  expect(await offerings.bid(book, bid)).toMatchObject({ status: "done", ...done });
  expect(await offerings.bid(book, bid)).toMatchObject({ status: "exists", ...done });
  const code = async (other: object) => {
    const answer = await offerings.bid(book, { ...bid, ...other });
    return answer.status === "refused" ? answer.code : answer.status;
  };
  expect(await code({ amount: 99n })).toBe("order.key_conflict");
  expect(await code({ investor: "i1" })).toBe("order.key_conflict");
  expect(await code({ id: "b2", offering: "none" })).toBe("order.offering_missing");
  expect(await code({ id: "b3", investor: "nobody" })).toBe("order.funds_short");
  expect(await code({ id: "b4", amount: 51n })).toBe("order.offering_full");
  const cut = { id: "b5", amount: 51n, allowPartial: true };
  expect(await code(cut)).toBe("done");
  expect(await offerings.bid(book, { ...bid, ...cut })).toMatchObject({ bid: { granted: 50n } });
  expect(await code(cut)).toBe("exists");
  expect(await code({ ...cut, allowPartial: false })).toBe("order.key_conflict");
  expect(await code({ ...cut, allowPartial: undefined })).toBe("order.key_conflict");
  expect(await code({ ...cut, amount: 50n })).toBe("order.key_conflict");
  expect(await code({ allowPartial: true })).toBe("order.key_conflict");
  expect(await code({ allowPartial: false })).toBe("exists");
  expect(await code({ id: "b6", amount: 1n, allowPartial: true })).toBe("order.offering_full");
  // Bids of versions before don't say whether they could be cut.
  await opened.database.transaction((tx) =>
    tx.query(`update ${opened.schema}.order_bid set allow_partial = null`),
  );
  expect(await code({ allowPartial: true })).toBe("exists");
  expect(await code(cut)).toBe("exists");
  expect(await code({ ...cut, allowPartial: false })).toBe("order.key_conflict");
  await expect(code({ amount: -5n })).rejects.toThrow(/amount/);
  await expect(code({ amount: 10n ** 30n })).rejects.toThrow(/amount/);
  const other = { id: "mill", asset: GBP, cap: 151n, project: PROJECT, ...CLOSING };
  expect(await offerings.open(book, other)).toMatchObject({ code: "order.key_conflict" });
});

test("P1 P2: settling and paying out over wires that are cut at commits: each bid once, to the penny", async () => {
  const market = await openMarket(60);
  const { book, offerings } = market;
  const proxy = await openProxy(market.test.url);
  await offerings.open(book, {
    id: "mill",
    asset: GBP,
    cap: 60_007n,
    project: PROJECT,
    ...CLOSING,
  });
  const bid = (i: number, amount: bigint, allowPartial: boolean) =>
    offerings.bid(book, {
      id: `b${i}`,
      offering: "mill",
      investor: `i${i % 60}`,
      amount,
      allowPartial,
    });
  await Promise.all(Array.from({ length: 60 }, (_, i) => bid(i, 1_000n, false)));
  expect(await bid(60, 900n, true)).toMatchObject({ bid: { granted: 7n } });
  await market.flows.close({ drainMs: 0 });
  const at = await market.node(proxy.url);
  void (async () => {
    for (let cut = 0; cut < 3; cut++) await proxy.cutAfter(COMMIT);
  })();
  expect(await settled(at, "mill")).toEqual({ outcome: "funded", raised: 60_007n });
  const paid = await at.offerings.payOut(at.book, { id: "out", offering: "mill", total: 60_007n });
  const run = paid.status === "refused" ? paid.code : paid.run;
  await at.flows.run(run).result({ timeoutMs: 30_000 });
  for (let i = 0; i < 60; i++) expect(await left(book, `user/i${i}/wallet`)).toBe(100_000n);
  await expectVerified(book);
}, 60_000);

test("P1: a payout over a database that is away for longer than five tries takes is paid once it is back", async () => {
  const market = await openMarket(3);
  const { book, offerings } = market;
  const proxy = await openProxy(market.test.url);
  await offerings.open(book, { id: "mill", asset: GBP, cap: 30n, project: PROJECT, ...CLOSING });
  const bid = (i: number) =>
    offerings.bid(book, { id: `b${i}`, offering: "mill", investor: `i${i}`, amount: 10n });
  await Promise.all([0, 1, 2].map(bid));
  expect(await settled(market, "mill")).toEqual({ outcome: "funded", raised: 30n });
  await market.flows.close({ drainMs: 0 });
  const at = await market.node(proxy.url);
  let cuts = 0;
  void (async () => {
    for (; cuts < 6; cuts++) await proxy.cutBefore("order.listBids");
  })();
  const paid = await at.offerings.payOut(at.book, { id: "out", offering: "mill", total: 30n });
  const run = paid.status === "refused" ? paid.code : paid.run;
  expect(await at.flows.run(run).result({ timeoutMs: 60_000 })).toEqual({ paid: 3, total: 30n });
  expect(cuts).toBe(6);
  for (let i = 0; i < 3; i++) expect(await left(book, `user/i${i}/wallet`)).toBe(100_000n);
  await expectVerified(book);
});

test("parts of a payout sum to it, whoever has put in what", async () => {
  const market = await openMarket(40);
  const { book, offerings, flows } = market;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.bigInt({ min: 1n, max: 2_000n }), { minLength: 1, maxLength: 12 }),
      fc.bigInt({ min: 1n, max: 3_000n }),
      async (amounts, total) => {
        const offering = `o${(round += 1)}`;
        const cap = amounts.reduce((sum, amount) => sum + amount, 0n);
        await offerings.open(book, { id: offering, asset: GBP, cap, project: PROJECT, ...CLOSING });
        const bid = (amount: bigint, i: number) =>
          offerings.bid(book, { id: `${offering}-${i}`, offering, investor: `i${i}`, amount });
        expect(granted(await Promise.all(amounts.map(bid)))).toEqual(amounts);
        expect(await settled(market, offering)).toEqual({ outcome: "funded", raised: cap });
        const before = await Promise.all(amounts.map((_, i) => left(book, `user/i${i}/wallet`)));
        const answer = await offerings.payOut(book, {
          id: `p${round}`,
          offering,
          total,
          from: "bank",
        });
        const run = answer.status === "refused" ? answer.code : answer.run;
        await flows.run(run).result({ timeoutMs: 20_000 });
        const after = await Promise.all(amounts.map((_, i) => left(book, `user/i${i}/wallet`)));
        const parts = after.map((now, i) => now - (before[i] ?? 0n));
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total);
        parts.forEach((part, i) => {
          const exact = total * (amounts[i] ?? 0n);
          expect(part * cap - exact).toBeLessThan(cap);
          expect(exact - part * cap).toBeLessThan(cap);
        });
      },
    ),
    { numRuns: 6 },
  );
  await expectVerified(book);
}, 60_000);
