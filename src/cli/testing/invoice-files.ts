/** For tests: files of invoices, made of rows. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { multiplyRounded } from "../../base/index.ts";
import type { Invoice, InvoiceLine } from "../replay/invoice.ts";
import { readInvoices } from "../replay/read-invoices.ts";
import { type RowRead, readRows } from "../replay/read-rows.ts";
import { surveyFile } from "../replay/survey-file.ts";

export const HEADER =
  "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

/** What a row says where the test doesn't care. */
export interface RowWish {
  readonly invoice?: string;
  readonly code?: string;
  readonly description?: string;
  readonly quantity?: number | string;
  readonly at?: string;
  readonly price?: string;
  readonly customer?: string;
}

export function rowText(wish: RowWish): string {
  const { invoice = "536365", code = "85123A", description = "LANTERN", quantity = 6 } = wish;
  const { at = "2010-12-01 08:26:00", price = "2.55", customer = "17850.0" } = wish;
  return [invoice, code, description, quantity, at, price, customer, "United Kingdom"].join(",");
}

export function csv(...rows: readonly (RowWish | string)[]): string {
  const lines = rows.map((row) => (typeof row === "string" ? row : rowText(row)));
  return `${[HEADER, ...lines].join("\n")}\n`;
}

/** A file of its own for the running test, gone after it. */
export function fileOf(content: string | Buffer, options: { gzip?: boolean } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "longmen-invoices-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "invoices.csv");
  writeFileSync(path, options.gzip === true ? gzipSync(content) : content);
  return path;
}

export async function rowsOf(path: string): Promise<readonly RowRead[]> {
  const all: RowRead[] = [];
  for await (const rows of readRows(path)) all.push(...rows);
  return all;
}

export async function invoicesOf(path: string): Promise<readonly Invoice[]> {
  const all: Invoice[] = [];
  for await (const invoices of readInvoices(path, await surveyFile(path))) all.push(...invoices);
  return all;
}

/** A line as if it stood in an invoice of that number. */
export function lineOf(wish: Partial<InvoiceLine> = {}): InvoiceLine {
  const quantity = wish.quantity ?? 6n;
  const unitPrice = wish.unitPrice ?? "2.55";
  return {
    lineNumber: 2,
    invoice: "536365",
    code: "85123A",
    amountMinor: multiplyRounded(quantity, unitPrice, 2),
    at: Date.UTC(2010, 11, 1, 8, 26),
    customer: "17850",
    ordinal: 1,
    reverses: undefined,
    ...wish,
    quantity,
    unitPrice,
  };
}
