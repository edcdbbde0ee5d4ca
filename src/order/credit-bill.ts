/** A company's bill of a month: what it bought on credit and for which order, what went back, what it has paid. */
import type { Instant } from "../base/index.ts";
import type { Book, Entry, PageRequest } from "../ledger/index.ts";
import { type CreditLine, creditStatement, type CreditNow } from "../payment/index.ts";
import { placeOf } from "./act-place.ts";
import { findKey } from "./order.sql.ts";
import { actNumber } from "./order-machine.ts";
import type { OrderRoom } from "./room.ts";

export interface BillLine {
  readonly seq: number;
  readonly at: Instant;
  readonly id: string;
  /** `bought` on credit; `back` by a refund; `paid` for the bill. */
  readonly kind: "bought" | "back" | "paid";
  readonly amount: bigint;
  /** What was owed then. */
  readonly owed: bigint;
  readonly order?: string | undefined;
  /** The payment's, or the refund's. */
  readonly key?: string | undefined;
  readonly reference?: string | undefined;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

export interface CreditBill extends CreditNow {
  /** Oldest first. */
  readonly items: readonly BillLine[];
  readonly cursor?: string | undefined;
}

/**
 * A page of it. It may be short, even empty, and still have a cursor. Undefined: the company has no credit of that month.
 * Refuses: payment.credit_line_malformed, ledger.cursor_malformed, ledger.limit_out_of_range, ledger.archived.
 */
export async function creditBill(
  room: OrderRoom,
  book: Book,
  named: Omit<CreditLine, "line">,
  page: PageRequest = {},
): Promise<CreditBill | undefined> {
  const statement = await creditStatement(book, named, page);
  if (statement === undefined) return undefined;
  const { now, lines, cursor } = statement;
  const items = await Promise.all(
    lines.map(async ({ entry, isDebit, amount, owed }): Promise<BillLine> => {
      const { seq, at, id, chain, reference, by, request } = entry;
      const kind = isDebit ? "bought" : chain?.startsWith("r/") === true ? "back" : "paid";
      const told = { seq, at, id, kind, amount, owed, reference, by, request } as const;
      return { ...told, ...(await orderOf(room, book, entry)) };
    }),
  );
  return { ...now, items, ...(cursor === undefined ? {} : { cursor }) };
}

/** Whose money it was: the act's chain says, or leads to its row. */
async function orderOf(
  { database }: OrderRoom,
  book: Book,
  { chain, id }: Entry,
): Promise<Pick<BillLine, "order" | "key">> {
  if (chain === undefined) return {};
  // A payment's chain is told by its first entry alone.
  const firstId = chain.startsWith("p/") ? (await book.chainEntries(chain))[0]?.id : id;
  const place = placeOf({ chain, firstId: firstId ?? id });
  if (place === undefined) return {};
  const { orderId, key, act } = place;
  if (orderId !== undefined || key === undefined) return { order: orderId, key };
  const found = await database.maybe(findKey, { bookId: book.id, act: actNumber(act), key });
  return { order: found?.orderId, key };
}
