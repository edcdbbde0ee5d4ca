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
import {
  type BidAnswer,
  freezeId,
  type OfferingAnswer,
  type OfferingNow,
  offeringOf,
  type OfferingRoom,
  type OpenOffering,
  pathsOf,
  type PayOut,
  type PlaceBid,
  type RunAnswer,
  type SettleOffering,
} from "./offering.ts";
import { readOfferingEnd } from "./offering.sql.ts";
import { openOffering } from "./open-offering.ts";
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
  };
}

/** How it stands; undefined: there is none. Throws: order.command_malformed. */
async function findOffering(
  room: OfferingRoom,
  book: Book,
  id: string,
): Promise<OfferingNow | undefined> {
  checkKey("id", id);
  const offering = await offeringOf(room, book, id);
  if (offering === undefined) return undefined;
  const ended = await room.database.maybe(readOfferingEnd, { bookId: book.id, offeringId: id });
  if (ended !== undefined) {
    const { raised, funded } = ended;
    return { ...offering, state: funded ? "funded" : "failed", raised, left: 0n };
  }
  const frozen = await book.find(freezeId(id));
  if (frozen?.amount !== undefined) {
    return { ...offering, state: "settling", raised: offering.cap - frozen.amount, left: 0n };
  }
  const left = (await book.account(pathsOf(id).room, offering.asset))?.available ?? 0n;
  return { ...offering, state: "open", raised: offering.cap - left, left };
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
