/**
 * Orders that are open for longer than their time to pay: a narrow table, so that who asks what is to be
 * delivered needs not look through all that ever was. It is kept behind the acts, at the sweep's pace: most
 * orders have ended before they would come into it. How lists read it: list-orders.ts.
 */
import type { Book } from "../ledger/index.ts";
import { unit } from "../postgres/index.ts";
import { listNotOpen, listPassed, readListed } from "./order-list.sql.ts";
import type { OrderRoom } from "./room.ts";
import { moveListed } from "./write-open-list.ts";

/** Behind every key of an order: those that end with the mark are behind it already. */
const LAST_ID = "~";
const PAGE = 500;
/** Of one call; the next goes on. */
const PAGES_MAX = 40;
/** As the sweep's mark: whatever ends before that is there, on any node's clock. */
const BEHIND_MS = 45_000;
/** Steps of that long before the last pass are looked at once more: they may have been committed late. */
const AGAIN_MS = 120_000;
/** Between two passes of a node over one book. */
const EVERY_MS = 60_000;

/** Notes which orders are open beyond their time to pay, and forgets those that have ended. Safe to repeat: yes. */
export async function keepOpenList(room: OrderRoom, book: Book): Promise<void> {
  const now = await room.time.now();
  const { listedAt } = room;
  if (now - (listedAt.get(book.id) ?? -Infinity) < EVERY_MS) return;
  listedAt.set(book.id, now);
  const bookId = book.id;
  const before = await room.database.maybe(readListed, { bookId });
  const mark = before?.listedUntil ?? 0;
  const since = (before?.notedAt ?? 0) - AGAIN_MS;
  const until = now - BEHIND_MS;
  let from = mark;
  let after = LAST_ID;
  for (let page = 0; page < PAGES_MAX; page++) {
    const stretch = { bookId, from, after, until, limit: PAGE };
    const passed = await room.database.run(listPassed, stretch);
    const last = passed.at(-1);
    if (last === undefined) break;
    const open = passed.filter(({ isOpen }) => isOpen);
    // Of orders that end at one instant some may be on the next page: the mark stays before them.
    const isWhole = passed.length < PAGE;
    const reached = isWhole ? last.expiresAt : last.expiresAt - 1;
    await write(book, { until: reached, open, ended: [] });
    if (isWhole) break;
    from = last.expiresAt;
    after = last.orderId;
  }
  for (let page = 0; page < PAGES_MAX; page++) {
    const gone = { bookId, since, limit: PAGE };
    const ended = await room.database.run(listNotOpen, gone);
    if (ended.length === 0) return;
    await write(book, { until: mark, open: [], ended: ended.map(({ orderId }) => orderId) });
  }
}

interface Written {
  readonly until: number;
  readonly open: readonly { readonly orderId: string; readonly expiresAt: number }[];
  readonly ended: readonly string[];
}

async function write(book: Book, written: Written): Promise<void> {
  const noted = unit(`order/listed/${written.until}/${written.ended[0] ?? ""}`);
  await book.commit(noted.write(moveListed, { ...written, bookId: book.id }));
}
