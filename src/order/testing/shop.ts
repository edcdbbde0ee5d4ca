/** For tests: a shop with products, buyers with wallets, and quotes that are read from memory. */
import { expect, onTestFinished, vi } from "vitest";
import { manualClock, type ManualClock } from "../../base/index.ts";
import { flowMigrations } from "../../flow/index.ts";
import {
  type Book,
  type Ledger,
  ledgerMigrations,
  openLedger,
  type Request,
} from "../../ledger/index.ts";
import { paymentMigrations } from "../../payment/index.ts";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { type TestDatabase, testDatabase } from "../../postgres/testing.ts";
import {
  type FrozenLine,
  type FrozenQuote,
  openOrders,
  type OrderAnswer,
  orderMigrations,
  type Orders,
  openShelf,
  openTill,
  type PlaceOrder,
  type Reaction,
  stockShelf,
} from "../index.ts";

export const GBP = "GBP/2";
export const WALLET = 1_000_000n;

export interface Shop extends ShopNode {
  readonly test: TestDatabase;
  readonly clock: ManualClock;
  /** Makes a quote for lines and gives back the command that orders it. */
  readonly command: (
    id: string,
    lines: readonly LineAsked[],
    other?: Partial<FrozenQuote> & { buyer?: string },
  ) => PlaceOrder;
  readonly quotes: Map<string, FrozenQuote>;
  /** Another node on the same tables. */
  readonly node: (url?: string, sweep?: boolean) => Promise<ShopNode>;
}

export interface ShopNode {
  /** How many statements its books and orders have asked so far. */
  readonly questions: () => number;
  readonly book: Book;
  readonly orders: Orders;
}

/** sku, quantity and what the whole quantity costs. */
export type LineAsked = readonly [sku: string, quantity: bigint, amount: bigint] | FrozenLine;

export interface ShopOptions {
  /** Pieces of each product. */
  readonly stock: Readonly<Record<string, bigint>>;
  readonly buyers?: readonly string[];
  /** What a node's orders start; the tables of runs are there then, too. */
  readonly reactions?: ReactionsOf;
  /** Whether nodes end unpaid orders by themselves. */
  readonly sweep?: boolean;
  /** Nodes have no clock given: the database's counts. */
  readonly databaseTime?: boolean;
  /** The clock's first instant; the database's clock stays what it is. */
  readonly startAt?: number;
}

/** What a node has besides its orders, and by a name of its own. */
export interface NodeParts {
  readonly name: string;
  readonly database: Database;
  readonly ledger: Ledger;
  readonly orders: () => Orders;
}

type ReactionsOf = (parts: NodeParts) => Promise<readonly Reaction[]>;

export async function openShop(options: ShopOptions): Promise<Shop> {
  const { stock, buyers = ["ann", "bob"], reactions: reactionsOf } = options;
  const runs = reactionsOf === undefined ? [] : [flowMigrations];
  const trade = [paymentMigrations, orderMigrations];
  const migrations = [postgresMigrations, ledgerMigrations, ...runs, ...trade];
  const test = await testDatabase({ migrations });
  const clock = manualClock(options.startAt ?? Date.now());
  const quotes = new Map<string, FrozenQuote>();
  let nodes = 0;
  const node = async (url = test.url, sweeps = options.sweep): Promise<ShopNode> => {
    const database = await openDatabase({ url, schema: test.schema, poolMax: 4 });
    const asked = ["run", "one", "maybe"].map((name) => vi.spyOn(database, name as "run"));
    const questions = () => asked.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    const known: { orders?: Orders } = {};
    const given = options.databaseTime === true ? {} : ({ clock, bookTime: "clock" } as const);
    const ledger = openLedger({ database, ...given, sweep: false });
    onTestFinished(async () => {
      await known.orders?.stopSweep();
      await ledger.close();
      await database.close();
    });
    const read = async (_book: string, id: string) => quotes.get(id);
    const orders = () => known.orders ?? expect.fail("the orders are not open yet");
    const name = `node-${(nodes += 1)}`;
    const reactions = await reactionsOf?.({ name, database, ledger, orders });
    const sweep = sweeps === true ? { books: ledger } : undefined;
    known.orders = openOrders({
      ...{ database, clock: given.clock, quotes: { read }, reactions, sweep },
    });
    return { book: await ledger.createBook("shop"), orders: known.orders, questions };
  };
  const first = await node();
  await stocked(first.book, stock, buyers);
  return { ...first, test, clock, quotes, node, command: commandMaker(clock, quotes) };
}

async function stocked(
  book: Book,
  stock: ShopOptions["stock"],
  buyers: readonly string[],
): Promise<void> {
  const opened: Request[] = [
    ...openTill(GBP),
    { kind: "open", path: "bank", asset: GBP, side: "debit", bound: "none" },
    ...Object.keys(stock).flatMap(openShelf),
    ...Object.entries(stock).map(([sku, many]) => stockShelf(`stock/${sku}`, sku, many)),
    ...buyers.flatMap((buyer): Request[] => {
      const path = `user/${buyer}/wallet`;
      return [
        { kind: "open", path, asset: GBP, side: "credit" },
        { id: `top-up/${buyer}`, asset: GBP, debit: "bank", credit: path, amount: WALLET },
      ];
    }),
  ];
  for (const answer of await book.batch(opened)) expect(answer.status).not.toBe("refused");
}

function commandMaker(clock: ManualClock, quotes: Map<string, FrozenQuote>): Shop["command"] {
  return (id, asked, { buyer = "ann", ...other } = {}) => {
    const lines = asked.map((line): FrozenLine => {
      if (!Array.isArray(line)) return line as FrozenLine;
      const [sku, quantity, amount] = line as [string, bigint, bigint];
      return { sku, quantity, list: amount, amount };
    });
    const total = lines.reduce((sum, { amount }) => sum + amount, 0n);
    const quote: FrozenQuote = {
      id: `q-${id}`,
      hash: `hash-${id}`,
      asset: GBP,
      total,
      lines,
      expiresAt: clock.now() + 3_600_000,
      ...other,
    };
    quotes.set(quote.id, quote);
    return { id, buyer, quote: { id: quote.id, hash: quote.hash, total: quote.total } };
  };
}

/** A payment of everything from the buyer's wallet. */
export function wallet(orderId: string, amount: bigint, paymentId = `pay-${orderId}`) {
  return { orderId, paymentId, parts: amount === 0n ? [] : [{ means: "wallet", amount } as const] };
}

export async function left(book: Book, path: string, asset: string = GBP): Promise<bigint> {
  return (await book.account(path, asset))?.available ?? 0n;
}

/** What lies on the accounts of a product: on the shelf, sold and due, delivered. */
export async function shelf(book: Book, sku: string): Promise<[bigint, bigint, bigint]> {
  const of = (path: string) => left(book, path, `SKU:${sku}/0`);
  return [await of("shop/stock"), await of("shop/due"), await of("shop/delivered")];
}

export function stateIn(answer: OrderAnswer): string {
  return answer.status === "refused" ? answer.code : `${answer.status} ${answer.order.state}`;
}

/** P4: per asset debits equal credits, every balance is the fold of its history. */
export async function expectVerified(book: Book): Promise<void> {
  const report = await book.verify();
  expect(report.findings).toEqual([]);
  const { balanced } = await book.trialBalance();
  expect(balanced).toBe(true);
}
