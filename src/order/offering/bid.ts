import { assert } from "../../base/index.ts";
import type { Book, ChainAnswer, Request } from "../../ledger/index.ts";
import { unit } from "../../postgres/index.ts";
import { checkAmount, checkCommand, checkKey, malformed } from "../check-command.ts";
import { isTaken, reasonOf, unexpected } from "../ledger-says.ts";
import { refuse } from "../refusal.ts";
import type { Asked } from "../room.ts";
import {
  type Bid,
  type BidAnswer,
  freezeId,
  type Offering,
  offeringOf,
  type OfferingRoom,
  pathsOf,
  type PlaceBid,
  walletOf,
} from "./offering.ts";
import { readBid } from "./offering.sql.ts";
import { insertBids } from "./write-offerings.ts";

/**
 * Bids for a share of an offering: the money is held, and the room for it taken, by one transfer. All of it, or what is
 * left where that is allowed. Safe to repeat: yes, by `id`; one that was refused stays refused.
 * Refuses: order.offering_missing, offering_closed, offering_full, funds_short, key_conflict.
 * Throws: order.command_malformed, order.books_refused.
 */
export async function placeBid(
  room: OfferingRoom,
  book: Book,
  command: PlaceBid,
  asked: Asked = {},
): Promise<BidAnswer> {
  checkBid(command);
  const { allowPartial = false } = command;
  const offering = await offeringOf(room, book, command.offering);
  if (offering === undefined)
    return refuse("order.offering_missing", { offering: command.offering });
  if ((await room.time.now()) >= offering.closesAt) {
    return (await readBidOf(room, book, command)) ?? closed(offering);
  }
  const whole = await attempt(book, offering, command, { cut: false, asked });
  const answer =
    whole === "full" && allowPartial
      ? await attempt(book, offering, command, { cut: true, asked })
      : whole;
  if (answer !== "full" && answer.status === "done") return answer;
  // A repeat, cut or not, or a refusal of one that two nodes were asked for at once: the row says what stands.
  const stands = await readBidOf(room, book, command);
  if (stands !== undefined) return stands;
  if (answer !== "full") return answer;
  if ((await book.find(freezeId(offering.id))) !== undefined) return closed(offering);
  const left = (await book.account(pathsOf(offering.id).room, offering.asset))?.available ?? 0n;
  const { id, asset } = offering;
  return refuse("order.offering_full", { offering: id, left: String(left), asset });
}

const closed = ({ id }: Offering) => refuse("order.offering_closed", { offering: id });

function checkBid(command: PlaceBid): void {
  checkCommand(command);
  checkKey("id", command.id);
  checkKey("offering", command.offering);
  checkKey("investor", command.investor);
  checkAmount("amount", command.amount);
  const { allowPartial } = command;
  if (allowPartial !== undefined && typeof allowPartial !== "boolean") {
    throw malformed("allowPartial", "it takes true or false");
  }
}

interface Attempt {
  readonly cut: boolean;
  readonly asked: Asked;
}

/**
 * Whole: one hold. Cut: one unit of money that must find room, and whatever is left of the rest, so that a bid of
 * nothing is refused like any other.
 */
function holdsOf({ id, asset }: Offering, bid: PlaceBid, cut: boolean): Request[] {
  const move = { kind: "pending", asset, debit: walletOf(bid.investor), credit: pathsOf(id).room };
  if (!cut) return [{ ...move, kind: "pending", id: `b/${bid.id}/0`, amount: bid.amount }];
  const rest = { ...move, kind: "pending", id: `b/${bid.id}/2`, amount: bid.amount - 1n } as const;
  return [
    { ...move, kind: "pending", id: `b/${bid.id}/1`, amount: 1n },
    { ...rest, balancing: "credit" },
  ];
}

async function attempt(
  book: Book,
  offering: Offering,
  bid: PlaceBid,
  { cut, asked: { context, deadlineMs } }: Attempt,
): Promise<BidAnswer | "full"> {
  const requests = holdsOf(offering, bid, cut);
  const chain = { chain: cut ? `b/${bid.id}/cut` : `b/${bid.id}`, requests };
  const { id: bidId, investor, amount, allowPartial = false } = bid;
  const by = context?.by ?? null;
  const request = context?.request ?? null;
  const place = { bookId: book.id, offeringId: offering.id };
  const row = { ...place, bidId, investor, amount, cut, allowPartial, by, request };
  const answered = await book.commit(unit(chain.chain).post(chain).write(insertBids, row), {
    ...{ context, deadlineMs },
  });
  if (answered.status === "conflict") return refuse("order.key_conflict", { key: bidId });
  const answer = answered.answer as ChainAnswer;
  if (answer.status !== "refused") {
    const granted = answer.answers.reduce((sum, each) => sum + each.amount, 0n);
    const status = answered.status === "committed" ? "done" : "exists";
    return { status, bid: bidOf(bid, granted) };
  }
  if (isTaken(answer.code)) return refuse("order.key_conflict", { key: bidId });
  if ((answer.original ?? answer.code) === "ledger.credit_account_exceeds_bound") return "full";
  if (reasonOf(answer) !== "other") {
    return refuse("order.funds_short", { account: walletOf(investor), keyOf: "bid" });
  }
  throw unexpected(answer, requests[answer.index]);
}

function bidOf({ id, offering, investor, amount }: PlaceBid, granted: bigint): Bid {
  return { id, offering, investor, asked: amount, granted };
}

/** The bid that stands under the key: the same one, or another. */
async function readBidOf(
  { database }: OfferingRoom,
  book: Book,
  command: PlaceBid,
): Promise<BidAnswer | undefined> {
  const asked = { bookId: book.id, offeringId: command.offering, bidId: command.id };
  const row = await database.maybe(readBid, asked);
  if (row === undefined) return undefined;
  const { investor, amount, allowPartial = false } = command;
  // Older rows don't say it; one that was cut was allowed to be.
  const allowed = row.allowPartial ?? (row.cut ? true : allowPartial);
  if (row.investor !== investor || row.amount !== amount || allowed !== allowPartial) {
    return refuse("order.key_conflict", { key: command.id });
  }
  return { status: "exists", bid: bidOf(command, await grantedOf(book, row)) };
}

/** What a bid holds: all that it asked for, but for the one that was cut. */
export async function grantedOf(
  book: Book,
  { bidId, amount, cut }: { bidId: string; amount: bigint; cut: boolean },
): Promise<bigint> {
  if (!cut) return amount;
  const holds = await book.chainEntries(`b/${bidId}/cut`);
  assert(holds.length === 2, "a bid that was cut has two holds");
  return holds.reduce((sum, { amount: held }) => sum + (held ?? 0n), 0n);
}

/** The holds of a bid. */
export function holdsOfBid({ bidId, cut }: { bidId: string; cut: boolean }): readonly string[] {
  return cut ? [`b/${bidId}/1`, `b/${bidId}/2`] : [`b/${bidId}/0`];
}
