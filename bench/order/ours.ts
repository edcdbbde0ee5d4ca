/** Our side: the shipped path with default configuration, quotes from memory. */
import { openLedger, type Book, type Request } from "../../src/ledger/index.ts";
import {
  openOrders,
  openShelf,
  openTill,
  stockShelf,
  type FrozenQuote,
  type OrderAnswer,
  type Orders,
} from "../../src/order/index.ts";
import { openDatabase } from "../../src/postgres/index.ts";
import { runCallers } from "../callers.ts";
import { Void, type Contender, type Round } from "../contest.ts";
import { keptBytes } from "../kept-bytes.ts";
import { checkpoint } from "../servers.ts";
import { checkRows, withTables } from "./tables.ts";
import { ASSET, BUYERS, buyerOf, STOCK, WALLET, type Workload } from "./workload.ts";

const SCHEMA = "bench_longmen_order";
const AT_ONCE = 2_000;
const AN_HOUR = 3_600_000;

export interface OurOptions {
  readonly url: string;
  readonly callers: number;
  readonly workload: () => Workload;
  /** Wraps what the clock runs for: a profiler. */
  readonly during?: ((load: () => Promise<Round>) => Promise<Round>) | undefined;
}

export function ourContender(options: OurOptions): Contender {
  const { url, callers, workload, during } = options;
  return {
    name: "longmen",
    round: (seconds) =>
      inShop({ url, workload }, (call) => {
        const clocked = () => runCallers({ callers, seconds, call });
        return during?.(clocked) ?? clocked();
      }),
  };
}

const MILLION = 1_000_000;
const MILLION_QUICK = 50_000;
/** Looks at memory, and parts whose speed is compared. */
const LOOKS = 50;
const PARTS = 10;
const HOUR_SECONDS = 3_600;
export const MEMORY_FLAT = "memory-early/at-most";
/** Until all that is remembered for a while has come once: a tenth of a million. */
const EARLY = 0.1;
const EARLY_QUICK = 0.5;
export const SPEED_KEPT = "last-tenth/first-tenth";

/** A million orders by one node: what it keeps in memory must not grow with them, nor may it slow down. */
export function millionContender(options: OurOptions & { readonly quick: boolean }): Contender {
  const { url, callers, workload, quick } = options;
  const orders = quick ? MILLION_QUICK : MILLION;
  const round = () =>
    inShop({ url, workload }, async (buyOne) => {
      const startedAt = performance.now();
      const kept: number[] = [];
      const ends: number[] = [];
      let count = 0;
      const onAnswer = (answered: number) => {
        count += answered;
        // Of the thousands that one flush answers, the first to see so many passed looks.
        if (count >= (orders / LOOKS) * (kept.length + 1)) kept.push(keptBytes());
        if (count >= (orders / PARTS) * (ends.length + 1)) ends.push(performance.now());
      };
      const enough = () => count >= orders;
      const result = await runCallers({
        ...{ callers, seconds: HOUR_SECONDS, call: buyOne },
        ...{ onAnswer, enough },
      });
      if (!enough()) throw new Void(`${orders} orders took more than an hour`);
      const took = ends.map((end, part) => end - (ends[part - 1] ?? startedAt));
      const base = Math.max(...kept.slice(0, LOOKS * (quick ? EARLY_QUICK : EARLY)));
      const shares = {
        [MEMORY_FLAT]: base / Math.max(...kept),
        [SPEED_KEPT]: (took[0] ?? 0) / (took[PARTS - 1] ?? Infinity),
      };
      return { ...result, shares };
    });
  return { name: "longmen", round };
}

/** A shop with full shelves and wallets on fresh tables; afterwards what was bought is counted and verified. */
function inShop(
  { url, workload: make }: Pick<OurOptions, "url" | "workload">,
  load: (buyOne: (caller: number) => Promise<number>) => Promise<Round>,
): Promise<Round> {
  return withTables(url, SCHEMA, async () => {
    const workload = make();
    const database = await openDatabase({ url, schema: SCHEMA });
    const ledger = openLedger({ database });
    try {
      const book = await ledger.createBook("bench");
      await stocked(book, workload);
      await checkpoint(url);
      const quotes = new Map<string, FrozenQuote>();
      const read = async (_book: string, id: string) => quotes.get(id);
      const orders = openOrders({ database, quotes: { read } });
      const round = await load((caller) => buy(orders, book, quotes, workload, caller));
      await checkRows(url, SCHEMA, round.count);
      await checkBook(book, workload, round.count);
      return round;
    } finally {
      await ledger.close();
      await database.close();
    }
  });
}

async function buy(
  orders: Orders,
  book: Book,
  quotes: Map<string, FrozenQuote>,
  workload: Workload,
  caller: number,
): Promise<number> {
  const { id, paymentId, buyer, total, lines } = workload.next(caller);
  const quote = { id, hash: id, total };
  quotes.set(id, {
    ...quote,
    asset: ASSET,
    lines: lines.map((line) => ({ ...line, list: line.amount })),
    expiresAt: Date.now() + AN_HOUR,
  });
  expectDone(await orders.place(book, { id, buyer, quote }));
  quotes.delete(id);
  const parts = [{ means: "wallet", amount: total } as const];
  expectDone(await orders.pay(book, { orderId: id, paymentId, parts }));
  return 1;
}

function expectDone(answer: OrderAnswer): void {
  if (answer.status !== "done") throw new Void(`an order was answered ${JSON.stringify(answer)}`);
}

async function stocked(book: Book, { products }: Workload): Promise<void> {
  const wallets = Array.from({ length: BUYERS }, (_, n) => `user/${buyerOf(n)}/wallet`);
  const requests: Request[] = [
    ...openTill(ASSET),
    { kind: "open", path: "bank", asset: ASSET, side: "debit", bound: "none" },
    ...products.flatMap(openShelf),
    ...products.map((sku) => stockShelf(`stock:${sku}`, sku, STOCK)),
    ...wallets.map((path) => ({ kind: "open", path, asset: ASSET, side: "credit" }) as const),
    ...wallets.map((path, n) => {
      return { id: `top-up:${n}`, asset: ASSET, debit: "bank", credit: path, amount: WALLET };
    }),
  ];
  for (let from = 0; from < requests.length; from += AT_ONCE) {
    for (const { status } of await book.batch(requests.slice(from, from + AT_ONCE))) {
      if (status === "refused") throw new Void("preparing was refused");
    }
  }
}

/** The books verify, and goods that are sold and due are those of the orders. */
export async function checkBook(book: Book, { products }: Workload, orders: number): Promise<void> {
  const report = await book.verify();
  if (!report.verified) throw new Void(`verify found ${report.findings[0]?.message}`);
  let due = 0n;
  for (const sku of products) {
    const asset = `SKU:${sku}/0`;
    due += (await book.account("shop/due", asset))?.available ?? 0n;
  }
  if (due !== BigInt(orders) * 3n) throw new Void(`${due} pieces are due of ${orders} orders`);
}
