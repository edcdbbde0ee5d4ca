/** What a user of one book can do with it over HTTP. */
import type {
  AccountView,
  Answer,
  AnswerTo,
  AssetView,
  Balance,
  Change,
  ChainAnswer,
  Entry,
  Head,
  StatementLine,
  StatementPage,
  TreeNode,
  TrialBalance,
  VerifyReport,
} from "./answer.ts";
import type { FeedOptions } from "./feed.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import type { List, ListOptions } from "./pages.ts";
import type {
  AccountNamed,
  Chain,
  DefineAsset,
  Instant,
  OpenAccount,
  Posting,
  Request,
  Resolution,
} from "./posting.ts";
import type { Shop } from "./shop.ts";
import type { VerifyOptions } from "./verification.ts";

export interface WriteOptions extends CallOptions {
  /** By which version of which rule it was made; kept with every entry. */
  readonly rule?: string | undefined;
  /**
   * False: the answer leaves out the balances, which are most of its bytes. For many at once whose
   * status is all that is looked at.
   */
  readonly balances?: boolean | undefined;
}

/** The point of the past that a balance is asked at; one of the three. */
export type Point =
  { readonly seq: number } | { readonly at: Instant } | { readonly effectiveAt: Instant };

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
  /** Newest first when left out. */
  readonly order?: "newest" | "oldest" | undefined;
}

export interface AccountFilter {
  readonly prefix?: string | undefined;
  readonly asset?: string | undefined;
}

export interface StatementAsked extends AccountNamed {
  /** Book time, inclusive. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Only what moved something: no openings, bounds and the like. */
  readonly moves?: boolean | undefined;
}

/**
 * Every write is safe to repeat by its id, and is repeated by this client until it is answered or
 * its deadline has passed. A refusal is an answer. Thrown is: OutcomeUnknown, where it may have been
 * carried out; LongmenProblem, where it was not; the reason of a signal that fired before anything
 * was sent.
 */
export interface Book {
  readonly name: string;
  /** What is sold in it. */
  readonly shop: Shop;

  /** Makes the book, if it isn't there. */
  create(options?: CallOptions): Promise<Head>;
  /** Its newest seq, time and hash. */
  head(options?: CallOptions): Promise<Head>;

  /** Carries out one request. Calls of one tick travel together, each with its own answer. */
  submit(request: Request, options?: WriteOptions): Promise<Answer>;
  /** Confirms a hold, wholly or in part. Travels as submit() does. */
  post(pendingId: string, resolution: Resolution, options?: WriteOptions): Promise<Answer>;
  /** Gives a hold back. Travels as submit() does. */
  void(pendingId: string, resolution: Resolution, options?: WriteOptions): Promise<Answer>;
  /** Several requests, all or none. Travels as submit() does. */
  chain(chain: Chain, options?: WriteOptions): Promise<ChainAnswer>;
  /** Many requests and chains, each on its own, in one POST: up to 8,192, those of chains counted. */
  batch<const P extends readonly Posting[]>(
    items: P,
    options?: WriteOptions,
  ): Promise<{ readonly [K in keyof P]: AnswerTo<P[K]> }>;
  /** Opens an account. Known by path and asset; travels as submit() does. */
  open(account: Omit<OpenAccount, "kind">, options?: WriteOptions): Promise<Answer>;
  /** Defines an asset. Travels as submit() does. */
  define(asset: Omit<DefineAsset, "kind">, options?: WriteOptions): Promise<Answer>;

  /** The entry of an id: carried out, or a remembered refusal. */
  find(id: string, options?: CallOptions): Promise<Entry | undefined>;
  /** The entries of a chain that was carried out; empty if it was not. */
  chainEntries(chain: string, options?: CallOptions): Promise<readonly Entry[]>;
  account(path: string, asset: string, options?: CallOptions): Promise<AccountView | undefined>;
  accounts(filter?: AccountFilter, options?: ListOptions): List<AccountView>;
  assets(options?: ListOptions): List<AssetView>;
  /** What stands directly below a path, with sums of everything under it. */
  tree(filter?: AccountFilter, options?: ListOptions): List<TreeNode>;
  /** Now, or at a point of the past. */
  balance(path: string, asset: string, point?: Point, options?: CallOptions): Promise<Balance>;
  history(filter?: EntryFilter, options?: ListOptions): List<Entry>;
  /** Lines oldest first; opening and closing stand on each page: `statement(…).page()`. */
  statement(asked: StatementAsked, options?: ListOptions): List<StatementLine, StatementPage>;
  /** The same as CSV, streamed: `await pipeline(await book.statementCsv(…), createWriteStream(…))`. */
  statementCsv(asked: StatementAsked, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
  trialBalance(options?: CallOptions): Promise<TrialBalance>;
  /** Everything after a seq, as it comes, until the signal fires. */
  changes(options?: FeedOptions): AsyncIterable<Change>;
  /** Proves every balance, bound and hash. */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
}
