/** What has to be open before an order can be placed: a till for its money, and where its tokens go once they are used. */
import type { Book, Request } from "../ledger/index.ts";
import { openRedeemed, REDEEMED } from "./accounts.ts";
import { unexpected } from "./ledger-says.ts";
import type { FrozenQuote, Refused } from "./order.ts";
import { refuse } from "./refusal.ts";
import type { Asked, OrderRoom } from "./room.ts";

/** Looked at once by a node for each money and token: what is open stays so. Throws: order.books_refused. */
export async function notReady(
  { shelves }: OrderRoom,
  book: Book,
  { asset, tokens = [] }: FrozenQuote,
  { context, deadlineMs }: Asked,
): Promise<Refused | undefined> {
  if (!(await shelves.isTillOpen(book, asset))) {
    return refuse("order.money_not_taken", { asset });
  }
  const unknown = tokens.filter((token) => !shelves.isOpen(book, `token ${token.asset}`));
  if (unknown.length === 0) return undefined;
  const openings: Request[] = [];
  for (const token of unknown) {
    const isOpen = (await book.account(REDEEMED, token.asset)) !== undefined;
    if (!isOpen) openings.push(...openRedeemed(token.asset));
  }
  const answers = openings.length === 0 ? [] : await book.batch(openings, { context, deadlineMs });
  answers.forEach((answer, place) => {
    if (answer.status !== "refused" || answer.code.startsWith("ledger.asset_exists_with_")) return;
    throw unexpected(answer, openings[place]);
  });
  for (const token of unknown) shelves.opened(book, `token ${token.asset}`);
  return undefined;
}
