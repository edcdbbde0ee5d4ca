/** How payments and refunds are written: the writers that units of other rooms carry. */
import { arrayOf, type Writer } from "../postgres/index.ts";
import { meansByName, type Part } from "./means.ts";

const ROOM = "payment";
const LAYER = 3;

export interface PartRow {
  readonly bookId: number;
  readonly subject: string;
  readonly paymentId: string;
  readonly part: number;
  readonly paid: Part;
}

const partColumns = "book_id, subject, payment_id, part, means, path, amount";

export const insertParts: Writer<PartRow> = {
  room: ROOM,
  label: "payment.insert_part",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.text(rows.map(({ subject }) => subject)),
    arrayOf.text(rows.map(({ paymentId }) => paymentId)),
    arrayOf.int2(rows.map(({ part }) => part)),
    arrayOf.int2(rows.map(({ paid }) => meansByName[paid.means].number)),
    arrayOf.text(rows.map(({ paid }) => paid.path)),
    arrayOf.int8(rows.map(({ paid }) => paid.amount)),
  ],
  write: (q) => `insert into ${q("payment_part")} (${partColumns})
    select ${partColumns}
    from unnest($1::int4[], $2::int4[], $3::text[], $4::text[], $5::int2[], $6::int2[], $7::text[], $8::int8[])
      as made (ordinal, ${partColumns})
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int4[], $3::text[], $4::text[], $5::int2[])
      as asked (ordinal, book_id, subject, payment_id, part)
    join ${q("payment_part")} as known using (book_id, subject, payment_id, part)`,
};

export interface RefundRow {
  readonly bookId: number;
  readonly subject: string;
  readonly refundId: string;
  readonly paymentId: string;
  readonly part: number;
  readonly amount: bigint;
}

const refundColumns = "book_id, subject, refund_id, payment_id, part, amount";

export const insertRefunds: Writer<RefundRow> = {
  room: ROOM,
  label: "payment.insert_refund",
  layer: LAYER,
  values: (rows) => [
    arrayOf.int4(rows.map(({ bookId }) => bookId)),
    arrayOf.text(rows.map(({ subject }) => subject)),
    arrayOf.text(rows.map(({ refundId }) => refundId)),
    arrayOf.text(rows.map(({ paymentId }) => paymentId)),
    arrayOf.int2(rows.map(({ part }) => part)),
    arrayOf.int8(rows.map(({ amount }) => amount)),
  ],
  write: (q) => `insert into ${q("payment_refund")} (${refundColumns})
    select ${refundColumns}
    from unnest($1::int4[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::int2[], $7::int8[])
      as made (ordinal, ${refundColumns})
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::int2[])
      as asked (ordinal, book_id, subject, refund_id, payment_id, part)
    join ${q("payment_refund")} as known using (book_id, subject, refund_id, payment_id, part)`,
};
