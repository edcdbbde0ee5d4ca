/**
 * The requests that a book takes. All of them are plain data: the same request sent again is the
 * same request, known by its `id`, and answered with its first outcome.
 *
 * A transfer is *posted* at once, or *pending* until it is *posted* (wholly or partly), *voided* or
 * *expired*. Account events are requests too, of the same sequence, so that an account can be opened
 * in the same chain that pays into it.
 */
import type { Instant } from "../base/index.ts";

/** What every request may carry beside its own fields; kept as sent, compared on repeats. */
export interface Described {
  /** Free, 0 to 2^31 - 1: why this transfer happened, as the user's own books number it. */
  readonly code?: number | undefined;
  /** The caller's own key: an order, an invoice, the id of what is reversed. Indexed. */
  readonly reference?: string | undefined;
  /** JSON text of at most 4 KiB, kept byte by byte. */
  readonly metadata?: string | undefined;
  /** Business time, where it differs from book time. */
  readonly effectiveAt?: Instant | undefined;
}

export type Balancing = "debit" | "credit" | "both";

interface Movement extends Described {
  /** Made by the caller, once, before the first send: newId() or a key of your own. */
  readonly id: string;
  /** With its scale: "CNY/2", "SKU:85123A/0". Picks the accounts under the two paths. */
  readonly asset: string;
  readonly debit: string;
  readonly credit: string;
  /** Minor units of the asset, 0 to 2^63 - 1. With `balancing`: at most this much. */
  readonly amount: bigint;
  /** Moves what is there up to `amount`: of the debit account, of the credit account, or of both. */
  readonly balancing?: Balancing | undefined;
}

export interface PostedTransfer extends Movement {
  readonly kind?: "transfer" | undefined;
}

export interface PendingTransfer extends Movement {
  readonly kind: "pending";
  /** After this long the hold frees itself: 1 ms to 100 years. Without it, only post or void end it. */
  readonly timeoutMs?: number | undefined;
}

interface Resolution extends Described {
  readonly id: string;
  readonly pendingId: string;
  /** Post: how much of the hold, all when left out. Void: left out, or exactly the hold's amount. */
  readonly amount?: bigint | undefined;
  /** Where given, must be those of the hold. */
  readonly debit?: string | undefined;
  readonly credit?: string | undefined;
  readonly asset?: string | undefined;
}

export interface PostTransfer extends Resolution {
  readonly kind: "post";
}

export interface VoidTransfer extends Resolution {
  readonly kind: "void";
}

/** Which side an account normally stands on: assets and expenses debit, the rest credit. */
export type Side = "debit" | "credit";

/**
 * How far below zero an account may go: 0n not at all, a number so many minor units, "none" freely.
 * available = own side posted - other side posted - other side pending; never below -bound.
 */
export type Bound = bigint | "none";

interface AccountNamed {
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

/** A closed account refuses everything but the void and the expiry of its holds. */
export interface CloseAccount extends AccountNamed {
  readonly kind: "close";
  readonly id: string;
}

export interface ReopenAccount extends AccountNamed {
  readonly kind: "reopen";
  readonly id: string;
}

/**
 * Whether refusals of this asset's holds with a time-out are remembered for ever (the default), or
 * only for a window of memory, and until another node writes: a sold-out rush then writes no row, and a
 * ghost hold frees itself.
 */
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
  /** Stored on every row; a repeat compares id, length and every field. */
  readonly chain: string;
  readonly requests: readonly Request[];
}

/** Who asks, in which request or trace, by which version of which rule. Kept, never compared. Up to 256 characters each. */
export interface Context {
  readonly by?: string | undefined;
  readonly request?: string | undefined;
  readonly rule?: string | undefined;
}

export const CHAIN_MAX = 8_000;
export const METADATA_MAX_BYTES = 4_096;
export const REFERENCE_MAX_LENGTH = 128;
export const CONTEXT_MAX_LENGTH = 256;
export const CODE_MAX = 2 ** 31 - 1;
export const TIMEOUT_MAX_MS = 100 * 365 * 24 * 3_600_000;
