/** For tests: random books that are archived, and what is asked of them before and after. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { manualClock } from "../../base/index.ts";
import { archiveBook } from "../archive/archive-book.ts";
import type { ArchiveOptions, ArchiveReport } from "../archive/archive-options.ts";
import type { Book, Entry } from "../book.ts";
import type { Request } from "../transfer.ts";
import { BEGAN_AT, randomBook, type RandomBook } from "./random-book.ts";

const DAY_MS = 86_400_000;
/** Long after everything that a random book has. */
export const LONG_AFTER = manualClock(BEGAN_AT + 400 * DAY_MS);

export async function bookOf(seed: number, rounds = 60): Promise<RandomBook> {
  const book = await randomBook({ seed, rounds });
  onTestFinished(() => book.close());
  return book;
}

/** A folder that goes with the test. */
export function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), "longmen-archive-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The whole journal, refusals included. */
export async function journalOf(book: Book): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = await book.history(
      { refusals: true },
      { order: "oldest", limit: 1_000, ...(cursor === undefined ? {} : { cursor }) },
    );
    all.push(...page.items);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return all;
}

/** A time with about this share of the entries before it. */
export async function timeAt({ book }: RandomBook, share: number): Promise<number> {
  const entries = await journalOf(book);
  const entry = entries[Math.floor(entries.length * share)];
  if (entry === undefined) throw new Error("the book is empty");
  return entry.at;
}

export function archiveTo(
  { test, book }: RandomBook,
  before: number,
  to: string,
  more: Partial<ArchiveOptions> = {},
): Promise<ArchiveReport> {
  return archiveBook(test.database, book.name, { before, to, clock: LONG_AFTER, ...more });
}

/** The request that an entry came from, as far as the entry tells. */
export function requestOf(entry: Entry, ids: ReadonlyMap<number, string>): Request | undefined {
  const { id, kind, asset = "", debit = "", credit = "", amount = 0n } = entry;
  const { code, reference, metadata, effectiveAt } = entry;
  const words = { code, reference, metadata, effectiveAt };
  switch (kind) {
    case "transfer":
    case "pending": {
      const { timeoutMs, balancing } = entry;
      const movement = { id, asset, debit, credit, amount: entry.requested ?? amount, balancing };
      if (kind === "transfer") return { ...movement, ...words };
      return { ...movement, ...words, kind, timeoutMs };
    }
    case "post":
    case "void": {
      const pendingId = ids.get(entry.pendingSeq ?? 0);
      if (pendingId === undefined) return undefined;
      return { kind, id, pendingId, amount: entry.requested, ...words };
    }
    case "bound":
      return { kind, id, path: debit, asset, bound: entry.amount ?? "none" };
    case "close":
    case "reopen":
      return { kind, id, path: debit, asset };
    default:
      return undefined;
  }
}
