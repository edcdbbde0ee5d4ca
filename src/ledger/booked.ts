/**
 * A row of the journal as the lane makes it: what is written, and for a while the memory by which a
 * repeat is known. The caller's answer is no part of it: the balances in that would stay in memory.
 */
import type { Instant } from "../base/index.ts";
import type { SlimWords } from "./archive/slim.ts";
import type { EntryKind } from "./entry.ts";
import type { HoldWords } from "./hold.ts";
import type { RefusalCode } from "./refusal.ts";
import type { Context, Request } from "./transfer.ts";

/** The chain a request stands in; opens without an id stand in none. */
export interface ChainPlace {
  readonly chain: string;
  /** From 1. */
  readonly index: number;
  readonly length: number;
}

interface RowFacts {
  readonly id: string;
  readonly kind: EntryKind;
  /** Numbers, where they are known: of the asset and of both accounts. */
  readonly asset: number | undefined;
  readonly debit: number | undefined;
  readonly credit: number | undefined;
  readonly place: ChainPlace | undefined;
  readonly context: Context | undefined;
}

/** A request that was carried out, or an expiry. */
export interface Booked extends RowFacts {
  readonly request: Request;
  readonly seq: number;
  readonly at: Instant;
  /** What moved. */
  readonly amount: bigint;
  /** Where the accounts are found again: a post names only its hold. */
  readonly assetCode: string | undefined;
  readonly debitPath: string | undefined;
  readonly creditPath: string | undefined;
  readonly pendingSeq: number | undefined;
  readonly expiresAt: Instant | undefined;
  /** Of the hold, for a post or void: what it inherits. */
  readonly inherited: HoldWords | undefined;
  /** Where it or its hold was archived: its reference and metadata are known by digests. */
  readonly slim?: SlimWords | undefined;
}

/** A refusal that is remembered: its id is burnt. Without a seq it is kept in memory only. */
export interface Burnt extends RowFacts {
  readonly burnt: RefusalCode;
  readonly seq: number | undefined;
  readonly request: Request;
}

export type Row = Booked | Burnt;

export function isBurnt(row: Row): row is Burnt {
  return "burnt" in row;
}
