/** One row's fields to one row, or the reason why not. Every rule of the format stands here. */
import { fail, type LongmenError, multiplyRounded } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";
import type { Row, RowParts } from "./invoice.ts";
import { escapeName, NAME_MAX_LENGTH } from "./names.ts";
import { shopInstant } from "./shop-time.ts";

/** The columns that are used. A file may have others, and all of them in any order. */
export const neededColumns = [
  "InvoiceNo",
  "StockCode",
  "Quantity",
  "InvoiceDate",
  "UnitPrice",
  "CustomerID",
] as const;
type Column = (typeof neededColumns)[number];

/** Where each needed column stands, and how many columns there are. */
export interface Header {
  readonly place: Readonly<Record<Column, number>>;
  readonly width: number;
  /** Where goods are described, if anywhere; what stands there can't be wrong. */
  readonly description?: number | undefined;
}

/** What keeps a first line from being a header. */
export interface NoHeader {
  readonly missing: readonly string[];
  readonly repeated: readonly string[];
}

/** Reads the header by its names, or says which are missing or named twice. */
export function readHeader(fields: readonly string[]): Header | NoHeader {
  const names = fields.map((field) => field.trim());
  const missing = neededColumns.filter((column) => !names.includes(column));
  const repeated = neededColumns.filter(
    (column) => names.indexOf(column) !== names.lastIndexOf(column),
  );
  if (missing.length > 0 || repeated.length > 0) return { missing, repeated };
  const place = Object.fromEntries(
    neededColumns.map((column) => [column, names.indexOf(column)]),
  ) as Record<Column, number>;
  const described = names.indexOf("Description");
  return { place, width: fields.length, ...(described < 0 ? {} : { description: described }) };
}

const QUANTITY = /^-?\d{1,7}$/;
const PRICE = /^-?\d{1,7}(?:\.\d{1,4})?$/;
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const CONTROL = /[\u0000-\u001f\u007f]/;
const CUSTOMER_AS_FLOAT = /^(\d+)\.0$/;
const LEADING_ZEROS = /^(-?)0+(?=\d)/;

/** Reads a row of as many fields as the header has, by the columns' places. */
export function readRow(
  fields: readonly string[],
  header: Header,
  line: number,
): Row | LongmenError {
  const { place } = header;
  if (fields.length !== header.width) {
    const details = { line, found: fields.length, expected: header.width };
    return fail(cliErrors, "row_field_count_wrong", details);
  }
  const field = (column: Column): string => fields[place[column]] ?? "";
  const invoice = field("InvoiceNo");
  if (!isName(invoice))
    return fail(cliErrors, "invoice_number_malformed", { line, value: invoice });
  const code = field("StockCode");
  if (!isName(code)) return fail(cliErrors, "stock_code_malformed", { line, value: code });
  const quantity = field("Quantity");
  if (!QUANTITY.test(quantity)) {
    return fail(cliErrors, "quantity_malformed", { line, value: quantity });
  }
  const at = shopInstant(field("InvoiceDate"));
  if (at === undefined) {
    return fail(cliErrors, "date_malformed", { line, value: field("InvoiceDate") });
  }
  const price = field("UnitPrice");
  if (!PRICE.test(price)) return fail(cliErrors, "price_malformed", { line, value: price });
  const customer = customerOf(field("CustomerID"));
  if (customer !== "" && !isName(customer)) {
    return fail(cliErrors, "customer_malformed", { line, value: customer });
  }
  const pieces = BigInt(quantity);
  const unitPrice = price.replace(LEADING_ZEROS, "$1");
  const amountMinor = multiplyRounded(pieces, unitPrice, 2);
  return {
    lineNumber: line,
    invoice,
    code,
    quantity: pieces,
    unitPrice,
    amountMinor,
    at,
    customer,
    ...describedBy(header.description === undefined ? "" : (fields[header.description] ?? "")),
  };
}

const DESCRIPTION_MAX = 200;
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const SPACES = /[\s\u0000-\u001f\u007f]+/g;
const PLAIN_TEXT = /^\S[\x21-\x7e]*(?: [\x21-\x7e]+)*$/;

/** In one line, short enough for a catalogue. */
function describedBy(text: string): { readonly description?: string } {
  const isPlain = text.length <= DESCRIPTION_MAX && PLAIN_TEXT.test(text);
  const line = isPlain ? text : text.toWellFormed().replace(SPACES, " ").trim();
  if (line === "") return {};
  return { description: line.length <= DESCRIPTION_MAX ? line : cutAt(line, DESCRIPTION_MAX) };
}

/** To a whole sign. */
function cutAt(text: string, length: number): string {
  const isHalf = (text.charCodeAt(length - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isHalf ? length - 1 : length).trimEnd();
}

/** What can be read of a row that readRow refuses: each field that is sound by itself. */
export function readParts(fields: readonly string[], header: Header, lineNumber: number): RowParts {
  const field = (column: Column): string => fields[header.place[column]] ?? "";
  const quantity = field("Quantity");
  const price = field("UnitPrice");
  const customer = customerOf(field("CustomerID"));
  return {
    lineNumber,
    invoice: nameIn(field("InvoiceNo")),
    code: nameIn(field("StockCode")),
    quantity: QUANTITY.test(quantity) ? BigInt(quantity) : undefined,
    unitPrice: PRICE.test(price) ? price.replace(LEADING_ZEROS, "$1") : undefined,
    customer: customer === "" ? customer : nameIn(customer),
  };
}

/** A name, if it is one. */
export function nameIn(text: string | undefined): string | undefined {
  return text !== undefined && isName(text) ? text : undefined;
}

/** Signs that nobody sees: Unicode's white space and what has no width. The guide lists them. */
const BLANK = /^[ \u0085\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*$/;
const PLAIN_NAME = /^[A-Za-z0-9_ -]{1,13}$/;

function isName(text: string): boolean {
  if (BLANK.test(text)) return false;
  if (PLAIN_NAME.test(text)) return true;
  return !CONTROL.test(text) && escapeName(text).length <= NAME_MAX_LENGTH;
}

/** Spreadsheets print a number that may be missing as `17850.0`. */
function customerOf(text: string): string {
  if (text === "") return text;
  return CUSTOMER_AS_FLOAT.exec(text)?.[1] ?? text;
}
