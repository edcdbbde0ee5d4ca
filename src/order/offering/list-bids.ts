/** Bids of an offering for people, newest first, a page at a time. */
import type { Book } from "../../ledger/index.ts";
import { checkKey } from "../check-command.ts";
import { grantedOf } from "./bid.ts";
import { type Bid, offeringOf, type OfferingRoom } from "./offering.ts";
import { listBidsOf, listNewestBids } from "./offering.sql.ts";
import { beforeOf, limitOf, type Paged, type PageAsked, pageOf, type Who, whoOf } from "./page.ts";

export interface ListBids extends PageAsked {
  /** Of this one only. */
  readonly investor?: string | undefined;
}

export interface ListedBid extends Bid, Who {}

/** Undefined: there is no such offering. Refuses: order.command_malformed, order.cursor_malformed. */
export async function listBids(
  room: OfferingRoom,
  book: Book,
  id: string,
  asked: ListBids = {},
): Promise<Paged<ListedBid> | undefined> {
  const { investor, cursor } = asked;
  checkKey("offering", id);
  if (investor !== undefined) checkKey("investor", investor);
  const limit = limitOf(asked);
  const question = ["bids", id, investor ?? null];
  const before = beforeOf(question, cursor);
  if ((await offeringOf(room, book, id)) === undefined) return undefined;
  const page = { bookId: book.id, offeringId: id, ...before, limit: limit + 1 };
  const rows =
    investor === undefined
      ? await room.database.run(listNewestBids, page)
      : await room.database.run(listBidsOf, { ...page, investor });
  const told = pageOf(rows, { question, limit, keyOf: ({ bidId }) => bidId }, (row) => row);
  // One bid of an offering at most was cut; of the others the row says it all.
  const items = await Promise.all(
    told.items.map(async (row): Promise<ListedBid> => {
      const { bidId, investor: whose, amount } = row;
      const granted = await grantedOf(book, row);
      return { id: bidId, offering: id, investor: whose, asked: amount, granted, ...whoOf(row) };
    }),
  );
  return { ...told, items };
}
