/** Unpacks the columns of `postingsOfAccount` and `postingsBetween` for folding. */
import { packedColumns, type Packed } from "./packed.ts";
import type { Posting } from "./fold.ts";

export interface HeldPosting extends Posting {
  /** The amount of the hold that this entry resolves. */
  readonly held: bigint | undefined;
}

type Column = "seqs" | "kinds" | "statuses" | "debits" | "credits" | "amounts" | "helds";

export function postingsOf(cells: Readonly<Record<Column, Buffer>>): HeldPosting[] {
  const { seqs, kinds, statuses, debits, credits, amounts, helds } = packedColumns(cells);
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
