/** The room's door as a value: orders of any book, on a database and where quotes are read. */
import { type Clock, fail, systemClock } from "../base/index.ts";
import type { Book, PageRequest } from "../ledger/index.ts";
import type { CreditLine } from "../payment/index.ts";
import type { Database } from "../postgres/index.ts";
import { closeOrder } from "./close-order.ts";
import { cancelOrder } from "./end-order.ts";
import { creditBill, type CreditBill } from "./credit-bill.ts";
import { expireDue, type Swept } from "./expire-due.ts";
import { type EventsAsked, type EventsPage, listEvents } from "./events.ts";
import { fulfilOrder } from "./fulfil-order.ts";
import { OrderMemory, OrderReader } from "./known-order.ts";
import { type LinesView, seeLines } from "./lines-view.ts";
import type {
  CloseOrder,
  EndOrder,
  FulfilOrder,
  OrderAnswer,
  PayOrder,
  PlaceOrder,
  QuoteBook,
  RefundOrder,
} from "./order.ts";
import { orderErrors } from "./order.errors.ts";
import { listOrders, type ListOrders, type OrderPage } from "./list-orders.ts";
import { listSoldQuotes } from "./order.sql.ts";
import { orderTime } from "./order-time.ts";
import { payOrder } from "./pay-order.ts";
import { placeOrder } from "./place-order.ts";
import type { AskedOfPlacing } from "./quote-of-buyer.ts";
import type { Reaction } from "./reaction.ts";
import { refundOrder } from "./refund-order.ts";
import { type Asked, type OrderRoom, Shelves } from "./room.ts";
import { buyerOf } from "./buyer-of.ts";
import { type IssueTokens, issueTokens, type TokensAnswer } from "./issue-tokens.ts";
import { type PutStock, putStock, type StockAnswer } from "./put-stock.ts";
import { Sweep, type SweepOptions } from "./sweep.ts";
import { glanceAt, type KeyedStep, type OrderGlance, stepOfKey } from "./look-order.ts";
import { findOrder, type OrderView, type TimelineAsked } from "./timeline.ts";
import { Turns } from "./turns.ts";

export interface OpenOrdersOptions {
  /** The books' own, migrated with `paymentMigrations` and `orderMigrations` behind `ledgerMigrations`. */
  readonly database: Database;
  readonly quotes: QuoteBook;
  /** How long an order waits to be paid: 15 minutes when left out, a minute at least. */
  readonly payWithinMs?: number | undefined;
  /** The time of orders itself; the database's when left out, whatever a node's clock says. */
  readonly clock?: Clock | undefined;
  /** Ends orders of all books that were not paid in time; without it nobody does but who calls `expireDue`. */
  readonly sweep?: SweepOptions | undefined;
  /** What starts in the commit of an act. */
  readonly reactions?: readonly Reaction[] | undefined;
  /** How many orders a node remembers; 32,768 when left out. */
  readonly rememberMax?: number | undefined;
}

/** Each is told in the docstring of its verb. */
export interface Orders {
  place(book: Book, command: PlaceOrder, asked?: AskedOfPlacing): Promise<OrderAnswer>;
  pay(book: Book, command: PayOrder, asked?: Asked): Promise<OrderAnswer>;
  cancel(book: Book, command: EndOrder, asked?: Asked): Promise<OrderAnswer>;
  fulfil(book: Book, command: FulfilOrder, asked?: Asked): Promise<OrderAnswer>;
  refund(book: Book, command: RefundOrder, asked?: Asked): Promise<OrderAnswer>;
  close(book: Book, command: CloseOrder, asked?: Asked): Promise<OrderAnswer>;
  find(book: Book, orderId: string, asked?: TimelineAsked): Promise<OrderView | undefined>;
  glance(book: Book, orderId: string): Promise<OrderGlance | undefined>;
  stepOfKey(book: Book, orderId: string, key: string): Promise<KeyedStep | undefined>;
  /** The order with its lines as they are now, without its history. */
  lines(book: Book, orderId: string): Promise<LinesView | undefined>;
  list(book: Book, asked?: ListOrders): Promise<OrderPage>;
  buyerOf(
    book: Book,
    orderId: string,
    expected: (buyer: string) => boolean,
  ): Promise<string | undefined>;
  putStock(book: Book, command: PutStock, asked?: Asked): Promise<StockAnswer>;
  issueTokens(book: Book, command: IssueTokens, asked?: Asked): Promise<TokensAnswer>;
  events(book: Book, asked?: EventsAsked): Promise<EventsPage>;
  creditBill(
    book: Book,
    named: Omit<CreditLine, "line">,
    page?: PageRequest,
  ): Promise<CreditBill | undefined>;
  /** Of these ids of quotes those that something was sold by, in any book. */
  soldQuotes(quoteIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Ends orders that were not paid in time: what the sweep does, now. By any number of nodes. */
  expireDue(book: Book, asked?: Asked): Promise<Swept>;
  /** Ends the sweep, and waits for what it has under way. */
  stopSweep(): Promise<void>;
}

const PAY_WITHIN_MS = 15 * 60_000;
const PAY_WITHIN_MIN_MS = 60_000;
const PAY_WITHIN_MAX_MS = 30 * 86_400_000;

/** Refuses: order.options_malformed. */
export function openOrders(options: OpenOrdersOptions): Orders {
  const { database, quotes, clock, payWithinMs = PAY_WITHIN_MS } = options;
  if (!(payWithinMs >= PAY_WITHIN_MIN_MS && payWithinMs <= PAY_WITHIN_MAX_MS)) {
    const range = { min: PAY_WITHIN_MIN_MS, max: PAY_WITHIN_MAX_MS };
    throw fail(orderErrors, "options_malformed", { option: "payWithinMs", ...range });
  }
  let sweep: Sweep | undefined;
  const room: OrderRoom = {
    database,
    quotes,
    clock: clock ?? systemClock,
    time: orderTime(database, clock),
    payWithinMs,
    memory: new OrderMemory(options.rememberMax),
    reader: new OrderReader(database),
    shelves: new Shelves(),
    turns: new Turns(),
    reactions: options.reactions ?? [],
    sweptUntil: new Map(),
    listedAt: new Map(),
    placed: (book, expiresAt) => sweep?.note(book, expiresAt),
  };
  if (options.sweep !== undefined) sweep = new Sweep(room, options.sweep);
  return {
    place: (book, command, asked) => placeOrder(room, book, command, asked),
    pay: (book, command, asked) => payOrder(room, book, command, asked),
    cancel: (book, command, asked) => cancelOrder(room, book, command, asked),
    fulfil: (book, command, asked) => fulfilOrder(room, book, command, asked),
    refund: (book, command, asked) => refundOrder(room, book, command, asked),
    close: (book, command, asked) => closeOrder(room, book, command, asked),
    find: (book, orderId, asked) => findOrder(room, book, orderId, asked),
    glance: (book, orderId) => glanceAt(room, book, orderId),
    stepOfKey: (book, orderId, key) => stepOfKey(room, book, orderId, key),
    lines: (book, orderId) => seeLines(room, book, orderId),
    list: (book, asked) => listOrders(room, book, asked),
    buyerOf: (book, orderId, expected) => buyerOf(room, book, orderId, expected),
    putStock: (book, command, asked) => putStock(room, book, command, asked),
    issueTokens: (book, command, asked) => issueTokens(book, command, asked),
    events: (book, asked) => listEvents(room, book, asked),
    creditBill: (book, named, page) => creditBill(room, book, named, page),
    async soldQuotes(quoteIds) {
      const rows = await room.database.run(listSoldQuotes, { quoteIds });
      return new Set(rows.map(({ quoteId }) => quoteId));
    },
    expireDue: (book, asked) => expireDue(room, book, asked),
    stopSweep: async () => sweep?.close(),
  };
}
