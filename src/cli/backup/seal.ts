/**
 * The last hundred bytes of a backup: an empty gzip member whose comment is the SHA-256 of everything
 * before it. Every tool that unpacks gzip passes over it; a file that was cut short lacks it, and one
 * that was altered anywhere does not fit it. Source: RFC 1952.
 */
import { createHash } from "node:crypto";

const HEAD = Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff]);
const WORDS = "longmen sha256 ";
/** An empty block, and the sum and size of nothing. */
const TAIL = Buffer.from([0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const HASH_DIGITS = 64;
export const SEAL_BYTES = HEAD.length + WORDS.length + HASH_DIGITS + TAIL.length;

/** The seal of what has this hash, as 64 hexadecimal digits. */
export function sealOf(hash: string): Buffer {
  return Buffer.concat([HEAD, Buffer.from(WORDS + hash, "latin1"), TAIL]);
}

/** Passes bytes on and puts their seal behind them; tells the hash when it is done. */
export async function* sealing(
  source: AsyncIterable<Buffer>,
  onSealed: (hash: string, bytes: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  const digits = hash.digest("hex");
  yield sealOf(digits);
  onSealed(digits, bytes + SEAL_BYTES);
}

/** Whether the end of a file is a seal at all. */
export function isSeal(end: Buffer): boolean {
  const digits = end.toString("latin1", HEAD.length + WORDS.length, SEAL_BYTES - TAIL.length);
  return /^[0-9a-f]{64}$/.test(digits) && end.equals(sealOf(digits));
}

/**
 * Passes on what is before the seal; throws what `broken` makes of a problem when the seal is missing
 * or does not fit. What was passed on until then must not be relied on.
 */
export async function* unsealing(
  source: AsyncIterable<Buffer>,
  broken: (problem: string) => Error,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const all = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const passed = Math.max(0, all.length - SEAL_BYTES);
    kept = Buffer.from(all.subarray(passed));
    if (passed === 0) continue;
    hash.update(all.subarray(0, passed));
    yield all.subarray(0, passed);
  }
  if (!isSeal(kept)) throw broken("its end is missing, or it never was a backup");
  if (!kept.equals(sealOf(hash.digest("hex")))) throw broken("some of it is not what was written");
}
