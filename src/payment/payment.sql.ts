import { arg, as, sql, table } from "../postgres/index.ts";

/** What went back of a subject's parts, refund by refund; a thousand at most. */
export const listRefunds = sql.named("payment.listRefunds", {
  params: { bookId: arg.int4, subject: arg.text },
  columns: { refundId: as.text, paymentId: as.text, part: as.int2, amount: as.int8 },
})`select refund_id, payment_id, part, amount from ${table("payment_refund")}
  where book_id = ${"bookId"} and subject = ${"subject"} order by refund_id, payment_id, part limit 1000`;

/** What was paid for a subject, in the order of payment, and what has gone back of each part. */
export const listParts = sql.named("payment.listParts", {
  params: { bookId: arg.int4, subject: arg.text },
  columns: {
    paymentId: as.text,
    part: as.int2,
    means: as.int2,
    path: as.text,
    amount: as.int8,
    refunded: as.int8Null,
  },
})`select payment_id, part, means, path, amount,
    (select sum(back.amount)::int8 from ${table("payment_refund")} as back
      where back.book_id = paid.book_id and back.subject = paid.subject
        and back.payment_id = paid.payment_id and back.part = paid.part) as refunded
  from ${table("payment_part")} as paid
  where book_id = ${"bookId"} and subject = ${"subject"} order by payment_id, part`;
