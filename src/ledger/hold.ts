/** A pending transfer as the lane remembers it. */
import type { Instant } from "../base/index.ts";

export type HoldState = "open" | "posted" | "voided" | "expired";

/** A pending transfer. Names its accounts by path: the objects may leave memory before the hold. */
export interface Hold {
  readonly id: string;
  readonly seq: number;
  readonly asset: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: bigint;
  readonly expiresAt: Instant | undefined;
  readonly words: HoldWords;
  state: HoldState;
}

/** What a post or void inherits when it says nothing of its own. */
export interface HoldWords {
  /** The whole hold. */
  readonly amount: bigint;
  readonly code: number | undefined;
  readonly reference: string | undefined;
  readonly metadata: string | undefined;
}
