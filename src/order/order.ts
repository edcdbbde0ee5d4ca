/** The nouns: orders, their lines, what is asked of them and what is answered. Amounts are minor units. */
import type { Instant } from "../base/index.ts";
import type { PartAsked } from "../payment/index.ts";
import type { OrderState } from "./order-machine.ts";
import type { RefusalCode } from "./refusal-code.ts";

/** A rule's discount on a line, frozen when the line was sold. */
export interface Discount {
  readonly rule: string;
  readonly amount: bigint;
}

/** A line as it was quoted and sold; nothing of it ever changes. */
export interface FrozenLine {
  readonly sku: string;
  readonly quantity: bigint;
  /** What the quantity counts, where it is not pieces: `month`, `kg/3`. */
  readonly unit?: string | undefined;
  /** For the whole quantity, before discounts. */
  readonly list: bigint;
  readonly discounts?: readonly Discount[] | undefined;
  /** For the whole quantity: list less discounts. */
  readonly amount: bigint;
  /** False: a service, of which no stock is held. */
  readonly stocked?: boolean | undefined;
}

/** What is used up by the price beside money: a coupon, points. From `user/BUYER/tokens`. */
export interface Token {
  /** COUPON:SPRING/0, POINT/0. */
  readonly asset: string;
  readonly amount: bigint;
}

/** A price with its proof, frozen until it expires. The order room reads it, the catalogue makes it. */
export interface FrozenQuote {
  readonly id: string;
  /** Of everything that the price depends on. */
  readonly hash: string;
  readonly asset: string;
  readonly total: bigint;
  readonly lines: readonly FrozenLine[];
  readonly tokens?: readonly Token[] | undefined;
  readonly expiresAt: Instant;
  /** The key that it was made with: whose it is. */
  readonly key?: string | undefined;
  /** A price of it was agreed on, for this quote alone: one order is placed by it. */
  readonly agreed?: boolean | undefined;
  /** SKUs of it that are sold no more, as far as is known now: alone of all this isn't frozen. */
  readonly withdrawn?: readonly string[] | undefined;
}

/** Where quotes are read; the catalogue's side of it is wired in. */
export interface QuoteBook {
  read(book: string, quoteId: string): Promise<FrozenQuote | undefined>;
}

/** What the buyer saw: it must be what the quote says. */
export interface QuoteSeen {
  readonly id: string;
  readonly hash: string;
  readonly total: bigint;
}

export interface PlaceOrder {
  /** The buyer's own key for this order: 1 to 40 letters, digits and . _ : @ + -. */
  readonly id: string;
  /** Whose order: a segment of a path, as in `user/BUYER/wallet`. */
  readonly buyer: string;
  readonly quote: QuoteSeen;
  /** Money to hold already now; the payment then only has to bring the rest. */
  readonly hold?: readonly PartAsked[] | undefined;
}

export interface PayOrder {
  readonly orderId: string;
  /** The payer's own key for this payment, unique in the book. */
  readonly paymentId: string;
  /** With what was held they sum to the total. */
  readonly parts: readonly PartAsked[];
}

export interface EndOrder {
  readonly orderId: string;
  readonly reason?: string | undefined;
}

export interface FulfilOrder {
  readonly orderId: string;
  /** The key of this delivery, unique in the book. */
  readonly fulfilmentId: string;
  /** All that is still due, when left out. */
  readonly lines?: readonly { readonly line: number; readonly quantity: bigint }[] | undefined;
}

/** Goods of a line: called off before they were delivered, or brought back after. */
export interface RefundGoods {
  readonly line: number;
  readonly quantity: bigint;
  readonly goods: "due" | "delivered";
  /** Of delivered goods: whether they can be sold again. */
  readonly restock?: boolean | undefined;
}

/** Money of a line, its goods untouched. */
export interface RefundMoney {
  readonly line: number;
  readonly amount: bigint;
}

export interface RefundOrder {
  readonly orderId: string;
  /** The key of this refund, unique in the book. */
  readonly refundId: string;
  readonly lines?: readonly (RefundGoods | RefundMoney)[] | undefined;
  /** Beside any line, out of kindness. */
  readonly goodwill?: bigint | undefined;
  /** Coupons and points go back, too: where everything is called off before delivery. Else they stay used. */
  readonly returnTokens?: boolean | undefined;
  readonly reason?: string | undefined;
}

export interface CloseOrder {
  readonly orderId: string;
  readonly reason?: string | undefined;
}

/** How an order stands. */
export interface OrderNow {
  readonly id: string;
  readonly state: OrderState;
  /** Grows by one with everything that is done to it. */
  readonly version: number;
  readonly buyer: string;
  readonly asset: string;
  readonly total: bigint;
  readonly paid: bigint;
  readonly refunded: bigint;
  readonly expiresAt: Instant;
}

/** The order says no. `refusalWords` has it in words, in English and Chinese. */
export interface Refused {
  readonly status: "refused";
  readonly code: RefusalCode;
  /** What the words speak of: line, sku, left, state, asked, … Amounts as decimal strings. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** `done` now, or `exists`: it was done before by the same request, and this is how the order stands. */
export type OrderAnswer =
  { readonly status: "done" | "exists"; readonly order: OrderNow } | Refused;
