/**
 * As much of tar as a backup needs: plain files with their sizes. Source: POSIX.1-2024, pax, "ustar
 * Interchange Format".
 */
import { assert } from "../../base/index.ts";

export const BLOCK_BYTES = 512;

export interface TarEntry {
  readonly name: string;
  readonly size: number;
}

const NAME_BYTES = 100;
const SIZE_MAX = 0o77777777777;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

/** The block before a file's bytes. */
export function tarHeader({ name, size }: TarEntry): Buffer {
  assert(Buffer.byteLength(name) <= NAME_BYTES, `${name} is too long a name for tar`);
  assert(size <= SIZE_MAX, `${size} bytes are too many for tar`);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, "utf8");
  block.write("0000600\0", 100, "latin1");
  block.write("0000000\0", 108, "latin1");
  block.write("0000000\0", 116, "latin1");
  block.write(`${octal(size, 11)}\0`, 124, "latin1");
  block.write(`${octal(0, 11)}\0`, 136, "latin1");
  block.write("0", 156, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  block.write(`${octal(checksum(block), 6)}\0 `, CHECKSUM_AT, "latin1");
  return block;
}

/** Undefined: the end of the archive. Throws a RangeError for what is no header. */
export function readTarHeader(block: Buffer): TarEntry | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const told = Number.parseInt(block.toString("latin1", CHECKSUM_AT, CHECKSUM_AT + 6), 8);
  if (told !== checksum(block)) throw new RangeError("a header's checksum is wrong");
  const end = block.indexOf(0);
  const name = block.toString("utf8", 0, end === -1 ? NAME_BYTES : Math.min(end, NAME_BYTES));
  return { name, size: Number.parseInt(block.toString("latin1", 124, 135), 8) };
}

/** How many zeros follow a file of that size: blocks are always whole. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** Two empty blocks end the archive. */
export const tarEnd = Buffer.alloc(2 * BLOCK_BYTES);

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** The sum of all bytes, its own place counted as spaces. */
function checksum(block: Buffer): number {
  let sum = 0x20 * CHECKSUM_BYTES;
  for (const [at, byte] of block.entries()) {
    if (at < CHECKSUM_AT || at >= CHECKSUM_AT + CHECKSUM_BYTES) sum += byte;
  }
  return sum;
}
