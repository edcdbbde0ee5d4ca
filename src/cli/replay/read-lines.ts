/** The lines of a text file, plain or gzip, in bounded memory. */
import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fail, LongmenError } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";

/** A longer line is cut there, and its row is malformed. */
export const LINE_MAX_LENGTH = 65_536;

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** Four bytes a sign at most. */
const LINE_MAX_BYTES = 4 * (LINE_MAX_LENGTH + 1);
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Reads a file's lines without their ends (LF or CRLF), many at a time, whatever its name: what is
 * gzip shows in its first two bytes. The text is UTF-8.
 * Refuses: cli.file_missing, cli.file_is_folder, cli.file_is_pipe, cli.file_forbidden,
 * cli.file_unreadable, cli.file_compression_broken, cli.file_not_utf8.
 */
export async function* readLines(path: string): AsyncGenerator<readonly string[]> {
  const zipped = await isGzip(path);
  const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const text = new PassThrough({ highWaterMark: CHUNK_BYTES });
  const pumped = zipped
    ? pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), text)
    : pipeline(source, text);
  // The error arrives through `text` as well; whoever stops reading early has no use for it.
  pumped.catch(() => undefined);
  try {
    yield* linesOf(path, text);
  } catch (error) {
    throw asFileError(path, error);
  } finally {
    source.destroy();
  }
}

async function* linesOf(path: string, bytes: PassThrough): AsyncGenerator<readonly string[]> {
  let begun: Buffer = Buffer.alloc(0);
  let isCut = false;
  let read = 0;
  const textOf = (whole: Buffer): string => {
    if (!isUtf8(whole)) {
      throw fail(cliErrors, "file_not_utf8", { path, line: read + firstOtherLine(whole) });
    }
    const text = whole.toString("utf8");
    return read === 0 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  };
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    const from = isCut ? chunk.indexOf(NEWLINE) : 0;
    if (from < 0) continue;
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) begun = Buffer.concat([begun, chunk]);
    else {
      const lines = textOf(Buffer.concat([begun, chunk.subarray(from, end)])).split("\n");
      yield lines.map(withoutReturn);
      read += lines.length;
      begun = chunk.subarray(end + 1);
    }
    isCut = begun.length > LINE_MAX_BYTES;
    if (isCut) begun = cut(begun);
  }
  if (begun.length > 0) yield [withoutReturn(textOf(begun))];
}

/** Of a line that is longer than a row may be no more is kept than shows it, to a whole sign. */
function cut(line: Buffer): Buffer {
  let end = LINE_MAX_BYTES;
  while (end > 0 && ((line[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return line.subarray(0, end);
}

/** The number, from 1, of the first line with bytes that are no UTF-8. */
function firstOtherLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; ; line++) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

async function isGzip(path: string): Promise<boolean> {
  try {
    const kind = await stat(path);
    // Before it is opened: a pipe that nobody writes to would keep us waiting.
    if (!kind.isFile() && !kind.isDirectory()) throw fail(cliErrors, "file_is_pipe", { path });
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer[0] === GZIP_MAGIC[0] && buffer[1] === GZIP_MAGIC[1];
    } finally {
      await file.close();
    }
  } catch (error) {
    throw asFileError(path, error);
  }
}

const namedReasons: Readonly<
  Record<string, "file_missing" | "file_is_folder" | "file_forbidden" | undefined>
> = {
  ENOENT: "file_missing",
  ENOTDIR: "file_missing",
  EISDIR: "file_is_folder",
  EACCES: "file_forbidden",
  EPERM: "file_forbidden",
};

/** Node's own words for what is wrong with a file, as a refusal with a name. */
export function asFileError(path: string, error: unknown): unknown {
  if (error instanceof LongmenError || !(error instanceof Error) || !("code" in error)) {
    return error;
  }
  const nodeCode = String(error.code);
  const named = namedReasons[nodeCode];
  if (named !== undefined) return fail(cliErrors, named, { path }, error);
  const reason = nodeCode.startsWith("Z_") ? "file_compression_broken" : "file_unreadable";
  return fail(cliErrors, reason, { path, problem: error.message }, error);
}
