/**
 * Books the invoices of a file: reads them, turns each into its chains and hands many at a time to
 * the book's lane, a few hands ahead of the answers. Every id follows from the file, so what was
 * booked by an earlier run, killed at whatever instant, is recognised and not booked twice.
 */
import { fail, retry, systemClock } from "../../base/index.ts";
import type { Answer, Book, Chain, ChainAnswer, RefusalCode } from "../../ledger/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { isIncome, type LineKind } from "./classify.ts";
import {
  type InvoiceChains,
  invoiceChains,
  type TransferChain,
  undoChain,
} from "./invoice-chain.ts";
import type { Invoice, InvoiceKind } from "./invoice.ts";
import { MONEY } from "./names.ts";
import { type Openings, openings } from "./openings.ts";
import type { Progress } from "./rate.ts";
import { readInvoices } from "./read-invoices.ts";
import type { Survey } from "./survey-file.ts";

/** An invoice that the books refused: nothing of it was booked. */
export interface RefusedInvoice {
  readonly invoice: string;
  readonly code: RefusalCode;
  /** The id of the transfer that was refused. */
  readonly id: string;
}

export interface Booking {
  /** What stands in the books now, of this run and of those before it. */
  lines: number;
  invoices: Record<InvoiceKind, number>;
  lineKinds: Record<LineKind, number>;
  transfers: number;
  /** Of these invoices, how many this run found booked already. */
  invoicesThereBefore: number;
  refused: { count: number; readonly first: RefusedInvoice[] };
  /** The amounts that the ledger answered as recorded, of this run or of an earlier one. */
  answered: { grossMinor: bigint; refundsMinor: bigint };
}

export interface BookInvoicesOptions {
  readonly book: Book;
  readonly path: string;
  readonly survey: Survey;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const REFUSED_KEPT_MAX = 100;

/** Half a flush at a time. Two flushes are in flight, and two more wait: the lane never does. */
const HAND_TRANSFERS = 4_000;
const HANDS_MAX = 8;
const DEADLINE_MS = 60_000;
const RETRY = { attemptsMax: 6, baseMs: 250, maxMs: 5_000 } as const;

/**
 * Books every sound invoice of the file. Safe to repeat: yes, by the ids that the file gives. What
 * the books refuse is counted and named, and the rest goes on.
 * Refuses: cli.invoice_half_booked, those of readInvoices, and what the lane throws when the database stays away.
 */
export async function bookInvoices(options: BookInvoicesOptions): Promise<Booking> {
  const run: Run = {
    ...options,
    booking: emptyBooking(),
    openings: openings(),
    hands: [],
    linesDone: 0,
    transfersDone: 0,
  };
  try {
    await bookAll(run);
  } finally {
    // Whatever ended the run, nobody may write to the book behind its back.
    await Promise.allSettled(run.hands);
  }
  return run.booking;
}

interface Run extends BookInvoicesOptions {
  readonly booking: Booking;
  readonly openings: Openings;
  /** Batches whose answers are awaited, oldest first. */
  hands: Promise<void>[];
  linesDone: number;
  transfersDone: number;
}

interface Prepared extends InvoiceChains {
  readonly invoice: Invoice;
}

async function bookAll(run: Run): Promise<void> {
  let hand: Prepared[] = [];
  let weight = 0;
  for await (const invoices of readInvoices(run.path, run.survey)) {
    for (const invoice of invoices) {
      run.signal?.throwIfAborted();
      const prepared = { invoice, ...invoiceChains(invoice) };
      if (prepared.chains.length > 1) {
        await drain(run);
        await bookLong(run, prepared);
        continue;
      }
      hand.push(prepared);
      weight += prepared.transferCount;
      if (weight < HAND_TRANSFERS) continue;
      await handOver(run, hand);
      hand = [];
      weight = 0;
    }
  }
  await handOver(run, hand);
  await drain(run);
}

async function drain(run: Run): Promise<void> {
  for (let oldest = run.hands.shift(); oldest !== undefined; oldest = run.hands.shift()) {
    await oldest;
  }
}

/** Sends a batch without waiting for its answers, once there is a hand free. */
async function handOver(run: Run, hand: readonly Prepared[]): Promise<void> {
  while (run.hands.length >= HANDS_MAX) await run.hands.shift();
  // With the openings in front: where these must go before, the invoice's own chain is the last.
  const postings = hand.map(({ chains }) => chains.flatMap((one) => run.openings.before(one)));
  const sent = submit(run, postings.flat()).then((answers) => {
    let at = 0;
    for (const [index, prepared] of hand.entries()) {
      const mine = answers.slice(at, (at += postings[index]?.length ?? 0));
      note(run, prepared, mine);
    }
    tell(run);
  });
  // Awaited when it is the oldest; until then a failure must not count as nobody's.
  sent.catch(() => undefined);
  run.hands.push(sent);
}

function submit(run: Run, postings: readonly Chain[]): Promise<readonly (Answer | ChainAnswer)[]> {
  const send = () => run.book.batch(postings, { deadlineMs: DEADLINE_MS });
  const { signal } = run;
  return retry(send, RETRY, { clock: systemClock, ...(signal && { signal }) });
}

/** An invoice of several chains: one after the other, and all taken back if a later one is refused. */
async function bookLong(run: Run, prepared: Prepared): Promise<void> {
  const answers: (Answer | ChainAnswer)[] = [];
  for (const [index, chain] of prepared.chains.entries()) {
    const postings = run.openings.before(chain);
    const answer = (await submit(run, postings)).at(-1);
    if (answer === undefined) continue;
    answers.push(answer);
    if (answer.status !== "refused") continue;
    const booked = prepared.chains.slice(0, index).toReversed();
    for (const earlier of booked) await takeBack(run, earlier, prepared.invoice.number);
    break;
  }
  note(run, prepared, answers);
  tell(run);
}

async function takeBack(run: Run, chain: TransferChain, invoice: string): Promise<void> {
  const [answer] = await submit(run, [undoChain(chain)]);
  if (answer?.status !== "refused") return;
  throw fail(cliErrors, "invoice_half_booked", { invoice, chain: chain.chain, code: answer.code });
}

function note(run: Run, prepared: Prepared, answers: readonly (Answer | ChainAnswer)[]): void {
  const { invoice } = prepared;
  const { booking } = run;
  run.linesDone += invoice.lines.length;
  run.transfersDone += prepared.transferCount;
  const refused = answers.find((answer) => answer.status === "refused");
  if (refused !== undefined) {
    noteRefused(booking, prepared, refused);
    return;
  }
  booking.lines += invoice.lines.length;
  booking.invoices[invoice.kind] += 1;
  booking.transfers += prepared.transferCount;
  for (const kind of prepared.lineKinds) booking.lineKinds[kind] += 1;
  for (const answer of answers) addAnswered(booking.answered, answer);
  if (answers.every((answer) => answer.status === "exists")) booking.invoicesThereBefore += 1;
}

/** What the transfers of a chain earned and took back, by what the ledger recorded for each. */
function addAnswered(answered: Booking["answered"], answer: Answer | ChainAnswer): void {
  if (!("answers" in answer)) return;
  for (const { request, amount } of answer.answers) {
    if (!("debit" in request) || request.asset !== MONEY) continue;
    if (isIncome(request.credit)) answered.grossMinor += amount;
    if (isIncome(request.debit)) answered.refundsMinor += amount;
  }
}

function noteRefused(
  booking: Booking,
  { invoice, chains }: Prepared,
  answer: (Answer | ChainAnswer) & { readonly status: "refused" },
): void {
  const { refused } = booking;
  refused.count += 1;
  if (refused.first.length >= REFUSED_KEPT_MAX) return;
  const id = chains[0]?.chain ?? invoice.number;
  refused.first.push({ invoice: invoice.number, code: answer.original ?? answer.code, id });
}

function tell(run: Run): void {
  const { linesDone: lines, transfersDone: transfers, booking } = run;
  run.onProgress?.({ lines, transfers, invoicesThereBefore: booking.invoicesThereBefore });
}

function emptyBooking(): Booking {
  return {
    lines: 0,
    invoices: { sale: 0, cancellation: 0, adjustment: 0, stock: 0 },
    lineKinds: {
      sale: 0,
      return: 0,
      return_before_sample: 0,
      stock_entry: 0,
      adjustment: 0,
    },
    transfers: 0,
    invoicesThereBefore: 0,
    refused: { count: 0, first: [] },
    answered: { grossMinor: 0n, refundsMinor: 0n },
  };
}
