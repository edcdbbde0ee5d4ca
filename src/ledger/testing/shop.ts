/**
 * For tests: a small shop's book with shelves of another room beside it, and nodes that work on it,
 * each with its own connections, lane and memory.
 */
import { expect, onTestFinished } from "vitest";
import { type Clock, type Faults, systemClock } from "../../base/index.ts";
import {
  type Database,
  Lane,
  type LaneLimits,
  type Lease,
  openDatabase,
  postgresMigrations,
} from "../../postgres/index.ts";
import { overProxy, shelfMigrations, testDatabase } from "../../postgres/testing.ts";
import type { TestDatabase } from "../../postgres/testing.ts";
import type { Answer, ChainAnswer } from "../answer.ts";
import type { Book, Posting } from "../book.ts";
import { LedgerEngine } from "../engine.ts";
import { ledgerMigrations, openLedger } from "../index.ts";
import type { MemoryLimits } from "../memory.ts";
import { openBook } from "../open-book.ts";
import type { PendingTransfer, PostedTransfer, Request } from "../transfer.ts";

export const CNY = "CNY/2";

export interface Shop {
  readonly test: TestDatabase;
  readonly bookId: number;
}

export interface ShopNode {
  readonly book: Book;
  readonly engine: LedgerEngine;
  readonly lane: Lane<Posting, Answer | ChainAnswer>;
  readonly close: () => Promise<void>;
}

export interface NodeOptions {
  /** Connects there instead of the shop's own server address. */
  readonly database?: Database;
  readonly clock?: Clock;
  readonly limits?: Partial<LaneLimits>;
  readonly memory?: Partial<MemoryLimits>;
  readonly lease?: Lease;
  readonly faults?: Faults;
}

/** A book with money in a bank without bound, and a wallet of 1000 for each user. */
export async function openShop(
  users: readonly string[] = ["ann", "bob"],
  until: "test" | "caller" = "test",
): Promise<Shop> {
  const migrations = [postgresMigrations, ledgerMigrations, shelfMigrations];
  const test = await testDatabase({ migrations, until });
  return stockShop(test, users);
}

export async function stockShop(test: TestDatabase, users: readonly string[]): Promise<Shop> {
  const ledger = openLedger({ database: test.database, sweep: false });
  const book = await ledger.createBook("shop");
  const opening: Request[] = [
    { kind: "asset", asset: CNY },
    { kind: "open", path: "bank", asset: CNY, side: "debit", bound: "none" },
    { kind: "open", path: "till", asset: CNY, side: "credit" },
    ...users.map((user) => ({ kind: "open", path: user, asset: CNY, side: "credit" }) as const),
    ...users.map((user) => pay(`top-up-${user}`, "bank", user, 1_000n)),
  ];
  for (const answer of await book.batch(opening)) expect(answer.status).toBe("created");
  await ledger.close();
  return { test, bookId: book.id };
}

/** A node of its own on the shop's book; closed with the test. */
export async function openNode(shop: Shop, options: NodeOptions = {}): Promise<ShopNode> {
  const { url, schema } = shop.test;
  const { clock = systemClock, limits, memory, lease, faults } = options;
  const database = options.database ?? (await openDatabase({ url, schema, poolMax: 3 }));
  const followsDatabase = options.clock === undefined;
  const engine = new LedgerEngine({ book: shop.bookId, schema, clock, followsDatabase, memory });
  const name = "book shop";
  const lane = new Lane({ name, database, engine, limits, lease, faults });
  const close = async () => {
    await lane.close();
    if (options.database === undefined) await database.close();
  };
  onTestFinished(close);
  const book = openBook({ database, name, id: shop.bookId, lane, engine });
  return { book, engine, lane, close };
}

/** A node whose wire can be cut. */
export async function openNodeOverProxy(
  shop: Shop,
  options: NodeOptions & { isPooler?: boolean } = {},
) {
  const { database, proxy } = await overProxy(shop.test, options);
  return { ...(await openNode(shop, { ...options, database })), database, proxy };
}

export function pay(id: string, debit: string, credit: string, amount: bigint): PostedTransfer {
  return { id, asset: CNY, debit, credit, amount };
}

export function hold(id: string, debit: string, amount: bigint, timeoutMs?: number) {
  const request: PendingTransfer = {
    ...pay(id, debit, "till", amount),
    kind: "pending",
    timeoutMs,
  };
  return request;
}

/** What may still go out of an account. */
export async function left(book: Book, path: string): Promise<bigint> {
  const view = await book.account(path, CNY);
  expect(view).toBeDefined();
  return view?.available ?? 0n;
}

/** The books balance, every balance is the fold of its history, and the chain of hashes holds. */
export async function expectVerified(book: Book): Promise<void> {
  const report = await book.verify();
  expect(report.findings).toEqual([]);
  expect(report.findingsCount).toBe(0);
}
