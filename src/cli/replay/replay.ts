/**
 * The main job: a file of invoices into the book `retail`, and the proof that it is all there; over
 * the API, on this machine or another.
 */
import { performance } from "node:perf_hooks";
import type { Book, VerifyReport } from "../../client/index.ts";
import { bookInvoices, type Booking } from "./book-invoices.ts";
import { accounts } from "./classify.ts";
import { addUpFile, type FileTotals } from "./file-totals.ts";
import { MONEY } from "./names.ts";
import type { Progress } from "./rate.ts";
import { owedByCustomers, readBack, shopAccounts } from "./read-back.ts";
import { readRows } from "./read-rows.ts";
import type { BookedFile } from "./report.ts";
import { type Survey, surveyFile } from "./survey-file.ts";

export const RETAIL_BOOK = "retail";

/** What a file is, found out without a database: so it can go on while that one starts. */
export interface Readied {
  readonly path: string;
  readonly survey: Survey;
  readonly totals: FileTotals;
}

/** The stages that a person who waits is told of, with how far each is. */
export interface ReplayWatcher {
  stage(name: "booking" | "reading back" | "verifying", total: number): void;
  booking(progress: Progress): void;
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
  return { path, survey, totals: await addUpFile(path) };
}

export interface ReplayInput {
  /** The book `retail` of a server, as the client has it. */
  readonly book: Book;
  readonly readied: Readied;
  /** As the user named it; undefined: the bundled month. */
  readonly file: string | undefined;
  readonly watcher: ReplayWatcher;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Books the file and reads back from the books what it comes to.
 * Safe to repeat: yes; a second time it books nothing. Needs the rights to read, write and define in
 * the book. Refuses: those of bookInvoices.
 */
export async function bookFile(input: ReplayInput): Promise<BookedFile> {
  const { book, readied, watcher, signal, file } = input;
  const { path, survey, totals } = readied;
  await book.create({ signal });
  watcher.stage("booking", survey.rowCount);
  const bookingAt = performance.now();
  const onProgress = (progress: Progress) => watcher.booking(progress);
  const booking = await bookInvoices({ book, path, survey, onProgress, signal });
  const bookingSeconds = (performance.now() - bookingAt) / 1000;
  watcher.stage("reading back", 0);
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

/** Verifies the book from its first entry to its last. Needs the right to verify it. */
export async function proveBook(input: ReplayInput): Promise<VerifyReport> {
  const { book, watcher, signal } = input;
  watcher.stage("verifying", 0);
  const onProgress = (done: number, total: number) => watcher.verifying(done, total);
  return book.verify({ signal, onProgress });
}

async function readMoney(
  book: Book,
  booking: Booking,
  totals: FileTotals,
): Promise<Pick<BookedFile, "booked" | "bankMinor" | "owedMinor" | "adjustedMinor">> {
  const booked = await readBack(book, booking, totals);
  const shown = await shopAccounts(book);
  const bank = shown.find(({ path }) => path === accounts.bank);
  const badDebt = (await book.account(accounts.badDebt, MONEY))?.balance;
  return {
    booked,
    bankMinor: bank?.availableMinor ?? 0n,
    owedMinor: await owedByCustomers(book),
    adjustedMinor: (badDebt?.creditsPosted ?? 0n) - (badDebt?.debitsPosted ?? 0n),
  };
}

function countSpoilt(survey: Survey): number {
  let count = 0;
  for (const invoice of survey.invoices.values()) if (invoice.spoiltAt !== undefined) count += 1;
  return count;
}
