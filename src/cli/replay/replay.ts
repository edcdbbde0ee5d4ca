/**
 * The main job: a file of invoices sold in the book `retail`, a rush for lunch beside it, and the proof that it is
 * all there; over the API, on this machine or another.
 */
import { performance } from "node:perf_hooks";
import type { Book, Longmen, VerifyReport } from "../../client/index.ts";
import { accounts, CASH } from "./classify.ts";
import { addUpFile, type FileTotals } from "./file-totals.ts";
import { MONEY } from "./names.ts";
import type { Progress } from "./rate.ts";
import { owedByCustomers, readBack } from "./read-back.ts";
import { readRows } from "./read-rows.ts";
import type { BookedFile } from "./report.ts";
import { lunchRush, type Rush, RUSH_BOOK } from "./rush.ts";
import { type Booking, sellInvoices } from "./sell-invoices.ts";
import { stockShop } from "./stock-shop.ts";
import { type Survey, surveyFile } from "./survey-file.ts";

export const RETAIL_BOOK = "retail";

/** What a file is, found out without a database: so it can go on while that one starts. */
export interface Readied {
  readonly path: string;
  readonly survey: Survey;
  /** Added up by a route of its own, on while the file is being sold. */
  readonly totals: Promise<FileTotals>;
}

export type JobStage = "stocking" | "selling" | "rush" | "reading back" | "verifying";

/** The stages that a person who waits is told of, with how far each is. */
export interface ReplayWatcher {
  stage(name: JobStage, total: number): void;
  selling(progress: Progress): void;
  verifying(done: number, total: number): void;
}

/** Looks whether this can be a file of invoices, before a database is made for it. */
export async function checkFile(path: string): Promise<void> {
  const rows = readRows(path);
  await rows.next();
  await rows.return(undefined);
}

/** Reads the file twice, once by each route. Refuses: those of readRows. */
export async function readyFile(path: string): Promise<Readied> {
  // One after the other: the survey names what is wrong with a file, the second route doesn't.
  const survey = await surveyFile(path);
  const totals = addUpFile(path);
  totals.catch(() => undefined);
  return { path, survey, totals };
}

export interface ReplayInput {
  readonly longmen: Longmen;
  readonly readied: Readied;
  /** As the user named it; undefined: the bundled month. */
  readonly file: string | undefined;
  /** Who come to the rush. */
  readonly buyers?: number | undefined;
  readonly watcher: ReplayWatcher;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Stocks the shop, sells the file, and reads back from the books what it comes to.
 * Safe to repeat: yes; a second time it sells nothing. Needs the rights to read, write and define in
 * the book, and to buy, operate and define in its shop. Refuses: those of stockShop and sellInvoices.
 */
export async function sellFile(input: ReplayInput): Promise<BookedFile> {
  const { longmen, readied, watcher, signal, file } = input;
  const { path, survey } = readied;
  const book = longmen.book(RETAIL_BOOK);
  await book.create({ signal });
  watcher.stage("stocking", 0);
  await stockShop(book, survey.goods, signal);
  watcher.stage("selling", survey.rowCount);
  const beganAt = performance.now();
  const onProgress = (progress: Progress) => watcher.selling(progress);
  const booking = await sellInvoices({ book, path, survey, onProgress, signal });
  const bookingSeconds = (performance.now() - beganAt) / 1000;
  watcher.stage("reading back", 0);
  const totals = await readied.totals;
  return {
    file,
    faults: survey.faults,
    spoiltInvoices: countSpoilt(survey),
    booking,
    fromFile: totals,
    ...(await readMoney(book, booking, totals)),
    bookingSeconds,
  };
}

/** The lunch-hour rush, in the book beside. */
export async function holdRush({ longmen, buyers, watcher, signal }: ReplayInput): Promise<Rush> {
  watcher.stage("rush", 0);
  return lunchRush(longmen, buyers, signal);
}

export interface Proof {
  readonly retail: VerifyReport;
  readonly lunch: VerifyReport;
}

/** Verifies both books from their first entries to their last. Needs the right to verify them. */
export async function proveBooks({ longmen, watcher, signal }: ReplayInput): Promise<Proof> {
  watcher.stage("verifying", 0);
  const onProgress = (done: number, total: number) => watcher.verifying(done, total);
  const retail = await longmen.book(RETAIL_BOOK).verify({ signal, onProgress });
  return { retail, lunch: await longmen.book(RUSH_BOOK).verify({ signal }) };
}

async function readMoney(
  book: Book,
  booking: Booking,
  totals: FileTotals,
): Promise<Pick<BookedFile, "booked" | "cashMinor" | "owedMinor" | "adjustedMinor">> {
  const badDebt = (await book.account(accounts.badDebt, MONEY))?.balance;
  return {
    booked: await readBack(book, booking, totals),
    cashMinor: (await book.account(CASH, MONEY))?.available ?? 0n,
    owedMinor: await owedByCustomers(book),
    adjustedMinor: (badDebt?.creditsPosted ?? 0n) - (badDebt?.debitsPosted ?? 0n),
  };
}

function countSpoilt(survey: Survey): number {
  let count = 0;
  for (const invoice of survey.invoices.values()) if (invoice.spoiltAt !== undefined) count += 1;
  return count;
}
