/** Unpacks the columns of `postingsOfAccount` and `postingsBetween` for folding. */
import { packedAt, type Packed } from "./packed.ts";
import type { Posting } from "./fold.ts";

export interface HeldPosting extends Posting {
  /** The amount of the hold that this entry resolves. */
  readonly held: bigint | undefined;
}

interface PostingCells {
  readonly seqs: Buffer;
  readonly kinds: Buffer;
  readonly statuses: Buffer;
  readonly debits: Buffer;
  readonly credits: Buffer;
  readonly amounts: Buffer;
  readonly helds: Buffer;
}

export function postingsOf(cells: PostingCells): HeldPosting[] {
  const seqs = packedAt(cells.seqs);
  const kinds = packedAt(cells.kinds);
  const statuses = packedAt(cells.statuses);
  const debits = packedAt(cells.debits);
  const credits = packedAt(cells.credits);
  const amounts = packedAt(cells.amounts);
  const helds = packedAt(cells.helds);
  return Array.from({ length: seqs.length }, (_, i) => ({
    seq: seqs.integer(i),
    kind: kinds.integer(i),
    status: statuses.integer(i),
    debit: integerOrNone(debits, i),
    credit: integerOrNone(credits, i),
    amount: bigintOrNone(amounts, i),
    held: bigintOrNone(helds, i),
  }));
}

export function integerOrNone(column: Packed, index: number): number | undefined {
  return column.isNull(index) ? undefined : column.integer(index);
}

export function bigintOrNone(column: Packed, index: number): bigint | undefined {
  return column.isNull(index) ? undefined : column.bigint(index);
}
