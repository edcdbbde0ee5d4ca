/**
 * The lunch hour: a thousand buyers at once for the hundred boxes that are left, each with a quote, an order and
 * a payment of their own, over the API. In a book of its own, the canteen next door, so that the shop's sums stay those of
 * its file. Every buyer's keys are theirs for ever: a rush that was killed goes on, and one that is over is found.
 */
import { performance } from "node:perf_hooks";
import {
  type Book,
  type Longmen,
  LongmenProblem,
  type OrderNow,
  type Request,
} from "../../client/index.ts";
import { againKey, MONEY } from "./names.ts";
import { DEADLINE_MS } from "./post-chains.ts";
import { isEnded, isLawfulEnd } from "./sell-order.ts";
import { importCatalogue, openShop } from "./stock-shop.ts";

export const RUSH_BOOK = "lunch";
export const RUSH = { sku: "LUNCH-BOX", buyers: 1_000, price: "4.50" } as const;
/** A box for every tenth buyer. */
const PER_BOX = 10;
const PAGE = 500;
/** Each asks over a connection of its own. */
export const BUYERS_MIN = PER_BOX;
export const BUYERS_MAX = 5_000;
const PRICE_MINOR = 450n;
const WALLET_MINOR = 2_000n;

export interface Rush {
  readonly buyers: number;
  readonly boxes: number;
  /** Delivered, as the books of the canteen say afterwards. */
  readonly sold: number;
  /** Buyers who were told that it is sold out, and have nothing. */
  readonly refused: number;
  /** Buyers who were told something else, and orders that are not delivered. */
  readonly unexplained: number;
  /** From the bell to the last answer; undefined: it was over before this start. */
  readonly seconds: number | undefined;
}

interface Canteen {
  readonly book: Book;
  /** Who comes. */
  readonly buyers: readonly string[];
  readonly boxes: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Holds the rush, or finds that it was held. `count` buyers come, for a tenth as many boxes: 10 to 5,000.
 * Safe to repeat: yes; with another count where nobody has bought yet, or all is over.
 */
export async function lunchRush(
  longmen: Longmen,
  count: number = RUSH.buyers,
  signal?: AbortSignal,
): Promise<Rush> {
  const buyers = Array.from({ length: count }, (_, at) => buyerName(at + 1));
  const boxes = Math.floor(count / PER_BOX);
  const canteen: Canteen = { book: longmen.book(RUSH_BOOK), buyers, boxes, signal };
  const before = await shelfOf(canteen);
  if (before !== undefined && isOver(before)) return asItWas(canteen, before);
  await openCanteen(canteen);
  const quoted = await Promise.all(buyers.map((buyer) => quoteFor(canteen, buyer, 1)));
  const rungAt = performance.now();
  const outcomes = await Promise.all(quoted.map((one) => buyLunch(canteen, one)));
  const seconds = (performance.now() - rungAt) / 1000;
  return settle(canteen, outcomes, seconds);
}

async function shelfOf({ book, signal }: Canteen) {
  try {
    return await book.shop.stock.get(RUSH.sku, { signal });
  } catch (error) {
    if (error instanceof LongmenProblem && error.code === "ledger.book_missing") return undefined;
    throw error;
  }
}

type Shelf = NonNullable<Awaited<ReturnType<typeof shelfOf>>>;

function isOver({ left, held, due, delivered }: Shelf): boolean {
  return left + held + due === 0n && delivered > 0n;
}

/** What the books say of a rush that is over, and who of these buyers has nothing. */
async function asItWas({ book, buyers, signal }: Canteen, shelf: Shelf): Promise<Rush> {
  const bought = new Set<string>();
  let unended = 0;
  for await (const { buyer, state } of book.shop.orders.list({}, { limit: PAGE, signal })) {
    if (isLawfulEnd(state)) bought.add(buyer);
    else if (!isEnded(state)) unended += 1;
  }
  const sold = Number(shelf.delivered);
  const refused = buyers.filter((buyer) => !bought.has(buyer)).length;
  const unexplained = unended + Math.abs(sold - bought.size);
  const { length: asked } = buyers;
  return { buyers: asked, boxes: sold, sold, refused, unexplained, seconds: undefined };
}

const buyerName = (at: number): string => `buyer-${String(at).padStart(4, "0")}`;

/** Every other buyer has a wallet with money in it. */
const hasWallet = (buyer: string): boolean => Number(buyer.slice(-4)) % 2 === 0;

async function openCanteen({ book, buyers, boxes, signal }: Canteen): Promise<void> {
  await book.create({ signal });
  await openShop(book.shop, signal);
  const row = [RUSH.sku, "goods", "Lunch box", "盒饭", "published", RUSH.sku, RUSH.price, MONEY];
  const csv = `code,type,name,name_zh,state,sku,price,currency\n${row.join(",")}\n`;
  await importCatalogue(book.shop, csv, signal);
  const options = { deadlineMs: DEADLINE_MS, signal };
  const items = [{ sku: RUSH.sku, quantity: BigInt(boxes) }];
  const put = await book.shop.stock.put({ id: "lunch", items }, options);
  // Of an earlier start for another number of buyers, that was killed: its boxes are there, and are sold.
  if (put.status === "refused" && put.code !== "order.key_conflict") {
    throw new Error(`no lunch is delivered: ${put.code}`);
  }
  const filled = buyers.filter(hasWallet).flatMap((buyer): Request[] => {
    const path = `user/${buyer}/wallet`;
    const move = { debit: "shop/cash", credit: path, amount: WALLET_MINOR };
    return [
      { kind: "open", path, asset: MONEY, side: "credit" },
      { id: `fill/${buyer}`, asset: MONEY, ...move },
    ];
  });
  await book.batch(filled, options);
}

interface Quoted {
  readonly buyer: string;
  readonly nth: number;
  readonly quote: { readonly id: string; readonly hash: string; readonly total: bigint };
}

async function quoteFor({ book, signal }: Canteen, buyer: string, nth: number): Promise<Quoted> {
  const lines = [{ sku: RUSH.sku, quantity: 1n }];
  const key = againKey(`lunch:${buyer}`, nth);
  const answer = await book.shop.quotes.makeBrief(
    { key, lines },
    { deadlineMs: DEADLINE_MS, signal },
  );
  if (answer.status === "refused") throw new Error(`no lunch is quoted: ${answer.code}`);
  return { buyer, nth, quote: answer.quote };
}

interface Outcome {
  readonly order?: OrderNow;
  /** The code of the refusal. */
  readonly refused?: string;
}

/** A run that was killed for long leaves quotes that have expired, and orders that have. */
async function buyLunch(canteen: Canteen, quoted: Quoted): Promise<Outcome> {
  const { book, signal } = canteen;
  const options = { deadlineMs: DEADLINE_MS, signal };
  let { quote, nth } = quoted;
  for (let attempt = 1; ;) {
    const id = againKey(`lunch:${quoted.buyer}`, attempt);
    const placed = await book.shop.orders.place({ id, buyer: quoted.buyer, quote }, options);
    if (placed.status !== "refused") {
      const { state } = placed.order;
      if (state !== "placed" && state !== "expired") return { order: placed.order };
      if (state === "placed") {
        const means = hasWallet(quoted.buyer) ? "wallet" : "cash";
        const payment = { paymentId: id, parts: [{ means, amount: PRICE_MINOR }] } as const;
        const paid = await book.shop.orders.pay(id, payment, options);
        if (paid.status !== "refused") return { order: paid.order };
        if (paid.code !== "order.expired") return { refused: paid.code };
        await book.shop.orders.cancel(id, {}, options);
      }
      attempt += 1;
    } else if (placed.code === "order.quote_expired") {
      nth += 1;
      ({ quote } = await quoteFor(canteen, quoted.buyer, nth));
    } else if (placed.code === "order.key_conflict") {
      const found = await book.shop.orders.get(id, options);
      return found === undefined ? { refused: placed.code } : { order: found.order };
    } else return { refused: placed.code };
  }
}

/** The canteen hands out what was paid for; what the books say then is what was sold. */
async function settle(
  canteen: Canteen,
  outcomes: readonly Outcome[],
  seconds: number,
): Promise<Rush> {
  const { book, signal } = canteen;
  const options = { deadlineMs: DEADLINE_MS, signal };
  const bought = outcomes.flatMap(({ order }) => order ?? []);
  const delivered = await Promise.all(
    bought.map(async (order) => {
      if (isLawfulEnd(order.state)) return true;
      const answer = await book.shop.orders.fulfil(order.id, { fulfilmentId: order.id }, options);
      return answer.status !== "refused" && isLawfulEnd(answer.order.state);
    }),
  );
  const { left = 0n, held = 0n, due = 0n, delivered: out = 0n } = (await shelfOf(canteen)) ?? {};
  const sold = Number(out);
  const boxes = Number(left + held + due + out);
  const refused = outcomes.filter((one) => one.refused === "order.sold_out").length;
  const undelivered = delivered.filter((isDone) => !isDone).length;
  const others = outcomes.length - bought.length - refused;
  const { length: asked } = canteen.buyers;
  const unsold = Math.abs(Math.min(boxes, asked) - sold);
  const unexplained = undelivered + others + Math.abs(sold - bought.length) + unsold;
  return { buyers: asked, boxes, sold, refused, unexplained, seconds };
}
