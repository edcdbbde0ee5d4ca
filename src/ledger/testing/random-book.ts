/**
 * For tests: a book with a bit of everything in it, made through the ledger's own door from a seed.
 * Few accounts, assets, references and codes, so that filters meet.
 */
import { manualClock, type ManualClock } from "../../base/index.ts";
import { postgresMigrations } from "../../postgres/index.ts";
import { testDatabase, type TestDatabase } from "../../postgres/testing.ts";
import type { Book, Posting } from "../book.ts";
import { ledgerMigrations, openLedger } from "../index.ts";
import type { PostedTransfer, Request } from "../transfer.ts";

export const BEGAN_AT = Date.UTC(2026, 0, 1);
export const ASSETS = ["CNY/2", "USD/2", "SKU:x/0"] as const;
export const PATHS = [
  "user/42",
  "user/42/wallet",
  "user/421",
  "user/42-old",
  "user/4",
  "shop/stock",
  "shop",
  "bank",
] as const;
export const REFERENCES = ["order-1", "order-2", "order-3"] as const;

export type Random = (below: number) => number;

/** mulberry32: small, seeded, good enough to mix cases. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export interface RandomBook {
  readonly test: TestDatabase;
  readonly book: Book;
  readonly clock: ManualClock;
  readonly close: () => Promise<void>;
}

export interface RandomBookOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly until?: "test" | "caller";
}

export async function randomBook(options: RandomBookOptions): Promise<RandomBook> {
  const clock = manualClock(BEGAN_AT);
  const test = await testDatabase({
    migrations: [postgresMigrations, ledgerMigrations],
    until: options.until ?? "test",
  });
  // Book time begins in the past, as a book's first batch is made by the database's clock.
  const ledger = openLedger({ database: test.database, clock, bookTime: "clock", sweep: false });
  const book = await ledger.createBook("random");
  await test.database.transaction((tx) =>
    tx.query(
      `update ${test.schema}.ledger_batch
       set at = to_timestamp($1::float8 / 1000), swept_until = to_timestamp($1::float8 / 1000)`,
      [BEGAN_AT],
    ),
  );
  await fill(book, clock, seeded(options.seed), options.rounds);
  return { test, book, clock, close: () => ledger.close() };
}

/** The first round defines assets and opens accounts; the others mix everything. */
async function fill(book: Book, clock: ManualClock, random: Random, rounds: number): Promise<void> {
  const opening: Request[] = ASSETS.map((asset) => ({ kind: "asset", asset }));
  await book.batch(opening);
  const ids: string[] = [];
  for (let round = 0; round < rounds; round++) {
    clock.advance(random(3) * 10);
    const size = 1 + random(random(4) === 0 ? 40 : 6);
    const postings: Posting[] = [];
    for (let i = 0; i < size; i++) postings.push(posting(random, `r${round}.${i}`, ids));
    await book.batch(postings);
  }
}

function posting(random: Random, id: string, ids: string[]): Posting {
  if (random(10) > 0) return request(random, id, ids);
  const asset = pick(random, ASSETS);
  const open = (name: string): Request => {
    return { kind: "open", path: `new/${id}/${name}`, asset, side: "credit", bound: "none" };
  };
  const between = (member: number): Request => ({
    ...movement(random, `${id}.${member}`, asset),
    debit: `new/${id}/a`,
    credit: `new/${id}/b`,
  });
  const requests = [open("a"), open("b"), between(0), between(1)];
  if (random(2) === 0) requests.push(request(random, `${id}.2`, ids));
  return { chain: `chain-${id}`, requests };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const value = from[random(from.length)];
  if (value === undefined) throw new RangeError("there is nothing to pick from");
  return value;
}

function maybe<T>(random: Random, value: () => T): T | undefined {
  return random(2) === 0 ? undefined : value();
}

function described(random: Random) {
  return {
    code: maybe(random, () => random(4)),
    reference: maybe(random, () => pick(random, REFERENCES)),
    metadata: maybe(random, () => `{"n": ${random(9)},  "wörd": "龙门"}`),
    effectiveAt: maybe(random, () => BEGAN_AT + random(2_000) - 500),
  };
}

function request(random: Random, id: string, ids: string[]): Request {
  const asset = pick(random, ASSETS);
  const path = pick(random, PATHS);
  switch (random(14)) {
    case 0:
    case 1:
      return opening(path, asset);
    case 2:
      return { kind: "bound", id, path, asset, bound: random(3) === 0 ? "none" : amount(random) };
    case 3:
      return { kind: random(3) === 0 ? "close" : "reopen", id, path, asset };
    case 4:
    case 5:
      return { kind: "post", id, pendingId: pendingId(random, ids), ...described(random) };
    case 6:
      return { kind: "void", id, pendingId: pendingId(random, ids) };
    case 7:
    case 8:
    case 9:
      return pending(random, id, ids, asset);
    default:
      return movement(random, id, asset);
  }
}

function opening(path: string, asset: string): Request {
  const side = path === "shop/stock" || path === "bank" ? "debit" : "credit";
  return { kind: "open", path, asset, side, bound: path === "shop" ? 50n : "none" };
}

function amount(random: Random): bigint {
  return BigInt(random(200));
}

function pendingId(random: Random, ids: readonly string[]): string {
  return ids.length === 0 || random(8) === 0 ? "nowhere" : pick(random, ids.slice(-12));
}

function pending(random: Random, id: string, ids: string[], asset: string): Request {
  ids.push(id);
  const timeoutMs = maybe(random, () => 1 + random(60));
  return { ...movement(random, id, asset), kind: "pending", timeoutMs };
}

function movement(random: Random, id: string, asset: string): PostedTransfer {
  const debit = pick(random, PATHS);
  const credit = pick(random, PATHS);
  const balancing =
    random(6) === 0 ? pick(random, ["debit", "credit", "both"] as const) : undefined;
  return { id, asset, debit, credit, amount: amount(random), balancing, ...described(random) };
}
