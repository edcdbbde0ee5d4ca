/** Lists of orders, by state and buyer, newest first, in pages that look at a bounded number of rows. */
import { fail, type Instant } from "../base/index.ts";
import type { Book } from "../ledger/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { checkKey, malformed } from "./check-command.ts";
import { KEY_WORD, readCursor, TIME_WORD, writeCursor } from "./cursor.ts";
import type { OrderNow } from "./order.ts";
import { orderErrors } from "./order.errors.ts";
import { type OrderState, orderStates, stateNumber, stateOf } from "./order-machine.ts";
import { listEnded, listMaybeOpen, listNewest, listOfBuyer } from "./order-list.sql.ts";
import type { OrderRoom } from "./room.ts";

export interface ListOrders {
  readonly state?: OrderState | undefined;
  readonly buyer?: string | undefined;
  /** Where the page before ended; opaque. */
  readonly cursor?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface ListedOrder extends OrderNow {
  readonly placedAt: Instant;
  readonly lines: number;
}

/** A page may be short, even empty, and still have a cursor: go on until it has none. */
export interface OrderPage {
  readonly items: readonly ListedOrder[];
  readonly cursor?: string | undefined;
}

const LIMIT = 100;
const LIMIT_MAX = 1_000;
/** Rows that one page looks at where most may not be what is asked for. */
const SCAN_MAX = 4_000;
const STRIDE = 500;
/** Behind every time, in milliseconds or micros. */
const LATEST = 8n * 10n ** 15n;
/** Behind every key of an order. */
const LAST_ID = "~";
const NEWEST: Position = { key: String(LATEST), id: LAST_ID };

/** Before which order the page begins: by the end of its time to pay in milliseconds, or by its own end in micros. */
interface Position {
  readonly key: string;
  readonly id: string;
}

type Row = RowIn<typeof listNewest>;
type Read = (before: Position, limit: number) => Promise<readonly Found[]>;

interface Found {
  readonly row: Row;
  readonly at: Position;
  readonly fits: boolean;
}

/**
 * Orders as they stand, newest first: by when they were placed, and of a state that ends an order by when they
 * came to it. Refuses: order.command_malformed, order.cursor_malformed.
 */
export async function listOrders(
  room: OrderRoom,
  book: Book,
  { state, buyer, cursor, limit = LIMIT }: ListOrders = {},
): Promise<OrderPage> {
  if (state !== undefined && !orderStates.includes(state))
    throw malformed("state", "there is none");
  if (buyer !== undefined) checkKey("buyer", buyer);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw malformed("limit", `it takes 1 to ${LIMIT_MAX}`);
  }
  const question = [state ?? null, buyer ?? null];
  let before = cursor === undefined ? NEWEST : placeOf(question, cursor);
  const read = readerOf(room, book.id, state, buyer);
  const items: ListedOrder[] = [];
  for (let looked = 0; looked < SCAN_MAX;) {
    const asked = Math.max(state === undefined ? limit : STRIDE, 1);
    const found = await read(before, asked);
    looked += found.length;
    for (const { row, at, fits } of found) {
      before = at;
      if (fits) items.push(itemOf(row));
      if (items.length === limit) return { items, cursor: cursorAt(question, before) };
    }
    if (found.length < asked) return { items };
  }
  return { items, cursor: cursorAt(question, before) };
}

const cursorAt = (question: readonly unknown[], { key, id }: Position): string =>
  writeCursor(question, [key, id]);

/** States from which nothing leads back to what is due: they are found by when an order came to them. */
const ENDED = new Set<OrderState>(["fulfilled", "refunded", "cancelled", "expired", "closed"]);

function readerOf(
  { database }: OrderRoom,
  bookId: number,
  state: OrderState | undefined,
  buyer: string | undefined,
): Read {
  const isOf = (row: Row) => state === undefined || standing(row) === state;
  const found = (rows: readonly Row[]) =>
    rows.map((row) => {
      const at = { key: String(row.expiresAt), id: row.orderId };
      return { row, at, fits: isOf(row) };
    });
  const pageOf = ({ key, id }: Position, limit: number) => {
    return { bookId, beforeAt: Number(key), beforeId: id, limit };
  };
  if (buyer !== undefined) {
    return async (before, limit) =>
      found(await database.run(listOfBuyer, { ...pageOf(before, limit), buyer }));
  }
  if (state === undefined) {
    return async (before, limit) => found(await database.run(listNewest, pageOf(before, limit)));
  }
  if (!ENDED.has(state)) {
    return async (before, limit) => found(await database.run(listMaybeOpen, pageOf(before, limit)));
  }
  return async ({ key, id }, limit) => {
    const asked = { bookId, state: stateNumber(state), beforeMicros: BigInt(key), beforeId: id };
    const rows = await database.run(listEnded, { ...asked, limit });
    return rows.map(({ endedMicros, isNewest, ...row }) => {
      return { row, at: { key: String(endedMicros), id: row.orderId }, fits: isNewest };
    });
  };
}

const standing = ({ state }: Row): OrderState => (state === null ? "placed" : stateOf(state));

function itemOf(row: Row): ListedOrder {
  const { orderId, buyer, asset, total, lines, placedAt, expiresAt } = row;
  return {
    ...{ id: orderId, state: standing(row), version: row.version ?? 1, buyer, asset, total },
    ...{ paid: row.paid ?? 0n, refunded: row.refunded ?? 0n, expiresAt, placedAt, lines },
  };
}

/** Refuses: order.cursor_malformed. */
function placeOf(question: readonly unknown[], cursor: string): Position {
  const [key = "", id = ""] = readCursor(question, cursor, [TIME_WORD, KEY_WORD]);
  if (BigInt(key) > LATEST) throw fail(orderErrors, "cursor_malformed");
  return { key, id };
}
