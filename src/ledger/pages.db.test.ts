import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresMigrations } from "../postgres/index.ts";
import { testDatabase, type TestDatabase } from "../postgres/testing.ts";
import type { EntryFilter, PageRequest } from "./book.ts";
import { history } from "./history.ts";
import { type Ledger, ledgerMigrations, openLedger, type Request } from "./index.ts";
import { listAccounts } from "./list-accounts.ts";
import { SCAN_ROWS_MAX } from "./page.ts";
import { verifyBook } from "./verify-book.ts";

/** Pages of a book in which what is asked for is rare, or spread over very many accounts. */
const MANY = 1_100;
const FEW = 300;
const TRANSFERS = SCAN_ROWS_MAX + 4_000;
const ASSET = "POINT/0";
let made: TestDatabase;
let ledger: Ledger;
let bookId: number;

beforeAll(async () => {
  made = await testDatabase({
    migrations: [postgresMigrations, ledgerMigrations],
    until: "caller",
  });
  ledger = openLedger({ database: made.database, sweep: false });
  const book = await ledger.createBook("large");
  bookId = book.id;
  const open = (path: string, asset = ASSET): Request => {
    return { kind: "open", path, asset, side: "credit", bound: "none" };
  };
  await book.batch([
    { kind: "asset", asset: ASSET },
    { kind: "asset", asset: "RARE/0" },
    ...["hot", "hotter", "seldom"].map((path) => open(path)),
    ...Array.from({ length: MANY }, (_, i) => open(`many/${i}`)),
    ...Array.from({ length: FEW }, (_, i) => open(`few/${i}`)),
    open("zz/last", "RARE/0"),
  ]);
  const credit = (i: number) => {
    if (i === 0 || i === TRANSFERS - 1) return "seldom";
    if (i % 50 === 0) return `many/${(i / 50) % MANY}`;
    return i % 31 === 0 ? `few/${(i / 31) % FEW}` : "hotter";
  };
  const transfers = Array.from({ length: TRANSFERS }, (_, i) => ({
    id: `t${i}`,
    asset: ASSET,
    debit: "hot",
    credit: credit(i),
    amount: 1n,
    code: i === 0 ? 3 : 1,
  }));
  await book.batch(transfers);
});

afterAll(async () => {
  await ledger.close();
  await made.drop();
});

async function read(filter: EntryFilter, page: PageRequest) {
  const ids: string[] = [];
  let pages = 0;
  for (let cursor: string | undefined; ; pages++) {
    const next = await history(made.database, bookId, filter, { ...page, cursor });
    for (const entry of next.items) if (entry.kind === "transfer") ids.push(entry.id);
    cursor = next.cursor;
    if (cursor === undefined) return { ids, pages: pages + 1 };
  }
}

function idsOf(isWanted: (i: number) => boolean): string[] {
  return Array.from({ length: TRANSFERS }, (_, i) => i)
    .filter(isWanted)
    .map((i) => `t${i}`);
}

test("a page that finds nothing within its bound is empty and goes on by its cursor", async () => {
  const first = await history(made.database, bookId, { code: 3 }, { limit: 5 });
  expect(first.items).toEqual([]);
  expect(first.cursor).toBeDefined();
  const { ids, pages } = await read({ code: 3 }, { limit: 5 });
  expect(ids).toEqual(["t0"]);
  expect(pages).toBe(2);
});

test("an account touched seldom is found at once, however long the journal is", async () => {
  const filter = { account: { path: "seldom", asset: ASSET } };
  const { items } = await history(made.database, bookId, filter, { limit: 2 });
  expect(items.map((entry) => entry.id)).toEqual([`t${TRANSFERS - 1}`, "t0"]);
});

test("the histories of some hundred accounts are merged in order", async () => {
  const isFew = (i: number) => i % 31 === 0 && i % 50 !== 0 && i !== TRANSFERS - 1;
  for (const limit of [17, 1_000]) {
    const { ids } = await read({ prefix: "few" }, { limit, order: "oldest" });
    expect(ids).toEqual(idsOf(isFew));
    const newest = await read({ prefix: "few" }, { limit });
    expect(newest.ids).toEqual(idsOf(isFew).reverse());
  }
});

test("of more accounts than are merged, the journal itself is read", async () => {
  const isMany = (i: number) => i % 50 === 0 && i !== 0 && i !== TRANSFERS - 1;
  const { ids } = await read({ prefix: "many" }, { limit: 100, order: "oldest" });
  expect(ids).toEqual(idsOf(isMany));
  const both = { prefix: "many", account: { path: "hot" }, code: 1 };
  expect((await read(both, { limit: 1_000 })).ids).toEqual(idsOf(isMany).reverse());
});

test("a rare asset is found among many accounts", async () => {
  const { items } = await listAccounts(made.database, bookId, { asset: "RARE/0" });
  expect(items.map((account) => account.path)).toEqual(["zz/last"]);
});

test("P4 a book of large batches verifies", async () => {
  const report = await verifyBook(made.database, bookId);
  expect(report.findings).toEqual([]);
  expect(report.entries).toBeGreaterThan(TRANSFERS + MANY + FEW);
});
