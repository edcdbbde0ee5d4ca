/**
 * Sells the invoices of a file over the API, as any program would: reads them, plans what each is in the shop, and
 * asks for that, many invoices ahead of the answers. Every key follows from the file, so what was sold by an
 * earlier run, killed at whatever instant, is found and not sold twice.
 */
import type { Book, OrderNow, OrderState } from "../../client/index.ts";
import { accounts, type LineKind, postedIncome } from "./classify.ts";
import {
  invoicePlan,
  type InvoicePlan,
  type PlannedOrder,
  type PlannedRefund,
} from "./invoice-plan.ts";
import type { Invoice, InvoiceKind } from "./invoice.ts";
import { companyOf, MONEY, readAgain } from "./names.ts";
import { openings } from "./openings.ts";
import { type PostingDesk, postChains, takeBack } from "./post-chains.ts";
import type { Progress } from "./rate.ts";
import { readInvoices } from "./read-invoices.ts";
import {
  cancelOrder,
  fulfilOrder,
  isLawfulEnd,
  type NotSold,
  payOrder,
  placeOrder,
  type SalesDesk,
  type SoldOrder,
} from "./sell-order.ts";
import { giveBack } from "./give-back.ts";
import { openCreditLines } from "./stock-shop.ts";
import type { Survey } from "./survey-file.ts";
import { type WorkWindow, workWindow } from "./work-window.ts";

/** An invoice that the shop refused, wholly, or one of its refunds. */
export interface RefusedInvoice {
  readonly invoice: string;
  readonly code: string;
  /** The key of what was refused. */
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

/** The orders of the invoices, as they stand. */
export interface OrderCounts {
  placed: number;
  paid: number;
  /** Those of which anything was given back. */
  refunded: number;
  readonly states: Partial<Record<OrderState, number>>;
  /** Those that are neither delivered, nor given back, nor closed, and those that stand though their invoice is refused. */
  unended: number;
}

export interface Booking {
  /** What stands in the books now, of this run and of those before it. */
  lines: number;
  invoices: Record<InvoiceKind, number>;
  lineKinds: Record<LineKind, number>;
  readonly orders: OrderCounts;
  transfers: number;
  /** Of these invoices, how many this run found there already. */
  invoicesThereBefore: number;
  refused: { count: number; readonly first: RefusedInvoice[] };
  waiting: { count: number; readonly first: WaitingInvoice[] };
  /** All that was refused or waits, added up from its rows. */
  leftOut: LeftOut;
  /** What was answered as sold and taken back, of this run or of an earlier one. */
  answered: { grossMinor: bigint; refundsMinor: bigint };
}

export interface SellInvoicesOptions {
  readonly book: Book;
  readonly path: string;
  readonly survey: Survey;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const REFUSED_KEPT_MAX = 100;
export const WAITING_KEPT_MAX = 100;

/** Lines on their way, and for each invoice as much as for so many lines: it asks four times. */
const UNDER_WAY = { first: 1_000, most: 16_000 } as const;
const INVOICE_WEIGHT = 40;

/**
 * Sells every sound invoice of the file. Safe to repeat: yes, by the keys that the file gives. What
 * the shop refuses, and what waits for a malformed line, is counted and named; the rest goes on.
 * Refuses: cli.invoice_half_booked, those of readInvoices; and throws the client's LongmenProblem
 * when the server stays away.
 */
export async function sellInvoices(options: SellInvoicesOptions): Promise<Booking> {
  const { book, signal, survey } = options;
  const creditMonth = new Date().toISOString().slice(0, 7);
  const companies = Array.from(survey.customers, companyOf);
  await openCreditLines(book, companies, { month: creditMonth, signal });
  const tries = await triesBefore(options);
  const run: Run = {
    ...options,
    booking: emptyBooking(),
    desk: { book, signal, openings: openings(), creditMonth, tries },
    window: workWindow(UNDER_WAY),
    underWay: new Map(),
    unsold: new Set(),
    keys: new Map(),
    refunded: new Set(),
    linesDone: 0,
    transfersDone: 0,
  };
  try {
    await sellAll(run);
  } finally {
    // Whatever ended the run, nobody may write to the book behind its back.
    await run.window.settle();
  }
  return run.booking;
}

const PAGE = 1_000;

/**
 * Which orders were placed under another than their first key. Read from the books before anything is sold: else
 * the first key, once its refusal is forgotten, would sell the invoice a second time.
 */
async function triesBefore({ book, signal }: SellInvoicesOptions): Promise<Map<string, number>> {
  const tries = new Map<string, number>();
  for await (const { id } of book.shop.orders.list({}, { limit: PAGE, signal })) {
    const again = readAgain(id);
    if (again === undefined) continue;
    tries.set(again.stem, Math.max(again.attempt, tries.get(again.stem) ?? 1));
  }
  return tries;
}

interface Run extends SellInvoicesOptions {
  readonly booking: Booking;
  readonly desk: PostingDesk & SalesDesk;
  readonly window: WorkWindow;
  /** What is being done about an order: a cancellation waits until its sale is delivered. */
  readonly underWay: Map<string, Promise<void>>;
  /** Orders that were refused: nothing can come back of them. */
  readonly unsold: Set<string>;
  /** Under which key an order was placed, where that is not its first. */
  readonly keys: Map<string, string>;
  readonly refunded: Set<string>;
  linesDone: number;
  transfersDone: number;
}

interface Prepared extends InvoicePlan {
  readonly invoice: Invoice;
}

async function sellAll(run: Run): Promise<void> {
  for await (const invoices of readInvoices(run.path, run.survey)) {
    for (const invoice of invoices) {
      run.signal?.throwIfAborted();
      if (invoice.waitsFor !== undefined) {
        noteWaiting(run, invoice, invoice.waitsFor);
        continue;
      }
      const prepared = { invoice, ...invoicePlan(invoice) };
      const weight = INVOICE_WEIGHT + invoice.lines.length;
      await run.window.enter(weight, () => tracked(run, prepared));
    }
  }
  await run.window.finish();
}

/** Lets cancellations wait for the orders of this invoice as long as it is under way. */
async function tracked(run: Run, prepared: Prepared): Promise<void> {
  const keys = prepared.orders.map(({ order }) => order);
  const over = Promise.withResolvers<void>();
  for (const key of keys) run.underWay.set(key, over.promise);
  try {
    await sellInvoice(run, prepared);
  } finally {
    for (const key of keys) run.underWay.delete(key);
    over.resolve();
  }
}

async function sellInvoice(run: Run, prepared: Prepared): Promise<void> {
  const { invoice, chains, refunds } = prepared;
  for (const { order } of refunds) await run.underWay.get(order);
  const gone = refunds.find(({ order }) => run.unsold.has(order));
  if (gone !== undefined) {
    return noteRefused(run, prepared, { code: "order.missing", id: gone.order });
  }
  const placed = await placeAll(run, prepared);
  if (placed.status === "refused") return noteRefused(run, prepared, placed);
  const posted = await postChains(run.desk, chains, invoice.number);
  if (posted.status === "refused") {
    await cancelAll(run, placed.orders);
    return noteRefused(run, prepared, posted);
  }
  const delivered = await deliverAll(run, prepared, placed.orders);
  if (delivered.status === "refused") {
    await cancelAll(run, placed.orders);
    await takeBack(run.desk, chains, invoice.number);
    return noteRefused(run, prepared, delivered);
  }
  const given = await giveBackAll(run, refunds);
  const isThere = [placed.status, posted.status, given.status].every((one) => one === "exists");
  noteSold(run, prepared, { orders: delivered.orders, refused: given.refused, isThere });
}

interface Sold {
  readonly status: "done" | "exists";
  readonly orders: readonly SoldOrder[];
}

/** All of them or none. */
async function placeAll(run: Run, { orders }: Prepared): Promise<Sold | NotSold> {
  const placed: SoldOrder[] = [];
  for (const planned of orders) {
    const answer = await placeOrder(run.desk, planned);
    if (answer.status === "refused") {
      await cancelAll(run, placed);
      return answer;
    }
    if (answer.order.id !== planned.order) run.keys.set(planned.order, answer.order.id);
    placed.push(answer);
  }
  const isThere = placed.every(
    ({ status, order }) => status === "exists" && isLawfulEnd(order.state),
  );
  return { status: isThere ? "exists" : "done", orders: placed };
}

/** An order that can't be ended any more is one that the report can't explain. */
async function cancelAll(run: Run, orders: readonly SoldOrder[]): Promise<void> {
  for (const order of orders) {
    if (!(await cancelOrder(run.desk, order))) run.booking.orders.unended += 1;
  }
}

/** Pays and delivers what was placed, or only what an earlier run has left to do of it. */
async function deliverAll(
  run: Run,
  { orders: planned }: Prepared,
  placed: readonly SoldOrder[],
): Promise<{ readonly status: "done"; readonly orders: readonly OrderNow[] } | NotSold> {
  const paid: SoldOrder[] = [];
  for (const [index, order] of placed.entries()) {
    const plan = planned[index];
    if (plan === undefined) continue;
    const answer = order.order.state === "placed" ? await payInTime(run, plan, order) : order;
    if (answer.status === "refused") return answer;
    paid.push(answer);
  }
  const orders: OrderNow[] = [];
  for (const order of paid) {
    const isOver = isLawfulEnd(order.order.state);
    const answer = isOver ? order : await fulfilOrder(run.desk, order);
    if (answer.status === "refused") return answer;
    orders.push(answer.order);
  }
  return { status: "done", orders };
}

/** An order whose time ran out before it was paid, over a kill, is ended and placed again. */
async function payInTime(
  run: Run,
  planned: PlannedOrder,
  order: SoldOrder,
): Promise<SoldOrder | NotSold> {
  const answer = await payOrder(run.desk, planned, order);
  if (answer.status !== "refused" || answer.code !== "order.expired") return answer;
  await cancelOrder(run.desk, order);
  const again = await placeOrder(run.desk, planned);
  if (again.status === "refused" || again.order.state !== "placed") return again;
  run.keys.set(planned.order, again.order.id);
  return payOrder(run.desk, planned, again);
}

interface Given {
  readonly status: "done" | "exists";
  readonly refused: readonly (NotSold & { readonly order: string })[];
}

async function giveBackAll(run: Run, refunds: readonly PlannedRefund[]): Promise<Given> {
  let isThere = true;
  const refused: (NotSold & { readonly order: string })[] = [];
  for (const planned of refunds) {
    const key = run.keys.get(planned.order) ?? planned.order;
    const answer = await giveBack(run.desk, planned, key);
    if (answer.status === "refused") refused.push({ ...answer, order: planned.order });
    else run.refunded.add(key);
    if (answer.status !== "exists") isThere = false;
  }
  return { status: isThere ? "exists" : "done", refused };
}

function noteWaiting(run: Run, invoice: Invoice, line: number): void {
  const { waiting, leftOut } = run.booking;
  waiting.count += 1;
  if (waiting.first.length < WAITING_KEPT_MAX) {
    waiting.first.push({ invoice: invoice.number, line });
  }
  for (const { sold } of invoice.lines) if (sold !== undefined) run.unsold.add(sold.order);
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

function noteRefused(
  run: Run,
  { invoice, orders, transferCount }: Prepared,
  why: { readonly code: string; readonly id: string },
): void {
  for (const { order } of orders) run.unsold.add(order);
  addRefused(run.booking, { invoice: invoice.number, code: why.code, id: why.id });
  addLeftOut(run.booking.leftOut, invoice);
  run.linesDone += invoice.lines.length;
  run.transfersDone += transferCount;
  tell(run);
}

function addRefused({ refused }: Booking, one: RefusedInvoice): void {
  refused.count += 1;
  if (refused.first.length < REFUSED_KEPT_MAX) refused.first.push(one);
}

interface Outcome {
  readonly orders: readonly OrderNow[];
  readonly refused: Given["refused"];
  readonly isThere: boolean;
}

function noteSold(run: Run, prepared: Prepared, { orders, refused, isThere }: Outcome): void {
  const { invoice, transferCount, lineKinds } = prepared;
  const { booking } = run;
  run.linesDone += invoice.lines.length;
  run.transfersDone += transferCount;
  booking.lines += invoice.lines.length;
  booking.invoices[invoice.kind] += 1;
  booking.transfers += transferCount;
  for (const kind of lineKinds) booking.lineKinds[kind] += 1;
  if (isThere) booking.invoicesThereBefore += 1;
  addAnswered(booking.answered, prepared, orders);
  for (const { state } of orders) {
    booking.orders.placed += 1;
    booking.orders.states[state] = (booking.orders.states[state] ?? 0) + 1;
    if (state !== "placed") booking.orders.paid += 1;
    if (!isLawfulEnd(state)) booking.orders.unended += 1;
  }
  booking.orders.refunded = run.refunded.size;
  noteUngiven(booking, invoice, refused);
  tell(run);
}

/** What was earned and taken back: by orders as they were answered, by postings as the books took them. */
function addAnswered(
  answered: Booking["answered"],
  { chains, refunds }: Prepared,
  orders: readonly OrderNow[],
): void {
  for (const { total } of orders) answered.grossMinor += total;
  for (const { amountMinor } of refunds) answered.refundsMinor += amountMinor;
  for (const { requests } of chains) {
    for (const { asset, debit, credit, amount } of requests) {
      if (asset !== MONEY) continue;
      if (postedIncome.includes(debit)) answered.refundsMinor += amount;
      else if (credit === accounts.corrections) answered.refundsMinor -= amount;
      else if (postedIncome.includes(credit)) answered.grossMinor += amount;
    }
  }
}

/** Refunds that were refused while the rest of their invoice stands: what they come to is left out. */
function noteUngiven(
  booking: Booking,
  { number, lines }: Invoice,
  refused: Given["refused"],
): void {
  const orders = new Set(refused.map(({ order }) => order));
  for (const { code, id } of refused) addRefused(booking, { invoice: number, code, id });
  for (const { taken = [] } of lines) {
    const ungiven = taken.filter(({ order }) => orders.has(order));
    if (ungiven.length === 0) continue;
    booking.lines -= 1;
    booking.leftOut.lines += 1;
    for (const { amountMinor } of ungiven) {
      booking.leftOut.refundsMinor += amountMinor;
      booking.answered.refundsMinor -= amountMinor;
    }
  }
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
    orders: { placed: 0, paid: 0, refunded: 0, states: {}, unended: 0 },
    transfers: 0,
    invoicesThereBefore: 0,
    refused: { count: 0, first: [] },
    waiting: { count: 0, first: [] },
    leftOut: { invoices: 0, lines: 0, grossMinor: 0n, refundsMinor: 0n },
    answered: { grossMinor: 0n, refundsMinor: 0n },
  };
}
