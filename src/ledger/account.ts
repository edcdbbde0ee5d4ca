/** An account's balance and what may still go out of it. */
import type { Balance } from "./answer.ts";
import type { Side } from "./transfer.ts";

/** Own side posted - other side posted - other side pending; incoming pendings don't count. */
export function available(side: Side, balance: Balance): bigint {
  const { debitsPosted, debitsPending, creditsPosted, creditsPending } = balance;
  return side === "debit"
    ? debitsPosted - creditsPosted - creditsPending
    : creditsPosted - debitsPosted - debitsPending;
}

export function withAmounts(
  was: Balance,
  seq: number,
  debitsPending: bigint,
  debitsPosted: bigint,
  creditsPending: bigint,
  creditsPosted: bigint,
): Balance {
  return {
    seq,
    debitsPending,
    debitsPosted,
    creditsPending,
    creditsPosted,
    bound: was.bound,
    closed: was.closed,
  };
}

export function emptyBalance(seq: number, bound: bigint | "none"): Balance {
  return {
    seq,
    debitsPending: 0n,
    debitsPosted: 0n,
    creditsPending: 0n,
    creditsPosted: 0n,
    bound,
    closed: false,
  };
}
