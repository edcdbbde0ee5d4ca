/**
 * COPY's binary format, from arrays that are encoded already: both write a cell as its length (int32,
 * -1 for null) and its bytes, so rows are put together without looking at a value again.
 * Source: https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format".
 *
 * `copy` writes a page of rows as one log record where an insert writes one a row: a quarter less
 * work for the server in the ledger's journal (docs/inside/SPEED.md).
 */
import type pg from "pg";
import { assert } from "../base/index.ts";
import { ARRAY_HEADER_BYTES, timestamptzValue } from "./binary.ts";

/** A column of the rows: an array as `arrayOf` encodes it, or one value (binary) for all rows. */
export type CopyColumn = { readonly each: Buffer } | { readonly all: Buffer };

/** Rows for one table, ready for the wire. */
export interface Copy {
  readonly columns: readonly string[];
  readonly bytes: Buffer;
}

const SIGNATURE = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
/** A server counts what it received by whole messages: how it tells a slow sender from a frozen one. */
export const MESSAGE_BYTES = 65_536;
/** Past this a native copy is faster than one word after the other. */
const LONG_CELL = 96;

/** The rows of columns, by their names; a column that is null in every row may be left out. */
export function copyRows(count: number, named: Readonly<Record<string, CopyColumn>>): Copy {
  const columns = Object.keys(named);
  const cells = Object.values(named).map(cellsOf);
  let bytes = SIGNATURE.length + COUNT_BYTES + count * COUNT_BYTES;
  for (const { buffer, from, isSame } of cells)
    bytes += (buffer.length - from) * (isSame ? count : 1);
  const target = Buffer.allocUnsafe(bytes);
  SIGNATURE.copy(target);
  const end = writeRows(target, count, cells);
  target.writeInt16BE(NULL_LENGTH, end);
  assert(end + COUNT_BYTES === bytes, "every cell was written");
  return { columns, bytes: target };
}

interface Cells {
  readonly buffer: Buffer;
  readonly view: DataView;
  /** Where its next cell begins. */
  from: number;
  readonly isSame: boolean;
}

function cellsOf(column: CopyColumn): Cells {
  if ("each" in column) {
    const { each } = column;
    return { buffer: each, view: viewOf(each), from: ARRAY_HEADER_BYTES, isSame: false };
  }
  const { all } = column;
  const buffer = Buffer.allocUnsafe(LENGTH_BYTES + all.length);
  buffer.writeInt32BE(all.length);
  all.copy(buffer, LENGTH_BYTES);
  return { buffer, view: viewOf(buffer), from: 0, isSame: true };
}

/** Answers where the rows end. */
function writeRows(target: Buffer, count: number, columns: readonly Cells[]): number {
  const view = viewOf(target);
  let at = SIGNATURE.length;
  for (let row = 0; row < count; row++) {
    view.setInt16(at, columns.length);
    at += COUNT_BYTES;
    for (const column of columns) at = writeCell(target, view, at, column);
  }
  return at;
}

function writeCell(target: Buffer, view: DataView, at: number, column: Cells): number {
  const { view: source, from } = column;
  const length = source.getInt32(from);
  const bytes = LENGTH_BYTES + (length === NULL_LENGTH ? 0 : length);
  if (bytes > LONG_CELL) column.buffer.copy(target, at, from, from + bytes);
  else {
    let done = 0;
    for (; done + 4 <= bytes; done += 4) view.setInt32(at + done, source.getInt32(from + done));
    for (; done < bytes; done++) view.setUint8(at + done, source.getUint8(from + done));
  }
  if (!column.isSame) column.from = from + bytes;
  return at + bytes;
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** One value of every row, in binary. */
export const binaryOf = {
  int4(value: number): Buffer {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeInt32BE(value);
    return bytes;
  },
  timestamptz: timestamptzValue,
};

interface CopyConnection {
  readonly stream: { cork(): void; uncork(): void };
  query(text: string): void;
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}
interface CopyQuery {
  submit(connection: CopyConnection): null;
  handleCopyInResponse(): void;
}
type CopyQueryClass = new (
  config: { text: string },
  values: undefined,
  callback: (error: Error | null, result?: pg.QueryResult) => void,
) => CopyQuery;

/**
 * Sends the rows right behind the statement, without waiting for the server's word that it will take
 * them, so that it fits into a pipeline: a server that refused the statement skips them, as the
 * protocol asks of it. The driver knows no such call; what is used here of it is tested.
 */
export function sendCopy(
  client: pg.ClientBase,
  text: string,
  bytes: Buffer,
): Promise<pg.QueryResult> {
  // The class of the client's own driver: it may be the user's, and another version than ours.
  const { Query } = client.constructor as unknown as { Query: CopyQueryClass };
  return new Promise((resolve, reject) => {
    const query = new Query({ text }, undefined, (error, result) => {
      if (error === null) resolve(result as pg.QueryResult);
      else reject(error);
    });
    query.submit = (connection) => {
      connection.stream.cork();
      connection.query(text);
      for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) {
        connection.sendCopyFromChunk(bytes.subarray(at, at + MESSAGE_BYTES));
      }
      connection.endCopyFrom();
      connection.stream.uncork();
      return null;
    };
    query.handleCopyInResponse = () => undefined;
    client.query(query as unknown as pg.Submittable);
  });
}
