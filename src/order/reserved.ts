/**
 * Ids of the journal that selling gives: a letter, then a slash. Whoever posted under one first would keep an order from
 * being placed, paid or delivered for ever, or free what it holds; so a door gives none of them away. The rooms
 * themselves post by them, and what was posted before by somebody is answered as it was.
 */
import { fail } from "../base/index.ts";
import type { Book, Posting, Request } from "../ledger/index.ts";
import { orderErrors } from "./order.errors.ts";

/**
 * bids, credit lines, fulfilments, deliveries of goods (k), offerings (n), orders, payments, refunds, fillings of wallets and
 * tokens that buyers are given (w), payouts (y).
 */
const LETTERS: ReadonlySet<string> = new Set("bcfknoprwy");

export function isReservedId(id: string): boolean {
  return id.charAt(1) === "/" && LETTERS.has(id.charAt(0));
}

interface Named {
  readonly pointer: string;
  readonly id: string;
}

/**
 * Refuses postings that give an id of selling's or end a hold of its, but for those that the book knows already.
 * `at`: where in a body they stand, if there are several. Refuses: order.id_reserved.
 */
export async function demandOwnIds(
  book: Pick<Book, "find">,
  postings: readonly Posting[],
  at?: string,
): Promise<void> {
  const reserved: Named[] = [];
  for (const [place, posting] of postings.entries()) {
    const named = reservedIn(posting, at === undefined ? "" : `${at}/${place}`);
    if (named !== undefined && !(await isKnown(book, posting))) reserved.push(named);
  }
  const [first] = reserved;
  if (first === undefined) return;
  const pointers = reserved.map(({ pointer }) => pointer);
  throw fail(orderErrors, "id_reserved", {
    id: first.id,
    ...(first.pointer === "" ? {} : { pointer: first.pointer }),
    ...(at === undefined ? {} : { pointers }),
  });
}

function reservedIn(posting: Posting, at: string): Named | undefined {
  if (!("requests" in posting)) return reservedBy(posting, at);
  if (isReservedId(posting.chain)) return { id: posting.chain, pointer: at };
  for (const [member, request] of posting.requests.entries()) {
    const named = reservedBy(request, `${at}/requests/${member}`);
    if (named !== undefined) return named;
  }
  return undefined;
}

function reservedBy(request: Request, pointer: string): Named | undefined {
  if (request.id !== undefined && isReservedId(request.id)) return { id: request.id, pointer };
  if ("pendingId" in request && isReservedId(request.pendingId)) {
    return { id: request.pendingId, pointer };
  }
  return undefined;
}

/** Every id of it is in the journal: nothing of it can be done anew. */
async function isKnown(book: Pick<Book, "find">, posting: Posting): Promise<boolean> {
  const requests = "requests" in posting ? posting.requests : [posting];
  for (const { id } of requests) {
    if (id === undefined || (await book.find(id)) === undefined) return false;
  }
  return true;
}
