/**
 * Cuts the bundled month out of the full year, line by line as they stand:
 * `node scripts/run.mjs scripts/cut-sample.ts PATH/TO/online-retail.csv.gz`. The same year gives the
 * same text, and with the same zlib the same bytes: gzip's time field is zero.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

export const SAMPLE = "data/online-retail-2010-12.csv.gz";
const MONTH = "2010-12-";

/** The header and the rows of one month. A row's own date is the first one that it has. */
export function cutMonth(csv: string, month: string): string {
  const [header = "", ...rows] = csv.split("\n");
  const kept = rows.filter((row) => /,(\d{4}-\d{2}-)\d{2} /.exec(row)?.[1] === month);
  return `${[header, ...kept].join("\n")}\n`;
}

if (import.meta.main) {
  const year = process.argv[2];
  if (year === undefined) {
    process.stderr.write("usage: cut-sample.ts PATH/TO/online-retail.csv.gz\n");
    process.exit(2);
  }
  const month = cutMonth(gunzipSync(readFileSync(year)).toString("utf8"), MONTH);
  const sample = join(import.meta.dirname, "..", SAMPLE);
  writeFileSync(sample, gzipSync(month, { level: 9 }));
  process.stderr.write(`${SAMPLE}: ${month.split("\n").length - 2} rows\n`);
}
