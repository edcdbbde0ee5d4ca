/** Whose a quote is, and whether it was sold by: a price that was agreed on sells once. */
import type { Book } from "../ledger/index.ts";
import type { FrozenQuote, Refused } from "./order.ts";
import { findAgreed } from "./order.sql.ts";
import { refuse } from "./refusal.ts";
import type { Asked, OrderRoom } from "./room.ts";

export interface AskedOfPlacing extends Asked {
  /** May who asks order by this quote? Left out: by any. One that they may not is answered like one that is not there. */
  readonly isTheirs?: ((quote: FrozenQuote) => boolean) | undefined;
}

export function theirs(
  quote: FrozenQuote | undefined,
  { isTheirs }: AskedOfPlacing,
): FrozenQuote | undefined {
  return quote === undefined || isTheirs === undefined || isTheirs(quote) ? quote : undefined;
}

/** The refusal of another order by a price that was agreed on, where it has been sold by. */
export async function soldAlready(
  { database }: OrderRoom,
  book: Book,
  { id, agreed }: FrozenQuote,
): Promise<Refused | undefined> {
  if (agreed !== true) return undefined;
  const [sold] = await database.run(findAgreed, { bookId: book.id, quoteId: id });
  return sold && refuse("order.quote_used", { quote: id, order: sold.orderId });
}
