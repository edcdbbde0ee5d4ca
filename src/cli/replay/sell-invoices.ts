/**
 * Books the invoices of a file over the API, as any program would: reads them, turns each into its
 * chains and asks for those, many invoices ahead of the answers; the client sends together what is
 * asked together. Every id follows from the file, so what was booked by an earlier run, killed at
 * whatever instant, is recognised and not booked twice.
 */
import { fail } from "../../base/index.ts";
import { type Book, type Chain, type ChainAnswer, OutcomeUnknown } from "../../client/index.ts";
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
import { type WorkWindow, workWindow } from "./work-window.ts";

/** An invoice that the books refused: nothing of it was booked. */
export interface RefusedInvoice {
  readonly invoice: string;
  readonly code: string;
  /** The id of the transfer that was refused. */
  readonly id: string;
}

/** An invoice that can't be told what it is before a malformed line is mended. */
export interface WaitingInvoice {
  readonly invoice: string;
  readonly line: number;
}

/** What sound invoices of the file come to that are not in the books. */
export interface LeftOut {
  invoices: number;
  lines: number;
  grossMinor: bigint;
  refundsMinor: bigint;
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
  waiting: { count: number; readonly first: WaitingInvoice[] };
  /** All that was refused or waits, added up from its rows. */
  leftOut: LeftOut;
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
export const WAITING_KEPT_MAX = 100;

/** Transfers on their way, in the client's four batches. Twice as many cost more CPU: they get old. */
const UNDER_WAY = { first: 8_000, most: 16_000 } as const;
const DEADLINE_MS = 60_000;

/**
 * Books every sound invoice of the file. Safe to repeat: yes, by the ids that the file gives. What
 * the books refuse, and what waits for a malformed line, is counted and named; the rest goes on.
 * Refuses: cli.invoice_half_booked, those of readInvoices; and throws the client's LongmenProblem
 * when the server stays away.
 */
export async function bookInvoices(options: BookInvoicesOptions): Promise<Booking> {
  const run: Run = {
    ...options,
    booking: emptyBooking(),
    openings: openings(),
    window: workWindow(UNDER_WAY),
    linesDone: 0,
    transfersDone: 0,
  };
  try {
    await bookAll(run);
  } finally {
    // Whatever ended the run, nobody may write to the book behind its back.
    await run.window.settle();
  }
  return run.booking;
}

interface Run extends BookInvoicesOptions {
  readonly booking: Booking;
  readonly openings: Openings;
  readonly window: WorkWindow;
  linesDone: number;
  transfersDone: number;
}

interface Prepared extends InvoiceChains {
  readonly invoice: Invoice;
}

async function bookAll(run: Run): Promise<void> {
  for await (const invoices of readInvoices(run.path, run.survey)) {
    for (const invoice of invoices) {
      run.signal?.throwIfAborted();
      if (invoice.waitsFor !== undefined) {
        noteWaiting(run, invoice, invoice.waitsFor);
        continue;
      }
      const prepared = { invoice, ...invoiceChains(invoice) };
      await run.window.enter(prepared.transferCount, () => bookInvoice(run, prepared));
    }
  }
  await run.window.finish();
}

function noteWaiting(run: Run, invoice: Invoice, line: number): void {
  const { waiting, leftOut } = run.booking;
  waiting.count += 1;
  if (waiting.first.length < WAITING_KEPT_MAX) {
    waiting.first.push({ invoice: invoice.number, line });
  }
  addLeftOut(leftOut, invoice);
  run.linesDone += invoice.lines.length;
  tell(run);
}

function addLeftOut(leftOut: LeftOut, { lines }: Invoice): void {
  leftOut.invoices += 1;
  leftOut.lines += lines.length;
  for (const { amountMinor } of lines) {
    if (amountMinor > 0n) leftOut.grossMinor += amountMinor;
    else leftOut.refundsMinor -= amountMinor;
  }
}

/** Mostly one chain. Of several, one after the other, and all are taken back if a later one is refused. */
async function bookInvoice(run: Run, prepared: Prepared): Promise<void> {
  const answers: ChainAnswer[] = [];
  for (const [index, chain] of prepared.chains.entries()) {
    const answer = await bookChain(run, chain);
    answers.push(answer);
    if (answer.status !== "refused") continue;
    const booked = prepared.chains.slice(0, index).toReversed();
    for (const earlier of booked) await takeBack(run, earlier, prepared.invoice.number);
    break;
  }
  note(run, prepared, answers);
  tell(run);
}

async function bookChain(run: Run, chain: TransferChain): Promise<ChainAnswer> {
  let answer: ChainAnswer = { status: "created", answers: [] };
  const postings = run.openings.before(chain);
  for (const one of postings) {
    answer = await ask(run, one);
    if (answer.status === "refused") return answer;
  }
  if (postings[0] !== chain) run.openings.carriedOut(chain);
  return answer;
}

async function takeBack(run: Run, chain: TransferChain, invoice: string): Promise<void> {
  const answer = await ask(run, undoChain(chain));
  if (answer.status !== "refused") return;
  throw fail(cliErrors, "invoice_half_booked", { invoice, chain: chain.chain, code: answer.code });
}

/** Where the client can't say what became of it, the very same is sent once more, and then it can. */
async function ask({ book, signal }: Run, chain: Chain): Promise<ChainAnswer> {
  const options = { deadlineMs: DEADLINE_MS, signal, balances: false };
  try {
    return await book.chain(chain, options);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown) || signal?.aborted === true) throw error;
    const [answer] = await error.again(options);
    return answer as ChainAnswer; // to a chain, a chain's answer
  }
}

function note(run: Run, prepared: Prepared, answers: readonly ChainAnswer[]): void {
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
function addAnswered(answered: Booking["answered"], answer: ChainAnswer): void {
  if (answer.status === "refused") return;
  for (const { request, amount } of answer.answers) {
    if (!("debit" in request) || request.asset !== MONEY) continue;
    if (isIncome(request.credit)) answered.grossMinor += amount;
    if (isIncome(request.debit)) answered.refundsMinor += amount;
  }
}

function noteRefused(
  booking: Booking,
  { invoice, chains }: Prepared,
  answer: ChainAnswer & { readonly status: "refused" },
): void {
  const { refused, leftOut } = booking;
  addLeftOut(leftOut, invoice);
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
    waiting: { count: 0, first: [] },
    leftOut: { invoices: 0, lines: 0, grossMinor: 0n, refundsMinor: 0n },
    answered: { grossMinor: 0n, refundsMinor: 0n },
  };
}
