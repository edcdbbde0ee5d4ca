/** What the model knows: plain maps, everything in memory, nothing clever. */
import type {
  Bound,
  EntryKind,
  RefusalCode,
  RefusalPolicy,
  Request,
  Side,
} from "../../src/ledger/index.ts";
import type { Instant } from "../../src/base/index.ts";

/** Where in a chain a request stands; undefined when it stands alone. */
export interface Place {
  readonly chain: string;
  /** From 1. */
  readonly index: number;
  readonly length: number;
}

export interface ModelAsset {
  readonly code: string;
  readonly seq: number;
  readonly at: Instant;
  readonly refusals: RefusalPolicy;
}

/** The four sums, the bound and the door of an account. Replaced on change, never altered. */
export interface Sums {
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
  readonly bound: Bound;
  readonly closed: boolean;
}

export interface ModelAccount {
  readonly path: string;
  readonly asset: string;
  readonly side: Side;
  readonly openedSeq: number;
  readonly openedAt: Instant;
  readonly openedBound: Bound;
  /** Oldest first; the last is the present. */
  readonly versions: { readonly seq: number; readonly sums: Sums }[];
}

/** One row of the model's journal. */
export interface ModelEntry {
  readonly seq: number;
  readonly at: Instant;
  readonly id: string;
  readonly kind: EntryKind;
  readonly refused: RefusalCode | undefined;
  /** As sent; undefined for an expiry. */
  readonly request: Request | undefined;
  readonly place: Place | undefined;
  readonly asset: string | undefined;
  readonly debit: string | undefined;
  readonly credit: string | undefined;
  readonly amount: bigint;
  readonly expiresAt: Instant | undefined;
  /** Of a post, a void or an expiry. */
  readonly hold: ModelEntry | undefined;
}

export type Resolved = "post" | "void" | "expire";

export interface State {
  seq: number;
  readonly assets: Map<string, ModelAsset>;
  readonly accounts: Map<string, ModelAccount>;
  /** Every row by id: created ones and remembered refusals. */
  readonly byId: Map<string, ModelEntry>;
  readonly entries: ModelEntry[];
  /** Chains of which something was booked. */
  readonly chains: Map<string, Place>;
  /** How each hold ended, by the hold's id. */
  readonly resolved: Map<string, Resolved>;
  /** Holds with a time-out that nothing has ended yet, by id. */
  readonly waiting: Map<string, ModelEntry>;
  /** Refusals under the window policy: known to this memory, not to the journal. */
  readonly ghosts: Map<string, RefusalCode>;
}

export function emptyState(): State {
  return {
    seq: 0,
    assets: new Map(),
    accounts: new Map(),
    byId: new Map(),
    entries: [],
    chains: new Map(),
    resolved: new Map(),
    waiting: new Map(),
    ghosts: new Map(),
  };
}

export function accountKey(path: string, asset: string): string {
  return `${path}|${asset}`;
}

export function accountOf(state: State, path: string, asset: string): ModelAccount | undefined {
  return state.accounts.get(accountKey(path, asset));
}

/** The sums of an account now. */
export function sumsOf(account: ModelAccount): Sums {
  const last = account.versions.at(-1);
  if (last === undefined) throw new Error(`${account.path} has no version`);
  return last.sums;
}

/** The sums of an account right after `seq`; undefined before it was opened. */
export function sumsAt(account: ModelAccount, seq: number): Sums | undefined {
  let low = 0;
  let high = account.versions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((account.versions[middle]?.seq ?? Infinity) <= seq) low = middle + 1;
    else high = middle;
  }
  return account.versions[low - 1]?.sums;
}

/** What may still leave the account: own side posted, less what the other side has or may take. */
export function availableOf(account: ModelAccount): bigint {
  const sums = sumsOf(account);
  return account.side === "debit"
    ? sums.debitsPosted - sums.creditsPosted - sums.creditsPending
    : sums.creditsPosted - sums.debitsPosted - sums.debitsPending;
}

export function isAboveBound(account: ModelAccount): boolean {
  const { bound } = sumsOf(account);
  return bound === "none" || availableOf(account) >= -bound;
}
