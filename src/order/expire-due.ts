/** Ending the orders whose time to pay is over, a page at a time. */
import type { Book } from "../ledger/index.ts";
import { unit } from "../postgres/index.ts";
import { expireOrder } from "./end-order.ts";
import { keepOpenList } from "./open-list.ts";
import { listOverdue, readSwept } from "./order.sql.ts";
import type { OrderAnswer } from "./order.ts";
import type { Asked, OrderRoom } from "./room.ts";
import { moveSweep } from "./write-orders.ts";

const PAGE = 500;
/** Of one call: the next goes on where this one ended. */
const PAGES_MAX = 20;
/** Before anything was placed. */
const BEGINNING = 0;
/**
 * An order is placed long before it ends (a minute at least), so whatever ends before now is there. Clocks of
 * nodes differ a little, though: the sweep's mark stays that far behind.
 */
const MARK_BEHIND_MS = 45_000;
/** A sweep that ended nothing writes nothing, but for its mark now and then. */
const MARK_EVERY_MS = 600_000;

export interface Swept {
  /** Orders that were ended by this call. */
  readonly expired: number;
  /** There is more to do: call again. */
  readonly more: boolean;
}

/**
 * Ends orders whose time to pay is over. Any number of nodes may do so at once: each order is ended by one.
 * Safe to repeat: yes.
 */
export async function expireDue(room: OrderRoom, book: Book, asked: Asked = {}): Promise<Swept> {
  const until = (await room.time.asked()) - 1;
  const swept = await room.database.maybe(readSwept, { bookId: book.id });
  const marked = swept?.sweptUntil ?? BEGINNING;
  // What this node has swept itself it does not look through again; unless the database's clock ran ahead and came back.
  const own = room.sweptUntil.get(book.id) ?? BEGINNING;
  let from = Math.max(marked, own > until ? BEGINNING : own);
  let after = "";
  let expired = 0;
  /** Some order found no place for its end: the next sweep begins where this one did. */
  let isStuck = false;
  for (let page = 0; page < PAGES_MAX; page++) {
    const place = { bookId: book.id, from, until, after, limit: PAGE };
    const due = await room.database.run(listOverdue, place);
    const ended = await Promise.all(
      due.map(({ orderId }) => expireOrder(room, book, orderId, asked)),
    );
    expired += ended.filter(({ status }) => status === "done").length;
    isStuck ||= ended.some(isStillOpen);
    const last = due.at(-1);
    if (last === undefined || due.length < PAGE) {
      await keepOpenList(room, book);
      if (isStuck) return { expired, more: false };
      const upTo = until - MARK_BEHIND_MS;
      room.sweptUntil.set(book.id, upTo);
      if (upTo - marked > (expired > 0 ? 0 : MARK_EVERY_MS)) await mark(book, upTo);
      return { expired, more: false };
    }
    from = last.expiresAt;
    after = last.orderId;
  }
  return { expired, more: true };
}

/** Nobody found a place for its end, or the clock was set back meanwhile. */
function isStillOpen(answer: OrderAnswer): boolean {
  if (answer.status !== "refused") return false;
  return answer.code === "order.busy" || answer.details["state"] === "placed";
}

async function mark(book: Book, until: number): Promise<void> {
  const moved = unit(`order/swept/${until}`).write(moveSweep, { bookId: book.id, until });
  await book.commit(moved);
}
