import type { Executor } from "../postgres/index.ts";
import { type MeansName, meansOf } from "./means.ts";
import { listParts, listRefunds } from "./payment.sql.ts";

/** A part as it stands: in minor units, with what has gone back of it. */
export interface PartView {
  readonly paymentId: string;
  readonly part: number;
  readonly means: MeansName;
  readonly path: string;
  readonly amount: bigint;
  readonly refunded: bigint;
}

/** What was paid for a subject, part by part, in the order of payment. */
export async function readPartsOf(
  database: Pick<Executor, "run">,
  bookId: number,
  subject: string,
): Promise<PartView[]> {
  const rows = await database.run(listParts, { bookId, subject });
  return rows.map(({ means, refunded, ...row }) => ({
    ...row,
    means: meansOf(means),
    refunded: refunded ?? 0n,
  }));
}

/** What a refund gave back to one part. */
export interface RefundView {
  readonly refundId: string;
  readonly paymentId: string;
  readonly part: number;
  readonly amount: bigint;
}

/** What went back for a subject, by the keys of the refunds: a thousand at most. */
export function readRefundsOf(
  database: Pick<Executor, "run">,
  bookId: number,
  subject: string,
): Promise<readonly RefundView[]> {
  return database.run(listRefunds, { bookId, subject });
}
