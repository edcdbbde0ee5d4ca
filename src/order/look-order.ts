/** Looks at an order that are short whatever happened to it: for doors that say what a key stands for. */
import type { Instant } from "../base/index.ts";
import type { Book } from "../ledger/index.ts";
import { checkKey } from "./check-command.ts";
import { nowOf } from "./known-order.ts";
import type { OrderNow } from "./order.ts";
import { actOf, type OrderAct } from "./order-machine.ts";
import { findKeyedStep, readPlaced } from "./order.sql.ts";
import type { OrderRoom } from "./room.ts";

export interface OrderGlance {
  readonly order: OrderNow;
  readonly quoteId: string;
}

/** An order and the quote that it was placed for; undefined: there is none. Throws: order.command_malformed. */
export async function glanceAt(
  room: OrderRoom,
  book: Book,
  orderId: string,
): Promise<OrderGlance | undefined> {
  checkKey("orderId", orderId);
  const order = await room.reader.read(book.id, orderId);
  if (order === undefined) return undefined;
  const placed = await room.database.maybe(readPlaced, { bookId: book.id, orderId });
  return placed && { order: nowOf(order), quoteId: placed.quoteId };
}

export interface KeyedStep {
  readonly act: OrderAct;
  readonly version: number;
  readonly at: Instant;
}

/** The payment, fulfilment or refund of an order that a key stands for. Throws: order.command_malformed. */
export async function stepOfKey(
  room: OrderRoom,
  book: Book,
  orderId: string,
  key: string,
): Promise<KeyedStep | undefined> {
  checkKey("orderId", orderId);
  checkKey("key", key);
  const found = await room.database.maybe(findKeyedStep, { bookId: book.id, orderId, key });
  return found && { act: actOf(found.act), version: found.version, at: found.at };
}
