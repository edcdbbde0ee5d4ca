/** What a user of one book can do with it. Opened by `openLedger(...).book(name)`. */
import type { Instant } from "../base/index.ts";
import type { LaneStats, SubmitOptions, Transaction, Unit, UnitAnswer } from "../postgres/index.ts";
import type { Answer, Balance, ChainAnswer } from "./answer.ts";
import type { EntryKind } from "./entry.ts";
import type { RefusalCode } from "./refusal.ts";
import type { Chain, Context, RefusalPolicy, Request, Side } from "./transfer.ts";

/** One row of the journal, as reads return it: names instead of numbers. */
export interface Entry {
  readonly seq: number;
  readonly at: Instant;
  readonly id: string;
  readonly kind: EntryKind;
  /** Absent: created. Else the remembered refusal. */
  readonly refused?: RefusalCode | undefined;
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
  /** For account events the path, for asset events the code, for refusals what was named in vain. */
  readonly named?: string | undefined;
  /** True: reference, metadata, by, request and rule of it are in the file of an archive alone. */
  readonly archived?: true | undefined;
}

export interface AccountView {
  readonly path: string;
  readonly asset: string;
  readonly side: Side;
  readonly openedSeq: number;
  readonly balance: Balance;
  readonly available: bigint;
}

/** All given conditions hold together. Without `account` or `prefix`: the whole book. */
export interface EntryFilter {
  readonly account?: { readonly path: string; readonly asset?: string | undefined } | undefined;
  /** "user/42" finds user/42 and everything below it, never user/421. */
  readonly prefix?: string | undefined;
  readonly reference?: string | undefined;
  readonly code?: number | undefined;
  /** Book time, inclusive. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Remembered refusals are left out unless asked for. */
  readonly refusals?: boolean | undefined;
}

export interface PageRequest {
  /** Where the page before ended. */
  readonly cursor?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
  /** Newest first when left out. */
  readonly order?: "newest" | "oldest" | undefined;
}

/** A page may be short or even empty and still have a cursor: each look scans a bounded part. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string | undefined;
}

/** The point of the past that a balance is asked at; one of the three. */
export type Point =
  { readonly seq: number } | { readonly at: Instant } | { readonly effectiveAt: Instant };

export interface TrialBalance {
  readonly seq: number;
  readonly assets: readonly {
    readonly asset: string;
    readonly accounts: number;
    readonly debitsPending: bigint;
    readonly debitsPosted: bigint;
    readonly creditsPending: bigint;
    readonly creditsPosted: bigint;
    readonly balanced: boolean;
  }[];
  readonly balanced: boolean;
}

export interface Head {
  readonly seq: number;
  readonly at: Instant;
  /** Lower-case hex of the hash chain's head. */
  readonly hash: string;
}

/** Where a book comes from: when it was made, and by whom where that was said. */
export interface Origin {
  readonly at: Instant;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
}

/** One change of the feed: the entry and both accounts as of it. */
export interface Change {
  readonly entry: Entry;
  readonly debit?: Balance | undefined;
  readonly credit?: Balance | undefined;
}

/** A chain that was carried out: where it begins in the journal, and the id of its first entry. */
export interface BookedChain {
  readonly chain: string;
  readonly seq: number;
  readonly at: Instant;
  readonly firstId: string;
}

/** Behind the seq that was asked for there is no other chain up to `throughSeq`. */
export interface ChainsPage {
  readonly chains: readonly BookedChain[];
  /** Ask again with it. It is `headSeq` where all was seen. */
  readonly throughSeq: number;
  readonly headSeq: number;
}

export interface VerifyOptions {
  /** Fails unless the chain passes through this hash: history was not rewritten. */
  readonly expectHead?: string | undefined;
  /** Paths of archives: they are proved, too, alone and against the book. */
  readonly archives?: readonly string[] | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An archive of the book, and whether one of the files given proves it. */
export interface ArchiveProof {
  readonly file: string;
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly proved: boolean;
}

export interface Finding {
  /** I1 … I8 of docs/concepts/ledger.md. */
  readonly invariant: string;
  readonly message: string;
  readonly seq?: number | undefined;
  readonly id?: string | undefined;
  readonly account?: string | undefined;
  readonly asset?: string | undefined;
}

export interface VerifyReport {
  readonly verified: boolean;
  readonly book: string;
  readonly head: Head;
  readonly entries: number;
  readonly batches: number;
  readonly accounts: number;
  /** At most 100; `findingsCount` tells how many there are. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  /** Up to here the entries are in archives: of them is proved that nothing has changed since. */
  readonly archivedThrough?: number | undefined;
  /** Where files of archives were given. */
  readonly archives?: readonly ArchiveProof[] | undefined;
  readonly seconds: number;
}

/** What a transfer or chain adds to a unit of work beside the rows of other rooms. */
export type Posting = Request | Chain;

export interface LedgerOptions extends SubmitOptions {
  readonly context?: Context | undefined;
}

/**
 * Of whatever is handed in that has another type than is said here: ledger.argument_malformed, or
 * where there is a nearer word for it, that (ledger.filter_malformed, …). Of requests and chains
 * themselves: a refusal, as a value.
 */
export interface Book {
  readonly name: string;
  readonly id: number;

  /** Carries out one request. Safe to repeat by its id. */
  submit(request: Request, options?: LedgerOptions): Promise<Answer>;
  /** Carries out several requests, all or none. Safe to repeat by the chain's id. */
  chain(chain: Chain, options?: LedgerOptions): Promise<ChainAnswer>;
  /** Carries out many independent requests and chains; answers in order, each on its own. */
  batch(
    items: readonly Posting[],
    options?: LedgerOptions,
  ): Promise<readonly (Answer | ChainAnswer)[]>;
  /** A unit of work: a posting with other rooms' rows and guards, in one commit. */
  commit(unit: Unit<Posting>, options?: LedgerOptions): Promise<UnitAnswer<Answer | ChainAnswer>>;
  /**
   * The slow form: the caller's own SQL and a posting in one transaction, one at a time per book,
   * the ledger last. When the posting is refused or was carried out before, the SQL is rolled back.
   * At most 256 wait for their turn, each until its deadline; one that has begun is never dropped.
   * Refuses: ledger.busy when the SQL takes longer than 5 s, lane.overloaded, lane.deadline_passed.
   */
  tx<T>(
    work: (tx: Transaction) => Promise<{ post: Posting; value: T }>,
    options?: LedgerOptions,
  ): Promise<{ answer: Answer | ChainAnswer; value: T | undefined }>;
  /**
   * After an unknown outcome: the entry if it is booked, undefined if it is not and, from this node,
   * can't be any more unless it is asked again. Refuses: lane.outcome_unknown while that can't be
   * told, because the server process that it was sent to can't be ended (it is behind a pooler, or
   * the right is missing); after this node's next posting on the book it can.
   */
  resolve(id: string): Promise<Entry | undefined>;

  stats(): LaneStats;

  find(id: string): Promise<Entry | undefined>;
  chainEntries(chain: string): Promise<readonly Entry[]>;
  /** Of each of these chains its first members, at most `most` (1 to 1,000, 100 when left out): one question. */
  entriesOfChains(
    chains: readonly string[],
    most?: number,
  ): Promise<ReadonlyMap<string, readonly Entry[]>>;
  account(path: string, asset: string): Promise<AccountView | undefined>;
  accounts(
    filter: { prefix?: string; asset?: string },
    page?: PageRequest,
  ): Promise<Page<AccountView>>;
  balanceAt(path: string, asset: string, point: Point): Promise<Balance>;
  history(filter: EntryFilter, page?: PageRequest): Promise<Page<Entry>>;
  /** Everything after a seq, oldest first, with both balances as of each entry. */
  changes(options: { afterSeq: number; limit?: number }): Promise<readonly Change[]>;
  /** Chains carried out behind a seq, in the order of their commits: by which a room finds its own acts. */
  chains(options: { afterSeq: number; limit?: number }): Promise<ChainsPage>;
  /** Of one account: what it was, each entry with the balance after it, what it became. */
  statement(asked: StatementAsked, page?: PageRequest): Promise<Statement>;
  /** What stands directly below a path, with sums of everything under it. */
  tree(filter: TreeFilter, page?: PageRequest): Promise<Page<TreeNode>>;
  assets(page?: PageRequest): Promise<Page<AssetView>>;
  trialBalance(): Promise<TrialBalance>;
  head(): Promise<Head>;
  origin(): Promise<Origin>;
  verify(options?: VerifyOptions): Promise<VerifyReport>;
}

export interface AssetView {
  readonly code: string;
  readonly scale: number;
  readonly refusals: RefusalPolicy;
  readonly definedSeq: number;
}

export interface TreeFilter {
  /** Whose children; without it those of the whole book. */
  readonly prefix?: string | undefined;
  /** Sums of this asset only; children without it are listed all the same, with no sum. */
  readonly asset?: string | undefined;
}

/** A child of a path: an account, a branch with accounts below it, or both. */
export interface TreeNode {
  readonly path: string;
  /** Whether paths go on below it. */
  readonly hasChildren: boolean;
  /** False where sums are absent, since more than TREE_ACCOUNTS_MAX accounts are below. */
  readonly complete: boolean;
  /** Over the account itself and all below it; absent where those are too many to sum on the way. */
  readonly sums?: readonly TreeSum[];
}

export interface TreeSum {
  readonly asset: string;
  readonly accounts: number;
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
}

export interface StatementAsked {
  readonly path: string;
  readonly asset: string;
  /** Book time, inclusive. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Only entries that move something: no openings, bounds and the like. Pages may be short. */
  readonly moves?: boolean | undefined;
}

export interface Statement {
  readonly path: string;
  readonly asset: string;
  readonly opening: Balance;
  readonly lines: readonly { readonly entry: Entry; readonly balance: Balance }[];
  readonly closing: Balance;
  readonly cursor?: string;
}
