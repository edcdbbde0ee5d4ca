/** What every verb of this room works with. */
import type { Clock, Instant } from "../base/index.ts";
import type { Book, Context, Request } from "../ledger/index.ts";
import type { Database } from "../postgres/index.ts";
import { REVENUE, STOCK, shelfAsset, UNEARNED } from "./accounts.ts";
import type { OrderMemory, OrderReader } from "./known-order.ts";
import type { QuoteBook } from "./order.ts";
import type { OrderTime } from "./order-time.ts";
import type { Reaction } from "./reaction.ts";
import type { Turns } from "./turns.ts";

export interface OrderRoom {
  readonly database: Database;
  readonly quotes: QuoteBook;
  /** To sleep by; what it says is no time of orders. */
  readonly clock: Clock;
  readonly time: OrderTime;
  readonly payWithinMs: number;
  readonly memory: OrderMemory;
  readonly reader: OrderReader;
  readonly shelves: Shelves;
  readonly turns: Turns;
  readonly reactions: readonly Reaction[];
  /** Up to when this node has ended a book's unpaid orders. */
  readonly sweptUntil: Map<number, Instant>;
  /** When this node last looked which orders of a book are open beyond their time to pay. */
  readonly listedAt: Map<number, Instant>;
  /** Told of orders that are placed, where this node sweeps. */
  readonly placed?: ((book: Book, expiresAt: Instant) => void) | undefined;
}

/** Who asks, in which request: kept with the order and its postings. */
export interface Asked {
  readonly context?: Context | undefined;
  /** What is not sent to the database within it is dropped, and says so. */
  readonly deadlineMs?: number | undefined;
}

const OPEN_KNOWN_MAX = 100_000;

interface Look {
  readonly flying: Promise<bigint>;
  /** Shared by all who ask while that is under way: what it tells may be from before they asked. */
  next: Promise<bigint> | undefined;
}

/** Pieces that are left of products. All who ask at once share one look, which begins after they asked. */
export class Shelves {
  private readonly looks = new Map<string, Look>();
  private readonly tills = new Map<string, Promise<boolean>>();
  /** Known to be open: what is opened stays. */
  private readonly open = new Set<string>();

  /** The shelf of a SKU, or something with a space in its name, which no SKU has. */
  isOpen(book: Book, what: string): boolean {
    return this.open.has(`${book.id}/${what}`);
  }

  opened(book: Book, what: string): void {
    if (this.open.size >= OPEN_KNOWN_MAX) this.open.clear();
    this.open.add(`${book.id}/${what}`);
  }

  /**
   * Whether orders for this money can be placed. All who ask at once share one look; but a no counts only from one
   * that began after the question: the till may have been opened since.
   */
  async isTillOpen(book: Book, asset: string): Promise<boolean> {
    const till = `till ${asset}`;
    if (this.isOpen(book, till)) return true;
    const before = this.tills.get(`${book.id}/${till}`);
    const wasThere = before !== undefined && (await before);
    const isThere = wasThere || (await this.lookAtTill(book, asset));
    if (isThere) this.opened(book, till);
    return isThere;
  }

  private lookAtTill(book: Book, asset: string): Promise<boolean> {
    const key = `${book.id}/till ${asset}`;
    const looking = this.tills.get(key);
    if (looking !== undefined) return looking;
    const look = book
      .account(UNEARNED, asset)
      .then((account) => account !== undefined)
      .finally(() => this.tills.delete(key));
    this.tills.set(key, look);
    return look;
  }

  left(book: Book, sku: string): Promise<bigint> {
    const before = this.looks.get(`${book.id}/${sku}`);
    if (before === undefined) return this.lookAtShelf(book, sku);
    before.next ??= Promise.allSettled([before.flying]).then(() => this.lookAtShelf(book, sku));
    return before.next;
  }

  private lookAtShelf(book: Book, sku: string): Promise<bigint> {
    const key = `${book.id}/${sku}`;
    const flying = book
      .account(STOCK, shelfAsset(sku))
      .then((account) => account?.available ?? 0n)
      .finally(() => look.next === undefined && this.looks.delete(key));
    const look: Look = { flying, next: undefined };
    this.looks.set(key, look);
    return flying;
  }
}

/**
 * For acts that move nothing: a chain has at least one entry, and every act stands in the journal.
 * It moves zero.
 */
export function markOf(id: string, asset: string): Request {
  return { id, asset, debit: UNEARNED, credit: REVENUE, amount: 0n };
}
