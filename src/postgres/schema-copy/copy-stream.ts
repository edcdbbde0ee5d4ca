/**
 * COPY in both directions as pages of bytes, one after the other: what is read waits until it is
 * taken, what is sent waits until the server has taken it, so memory stays flat however long a table
 * is. The driver knows no such calls; what is used here of it is tested.
 */
import type { Duplex } from "node:stream";
import type pg from "pg";

/** Some rows of a table in COPY's binary format; the pages of one COPY put together are its stream. */
export interface CopyPage {
  readonly bytes: Buffer;
  /** How many rows end in it. */
  readonly rows: number;
}

interface CopyConnection {
  readonly stream: Duplex;
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}
interface CopyQuery {
  handleCopyData(message: { readonly chunk: Buffer }, connection: CopyConnection): void;
  handleCopyInResponse(connection: CopyConnection): void;
}
type CopyQueryClass = new (
  config: { text: string },
  values: undefined,
  callback: (error: Error | null, result?: pg.QueryResult) => void,
) => CopyQuery;

const PAGE_BYTES = 1_048_576;
const PAGES_WAITING_MAX = 4;

interface Ended {
  readonly error: Error | null;
  readonly count: number;
}

/**
 * The rows of `copy … to stdout (format binary)`. Whoever stops taking them in the middle loses the
 * connection: the server would go on sending. Errors come as the driver throws them.
 */
export async function* copyOut(client: pg.ClientBase, text: string): AsyncGenerator<CopyPage> {
  const { Query } = client.constructor as unknown as { Query: CopyQueryClass };
  const filled: CopyPage[] = [];
  const page = newPage();
  let told = 0;
  let stream: Duplex | undefined;
  let ended: Ended | undefined;
  let wake = (): void => undefined;
  const query = new Query({ text }, undefined, (error, result) => {
    ended = { error, count: result?.rowCount ?? 0 };
    wake();
  });
  query.handleCopyData = ({ chunk }, connection) => {
    stream = connection.stream;
    if (!page.fits(chunk)) filled.push(page.take());
    page.add(chunk);
    if (filled.length < PAGES_WAITING_MAX) return;
    stream.pause();
    wake();
  };
  client.query(query as unknown as pg.Submittable);
  // As a call, since the compiler can't see that the callback above sets it.
  const end = (): Ended | undefined => ended;
  try {
    while (end() === undefined || filled.length > 0) {
      const next = filled.shift();
      if (next !== undefined) {
        told += next.rows;
        yield next;
      } else {
        stream?.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (end() !== undefined || filled.length > 0) resolve();
        });
      }
    }
  } finally {
    if (end() === undefined) breakOff(client);
    // Its end may have come with what made it pause: whoever asks next must hear the answer.
    else stream?.resume();
  }
  const { error = null, count = 0 } = end() ?? {};
  if (error !== null) throw error;
  // The last message is the end mark and no row: the server's own count has the last word.
  yield { bytes: page.take().bytes, rows: count - told };
}

/** The driver's messages lie in a buffer that it uses again, so their bytes are copied at once. */
function newPage() {
  let bytes = Buffer.allocUnsafe(PAGE_BYTES);
  let size = 0;
  let rows = 0;
  return {
    fits: (chunk: Buffer) => size === 0 || size + chunk.length <= PAGE_BYTES,
    add(chunk: Buffer) {
      // One row may be longer than a page: then it is a page of its own.
      if (chunk.length > bytes.length) bytes = Buffer.allocUnsafe(chunk.length);
      chunk.copy(bytes, size);
      size += chunk.length;
      rows += 1;
    },
    take(): CopyPage {
      const full = { bytes: bytes.subarray(0, size), rows };
      bytes = Buffer.allocUnsafe(PAGE_BYTES);
      [size, rows] = [0, 0];
      return full;
    },
  };
}

function breakOff(client: pg.ClientBase): void {
  (client as unknown as { connection: CopyConnection }).connection.stream.destroy();
}

/**
 * Sends pages to `copy … from stdin (format binary)`; answers how many rows the server took. When
 * the pages end in an error, nothing of them is kept and that error is thrown.
 */
export function copyIn(
  client: pg.ClientBase,
  text: string,
  pages: AsyncIterable<CopyPage>,
): Promise<number> {
  const { Query } = client.constructor as unknown as { Query: CopyQueryClass };
  return new Promise((resolve, reject) => {
    let broken: { readonly cause: Error } | undefined;
    let over = false;
    let wake = (): void => undefined;
    const query = new Query({ text }, undefined, (error, result) => {
      over = true;
      wake();
      if (broken !== undefined) reject(broken.cause);
      else if (error !== null) reject(error);
      else resolve(result?.rowCount ?? 0);
    });
    const isOver = () => over;
    query.handleCopyInResponse = (connection) => {
      const drained = () =>
        new Promise<void>((go) => {
          wake = go;
          connection.stream.once("drain", go);
        });
      send(connection, pages, isOver, drained).catch((cause: Error) => {
        broken = { cause };
        if (!isOver()) connection.sendCopyFail("what was to be copied broke off");
      });
    };
    client.query(query as unknown as pg.Submittable);
  });
}

async function send(
  connection: CopyConnection,
  pages: AsyncIterable<CopyPage>,
  isOver: () => boolean,
  drained: () => Promise<void>,
): Promise<void> {
  for await (const { bytes } of pages) {
    if (isOver()) return;
    connection.sendCopyFromChunk(bytes);
    if (connection.stream.writableNeedDrain) await drained();
    if (isOver()) return;
  }
  connection.endCopyFrom();
}
