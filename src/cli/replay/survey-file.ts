/**
 * The first look at a file, before anything of it is booked: which invoices it has and where they
 * end, which of them are spoilt by a malformed row, and which sales its cancellations may want.
 * What is kept grows with invoices and cancellations, not with lines: the second look can then give
 * each invoice out as soon as its last line is read, however scattered its lines are.
 */
import { kindOfInvoice, type Row, type RowFault } from "./invoice.ts";
import { isFault, readRows } from "./read-rows.ts";

/** What the survey knows of one invoice. */
export interface SurveyedInvoice {
  lineCount: number;
  totalMinor: bigint;
  /** A malformed row was among its own. Nothing of it is booked. */
  spoilt: boolean;
}

/** What is kept of the rows that could not be read. */
export interface Faults {
  count: number;
  /** The first of them, at most FAULTS_KEPT_MAX. */
  readonly first: RowFault[];
}

export const FAULTS_KEPT_MAX = 1_000;

export interface Survey {
  /** Rows in all, malformed ones included. */
  readonly rowCount: number;
  readonly faults: Faults;
  readonly invoices: ReadonlyMap<string, Readonly<SurveyedInvoice>>;
  /** What was cancelled by whom: the only sales that are worth remembering. */
  readonly wantedSales: ReadonlySet<string>;
}

/** A code and a customer as one key; neither has control characters in it. */
export function saleKey(row: Pick<Row, "code" | "customer">): string {
  return `${row.code}\n${row.customer}`;
}

/** Reads the whole file once. Refuses: those of readRows. */
export async function surveyFile(path: string): Promise<Survey> {
  const invoices = new Map<string, SurveyedInvoice>();
  const wantedSales = new Set<string>();
  const faults: Faults = { count: 0, first: [] };
  let rowCount = 0;
  for await (const rows of readRows(path)) {
    rowCount += rows.length;
    for (const row of rows) {
      if (isFault(row)) noteFault(row, faults, invoices);
      else noteRow(row, invoices, wantedSales);
    }
  }
  return { rowCount, faults, invoices, wantedSales };
}

function noteRow(row: Row, invoices: Map<string, SurveyedInvoice>, wantedSales: Set<string>): void {
  const invoice = surveyed(invoices, row.invoice);
  invoice.lineCount += 1;
  invoice.totalMinor += row.amountMinor;
  if (row.quantity < 0n && kindOfInvoice(row.invoice, 0n) === "cancellation") {
    wantedSales.add(saleKey(row));
  }
}

function noteFault(fault: RowFault, faults: Faults, invoices: Map<string, SurveyedInvoice>): void {
  faults.count += 1;
  if (faults.first.length < FAULTS_KEPT_MAX) faults.first.push(fault);
  if (fault.invoice === undefined) return;
  surveyed(invoices, fault.invoice).spoilt = true;
}

function surveyed(invoices: Map<string, SurveyedInvoice>, number: string): SurveyedInvoice {
  const known = invoices.get(number);
  if (known !== undefined) return known;
  const fresh = { lineCount: 0, totalMinor: 0n, spoilt: false };
  invoices.set(number, fresh);
  return fresh;
}
