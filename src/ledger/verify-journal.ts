/** A batch as `verify` reads it: its own row, the bytes that are hashed, and its entries decoded. */
import type { Instant } from "../base/index.ts";
import type { Posting } from "./fold.ts";
import type { HashedColumn } from "./hash.ts";
import { type Body, bodyOf, integersOf, packedAt } from "./packed.ts";

/** A row of ledger_batch. */
export interface Link {
  readonly prevSeq: number;
  readonly lastSeq: number;
  readonly at: Instant;
  readonly sweptUntil: Instant;
  readonly hash: Buffer;
}

/** An entry, as far as the rules look at it. */
export interface JournalRow extends Posting {
  readonly asset: number | undefined;
  readonly requested: bigint | undefined;
  readonly balancing: number | undefined;
  readonly pendingSeq: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly expiresAt: Instant | undefined;
  readonly chain: string | undefined;
  readonly chainIndex: number | undefined;
  readonly chainLength: number | undefined;
  /** Decoded when asked for: most are never looked at. */
  readonly id: () => string;
  readonly named: () => string | undefined;
}

export interface ReadBatch {
  readonly link: Link;
  /** What is hashed behind the previous hash. */
  readonly body: Buffer;
  readonly rows: readonly JournalRow[];
  /** Entries whose time is not the batch's. */
  readonly strays: readonly number[];
  /** Entries that say they are archived, where none can be. */
  readonly slims: readonly number[];
}

/** The rows of a batch, packed. */
export interface BodyRow {
  readonly lastSeq: bigint;
  readonly seqs: Buffer;
  readonly strays: Buffer;
  readonly slims: Buffer;
  readonly body: Buffer;
}

export function readBatch(link: Link, row: BodyRow): ReadBatch {
  const seqs = integersOf(packedAt(row.seqs));
  const rows = journalRows(seqs, bodyOf(row.body));
  const strays = integersOf(packedAt(row.strays));
  return { link, body: row.body, rows, strays, slims: integersOf(packedAt(row.slims)) };
}

/** The entries of a batch from its columns, as many of them as there are. */
export function journalRows(seqs: readonly number[], columns: Body): JournalRow[] {
  const read = reader(columns);
  return seqs.map((seq, i): JournalRow => ({
    seq,
    kind: read.integer("kind", i) ?? 0,
    status: read.integer("status", i) ?? 0,
    asset: read.integer("asset", i),
    debit: read.integer("debit", i),
    credit: read.integer("credit", i),
    amount: read.bigint("amount", i),
    requested: read.bigint("requested", i),
    balancing: read.integer("balancing", i),
    pendingSeq: read.integer("pending_seq", i),
    timeoutMs: read.integer("timeout_ms", i),
    expiresAt: read.instant("expires_at", i),
    chain: read.text("chain", i),
    chainIndex: read.integer("chain_index", i),
    chainLength: read.integer("chain_length", i),
    id: () => read.text("id", i) ?? "",
    named: () => read.text("named", i),
  }));
}

/** Cells by column and place; undefined for null. */
function reader(columns: Body) {
  const cell =
    <T>(get: (column: Column, index: number) => T) =>
    (name: HashedColumn, index: number): T | undefined => {
      const column = columns.get(name);
      return column === undefined || column.isNull(index) ? undefined : get(column, index);
    };
  return {
    integer: cell((column, index) => column.integer(index)),
    bigint: cell((column, index) => column.bigint(index)),
    instant: cell((column, index) => column.instant(index)),
    text: cell((column, index) => column.text(index)),
  };
}

type Column = NonNullable<ReturnType<Body["get"]>>;
