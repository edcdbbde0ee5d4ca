/** Writes a stretch of a book into a file, part by part. */
import { fail, toRfc3339, type Instant } from "../../base/index.ts";
import { archiveErrors } from "./archive.errors.ts";
import { frame, writeFrames } from "./frames.ts";
import { keptOfBody, PartDigest } from "./kept.ts";
import { accountPages, assetPages, holdPages } from "./state.ts";
import type { Reader } from "../reader.ts";
import type { Link } from "../verify-journal.ts";
import { batchBodies, nextLinks } from "../verify.sql.ts";

export const PART_ENTRIES = 4_096;
const LINKS_PER_STATEMENT = 1_000;

export interface Stretch {
  readonly bookId: number;
  readonly book: string;
  readonly afterSeq: number;
  readonly afterHash: Buffer;
  readonly throughSeq: number;
  readonly throughHash: Buffer;
  readonly at: Instant;
  readonly accounts: number;
}

export interface ArchiveHeader {
  readonly format: 1;
  readonly book: string;
  readonly afterSeq: number;
  readonly afterHash: string;
  readonly throughSeq: number;
  readonly throughHash: string;
  /** The time of the last batch. */
  readonly at: string;
  /** Of the book, opened up to its end. */
  readonly accounts: number;
}

type Progress = ((done: number, total: number) => void) | undefined;

/** In bounded memory: a part of entries and a page of accounts at a time. */
export function writeStretch(
  database: Reader,
  path: string,
  stretch: Stretch,
  onProgress?: Progress,
  signal?: AbortSignal,
): Promise<void> {
  return writeFrames(path, framesOf(database, stretch, onProgress, signal));
}

async function* framesOf(
  database: Reader,
  stretch: Stretch,
  onProgress: Progress,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const { bookId, afterSeq, throughSeq } = stretch;
  yield frame("H", Buffer.from(JSON.stringify(headerOf(stretch)), "utf8"));
  for await (const page of assetPages(database, bookId, throughSeq)) yield frame("A", page);
  yield* stateFrames(database, bookId, "before", 0, afterSeq);
  for await (const links of parts(database, bookId, afterSeq, throughSeq)) {
    signal?.throwIfAborted();
    yield* partFrames(database, bookId, links);
    onProgress?.((links.at(-1)?.lastSeq ?? afterSeq) - afterSeq, throughSeq - afterSeq);
  }
  yield* stateFrames(database, bookId, "after", afterSeq, throughSeq);
  yield frame("E", Buffer.alloc(0));
}

function headerOf(stretch: Stretch): ArchiveHeader {
  const { book, afterSeq, afterHash, throughSeq, throughHash, at, accounts } = stretch;
  return {
    format: 1,
    book,
    afterSeq,
    afterHash: afterHash.toString("hex"),
    throughSeq,
    throughHash: throughHash.toString("hex"),
    at: toRfc3339(at),
    accounts,
  };
}

/** Holds that an archive before has left open are known by their table, younger ones by a look. */
async function* stateFrames(
  database: Reader,
  bookId: number,
  when: "before" | "after",
  known: number,
  seq: number,
): AsyncGenerator<Buffer> {
  const accounts = accountPages(database, bookId, seq);
  for await (const page of accounts) yield frame(when === "before" ? "O" : "C", page);
  const from = when === "before" ? seq : known;
  for await (const page of holdPages(database, bookId, from, seq)) {
    yield frame(when === "before" ? "o" : "c", page);
  }
}

async function* partFrames(database: Reader, book: number, links: readonly Link[]) {
  const lastSeqs = links.map((link) => BigInt(link.lastSeq));
  const bodies = await database.run(batchBodies, { book, lastSeqs });
  const digest = new PartDigest();
  for (const [place, link] of links.entries()) {
    const body = bodies[place]?.body;
    if (body === undefined) throw missing(link);
    digest.add(link.hash, keptOfBody(body));
    yield frame("B", Buffer.concat([link.hash, body]));
  }
  const last = Buffer.allocUnsafe(8);
  last.writeBigInt64BE(lastSeqs.at(-1) ?? 0n);
  yield frame("P", Buffer.concat([last, digest.take()]));
}

function missing({ lastSeq }: Link) {
  const problem = `the batch that ends at ${lastSeq} is gone`;
  return fail(archiveErrors, "archive_broken", { file: "the book", problem });
}

/** Batches that follow each other, a part of entries at a time. */
export async function* parts(
  database: Reader,
  book: number,
  after: number,
  upTo: number,
): AsyncGenerator<readonly Link[]> {
  let part: Link[] = [];
  for (let from = BigInt(after); ;) {
    const asked = { book, after: from, upTo: BigInt(upTo), most: LINKS_PER_STATEMENT };
    const rows = await database.run(nextLinks, asked);
    const last = rows.at(-1);
    if (last === undefined) break;
    for (const row of rows) {
      const link = { ...row, prevSeq: Number(row.prevSeq), lastSeq: Number(row.lastSeq) };
      const first = part[0] ?? link;
      if (part.length > 0 && link.lastSeq - first.prevSeq > PART_ENTRIES) {
        yield part;
        part = [];
      }
      part.push(link);
    }
    from = last.lastSeq;
  }
  if (part.length > 0) yield part;
}
