/** What is told about a file that was sold: one object for machines, one screen for people. */
import { formatAmount } from "../../base/index.ts";
import type { VerifyReport } from "../../client/index.ts";
import type { FileTotals } from "./file-totals.ts";
import { MONEY } from "./names.ts";
import type { StatementsMade } from "./statements.ts";
import { rateOf } from "./rate.ts";
import type { BookedTotals } from "./read-back.ts";
import type { Rush } from "./rush.ts";
import type { Booking } from "./sell-invoices.ts";
import type { Faults } from "./survey-file.ts";

/** A file as it stands in the books, before they are verified. */
export interface BookedFile {
  /** As the user named it; undefined: the bundled month. */
  readonly file: string | undefined;
  readonly faults: Faults;
  /** Invoices left out for a malformed row. */
  readonly spoiltInvoices: number;
  readonly booking: Booking;
  readonly fromFile: FileTotals;
  readonly booked: BookedTotals;
  /** What walk-ins paid, less what they got back. */
  readonly cashMinor: bigint;
  /** What customers bought on credit, less what went back to them. */
  readonly owedMinor: bigint;
  /** What of that the adjustments of the book left. */
  readonly adjustedMinor: bigint;
  readonly bookingSeconds: number;
}

/** The file, and the rush for lunch after it. */
export interface SoldFile extends BookedFile {
  readonly rush: Rush;
}

export interface Replay extends SoldFile {
  readonly verify: VerifyReport;
  /** Of the canteen's book. */
  readonly verifiedRush: VerifyReport;
  /** Undefined: the key may start no runs there, or the node serves none. */
  readonly statements?: StatementsMade | undefined;
  /** From the start of the command, making the database included. */
  readonly seconds: number;
}

/** The object of `--json`: these keys, in this order, and no others. Amounts are text. */
export interface ReplayJson {
  readonly lines: number;
  readonly invoices: number;
  readonly cancellationInvoices: number;
  readonly adjustments: number;
  readonly transfers: number;
  /** Invoices of which nothing was booked: spoilt by a malformed row, waiting for one, or refused. */
  readonly refusals: number;
  readonly unmatchedCancellationLines: number;
  readonly grossMinor: string;
  readonly refundsMinor: string;
  readonly netMinor: string;
  readonly fileNetMinor: string;
  /** Of the file's sound invoices those that were refused or wait: netMinor + this = fileNetMinor. */
  readonly leftOutInvoices: number;
  readonly leftOutNetMinor: string;
  readonly agrees: boolean;
  readonly verified: boolean;
  readonly headHash: string;
  readonly seconds: number;
  /** Of the file: orders placed, those that were paid, those of which something was given back. */
  readonly orders: number;
  readonly paid: number;
  readonly refunded: number;
  /** Of the buyers at lunch: those who have a box, and those who were told that it is sold out. */
  readonly rushSold: number;
  readonly rushRefused: number;
  /** See the function of that name. */
  readonly unexplained: number;
}

/**
 * Do the books, and what was left out and named, say together what the file says: gross and net, and
 * as many lines and invoices?
 */
export function agrees({ booked, fromFile, booking }: BookedFile): boolean {
  const { leftOut } = booking;
  return (
    booked.netMinor + leftOutNet(booking) === fromFile.netMinor &&
    booked.grossMinor + leftOut.grossMinor === fromFile.grossMinor &&
    booking.lines + leftOut.lines === fromFile.lines &&
    invoiceCount(booking) + leftOut.invoices === fromFile.invoices
  );
}

/**
 * What nobody can account for: orders that have no lawful end, lines of sound invoices that are neither sold nor
 * posted nor named as left out, a sum that is not the file's, and what went wrong at lunch.
 */
export function unexplained(sold: SoldFile): number {
  const { booking, booked, fromFile, rush } = sold;
  const lines = fromFile.lines - booking.lines - booking.leftOut.lines;
  const isSame = booked.netMinor + leftOutNet(booking) === fromFile.netMinor;
  return booking.orders.unended + Math.abs(lines) + (isSame ? 0 : 1) + rush.unexplained;
}

/** Is all of the file in the books? */
export function isComplete({ faults, booking }: BookedFile): boolean {
  return faults.count === 0 && booking.leftOut.lines === 0 && booking.refused.count === 0;
}

export function leftOutNet({ leftOut }: Booking): bigint {
  return leftOut.grossMinor - leftOut.refundsMinor;
}

function invoiceCount({ invoices }: Booking): number {
  return invoices.sale + invoices.cancellation + invoices.adjustment + invoices.stock;
}

/** Makes the object of `--json`. */
export function replayJson(replay: Replay): ReplayJson {
  const { booking, booked, fromFile, verify } = replay;
  return {
    lines: booking.lines,
    invoices: invoiceCount(booking),
    cancellationInvoices: booking.invoices.cancellation,
    adjustments: booking.invoices.adjustment,
    transfers: booking.transfers,
    refusals: booking.leftOut.invoices + replay.spoiltInvoices,
    unmatchedCancellationLines: booking.lineKinds.return_before_sample,
    grossMinor: String(booked.grossMinor),
    refundsMinor: String(booked.refundsMinor),
    netMinor: String(booked.netMinor),
    fileNetMinor: String(fromFile.netMinor),
    leftOutInvoices: booking.leftOut.invoices,
    leftOutNetMinor: String(leftOutNet(booking)),
    agrees: agrees(replay),
    verified: verify.verified && replay.verifiedRush.verified,
    headHash: verify.head.hash,
    seconds: Math.round(replay.seconds * 100) / 100,
    orders: booking.orders.placed,
    paid: booking.orders.paid,
    refunded: booking.orders.refunded,
    rushSold: replay.rush.sold,
    rushRefused: replay.rush.refused,
    unexplained: unexplained(replay),
  };
}

/** Pounds with thousands marks: 748,957.02 */
export function pounds(minor: bigint): string {
  const [whole = "", pence = ""] = formatAmount(MONEY, minor).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${pence}`;
}

/** A count with thousands marks and the right noun: 1 line, 42,481 lines. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}

const LABEL_WIDTH = 26;
const AMOUNT_WIDTH = 16;

function row(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

function amountRow(label: string, minor: bigint, remark = ""): string {
  return row(label, `${pounds(minor).padStart(AMOUNT_WIDTH)}${remark && `  ${remark}`}`);
}

/** The report for a terminal of 80 columns. */
export function reportText(sold: SoldFile): string {
  const parts = [headOf(sold), moneyOf(sold), rushOf(sold), rulesOf(sold), ...troublesOf(sold)];
  return parts.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

function headOf({ file, booking }: BookedFile): string[] {
  const { invoices, orders } = booking;
  const count = invoiceCount(booking);
  const fresh = count - booking.invoicesThereBefore;
  const news =
    fresh === 0 && count > 0
      ? "nothing new: everything was there already"
      : fresh === count
        ? `${counted(count, "invoice")} sold now`
        : `${counted(fresh, "invoice")} sold now, ${counted(booking.invoicesThereBefore, "was", "were")} there already`;
  const kinds = [
    counted(invoices.sale, "sale"),
    counted(invoices.cancellation, "cancellation"),
    counted(invoices.stock, "stock entry", "stock entries"),
    counted(invoices.adjustment, "adjustment"),
  ];
  return [
    `Book retail, ${file ?? "the bundled December 2010 of Online Retail"}`,
    "",
    row("in the shop", `${counted(booking.lines, "line")} of ${counted(count, "invoice")}`),
    row("", kinds.slice(0, 2).join(", ") + ","),
    row("", kinds.slice(2).join(", ")),
    row("as", `${counted(orders.placed, "order")}, ${orders.paid.toLocaleString("en-GB")} paid`),
    row(
      "",
      `${orders.refunded.toLocaleString("en-GB")} of them with refunds; ${counted(booking.transfers, "transfer")}`,
    ),
    row("this run", news),
  ];
}

function rushOf(sold: SoldFile): string[] {
  const { rush } = sold;
  const number = (count: number) => count.toLocaleString("en-GB");
  const when = rush.seconds === undefined ? "as before" : `within ${rush.seconds.toFixed(1)} s`;
  return [
    row(
      "lunch-hour rush",
      `${number(rush.buyers)} buyers at once for ${number(rush.boxes)} boxes:`,
    ),
    row("", `${number(rush.sold)} sold, ${number(rush.refused)} refused, ${when}`),
    row("unexplained", counted(unexplained(sold), "order or line", "orders or lines")),
  ];
}

function moneyOf(replay: BookedFile): string[] {
  const { booked, fromFile, booking } = replay;
  const { leftOut } = booking;
  const verdict = agrees(replay) ? "agrees to the penny" : "DOES NOT AGREE";
  return [
    row("", "£".padStart(AMOUNT_WIDTH)),
    amountRow("sold", booked.grossMinor),
    amountRow("taken back", -booked.refundsMinor),
    amountRow("net, from the books", booked.netMinor),
    ...(leftOut.invoices === 0
      ? []
      : [
          amountRow(
            "left out (see below)",
            leftOutNet(booking),
            counted(leftOut.invoices, "invoice"),
          ),
        ]),
    amountRow("net, from the file", fromFile.netMinor, verdict),
    ...(booked.othersThere ? [row("", "(the book holds sales of others, too)")] : []),
    amountRow("in the till", replay.cashMinor, "of walk-ins"),
    amountRow("owed on credit", replay.owedMinor, "by companies"),
    ...(replay.adjustedMinor === 0n
      ? []
      : [amountRow("  of that adjusted", replay.adjustedMinor, "by A invoices")]),
  ];
}

function rulesOf({ booking }: BookedFile): string[] {
  const { lineKinds } = booking;
  const cancelled = lineKinds.return + lineKinds.return_before_sample;
  const number = (count: number) => count.toLocaleString("en-GB");
  return [
    "  How it was sold (docs/guides/online-retail.md):",
    "  - an invoice is an order at its own prices: quoted, placed, paid, delivered",
    "  - customers pay by their company's credit of the month, walk-ins in cash",
    "  - the shelves opened with what the file sells; services hold no stock",
    `  - of ${number(cancelled)} cancelled lines ${number(lineKinds.return)} are refunds of an earlier order;`,
    `    ${number(lineKinds.return_before_sample)} have no sale in the file: returns/before-sample`,
    "  - zero-total invoices, and lines below zero on a sale, are stock entries",
    "  - A invoices adjust bad debts; codes that differ by case differ",
  ];
}

const SHOWN_TROUBLES = 10;

/** What was left out, if anything was. */
function troublesOf({ faults, booking, spoiltInvoices }: BookedFile): string[][] {
  const { refused, waiting } = booking;
  return [
    listed(
      `${counted(faults.count, "malformed row")}; ${counted(spoiltInvoices, "invoice")} left out:`,
      faults.first.map(({ error }) => `${error.message} (${error.code})`),
      faults.count,
    ),
    listed(
      `${counted(waiting.count, "invoice waits", "invoices wait")} for a malformed line; mend it and start again:`,
      waiting.first.map(({ invoice, line }) => `${invoice} waits for line ${line}`),
      waiting.count,
    ),
    listed(
      `${counted(refused.count, "invoice")} refused by the shop:`,
      refused.first.map(({ invoice, code, id }) => `${invoice}: ${code} at ${id}`),
      refused.count,
    ),
  ].filter((lines) => lines.length > 0);
}

function listed(title: string, items: readonly string[], count: number): string[] {
  if (count === 0) return [];
  const more = count - Math.min(items.length, SHOWN_TROUBLES);
  return [
    `  ${title}`,
    ...items.slice(0, SHOWN_TROUBLES).map((item) => `  - ${item}`),
    ...(more > 0 ? [`  - and ${more.toLocaleString("en-GB")} more`] : []),
  ];
}

/** What verify found, and how long it all took. */
export function proofText(replay: Replay): string {
  const { verify, bookingSeconds, booking, seconds } = replay;
  const { perSecond, of } = rateOf(booking, bookingSeconds);
  const work = of === "transfers" ? "selling" : "checking";
  const speed = of === "transfers" ? "transfers a second" : "lines checked a second";
  const entries = counted(verify.entries, "entry", "entries");
  const findings = verify.findings.map(({ invariant, message }) => `${invariant}: ${message}`);
  const title = `${counted(verify.findingsCount, "finding")} of verify:`;
  return [
    "",
    row("verify", verify.verified ? `${entries}: every balance and hash right` : "FAILED"),
    ...statementsOf(replay),
    row("head", verify.head.hash.slice(0, 32)),
    row("", verify.head.hash.slice(32)),
    row("took", `${seconds.toFixed(1)} s, ${bookingSeconds.toFixed(1)} of it ${work}`),
    row("", `(${perSecond.toLocaleString("en-GB")} ${speed})`),
    ...listed(title, findings, verify.findingsCount),
    "",
  ].join("\n");
}

function statementsOf({ statements, owedMinor }: Replay): string[] {
  if (statements === undefined) return [];
  const { count, run } = statements;
  const isSame = statements.agrees && statements.owedMinor === owedMinor;
  const verdict = isSame ? "what they owe agrees" : "WHAT THEY OWE DOES NOT AGREE";
  return [
    row("statements", `one for each of ${counted(count, "customer")}: ${verdict}`),
    row("", `(longmen runs show ${run})`),
  ];
}
