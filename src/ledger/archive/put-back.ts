/**
 * Puts back what the newest archive of a book took away, from its file: words first and balances, in
 * small commits, then the archive's row goes, and the book is as if it had never been made. Until then
 * reads go on refusing. Killed half-way, it begins again and finds what is done.
 */
import { basename } from "node:path";
import { fail, faultPoint, noFaults, silentLogger } from "../../base/index.ts";
import { type Database, Lane, unit } from "../../postgres/index.ts";
import { findBook } from "../book.sql.ts";
import { HASH_BYTES } from "../hash.ts";
import { ledgerErrors } from "../ledger.errors.ts";
import { bodyOf, integersOf, packedAt } from "../packed.ts";
import { archiveErrors } from "./archive.errors.ts";
import { archivesOf, holdsKept, slimSeqs, versionsThere } from "./archive.sql.ts";
import type { Archiving, PutBackOptions, PutBackReport } from "./archive-options.ts";
import { commit } from "./commit-unit.ts";
import { ACCOUNTS_PER_PASS, FileFold, type MadeVersion } from "./fold-file.ts";
import { readFrames } from "./frames.ts";
import { proveFile, type ProvedFile, rowsOf } from "./prove-file.ts";
import { accountsIn, holdsIn } from "./state.ts";
import {
  keepHolds,
  letHoldsGo,
  moveSlim,
  putVersions,
  putWords,
  removeArchive,
  slimAsRead,
  type SlimPlace,
  type WordsOfEntry,
} from "./write-archive.ts";

const ITEMS_PER_COMMIT = 1_000;

const stepDone = faultPoint("archive.put_back_step_done", "a step of what was archived is back");

/**
 * Safe to repeat: what is back stays. Works beside nodes that write.
 * Refuses: ledger.book_missing, ledger.archive_not_newest, ledger.archive_broken,
 * ledger.archive_file_missing, ledger.archive_busy.
 */
export async function putBackArchive(
  database: Database,
  book: string,
  options: PutBackOptions,
): Promise<PutBackReport> {
  const { faults = noFaults, log = silentLogger, from } = options;
  const found = await database.maybe(findBook, { name: book });
  if (found === undefined) throw fail(ledgerErrors, "book_missing", { name: book });
  const newest = (await database.run(archivesOf, { book: found.book })).at(-1);
  const proved = await proveFile(from, { signal: options.signal });
  if (newest === undefined || !newest.fileSha256.equals(proved.sha256)) {
    const file = newest?.file ?? "none";
    throw fail(archiveErrors, "archive_not_newest", { file: basename(from), book, newest: file });
  }
  const lane = new Lane<never, never>({ name: `archive of ${book}`, database, faults, log });
  const work: PuttingBack = { database, lane, book, options, faults, bookId: found.book, proved };
  try {
    await begin(work, Number(newest.slimmedSeq));
    await putAll(work);
    await end(work);
  } finally {
    await lane.close();
  }
  const { afterSeq, throughSeq } = proved.header;
  return { book, file: basename(from), afterSeq, throughSeq, entries: proved.entries };
}

interface PuttingBack extends Omit<Archiving, "options"> {
  readonly options: PutBackOptions;
  readonly bookId: number;
  readonly proved: ProvedFile;
}

/** Nothing of it counts as slim from here on. */
async function begin(work: PuttingBack, slimmedSeq: number): Promise<void> {
  const place = placeOf(work);
  if (slimmedSeq === place.slimmedSeq) return;
  const step = unit(`put-back/${place.bookId}/${place.throughSeq}`)
    .guard(slimAsRead, { ...place, slimmedSeq })
    .write(moveSlim, place);
  await commit(work.lane, step, work.book);
}

function placeOf({ bookId, proved }: PuttingBack): SlimPlace {
  const { afterSeq, throughSeq } = proved.header;
  return { bookId, throughSeq, slimmedSeq: afterSeq };
}

async function putAll(work: PuttingBack): Promise<void> {
  const { proved, options } = work;
  const { accountsPerPass = ACCOUNTS_PER_PASS } = options;
  const passes = Math.max(1, Math.ceil(proved.accounts / accountsPerPass));
  let done = 0;
  for (let pass = 0; pass < passes; pass++) {
    const fold = new FileFold(passes, pass);
    let some = newSome(proved.header.afterSeq);
    for await (const { kind, bytes } of readFrames(options.from)) {
      options.signal?.throwIfAborted();
      if (kind === "O") {
        const accounts = accountsIn(bytes);
        fold.openAccounts(accounts);
        if (pass === 0) await putBalances(work, accounts);
      }
      if (kind === "o") fold.openHolds(holdsIn(bytes));
      if (kind !== "B") continue;
      take(work.bookId, fold, some, bytes.subarray(HASH_BYTES), pass === 0);
      if (some.upTo - some.after < ITEMS_PER_COMMIT) continue;
      await put(work, some);
      done += some.upTo - some.after;
      options.onProgress?.(done, proved.entries * passes);
      some = newSome(some.upTo);
    }
    await put(work, some);
  }
}

/** What some batches in a row have to give back. */
interface Some {
  readonly after: number;
  upTo: number;
  readonly words: WordsOfEntry[];
  readonly versions: MadeVersion[];
}

function newSome(after: number): Some {
  return { after, upTo: after, words: [], versions: [] };
}

function take(bookId: number, fold: FileFold, some: Some, body: Buffer, withWords: boolean): void {
  const prevSeq = Number(body.readBigInt64BE(0));
  const rows = rowsOf(prevSeq, body);
  fold.batch(prevSeq, rows);
  some.versions.push(...fold.madeInBatch());
  some.upTo = prevSeq + rows.length;
  if (!withWords) return;
  const columns = bodyOf(body);
  const text = (name: string, i: number): string | null => {
    const column = columns.get(name);
    return column === undefined || column.isNull(i) ? null : column.text(i);
  };
  for (const [i, { seq }] of rows.entries()) {
    some.words.push({
      bookId,
      seq,
      reference: text("reference", i),
      metadata: text("metadata", i),
      by: text("by_key", i),
      request: text("request", i),
      rule: text("rule", i),
    });
  }
}

async function put(work: PuttingBack, { after, upTo, words, versions }: Some): Promise<void> {
  const { database, bookId } = work;
  const stretch = { book: bookId, after: BigInt(after), upTo: BigInt(upTo) };
  const { seqs } = await database.one(slimSeqs, stretch);
  const slim = new Set(integersOf(packedAt(seqs)));
  const items = words.filter(({ seq }) => slim.has(seq));
  await inSteps(work, items, (step, some) => step.write(putWords, ...some));
  await putBalances(work, versions);
}

async function putBalances(work: PuttingBack, versions: readonly MadeVersion[]): Promise<void> {
  const { database, bookId } = work;
  if (versions.length === 0) return;
  const there = await database.one(versionsThere, {
    book: bookId,
    accounts: versions.map(({ account }) => BigInt(account)),
    seqs: versions.map(({ seq }) => BigInt(seq)),
  });
  const places = new Set(integersOf(packedAt(there.places)));
  // Places count from 1, as ordinality does.
  const missing = versions.filter((_, i) => !places.has(i + 1));
  const items = missing.map((version) => ({ ...version, bookId }));
  await inSteps(work, items, (step, some) => step.write(putVersions, ...some));
}

type Step = ReturnType<typeof unit>;

async function inSteps<Item>(
  work: PuttingBack,
  items: readonly Item[],
  write: (step: Step, some: readonly Item[]) => Step,
): Promise<void> {
  const place = placeOf(work);
  for (let at = 0; at < items.length; at += ITEMS_PER_COMMIT) {
    const step = unit(`put-back/${place.bookId}/${place.throughSeq}/${at}`);
    const some = items.slice(at, at + ITEMS_PER_COMMIT);
    await commit(work.lane, write(step.guard(slimAsRead, place), some), work.book);
    await work.faults.at(stepDone);
  }
}

/** Its row goes, and the holds that are kept are those of the archive before. */
async function end(work: PuttingBack): Promise<void> {
  const { bookId, proved, database, options } = work;
  const place = placeOf(work);
  const before: number[] = [];
  for await (const { kind, bytes } of readFrames(options.from)) {
    if (kind === "o") before.push(...holdsIn(bytes).map(({ seq }) => seq));
    if (kind === "B") break;
  }
  const { seqs } = await database.one(holdsKept, { book: bookId });
  const kept = new Set(integersOf(packedAt(seqs)));
  const own = [...kept].filter((seq) => seq > proved.header.afterSeq);
  const gone = before.filter((seq) => !kept.has(seq));
  const last = unit(`put-back/${bookId}/${place.throughSeq}/end`)
    .guard(slimAsRead, place)
    .write(letHoldsGo, ...own.map((seq) => ({ bookId, seq })))
    .write(keepHolds, ...gone.map((seq) => ({ bookId, seq })))
    .write(removeArchive, place);
  await commit(work.lane, last, work.book);
}
