/**
 * Settling an offering, by a run that begins when it closes, or before that when its cap is reached. In prose: the room
 * that is left is closed; then, bid by bid, what was held is paid in or given back, a batch at a time; then the project
 * gets what was raised, or the books are as before. Every posting has an id of its offering's: two runs at once, and one
 * that is killed anywhere, come to the same.
 */
import { randomBytes } from "node:crypto";
import { assert } from "../../base/index.ts";
import { type Flow, flow, type Steps } from "../../flow/index.ts";
import type { Book, Chain, ChainAnswer, Request } from "../../ledger/index.ts";
import { unit } from "../../postgres/index.ts";
import { unexpected } from "../ledger-says.ts";
import { grantedOf, holdsOfBid } from "./bid.ts";
import {
  freezeId,
  type Offering,
  type OfferingInput,
  type OfferingRoom,
  offeringThere,
  pathsOf,
  untilBack,
} from "./offering.ts";
import { countBids, listBids, readOfferingEnd } from "./offering.sql.ts";
import { insertOfferingEnds } from "./write-offerings.ts";

export interface Settled {
  readonly outcome: "funded" | "failed";
  readonly raised: bigint;
}

export type Settling = Flow<OfferingInput, Settled>;

/** Bids of one batch: each is a chain of its own, and all go to the book together. */
export const BIDS_PER_BATCH = 500;
/** An offering has fewer. */
const BIDS_MAX = 2 ** 31 - 1;

export function settlingOf(room: OfferingRoom): Settling {
  return flow("order.settle", {}, async (f: Steps, input: OfferingInput) => {
    const at = async () => {
      const book = await room.books.book(input.book);
      return { book, offering: await offeringThere(room, book, input.offering) };
    };
    const close = async () => {
      const { book, offering } = await at();
      return offering.cap - (await freeze(book, offering));
    };
    const raised = await f.step("close the room", close, untilBack());
    const decide = async () => raised >= (await at()).offering.minimum;
    const funded = await f.step("decide", decide, untilBack());
    let after: string | undefined = "";
    while (after !== undefined) {
      const from: string = after;
      const settleSome = async () => settleBids(room, { ...(await at()), funded }, from);
      after = await f.step("settle bids", settleSome, untilBack());
    }
    const toEnd = async () => end(room, { ...(await at()), funded }, raised);
    await f.step("end", toEnd, untilBack());
    return { outcome: funded ? "funded" : "failed", raised } as const;
  });
}

/** Takes away the room that is left: no bid finds any from then on. Answers how much that was, always the same. */
export async function freeze(book: Book, { id, asset, cap }: Offering): Promise<bigint> {
  const { room, promised } = pathsOf(id);
  const move = { id: freezeId(id), asset, debit: promised, credit: room, amount: cap };
  const request = { ...move, balancing: "credit" } as const;
  const answer = await book.submit(request);
  if (answer.status === "refused") throw unexpected({ ...answer }, request);
  return answer.amount;
}

interface Settlement {
  readonly book: Book;
  readonly offering: Offering;
  readonly funded: boolean;
}

/** Answers behind which bid to go on; undefined: that was all. */
async function settleBids(
  { database }: OfferingRoom,
  { book, offering, funded }: Settlement,
  after: string,
): Promise<string | undefined> {
  const { id: offeringId } = offering;
  const place = { bookId: book.id, offeringId, after, limit: BIDS_PER_BATCH };
  const bids = await database.run(listBids, place);
  // A wallet that is closed burns its ids; once it is open again another try has others. A hold is posted once.
  const nonce = randomBytes(3).toString("hex");
  const post = (pendingId: string): Request => {
    return { kind: "post", id: `${pendingId}/p/${nonce}`, pendingId };
  };
  const chains = await Promise.all(
    bids.map(async (bid): Promise<Chain> => {
      const holds = holdsOfBid(bid);
      if (funded) return { chain: `b/${bid.bidId}/paid/${nonce}`, requests: holds.map(post) };
      // Given back, and the room that is free by it taken away again: in one chain, so that nobody bids for it.
      const granted = await grantedOf(book, bid);
      return {
        chain: `b/${bid.bidId}/back`,
        requests: [...holds.map(free), takeRoom(offering, bid.bidId, granted)],
      };
    }),
  );
  const answers = (await book.batch(chains)) as readonly ChainAnswer[];
  answers.forEach((answer, place) => {
    if (answer.status !== "refused" || answer.code === "ledger.pending_already_posted") return;
    throw unexpected(answer, chains[place]?.requests[answer.index]);
  });
  return bids.length < BIDS_PER_BATCH ? undefined : bids.at(-1)?.bidId;
}

const free = (pendingId: string): Request => ({ kind: "void", id: `${pendingId}/v`, pendingId });

function takeRoom({ id, asset }: Offering, bidId: string, amount: bigint): Request {
  const { room, promised } = pathsOf(id);
  return { id: `b/${bidId}/room`, asset, debit: promised, credit: room, amount };
}

/** What was raised goes to the project; of one that failed nothing is left to move. */
async function end(
  { database }: OfferingRoom,
  { book, offering, funded }: Settlement,
  raised: bigint,
): Promise<void> {
  const { id, asset, project } = offering;
  const place = { bookId: book.id, offeringId: id };
  if ((await database.maybe(readOfferingEnd, place)) !== undefined) return;
  // None comes any more: from here on it is known how many there are.
  const counted = await database.one(countBids, { ...place, limit: BIDS_MAX });
  const { promised } = pathsOf(id);
  const amount = funded ? raised : 0n;
  const posted = { id: `n/${id}/end`, asset, debit: promised, credit: project, amount };
  const work = unit(posted.id)
    .post(posted)
    .write(insertOfferingEnds, { ...place, raised, funded, ...counted });
  const answered = await book.commit(work);
  if (answered.status === "refused") {
    assert(answered.answer.status === "refused", "a refused unit has a refusal");
    throw unexpected(answered.answer, posted);
  }
}
