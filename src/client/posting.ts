/** What a book is asked: plain data with an id. The same shapes as `longmen/ledger` takes. */

/** Milliseconds since 1970, a whole number: `Date.now()`, `date.getTime()`. */
export type Instant = number;

/** What every transfer may carry beside its own fields; kept as sent, compared on repeats. */
export interface Described {
  /** Free, 0 to 2^31 - 1: why this transfer happened, as the user's own books number it. */
  readonly code?: number | undefined;
  /** The caller's own key: an order, an invoice, the id of what is reversed. */
  readonly reference?: string | undefined;
  /** JSON text of at most 4 KiB, kept byte by byte. */
  readonly metadata?: string | undefined;
  /** Business time, where it differs from book time. */
  readonly effectiveAt?: Instant | undefined;
}

export type Balancing = "debit" | "credit" | "both";

interface Movement extends Described {
  /** Made by the caller, once, before the first send: a key of your own, or crypto.randomUUID(). */
  readonly id: string;
  /** With its scale: "CNY/2", "SKU:85123A/0". */
  readonly asset: string;
  readonly debit: string;
  readonly credit: string;
  /** Minor units of the asset, 0n to 2n ** 63n - 1n. With `balancing`: at most this much. */
  readonly amount: bigint;
  readonly balancing?: Balancing | undefined;
}

export interface PostedTransfer extends Movement {
  readonly kind?: "transfer" | undefined;
}

export interface PendingTransfer extends Movement {
  readonly kind: "pending";
  /** After this long the hold frees itself. Without it, only post or void end it. */
  readonly timeoutMs?: number | undefined;
}

/** How a hold is ended, without saying which: `book.post(pendingId, …)`. */
export interface Resolution extends Described {
  readonly id: string;
  /** Post: how much of the hold, all when left out. Void: left out, or exactly the hold's amount. */
  readonly amount?: bigint | undefined;
  /** Where given, must be those of the hold. */
  readonly debit?: string | undefined;
  readonly credit?: string | undefined;
  readonly asset?: string | undefined;
}

export interface PostTransfer extends Resolution {
  readonly kind: "post";
  readonly pendingId: string;
}

export interface VoidTransfer extends Resolution {
  readonly kind: "void";
  readonly pendingId: string;
}

/** Which side an account normally stands on: assets and expenses debit, the rest credit. */
export type Side = "debit" | "credit";

/** How far below zero an account may go: 0n not at all, so many minor units, or "none" freely. */
export type Bound = bigint | "none";

export interface AccountNamed {
  readonly path: string;
  readonly asset: string;
}

/** Opens an account. Known by path and asset; the id may be left out. */
export interface OpenAccount extends AccountNamed {
  readonly kind: "open";
  readonly id?: string | undefined;
  readonly side: Side;
  readonly bound?: Bound | undefined;
}

export interface SetBound extends AccountNamed {
  readonly kind: "bound";
  readonly id: string;
  readonly bound: Bound;
}

export interface CloseAccount extends AccountNamed {
  readonly kind: "close";
  readonly id: string;
}

export interface ReopenAccount extends AccountNamed {
  readonly kind: "reopen";
  readonly id: string;
}

/** Whether refusals of this asset's holds with a time-out are remembered for ever, or for a while. */
export type RefusalPolicy = "forever" | "window";

export interface DefineAsset {
  readonly kind: "asset";
  readonly id?: string | undefined;
  readonly asset: string;
  readonly refusals?: RefusalPolicy | undefined;
}

export type Transfer = PostedTransfer | PendingTransfer | PostTransfer | VoidTransfer;
export type AccountEvent = OpenAccount | SetBound | CloseAccount | ReopenAccount;
export type Request = Transfer | AccountEvent | DefineAsset;

/** Several requests that succeed or fail whole, in order, each seeing those before it. */
export interface Chain {
  readonly chain: string;
  readonly requests: readonly Request[];
}

export type Posting = Request | Chain;

/** How many entries a posting is: what batches are bounded by. */
export function weightOf(posting: Posting): number {
  return "requests" in posting ? posting.requests.length : 1;
}
