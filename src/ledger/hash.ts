/**
 * The hash chain of a book: one SHA-256 per batch, over the hash before it and the bytes of every
 * column of its entries as PostgreSQL itself sends them, so that the chain can be checked in SQL
 * alone. docs/concepts/hash-chain.md has the definition and that statement.
 */
import { createHash } from "node:crypto";
import { assert, type Instant } from "../base/index.ts";

const BOOK_DOMAIN = Buffer.from("longmen.book.1\0", "utf8");
const BATCH_DOMAIN = Buffer.from("longmen.batch.1\0", "utf8");
export const HASH_BYTES = 32;

/** The hashed columns of ledger_entry in their order; seq and at stand in the batch's own row. */
export const hashedColumns = [
  "id",
  "kind",
  "status",
  "asset",
  "debit",
  "credit",
  "amount",
  "requested",
  "balancing",
  "pending_seq",
  "timeout_ms",
  "expires_at",
  "code",
  "chain",
  "chain_index",
  "chain_length",
  "reference",
  "metadata",
  "effective_at",
  "by_key",
  "request",
  "rule",
  "named",
] as const;
export type HashedColumn = (typeof hashedColumns)[number];

/** The batch's own row, without its hash. */
export interface BatchLink {
  readonly previousHash: Buffer;
  readonly prevSeq: number;
  readonly lastSeq: number;
  readonly at: Instant;
  readonly sweptUntil: Instant;
}

/** The hash that a book's chain starts from: that of batch zero, which holds no entries. */
export function genesisHash(bookName: string): Buffer {
  return createHash("sha256").update(BOOK_DOMAIN).update(bookName, "utf8").digest();
}

/**
 * The hash of a batch from its columns, in the order of `hashedColumns`, each as `arrayOf` encodes
 * it for the insert; undefined for a column that is null in every row.
 */
export function batchHash(link: BatchLink, columns: readonly (Buffer | undefined)[]): Buffer {
  assert(columns.length === hashedColumns.length, "every hashed column has its place");
  const hash = createHash("sha256").update(header(link));
  for (const column of columns) {
    hash.update(column === undefined ? ABSENT : PRESENT);
    if (column !== undefined) hash.update(column);
  }
  return hash.digest();
}

/**
 * The same from everything behind the previous hash as one piece, as PostgreSQL puts it together
 * (statement `ledger.verifyBatches`): exact also where somebody wrote what Longmen never would.
 */
export function batchHashOfBody(previousHash: Buffer, body: Buffer): Buffer {
  return createHash("sha256").update(BATCH_DOMAIN).update(previousHash).update(body).digest();
}

/** The part of a body before its columns: prev_seq, last_seq, at, swept_until. */
export const BODY_HEADER_BYTES = 32;

const ABSENT = Buffer.from([0]);
const PRESENT = Buffer.from([1]);
const INT8_BYTES = 8;

function header(link: BatchLink): Buffer {
  assert(link.previousHash.length === HASH_BYTES, "a SHA-256 has 32 bytes");
  const start = BATCH_DOMAIN.length + HASH_BYTES;
  const bytes = Buffer.allocUnsafe(start + 4 * INT8_BYTES);
  BATCH_DOMAIN.copy(bytes);
  link.previousHash.copy(bytes, BATCH_DOMAIN.length);
  bytes.writeBigInt64BE(BigInt(link.prevSeq), start);
  bytes.writeBigInt64BE(BigInt(link.lastSeq), start + INT8_BYTES);
  bytes.writeBigInt64BE(postgresMicros(link.at), start + 2 * INT8_BYTES);
  bytes.writeBigInt64BE(postgresMicros(link.sweptUntil), start + 3 * INT8_BYTES);
  return bytes;
}

/** 2000-01-01T00:00:00Z, PostgreSQL's zero, in milliseconds since 1970. */
export const POSTGRES_EPOCH_MS = 946_684_800_000;

function postgresMicros(at: Instant): bigint {
  return BigInt(at - POSTGRES_EPOCH_MS) * 1_000n;
}
