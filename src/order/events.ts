/**
 * What was done to orders, in the order of the commits. No row is written for it: an act's chain stands in the
 * journal, whose seq is the order of commits, and its name leads to the act's own row. Both are one commit, so
 * whoever sees the one sees the other.
 */
import { fail, type Instant } from "../base/index.ts";
import type { Book, BookedChain } from "../ledger/index.ts";
import { type ActPlace, placeOf } from "./act-place.ts";
import { orderErrors } from "./order.errors.ts";
import { actNumber, actOf, type OrderAct, type OrderState, stateOf } from "./order-machine.ts";
import { readActs } from "./order.sql.ts";
import type { OrderRoom } from "./room.ts";

export type OrderEventType = `order.${(typeof happened)[OrderAct]}`;

/** An act that was done. Amounts in minor units of the asset. */
export interface OrderEvent {
  /** The order's key and the version that the act made of it. */
  readonly id: string;
  /** Where the act's chain begins in the journal: events have each their own, and it only grows. */
  readonly seq: number;
  /** Book time: it never decreases. */
  readonly at: Instant;
  readonly type: OrderEventType;
  readonly order: string;
  readonly version: number;
  readonly act: OrderAct;
  /** What the order was from then on. */
  readonly state: OrderState;
  readonly buyer: string;
  readonly asset: string;
  readonly total: bigint;
  readonly paid: bigint;
  readonly refunded: bigint;
  /** The payment, fulfilment or refund. */
  readonly key?: string | undefined;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
  readonly reason?: string | undefined;
}

export interface EventsAsked {
  /** The cursor of the page before; from the beginning when left out. */
  readonly after?: bigint | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface EventsPage {
  readonly events: readonly OrderEvent[];
  /** Ask again with it. */
  readonly cursor: bigint;
  /** There was more in the journal than this page looked at: ask again at once. */
  readonly more: boolean;
}

const happened = {
  place: "placed",
  pay: "paid",
  cancel: "cancelled",
  expire: "expired",
  fulfil: "fulfilled",
  refund: "refunded",
  close: "closed",
} as const;

const KEYED: ReadonlySet<OrderAct> = new Set(["pay", "fulfil", "refund"]);

/**
 * What was done to a book's orders, oldest first: nothing is skipped and nothing comes twice, whatever nodes write
 * meanwhile, for whoever goes on with the cursor. A page may be empty and still have more behind it.
 * Refuses: order.command_malformed, ledger.limit_out_of_range, ledger.seq_ahead (the book was restored).
 */
export async function listEvents(
  room: OrderRoom,
  book: Book,
  { after = 0n, limit }: EventsAsked = {},
): Promise<EventsPage> {
  if (typeof after !== "bigint" || after < 0n || after > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw fail(orderErrors, "command_malformed", { field: "after", problem: "no cursor" });
  }
  const asked = { afterSeq: Number(after), ...(limit === undefined ? {} : { limit }) };
  const page = await book.chains(asked);
  const acts = page.chains.flatMap((chain) => {
    const place = placeOf(chain);
    return place === undefined ? [] : [{ chain, place }];
  });
  const events = acts.length === 0 ? [] : await eventsOf(room, book, acts);
  return { events, cursor: BigInt(page.throughSeq), more: page.throughSeq < page.headSeq };
}

interface Found {
  readonly chain: BookedChain;
  readonly place: ActPlace;
}

/** A chain that somebody else has named like one of ours has no act behind it. */
async function eventsOf(
  { database }: OrderRoom,
  book: Book,
  acts: readonly Found[],
): Promise<OrderEvent[]> {
  const rows = await database.run(readActs, {
    bookId: book.id,
    places: acts.map((_, index) => index),
    acts: acts.map(({ place }) => actNumber(place.act)),
    orderIds: acts.map(({ place }) => place.orderId ?? ""),
    keys: acts.map(({ place }) => place.key ?? ""),
    versions: acts.map(({ place }) => place.version ?? 0),
  });
  const events: OrderEvent[] = [];
  for (const { place, act: number, state, paid, refunded, ...row } of rows) {
    const found = acts[place];
    if (found === undefined) continue;
    const act = actOf(number ?? 1);
    const version = row.version ?? 1;
    events.push({
      id: `${row.orderId}/${version}`,
      seq: found.chain.seq,
      at: found.chain.at,
      type: `order.${happened[act]}`,
      order: row.orderId,
      version,
      act,
      state: stateOf(state ?? 1),
      buyer: row.buyer,
      asset: row.asset,
      total: row.total,
      paid: paid ?? 0n,
      refunded: refunded ?? 0n,
      key: KEYED.has(act) ? (row.key ?? undefined) : undefined,
      by: row.byKey ?? undefined,
      request: row.request ?? undefined,
      reason: row.reason ?? undefined,
    });
  }
  return events;
}
