/** How an order and its lines stand, without its history. */
import type { Book } from "../ledger/index.ts";
import { checkKey } from "./check-command.ts";
import { type LineNow, readLines } from "./goods.ts";
import { nowOf } from "./known-order.ts";
import type { OrderNow } from "./order.ts";
import type { OrderRoom } from "./room.ts";

export interface LinesView {
  readonly order: OrderNow;
  readonly lines: readonly LineNow[];
}

/**
 * An order with its lines as they are now; undefined: there is none. What happened to it is not read: see `find`.
 * Throws: order.command_malformed.
 */
export async function seeLines(
  room: OrderRoom,
  book: Book,
  orderId: string,
): Promise<LinesView | undefined> {
  checkKey("orderId", orderId);
  const lines = await readLines(room.database, book.id, orderId);
  // Behind the lines: it is at least as new as they are.
  const order = await room.reader.read(book.id, orderId);
  return order && { order: nowOf(order), lines };
}
