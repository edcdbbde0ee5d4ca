import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../postgres/index.ts";
import { balanceAt } from "./balance-at.ts";
import type { AccountView, Entry, EntryFilter, Page, PageRequest } from "./book.ts";
import { changes } from "./changes.ts";
import { chainEntries, entriesOfChains, findEntry } from "./find-entry.ts";
import { head } from "./head.ts";
import { history } from "./history.ts";
import { findAccount, listAccounts } from "./list-accounts.ts";
import {
  ASSETS,
  BEGAN_AT,
  PATHS,
  pick,
  randomBook,
  type RandomBook,
  REFERENCES,
  seeded,
} from "./testing/random-book.ts";
import { type Oracle, type RawEntry, readOracle } from "./testing/oracle.ts";
import { CNY, openNode, openShop, pay } from "./testing/shop.ts";
import { trialBalance } from "./trial-balance.ts";
import { verifyBook } from "./verify-book.ts";

/** Every read of a book of some hundred entries against a naive fold of all of its rows. */
const SEED = 20_261_121;
let made: RandomBook;
let oracle: Oracle;
let bookId: number;

const database = () => made.test.database;

beforeAll(async () => {
  made = await randomBook({ seed: SEED, rounds: 120, until: "caller" });
  bookId = made.book.id;
  oracle = await readOracle(made.test);
});

afterAll(async () => {
  await made.close();
  await made.test.drop();
});

test("the book that is read has something of every kind, refused and expired ones too", () => {
  const kinds = new Set(oracle.entries.filter((e) => e.status === 0).map((e) => e.kind));
  expect([...kinds].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(oracle.entries.filter((entry) => entry.status !== 0).length).toBeGreaterThan(50);
  expect(oracle.entries.length).toBeGreaterThan(400);
  expect(oracle.lastSeqs.length).toBeGreaterThan(100);
});

/** All pages one after the other; none may repeat or end without need. */
async function allPages<T>(read: (page: PageRequest) => Promise<Page<T>>, page: PageRequest) {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let count = 0; count < 2_000; count++) {
    const next = await read({ ...page, cursor });
    expect(next.items.length).toBeLessThanOrEqual(page.limit ?? 100);
    items.push(...next.items);
    if (next.cursor === undefined) return items;
    cursor = next.cursor;
  }
  throw new Error("the pages do not end");
}

describe("one thing", () => {
  test("an entry is found by its id, with names instead of numbers", async () => {
    for (const raw of oracle.entries) {
      const entry = await findEntry(database(), bookId, raw.id);
      const debit = oracle.accounts.find((account) => account.account === raw.debit);
      expect(entry).toMatchObject({ seq: raw.seq, at: raw.at, id: raw.id });
      expect(entry?.debit).toBe(debit?.path);
      expect(entry?.refused === undefined).toBe(raw.status === 0);
    }
    expect(await findEntry(database(), bookId, "never")).toBeUndefined();
    expect(await findEntry(database(), bookId + 1, oracle.entries[0]?.id ?? "")).toBeUndefined();
  });

  test("a chain gives its members in order, a refused one nothing", async () => {
    const chains = new Set(
      oracle.entries.map((entry) => entry.chain).filter((each) => each !== null),
    );
    expect(chains.size).toBeGreaterThan(5);
    for (const chain of chains) {
      const members = oracle.entries.filter((entry) => entry.chain === chain && entry.status === 0);
      const found = await chainEntries(database(), bookId, chain);
      expect(found.map((entry) => entry.seq)).toEqual(members.map((entry) => entry.seq));
    }
    expect(await chainEntries(database(), bookId, "never")).toEqual([]);
  });

  test("many chains at once give what each gives alone, or as much of it as was asked for", async () => {
    const names = oracle.entries.flatMap(({ chain }) => (chain === null ? [] : [chain]));
    const all = await entriesOfChains(database(), bookId, [...names, "never"], 1_000);
    const first = await entriesOfChains(database(), bookId, names, 1);
    for (const chain of new Set(names)) {
      const alone = await chainEntries(database(), bookId, chain);
      expect(all.get(chain) ?? []).toEqual(alone);
      expect(first.get(chain) ?? []).toEqual(alone.slice(0, 1));
    }
    expect((await entriesOfChains(database(), bookId, [])).size).toBe(0);
  });

  test("the head is the last batch", async () => {
    const last = oracle.entries.at(-1);
    expect(await head(database(), bookId)).toMatchObject({ seq: last?.seq, at: last?.at });
  });

  test("an account is found by path and asset, and its present is the fold of its past", async () => {
    for (const { account, path, asset, side } of oracle.accounts) {
      const view = await findAccount(database(), bookId, path, asset);
      const balance = oracle.balance(account, () => true);
      expect(view).toMatchObject({ path, asset, side, openedSeq: account, balance });
      const { debitsPosted, creditsPosted, debitsPending, creditsPending } = balance;
      expect(view?.available).toBe(
        side === "debit"
          ? debitsPosted - creditsPosted - creditsPending
          : creditsPosted - debitsPosted - debitsPending,
      );
    }
    expect(await findAccount(database(), bookId, "user/42", "EUR/2")).toBeUndefined();
    expect(await findAccount(database(), bookId, "user/43", "CNY/2")).toBeUndefined();
  });
});

describe("accounts by page", () => {
  const isUnder = (prefix: string) => (path: string) =>
    path === prefix || path.startsWith(`${prefix}/`);
  const cases: { prefix?: string; asset?: string }[] = [
    {},
    { prefix: "user/42" },
    { prefix: "user" },
    { prefix: "new" },
    { asset: "USD/2" },
    { prefix: "user/42", asset: "SKU:x/0" },
    { prefix: "nobody" },
    { asset: "EUR/2" },
  ];
  test.each(cases)("%j gives each account once, in order of path", async (filter) => {
    const expected = oracle.accounts.filter(
      ({ path, asset }) =>
        (filter.prefix === undefined || isUnder(filter.prefix)(path)) &&
        (filter.asset === undefined || filter.asset === asset),
    );
    for (const limit of [1, 3, 1_000]) {
      const read = (page: PageRequest) => listAccounts(database(), bookId, filter, page);
      const found: readonly AccountView[] = await allPages(read, { limit });
      expect(found.map(({ path, asset }) => [path, asset])).toEqual(
        expected.map(({ path, asset }) => [path, asset]),
      );
    }
  });
});

describe("balances of the past", () => {
  test("at every seq, also inside a batch", async () => {
    const random = seeded(SEED + 1);
    const last = oracle.entries.length;
    for (let i = 0; i < 400; i++) {
      const { account, path, asset } = pick(random, oracle.accounts);
      const seq = random(last + 2);
      const balance = await balanceAt(database(), bookId, path, asset, { seq });
      expect(balance).toEqual(oracle.balance(account, (entry) => entry.seq <= seq));
    }
  });

  test("at every book time", async () => {
    const random = seeded(SEED + 2);
    for (let i = 0; i < 200; i++) {
      const { account, path, asset } = pick(random, oracle.accounts);
      const at = BEGAN_AT - 5 + random(2_000);
      const balance = await balanceAt(database(), bookId, path, asset, { at });
      expect(balance).toEqual(oracle.balance(account, (entry) => entry.at <= at));
    }
  });

  test("at every business time, holds never before they were made", async () => {
    const random = seeded(SEED + 3);
    for (let i = 0; i < 200; i++) {
      const { account, path, asset } = pick(random, oracle.accounts);
      const effectiveAt = BEGAN_AT - 600 + random(3_000);
      const balance = await balanceAt(database(), bookId, path, asset, { effectiveAt });
      const expected = oracle.balance(account, (entry) => entry.effective <= effectiveAt);
      expect(balance).toEqual(expected);
      expect(balance.debitsPending).toBeGreaterThanOrEqual(0n);
    }
  });

  test("of an account that is not there, or at no point at all, is refused", async () => {
    await expect(balanceAt(database(), bookId, "a", "CNY/2", { seq: 1 })).rejects.toMatchObject({
      code: "ledger.account_not_found",
    });
    const none = { seq: undefined, at: undefined };
    for (const point of [
      {},
      none,
      { seq: -1 },
      { seq: 1.5 },
      { seq: 1, at: 1 },
      { at: Number.NaN },
    ]) {
      await expect(
        balanceAt(database(), bookId, "bank", "CNY/2", point as { seq: number }),
      ).rejects.toMatchObject({ code: "ledger.point_malformed" });
    }
    const named = { seq: 1, at: undefined, effectiveAt: undefined };
    const balance = await balanceAt(database(), bookId, "bank", "CNY/2", named);
    expect(balance).toEqual(await balanceAt(database(), bookId, "bank", "CNY/2", { seq: 1 }));
  });

  test("are told in every time zone, also at both ends of time", async () => {
    const shop = await openShop(["ann"]);
    const ends = [Date.parse("0001-01-02T00:00:00Z"), Date.parse("9999-12-31T00:00:00Z")];
    for (const zone of ["Pacific/Midway", "Pacific/Kiritimati"]) {
      const url = new URL(shop.test.url);
      url.searchParams.set("options", `-c timezone=${zone}`);
      const database = await openDatabase({ url: url.href, schema: shop.test.schema, poolMax: 3 });
      onTestFinished(() => database.close());
      const { book } = await openNode(shop, { database });
      for (const [index, effectiveAt] of ends.entries()) {
        const id = `${zone}/${index}`;
        await book.submit({ ...pay(id, "bank", "ann", 1n), effectiveAt });
        expect(await book.find(id)).toMatchObject({ effectiveAt });
      }
    }
  });

  test("by business time reach back before 1970 by business time", async () => {
    const own = await openNode(await openShop(["ann"]));
    const DAY = 86_400_000;
    await own.book.submit({ ...pay("old", "bank", "ann", 7n), effectiveAt: -2 * DAY });
    const balance = (effectiveAt: number) => own.book.balanceAt("ann", CNY, { effectiveAt });
    expect(await balance(-2 * DAY)).toMatchObject({ creditsPosted: 7n });
    expect(await balance(-2 * DAY - 1)).toMatchObject({ creditsPosted: 0n });
    expect(await balance(Number.MAX_SAFE_INTEGER)).toMatchObject({ creditsPosted: 1_007n });
  });
});

describe("history", () => {
  function wanted(filter: EntryFilter): (entry: RawEntry) => boolean {
    const pathOf = (number: number | null) => oracle.accounts.find((a) => a.account === number);
    const under = (path: string | undefined, prefix: string) =>
      path !== undefined && (path === prefix || path.startsWith(`${prefix}/`));
    return (entry) => {
      const sides = [pathOf(entry.debit), pathOf(entry.credit)];
      const { account, prefix, reference, code, from, to, refusals } = filter;
      return (
        (refusals === true || entry.status === 0) &&
        (account === undefined ||
          sides.some(
            (side) =>
              side?.path === account.path &&
              (account.asset === undefined || side.asset === account.asset),
          )) &&
        (prefix === undefined || sides.some((side) => under(side?.path, prefix))) &&
        (reference === undefined || entry.reference === reference) &&
        (code === undefined || entry.code === code) &&
        (from === undefined || entry.at >= from) &&
        (to === undefined || entry.at <= to)
      );
    };
  }

  test("of any filter, order and page size is what a look at every entry finds", async () => {
    const random = seeded(SEED + 4);
    const some = <T>(value: () => T): T | undefined => (random(3) === 0 ? value() : undefined);
    let found = 0;
    for (let i = 0; i < 150; i++) {
      const filter: EntryFilter = {
        account: some(() => ({
          path: pick(random, PATHS),
          asset: some(() => pick(random, ASSETS)),
        })),
        prefix: some(() => pick(random, ["user/42", "user", "shop", "new", "bank", "nobody"])),
        reference: some(() => pick(random, REFERENCES)),
        code: some(() => random(4)),
        from: some(() => BEGAN_AT + random(1_200)),
        to: some(() => BEGAN_AT + random(1_200)),
        refusals: some(() => true),
      };
      const order = pick(random, ["newest", "oldest"] as const);
      const limit = pick(random, [1, 2, 7, 100]);
      const read = (page: PageRequest) => history(database(), bookId, filter, page);
      const entries: readonly Entry[] = await allPages(read, { limit, order });
      const expected = oracle.entries.filter(wanted(filter)).map((entry) => entry.seq);
      if (order === "newest") expected.reverse();
      const seqs = entries.map((entry) => entry.seq);
      // The question goes along, so that a failure tells which one it was.
      expect({ filter, order, limit, seqs }).toEqual({ filter, order, limit, seqs: expected });
      found += expected.length;
    }
    expect(found).toBeGreaterThan(1_000);
  }, 180_000);

  test("goes on with its cursor only under the same filter and order", async () => {
    const { cursor } = await history(database(), bookId, {}, { limit: 2 });
    expect(cursor).toBeDefined();
    for (const [filter, page] of [
      [{ code: 1 }, { cursor }],
      [{}, { cursor, order: "oldest" }],
      [{}, { cursor: "what" }],
      [{}, { cursor: "" }],
    ] as const) {
      await expect(history(database(), bookId, filter, page)).rejects.toMatchObject({
        code: "ledger.cursor_malformed",
      });
    }
  });

  test.each([
    [{ prefix: "user//42" }, {}, "ledger.filter_malformed"],
    [{ account: { path: "" } }, {}, "ledger.filter_malformed"],
    [{ code: -1 }, {}, "ledger.filter_malformed"],
    [{ from: 1.5 }, {}, "ledger.filter_malformed"],
    [{}, { limit: 0 }, "ledger.limit_out_of_range"],
    [{}, { limit: 1_001 }, "ledger.limit_out_of_range"],
    [{}, { order: "latest" as "newest" }, "ledger.filter_malformed"],
  ])("refuses %j %j as %s", async (filter, page, code) => {
    await expect(history(database(), bookId, filter, page)).rejects.toMatchObject({ code });
  });
});

describe("a question with a key that is none", () => {
  // A type of its own would not let them through; callers without types, or from afar, have none.
  const odd = (question: object): never => question as never;
  const asked: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ["history", "acount", () => history(database(), bookId, odd({ acount: { path: "bank" } }))],
    [
      "history",
      "assset",
      () => history(database(), bookId, { account: odd({ path: "bank", assset: "CNY/2" }) }),
    ],
    ["history", "after", () => history(database(), bookId, {}, odd({ after: "x" }))],
    ["accounts", "path", () => listAccounts(database(), bookId, odd({ path: "bank" }))],
    ["accounts", "offset", () => listAccounts(database(), bookId, {}, odd({ offset: 5 }))],
    ["changes", "upTo", () => changes(database(), bookId, odd({ afterSeq: 0, upTo: 5 }))],
    [
      "balanceAt",
      "to",
      () => balanceAt(database(), bookId, "bank", "CNY/2", odd({ seq: 1, to: 2 })),
    ],
    ["verify", "expectHaed", () => verifyBook(database(), bookId, odd({ expectHaed: "ab" }))],
    ["history", "constructor", () => history(database(), bookId, odd({ constructor: undefined }))],
  ];
  test.each(asked)("is refused by %s, which names %s", async (_read, key, ask) => {
    const refused = ask();
    await expect(refused).rejects.toMatchObject({
      code: "ledger.question_key_unknown",
      details: { key },
    });
    await expect(refused).rejects.toThrow(`has no ${key}`);
  });
});

describe("the feed", () => {
  test("gives every entry once, with both balances as of it", async () => {
    const random = seeded(SEED + 5);
    const seen: number[] = [];
    for (let afterSeq = 0; ;) {
      const part = await changes(database(), bookId, { afterSeq, limit: 1 + random(60) });
      if (part.length === 0) break;
      for (const { entry, debit, credit } of part) {
        const raw = oracle.entries[entry.seq - 1];
        const before = (other: RawEntry) => other.seq <= entry.seq;
        const side = (account: number | null | undefined) =>
          raw === undefined || typeof account !== "number" || !oracle.touches(raw, account)
            ? undefined
            : oracle.balance(account, before);
        expect(debit).toEqual(side(raw?.debit));
        expect(credit).toEqual(side(raw?.credit));
        seen.push(entry.seq);
      }
      afterSeq = part.at(-1)?.entry.seq ?? 0;
    }
    expect(seen).toEqual(oracle.entries.map((entry) => entry.seq));
  });
});

test("P4 the trial balance sums every account, and both sides meet", async () => {
  const trial = await trialBalance(database(), bookId);
  expect(trial.balanced).toBe(true);
  expect(trial.seq).toBe(oracle.entries.length);
  for (const sum of trial.assets) {
    const accounts = oracle.accounts.filter((account) => account.asset === sum.asset);
    const balances = accounts.map(({ account }) => oracle.balance(account, () => true));
    const total = (pickOf: (balance: (typeof balances)[number]) => bigint) =>
      balances.reduce((all, balance) => all + pickOf(balance), 0n);
    expect(sum).toEqual({
      asset: sum.asset,
      accounts: accounts.length,
      debitsPending: total((balance) => balance.debitsPending),
      debitsPosted: total((balance) => balance.debitsPosted),
      creditsPending: total((balance) => balance.creditsPending),
      creditsPosted: total((balance) => balance.creditsPosted),
      balanced: true,
    });
  }
  expect(trial.assets.map((sum) => sum.asset)).toEqual([...ASSETS].sort());
});
