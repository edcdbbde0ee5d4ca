/** How orders and their steps are written: the writers that this room's units carry. */
import type { Instant } from "../base/index.ts";
import { arrayOf, column, insertInto, type Writer } from "../postgres/index.ts";
import type { FrozenLine } from "./order.ts";

const ROOM = "order";
const LAYER = 3;

export interface PlacedRow {
  readonly bookId: number;
  readonly orderId: string;
  readonly bodyHash: Buffer;
  readonly buyer: string;
  readonly asset: string;
  readonly total: bigint;
  readonly quoteId: string;
  readonly held: string | null;
  readonly expiresAt: Instant;
  readonly by: string | null;
  readonly request: string | null;
  readonly lines: readonly FrozenLine[];
}

/** The lines of all orders as columns: one statement writes the orders and them. */
function lineColumns(rows: readonly PlacedRow[]) {
  const books: number[] = [];
  const orders: string[] = [];
  const numbers: number[] = [];
  const lines: FrozenLine[] = [];
  for (const row of rows) {
    for (let line = 0; line < row.lines.length; line++) {
      books.push(row.bookId);
      orders.push(row.orderId);
      numbers.push(line);
    }
    lines.push(...row.lines);
  }
  return [
    arrayOf.int4(books),
    arrayOf.text(orders),
    arrayOf.int2(numbers),
    arrayOf.text(lines.map(({ sku }) => sku)),
    arrayOf.int8(lines.map(({ quantity }) => quantity)),
    arrayOf.text(lines.map(({ unit }) => unit ?? null)),
    arrayOf.int8(lines.map(({ list }) => list)),
    arrayOf.int8(lines.map(({ amount }) => amount)),
    arrayOf.text(lines.map(({ discounts }) => discountsText(discounts))),
  ];
}

function discountsText(discounts: FrozenLine["discounts"]): string | null {
  if (discounts === undefined || discounts.length === 0) return null;
  return JSON.stringify(discounts.map(({ rule, amount }) => ({ rule, amount: amount.toString() })));
}

const linesOf = "book_id, order_id, line, sku, quantity, unit, list, amount, discounts";

const order = insertInto<PlacedRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_order", table: "order_order" },
  columns: {
    book_id: column.int4(({ bookId }) => bookId),
    order_id: column.text(({ orderId }) => orderId),
    body_hash: column.bytea((row) => row.bodyHash),
    buyer: column.text(({ buyer }) => buyer),
    asset: column.text(({ asset }) => asset),
    total: column.int8(({ total }) => total),
    lines: column.int2(({ lines }) => lines.length),
    quote_id: column.text(({ quoteId }) => quoteId),
    held: column.text(({ held }) => held),
    expires_at: column.timestamptz(({ expiresAt }) => expiresAt),
    by_key: column.text(({ by }) => by),
    request: column.text(({ request }) => request),
  },
  key: ["book_id", "order_id"],
  stamped: "placed_at",
});

/** Orders with their lines. */
export const insertOrders: Writer<PlacedRow> = {
  ...order,
  values: (rows) => [...order.values(rows), ...lineColumns(rows)],
  // Behind the twelve columns of the orders.
  beside: (q) => `lined as (insert into ${q("order_line")} (${linesOf})
    select ${linesOf} from unnest($14::int4[], $15::text[], $16::int2[], $17::text[], $18::int8[],
      $19::text[], $20::int8[], $21::int8[], $22::text[]) as made (${linesOf})
    on conflict do nothing)`,
};

/** Quotes whose price was agreed on: the first order of each, and no other. */
export const insertAgreed: Writer<Pick<PlacedRow, "bookId" | "quoteId" | "orderId">> = {
  room: ROOM,
  label: "order.insert_agreed",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.text(rows.map(({ quoteId }) => quoteId)),
    arrayOf.text(rows.map(({ orderId }) => orderId)),
  ],
  write: (q) => `insert into ${q("order_agreed")} (book_id, quote_id, order_id)
    select book_id, quote_id, order_id
    from unnest($1::int4[], $2::int4[], $3::text[], $4::text[])
      as made (ordinal, book_id, quote_id, order_id)
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal from (
      select ordinal, book_id, quote_id,
        row_number() over (partition by book_id, quote_id order by ordinal) as nth
      from unnest($1::int4[], $2::int4[], $3::text[]) as made (ordinal, book_id, quote_id)
    ) as asked
    where nth > 1 or exists (select from ${q("order_agreed")} as known
      where known.book_id = asked.book_id and known.quote_id = asked.quote_id)`,
};

export interface StepRow {
  readonly bookId: number;
  readonly orderId: string;
  readonly version: number;
  readonly act: number;
  readonly state: number;
  readonly key: string;
  readonly bodyHash: Buffer | null;
  readonly paid: bigint;
  readonly refunded: bigint;
  readonly by: string | null;
  readonly request: string | null;
  readonly reason: string | null;
}

const step = insertInto<StepRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_step", table: "order_step" },
  columns: {
    book_id: column.int4(({ bookId }) => bookId),
    order_id: column.text(({ orderId }) => orderId),
    version: column.int4(({ version }) => version),
    act: column.int2(({ act }) => act),
    state: column.int2(({ state }) => state),
    key: column.text(({ key }) => key),
    body_hash: column.bytea((row) => row.bodyHash),
    paid: column.int8(({ paid }) => paid),
    refunded: column.int8(({ refunded }) => refunded),
    by_key: column.text(({ by }) => by),
    request: column.text(({ request }) => request),
    reason: column.text(({ reason }) => reason),
  },
  key: ["book_id", "order_id", "version"],
  stamped: "at",
});

/**
 * The next version of orders, where nobody made it before: this insert is the compare-and-set. The keys of
 * fulfilments and refunds are unique in their book, too.
 */
export const insertSteps: Writer<StepRow> = {
  ...step,
  culprits: (q) => `select asked.ordinal from (
      select ordinal, book_id, order_id, version, act, key,
        row_number() over (partition by book_id, order_id, version order by ordinal) as nth_version,
        row_number() over (partition by book_id, act, key order by ordinal) as nth_key
      from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::int2[], $6::int2[], $7::text[])
        as made (ordinal, book_id, order_id, version, act, state, key)
    ) as asked
    where nth_version > 1 or (nth_key > 1 and act in (5, 6))
      or exists (select from ${q("order_step")} as known where known.book_id = asked.book_id
        and known.order_id = asked.order_id and known.version = asked.version)
      or exists (select from ${q("order_step")} as known where known.book_id = asked.book_id
        and known.act in (5, 6) and known.act = asked.act and known.key = asked.key)`,
};

export interface MoveRow {
  readonly bookId: number;
  readonly orderId: string;
  readonly version: number;
  readonly line: number;
  readonly kind: number;
  readonly quantity: bigint;
  readonly amount: bigint;
  readonly back: bigint;
}

export const insertMoves = insertInto<MoveRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_move", table: "order_move" },
  columns: {
    book_id: column.int4(({ bookId }) => bookId),
    order_id: column.text(({ orderId }) => orderId),
    version: column.int4(({ version }) => version),
    line: column.int2(({ line }) => line),
    kind: column.int2(({ kind }) => kind),
    quantity: column.int8(({ quantity }) => quantity),
    amount: column.int8(({ amount }) => amount),
    back: column.int8(({ back }) => back),
  },
  key: ["book_id", "order_id", "version", "line", "kind"],
});

export interface OrderRunRow {
  readonly bookId: number;
  readonly orderId: string;
  readonly version: number;
  readonly run: string;
}

export const insertRuns = insertInto<OrderRunRow>({
  ...{ room: ROOM, layer: LAYER, label: "order.insert_run", table: "order_run" },
  columns: {
    book_id: column.int4(({ bookId }) => bookId),
    order_id: column.text(({ orderId }) => orderId),
    version: column.int4(({ version }) => version),
    run: column.text(({ run }) => run),
  },
  key: ["book_id", "order_id", "version", "run"],
});

/**
 * Up to when nothing unpaid is left. It only moves on, and never past the database's own clock: a node whose clock
 * ran ahead would else keep all nodes from orders that are placed when it is right again.
 */
export const moveSweep: Writer<{ readonly bookId: number; readonly until: Instant }> = {
  room: ROOM,
  label: "order.move_sweep",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.timestamptz(rows.map(({ until }) => until)),
  ],
  write: (q) => `insert into ${q("order_swept")} as known (book_id, swept_until)
    select book_id, least(swept_until, now() - interval '45 seconds')
    from unnest($1::int4[], $2::int4[], $3::timestamptz[]) as made (ordinal, book_id, swept_until)
    on conflict (book_id) do update set swept_until = greatest(known.swept_until, excluded.swept_until)
    returning 1`,
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};
