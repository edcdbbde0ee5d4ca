/**
 * What a lane believes of its book, in bounded memory: accounts, assets, recent ids and holds. It is
 * a cache of facts as of a seq, never the truth: the compare-and-set refuses whatever was decided on
 * a wrong belief.
 *
 * Bounded without bookkeeping on the hot path: two generations. What is asked for moves to the young
 * one; when that is full, the old one is dropped and the young one grows old.
 */
import type { Asset, Instant } from "../base/index.ts";
import type { Balance } from "./answer.ts";
import type { Burnt, Row } from "./booked.ts";
import type { Hold } from "./hold.ts";
import { hashOf, KeyFilter } from "./key-filter.ts";
import type { RefusalPolicy, Side } from "./transfer.ts";

export class Generations<Key, Value> {
  private young = new Map<Key, Value>();
  private old = new Map<Key, Value>();
  private readonly max: number;
  /** What a value takes beyond the place of one. */
  private readonly excess: (value: Value) => number;
  private excessNow = 0;

  constructor(max: number, excess: (value: Value) => number = () => 0) {
    this.max = max;
    this.excess = excess;
  }

  get(key: Key): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const aged = this.old.get(key);
    if (aged !== undefined) this.set(key, aged);
    return aged;
  }

  set(key: Key, value: Value): void {
    this.young.set(key, value);
    this.excessNow += this.excess(value);
  }

  delete(key: Key): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
    this.excessNow = 0;
  }

  /** Between flushes only: within one nothing that was loaded may go. */
  rotateIfFull(): void {
    if (this.young.size + this.excessNow < this.max) return;
    this.old = this.young;
    this.young = new Map();
    this.excessNow = 0;
    this.onRotated();
  }

  protected onRotated(): void {}

  protected get size(): number {
    return this.young.size + this.old.size;
  }

  protected youngKeys(): Iterable<Key> {
    return this.young.keys();
  }
}

/** Generations of what is mostly asked for in vain. */
export class RareGenerations<Value> extends Generations<string, Value> {
  private youngFilter = new KeyFilter();
  private oldFilter = new KeyFilter();

  override get(key: string): Value | undefined {
    if (this.size === 0) return undefined;
    const hash = hashOf(key);
    const may = this.youngFilter.mayHave(hash) || this.oldFilter.mayHave(hash);
    return may ? super.get(key) : undefined;
  }

  override set(key: string, value: Value): void {
    super.set(key, value);
    this.youngFilter.add(hashOf(key));
    if (this.youngFilter.isFull) this.youngFilter.grow(this.youngKeys());
  }

  override clear(): void {
    super.clear();
    this.youngFilter = new KeyFilter();
    this.oldFilter = new KeyFilter();
  }

  protected override onRotated(): void {
    this.oldFilter = this.youngFilter;
    this.youngFilter = new KeyFilter(this.oldFilter);
  }
}

/** An account as the lane knows it. `balance` is replaced, never changed. */
export interface Account {
  /** The seq of the entry that opened it. */
  readonly number: number;
  readonly path: string;
  readonly asset: AssetFacts;
  readonly side: Side;
  readonly openedAt: Instant;
  readonly openingBound: bigint | "none";
  balance: Balance;
  /** The batch that touched it last, and the account's first entry in it. */
  touchedIn: number;
  firstSeq: number;
}

export interface AssetFacts {
  readonly number: number;
  readonly asset: Asset;
  readonly refusals: RefusalPolicy;
  readonly definedAt: Instant;
}

/** Known not to be there. */
export const ABSENT = Symbol("absent");
/** Known to be there, and not a hold. */
export const NOT_PENDING = Symbol("not pending");
export type Known<T> = T | typeof ABSENT | undefined;

/** How much of each is remembered, per generation; twice that at most. Long metadata counts for more. */
export interface MemoryLimits {
  readonly accounts: number;
  readonly ids: number;
  readonly holds: number;
}

export const MEMORY_LIMITS: MemoryLimits = { accounts: 131_072, ids: 32_768, holds: 65_536 };

/** Characters of metadata that go with one place. */
const PLACE_LENGTH = 256;

function excessOf(metadata: string | undefined): number {
  return metadata === undefined ? 0 : Math.floor(metadata.length / PLACE_LENGTH);
}

export class BookMemory {
  readonly assets: Generations<string, AssetFacts | typeof ABSENT>;
  /** By asset, then by path: strings that the caller already has, none is glued together. */
  private accountsYoung = new Map<string, Map<string, Account | typeof ABSENT>>();
  private accountsOld = new Map<string, Map<string, Account | typeof ABSENT>>();
  private accountCount = 0;
  /** What stands in the books under an id, or will: facts, whoever writes meanwhile. */
  readonly ids: RareGenerations<Row>;
  /** Refusals without a row, true until another node writes: it may have carried the same id out. */
  readonly windowed: RareGenerations<Burnt>;
  /** Of chains that were carried out, the id of the first member. */
  readonly chains: RareGenerations<string>;
  readonly holds: Generations<string, Hold | typeof ABSENT | typeof NOT_PENDING>;
  /** Looked up since the batch was opened: what is not in `ids` then is in no entry either. */
  readonly sought = new Set<string>();
  /** An answer that writes no row needs its ids looked up: no key would tell that they are taken. */
  isUnsure = false;
  private readonly limits: MemoryLimits;

  constructor(limits: MemoryLimits) {
    this.limits = limits;
    this.assets = new Generations(limits.accounts);
    const excess = ({ request }: Row) =>
      excessOf("metadata" in request ? request.metadata : undefined);
    this.ids = new RareGenerations<Row>(limits.ids, excess);
    this.windowed = new RareGenerations<Burnt>(limits.ids, excess);
    this.chains = new RareGenerations(limits.ids);
    this.holds = new Generations(limits.holds, (hold) =>
      typeof hold === "object" ? excessOf(hold.words.metadata) : 0,
    );
  }

  /** What is known under an id. What stands in the books comes first: it alone can't be wrong. */
  row(id: string): Row | undefined {
    return this.ids.get(id) ?? this.windowed.get(id);
  }

  /** Whether it is known what stands under the id, be it nothing; if not, it is looked up. */
  isSettled(id: string): boolean {
    return this.row(id) !== undefined || this.sought.has(id);
  }

  account(path: string, asset: string): Known<Account> {
    const known = this.accountsYoung.get(asset)?.get(path);
    if (known !== undefined) return known;
    const aged = this.accountsOld.get(asset)?.get(path);
    if (aged !== undefined) this.setAccount(path, asset, aged);
    return aged;
  }

  setAccount(path: string, asset: string, account: Account | typeof ABSENT): void {
    let byPath = this.accountsYoung.get(asset);
    if (byPath === undefined) {
      byPath = new Map();
      this.accountsYoung.set(asset, byPath);
    }
    byPath.set(path, account);
    this.accountCount += 1;
  }

  forget(): void {
    this.doubt();
    this.ids.clear();
    this.chains.clear();
  }

  /** Balances, holds, what is absent and refusals without a row are doubtful; entries never change. */
  doubt(): void {
    this.windowed.clear();
    this.assets.clear();
    this.accountsYoung.clear();
    this.accountsOld.clear();
    this.accountCount = 0;
    this.holds.clear();
  }

  rotate(): void {
    this.sought.clear();
    this.isUnsure = false;
    this.assets.rotateIfFull();
    this.ids.rotateIfFull();
    this.windowed.rotateIfFull();
    this.chains.rotateIfFull();
    this.holds.rotateIfFull();
    if (this.accountCount < this.limits.accounts) return;
    this.accountsOld = this.accountsYoung;
    this.accountsYoung = new Map();
    this.accountCount = 0;
  }
}
