/** What is told about a file that was booked: one object for machines, one screen for people. */
import { formatAmount } from "../../base/index.ts";
import type { VerifyReport } from "../../client/index.ts";
import type { Booking } from "./book-invoices.ts";
import type { FileTotals } from "./file-totals.ts";
import { MONEY } from "./names.ts";
import type { StatementsMade } from "./statements.ts";
import { rateOf } from "./rate.ts";
import type { BookedTotals } from "./read-back.ts";
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
  readonly bankMinor: bigint;
  readonly owedMinor: bigint;
  /** What of that the adjustments of the book left. */
  readonly adjustedMinor: bigint;
  readonly bookingSeconds: number;
}

export interface Replay extends BookedFile {
  readonly verify: VerifyReport;
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

/** Is all of the file in the books? */
export function isComplete({ faults, booking }: BookedFile): boolean {
  return faults.count === 0 && booking.leftOut.invoices === 0;
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
    verified: verify.verified,
    headHash: verify.head.hash,
    seconds: Math.round(replay.seconds * 100) / 100,
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
export function reportText(booked: BookedFile): string {
  const parts = [headOf(booked), moneyOf(booked), rulesOf(booked), ...troublesOf(booked)];
  return parts.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

function headOf({ file, booking }: BookedFile): string[] {
  const { invoices } = booking;
  const count = invoiceCount(booking);
  const fresh = count - booking.invoicesThereBefore;
  const news =
    fresh === 0 && count > 0
      ? "nothing new: everything was there already"
      : fresh === count
        ? `${counted(count, "invoice")} booked now`
        : `${counted(fresh, "invoice")} booked now, ${counted(booking.invoicesThereBefore, "was", "were")} there already`;
  const kinds = [
    counted(invoices.sale, "sale"),
    counted(invoices.cancellation, "cancellation"),
    counted(invoices.stock, "stock entry", "stock entries"),
    counted(invoices.adjustment, "adjustment"),
  ];
  return [
    `Book retail, ${file ?? "the bundled December 2010 of Online Retail"}`,
    "",
    row("in the books", `${counted(booking.lines, "line")} of ${counted(count, "invoice")}`),
    row("", kinds.slice(0, 2).join(", ") + ","),
    row("", kinds.slice(2).join(", ")),
    row("as", counted(booking.transfers, "transfer")),
    row("this run", news),
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
    ...(booked.othersThere ? [row("", "(the book holds invoices of other files, too)")] : []),
    amountRow("in the bank", replay.bankMinor),
    amountRow("owed by customers", replay.owedMinor),
    ...owedLines[whyOwed(replay)].map((line) => row("", line)),
  ];
}

export type WhyOwed = "nothing" | "adjustments" | "others" | "both";

/** Where a debt is from. Every invoice but adjustments is booked with its payment. */
export function whyOwed({
  owedMinor,
  adjustedMinor,
}: Pick<BookedFile, "owedMinor" | "adjustedMinor">): WhyOwed {
  if (owedMinor === 0n) return "nothing";
  if (owedMinor === adjustedMinor) return "adjustments";
  return adjustedMinor === 0n ? "others" : "both";
}

const owedLines: Readonly<Record<WhyOwed, readonly string[]>> = {
  nothing: [],
  adjustments: [
    "(left by adjustments, the A invoices: no payment",
    "settles them; below zero, it is owed to customers)",
  ],
  others: [
    "(left by entries other than invoices, which are paid",
    "at once; below zero, it is owed to customers)",
  ],
  both: [
    "(left by adjustments, the A invoices, and by entries",
    "other than invoices; below zero, owed to customers)",
  ],
};

function rulesOf({ booking }: BookedFile): string[] {
  const { lineKinds } = booking;
  const cancelled = lineKinds.return + lineKinds.return_before_sample;
  const number = (count: number) => count.toLocaleString("en-GB");
  return [
    "  How it was booked (docs/guides/online-retail.md):",
    "  - an invoice is one chain, all or nothing; a line is known as INVOICE/ORDINAL",
    "  - quantity times price, a half penny rounded away from zero, line by line",
    "  - goods come from supplier as they are sold; services hold no stock",
    `  - of ${number(cancelled)} cancelled lines ${number(lineKinds.return)} reverse an earlier sale by reference;`,
    `    ${number(lineKinds.return_before_sample)} have none in the file: returns/before-sample`,
    "  - lines without customer are walk-in; codes that differ by case differ",
    "  - zero-total invoices, and lines below zero on a sale, are stock entries",
    "  - A invoices adjust bad debts; rows of one number are one invoice at all times",
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
      `${counted(refused.count, "invoice")} refused by the books:`,
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
  const work = of === "transfers" ? "booking" : "checking";
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
