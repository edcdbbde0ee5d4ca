/** What was asked and what there is, side by side: for a price that is another, a key that stands for something else. */
import type { Static } from "typebox";
import { LongmenError, toRfc3339 } from "../base/index.ts";
import type { Book } from "../ledger/index.ts";
import type { Refused } from "../order/index.ts";
import { buyerPath, mayShop, seeing, sellingOf } from "./gate-shop.ts";
import type { Call, Selling } from "./route.ts";
import type { PlaceBody } from "./schemas-orders.ts";

type Details = Refused["details"];
type Placing = Call<{ readonly book: string }, unknown, Static<typeof PlaceBody>>;

const PRICED: ReadonlySet<string> = new Set(["order.quote_changed", "order.quote_expired"]);

/** The refusal of an order that was to be placed, with both sides where there are two. */
export async function withBothSides(call: Placing, book: Book, refused: Refused): Promise<Refused> {
  const { catalog } = sellingOf(call);
  const { quote } = call.body;
  if (PRICED.has(refused.code)) {
    return more(refused, await pricesOf(catalog, call.params.book, quote.id));
  }
  return refused.code === "order.key_conflict"
    ? more(refused, await ordersOf(call, book))
    : refused;
}

const more = (refused: Refused, details: Details): Refused => {
  return { ...refused, details: { ...refused.details, ...details } };
};

/**
 * What was quoted, and what the same costs today. The refusal stands also where today's price can't be told.
 */
async function pricesOf(
  catalog: Selling["catalog"],
  book: string,
  quoteId: string,
): Promise<Details> {
  const quote = await catalog.readQuote(book, quoteId);
  if (quote === undefined) return {};
  const quoted = { quoted: quote.total.toString(), currency: quote.currency };
  const check = await catalog.checkQuote(book, quoteId, quote).catch((error: unknown) => {
    if (error instanceof LongmenError) return undefined;
    throw error;
  });
  if (check?.status === "good") return { ...quoted, now: quoted.quoted };
  const now = check !== undefined && "now" in check ? check.now : undefined;
  if (now === undefined) return quoted;
  return now.status === "priced"
    ? { ...quoted, now: now.total.toString() }
    : { ...quoted, nowRefused: now.code };
}

/** The order that the key stands for and the one that was asked for: to who may see the first. */
async function ordersOf(call: Placing, book: Book): Promise<Details> {
  const { id, buyer, quote } = call.body;
  const view = await sellingOf(call).orders.glance(book, id);
  if (view === undefined || !mayShop(call, seeing, [buyerPath(view.order.buyer)])) return {};
  const { order, quoteId } = view;
  return {
    ...{ buyer: order.buyer, quote: quoteId, total: order.total.toString() },
    ...{ askedBuyer: buyer, askedQuote: quote.id, askedTotal: quote.total },
  };
}

/** What the key of a payment, fulfilment or refund stands for, where it is one of this very order. */
export async function withItsStep(
  { orders }: Selling,
  book: Book,
  orderId: string,
  refused: Refused,
): Promise<Refused> {
  if (refused.code !== "order.key_conflict") return refused;
  const { key } = refused.details;
  const step = typeof key === "string" ? await orders.stepOfKey(book, orderId, key) : undefined;
  if (step === undefined) return refused;
  const { act, version, at } = step;
  return more(refused, { order: orderId, act, version, at: toRfc3339(at) });
}
