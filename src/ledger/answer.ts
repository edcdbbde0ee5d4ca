/**
 * What a book answers. Refusals are values: a full shop is not an exception. Only what keeps the
 * book from answering at all is thrown (overload, unknown outcome, a database that is away).
 */
import type { Instant } from "../base/index.ts";
import type { RefusalCode } from "./refusal.ts";
import type { Bound, Request } from "./transfer.ts";

/**
 * An account as of `seq`. Immutable: each change makes a new one. Amounts in minor units.
 * available = own side posted - other side posted - other side pending (see `available`).
 */
export interface Balance {
  readonly seq: number;
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
  readonly bound: Bound;
  readonly closed: boolean;
}

/** The request was carried out now; `amount` is what moved (differs under balancing, post, void). */
export interface Created {
  readonly status: "created";
  readonly request: Request;
  readonly seq: number;
  readonly at: Instant;
  readonly amount: bigint;
  /**
   * Right after this very request. Of an account event `debit` is the account itself, whatever its
   * side, and `credit` is absent; for assets both are.
   */
  readonly debit?: Balance | undefined;
  readonly credit?: Balance | undefined;
}

/** The same request was carried out before: its original seq, time and amount, balances of now. */
export interface Exists extends Omit<Created, "status"> {
  readonly status: "exists";
}

/** Nothing moved. */
export interface Refused {
  readonly status: "refused";
  readonly code: RefusalCode;
  /** Where the refusal is remembered: the id is burnt and this is its row. */
  readonly seq?: number | undefined;
  /** What was refused at first, when `code` is ledger.id_already_failed. */
  readonly original?: RefusalCode | undefined;
}

export type Answer = Created | Exists | Refused;

/**
 * Of a chain: `created` or `exists` as one, with an answer for each member; or refused, with the
 * first member that could not be (`index`, from 0) and why. Nothing of a refused chain is applied.
 */
export type ChainAnswer =
  | { readonly status: "created" | "exists"; readonly answers: readonly (Created | Exists)[] }
  | (Refused & { readonly index: number });
