/** Offerings: what many pay for together, up to a cap. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { orMissing } from "./resolve.ts";
import { orRefused, type ShopRefused } from "./shop-refusal.ts";
import { amountText, timeText } from "./to-wire.ts";

/** `open`: bids are taken. `settling`: none is. `funded`, `failed`: settled. */
export type OfferingState = Wire.OfferingView["state"];

export interface OpenOffering {
  /** Your own key: 1 to 40 letters, digits and . _ : @ + -. */
  readonly id: string;
  /** Of the money, such as GBP/2. */
  readonly asset: string;
  /** In minor units. */
  readonly cap: bigint;
  /** Less than that, and all is given back; the cap when left out. */
  readonly minimum?: bigint | undefined;
  /** The account that gets what was raised; it is open. */
  readonly project: string;
  /** Until then bids are taken; then it is settled by itself. */
  readonly closesAt: Instant;
}

export interface Offering extends OpenOffering {
  readonly minimum: bigint;
}

/** How it stands. Amounts in minor units of `asset`. */
export interface OfferingView extends Offering {
  readonly openedAt: Instant;
  readonly state: OfferingState;
  readonly raised: bigint;
  readonly left: bigint;
  readonly bids: number;
  readonly investors: number;
  /** There are more than were counted: up to 10,000 until it is settled. */
  readonly moreBids: boolean;
  /** What payouts have brought to wallets so far. */
  readonly paidOut: bigint;
}

export interface ListedOffering extends Offering {
  readonly openedAt: Instant;
  readonly state: OfferingState;
  /** Of one that is settled. */
  readonly raised?: bigint | undefined;
}

export interface PlaceBid {
  /** The investor's own key, unique in the book. */
  readonly id: string;
  readonly investor: string;
  readonly amount: bigint;
  /** Takes what is left, where that is less. */
  readonly allowPartial?: boolean | undefined;
}

export interface Bid {
  readonly id: string;
  readonly offering: string;
  readonly investor: string;
  readonly asked: bigint;
  readonly granted: bigint;
}

export interface ListedBid extends Bid {
  readonly at: Instant;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

export interface PayOut {
  /** Your own key of this payout, unique in the book. */
  readonly id: string;
  /** Of all investors together, principal and gain; shared by the largest remainder. */
  readonly total: bigint;
  /** The account that pays; the project when left out. */
  readonly from?: string | undefined;
}

export interface PayoutView extends Omit<Wire.Payout, "total" | "at"> {
  readonly total: bigint;
  readonly at: Instant;
}

export type OfferingAnswer =
  { readonly status: "done" | "exists"; readonly offering: Offering } | ShopRefused;
export type BidAnswer = { readonly status: "done" | "exists"; readonly bid: Bid } | ShopRefused;
/** The run does it: `payout`, or the offering's state, tells how far. */
export type OfferingRun = Wire.OfferingRun | ShopRefused;

export interface Offerings {
  open(offering: OpenOffering, options?: CallOptions): Promise<OfferingAnswer>;
  /** Undefined: there is none. */
  get(offering: string, options?: CallOptions): Promise<OfferingView | undefined>;
  /** Newest first. */
  list(options?: ListOptions): List<ListedOffering>;
  /** Holds the money, and takes the room for it: all of it, or what is left where that is allowed. */
  bid(offering: string, bid: PlaceBid, options?: CallOptions): Promise<BidAnswer>;
  /** Newest first. A key with a prefix names an investor that it reaches. */
  bids(
    offering: string,
    filter?: { readonly investor?: string | undefined },
    options?: ListOptions,
  ): List<ListedBid>;
  /** Of one whose cap is reached: now, and not when it closes. */
  settle(offering: string, options?: CallOptions): Promise<OfferingRun>;
  /** Takes the whole sum from the payer, and shares it among all who have bid. */
  payOut(offering: string, payout: PayOut, options?: CallOptions): Promise<OfferingRun>;
  /** How far it is; undefined: there is none. */
  payout(offering: string, payout: string, options?: CallOptions): Promise<PayoutView | undefined>;
  payouts(offering: string, options?: ListOptions): List<PayoutView>;
}

export function offeringsOf(wire: Line, book: string): Offerings {
  return { ...runningOf(wire, book), ...biddingOf(wire, book), ...looksOf(wire, book) };
}

function runningOf(wire: Line, book: string): Pick<Offerings, "open" | "settle" | "payOut"> {
  return {
    open: async ({ id, asset, cap, minimum, project, closesAt }, options) => {
      const body = {
        ...{ id, asset, cap: amountText(cap, "/cap"), project },
        ...(minimum === undefined ? {} : { minimum: amountText(minimum, "/minimum") }),
        closesAt: timeText(closesAt, "/closesAt"),
      };
      const told = await orRefused(ask(wire, "openOffering", { params: { book }, body }, options));
      return told.status === "refused" ? told : { ...told, offering: termsOf(told.offering) };
    },
    settle: (offering, options) =>
      orRefused(ask(wire, "settleOffering", { params: { book, offering } }, options)),
    payOut: async (offering, { id, total, from }, options) => {
      const body = {
        ...{ id, total: amountText(total, "/total") },
        ...(from === undefined ? {} : { from }),
      };
      return orRefused(ask(wire, "payOut", { params: { book, offering }, body }, options));
    },
  };
}

function biddingOf(wire: Line, book: string): Pick<Offerings, "bid" | "bids"> {
  return {
    bid: async (offering, { id, investor, amount, allowPartial }, options) => {
      const body = {
        ...{ id, investor, amount: amountText(amount, "/amount") },
        ...(allowPartial === undefined ? {} : { allowPartial }),
      };
      const asked = ask(wire, "placeBid", { params: { book, offering }, body }, options);
      const told = await orRefused(asked);
      return told.status === "refused" ? told : { ...told, bid: bidOf(told.bid) };
    },
    bids: (offering, { investor } = {}, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { investor, cursor, limit: digits(limit) };
          const asked = { params: { book, offering }, query };
          const page = await ask(wire, "listBids", asked, options);
          const items = page.items.map(({ at, by, request, ...bid }): ListedBid => {
            return { ...bidOf(bid), at: instantOf(at), by, request };
          });
          return { ...page, items };
        },
        ({ items }) => items,
      ),
  };
}

type Looks = "get" | "list" | "payout" | "payouts";

function looksOf(wire: Line, book: string): Pick<Offerings, Looks> {
  return {
    get: async (offering, options) => {
      const asked = ask(wire, "readOffering", { params: { book, offering } }, options);
      const told = await orMissing(asked, ["order.offering_missing"]);
      return told && viewOf(told);
    },
    list: ({ limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { cursor, limit: digits(limit) };
          const page = await ask(wire, "listOfferings", { params: { book }, query }, options);
          return { ...page, items: page.items.map(listedOf) };
        },
        ({ items }) => items,
      ),
    payout: async (offering, payout, options) => {
      const asked = ask(wire, "readPayout", { params: { book, offering, payout } }, options);
      const told = await orMissing(asked, ["order.payout_missing"]);
      return told && payoutOf(told);
    },
    payouts: (offering, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const asked = { params: { book, offering }, query: { cursor, limit: digits(limit) } };
          const page = await ask(wire, "listPayouts", asked, options);
          return { ...page, items: page.items.map(payoutOf) };
        },
        ({ items }) => items,
      ),
  };
}

function termsOf({ id, asset, cap, minimum, project, closesAt }: Wire.Offering): Offering {
  const amounts = { cap: BigInt(cap), minimum: BigInt(minimum) };
  return { id, asset, ...amounts, project, closesAt: instantOf(closesAt) };
}

function viewOf(told: Wire.OfferingView): OfferingView {
  const { openedAt, state, raised, left, bids, investors, moreBids, paidOut } = told;
  return {
    ...termsOf(told),
    ...{ openedAt: instantOf(openedAt), state, raised: BigInt(raised), left: BigInt(left) },
    ...{ bids, investors, moreBids, paidOut: BigInt(paidOut) },
  };
}

function listedOf(told: Wire.ListedOffering): ListedOffering {
  const { openedAt, state, raised } = told;
  return {
    ...termsOf(told),
    ...{ openedAt: instantOf(openedAt), state },
    ...(raised === undefined ? {} : { raised: BigInt(raised) }),
  };
}

function bidOf({ asked, granted, ...bid }: Wire.Bid): Bid {
  return { ...bid, asked: BigInt(asked), granted: BigInt(granted) };
}

function payoutOf({ total, at, ...payout }: Wire.Payout): PayoutView {
  return { ...payout, total: BigInt(total), at: instantOf(at) };
}
