/**
 * What stays of a batch when it is archived, as bytes: the batch's own row, the columns that stay,
 * and what its words have become. From the full bytes of the file and from the slim rows of the table
 * they come out the same, and so do the digests of them that the row of the archive has.
 */
import { createHash } from "node:crypto";
import type { Instant } from "../../base/index.ts";
import { arrayOf } from "../../postgres/index.ts";
import { BODY_HEADER_BYTES, hashedColumns, POSTGRES_EPOCH_MS } from "../hash.ts";
import { bodyOf, type Packed, packedAt } from "../packed.ts";
import { slimOf } from "./slim.ts";

/** What leaves the table: words of callers, and who they were. */
export const droppedColumns: readonly string[] = [
  "reference",
  "metadata",
  "by_key",
  "request",
  "rule",
];

/** In the order of the bytes; the last is what the words have become. */
export const keptColumns: readonly string[] = [
  ...hashedColumns.filter((name) => !droppedColumns.includes(name)),
  "archived",
];

const PART_DOMAIN = "longmen.part.1\0";

/** The kept bytes of a batch, cut out of the bytes that are hashed (hash.ts). */
export function keptOfBody(body: Buffer): Buffer {
  const pieces = [body.subarray(0, BODY_HEADER_BYTES)];
  let at = BODY_HEADER_BYTES;
  for (const name of hashedColumns) {
    const from = at;
    at = body.readUInt8(at) === 0 ? at + 1 : packedAt(body, at + 1).end;
    if (!droppedColumns.includes(name)) pieces.push(body.subarray(from, at));
  }
  return Buffer.concat([...pieces, Buffer.of(1), slimColumn(body)]);
}

function slimColumn(body: Buffer): Buffer {
  const columns = bodyOf(body);
  const rows = columns.get("kind")?.length ?? 0;
  const firstSeq = Number(body.readBigInt64BE(0)) + 1;
  const slims = Array.from({ length: rows }, (_, i) => {
    const pendingSeq = cell(columns.get("pending_seq"), i, (column) => column.integer(i));
    const reference = cell(columns.get("reference"), i, (column) => column.text(i));
    const metadata = cell(columns.get("metadata"), i, (column) => column.text(i));
    return slimOf(pendingSeq ?? firstSeq + i, {
      ...(reference === undefined ? {} : { reference }),
      ...(metadata === undefined ? {} : { metadata }),
    });
  });
  return arrayOf.bytea(slims);
}

function cell<T>(column: Packed | undefined, index: number, get: (column: Packed) => T) {
  return column === undefined || column.isNull(index) ? undefined : get(column);
}

/** The latest business time of a batch: an entry without one counts from its book time. */
export function latestEffective(kept: Buffer): Instant {
  const columns = bodyOf(kept, keptColumns);
  const at = Number(kept.readBigInt64BE(16) / 1_000n) + POSTGRES_EPOCH_MS;
  const effective = columns.get("effective_at");
  const rows = columns.get("kind")?.length ?? 0;
  let latest = -Infinity;
  for (let i = 0; i < rows; i++) {
    const instant = cell(effective, i, (column) => column.instant(i)) ?? at;
    latest = Math.max(latest, instant);
  }
  return latest;
}

/** The digest of a part, batch by batch. */
export class PartDigest {
  private hash = createHash("sha256").update(PART_DOMAIN);
  batches = 0;

  add(batchHash: Buffer, kept: Buffer): void {
    this.hash.update(batchHash).update(kept);
    this.batches += 1;
  }

  /** And begins the next. */
  take(): Buffer {
    const digest = this.hash.digest();
    this.hash = createHash("sha256").update(PART_DOMAIN);
    this.batches = 0;
    return digest;
  }
}
