/** A row of ledger_balance: what an account was after the entries first_seq to seq of one batch. */
import { as, type RowOf } from "../postgres/index.ts";
import type { Balance } from "./answer.ts";
import type { Running } from "./fold.ts";

export const versionColumns = {
  seq: as.int8,
  firstSeq: as.int8,
  debitsPending: as.int8,
  debitsPosted: as.int8,
  creditsPending: as.int8,
  creditsPosted: as.int8,
  bound: as.int8Null,
  closed: as.bool,
};
export type VersionRow = RowOf<typeof versionColumns>;

export function runningOf(row: Omit<VersionRow, "firstSeq">): Running {
  return {
    seq: Number(row.seq),
    debitsPending: row.debitsPending,
    debitsPosted: row.debitsPosted,
    creditsPending: row.creditsPending,
    creditsPosted: row.creditsPosted,
    bound: row.bound ?? "none",
    closed: row.closed,
  };
}

/** A copy that later entries don't change. */
export function balanceOf(running: Running): Balance {
  return { ...running };
}
