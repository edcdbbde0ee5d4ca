/**
 * Many investors pay for one project, up to a cap. In the book an offering is one account, its *room*: what is still to
 * be raised, a debit balance of the money itself. A bid is a hold from the investor's wallet to that room, so no bid
 * goes above the cap, whoever bids at once, and the last one is cut to what is left by the very transfer. What is
 * granted is claimed by *promised*. Settling closes the room, then pays what was raised to the project, or gives
 * everything back. Paying out returns principal and gain, shared by what each has put in.
 */
import { assert, type Instant, LongmenError } from "../../base/index.ts";
import type { Book, Request } from "../../ledger/index.ts";
import type { Flows, RetryPolicy } from "../../flow/index.ts";
import type { Database } from "../../postgres/index.ts";
import type { Refused } from "../order.ts";
import type { OrderTime } from "../order-time.ts";
import { readOffering } from "./offering.sql.ts";

export interface OpenOffering {
  /** 1 to 40 letters, digits and . _ : @ + -. */
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

export interface Offering extends Omit<OpenOffering, "minimum"> {
  readonly minimum: bigint;
}

/** `open`: bids are taken. `settling`: none is. `funded`, `failed`: settled. */
export type OfferingState = "open" | "settling" | "funded" | "failed";

export interface KnownOffering extends Offering {
  readonly openedAt: Instant;
}

export interface OfferingNow extends KnownOffering {
  readonly state: OfferingState;
  readonly raised: bigint;
  readonly left: bigint;
  readonly bids: number;
  readonly investors: number;
  /** There are more bids than were counted, as long as it is not settled. */
  readonly moreBids: boolean;
  /** What payouts have brought to wallets so far. */
  readonly paidOut: bigint;
}

export interface PlaceBid {
  /** The investor's own key, unique in the book. */
  readonly id: string;
  readonly offering: string;
  /** Whose `user/INVESTOR/wallet` pays. */
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

export interface SettleOffering {
  readonly offering: string;
}

export interface PayOut {
  /** Unique in the book: 1 to 40 letters, digits and . _ : @ + -. */
  readonly id: string;
  readonly offering: string;
  /** Principal and gain of all investors together, in minor units; shared by the largest remainder. */
  readonly total: bigint;
  /** The account that pays; the project's when left out. */
  readonly from?: string | undefined;
}

export type OfferingAnswer =
  { readonly status: "done" | "exists"; readonly offering: Offering } | Refused;
export type BidAnswer = { readonly status: "done" | "exists"; readonly bid: Bid } | Refused;
/** The run does it; its result tells how many were paid. */
export type RunAnswer = { readonly status: "done" | "exists"; readonly run: string } | Refused;

/** What the verbs of offerings work with. */
export interface OfferingRoom {
  readonly database: Database;
  readonly time: OrderTime;
  readonly flows: () => Pick<Flows, "starting" | "start">;
  readonly books: { book(name: string): Promise<Book> };
  /** By book and id: what never changes of them. */
  readonly known: Map<string, KnownOffering>;
}

/** What a run of an offering was started with. */
export interface OfferingInput {
  readonly book: string;
  readonly offering: string;
}

export interface PayOutInput extends OfferingInput {
  readonly payout: string;
}

export const pathsOf = (id: string) => ({
  room: `offering/${id}/room`,
  promised: `offering/${id}/promised`,
  payout: `offering/${id}/payout`,
});

export const walletOf = (investor: string): string => `user/${investor}/wallet`;

/** Ids of the book: `n/OFFERING/…` of an offering, `b/BID…` of a bid. */
export const freezeId = (offering: string): string => `n/${offering}/freeze`;

export function openingOf({ id, asset, cap }: Offering): Request[] {
  const { room, promised, payout } = pathsOf(id);
  return [
    { kind: "open", path: room, asset, side: "debit" },
    { kind: "open", path: promised, asset, side: "credit" },
    { kind: "open", path: payout, asset, side: "credit" },
    { id: `n/${id}/cap`, asset, debit: room, credit: promised, amount: cap },
  ];
}

const KNOWN_MAX = 10_000;

/** Undefined: there is none. */
export async function offeringOf(
  { database, known }: OfferingRoom,
  book: Book,
  id: string,
): Promise<KnownOffering | undefined> {
  const key = `${book.id}/${id}`;
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const row = await database.maybe(readOffering, { bookId: book.id, offeringId: id });
  if (row === undefined) return undefined;
  const offering = { id, ...row };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, offering);
  return offering;
}

/** In a run: it was started with the offering's own row. */
export async function offeringThere(room: OfferingRoom, book: Book, id: string): Promise<Offering> {
  const offering = await offeringOf(room, book, id);
  assert(offering !== undefined, "a run of an offering is started in the commit of its row");
  return offering;
}

/** So often something that is no outage is tried. */
const TRIES_MAX = 5;

/**
 * For a step of an offering's: through an outage of the database it is tried without end, however long that takes. What
 * was held or gathered is on its way to others, and nobody else sees to it.
 */
export function untilBack(): { readonly retry: RetryPolicy } {
  let others = 0;
  const when = (error: unknown): boolean => {
    if (!(error instanceof LongmenError)) return ++others < TRIES_MAX;
    return error.kind === "unavailable" || (error.retry !== "never" && ++others < TRIES_MAX);
  };
  return { retry: { attempts: Infinity, when } };
}
