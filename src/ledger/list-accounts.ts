import { assert, fail, isAssetCode, isPath } from "../base/index.ts";
import { available } from "./account.ts";
import { balanceOf, runningOf } from "./balance-row.ts";
import type { AccountView, Page, PageRequest } from "./book.ts";
import { sideOfNumber } from "./fold.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import { decodeCursor, encodeCursor, pageLimit, pathRange, SCAN_ROWS_MAX } from "./page.ts";
import type { Reader } from "./reader.ts";
import { readingErrors } from "./reading.errors.ts";
import {
  accountByPath,
  type AccountRow,
  accountViews,
  assetByCode,
  scanAccounts,
} from "./reading.sql.ts";

/** One account as it stands now; undefined when it was never opened. */
export async function findAccount(
  database: Reader,
  bookId: number,
  path: string,
  asset: string,
): Promise<AccountView | undefined> {
  const row = await database.maybe(accountByPath, { book: bookId, path, asset });
  if (row === undefined) return undefined;
  const [view] = await viewsOf(database, bookId, [row.account]);
  return view;
}

export interface AccountFilter {
  /** "user/42" finds user/42 and everything below it, never user/421. */
  readonly prefix?: string | undefined;
  readonly asset?: string | undefined;
}

const filterKeys: KeysOf<AccountFilter> = { prefix: true, asset: true };

/**
 * Accounts as they stand now, in order of path and, under one path, of when their asset was defined
 * (`page.order` is for histories). Looks at no more than SCAN_ROWS_MAX accounts: where an asset is
 * rare, a page may be short or empty and still have a cursor.
 * Refuses: ledger.filter_malformed, ledger.question_key_unknown, ledger.cursor_malformed,
 * ledger.limit_out_of_range.
 */
export async function listAccounts(
  database: Reader,
  bookId: number,
  filter: AccountFilter,
  page: PageRequest = {},
): Promise<Page<AccountView>> {
  checkKeys("the filter of accounts", filter, filterKeys);
  if (filter.prefix !== undefined && !isPath(filter.prefix)) {
    throw fail(readingErrors, "filter_malformed", { field: "prefix" });
  }
  if (filter.asset !== undefined && !isAssetCode(filter.asset)) {
    throw fail(readingErrors, "filter_malformed", { field: "asset" });
  }
  const limit = pageLimit(page);
  const question = ["accounts", filter.prefix, filter.asset];
  const start = page.cursor === undefined ? FIRST : positionOf(question, page.cursor);
  const asset = await assetNumber(database, bookId, filter.asset);
  if (asset === undefined) return { items: [] };
  const found = await scan(database, bookId, { prefix: filter.prefix, asset, limit, start });
  const items = await viewsOf(database, bookId, found.accounts);
  if (found.next === undefined) return { items };
  const { path, asset: assetSeq } = found.next;
  return { items, cursor: encodeCursor(question, [path, assetSeq.toString()]) };
}

interface Position {
  readonly path: string;
  readonly asset: bigint;
}

const FIRST: Position = { path: "", asset: 0n };

function positionOf(question: readonly unknown[], cursor: string): Position {
  const [path, asset] = decodeCursor(question, cursor, 2);
  if (!isPath(path) || asset === undefined || !/^\d{1,18}$/.test(asset)) {
    throw fail(readingErrors, "cursor_malformed");
  }
  return { path, asset: BigInt(asset) };
}

/** Null: any asset. Undefined: an asset that is not defined, so nothing can be found. */
async function assetNumber(
  database: Reader,
  bookId: number,
  code: string | undefined,
): Promise<bigint | null | undefined> {
  if (code === undefined) return null;
  return (await database.maybe(assetByCode, { book: bookId, code }))?.asset;
}

interface Scan {
  readonly prefix: string | undefined;
  readonly asset: bigint | null;
  readonly limit: number;
  readonly start: Position;
}

/** Looks in growing steps, so that a dense page costs little and a sparse one stays bounded. */
async function scan(
  database: Reader,
  bookId: number,
  { prefix, asset, limit, start }: Scan,
): Promise<{ accounts: bigint[]; next: Position | undefined }> {
  const accounts: bigint[] = [];
  let after = start;
  let left = SCAN_ROWS_MAX;
  for (let rows = limit + 1; left > 0; left -= rows, rows = Math.min(rows * 4, left)) {
    const looked = await database.run(scanAccounts, {
      book: bookId,
      ...pathRange(prefix),
      afterPath: after.path,
      afterAsset: after.asset,
      asset,
      scan: rows,
    });
    const last = looked.at(-1);
    if (last === undefined) return { accounts, next: undefined };
    for (const row of looked) {
      if (!row.wanted) continue;
      if (accounts.length === limit) return { accounts, next: after };
      accounts.push(row.account);
      after = { path: row.path, asset: row.asset };
    }
    after = { path: last.path, asset: last.asset };
  }
  return { accounts, next: after };
}

async function viewsOf(
  database: Reader,
  bookId: number,
  accounts: readonly bigint[],
): Promise<AccountView[]> {
  if (accounts.length === 0) return [];
  const rows = await database.run(accountViews, { book: bookId, accounts });
  assert(rows.length === accounts.length, "every account has its opening's balance");
  return rows.map(viewOf);
}

function viewOf(row: AccountRow): AccountView {
  const balance = balanceOf(runningOf(row));
  const side = sideOfNumber(row.side);
  return {
    path: row.path,
    asset: row.asset,
    side,
    openedSeq: Number(row.account),
    balance,
    available: available(side, balance),
  };
}
