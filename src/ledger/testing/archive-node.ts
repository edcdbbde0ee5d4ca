/** For tests: a process of its own that archives, and may be killed at any fault point. */
import { faultsFromText, manualClock } from "../../base/index.ts";
import { openDatabase } from "../../postgres/index.ts";
import { archiveBook } from "../archive/archive-book.ts";

interface ArchiveInput {
  readonly url: string;
  readonly schema: string;
  readonly book: string;
  readonly before: number;
  readonly to: string;
  readonly now: number;
  readonly faults: string;
}

const input = JSON.parse(process.argv[2] ?? "{}") as ArchiveInput;
const { url, schema, book, before, to, now, faults } = input;
const database = await openDatabase({ url, schema, poolMax: 4 });
const report = await archiveBook(database, book, {
  before,
  to,
  clock: manualClock(now),
  faults: faultsFromText(faults),
});
await database.close();
process.stdout.write(JSON.stringify(report));
