/** Orders: placed and paid, delivered, given back; and what happened to them. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { orMissing } from "./resolve.ts";
import type { SayOptions } from "./runs.ts";
import { orderFeed, type OrderEvent, type OrderFeedOptions } from "./shop-events.ts";
import { orRefused, type ShopRefused } from "./shop-refusal.ts";
import { amountText } from "./to-wire.ts";

export type OrderState = Wire.Order["state"];

/** How an order stands. Amounts in minor units of `asset`. */
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
  /** Until when it can be paid. */
  readonly expiresAt: Instant;
}

/** `done` now, or `exists`: it was done before by the same request, and this is how the order stands. */
export type OrderAnswer =
  { readonly status: "done" | "exists"; readonly order: OrderNow } | ShopRefused;

export interface PartAsked {
  readonly means: "wallet" | "company" | "cash";
  /** Of `company`: which one. */
  readonly company?: string | undefined;
  readonly amount: bigint;
}

export interface PlaceOrder {
  /** The buyer's own key for this order: 1 to 40 letters, digits and . _ : @ + -. */
  readonly id: string;
  readonly buyer: string;
  /** What the buyer saw: it must be what the quote says. A quote itself will do. */
  readonly quote: { readonly id: string; readonly hash: string; readonly total: bigint };
  /** Money to hold already now; the payment then only has to bring the rest. */
  readonly hold?: readonly PartAsked[] | undefined;
}

export interface PayOrder {
  /** The payer's own key for this payment. */
  readonly paymentId: string;
  /** With what was held they sum to the order's total. */
  readonly parts: readonly PartAsked[];
}

export interface FulfilOrder {
  readonly fulfilmentId: string;
  /** All that is still due, when left out. */
  readonly lines?: readonly { readonly line: number; readonly quantity: bigint }[] | undefined;
}

/** Goods with their share of the price, called off or brought back; or money of a line alone. */
export type RefundLine =
  | {
      readonly line: number;
      readonly quantity: bigint;
      readonly goods: "due" | "delivered";
      /** Of delivered goods: they can be sold again. */
      readonly restock?: boolean | undefined;
    }
  | { readonly line: number; readonly amount: bigint };

export interface RefundOrder {
  readonly refundId: string;
  readonly lines?: readonly RefundLine[] | undefined;
  /** Beside any line, out of kindness. */
  readonly goodwill?: bigint | undefined;
  /** Coupons and points go back, too: where everything is called off before delivery. Else they stay used. */
  readonly returnTokens?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** Units, and what they are worth of the line's price. */
export interface Units {
  readonly quantity: bigint;
  readonly amount: bigint;
}

export interface OrderLine {
  readonly line: number;
  readonly sku: string;
  readonly quantity: bigint;
  readonly unit?: string | undefined;
  /** For the whole quantity, before discounts. */
  readonly list: bigint;
  readonly discounts?: readonly { readonly rule: string; readonly amount: bigint }[] | undefined;
  readonly amount: bigint;
  readonly due: Units;
  readonly delivered: Units;
  readonly calledOff: Units;
  readonly returned: Units;
  /** What the buyer was given back for this line. */
  readonly back: bigint;
}

export interface OrderPosting extends Omit<Wire.OrderPosting, "amount"> {
  readonly amount?: bigint | undefined;
}

/** One act of the timeline. */
export interface OrderStep extends Omit<Wire.OrderStep, "at" | "moves" | "postings" | "runs"> {
  readonly at: Instant;
  readonly moves: readonly OrderMove[];
  /** What the book moved; to a limited key, of accounts that it reaches. */
  readonly postings: readonly OrderPosting[];
  /** What it has started; to keys of the whole shop. */
  readonly runs?: readonly OrderRun[] | undefined;
}

/** What a step did to a line: units, their share of its price, what went back for them. */
export interface OrderMove extends Units {
  readonly line: number;
  readonly kind: Wire.OrderMove["kind"];
  readonly back: bigint;
}

export interface OrderRunStep extends Omit<Wire.OrderRunStep, "startedAt" | "endedAt"> {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

/** A run that an act has started; `get` of `longmen.runs` has more of it. */
export interface OrderRun extends Omit<Wire.OrderRun, "createdAt" | "endedAt" | "steps"> {
  readonly createdAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
  readonly steps?: readonly OrderRunStep[] | undefined;
}

/** What a refund gave back to one part. */
export interface OrderRefund extends Omit<Wire.OrderRefund, "amount"> {
  readonly amount: bigint;
}

/** By which versions of what its prices came to be. */
export interface OrderPriced extends Omit<Wire.OrderPriced, "at"> {
  readonly at: Instant;
}

export interface OrderPayment extends Omit<Wire.OrderPayment, "amount" | "refunded"> {
  readonly amount: bigint;
  readonly refunded: bigint;
}

export interface OrderView {
  readonly order: OrderNow;
  /** The id of the quote that it was placed for. */
  readonly quote: string;
  readonly lines: readonly OrderLine[];
  readonly payments: readonly OrderPayment[];
  readonly refunds: readonly OrderRefund[];
  readonly priced?: OrderPriced | undefined;
  /** Up to a hundred acts. */
  readonly timeline: readonly OrderStep[];
  /** There are later acts: ask again with the version of the last. */
  readonly more: boolean;
}

export interface ListedOrder extends OrderNow {
  readonly placedAt: Instant;
  /** How many. */
  readonly lines: number;
}

export interface OrderFilter {
  readonly state?: OrderState | undefined;
  readonly buyer?: string | undefined;
}

export interface OrderLook extends CallOptions {
  /** Acts behind this version of the order; all when left out. */
  readonly after?: number | undefined;
}

export interface EndOrder {
  readonly reason?: string | undefined;
}

/** What a provider says of a line's service: it is there, or it won't be and its money goes back. */
export type ProvisionedSaid =
  | { readonly status: "done"; readonly reference?: string | undefined }
  | { readonly status: "refused"; readonly reason?: string | undefined };

export interface Orders {
  /** Holds its stock, its tokens and the money that it is told to hold: all or none. */
  place(order: PlaceOrder, options?: CallOptions): Promise<OrderAnswer>;
  pay(order: string, payment: PayOrder, options?: CallOptions): Promise<OrderAnswer>;
  /** Of an order that has not been paid; a paid one is ended by a refund. */
  cancel(order: string, end?: EndOrder, options?: CallOptions): Promise<OrderAnswer>;
  /** Delivers units of lines, or all that is due. */
  fulfil(order: string, fulfilment: FulfilOrder, options?: CallOptions): Promise<OrderAnswer>;
  /** Gives back goods and money, or money alone: several times, never above what was paid. */
  refund(order: string, refund: RefundOrder, options?: CallOptions): Promise<OrderAnswer>;
  close(order: string, end?: EndOrder, options?: CallOptions): Promise<OrderAnswer>;
  /** A provider's call-back about a line, as often as it likes: what counts is what it said first. */
  provisioned(
    order: string,
    line: number,
    said: ProvisionedSaid,
    options?: SayOptions,
  ): Promise<void>;
  /** Undefined: there is none, or none that this key may know of. */
  get(order: string, options?: OrderLook): Promise<OrderView | undefined>;
  /** Newest first. */
  list(filter?: OrderFilter, options?: ListOptions): List<ListedOrder>;
  /** What was done to orders, in the order of the commits, as it comes, until the signal fires. */
  events(options?: OrderFeedOptions): AsyncIterable<OrderEvent>;
}

export function ordersOf(wire: Line, book: string): Orders {
  const provisioned: Orders["provisioned"] = async (order, line, said, options = {}) => {
    const { once, ...rest } = options;
    const params = { book, order, line: String(line) };
    // Said twice it counts once: it may be sent again in any case.
    const named = once === undefined ? { repeatable: true } : { once };
    await ask(
      wire,
      "sayProvisioned",
      { params, body: said as Wire.ProvisionedBody, ...named },
      rest,
    );
  };
  return { ...buyingOf(wire, book), ...runningOf(wire, book), ...looksOf(wire, book), provisioned };
}

function buyingOf(wire: Line, book: string): Pick<Orders, "place" | "pay" | "cancel"> {
  return {
    place: async ({ id, buyer, quote, hold }, options) => {
      const seen = {
        id: quote.id,
        hash: quote.hash,
        total: amountText(quote.total, "/quote/total"),
      };
      const body = {
        ...{ id, buyer, quote: seen },
        ...(hold === undefined ? {} : { hold: partsToWire(hold, "/hold") }),
      };
      return answerTo(ask(wire, "placeOrder", { params: { book }, body }, options));
    },
    pay: async (order, { paymentId, parts }, options) => {
      const body = { paymentId, parts: partsToWire(parts, "/parts") };
      return answerTo(ask(wire, "payOrder", { params: { book, order }, body }, options));
    },
    cancel: async (order, end, options) => {
      const asked = { params: { book, order }, body: reasonOf(end) };
      return answerTo(ask(wire, "cancelOrder", asked, options));
    },
  };
}

function runningOf(wire: Line, book: string): Pick<Orders, "fulfil" | "refund" | "close"> {
  return {
    fulfil: async (order, { fulfilmentId, lines }, options) => {
      const told = lines?.map(({ line, quantity }, index) => {
        return { line, quantity: amountText(quantity, `/lines/${index}/quantity`) };
      });
      const body = { fulfilmentId, ...(told === undefined ? {} : { lines: told }) };
      return answerTo(ask(wire, "fulfilOrder", { params: { book, order }, body }, options));
    },
    refund: async (order, refund, options) => {
      const asked = { params: { book, order }, body: refundToWire(refund) };
      return answerTo(ask(wire, "refundOrder", asked, options));
    },
    close: async (order, end, options) => {
      const asked = { params: { book, order }, body: reasonOf(end) };
      return answerTo(ask(wire, "closeOrder", asked, options));
    },
  };
}

function looksOf(wire: Line, book: string): Pick<Orders, "get" | "list" | "events"> {
  return {
    events: (options = {}) => orderFeed(wire, book, options),
    list: ({ state, buyer } = {}, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { state, buyer, cursor, limit: digits(limit) };
          const page = await ask(wire, "listOrders", { params: { book }, query }, options);
          return { ...page, items: page.items.map(listedOf) };
        },
        ({ items }) => items,
      ),
    get: async (order, { after, ...options } = {}) => {
      const question = { params: { book, order }, query: { after: digits(after) } };
      const asked = ask(wire, "readOrder", question, options);
      const told = await orMissing(asked, ["order.missing"]);
      return told && viewOf(told);
    },
  };
}

const reasonOf = ({ reason }: EndOrder = {}) => (reason === undefined ? {} : { reason });

function partsToWire(parts: readonly PartAsked[], at: string): Wire.PayOrderBody["parts"] {
  return parts.map(({ means, company, amount }, index) => ({
    ...{ means, amount: amountText(amount, `${at}/${index}/amount`) },
    ...(company === undefined ? {} : { company }),
  }));
}

function refundToWire({ refundId, lines, goodwill, ...asked }: RefundOrder): Wire.RefundOrderBody {
  const { reason, returnTokens } = asked;
  const told = lines?.map((line, index) => {
    const at = `/lines/${index}`;
    if (!("goods" in line)) return { ...line, amount: amountText(line.amount, `${at}/amount`) };
    const { restock, ...rest } = line;
    const quantity = amountText(line.quantity, `${at}/quantity`);
    return { ...rest, quantity, ...(restock === undefined ? {} : { restock }) };
  });
  return {
    refundId,
    ...(told === undefined ? {} : { lines: told }),
    ...(goodwill === undefined ? {} : { goodwill: amountText(goodwill, "/goodwill") }),
    ...(returnTokens === undefined ? {} : { returnTokens }),
    ...reasonOf({ reason }),
  };
}

async function answerTo(asked: Promise<Wire.OrderDone>): Promise<OrderAnswer> {
  const told = await orRefused(asked);
  return told.status === "refused" ? told : { status: told.status, order: orderOf(told.order) };
}

export function orderOf({ total, paid, refunded, expiresAt, ...order }: Wire.Order): OrderNow {
  return {
    ...order,
    ...{ total: BigInt(total), paid: BigInt(paid), refunded: BigInt(refunded) },
    expiresAt: instantOf(expiresAt),
  };
}

function listedOf({ placedAt, lines, ...order }: Wire.ListedOrder): ListedOrder {
  return { ...orderOf(order), placedAt: instantOf(placedAt), lines };
}

const unitsOf = ({ quantity, amount }: Wire.OrderLine["due"]): Units => {
  return { quantity: BigInt(quantity), amount: BigInt(amount) };
};

function lineOf({ line, sku, unit, discounts, ...told }: Wire.OrderLine): OrderLine {
  const off = discounts?.map(({ rule, amount }) => ({ rule, amount: BigInt(amount) }));
  return {
    ...{ line, sku, quantity: BigInt(told.quantity) },
    ...(unit === undefined ? {} : { unit }),
    ...(off === undefined ? {} : { discounts: off }),
    ...{ list: BigInt(told.list), amount: BigInt(told.amount), due: unitsOf(told.due) },
    ...{ delivered: unitsOf(told.delivered), calledOff: unitsOf(told.calledOff) },
    ...{ returned: unitsOf(told.returned), back: BigInt(told.back) },
  };
}

function runOf({ createdAt, endedAt, steps, ...run }: Wire.OrderRun): OrderRun {
  return {
    ...run,
    ...(createdAt === undefined ? {} : { createdAt: instantOf(createdAt) }),
    ...(endedAt === undefined ? {} : { endedAt: instantOf(endedAt) }),
    ...(steps === undefined
      ? {}
      : {
          steps: steps.map((step) => ({
            ...step,
            startedAt: instantOf(step.startedAt),
            endedAt: instantOf(step.endedAt),
          })),
        }),
  };
}

function stepOf({ at, moves, postings, runs, ...step }: Wire.OrderStep): OrderStep {
  return {
    ...step,
    at: instantOf(at),
    ...(runs === undefined ? {} : { runs: runs.map(runOf) }),
    moves: moves.map(({ line, kind, back, ...units }) => {
      return { line, kind, ...unitsOf(units), back: BigInt(back) };
    }),
    postings: postings.map(({ amount, ...posting }) => ({
      ...posting,
      ...(amount === undefined ? {} : { amount: BigInt(amount) }),
    })),
  };
}

function viewOf(told: Wire.OrderView): OrderView {
  const { order, quote, lines, payments, refunds, priced, timeline, more } = told;
  return {
    ...{ order: orderOf(order), quote, lines: lines.map(lineOf) },
    payments: payments.map(({ amount, refunded, ...part }) => {
      return { ...part, amount: BigInt(amount), refunded: BigInt(refunded) };
    }),
    refunds: refunds.map((back) => ({ ...back, amount: BigInt(back.amount) })),
    ...(priced === undefined ? {} : { priced: { ...priced, at: instantOf(priced.at) } }),
    timeline: timeline.map(stepOf),
    more,
  };
}
