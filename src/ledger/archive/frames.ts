/**
 * The file of an archive: gzip, and inside it a word and frames of a letter, a length (uint32,
 * big-endian) and bytes. docs/operate/archive.md tells what stands in them.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { fail } from "../../base/index.ts";
import { archiveErrors } from "./archive.errors.ts";

/**
 * H header · A assets · O accounts before · o holds before · B a batch · P the end of a part · C accounts after ·
 * c holds after · E end.
 */
export type FrameKind = "H" | "A" | "O" | "o" | "B" | "P" | "C" | "c" | "E";

export interface Frame {
  readonly kind: string;
  readonly bytes: Buffer;
}

const MAGIC = Buffer.from("longmen.archive.1\0", "latin1");
const HEAD_BYTES = 5;
/** A batch has at most 8,192 entries of a few KiB each; a longer frame is damage. */
const FRAME_MAX_BYTES = 512 * 2 ** 20;

export function frame(kind: FrameKind, bytes: Buffer): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.write(kind, "latin1");
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/**
 * Writes the frames and has them on the disk when it answers. Refuses: ledger.archive_file_unwritable;
 * what the frames themselves throw goes through.
 */
export async function writeFrames(path: string, frames: AsyncIterable<Buffer>): Promise<void> {
  let fromFrames = false;
  async function* content() {
    try {
      yield MAGIC;
      yield* frames;
    } catch (error) {
      fromFrames = true;
      throw error;
    }
  }
  try {
    await pipeline(content, createGzip(), createWriteStream(path, { mode: 0o600, flush: true }));
  } catch (error) {
    if (fromFrames) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw fail(archiveErrors, "archive_file_unwritable", { file: path, problem }, error);
  }
}

/** What a file is as a whole, known when all of it was read. */
export interface FileFacts {
  sha256: Buffer;
  bytes: number;
}

/** Reads the frames in bounded memory. Refuses: ledger.archive_broken, ledger.archive_file_missing. */
export async function* readFrames(path: string, facts?: FileFacts): AsyncGenerator<Frame> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* raw(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path)) {
      const piece = chunk as Buffer;
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
  }
  try {
    yield* framesIn(path, unzipped(raw()));
  } catch (error) {
    throw nameOf(path, error);
  }
  if (facts === undefined) return;
  facts.sha256 = hash.digest();
  facts.bytes = bytes;
}

function nameOf(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = "", message, syscall }: NodeJS.ErrnoException = error;
  if (syscall !== undefined) {
    return fail(archiveErrors, "archive_file_missing", { file, problem: message }, error);
  }
  const isBroken = code.startsWith("Z_") || code === "ERR_BUFFER_OUT_OF_BOUNDS";
  return isBroken
    ? fail(archiveErrors, "archive_broken", { file, problem: message }, error)
    : error;
}

async function* unzipped(raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const fed = pipeline(raw, gunzip);
  // Whoever reads hears of it; without a listener it would end the process.
  fed.catch(() => undefined);
  for await (const chunk of gunzip) yield chunk as Buffer;
  await fed;
}

async function* framesIn(file: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const broken = (problem: string) => fail(archiveErrors, "archive_broken", { file, problem });
  let pieces: Buffer[] = [];
  let have = 0;
  let begun = false;
  /** The next bytes in one piece, if they are all there. */
  const take = (length: number): Buffer => {
    const whole = pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
    pieces = [whole.subarray(length)];
    have -= length;
    return whole.subarray(0, length);
  };
  let head: { kind: string; length: number } | undefined;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    have += chunk.length;
    if (!begun) {
      if (have < MAGIC.length) continue;
      if (!take(MAGIC.length).equals(MAGIC)) throw broken("it does not begin like one");
      begun = true;
    }
    for (;;) {
      if (head === undefined) {
        if (have < HEAD_BYTES) break;
        const bytes = take(HEAD_BYTES);
        head = { kind: bytes.toString("latin1", 0, 1), length: bytes.readUInt32BE(1) };
        if (head.length > FRAME_MAX_BYTES) throw broken("a frame is longer than any can be");
      }
      if (have < head.length) break;
      yield { kind: head.kind, bytes: take(head.length) };
      head = undefined;
    }
  }
  if (!begun || head !== undefined || have > 0) throw broken("it ends in the middle of a frame");
}
