/**
 * Archives what is old of a book. In order, and each step may be the last before a kill:
 *
 *   nothing    the book is verified, the stretch written to a file beside the one that is asked for,
 *              fsynced, read back and proved, renamed. A file of that name that fits is taken as it is.
 *   recorded   its row is in ledger_archive: from here on reads and verify count from its end.
 *   slimming   a thousand entries at a time lose what the file has; the row says how far.
 *   slim       all of it is; the next archive may begin.
 */
import { basename } from "node:path";
import {
  fail,
  faultPoint,
  type Instant,
  noFaults,
  silentLogger,
  toRfc3339,
} from "../../base/index.ts";
import { type Database, Lane, unit } from "../../postgres/index.ts";
import { checkContext } from "../check-context.ts";
import { ledgerErrors } from "../ledger.errors.ts";
import { findBook } from "../book.sql.ts";
import { countVersions } from "../verify.sql.ts";
import { verifyBook } from "../verify-book.ts";
import { archiveErrors } from "./archive.errors.ts";
import type { ArchiveOptions, ArchiveReport, Archiving } from "./archive-options.ts";
import {
  archivesOf,
  batchEndingAt,
  countAccounts,
  lastBatchBefore,
  spaceOf,
} from "./archive.sql.ts";
import { genesisHash } from "../hash.ts";
import { commit } from "./commit-unit.ts";
import { makeFile, shaOf } from "./make-file.ts";
import { slimThrough } from "./slim-book.ts";
import type { ProvedFile } from "./prove-file.ts";
import type { Stretch } from "./write-file.ts";
import { insertArchive, keepHolds } from "./write-archive.ts";

/** What stays as it is, however early the archive was asked for. */
export const YOUNGEST_MS = 24 * 3_600_000;

const recorded = faultPoint(
  "archive.recorded",
  "the archive's row is committed, nothing is slim yet",
);
const fileMade = faultPoint(
  "archive.file_made",
  "the file has its name, the book doesn't know it yet",
);

/**
 * Writes what is older than a time into a file, proves the file, and makes the book's own tables slim
 * up to there: balances, repeats, the hash chain and `verify` go on as before. Works beside nodes that
 * write. Safe to repeat: with the same file it goes on where it was.
 * Refuses: ledger.book_missing, ledger.archive_too_young, ledger.archive_file_exists,
 * ledger.archive_file_unwritable, ledger.archive_broken, ledger.archive_unfinished,
 * ledger.archive_busy, ledger.archive_unproved, ledger.context_malformed.
 */
export async function archiveBook(
  database: Database,
  book: string,
  options: ArchiveOptions,
): Promise<ArchiveReport> {
  const began = performance.now();
  checkContext(options.context);
  const { faults = noFaults, log = silentLogger } = options;
  const lane = new Lane<never, never>({ name: `archive of ${book}`, database, faults, log });
  try {
    const told = await archive({ database, lane, book, options, faults });
    return { ...told, book, seconds: Math.round(performance.now() - began) / 1_000 };
  } finally {
    await lane.close();
  }
}

type Told = Omit<ArchiveReport, "book" | "seconds">;

async function archive(work: Archiving): Promise<Told> {
  const { database, book, options } = work;
  const found = await database.maybe(findBook, { name: book });
  if (found === undefined) throw fail(ledgerErrors, "book_missing", { name: book });
  const last = await lastArchive(database, found.book);
  if (last !== undefined && last.slimmedSeq < last.throughSeq)
    return finish(work, found.book, last);
  const stretch = await stretchOf(work, found.book, last);
  if (stretch === undefined) return nothing(last);
  if (options.dryRun === true) return planOf(work, stretch);
  await demandVerified(work, stretch);
  const proved = await makeFile(database, stretch, last?.stateDigest, options);
  await work.faults.at(fileMade);
  await record(work, stretch.bookId, last, proved);
  await work.faults.at(recorded);
  const { afterSeq, throughSeq } = proved.header;
  await slimThrough(work, { bookId: stretch.bookId, afterSeq, throughSeq, slimmedSeq: afterSeq });
  return toldOf({
    ...proved.header,
    ...proved,
    file: basename(proved.path),
    hash: proved.header.throughHash,
  });
}

interface Last {
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly slimmedSeq: number;
  readonly at: Instant;
  readonly hash: Buffer;
  readonly entries: number;
  readonly batches: number;
  readonly accounts: number;
  readonly stateDigest: Buffer;
  readonly effectiveMax: Instant;
  readonly file: string;
  readonly fileSha256: Buffer;
  readonly fileBytes: number;
}

async function lastArchive(database: Database, bookId: number): Promise<Last | undefined> {
  const row = (await database.run(archivesOf, { book: bookId })).at(-1);
  if (row === undefined) return undefined;
  return {
    ...row,
    afterSeq: Number(row.afterSeq),
    throughSeq: Number(row.throughSeq),
    slimmedSeq: Number(row.slimmedSeq),
    entries: Number(row.entries),
    batches: Number(row.batches),
    accounts: Number(row.accounts),
    fileBytes: Number(row.fileBytes),
  };
}

/** Undefined: there is nothing before that time. Refuses: ledger.archive_too_young. */
async function stretchOf(
  { database, book, options }: Archiving,
  bookId: number,
  last: Last | undefined,
): Promise<Stretch | undefined> {
  const { before, clock = database.clock } = options;
  if (before > clock.now() - YOUNGEST_MS) {
    throw fail(archiveErrors, "archive_too_young", { before: toRfc3339(before) });
  }
  const afterSeq = last?.throughSeq ?? 0;
  const end = await database.maybe(lastBatchBefore, { book: bookId, before });
  const throughSeq = Number(end?.lastSeq ?? 0n);
  if (end === undefined || throughSeq <= afterSeq) return undefined;
  const { accounts } = await database.one(countAccounts, { book: bookId, seq: end.lastSeq });
  return {
    bookId,
    book,
    afterSeq,
    afterHash: last?.hash ?? genesisHash(book),
    throughSeq,
    throughHash: end.hash,
    at: end.at,
    accounts: Number(accounts),
  };
}

function nothing(last: Last | undefined): Told {
  const seq = last?.throughSeq ?? 0;
  const hash = last?.hash.toString("hex") ?? "";
  const accounts = last?.accounts ?? 0;
  return { outcome: "nothing", afterSeq: seq, throughSeq: seq, entries: 0, accounts, hash };
}

const SEQS_PER_STATEMENT = 50_000;
const VERSIONS_PER_STATEMENT = 100_000;

async function planOf({ database, options }: Archiving, stretch: Stretch): Promise<Told> {
  const { bookId, afterSeq, throughSeq, throughHash, at, accounts } = stretch;
  let wordBytes = 0;
  for (let after = afterSeq; after < throughSeq; after += SEQS_PER_STATEMENT) {
    options.signal?.throwIfAborted();
    const upTo = BigInt(Math.min(after + SEQS_PER_STATEMENT, throughSeq));
    const space = await database.one(spaceOf, { book: bookId, after: BigInt(after), upTo });
    wordBytes += Number(space.words - space.digests);
  }
  const balances = (await versionsUpTo(database, bookId, throughSeq)) - accounts;
  const entries = throughSeq - afterSeq;
  const hash = throughHash.toString("hex");
  const told = { outcome: "planned" as const, afterSeq, throughSeq, at, entries, accounts, hash };
  return { ...told, wordBytes, balances };
}

async function versionsUpTo(database: Database, book: number, seq: number): Promise<number> {
  let counted = 0;
  let [afterAccount, afterSeq] = [0n, 0n];
  for (;;) {
    const asked = { book, afterAccount, afterSeq, from: 0n, upTo: BigInt(seq) };
    const part = await database.one(countVersions, { ...asked, scan: VERSIONS_PER_STATEMENT });
    if (part.lastAccount === null || part.lastSeq === null) return counted;
    counted += Number(part.counted);
    [afterAccount, afterSeq] = [part.lastAccount, part.lastSeq];
  }
}

/** What is wrong in a book must be looked at while all of it is there. */
async function demandVerified({ database, book, options }: Archiving, { bookId }: Stretch) {
  const { signal, onProgress } = options;
  const report = await verifyBook(database, bookId, {
    signal,
    onProgress: (done, total) => onProgress?.("verifying", done, total),
  });
  if (report.verified) return;
  const first = report.findings[0]?.message ?? "";
  const details = { book, findings: report.findingsCount, first };
  throw fail(archiveErrors, "archive_unproved", details);
}

/** The hash that the file ends with must be the book's own at that place: then so is all before it. */
async function record(
  { database, lane, options, book }: Archiving,
  bookId: number,
  last: Last | undefined,
  proved: ProvedFile,
): Promise<void> {
  const { header } = proved;
  const end = await database.maybe(batchEndingAt, { book: bookId, seq: BigInt(header.throughSeq) });
  if (end?.hash.toString("hex") !== header.throughHash) {
    const problem = "its last hash is not the book's at that place";
    throw fail(archiveErrors, "archive_broken", { file: proved.path, problem });
  }
  const file = basename(proved.path);
  const effectiveMax = Math.max(last?.effectiveMax ?? -Infinity, proved.effectiveMax);
  const made = unit(`archive/${bookId}/${header.throughSeq}`)
    .write(insertArchive, { bookId, proved, file, effectiveMax, context: options.context })
    .write(keepHolds, ...proved.openHolds.map((seq) => ({ bookId, seq })));
  await commit(lane, made, book);
}

/** Goes on with an archive that is recorded. Refuses: ledger.archive_unfinished. */
async function finish(work: Archiving, bookId: number, last: Last): Promise<Told> {
  const { options } = work;
  const { afterSeq, throughSeq, slimmedSeq, fileSha256, file } = last;
  if (options.dryRun === true)
    return { ...toldOf({ ...last, hash: hexOf(last) }), outcome: "planned" };
  // What is still whole goes only while the file is at hand that has it.
  if ((await shaOf(options.to))?.equals(fileSha256) !== true) {
    throw fail(archiveErrors, "archive_unfinished", {
      file,
      slimmed: slimmedSeq,
      through: throughSeq,
    });
  }
  await slimThrough(work, { bookId, afterSeq, throughSeq, slimmedSeq });
  return toldOf({ ...last, sha256: fileSha256, bytes: last.fileBytes, hash: hexOf(last) });
}

function hexOf({ hash }: Last): string {
  return hash.toString("hex");
}

function toldOf(made: {
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly at: Instant;
  readonly entries: number;
  readonly batches: number;
  readonly accounts: number;
  readonly hash: string;
  readonly file: string;
  readonly bytes?: number;
  readonly sha256?: Buffer;
}): Told {
  const { afterSeq, throughSeq, at, entries, batches, accounts, hash, file, bytes, sha256 } = made;
  const told = { afterSeq, throughSeq, at, entries, batches, accounts, hash, file };
  return { outcome: "archived", ...told, fileBytes: bytes, fileSha256: sha256?.toString("hex") };
}
