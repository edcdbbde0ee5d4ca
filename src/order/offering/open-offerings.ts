/** The door of offerings as a value. */
import type { Clock } from "../../base/index.ts";
import type { AnyFlow, Flows } from "../../flow/index.ts";
import type { Book } from "../../ledger/index.ts";
import type { Database } from "../../postgres/index.ts";
import { checkCommand, checkKey } from "../check-command.ts";
import { orderTime } from "../order-time.ts";
import { refuse } from "../refusal.ts";
import type { Asked } from "../room.ts";
import { placeBid } from "./bid.ts";
import { findOffering, listOfferings, type ListedOffering } from "./find-offering.ts";
import { listBids, type ListBids, type ListedBid } from "./list-bids.ts";
import {
  type BidAnswer,
  type OfferingAnswer,
  type OfferingNow,
  type OfferingRoom,
  type OpenOffering,
  type PayOut,
  type PlaceBid,
  type RunAnswer,
  type SettleOffering,
} from "./offering.ts";
import type { Paged, PageAsked } from "./page.ts";
import { openOffering } from "./open-offering.ts";
import { listPayouts, type PayoutNow, readPayoutNow } from "./payouts.ts";
import { payingOutOf, payOut } from "./pay-out.ts";
import { type Settling, settlingOf } from "./settle.ts";

export interface OpenOfferingsOptions {
  /** The books' own, migrated with `orderMigrations` and `flowMigrations`. */
  readonly database: Database;
  readonly books: { book(name: string): Promise<Book> };
  /** A node that serves `flows` of what this answers; asked for when something is done. */
  readonly flows: () => Pick<Flows, "starting" | "start">;
  /** The time of offerings itself; the database's when left out. */
  readonly clock?: Clock | undefined;
}

/** Each is told in the docstring of its verb. */
export interface Offerings {
  /** What settles and pays out: to be served by nodes. */
  readonly flows: readonly AnyFlow[];
  open(book: Book, command: OpenOffering, asked?: Asked): Promise<OfferingAnswer>;
  bid(book: Book, command: PlaceBid, asked?: Asked): Promise<BidAnswer>;
  /** Settles now what has reached its cap or is past its close; what is left out settles itself when it closes. */
  settle(book: Book, command: SettleOffering, asked?: Asked): Promise<RunAnswer>;
  payOut(book: Book, command: PayOut, asked?: Asked): Promise<RunAnswer>;
  find(book: Book, id: string): Promise<OfferingNow | undefined>;
  list(book: Book, asked?: PageAsked): Promise<Paged<ListedOffering>>;
  /** Undefined: there is no such offering. */
  bids(book: Book, id: string, asked?: ListBids): Promise<Paged<ListedBid> | undefined>;
  payouts(book: Book, id: string, asked?: PageAsked): Promise<Paged<PayoutNow> | undefined>;
  payout(book: Book, id: string, payoutId: string): Promise<PayoutNow | undefined>;
}

export function openOfferings(options: OpenOfferingsOptions): Offerings {
  const { database, books, flows, clock } = options;
  const room: OfferingRoom = {
    database,
    books,
    flows,
    time: orderTime(database, clock),
    known: new Map(),
  };
  const settling = settlingOf(room);
  const paying = payingOutOf(room);
  return {
    flows: [settling, paying],
    open: (book, command, asked) => openOffering(room, { book, settling }, command, asked),
    bid: (book, command, asked) => placeBid(room, book, command, asked),
    settle: (book, command, asked) => settle(room, { book, settling }, command, asked),
    payOut: (book, command, asked) => payOut(room, { book, paying }, command, asked),
    find: (book, id) => findOffering(room, book, id),
    list: (book, asked) => listOfferings(room, book, asked),
    bids: (book, id, asked) => listBids(room, book, id, asked),
    payouts: (book, id, asked) => listPayouts(room, book, id, asked),
    payout: (book, id, payoutId) => readPayoutNow(room, book, { offering: id, id: payoutId }),
  };
}

/**
 * Safe to repeat: yes; it is one run. Refuses: order.offering_missing, offering_open (there is room left, and time).
 * Throws: order.command_malformed.
 */
async function settle(
  room: OfferingRoom,
  { book, settling }: { readonly book: Book; readonly settling: Settling },
  command: SettleOffering,
  { context }: Asked = {},
): Promise<RunAnswer> {
  checkCommand(command);
  const { offering: id } = command;
  checkKey("offering", id);
  const now = await findOffering(room, book, id);
  if (now === undefined) return refuse("order.offering_missing", { offering: id });
  const isOpen = now.state === "open" && now.left > 0n && (await room.time.now()) < now.closesAt;
  if (isOpen) return refuse("order.offering_open", { offering: id });
  const key = `${book.name}\n${id}`;
  const asked = { key, by: context?.by, request: context?.request };
  const run = await room.flows().start(settling, { book: book.name, offering: id }, asked);
  return { status: run.created ? "done" : "exists", run: run.id };
}
