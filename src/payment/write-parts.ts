/** How payments and refunds are written: the writers that units of other rooms carry. */
import { column, insertInto } from "../postgres/index.ts";
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

export const insertParts = insertInto<PartRow>({
  ...{ room: ROOM, layer: LAYER, label: "payment.insert_part", table: "payment_part" },
  columns: {
    book_id: column.int4(({ bookId }) => bookId),
    subject: column.text(({ subject }) => subject),
    payment_id: column.text(({ paymentId }) => paymentId),
    part: column.int2(({ part }) => part),
    means: column.int2(({ paid }) => meansByName[paid.means].number),
    path: column.text(({ paid }) => paid.path),
    amount: column.int8(({ paid }) => paid.amount),
  },
  key: ["book_id", "subject", "payment_id", "part"],
});

export interface RefundRow {
  readonly bookId: number;
  readonly subject: string;
  readonly refundId: string;
  readonly paymentId: string;
  readonly part: number;
  readonly amount: bigint;
}

export const insertRefunds = insertInto<RefundRow>({
  ...{ room: ROOM, layer: LAYER, label: "payment.insert_refund", table: "payment_refund" },
  columns: {
    book_id: column.int4(({ bookId }) => bookId),
    subject: column.text(({ subject }) => subject),
    refund_id: column.text(({ refundId }) => refundId),
    payment_id: column.text(({ paymentId }) => paymentId),
    part: column.int2(({ part }) => part),
    amount: column.int8(({ amount }) => amount),
  },
  key: ["book_id", "subject", "refund_id", "payment_id", "part"],
});
