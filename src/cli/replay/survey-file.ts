/**
 * The first look at a file, before anything of it is booked: which invoices it has and where they
 * end, which of them are spoilt by a malformed row, and which sales its cancellations may want.
 * What is kept grows with invoices and cancellations, not with lines: the second look can then give
 * each invoice out as soon as its last line is read, however scattered its lines are.
 */
import { fileGoods, type SurveyedGoods } from "./file-goods.ts";
import { kindOfInvoice, type Row, type RowFault } from "./invoice.ts";
import { isFault, readRows } from "./read-rows.ts";

/** What the survey knows of one invoice. */
export interface SurveyedInvoice {
  lineCount: number;
  totalMinor: bigint;
  /** The first malformed row among its own. Nothing of it is booked. */
  spoiltAt: number | undefined;
  /** A malformed row beside its own that may be one of them: it can't be read whose it is. */
  waitsFor: number | undefined;
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
  /** What is sold, by its code. */
  readonly goods: SurveyedGoods;
  /** Who buys, but for walk-ins. */
  readonly customers: ReadonlySet<string>;
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
  const goods = fileGoods();
  const customers = new Set<string>();
  const neighbours = nameless();
  let rowCount = 0;
  for await (const rows of readRows(path)) {
    rowCount += rows.length;
    for (const row of rows) {
      if (isFault(row)) {
        const spoilt = noteFault(row, faults, invoices);
        neighbours.passFault(row, spoilt);
      } else {
        goods.note(row);
        if (row.customer !== "" && row.quantity > 0n) customers.add(row.customer);
        neighbours.pass(noteRow(row, invoices, wantedSales));
      }
    }
  }
  const isStock = (number: string) =>
    kindOfInvoice(number, invoices.get(number)?.totalMinor ?? 0n) === "stock";
  return { rowCount, faults, invoices, wantedSales, customers, goods: goods.done(isStock) };
}

function noteRow(
  row: Row,
  invoices: Map<string, SurveyedInvoice>,
  wantedSales: Set<string>,
): SurveyedInvoice {
  const invoice = surveyed(invoices, row.invoice);
  invoice.lineCount += 1;
  invoice.totalMinor += row.amountMinor;
  if (row.quantity < 0n && kindOfInvoice(row.invoice, 0n) === "cancellation") {
    wantedSales.add(saleKey(row));
  }
  return invoice;
}

function noteFault(
  fault: RowFault,
  faults: Faults,
  invoices: Map<string, SurveyedInvoice>,
): SurveyedInvoice | undefined {
  faults.count += 1;
  if (faults.first.length < FAULTS_KEPT_MAX) faults.first.push(fault);
  if (fault.invoice === undefined) return undefined;
  const invoice = surveyed(invoices, fault.invoice);
  invoice.spoiltAt ??= fault.lineNumber;
  return invoice;
}

/**
 * A row whose invoice can't be read belongs, as rows mostly do, to the invoice above it or below:
 * booked without it, either would be another one once the row is mended.
 */
function nameless() {
  let above: SurveyedInvoice | undefined;
  let waitsFor: number | undefined;
  const pass = (invoice: SurveyedInvoice) => {
    if (waitsFor !== undefined) invoice.waitsFor ??= waitsFor;
    above = invoice;
    waitsFor = undefined;
  };
  return {
    pass,
    passFault(fault: RowFault, spoilt: SurveyedInvoice | undefined) {
      if (fault.parts.invoice !== undefined && spoilt !== undefined) return pass(spoilt);
      if (above !== undefined) above.waitsFor ??= fault.lineNumber;
      waitsFor ??= fault.lineNumber;
    },
  };
}

function surveyed(invoices: Map<string, SurveyedInvoice>, number: string): SurveyedInvoice {
  const known = invoices.get(number);
  if (known !== undefined) return known;
  const fresh: SurveyedInvoice = {
    lineCount: 0,
    totalMinor: 0n,
    spoiltAt: undefined,
    waitsFor: undefined,
  };
  invoices.set(number, fresh);
  return fresh;
}
