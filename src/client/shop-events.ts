/** The feed of orders: what was done to them, in the order of the commits, as it comes. */
import type * as Wire from "./api-types.ts";
import { ask } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { type FeedOptions, followed } from "./feed.ts";
import { instantOf } from "./from-wire.ts";
import type { Instant } from "./posting.ts";

/** An act that was done to an order. */
export interface OrderEvent extends Omit<Wire.OrderEvent["data"], "total" | "paid" | "refunded"> {
  /** The order's key and the version that the act made of it: ORDER/VERSION. */
  readonly id: string;
  /** Book time: it never decreases. */
  readonly at: Instant;
  readonly type: Wire.OrderEvent["type"];
  readonly total: bigint;
  readonly paid: bigint;
  readonly refunded: bigint;
}

/** `after`: the `seq` of the last event that you have dealt with. */
export type OrderFeedOptions = FeedOptions;

/** What `followed` promises, of a book's orders: begin anew with the last `seq`. */
export function orderFeed(
  wire: Line,
  book: string,
  options: FeedOptions,
): AsyncGenerator<OrderEvent, void, undefined> {
  return followed(wire, options, async ({ query, patience }) => {
    const asked = { params: { book }, query };
    const { items, after, more } = await ask(wire, "readOrderEvents", asked, patience);
    return { items: items.map(eventOf), after, more };
  });
}

function eventOf({ id, type, time, data }: Wire.OrderEvent): OrderEvent {
  const { total, paid, refunded, ...rest } = data;
  return {
    ...{ id, type, at: instantOf(time), ...rest },
    ...{ total: BigInt(total), paid: BigInt(paid), refunded: BigInt(refunded) },
  };
}
