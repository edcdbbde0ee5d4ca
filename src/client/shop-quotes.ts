/** Quotes: prices that hold until an instant, with their proof. */
import type * as Wire from "./api-types.ts";
import { ask } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import type { Instant } from "./posting.ts";
import { orMissing } from "./resolve.ts";
import type { AttributeValues } from "./shop-catalog.ts";
import { orRefused, type ShopRefused } from "./shop-refusal.ts";
import { amountText } from "./to-wire.ts";

export interface QuoteLineAsked {
  readonly sku: string;
  readonly quantity: bigint;
  /** What the buyer says of this line. */
  readonly attributes?: AttributeValues | undefined;
  /** A price agreed with the buyer, in minor units for `per` units (1), in the place of the plan's. Needs shop.operate. */
  readonly agreed?:
    | { readonly amount: bigint; readonly per?: bigint | undefined; readonly reason: string }
    | undefined;
}

export interface QuoteAsked {
  /** Of your making: the same key and request answer the same quote, for ever; also when it has expired. */
  readonly key: string;
  /** 1 to 2,000. */
  readonly lines: readonly QuoteLineAsked[];
  readonly member?: string | undefined;
  /** Where it goes: GB, CN-31. */
  readonly region?: string | undefined;
  readonly coupon?: string | undefined;
}

type Amounts = "quantity" | "list" | "amount" | "discounts" | "proof";

export interface QuoteLine extends Omit<Wire.QuoteLine, Amounts> {
  readonly quantity: bigint;
  /** Before discounts. */
  readonly list: bigint;
  readonly discounts: readonly (Omit<Wire.QuoteLine["discounts"][number], "amount"> & {
    readonly amount: bigint;
  })[];
  readonly amount: bigint;
  /** How it came about: versions, steps, decisions; amounts as decimal strings. */
  readonly proof: Wire.QuoteLine["proof"];
}

type Sums = "lines" | "list" | "discount" | "total" | "pricedAt" | "expiresAt" | "catalogVersion";

export interface Quote extends Omit<Wire.Quote, Sums> {
  readonly lines: readonly QuoteLine[];
  readonly list: bigint;
  readonly discount: bigint;
  readonly total: bigint;
  readonly catalogVersion: bigint;
  readonly pricedAt: Instant;
  readonly expiresAt: Instant;
}

/** A refusal has words for the buyer. */
export type QuoteAnswer = (Made & { readonly quote: Quote }) | ShopRefused;

interface Made {
  readonly status: "created" | "exists";
  /** It was made under this key before, and its time is over: a price of now takes another key. */
  readonly expired?: true;
}

/** What an order has to echo, and until when. */
export interface QuoteBrief {
  readonly id: string;
  readonly key: string;
  readonly hash: string;
  readonly currency: string;
  readonly total: bigint;
  readonly expiresAt: Instant;
}

export type QuoteBriefAnswer = (Made & { readonly quote: QuoteBrief }) | ShopRefused;

export interface QuoteEcho {
  readonly hash: string;
  readonly total: bigint;
}

/** What the same request costs now. */
export type PricedNow =
  | { readonly status: "priced"; readonly total: bigint; readonly currency: string }
  | { readonly status: "refused"; readonly code: string; readonly detail: string };

export type QuoteCheck =
  | { readonly status: "good"; readonly quote: Quote }
  | { readonly status: "unknown" }
  | {
      readonly status: "altered";
      readonly quote: Quote;
      readonly echoed: QuoteEcho;
      readonly differs: readonly ("hash" | "total")[];
    }
  | {
      readonly status: "expired";
      readonly quote: Quote;
      readonly expiredAt: Instant;
      readonly now: PricedNow;
    }
  | {
      readonly status: "withdrawn";
      readonly quote: Quote;
      readonly skus: readonly string[];
      readonly now: PricedNow;
    };

export type Requoted =
  | {
      readonly status: "done";
      readonly before: Quote;
      readonly now: Quote;
      /** Lines whose amount is another. */
      readonly changes: readonly {
        readonly sku: string;
        readonly before: bigint;
        readonly now: bigint;
      }[];
    }
  | ShopRefused;

export interface Quotes {
  make(asked: QuoteAsked, options?: CallOptions): Promise<QuoteAnswer>;
  /** The same, answered without lines and proof: for many at once of which only the total is looked at. */
  makeBrief(asked: QuoteAsked, options?: CallOptions): Promise<QuoteBriefAnswer>;
  /** Undefined: there is none, or none that this key may know of. */
  get(id: string, options?: CallOptions): Promise<Quote | undefined>;
  /** Does it hold, and is it what the buyer saw? */
  check(id: string, echo: QuoteEcho, options?: CallOptions): Promise<QuoteCheck>;
  /** The same request priced anew under a new key. */
  requote(id: string, key: string, options?: CallOptions): Promise<Requoted>;
}

export function quotesOf(wire: Line, book: string): Quotes {
  return {
    make: (asked, options) =>
      orRefused(
        ask(wire, "makeQuote", questionOf(book, asked), options).then(({ quote, ...told }) => ({
          ...told,
          quote: quoteOf(quote as Wire.Quote),
        })),
      ),
    makeBrief: (asked, options) => {
      const question = { ...questionOf(book, asked), brief: true };
      return orRefused(
        ask(wire, "makeQuote", question, options).then(({ quote, ...told }) => ({
          ...told,
          quote: briefOf(quote),
        })),
      );
    },
    get: async (quote, options) => {
      const asked = ask(wire, "readQuote", { params: { book, quote } }, options);
      const told = await orMissing(asked, ["catalog.quote_missing"]);
      return told && quoteOf(told);
    },
    check: async (quote, { hash, total }, options) => {
      const query = { hash, total: amountText(total, "total") };
      const asked = ask(wire, "checkQuote", { params: { book, quote }, query }, options);
      const told = await orMissing(asked, ["catalog.quote_missing"]);
      return told === undefined ? { status: "unknown" } : checkOf(told);
    },
    requote: (quote, key, options) => {
      const asked = { params: { book, quote }, body: { key } };
      return orRefused(ask(wire, "requote", asked, options).then(requotedOf));
    },
  };
}

function questionOf(book: string, { lines, ...rest }: QuoteAsked) {
  return { params: { book }, body: { ...present(rest), lines: lines.map(lineToWire) } };
}

function briefOf({ id, key, hash, currency, total, expiresAt }: Wire.QuoteBrief): QuoteBrief {
  return { id, key, hash, currency, total: BigInt(total), expiresAt: instantOf(expiresAt) };
}

function lineToWire({ sku, quantity, attributes, agreed }: QuoteLineAsked, index: number) {
  const at = `/lines/${index}`;
  return {
    ...{ sku, quantity: signedText(quantity, `${at}/quantity`) },
    ...(attributes === undefined ? {} : { attributes }),
    ...(agreed === undefined ? {} : { agreed: agreedToWire(agreed, `${at}/agreed`) }),
  };
}

/** What can't be bought the server says in the buyer's words: also less than none. */
function signedText(quantity: bigint, at: string): string {
  if (typeof quantity === "bigint" && quantity < 0n) return quantity.toString();
  return amountText(quantity, at);
}

function agreedToWire(
  { amount, per, reason }: NonNullable<QuoteLineAsked["agreed"]>,
  at: string,
): NonNullable<Wire.QuoteRequest["lines"][number]["agreed"]> {
  return {
    ...{ amount: amountText(amount, `${at}/amount`), reason },
    ...(per === undefined ? {} : { per: amountText(per, `${at}/per`) }),
  };
}

type Rest = Omit<QuoteAsked, "lines">;

function present({ key, member, region, coupon }: Rest) {
  return {
    key,
    ...(member === undefined ? {} : { member }),
    ...(region === undefined ? {} : { region }),
    ...(coupon === undefined ? {} : { coupon }),
  };
}

function quoteOf(quote: Wire.Quote): Quote {
  return {
    ...quote,
    lines: quote.lines.map((line) => ({
      ...line,
      quantity: BigInt(line.quantity),
      list: BigInt(line.list),
      discounts: line.discounts.map((one) => ({ ...one, amount: BigInt(one.amount) })),
      amount: BigInt(line.amount),
    })),
    list: BigInt(quote.list),
    discount: BigInt(quote.discount),
    total: BigInt(quote.total),
    catalogVersion: BigInt(quote.catalogVersion),
    pricedAt: instantOf(quote.pricedAt),
    expiresAt: instantOf(quote.expiresAt),
  };
}

type CheckTold = Wire.QuoteGood | Wire.QuoteAltered | Wire.QuoteExpired | Wire.QuoteWithdrawn;

function checkOf(told: CheckTold): QuoteCheck {
  const quote = quoteOf(told.quote);
  switch (told.status) {
    case "good":
      return { status: told.status, quote };
    case "altered": {
      const { hash, total } = told.echoed;
      const { status, differs } = told;
      return { status, quote, echoed: { hash, total: BigInt(total) }, differs };
    }
    case "expired": {
      const { status, expiredAt, now } = told;
      return { status, quote, expiredAt: instantOf(expiredAt), now: nowOf(now) };
    }
    case "withdrawn": {
      const { status, skus, now } = told;
      return { status, quote, skus, now: nowOf(now) };
    }
  }
}

function nowOf(now: Wire.PricedNow | Wire.NotPricedNow): PricedNow {
  return now.status === "refused" ? now : { ...now, total: BigInt(now.total) };
}

function requotedOf({ before, now, changes }: Wire.Requoted): Requoted {
  return {
    status: "done",
    before: quoteOf(before),
    now: quoteOf(now),
    changes: changes.map((one) => ({
      ...{ sku: one.sku, before: BigInt(one.before), now: BigInt(one.now) },
    })),
  };
}
