/**
 * Many statements, one barrier. The driver ends every statement with a Sync, at which the server
 * answers and flushes, and describes what it is going to answer; for statements of a few rows that
 * costs both sides more than the statements. Here all go out with one Sync behind the last: what
 * follows one that failed is skipped by the server, as the protocol asks of it.
 * Source: https://www.postgresql.org/docs/18/protocol-flow.html, "Extended Query", "Pipelining".
 */
import type pg from "pg";
import { MESSAGE_BYTES } from "./copy.ts";
import { asPrepared } from "./prepared.ts";

export type BurstCell = string | null;

/** A statement with its parameters, or a `copy … from stdin (format binary)` with its rows. */
export type BurstPart = { readonly text: string; readonly name?: string | undefined } & (
  { readonly values: readonly (Buffer | string | null)[] } | { readonly copied: Buffer }
);

export interface BurstAnswer {
  /** Of each part that was carried out: its rows, cells as PostgreSQL's text. */
  readonly rows: BurstCell[][][];
  /** What kept part number `rows.length` and all behind it from being carried out. */
  readonly error?: Error;
}

interface Connection {
  readonly stream: { cork(): void; uncork(): void };
  close(what: { type: "S"; name: string }): void;
  parse(what: { name: string; text: string }): void;
  bind(what: { statement: string; values: readonly (Buffer | string | null)[] }): void;
  execute(what?: undefined): void;
  sync(): void;
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}

interface Query {
  submit(connection: Connection): null;
  handleDataRow(message: { readonly fields: BurstCell[] }): void;
  handleCommandComplete(): void;
  handleEmptyQuery(): void;
  handleCopyInResponse(): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}
type QueryClass = new (config: { text: string }, values: undefined, done: () => void) => Query;

/** The names that a session knows for certain, each of one text. */
const knownTo = new WeakMap<pg.ClientBase, Set<string>>();

function known(client: pg.ClientBase): Set<string> {
  let names = knownTo.get(client);
  if (names === undefined) knownTo.set(client, (names = new Set()));
  return names;
}

/**
 * Sends the parts in order. Never rejects. Not inside a transaction they are one of their own; a
 * transaction that is open stays open behind the Sync, or failed.
 */
export function sendBurst(
  client: pg.ClientBase,
  parts: readonly BurstPart[],
): Promise<BurstAnswer> {
  // The class of the client's own driver: a pipeline takes no other.
  const { Query } = client.constructor as unknown as { Query: QueryClass };
  const names = parts.map((part) => nameOf(client, part));
  return new Promise((resolve) => {
    const rows: BurstCell[][][] = [];
    let current: BurstCell[][] = [];
    const next = () => {
      rows.push(current);
      current = [];
    };
    const query = new Query({ text: "burst" }, undefined, () => undefined);
    query.submit = (connection) => {
      connection.stream.cork();
      parts.forEach((part, at) => sendPart(connection, part, names[at] ?? "", known(client)));
      connection.sync();
      connection.stream.uncork();
      return null;
    };
    query.handleDataRow = ({ fields }) => current.push(fields);
    query.handleCommandComplete = next;
    query.handleEmptyQuery = next;
    query.handleCopyInResponse = () => undefined;
    query.handleReadyForQuery = () => {
      remember(client, names, rows.length);
      resolve({ rows });
    };
    query.handleError = (error) => {
      remember(client, names, rows.length);
      resolve({ rows, error });
    };
    client.query(query as unknown as pg.Submittable);
  });
}

/** A `copy` has no name; how its columns are chosen leaves few texts. */
const copyNames = new Map<string, string>();
const COPY_NAMES_MAX = 256;

/** Names of its own: the driver keeps book of those that it has given. */
function nameOf(client: pg.ClientBase, part: BurstPart): string {
  const name = part.name ?? copyNames.get(part.text) ?? newCopyName(part.text);
  return name === "" ? "" : asPrepared(client, { name: `~${name}` }).name;
}

function newCopyName(text: string): string {
  if (copyNames.size >= COPY_NAMES_MAX) return "";
  const name = `copy-${copyNames.size + 1}`;
  copyNames.set(text, name);
  return name;
}

function sendPart(
  connection: Connection,
  part: BurstPart,
  name: string,
  knows: ReadonlySet<string>,
): void {
  if (name === "" || !knows.has(name)) {
    // A burst that is not answered yet may have made it, or may not: to close none is no error.
    if (name !== "") connection.close({ type: "S", name });
    connection.parse({ name, text: part.text });
  }
  connection.bind({ statement: name, values: "copied" in part ? [] : part.values });
  connection.execute();
  if (!("copied" in part)) return;
  for (let at = 0; at < part.copied.length; at += MESSAGE_BYTES) {
    connection.sendCopyFromChunk(part.copied.subarray(at, at + MESSAGE_BYTES));
  }
  connection.endCopyFrom();
}

/** The part that failed may have done so before it was there; those behind it were skipped. */
function remember(client: pg.ClientBase, names: readonly string[], done: number): void {
  const knows = known(client);
  names.forEach((name, at) => {
    if (at < done && name !== "") knows.add(name);
    else if (at === done) knows.delete(name);
  });
}
