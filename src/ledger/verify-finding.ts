import type { Finding } from "./book.ts";

/** How many findings a report lists; beyond it they are counted only. */
export const FINDINGS_MAX = 100;

/**
 * The invariants of docs/concepts/ledger.md that `verify` proves, by number:
 * I1 per asset, debits equal credits · I2 every balance is the fold of its entries · I3 no account
 * below its bound after any entry · I4 each id has one outcome, each chain is whole · I5 a hold is
 * resolved at most once, and in time · I6 no gap, no stray row, every hash right · I7 history passes
 * through the hash that is expected · I8 what was carried out was allowed, what was refused was not.
 */
export type Invariant = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8";

export interface Found extends Omit<Finding, "invariant"> {
  readonly invariant: Invariant;
}

export interface Findings {
  readonly list: readonly Finding[];
  readonly count: number;
  add(found: Found): void;
}

export function newFindings(): Findings {
  const list: Finding[] = [];
  let count = 0;
  return {
    list,
    get count() {
      return count;
    },
    add(found) {
      count += 1;
      if (list.length < FINDINGS_MAX) list.push(found);
    },
  };
}
