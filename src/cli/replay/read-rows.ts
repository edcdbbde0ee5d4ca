/** The rows of a CSV of invoices. */
import { parse } from "csv-parse/sync";
import { fail, type LongmenError } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";
import type { Row, RowFault } from "./invoice.ts";
import { LINE_MAX_LENGTH, readLines } from "./read-lines.ts";
import { type Header, nameIn, readHeader, readParts, readRow } from "./read-row.ts";

/** A quoted field may go over this many lines. Past it the quote counts as never closed. */
export const ROW_LINES_MAX = 20;

/** Either a row or what is wrong with it. */
export type RowRead = Row | RowFault;

/** Is this row spoilt? */
export function isFault(read: RowRead): read is RowFault {
  return "error" in read;
}

/**
 * Reads a file of invoices row by row, many at a time. A row that is wrong is told with its line
 * number and spoils no other: the end of a quote is looked for on the next lines, as long as these
 * are no rows themselves, and when it isn't there, that costs its own line only. (A CSV parser left
 * alone would swallow all rows up to the next quote.) So lines are cut first, and `csv-parse` reads those that have quotes.
 * Refuses: those of readLines, cli.file_empty, cli.file_is_no_csv,
 * cli.file_column_repeated, cli.file_without_invoices.
 */
export async function* readRows(path: string): AsyncGenerator<readonly RowRead[]> {
  const state: Reading = { lineNumber: 0, waiting: [] };
  let header: Header | undefined;
  let isBare = true;
  for await (const lines of readLines(path)) {
    const rows: RowRead[] = [];
    for (const line of lines) {
      state.lineNumber += 1;
      if (header === undefined) header = headerOf(path, line);
      else readLine(line, state, header, rows);
    }
    if (rows.length === 0) continue;
    isBare = false;
    yield rows;
  }
  if (header === undefined) throw fail(cliErrors, "file_empty", { path });
  const rows: RowRead[] = [];
  while (state.waiting.length > 0) giveUp(state, header, rows);
  if (rows.length > 0) yield rows;
  else if (isBare) throw fail(cliErrors, "file_without_invoices", { path });
}

interface Reading {
  lineNumber: number;
  /** Lines of a row whose quoted field is still open, the last one being `lineNumber`. */
  waiting: string[];
}

function readLine(line: string, state: Reading, header: Header, rows: RowRead[]): void {
  if (state.waiting.length === 0) {
    if (line === "") return;
    if (line.length <= LINE_MAX_LENGTH && !line.includes('"')) {
      rows.push(rowOf(line.split(","), header, state.lineNumber));
      return;
    }
  }
  state.waiting.push(line);
  settle(state, header, rows);
}

/** Reads the waiting lines as one row if they are one, or waits, or gives up the first of them. */
function settle(state: Reading, header: Header, rows: RowRead[]): void {
  while (state.waiting.length > 0) {
    const text = state.waiting.join("\n");
    const lineNumber = state.lineNumber - state.waiting.length + 1;
    // A line that is a row by itself is no part of somebody's description.
    const swallows = state.waiting.slice(1).some((line) => isRowAlone(line, header));
    if (text.length > LINE_MAX_LENGTH || swallows) {
      giveUp(state, header, rows);
      continue;
    }
    const fields = fieldsOf(text);
    if (fields === "open" && state.waiting.length < ROW_LINES_MAX) return;
    const row = typeof fields === "string" ? undefined : rowOf(fields, header, lineNumber);
    // Several lines that make no row together were not meant to be one.
    if (row === undefined || (isFault(row) && state.waiting.length > 1)) {
      giveUp(state, header, rows);
      continue;
    }
    rows.push(row);
    state.waiting = [];
  }
}

/** The first waiting line is no row; those behind it are read anew, by themselves. */
function giveUp(state: Reading, header: Header, rows: RowRead[]): void {
  const [line = "", ...others] = state.waiting;
  const end = state.lineNumber;
  const lineNumber = end - state.waiting.length + 1;
  rows.push(faultOf(line, header, lineNumber));
  state.waiting = [];
  for (const [index, other] of others.entries()) {
    state.lineNumber = lineNumber + 1 + index;
    readLine(other, state, header, rows);
  }
  state.lineNumber = end;
}

function faultOf(line: string, header: Header, lineNumber: number): RowFault {
  const error =
    line.length > LINE_MAX_LENGTH
      ? fail(cliErrors, "row_too_long", { line: lineNumber, limit: LINE_MAX_LENGTH })
      : fail(cliErrors, "row_quotes_malformed", { line: lineNumber });
  const invoice = invoiceIn(line.split(","), header);
  return { lineNumber, invoice, parts: { lineNumber, invoice: nameIn(invoice) }, error };
}

function rowOf(fields: readonly string[], header: Header, lineNumber: number): RowRead {
  const row: Row | LongmenError = readRow(fields, header, lineNumber);
  if (!(row instanceof Error)) return row;
  const invoice = invoiceIn(fields, header);
  // Where the count of fields is wrong, they stand in other columns than their own.
  const parts =
    fields.length === header.width
      ? readParts(fields, header, lineNumber)
      : { lineNumber, invoice: nameIn(invoice) };
  return { lineNumber, invoice, parts, error: row };
}

function isRowAlone(line: string, header: Header): boolean {
  return !line.includes('"') && !(readRow(line.split(","), header, 0) instanceof Error);
}

/** The best guess at the invoice of a broken row, so that nothing of that invoice is booked. */
function invoiceIn(fields: readonly string[], header: Header): string | undefined {
  const invoice = fields[header.place.InvoiceNo]?.replaceAll('"', "");
  return invoice === "" ? undefined : invoice;
}

/** The fields of a row with quotes in it; `open` when its last quote still waits for its end. */
function fieldsOf(text: string): readonly string[] | "open" | "malformed" {
  try {
    // Line ends stand inside quotes only: a line was added just where a quote was open.
    const records = parse(text, { relax_column_count: true, record_delimiter: "\n" });
    return records[0] ?? [];
  } catch (error) {
    const open = error instanceof Error && "code" in error && error.code === "CSV_QUOTE_NOT_CLOSED";
    return open ? "open" : "malformed";
  }
}

function headerOf(path: string, line: string): Header {
  if (line.length > LINE_MAX_LENGTH) {
    throw fail(cliErrors, "file_is_no_csv", { path, missing: "an end" });
  }
  const fields = fieldsOf(line);
  const header = readHeader(typeof fields === "string" ? [] : fields);
  if (!("missing" in header)) return header;
  const { missing, repeated } = header;
  throw missing.length > 0
    ? fail(cliErrors, "file_is_no_csv", { path, missing: missing.join(", ") })
    : fail(cliErrors, "file_column_repeated", { path, column: repeated.join(", ") });
}
