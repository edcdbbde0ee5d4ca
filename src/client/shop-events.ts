/** The feed of orders: what was done to them, in the order of the commits, as it comes. */
import type * as Wire from "./api-types.ts";
import { ask, digits, timeOf } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { pause } from "./back-off.ts";
import type { FeedOptions } from "./feed.ts";
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

const WAIT_MS = 30_000;
const LIMIT = 1_000;
/** Between looks at a server that has no room for one more who waits: it answers at once. */
const NO_ROOM_PAUSE_MS = 500;

/**
 * Nothing is skipped or doubled: begin anew with the last `seq` that you have dealt with. The signal ends the
 * iteration as if there were no more. Throws LongmenProblem when the server stays away for longer than the
 * deadline of one look.
 */
export async function* orderFeed(
  wire: Line,
  book: string,
  { after = 0, waitMs = WAIT_MS, limit = LIMIT, follow = true, deadlineMs, signal }: FeedOptions,
): AsyncGenerator<OrderEvent, void, undefined> {
  const wait = follow ? waitMs : 0;
  const patience = { deadlineMs: timeOf(deadlineMs ?? wire.deadlineMs) + wait, signal };
  const isOver = () => signal?.aborted === true;
  let last = after;
  while (!isOver()) {
    const askedAt = performance.now();
    const query = { after: digits(last), limit: digits(limit), waitMs: digits(wait) };
    const asked = ask(wire, "readOrderEvents", { params: { book }, query }, patience);
    const told = await asked.catch((error: unknown) => {
      if (isOver()) return undefined;
      throw error;
    });
    if (told === undefined) return;
    for (const event of told.items) {
      yield eventOf(event);
      if (isOver()) return;
    }
    const hasMoved = told.after > last;
    last = told.after;
    if (told.items.length > 0 || told.more) continue;
    if (!follow) return;
    // Other entries of the book wake us, too.
    const isEarly = !hasMoved && performance.now() - askedAt < wait / 2;
    if (isEarly) await pause(NO_ROOM_PAUSE_MS * (1 + Math.random()), signal);
  }
}

function eventOf({ id, type, time, data }: Wire.OrderEvent): OrderEvent {
  const { total, paid, refunded, ...rest } = data;
  return {
    ...{ id, type, at: instantOf(time), ...rest },
    ...{ total: BigInt(total), paid: BigInt(paid), refunded: BigInt(refunded) },
  };
}
