/**
 * Many rows as few cells: a read may return each column as one bytea, `array_send(array_agg(col))`,
 * which the driver hands over whole and which is decoded here. Ten times faster than a cell per
 * value where thousands of rows are folded and thrown away, and for the hash chain the very bytes
 * that are hashed.
 *
 * Layout of an array: dimensions, has-nulls flag, element oid, length, lower bound (int32 each),
 * then each element's length (int32, -1 for null) and bytes. An empty array has no length.
 */
import { assert, type Instant } from "../base/index.ts";
import { BODY_HEADER_BYTES, hashedColumns, POSTGRES_EPOCH_MS } from "./hash.ts";

const TWO_32 = 4_294_967_296;
const LENGTH_AT = 12;
const ELEMENTS_AT = 20;
const EMPTY_BYTES = 12;

/** One array inside a buffer; elements are decoded when they are asked for. */
export interface Packed {
  readonly length: number;
  /** Where the array ends in its buffer. */
  readonly end: number;
  readonly isNull: (index: number) => boolean;
  readonly bigint: (index: number) => bigint;
  readonly integer: (index: number) => number;
  readonly instant: (index: number) => Instant;
  readonly text: (index: number) => string;
  /** A copy. */
  readonly bytes: (index: number) => Buffer;
}

/** Reads the array that starts at `start`. */
export function packedAt(buffer: Buffer, start = 0): Packed {
  if (buffer.readInt32BE(start) === 0) return view(buffer, new Int32Array(0), start + EMPTY_BYTES);
  const length = buffer.readInt32BE(start + LENGTH_AT);
  const places = new Int32Array(length);
  let at = start + ELEMENTS_AT;
  for (let i = 0; i < length; i++) {
    places[i] = at;
    at += 4 + Math.max(0, buffer.readInt32BE(at));
  }
  return view(buffer, places, at);
}

/** Reads a row of which every cell is an array. */
export function packedColumns<K extends string>(
  cells: Readonly<Record<K, Buffer>>,
): Readonly<Record<K, Packed>> {
  const columns = Object.entries<Buffer>(cells).map(([name, cell]) => [name, packedAt(cell)]);
  return Object.fromEntries(columns) as Record<K, Packed>;
}

function view(buffer: Buffer, places: Int32Array, end: number): Packed {
  const place = (index: number): number => {
    const at = places[index];
    assert(at !== undefined, "the index is inside the array");
    return at;
  };
  const bigint = (index: number): bigint => buffer.readBigInt64BE(place(index) + 4);
  return {
    length: places.length,
    end,
    isNull: (index) => buffer.readInt32BE(place(index)) === -1,
    bigint,
    integer: (index) => integerAt(buffer, place(index)),
    instant: (index) => Number(bigint(index) / 1_000n) + POSTGRES_EPOCH_MS,
    text: (index) => {
      const at = place(index);
      return buffer.toString("utf8", at + 4, at + 4 + buffer.readInt32BE(at));
    },
    bytes: (index) => {
      const at = place(index);
      return Buffer.from(buffer.subarray(at + 4, at + 4 + buffer.readInt32BE(at)));
    },
  };
}

/** bool, int2, int4, or an int8 that counts something (a seq), which is always a safe integer. */
function integerAt(buffer: Buffer, at: number): number {
  const bytes = buffer.readInt32BE(at);
  if (bytes === 1) return buffer.readUInt8(at + 4);
  if (bytes === 2) return buffer.readInt16BE(at + 4);
  if (bytes === 4) return buffer.readInt32BE(at + 4);
  return buffer.readInt32BE(at + 4) * TWO_32 + buffer.readUInt32BE(at + 8);
}

export function integersOf(column: Packed): number[] {
  return Array.from({ length: column.length }, (_, i) => column.integer(i));
}

/** The columns of a batch's body (statement `ledger.verifyBatches`); absent: null in every row. */
export type Body = ReadonlyMap<string, Packed>;

export function bodyOf(bytes: Buffer, names: readonly string[] = hashedColumns): Body {
  const columns = new Map<string, Packed>();
  let at = BODY_HEADER_BYTES;
  for (const name of names) {
    const mark = bytes.readUInt8(at);
    at += 1;
    if (mark === 0) continue;
    const column = packedAt(bytes, at);
    columns.set(name, column);
    at = column.end;
  }
  assert(at === bytes.length, "a body ends with its last column");
  return columns;
}
