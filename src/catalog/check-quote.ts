/** What an order room asks before it sells by a quote: is it what the buyer saw, and does it hold? */
import { fail, type Instant, LongmenError } from "../base/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { type Actor, effectiveAt } from "./items.ts";
import { findQuote, makeQuote } from "./make-quote.ts";
import { priceLines } from "./price-lines.ts";
import type { Quote, QuoteContent } from "./quote.ts";
import { type QuoteRequest, readQuoteRequest } from "./quote-request.ts";
import { isFields } from "./reading.ts";
import type { CatalogRoom } from "./room.ts";

/** What the buyer saw. */
export interface Echo {
  readonly hash: string;
  readonly total: bigint;
}

/** What the same request costs now. */
export type PricedNow =
  | {
      readonly status: "priced";
      readonly total: bigint;
      readonly currency: string;
      readonly content: QuoteContent;
    }
  | {
      readonly status: "refused";
      readonly code: string;
      readonly message: string;
      readonly error: LongmenError;
    };

export type QuoteCheck =
  | { readonly status: "good"; readonly quote: Quote }
  | { readonly status: "unknown" }
  /** It is not what the buyer saw; both are shown. */
  | {
      readonly status: "altered";
      readonly quote: Quote;
      readonly echoed: Echo;
      readonly differs: readonly ("hash" | "total")[];
    }
  | {
      readonly status: "expired";
      readonly quote: Quote;
      readonly expiredAt: Instant;
      readonly now: PricedNow;
    }
  /** Something of it is sold no more. */
  | {
      readonly status: "withdrawn";
      readonly quote: Quote;
      readonly skus: readonly string[];
      readonly now: PricedNow;
    };

/** See `Catalog.checkQuote`. */
export async function checkQuote(
  room: CatalogRoom,
  book: string,
  id: string,
  echoed: Echo,
): Promise<QuoteCheck> {
  const isEcho = isFields(echoed) && typeof echoed.hash === "string";
  if (!isEcho || typeof echoed.total !== "bigint") {
    const expected = "a hash as text and a total as a bigint";
    throw fail(catalogErrors, "request_malformed", { field: "the echo", expected });
  }
  const quote = await findQuote(room, book, id);
  if (quote === undefined) return { status: "unknown" };
  const differs = [
    ...(quote.hash === echoed.hash ? [] : ["hash" as const]),
    ...(quote.total === echoed.total ? [] : ["total" as const]),
  ];
  if (differs.length > 0) return { status: "altered", quote, echoed, differs };
  const at = room.time.now();
  if (at >= quote.expiresAt) {
    const now = await pricedNow(room, quote);
    return { status: "expired", quote, expiredAt: quote.expiresAt, now };
  }
  const skus = await withdrawnOf(room, quote, at);
  if (skus.length === 0) return { status: "good", quote };
  return { status: "withdrawn", quote, skus, now: await pricedNow(room, quote) };
}

/** See `Catalog.withdrawnOf`. */
export async function withdrawnOf(
  room: CatalogRoom,
  quote: Quote,
  at: Instant = room.time.now(),
): Promise<readonly string[]> {
  if (at >= quote.expiresAt) return [];
  const memory = await room.memory.current(quote.book);
  const codes = quote.lines.map(({ proof }) => proof.product);
  const products = await room.memory.products(memory, codes);
  const isSold = ({ sku, proof }: Quote["lines"][number]): boolean => {
    const product = effectiveAt(products.get(proof.product) ?? [], at);
    return product?.state === "published" && product.body.variants.some((one) => one.sku === sku);
  };
  return quote.lines.filter((line) => !isSold(line)).map(({ sku }) => sku);
}

/** Without what was agreed on: that held for this one quote. */
export function requestOf(quote: Quote, key: string): QuoteRequest {
  const { member, region, coupon } = quote;
  const lines = quote.lines.map(({ sku, quantity, attributes }) => ({ sku, quantity, attributes }));
  return {
    ...{ key, lines },
    ...(member === undefined ? {} : { member }),
    ...(region === undefined ? {} : { region }),
    ...(coupon === undefined ? {} : { coupon }),
  };
}

async function pricedNow(room: CatalogRoom, quote: Quote): Promise<PricedNow> {
  try {
    const memory = await room.memory.current(quote.book);
    const request = readQuoteRequest(requestOf(quote, quote.key));
    const content = await priceLines(room, memory, request, {
      at: room.time.now(),
      by: undefined,
    });
    return { status: "priced", total: content.total, currency: content.currency, content };
  } catch (error) {
    if (!(error instanceof LongmenError) || error.kind === "unavailable") throw error;
    return { status: "refused", code: error.code, message: error.message, error };
  }
}

export interface Requote {
  readonly before: Quote;
  readonly now: Quote;
  /** Lines whose amount is another, with both. */
  readonly changes: readonly {
    readonly sku: string;
    readonly before: bigint;
    readonly now: bigint;
  }[];
}

/** See `Catalog.requote`. */
export async function requote(
  room: CatalogRoom,
  book: string,
  id: string,
  key: string,
  by?: Actor,
): Promise<Requote> {
  const before = await findQuote(room, book, id);
  if (before === undefined) throw fail(catalogErrors, "quote_missing", { quote: id, book });
  const { quote: now } = await makeQuote(room, book, requestOf(before, key), by);
  const changes = before.lines.flatMap(({ sku, amount }, index) => {
    const other = now.lines[index]?.amount ?? 0n;
    return amount === other ? [] : [{ sku, before: amount, now: other }];
  });
  return { before, now, changes };
}
