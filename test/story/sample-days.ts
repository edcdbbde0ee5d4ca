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

/** Writes the month's first two days to a file, whole invoices, sales and cancellations, and tells where. */
export function cutTwoDays(folder: string): string {
  const [header = "", ...lines] = gunzipSync(readFileSync(SAMPLE)).toString().split("\n");
  const kept = lines.filter((line) => /,2010-12-0[12] /.test(line));
  const file = join(folder, "two-days.csv");
  writeFileSync(file, [header, ...kept, ""].join("\n"));
  return file;
}
