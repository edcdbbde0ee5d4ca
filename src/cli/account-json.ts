/** Accounts as commands tell them. */
import type { AccountView, Balance } from "../client/index.ts";
import { available } from "../ledger/index.ts";

/** An account in an object of --json, as it stands or as it stood. */
export function accountJson(account: AccountView, at: Balance = account.balance): object {
  const { path, asset, side, openedSeq } = account;
  return {
    path,
    asset,
    side,
    availableMinor: String(available(side, at)),
    debitsPostedMinor: String(at.debitsPosted),
    debitsPendingMinor: String(at.debitsPending),
    creditsPostedMinor: String(at.creditsPosted),
    creditsPendingMinor: String(at.creditsPending),
    boundMinor: String(at.bound),
    closed: at.closed,
    openedSeq,
    seq: at.seq,
  };
}

/** What the holds on an account keep back: outgoing ones. */
export function heldOf({ side }: AccountView, at: Balance): bigint {
  return side === "debit" ? at.creditsPending : at.debitsPending;
}
