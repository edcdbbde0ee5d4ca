import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { FaultPlan, manualClock } from "../../base/index.ts";
import type { Book, Entry } from "../book.ts";
import { archiveBook } from "../index.ts";
import { BEGAN_AT, randomBook, type RandomBook } from "../testing/random-book.ts";
import type { ArchiveOptions, ArchiveReport } from "./archive-options.ts";

const DAY = 86_400_000;
const LATER = manualClock(BEGAN_AT + 400 * DAY);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "longmen-archive-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function made(seed: number, rounds = 60): Promise<RandomBook> {
  const book = await randomBook({ seed, rounds });
  onTestFinished(() => book.close());
  return book;
}

/** A time between two batches, with about a share of the entries before it. */
async function timeAt({ book }: RandomBook, share: number): Promise<number> {
  const { seq } = await book.head();
  const entries = await everything(book);
  const entry = entries[Math.floor(seq * share)];
  if (entry === undefined) throw new Error("the book is empty");
  return entry.at;
}

async function everything(book: Book): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = await book.history(
      { refusals: true },
      { order: "oldest", limit: 1_000, ...(cursor === undefined ? {} : { cursor }) },
    );
    all.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

async function archive(
  { test: on, book }: RandomBook,
  before: number,
  to: string,
  more: Partial<ArchiveOptions> = {},
): Promise<ArchiveReport> {
  return archiveBook(on.database, book.name, {
    before,
    to: join(folder, to),
    clock: LATER, onProgress: (...x) => process.env["T"] && console.error(...x),
    ...more,
  });
}

const verified = { verified: true, findings: [] };

describe("an archived book", () => {
  test("P4 keeps its hash and balances, and verifies, alone and with its file", async () => {
    const it = await made(21);
    const head = await it.book.head();
    const balances = (await it.book.accounts({}, { limit: 1_000 })).items;
    const before = await timeAt(it, 0.6);
    const told = await archive(it, before, "one.lma");
    expect(told).toMatchObject({ outcome: "archived", afterSeq: 0 });
    expect(told.throughSeq).toBeGreaterThan(50);
    expect(await it.book.verify()).toMatchObject({ ...verified, archivedThrough: told.throughSeq });
    const archives = [join(folder, "one.lma")];
    const report = await it.book.verify({ archives, expectHead: told.hash });
    expect(report).toMatchObject(verified);
    expect(report.archives).toMatchObject([{ throughSeq: told.throughSeq, proved: true }]);
    expect(await it.book.head()).toEqual(head);
    expect((await it.book.accounts({}, { limit: 1_000 })).items).toEqual(balances);
  });
});
