/**
 * A batch as columns in PostgreSQL's own binary form: what is sent, and what is hashed. The hash is
 * SHA-256 over documented bytes (docs/concepts/ledger.md, "The hash chain"): anyone can compute it
 * in SQL from array_send(array_agg(column order by seq)).
 */
import { arrayOf } from "../postgres/index.ts";
import { isBurnt, type Row } from "./booked.ts";
import { batchHash, type BatchLink } from "./hash.ts";
import { balancingNumbers, entryKinds, sideNumbers, STATUS_CREATED } from "./entry.ts";
import { refusalCodes } from "./refusal.ts";
import type { Described, Request } from "./transfer.ts";

export type EntryColumns = ReturnType<typeof encodeEntries>;

type Pick<T> = (row: Row) => T | undefined;

function column<T>(
  rows: readonly Row[],
  pick: Pick<T>,
  encode: (values: readonly (T | null)[]) => Buffer,
): Buffer | null {
  // Most columns are empty in most batches, and make no array.
  let values: (T | null)[] | undefined;
  for (let place = 0; place < rows.length; place++) {
    const value = pick(rows[place] as Row);
    if (value === undefined) continue;
    values ??= new Array<T | null>(rows.length).fill(null);
    values[place] = value;
  }
  return values === undefined ? null : encode(values);
}

const int8 = (rows: readonly Row[], pick: Pick<bigint>) => column(rows, pick, arrayOf.int8);
const whole = (rows: readonly Row[], pick: Pick<number>) => column(rows, pick, arrayOf.int8Number);
const int2 = (rows: readonly Row[], pick: Pick<number>) => column(rows, pick, arrayOf.int2);
const text = (rows: readonly Row[], pick: Pick<string>) => column(rows, pick, arrayOf.text);
const instant = (rows: readonly Row[], pick: Pick<number>) =>
  column(rows, pick, arrayOf.timestamptz);

/** In the order of the hash; null: null in every row. */
export function encodeEntries(rows: readonly Row[]) {
  return {
    id: text(rows, (row) => row.id),
    kind: int2(rows, (row) => entryKinds[row.kind]),
    status: int2(rows, statusOf),
    asset: whole(rows, (row) => row.asset),
    debit: whole(rows, (row) => row.debit),
    credit: whole(rows, (row) => row.credit),
    amount: int8(rows, amountOf),
    requested: int8(rows, requestedOf),
    balancing: int2(rows, balancingOf),
    pendingSeq: whole(rows, (row) => (isBurnt(row) ? undefined : row.pendingSeq)),
    timeoutMs: whole(rows, timeoutOf),
    expiresAt: instant(rows, (row) => (isBurnt(row) ? undefined : row.expiresAt)),
    code: column(rows, (row) => wordOf(row, "code"), arrayOf.int4),
    chain: text(rows, (row) => row.place?.chain),
    chainIndex: int2(rows, (row) => row.place?.index),
    chainLength: int2(rows, (row) => row.place?.length),
    reference: text(rows, (row) => wordOf(row, "reference")),
    metadata: column(rows, (row) => wordOf(row, "metadata"), arrayOf.json),
    effectiveAt: instant(rows, (row) => describedOf(row)?.effectiveAt),
    byKey: text(rows, (row) => row.context?.by),
    request: text(rows, (row) => row.context?.request),
    rule: text(rows, (row) => row.context?.rule),
    named: text(rows, namedOf),
  };
}

function requestOf(row: Row): Request {
  return row.request;
}

function statusOf(row: Row): number {
  return isBurnt(row) ? refusalCodes[row.burnt].number : STATUS_CREATED;
}

/** What moved; a bound event's new bound; nothing for closing and assets. */
function amountOf(row: Row): bigint | undefined {
  const request = requestOf(row);
  switch (row.kind) {
    case "open":
    case "bound": {
      const bound = (request as { bound?: bigint | "none" }).bound ?? 0n;
      return bound === "none" ? undefined : bound;
    }
    case "close":
    case "reopen":
    case "asset":
      return undefined;
    default:
      return isBurnt(row) ? (request as { amount?: bigint }).amount : row.amount;
  }
}

/** What was asked, where it may differ from what moved. */
function requestedOf(row: Row): bigint | undefined {
  const request = requestOf(row);
  if (row.kind === "post" || row.kind === "void") return (request as { amount?: bigint }).amount;
  const { balancing, amount } = request as { balancing?: string; amount?: bigint };
  return balancing === undefined ? undefined : amount;
}

/** Balancing of a movement; of an opening the side; of an asset its refusal policy. */
function balancingOf(row: Row): number | undefined {
  const request = requestOf(row);
  switch (request.kind) {
    case "open":
      return sideNumbers[request.side];
    case "asset":
      return request.refusals === "window" ? 2 : 1;
    case undefined:
    case "transfer":
    case "pending":
      return request.balancing === undefined ? undefined : balancingNumbers[request.balancing];
    default:
      return undefined;
  }
}

function timeoutOf(row: Row): number | undefined {
  const request = requestOf(row);
  return request.kind === "pending" ? request.timeoutMs : undefined;
}

function describedOf(row: Row): Described | undefined {
  return row.kind === "expire" ? undefined : (requestOf(row) as Described);
}

function wordOf<K extends "code" | "reference" | "metadata">(row: Row, key: K): Described[K] {
  const own = describedOf(row)?.[key];
  return own ?? (isBurnt(row) ? undefined : row.inherited?.[key]);
}

function namedOf(row: Row): string | undefined {
  const request = requestOf(row);
  if (isBurnt(row)) return namedInVain(row, request);
  if (row.kind === "open") return (request as { path?: string }).path;
  return row.kind === "asset" ? (request as { asset?: string }).asset : undefined;
}

/** Of a refused request the names that led nowhere, so that what was asked can still be told. */
function namedInVain(row: Row, request: Request): string | undefined {
  const asked: Partial<Record<"debit" | "credit" | "path" | "pendingId" | "asset", unknown>> =
    request;
  const names: Record<string, unknown> = {};
  if (row.debit === undefined && asked.debit !== undefined) names["debit"] = asked.debit;
  if (row.credit === undefined && asked.credit !== undefined) names["credit"] = asked.credit;
  if (row.debit === undefined && asked.path !== undefined) names["path"] = asked.path;
  if (asked.pendingId !== undefined) names["pendingId"] = asked.pendingId;
  if (row.asset === undefined && asked.asset !== undefined) names["asset"] = asked.asset;
  return Object.keys(names).length === 0 ? undefined : JSON.stringify(names);
}

/** The next link of the hash chain. */
export function hashEntries(link: BatchLink, columns: EntryColumns): Buffer {
  // The columns stand in the order of the hash: hash.ts names them, a test compares.
  return batchHash(
    link,
    Object.values(columns).map((column) => column ?? undefined),
  );
}
