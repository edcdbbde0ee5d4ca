/** Seals a batch: its link in the hash chain and the statements that write it. */
import type { Instant } from "../base/index.ts";
import {
  arrayOf,
  binaryOf,
  type CopyColumn,
  copyRows,
  flushCopy,
  flushStatement,
  type FlushStatement,
  table,
} from "../postgres/index.ts";
import type { Batch } from "./batch.ts";
import { encodeEntries, type EntryColumns, hashEntries } from "./encode-batch.ts";
import { addAccounts, addAssets, addBatch, checkHead, lockBook, orderLock } from "./engine.sql.ts";
import { sideNumbers } from "./entry.ts";
import { hashedColumns } from "./hash.ts";
import type { Account } from "./memory.ts";

/** The newest batch as the lane believes it. */
export interface HeadBelief {
  readonly seq: number;
  readonly at: Instant;
  readonly sweptUntil: Instant;
  readonly hash: Buffer;
}

export interface BatchPlace {
  readonly head: HeadBelief;
  readonly book: number;
  readonly schema: string;
  /** Drawn for this flush: tells it from another node's with the very same batch. */
  readonly flush: bigint;
  /** How far the batch's time may be off the database's. */
  readonly aheadMaxMs: number;
  readonly behindMaxMs: number;
}

export interface WrittenBatch {
  readonly head: HeadBelief;
  readonly opening: readonly FlushStatement[];
  readonly writing: readonly FlushStatement[];
}

export function writeBatch(batch: Batch, place: BatchPlace): WrittenBatch {
  const { head, book } = place;
  const lock = flushStatement(lockBook, place, { space: orderLock(place.schema), book });
  const prevSeq = BigInt(head.seq);
  if (batch.rows.length === 0) {
    // Answers without a row rest on the belief alone: the flush asks whether it is the newest.
    const check = flushStatement(checkHead, place, { book, prevSeq, prevHash: head.hash });
    return { head, opening: [lock, check], writing: [] };
  }
  const columns = encodeEntries(batch.rows);
  const { at, sweptUntil } = batch;
  const link = { previousHash: head.hash, prevSeq: head.seq, lastSeq: batch.seq, at, sweptUntil };
  const hash = hashEntries(link, columns);
  const add = flushStatement(addBatch, place, {
    book,
    prevSeq,
    prevHash: head.hash,
    lastSeq: BigInt(batch.seq),
    at,
    sweptUntil,
    hash,
    flush: place.flush,
    aheadMaxMs: BigInt(place.aheadMaxMs),
    behindMaxMs: BigInt(place.behindMaxMs),
  });
  return {
    head: { seq: batch.seq, at, sweptUntil, hash },
    opening: [lock, add],
    writing: [
      ...definitions(batch, place),
      entries(batch, place, columns),
      ...balances(batch, place),
    ],
  };
}

function definitions({ opened, defined, at }: Batch, place: BatchPlace): FlushStatement[] {
  const { book } = place;
  const statements: FlushStatement[] = [];
  if (defined.length > 0) {
    statements.push(
      flushStatement(addAssets, place, {
        book,
        at,
        asset: defined.map(({ number }) => BigInt(number)),
        code: defined.map(({ asset }) => asset.code),
        refusals: defined.map(({ refusals }) => refusals),
      }),
    );
  }
  if (opened.length > 0) {
    statements.push(
      flushStatement(addAccounts, place, {
        book,
        at,
        account: opened.map(({ number }) => BigInt(number)),
        path: opened.map(({ path }) => path),
        asset: opened.map(({ asset }) => BigInt(asset.number)),
        side: opened.map(({ side }) => sideNumbers[side]),
        openingBound: opened.map(({ openingBound }) => boundOf(openingBound)),
      }),
    );
  }
  return statements;
}

/**
 * The batch's entries in order. A taken id is a unique violation, not `on conflict do nothing` with a
 * count: that looks every id up before it is inserted, where a repeat that memory does not know is
 * rare. The lane then reads the flush's ids and sends it anew.
 */
function entries({ rows, at }: Batch, place: BatchPlace, encoded: EntryColumns): FlushStatement {
  const seqs = rows.map((_, ordinal) => place.head.seq + 1 + ordinal);
  const columns: Record<string, CopyColumn> = {
    book_id: { all: binaryOf.int4(place.book) },
    seq: { each: arrayOf.int8Number(seqs) },
    at: { all: binaryOf.timestamptz(at) },
  };
  // They stand in the order of the hash, which names them.
  const encodedColumns = Object.values(encoded);
  hashedColumns.forEach((name, place) => {
    const each = encodedColumns[place] ?? null;
    if (each !== null) columns[name] = { each };
  });
  const copied = copyRows(rows.length, columns);
  return flushCopy("ledger.addEntries", table("ledger_entry"), place, copied);
}

/**
 * What each touched account is after the batch, in the order of the primary key: neighbours share a
 * page of the index.
 */
function balances({ touched }: Batch, place: BatchPlace): FlushStatement[] {
  if (touched.length === 0) return [];
  const columns = balanceColumns(touched.toSorted((a, b) => a.number - b.number));
  const copied = copyRows(touched.length, {
    book_id: { all: binaryOf.int4(place.book) },
    account: { each: arrayOf.int8Number(columns.account) },
    seq: { each: arrayOf.int8Number(columns.seq) },
    first_seq: { each: arrayOf.int8Number(columns.firstSeq) },
    debits_pending: { each: arrayOf.int8(columns.debitsPending) },
    debits_posted: { each: arrayOf.int8(columns.debitsPosted) },
    credits_pending: { each: arrayOf.int8(columns.creditsPending) },
    credits_posted: { each: arrayOf.int8(columns.creditsPosted) },
    bound: { each: arrayOf.int8(columns.bound) },
    closed: { each: arrayOf.bool(columns.closed) },
  });
  return [flushCopy("ledger.addBalances", table("ledger_balance"), place, copied)];
}

/** One pass over accounts that lie anywhere in memory: a pass for each column costs three times that. */
function balanceColumns(accounts: readonly Account[]) {
  const columns = {
    account: [] as number[],
    seq: [] as number[],
    firstSeq: [] as number[],
    debitsPending: [] as bigint[],
    debitsPosted: [] as bigint[],
    creditsPending: [] as bigint[],
    creditsPosted: [] as bigint[],
    bound: [] as (bigint | null)[],
    closed: [] as boolean[],
  };
  for (const { number, firstSeq, balance } of accounts) {
    columns.account.push(number);
    columns.seq.push(balance.seq);
    columns.firstSeq.push(firstSeq);
    columns.debitsPending.push(balance.debitsPending);
    columns.debitsPosted.push(balance.debitsPosted);
    columns.creditsPending.push(balance.creditsPending);
    columns.creditsPosted.push(balance.creditsPosted);
    columns.bound.push(boundOf(balance.bound));
    columns.closed.push(balance.closed);
  }
  return columns;
}

function boundOf(bound: bigint | "none"): bigint | null {
  return bound === "none" ? null : bound;
}
