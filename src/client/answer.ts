/** What a book answers: the shapes of `longmen/ledger`, with bigints and instants. */
import type { refusalCodes } from "./api-refusals.ts";
import type { Bound, Instant, Posting, RefusalPolicy, Request, Side } from "./posting.ts";

/** Every refusal that this client knows by name. */
export type RefusalCode = (typeof refusalCodes)[number];

/** An account as of `seq`, in minor units. */
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
  /** A RefusalCode; or, of a server that is newer than this client, a code it has no name for. */
  readonly code: RefusalCode | (string & Record<never, never>);
  /** The code in words. */
  readonly detail: string;
  /** Where the refusal is remembered: the id is burnt and this is its row. */
  readonly seq?: number | undefined;
  /** What was refused at first, when `code` is ledger.id_already_failed. */
  readonly original?: string | undefined;
}

export type Answer = Created | Exists | Refused;

export type ChainAnswer =
  | { readonly status: "created" | "exists"; readonly answers: readonly (Created | Exists)[] }
  | (Refused & { readonly index: number });

/** To a chain a chain's answer, to a request its own. */
export type AnswerTo<P extends Posting> = P extends { readonly chain: string }
  ? ChainAnswer
  : Answer;

/** One row of the journal. */
export interface Entry {
  readonly seq: number;
  readonly at: Instant;
  readonly id: string;
  readonly kind: string;
  /** Absent: created. Else the remembered refusal. */
  readonly refused?: string | undefined;
  readonly asset?: string | undefined;
  readonly debit?: string | undefined;
  readonly credit?: string | undefined;
  readonly amount?: bigint | undefined;
  readonly requested?: bigint | undefined;
  readonly balancing?: "debit" | "credit" | "both" | undefined;
  readonly pendingSeq?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly expiresAt?: Instant | undefined;
  readonly code?: number | undefined;
  readonly chain?: string | undefined;
  readonly chainIndex?: number | undefined;
  readonly chainLength?: number | undefined;
  readonly reference?: string | undefined;
  readonly metadata?: string | undefined;
  readonly effectiveAt?: Instant | undefined;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
  readonly rule?: string | undefined;
  readonly named?: string | undefined;
  /** True: its reference, metadata, by, request and rule are in an archive alone. */
  readonly archived?: true | undefined;
}

export interface AccountView {
  readonly path: string;
  readonly asset: string;
  readonly side: Side;
  readonly openedSeq: number;
  readonly balance: Balance;
  /** Own side posted - other side posted - other side pending. */
  readonly available: bigint;
}

export interface AssetView {
  readonly asset: string;
  readonly scale: number;
  readonly refusals: RefusalPolicy;
  readonly seq: number;
}

export interface Sums {
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
}

export interface TrialBalance {
  readonly seq: number;
  readonly balanced: boolean;
  readonly assets: readonly (Sums & {
    readonly asset: string;
    readonly accounts: number;
    readonly balanced: boolean;
  })[];
}

/** A child of a path: an account, a branch with accounts below it, or both. */
export interface TreeNode {
  readonly path: string;
  readonly hasChildren: boolean;
  /** False: sums are absent, too much is below; ask for its own children. */
  readonly complete: boolean;
  /** Absent where more accounts are below than are summed on the way. */
  readonly sums?:
    readonly (Sums & { readonly asset: string; readonly accounts: number })[] | undefined;
}

export interface Head {
  readonly name: string;
  readonly seq: number;
  readonly at: Instant;
  /** Lower-case hex of the hash chain's head. */
  readonly hash: string;
  /** When the book was made, by which owner and key, in which trace from where. */
  readonly created: {
    readonly at: Instant;
    readonly by?: string | undefined;
    readonly request?: string | undefined;
  };
}

/** One change of the feed: the entry and both accounts as of it. */
export interface Change {
  readonly entry: Entry;
  readonly debit?: Balance | undefined;
  readonly credit?: Balance | undefined;
}

export interface StatementLine {
  readonly entry: Entry;
  readonly balance: Balance;
}

/** Opening and closing are of the whole period, on every page alike. */
export interface StatementPage {
  readonly path: string;
  readonly asset: string;
  readonly opening: Balance;
  readonly lines: readonly StatementLine[];
  readonly closing: Balance;
  readonly cursor?: string | undefined;
}

export interface VerifyReport {
  readonly verified: boolean;
  readonly book: string;
  readonly head: Omit<Head, "name" | "created">;
  readonly entries: number;
  readonly batches: number;
  readonly accounts: number;
  /** At most 100; `findingsCount` tells how many there are. */
  readonly findings: readonly {
    /** I1 … I8 of docs/concepts/ledger.md. */
    readonly invariant: string;
    readonly message: string;
    readonly seq?: number | undefined;
    readonly id?: string | undefined;
    readonly account?: string | undefined;
    readonly asset?: string | undefined;
  }[];
  readonly findingsCount: number;
  /** Up to here the entries are in archives. */
  readonly archivedThrough?: number | undefined;
  readonly seconds: number;
}
