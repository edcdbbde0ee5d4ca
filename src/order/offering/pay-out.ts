/**
 * Paying out: the whole sum leaves the payer in one commit with the run that shares it; then every bid gets its part by a
 * transfer of its own, a batch at a time. The parts sum to the whole to the last minor unit, and each has an id that
 * follows from the payout and the bid's place, so that nobody is paid twice wherever the run is killed.
 */
import { allocate, backoff, fail, isPath, systemClock } from "../../base/index.ts";
import { type Flow, flow, type Flows, type Steps } from "../../flow/index.ts";
import type { Book, ChainAnswer, Request } from "../../ledger/index.ts";
import { unit } from "../../postgres/index.ts";
import { checkAmount, checkCommand, checkKey, malformed } from "../check-command.ts";
import { isTaken, reasonOf, unexpected } from "../ledger-says.ts";
import { orderErrors } from "../order.errors.ts";
import { refuse } from "../refusal.ts";
import type { Asked } from "../room.ts";
import { grantedOf } from "./bid.ts";
import {
  type Offering,
  offeringOf,
  type OfferingRoom,
  offeringThere,
  pathsOf,
  type PayOut,
  type PayOutInput,
  type RunAnswer,
  untilBack,
  walletOf,
} from "./offering.ts";
import { listBids, readOfferingEnd, readPayout } from "./offering.sql.ts";
import type { PayoutSaid } from "./payouts.ts";
import { insertPayoutEnds, insertPayouts } from "./write-offerings.ts";

export interface PaidOut {
  readonly paid: number;
  readonly total: bigint;
}

export type PayingOut = Flow<PayOutInput, PaidOut>;

const PER_BATCH = 500;
const READ_MAX = 5_000;
/** Two nodes may hit upon one number of a run, or one that asks the same may not be committed yet. */
const ATTEMPTS_MAX = 10;
const PAUSE_MS = { baseMs: 5, maxMs: 200 };

/**
 * Pays investors of a funded offering. Safe to repeat: yes, by `id`; one that was refused for want of money stays refused.
 * Refuses: order.offering_missing, offering_open (it is not funded), funds_short, key_conflict, busy.
 * Throws: order.command_malformed, order.books_refused.
 */
export async function payOut(
  room: OfferingRoom,
  { book, paying }: { readonly book: Book; readonly paying: PayingOut },
  command: PayOut,
  { context, deadlineMs }: Asked = {},
): Promise<RunAnswer> {
  checkPayOut(command);
  const offering = await offeringOf(room, book, command.offering);
  if (offering === undefined)
    return refuse("order.offering_missing", { offering: command.offering });
  const place = { bookId: book.id, offeringId: offering.id };
  const ended = await room.database.maybe(readOfferingEnd, place);
  if (ended?.funded !== true) return refuse("order.offering_open", { offering: offering.id });
  const { id: payoutId, total, from: source = offering.project } = command;
  const input = { book: book.name, offering: offering.id, payout: payoutId };
  const asked = { by: context?.by, request: context?.request };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const known = await room.database.maybe(readPayout, { ...place, payoutId });
    if (known !== undefined) {
      const isSame = known.total === total && known.source === source;
      if (!isSame) return refuse("order.key_conflict", { key: payoutId });
      return { status: "exists", run: known.run };
    }
    const begin: Awaited<ReturnType<Flows["starting"]>> = await room
      .flows()
      .starting(paying, input, asked);
    const chain = gather(offering, payoutId, { total, source });
    const by = { by: asked.by ?? null, request: asked.request ?? null };
    const row = { ...place, payoutId, total, source, run: begin.id, ...by };
    const work = unit(chain.chain).post(chain).write(insertPayouts, row);
    const answered = await book.commit(
      { ...work, writes: [...work.writes, ...begin.uses] },
      { context, deadlineMs },
    );
    if (answered.status === "committed") {
      begin.committed();
      return { status: "done", run: begin.id };
    }
    if (answered.status === "refused") {
      const answer = answered.answer as Extract<ChainAnswer, { status: "refused" }>;
      if (isTaken(answer.code)) return refuse("order.key_conflict", { key: payoutId });
      if (reasonOf(answer) !== "other")
        return refuse("order.funds_short", { account: source, keyOf: "payout" });
      throw unexpected(answer, chain.requests[answer.index]);
    }
    await systemClock.sleep(backoff({ attempt, ...PAUSE_MS }));
  }
  return refuse("order.busy");
}

function checkPayOut(command: PayOut): void {
  checkCommand(command);
  checkKey("id", command.id);
  checkKey("offering", command.offering);
  checkAmount("total", command.total);
  if (command.from !== undefined && !isPath(command.from)) throw malformed("from", "no path");
}

function gather(
  { id, asset }: Offering,
  payoutId: string,
  { total, source }: { total: bigint; source: string },
) {
  const chain = `y/${payoutId}`;
  const requests: Request[] = [
    { id: `${chain}/all`, asset, debit: source, credit: pathsOf(id).payout, amount: total },
  ];
  return { chain, requests };
}

interface Share {
  readonly bidId: string;
  readonly investor: string;
  readonly amount: bigint;
}

export function payingOutOf(room: OfferingRoom): PayingOut {
  return flow("order.pay_out", {}, async (f: Steps, input: PayOutInput) => {
    // Bids of a settled offering never change: what follows from them is worked out once in a life of the run.
    let known: readonly Share[] | undefined;
    const shares = async () => (known ??= await sharesOf(room, input));
    let paid = 0;
    let unpaid: readonly string[] = [];
    for (let isMore = true, batch = 0; isMore; batch++) {
      const done = await f.step(
        "pay a batch",
        async () => payBatch(room, input, { shares: await shares(), batch }),
        untilBack(),
      );
      paid += done.paid;
      unpaid = [...unpaid, ...done.unpaid];
      ({ isMore } = done);
      f.state({ paid, unpaid: unpaid.length, of: done.of } satisfies PayoutSaid);
    }
    const tell = async () => {
      await tellEnd(room, input, { paid, unpaid: unpaid.length });
      return totalOf(await shares());
    };
    const total = await f.step("told", tell, untilBack());
    if (unpaid.length > 0) throw stuck(input, unpaid);
    return { paid, total };
  });
}

/** Its run is kept for a while, what came of it for ever. Told twice it is one row. */
async function tellEnd(
  room: OfferingRoom,
  { book: name, offering: offeringId, payout: payoutId }: PayOutInput,
  counts: { readonly paid: number; readonly unpaid: number },
): Promise<void> {
  const book = await room.books.book(name);
  const row = { bookId: book.id, offeringId, payoutId, ...counts };
  await book.commit(unit(`y/${payoutId}/end`).write(insertPayoutEnds, row));
}

/** What could not be paid stays on the offering's own account. */
function stuck({ payout, offering }: PayOutInput, unpaid: readonly string[]): Error {
  const some = unpaid.slice(0, 10).join(", ");
  return fail(orderErrors, "payout_stuck", {
    ...{ payout, count: unpaid.length, some },
    account: pathsOf(offering).payout,
  });
}

const totalOf = (shares: readonly Share[]): bigint =>
  shares.reduce((sum, { amount }) => sum + amount, 0n);

async function sharesOf(room: OfferingRoom, input: PayOutInput): Promise<readonly Share[]> {
  const book = await room.books.book(input.book);
  const place = { bookId: book.id, offeringId: input.offering };
  const bids: Share[] = [];
  for (let after = ""; ;) {
    const page = await room.database.run(listBids, { ...place, after, limit: READ_MAX });
    for (const bid of page) bids.push({ ...bid, amount: await grantedOf(book, bid) });
    const last = page.at(-1);
    if (last === undefined || page.length < READ_MAX) break;
    after = last.bidId;
  }
  const payout = await room.database.one(readPayout, { ...place, payoutId: input.payout });
  const parts = allocate(
    payout.total,
    bids.map(({ amount }) => amount),
  );
  return bids.map(({ bidId, investor }, at) => ({ bidId, investor, amount: parts[at] ?? 0n }));
}

async function payBatch(
  room: OfferingRoom,
  { book: name, offering: id, payout }: PayOutInput,
  { shares, batch }: { shares: readonly Share[]; batch: number },
) {
  const book = await room.books.book(name);
  const { asset } = await offeringThere(room, book, id);
  const begin = batch * PER_BATCH;
  const some = shares.slice(begin, begin + PER_BATCH);
  const requests = some.flatMap(({ bidId, investor, amount }, at): Request[] => {
    if (amount === 0n) return [];
    const to = walletOf(investor);
    const move = { id: `y/${payout}/${begin + at}`, asset, amount, reference: bidId };
    return [{ ...move, debit: pathsOf(id).payout, credit: to }];
  });
  const answers = await book.batch(requests);
  const unpaid = answers.flatMap((answer, at) => {
    const reference = (requests[at] as { reference?: string } | undefined)?.reference;
    return answer.status === "refused" ? [`${reference ?? ""} (${answer.code})`] : [];
  });
  const isMore = begin + PER_BATCH < shares.length;
  return { paid: requests.length - unpaid.length, unpaid, isMore, of: shares.length };
}
