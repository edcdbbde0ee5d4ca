/** Whose an order is: what a door asks before it says or does anything about it. */
import type { Book } from "../ledger/index.ts";
import { checkKey } from "./check-command.ts";
import type { OrderRoom } from "./room.ts";

/**
 * Whose order it is; undefined: there is none. A buyer never changes, so one that is `expected` is told from
 * memory; any other answer is read, so that a stranger can't tell by the time whether the order is there.
 * Throws: order.command_malformed.
 */
export async function buyerOf(
  room: OrderRoom,
  book: Book,
  orderId: string,
  expected: (buyer: string) => boolean,
): Promise<string | undefined> {
  checkKey("orderId", orderId);
  const remembered = room.memory.get(book.id, orderId);
  if (remembered !== undefined && expected(remembered.buyer)) return remembered.buyer;
  return (await room.reader.read(book.id, orderId))?.buyer;
}
