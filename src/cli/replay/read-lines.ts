/** The lines of a text file, plain or gzip, in bounded memory. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { fail, LongmenError } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";

/** A longer line is cut there, and its row is malformed. */
export const LINE_MAX_LENGTH = 65_536;

const CHUNK_BYTES = 256 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b] as const;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Reads a file's lines without their ends (LF or CRLF), many at a time, whatever its name: what is
 * gzip shows in its first two bytes. The text is UTF-8; other bytes become replacement signs.
 * Refuses: cli.file_missing, cli.file_is_folder, cli.file_forbidden, cli.file_unreadable,
 * cli.file_compression_broken.
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
    yield* linesOf(text);
  } catch (error) {
    throw asFileError(path, error);
  } finally {
    source.destroy();
  }
}

async function* linesOf(text: PassThrough): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let begun = "";
  let first = true;
  for await (const chunk of text as AsyncIterable<Buffer>) {
    const parts = (begun + decoder.decode(chunk, { stream: true })).split("\n");
    // Cut at just past the limit: enough to see that it is too long, and no more is kept.
    begun = (parts.pop() ?? "").slice(0, LINE_MAX_LENGTH + 1);
    if (parts.length === 0) continue;
    if (first) parts[0] = withoutMark(parts[0] ?? "");
    first = false;
    yield parts.map(withoutReturn);
  }
  begun += decoder.decode();
  if (begun !== "") yield [withoutReturn(first ? withoutMark(begun) : begun)];
}

function withoutMark(line: string): string {
  return line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

async function isGzip(path: string): Promise<boolean> {
  try {
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
