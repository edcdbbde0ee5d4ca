import type { Instant } from "../base/index.ts";
import { assert } from "../base/index.ts";
import { arrayOf, OID, timestamptzValue, wellFormed } from "./binary.ts";

/**
 * How one column of a result is read.
 *
 * The driver hands cells over as text, whatever their format (its parser decodes every cell as
 * UTF-8, so binary cells arrive damaged). Text is exact for every type here: an int8 becomes a
 * bigint and never a float; dates are read in the ISO style that `openDatabase` insists on.
 */
export interface Column<T> {
  readonly oid: number;
  readonly type: string;
  readonly nullable: boolean;
  readonly parse: (cell: string) => T;
}

/** What the driver sends: text format for a string, binary format for a Buffer. */
export type Encoded = string | Buffer | null;

/** How one parameter is sent. `type` becomes the cast that stands in the statement's text. */
export interface Param<T> {
  readonly type: string;
  readonly encode: (value: T) => Encoded;
}

function column<T>(type: string, oid: number, parse: (cell: string) => T): Column<T> {
  return { type, oid, parse, nullable: false };
}

/** The same column where null is a value. */
export function orNull<T>(base: Column<T>): Column<T | null> {
  return { ...base, nullable: true };
}

function param<T>(type: string, encode: (value: T) => Encoded): Param<T> {
  return { type, encode };
}

/** The same parameter where null is a value. */
export function nullable<T>(base: Param<T>): Param<T | null> {
  return { type: base.type, encode: (value) => (value === null ? null : base.encode(value)) };
}

const DIGIT_ZERO = 48;

function digits(cell: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = cell.charCodeAt(i) - DIGIT_ZERO;
    assert(digit >= 0 && digit <= 9, `timestamptz is not in ISO style: ${cell}`);
    value = value * 10 + digit;
  }
  return value;
}

/** `2010-12-01 08:26:00.123456+05:30` in milliseconds since the epoch; microseconds are cut off. */
export function parseTimestamptz(cell: string): Instant {
  let at = 19;
  let millis = 0;
  if (cell.charAt(at) === ".") {
    let scale = 100;
    for (at++; at < cell.length && cell.charCodeAt(at) >= DIGIT_ZERO; at++, scale /= 10) {
      if (scale >= 1) millis += digits(cell, at, 1) * scale;
    }
  }
  const sign = cell.charAt(at);
  assert(sign === "+" || sign === "-", `timestamptz outside years 1 to 9999: ${cell}`);
  const [hours = 0, minutes = 0, seconds = 0] = cell
    .slice(at + 1)
    .split(":")
    .map(Number);
  const offsetMs = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  assert(Number.isInteger(offsetMs), `timestamptz outside years 1 to 9999: ${cell}`);
  const local = new Date(0);
  local.setUTCFullYear(digits(cell, 0, 4), digits(cell, 5, 2) - 1, digits(cell, 8, 2));
  local.setUTCHours(digits(cell, 11, 2), digits(cell, 14, 2), digits(cell, 17, 2), millis);
  return sign === "+" ? local.getTime() - offsetMs : local.getTime() + offsetMs;
}

function parseBytea(cell: string): Buffer {
  assert(cell.startsWith("\\x"), "bytea is not in hex format");
  return Buffer.from(cell.slice(2), "hex");
}

function integerText(value: number): string {
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not an integer`);
  return value.toString();
}

const int8 = column("int8", OID.int8, BigInt);
const int4 = column("int4", OID.int4, Number);
const int2 = column("int2", OID.int2, Number);
const text = column("text", OID.text, (cell) => cell);
const bool = column("bool", OID.bool, (cell) => cell === "t");
const timestamptz = column("timestamptz", OID.timestamptz, parseTimestamptz);
const bytea = column("bytea", OID.bytea, parseBytea);
const json = column("json", OID.json, (cell) => cell);

/**
 * Result columns. int8 is a bigint, timestamptz an Instant (ms), json its text (parse it at the
 * door that knows its shape), bytea a Buffer. Columns that may be null end in `Null`.
 */
export const as = {
  int8,
  int4,
  int2,
  text,
  bool,
  timestamptz,
  bytea,
  json,
  int8Null: orNull(int8),
  int4Null: orNull(int4),
  int2Null: orNull(int2),
  textNull: orNull(text),
  boolNull: orNull(bool),
  timestamptzNull: orNull(timestamptz),
  byteaNull: orNull(bytea),
  jsonNull: orNull(json),
};

const int8Param = param<bigint>("int8", (value) => value.toString());
const int4Param = param<number>("int4", integerText);
const int2Param = param<number>("int2", integerText);
const textParam = param<string>("text", wellFormed);
const boolParam = param<boolean>("bool", (value) => (value ? "t" : "f"));
const timestamptzParam = param<Instant>("timestamptz", timestamptzValue);
const byteaParam = param<Buffer>("bytea", (value) => value);
const jsonParam = param<string>("json", wellFormed);

/**
 * Parameters. Plural names are arrays (encoded in binary, nulls allowed inside); names that end in
 * `Null` take null. The same shapes as the columns: bigint, Instant (ms), JSON text, Buffer.
 */
export const arg = {
  int8: int8Param,
  int4: int4Param,
  int2: int2Param,
  text: textParam,
  bool: boolParam,
  timestamptz: timestamptzParam,
  bytea: byteaParam,
  json: jsonParam,
  int8Null: nullable(int8Param),
  int4Null: nullable(int4Param),
  int2Null: nullable(int2Param),
  textNull: nullable(textParam),
  boolNull: nullable(boolParam),
  timestamptzNull: nullable(timestamptzParam),
  byteaNull: nullable(byteaParam),
  jsonNull: nullable(jsonParam),
  int8s: param<readonly (bigint | null)[]>("int8[]", arrayOf.int8),
  int4s: param<readonly (number | null)[]>("int4[]", arrayOf.int4),
  int2s: param<readonly (number | null)[]>("int2[]", arrayOf.int2),
  texts: param<readonly (string | null)[]>("text[]", arrayOf.text),
  bools: param<readonly (boolean | null)[]>("bool[]", arrayOf.bool),
  timestamptzs: param<readonly (Instant | null)[]>("timestamptz[]", arrayOf.timestamptz),
  byteas: param<readonly (Uint8Array | null)[]>("bytea[]", arrayOf.bytea),
  jsons: param<readonly (string | null)[]>("json[]", arrayOf.json),
};
