/**
 * What one entry does to an account: the single rule that every balance of a book follows, whether
 * it is asked for the past, fed to a reader of changes or verified. Pure.
 */
import { available } from "./account.ts";
import type { Balance } from "./answer.ts";
import { entryKinds, sideNumbers, STATUS_CREATED } from "./entry.ts";
import type { Bound, Side } from "./transfer.ts";

/** An account while it is folded. Changed in place: millions of them are folded in a row. */
export interface Running {
  /** Of the newest entry that touched it; 0: none did. */
  seq: number;
  debitsPending: bigint;
  debitsPosted: bigint;
  creditsPending: bigint;
  creditsPosted: bigint;
  bound: Bound;
  closed: boolean;
}

/** What a fold needs to know of an entry. */
export interface Posting {
  readonly seq: number;
  readonly kind: number;
  readonly status: number;
  readonly debit: number | undefined;
  readonly credit: number | undefined;
  readonly amount: bigint | undefined;
}

export function emptyAccount(): Running {
  return {
    seq: 0,
    debitsPending: 0n,
    debitsPosted: 0n,
    creditsPending: 0n,
    creditsPosted: 0n,
    bound: 0n,
    closed: false,
  };
}

/** Whether the entry changes the account (if only by an amount of zero). */
export function touches(entry: Posting, account: number): boolean {
  if (entry.status !== STATUS_CREATED || entry.kind === entryKinds.asset) return false;
  return entry.debit === account || entry.credit === account;
}

/**
 * Applies a created entry to an account that it touches. `heldAmount` is that of the hold which a
 * post, void or expiry resolves: it leaves the pending side whole, however much was posted.
 */
export function applyEntry(
  account: Running,
  key: number,
  entry: Posting,
  heldAmount: bigint | undefined,
): void {
  account.seq = entry.seq;
  const amount = entry.amount ?? 0n;
  const held = heldAmount ?? 0n;
  switch (entry.kind) {
    case entryKinds.transfer:
      return move(account, entry.debit === key, 0n, amount);
    case entryKinds.pending:
      return move(account, entry.debit === key, amount, 0n);
    case entryKinds.post:
      return move(account, entry.debit === key, -held, amount);
    case entryKinds.void:
    case entryKinds.expire:
      return move(account, entry.debit === key, -held, 0n);
    case entryKinds.open:
    case entryKinds.bound:
      account.bound = entry.amount ?? "none";
      return;
    case entryKinds.close:
      account.closed = true;
      return;
    case entryKinds.reopen:
      account.closed = false;
      return;
  }
}

function move(account: Running, isDebit: boolean, pending: bigint, posted: bigint): void {
  if (isDebit) {
    account.debitsPending += pending;
    account.debitsPosted += posted;
  } else {
    account.creditsPending += pending;
    account.creditsPosted += posted;
  }
}

/** Whether the account is below what its bound allows. */
export function breaksBound(side: Side, balance: Balance): boolean {
  return balance.bound !== "none" && available(side, balance) < -balance.bound;
}

export function sameBalance(a: Running, b: Running): boolean {
  return sameAmounts(a, b) && a.bound === b.bound && a.closed === b.closed;
}

function sameAmounts(a: Running, b: Running): boolean {
  return (
    a.debitsPending === b.debitsPending &&
    a.debitsPosted === b.debitsPosted &&
    a.creditsPending === b.creditsPending &&
    a.creditsPosted === b.creditsPosted
  );
}

export function sideOfNumber(number: number): Side {
  return number === sideNumbers.debit ? "debit" : "credit";
}
