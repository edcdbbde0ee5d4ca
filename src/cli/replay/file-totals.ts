/**
 * What a file of invoices adds up to, by a route of its own: from the bytes to the sums without one
 * line of code that the booking uses, so that a mistake in one of the two shows as a difference.
 * It cuts lines itself, reads quotes letter by letter, and counts in ten-thousandths of a pound.
 * (The two share the format, docs/guides/online-retail.md, and nothing else. Keep it so.)
 */
import { createReadStream, openSync, readSync, closeSync } from "node:fs";
import { createGunzip } from "node:zlib";

export interface FileTotals {
  /** Of sound invoices: their lines, themselves, and their amounts rounded line by line. */
  readonly lines: number;
  readonly invoices: number;
  readonly grossMinor: bigint;
  /** What lines below zero take back, as a positive amount. */
  readonly refundsMinor: bigint;
  readonly netMinor: bigint;
}

interface Sum {
  lines: number;
  up: bigint;
  down: bigint;
  bad: boolean;
}

/** Adds up a file, plain or gzip. Invoices with a malformed row count for nothing. */
export async function addUpFile(path: string): Promise<FileTotals> {
  const sums = new Map<string, Sum>();
  let columns: Columns | undefined;
  for await (const records of recordsOf(path)) {
    for (const record of records) {
      if (columns === undefined) columns = columnsOf(record.fields);
      else addUp(record, columns, sums);
    }
  }
  return total(sums);
}

function addUp(record: CsvRecord, columns: Columns, sums: Map<string, Sum>): void {
  const number = record.fields[columns.invoice]?.replaceAll('"', "") ?? "";
  const minor = record.sound ? amountOf(record.fields, columns) : undefined;
  let sum = sums.get(number);
  if (sum === undefined) sums.set(number, (sum = { lines: 0, up: 0n, down: 0n, bad: false }));
  sum.lines += 1;
  if (minor === undefined) sum.bad = true;
  else if (minor > 0n) sum.up += minor;
  else sum.down -= minor;
}

function total(sums: ReadonlyMap<string, Sum>): FileTotals {
  let [lines, invoices, grossMinor, refundsMinor] = [0, 0, 0n, 0n];
  for (const sum of sums.values()) {
    if (sum.bad) continue;
    lines += sum.lines;
    invoices += 1;
    grossMinor += sum.up;
    refundsMinor += sum.down;
  }
  return { lines, invoices, grossMinor, refundsMinor, netMinor: grossMinor - refundsMinor };
}

interface Columns {
  readonly count: number;
  readonly invoice: number;
  readonly code: number;
  readonly quantity: number;
  readonly date: number;
  readonly price: number;
  readonly customer: number;
}

function columnsOf(names: readonly string[]): Columns {
  const at = (wanted: string) => names.findIndex((name) => name.trim() === wanted);
  return {
    count: names.length,
    invoice: at("InvoiceNo"),
    code: at("StockCode"),
    quantity: at("Quantity"),
    date: at("InvoiceDate"),
    price: at("UnitPrice"),
    customer: at("CustomerID"),
  };
}

/** The amount of a line in pence, or nothing where its row is malformed. */
function amountOf(fields: readonly string[], columns: Columns): bigint | undefined {
  if (fields.length !== columns.count) return undefined;
  const text = (column: number) => fields[column] ?? "";
  if (!nameFits(text(columns.invoice)) || !nameFits(text(columns.code))) return undefined;
  const customer = text(columns.customer);
  const short = customer.endsWith(".0") ? customer.slice(0, -2) : customer;
  if (customer !== "" && !nameFits(digitsOnly(short) ? short : customer)) return undefined;
  if (!dateFits(text(columns.date))) return undefined;
  const pieces = scaled(text(columns.quantity), 0);
  const price = scaled(text(columns.price), 4);
  if (pieces === undefined || price === undefined) return undefined;
  const tenThousandths = pieces * price;
  return tenThousandths < 0n ? -((50n - tenThousandths) / 100n) : (tenThousandths + 50n) / 100n;
}

/** A number with at most 7 digits and `decimals` behind a point, as a whole number of the last. */
function scaled(text: string, decimals: number): bigint | undefined {
  const minus = text.startsWith("-");
  const [whole = "", behind, ...more] = (minus ? text.slice(1) : text).split(".");
  if (more.length > 0 || whole.length > 7 || !digitsOnly(whole)) return undefined;
  if (behind !== undefined && (behind.length > decimals || !digitsOnly(behind))) return undefined;
  const value = BigInt(whole + (behind ?? "").padEnd(decimals, "0"));
  return minus ? -value : value;
}

function digitsOnly(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i);
    if (letter < 48 || letter > 57) return false;
  }
  return text.length > 0;
}

/**
 * 1 to 40, where a letter, a digit, `-` and `_` count one and all else three for each byte; without
 * control characters, and not made of blanks alone.
 */
function nameFits(text: string): boolean {
  let size = 0;
  let blank = true;
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    if (code < 32 || code === 127) return false;
    const alphanumeric =
      (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    const joins = (code === 45 || code === 95) && size > 0;
    size += alphanumeric || joins ? 1 : 3 * Buffer.byteLength(sign, "utf8");
    if (!BLANKS.has(code) && !(code >= 0x2000 && code <= 0x200d)) blank = false;
  }
  return size <= 40 && !blank;
}

/** Beside U+2000 to U+200D. */
const BLANKS: ReadonlySet<number> = new Set([
  32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x2060, 0x3000, 0xfeff,
]);

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function dateFits(text: string): boolean {
  if (text.length !== 19) return false;
  if (text.replaceAll(/[0-9]/g, "9") !== "9999-99-99 99:99:99") return false;
  const number = (from: number, to: number) => Number(text.slice(from, to));
  const [year, month, day] = [number(0, 4), number(5, 7), number(8, 10)];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && leap ? 29 : MONTH_DAYS[month - 1];
  if (days === undefined || day < 1 || day > days || year < 100) return false;
  return number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60;
}

interface CsvRecord {
  readonly fields: readonly string[];
  readonly sound: boolean;
}

const RECORD_LINES_MAX = 20;
const RECORD_LETTERS_MAX = 65_536;

/** Records in order. One is a line, or several when a quoted field of it goes over line ends. */
async function* recordsOf(path: string): AsyncGenerator<readonly CsvRecord[]> {
  let lines: string[] = [];
  let columns: Columns | undefined;
  for await (const { more, last } of textLines(path)) {
    lines = lines.concat(more);
    const records: CsvRecord[] = [];
    let at = 0;
    // A record is only read with all the lines before us that it may need.
    while (at < lines.length && (last || lines.length - at >= RECORD_LINES_MAX)) {
      const taken = recordAt(lines, at, columns);
      at += taken.lines;
      if (taken.record === undefined) continue;
      columns ??= columnsOf(taken.record.fields);
      records.push(taken.record);
    }
    lines = lines.slice(at);
    yield records;
  }
}

/** The record that begins at a line, and how many lines it is long. */
function recordAt(
  lines: readonly string[],
  at: number,
  columns: Columns | undefined,
): { readonly record?: CsvRecord; readonly lines: number } {
  const first = lines[at] ?? "";
  if (first === "") return { lines: 1 };
  let text = first;
  for (let count = 1; count <= RECORD_LINES_MAX && text.length <= RECORD_LETTERS_MAX; count++) {
    const fields = splitFields(text);
    if (fields === "malformed") break;
    if (fields !== "open") {
      const fits = count === 1 || columns === undefined || amountOf(fields, columns) !== undefined;
      if (!fits) break;
      return { record: { fields, sound: true }, lines: count };
    }
    const next = lines[at + count];
    if (next === undefined || standsAlone(next, columns)) break;
    text += `\n${next}`;
  }
  return { record: { fields: first.split(","), sound: false }, lines: 1 };
}

/** A line that is a whole record by itself, behind a quote that somebody forgot to close. */
function standsAlone(line: string, columns: Columns | undefined): boolean {
  if (columns === undefined || line.includes('"')) return false;
  return amountOf(line.split(","), columns) !== undefined;
}

/** The fields of a record, letter by letter; or why it has none. */
function splitFields(text: string): readonly string[] | "open" | "malformed" {
  if (!text.includes('"')) return text.split(",");
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = "";
    if (text.charAt(at) === '"') {
      for (at += 1; ; at += 1) {
        if (at >= text.length) return "open";
        if (text.charAt(at) === '"' && text.charAt(++at) !== '"') break;
        field += text.charAt(at);
      }
    } else {
      while (at < text.length && text.charAt(at) !== ",") {
        if (text.charAt(at) === '"') return "malformed";
        field += text.charAt(at++);
      }
    }
    fields.push(field);
    if (at >= text.length) return fields;
    if (text.charAt(at) !== ",") return "malformed";
    at += 1;
  }
}

const NEWLINE = 10;
const RETURN = 13;

/** Lines cut from the bytes at each newline; `last` comes once, at the end. */
async function* textLines(path: string): AsyncGenerator<{ more: string[]; last: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  for await (const chunk of bytesOf(path)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const more: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      more.push(lineIn(bytes, start, end, isFirst));
      isFirst = false;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    // What is longer than a record may be is malformed anyway; its end need not be kept.
    if (rest.length > 5 * RECORD_LETTERS_MAX) rest = rest.subarray(0, 4 * RECORD_LETTERS_MAX);
    yield { more, last: false };
  }
  yield { more: rest.length > 0 ? [lineIn(rest, 0, rest.length, isFirst)] : [], last: true };
}

function lineIn(bytes: Buffer, start: number, end: number, isFirst: boolean): string {
  const marked = isFirst && bytes.subarray(start, start + 3).equals(Buffer.from([239, 187, 191]));
  const until = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
  return bytes.toString("utf8", marked ? start + 3 : start, until);
}

function bytesOf(path: string): AsyncIterable<Buffer> {
  const head = Buffer.alloc(2);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, 2, 0);
  } finally {
    closeSync(file);
  }
  const stream = createReadStream(path);
  return head.readUInt16BE() === 0x1f8b ? stream.pipe(createGunzip()) : stream;
}
