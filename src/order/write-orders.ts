/** How orders and their steps are written: the writers that this room's units carry. */
import type { Instant } from "../base/index.ts";
import { arrayOf, type Writer } from "../postgres/index.ts";
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

const orderColumns =
  "book_id, order_id, body_hash, buyer, asset, total, lines, quote_id, held, expires_at, by_key, request";
const linesOf = "book_id, order_id, line, sku, quantity, unit, list, amount, discounts";

/** Orders with their lines. */
export const insertOrders: Writer<PlacedRow> = {
  room: ROOM,
  label: "order.insert_order",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.text(rows.map(({ orderId }) => orderId)),
    arrayOf.bytea(rows.map((row) => row.bodyHash)),
    arrayOf.text(rows.map(({ buyer }) => buyer)),
    arrayOf.text(rows.map(({ asset }) => asset)),
    arrayOf.int8(rows.map(({ total }) => total)),
    arrayOf.int2(rows.map(({ lines }) => lines.length)),
    arrayOf.text(rows.map(({ quoteId }) => quoteId)),
    arrayOf.text(rows.map(({ held }) => held)),
    arrayOf.timestamptz(rows.map(({ expiresAt }) => expiresAt)),
    arrayOf.text(rows.map(({ by }) => by)),
    arrayOf.text(rows.map(({ request }) => request)),
    ...lineColumns(rows),
  ],
  beside: (q) => `lined as (insert into ${q("order_line")} (${linesOf})
    select ${linesOf} from unnest($14::int4[], $15::text[], $16::int2[], $17::text[], $18::int8[],
      $19::text[], $20::int8[], $21::int8[], $22::text[]) as made (${linesOf})
    on conflict do nothing)`,
  write: (q) => `insert into ${q("order_order")} (${orderColumns}, placed_at)
    select ${orderColumns}, now()
    from unnest($1::int4[], $2::int4[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::int8[],
      $8::int2[], $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::text[])
      as made (ordinal, ${orderColumns})
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int4[], $3::text[]) as asked (ordinal, book_id, order_id)
    join ${q("order_order")} as known using (book_id, order_id)`,
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

const stepColumns =
  "book_id, order_id, version, act, state, key, body_hash, paid, refunded, by_key, request, reason";

/** The next version of orders, where nobody made it before: this insert is the compare-and-set. */
export const insertSteps: Writer<StepRow> = {
  room: ROOM,
  label: "order.insert_step",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.text(rows.map(({ orderId }) => orderId)),
    arrayOf.int4(rows.map(({ version }) => version)),
    arrayOf.int2(rows.map(({ act }) => act)),
    arrayOf.int2(rows.map(({ state }) => state)),
    arrayOf.text(rows.map(({ key }) => key)),
    arrayOf.bytea(rows.map((row) => row.bodyHash)),
    arrayOf.int8(rows.map(({ paid }) => paid)),
    arrayOf.int8(rows.map(({ refunded }) => refunded)),
    arrayOf.text(rows.map(({ by }) => by)),
    arrayOf.text(rows.map(({ request }) => request)),
    arrayOf.text(rows.map(({ reason }) => reason)),
  ],
  write: (q) => `insert into ${q("order_step")} (${stepColumns}, at)
    select ${stepColumns}, now()
    from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::int2[], $6::int2[], $7::text[],
      $8::bytea[], $9::int8[], $10::int8[], $11::text[], $12::text[], $13::text[])
      as made (ordinal, ${stepColumns})
    on conflict do nothing returning 1`,
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

const moveColumns = "book_id, order_id, version, line, kind, quantity, amount, back";

export const insertMoves: Writer<MoveRow> = {
  room: ROOM,
  label: "order.insert_move",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.text(rows.map(({ orderId }) => orderId)),
    arrayOf.int4(rows.map(({ version }) => version)),
    arrayOf.int2(rows.map(({ line }) => line)),
    arrayOf.int2(rows.map(({ kind }) => kind)),
    arrayOf.int8(rows.map(({ quantity }) => quantity)),
    arrayOf.int8(rows.map(({ amount }) => amount)),
    arrayOf.int8(rows.map(({ back }) => back)),
  ],
  write: (q) => `insert into ${q("order_move")} (${moveColumns})
    select ${moveColumns}
    from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::int2[], $6::int2[], $7::int8[],
      $8::int8[], $9::int8[]) as made (ordinal, ${moveColumns})
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::int2[], $6::int2[])
      as asked (ordinal, book_id, order_id, version, line, kind)
    join ${q("order_move")} as known using (book_id, order_id, version, line, kind)`,
};

export interface OrderRunRow {
  readonly bookId: number;
  readonly orderId: string;
  readonly version: number;
  readonly run: string;
}

export const insertRuns: Writer<OrderRunRow> = {
  room: ROOM,
  label: "order.insert_run",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.text(rows.map(({ orderId }) => orderId)),
    arrayOf.int4(rows.map(({ version }) => version)),
    arrayOf.text(rows.map(({ run }) => run)),
  ],
  write: (q) => `insert into ${q("order_run")} (book_id, order_id, version, run)
    select book_id, order_id, version, run
    from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::text[])
      as made (ordinal, book_id, order_id, version, run)
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int4[], $3::text[], $4::int4[], $5::text[])
      as asked (ordinal, book_id, order_id, version, run)
    join ${q("order_run")} as known using (book_id, order_id, version, run)`,
};

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
