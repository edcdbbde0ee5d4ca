/** The invoices of a file, each whole, as soon as its last line is read. */
import { assert, fail } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { earlierSales, type EarlierSales } from "./earlier-sales.ts";
import { type Invoice, type InvoiceLine, isSold, kindOfInvoice, type Row } from "./invoice.ts";
import { invoiceId } from "./names.ts";
import { orderPlaces } from "./order-places.ts";
import { isFault, readRows } from "./read-rows.ts";
import { sellingOrder } from "./selling-order.ts";
import type { Survey, SurveyedInvoice } from "./survey-file.ts";

/** So many lines may wait for the rest of their invoices. */
export const WAITING_LINES_MAX = 1_000_000;

/** The id of a line: its invoice and its place in it. */
export function lineId(invoice: string, ordinal: number): string {
  return `${invoiceId(invoice)}/${ordinal}`;
}

/**
 * Reads the file a second time and gives out its sound invoices in the order in which they end, a
 * cancellation behind the sales that it takes from, many at a time. Spoilt ones (see the survey) are left out altogether; those that wait for a
 * malformed row to be mended say so, and are not to be booked.
 * Refuses: those of readRows, cli.file_changed, cli.invoices_too_scattered.
 */
export async function* readInvoices(
  path: string,
  survey: Survey,
): AsyncGenerator<readonly Invoice[]> {
  const open = new Map<string, Begun>();
  const sales = earlierSales(survey.wantedSales);
  const order = sellingOrder();
  let waitingCount = 0;
  let rowCount = 0;
  for await (const rows of readRows(path)) {
    rowCount += rows.length;
    const whole: Invoice[] = [];
    for (const row of rows) {
      if (isFault(row)) {
        sales.noteMaybe(row.parts, row.lineNumber);
        continue;
      }
      const known = survey.invoices.get(row.invoice);
      if (known === undefined) throw fail(cliErrors, "file_changed", { path });
      if (known.spoiltAt !== undefined) {
        sales.noteMaybe(row, known.spoiltAt);
        continue;
      }
      const kind = kindOfInvoice(row.invoice, known.totalMinor);
      const begun = open.get(row.invoice) ?? { lines: [], places: orderPlaces(row.invoice) };
      const { lines } = begun;
      const line = lineOf(row, begun, { kind, waitsFor: known.waitsFor }, sales);
      if (line.sold !== undefined) order.begun(line.sold.order);
      lines.push(line);
      if (lines.length < known.lineCount) {
        if (lines.length === 1) open.set(row.invoice, begun);
        waitingCount += 1;
        continue;
      }
      open.delete(row.invoice);
      waitingCount -= lines.length - 1;
      whole.push(...order.whole(wholeOf(row.invoice, kind, lines, known)));
    }
    if (waitingCount + order.waitingLines > WAITING_LINES_MAX) {
      throw fail(cliErrors, "invoices_too_scattered", { path, limit: WAITING_LINES_MAX });
    }
    if (whole.length > 0) yield whole;
  }
  assert(waitingCount >= 0, "no invoice gives out more lines than it took in");
  if (open.size > 0 || rowCount !== survey.rowCount) {
    throw fail(cliErrors, "file_changed", { path });
  }
}

/** An invoice of which more lines are to come. */
interface Begun {
  readonly lines: InvoiceLine[];
  readonly places: ReturnType<typeof orderPlaces>;
}

function lineOf(
  row: Row,
  { lines, places }: Begun,
  { kind, waitsFor }: Pick<Invoice, "kind" | "waitsFor">,
  sales: EarlierSales,
): InvoiceLine {
  const ordinal = lines.length + 1;
  if (kind === "cancellation" && row.quantity < 0n) {
    const found = sales.find(row);
    // Which units it brings back is not known, so whoever comes after it can't tell either.
    if (found.waitsFor !== undefined) sales.noteMaybe(row, found.waitsFor);
    return { ...row, ordinal, ...found, reverses: found.reverses };
  }
  const sold = isSold(kind, row) ? places.next(row.customer) : undefined;
  // While an invoice waits, its lines may get other places in it, and its total another sum.
  if (waitsFor !== undefined) sales.noteMaybe(row, waitsFor);
  else if (kind === "sale" && row.quantity > 0n) {
    sales.note(row, lineId(row.invoice, ordinal), sold);
  }
  return { ...row, ordinal, reverses: undefined, sold };
}

function wholeOf(
  number: string,
  kind: Invoice["kind"],
  lines: readonly InvoiceLine[],
  { waitsFor }: Pick<SurveyedInvoice, "waitsFor">,
): Invoice {
  const line = lines.find((one) => one.waitsFor !== undefined);
  return { number, kind, lines, waitsFor: waitsFor ?? line?.waitsFor };
}
