/** For stories that need invoices but not all of them: days cut out of the bundled month. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const SAMPLE = join(import.meta.dirname, "../../data/online-retail-2010-12.csv.gz");

/** What the first two days come to, so that nobody proves something with an empty file. */
export const twoDays = {
  lines: 5_217,
  invoices: 310,
  cancellationInvoices: 29,
  adjustments: 0,
  refusals: 0,
  agrees: true,
  verified: true,
  orders: 269,
  paid: 269,
  refunded: 4,
  rushSold: 100,
  rushRefused: 900,
  unexplained: 0,
};

/** What its first morning comes to, with a sale that is given back: for stories that start again and again. */
export const morning = {
  lines: 1_109,
  invoices: 72,
  cancellationInvoices: 4,
  adjustments: 0,
  refusals: 0,
  agrees: true,
  verified: true,
  orders: 67,
  paid: 67,
  refunded: 1,
  rushSold: 100,
  rushRefused: 900,
  unexplained: 0,
};

/** Writes the month's first two days to a file, whole invoices, sales and cancellations, and tells where. */
export function cutTwoDays(folder: string): string {
  return cut(folder, "two-days.csv", /,2010-12-0[12] /);
}

/** The same of its first morning, until one o'clock. */
export function cutMorning(folder: string): string {
  return cut(folder, "morning.csv", /,2010-12-01 (0|1[012])/);
}

function cut(folder: string, name: string, rows: RegExp): string {
  const [header = "", ...lines] = gunzipSync(readFileSync(SAMPLE)).toString().split("\n");
  const kept = lines.filter((line) => rows.test(line));
  const file = join(folder, name);
  writeFileSync(file, [header, ...kept, ""].join("\n"));
  return file;
}
