/** How the list of open orders is written: what a pass has found, and how far it came, in one commit. */
import type { Instant } from "../base/index.ts";
import { arrayOf, type Writer } from "../postgres/index.ts";

export interface ListedRow {
  readonly bookId: number;
  readonly until: Instant;
  readonly open: readonly { readonly orderId: string; readonly expiresAt: Instant }[];
  readonly ended: readonly string[];
}

/** The mark only moves on. */
export const moveListed: Writer<ListedRow> = {
  room: "order",
  label: "order.move_listed",
  layer: 3,
  values: (rows) => {
    const open = rows.flatMap((row) => row.open.map((one) => ({ ...one, bookId: row.bookId })));
    const ended = rows.flatMap((row) => row.ended.map((orderId) => ({ orderId, ...row })));
    return [
      arrayOf.int4(rows.map(({ bookId }) => bookId)),
      arrayOf.timestamptz(rows.map(({ until }) => until)),
      arrayOf.int4(open.map(({ bookId }) => bookId)),
      arrayOf.text(open.map(({ orderId }) => orderId)),
      arrayOf.timestamptz(open.map(({ expiresAt }) => expiresAt)),
      arrayOf.int4(ended.map(({ bookId }) => bookId)),
      arrayOf.text(ended.map(({ orderId }) => orderId)),
    ];
  },
  beside: (q) => `opened as (insert into ${q("order_open")} (book_id, order_id, expires_at)
    select book_id, order_id, expires_at
    from unnest($4::int4[], $5::text[], $6::timestamptz[]) as made (book_id, order_id, expires_at)
    on conflict do nothing),
    dropped as (delete from ${q("order_open")} as kept
    using unnest($7::int4[], $8::text[]) as gone (book_id, order_id)
    where kept.book_id = gone.book_id and kept.order_id = gone.order_id)`,
  write: (q) => `insert into ${q("order_listed")} as known (book_id, listed_until, noted_at)
    select book_id, listed_until, now()
    from unnest($1::int4[], $2::int4[], $3::timestamptz[]) as made (ordinal, book_id, listed_until)
    on conflict (book_id) do update
      set listed_until = greatest(known.listed_until, excluded.listed_until), noted_at = now()
    returning 1`,
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};
