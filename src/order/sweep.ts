/**
 * Ends unpaid orders by itself, of all books, on any number of nodes. A node wakes where the time of orders ends that
 * it has placed; those of nodes that are gone it finds by a slow look. Where nothing was placed it asks two things a minute.
 */
import { type Clock, type Instant, type Logger, silentLogger } from "../base/index.ts";
import type { Book } from "../ledger/index.ts";
import { expireDue } from "./expire-due.ts";
import { listSweptBooks } from "./order.sql.ts";
import type { OrderRoom } from "./room.ts";

/** Where books are found by their numbers: an open ledger. */
export interface SweptBooks {
  bookById(id: number): Promise<Book>;
}

export interface SweepOptions {
  readonly books: SweptBooks;
  readonly log?: Logger | undefined;
}

/** Between two looks; jittered by half. */
const LOOK_MS = 60_000;
/** Orders end this much late at most where the node that placed them lives: one sweep for all of that time. */
const GRAIN_MS = 5_000;
/** Wake-ups that are kept; what is beyond is found by the look. */
const WAKES_MAX = 20_000;
const SWEEP = { context: { by: "sweep" } };

interface Wake {
  readonly at: Instant;
  readonly book: Book;
}

export class Sweep {
  private readonly stopping = new AbortController();
  private readonly wakes: Wake[] = [];
  /** Of each book the newest wake: orders end in the order in which they are placed, or nearly. */
  private readonly newest = new Map<number, Instant>();
  private readonly room: OrderRoom;
  private readonly books: SweptBooks;
  private readonly log: Logger;
  private readonly clock: Clock;
  /** One sweep at a time. */
  private sweeping: Promise<void> = Promise.resolve();
  private readonly looking: Promise<void>;
  private waking: Promise<void> | undefined;

  constructor(room: OrderRoom, { books, log = silentLogger }: SweepOptions) {
    this.room = room;
    this.books = books;
    this.log = log;
    this.clock = room.clock;
    this.looking = this.look();
  }

  /** An order was placed here that ends then, if it isn't paid. */
  note(book: Book, expiresAt: Instant): void {
    const at = (Math.floor(expiresAt / GRAIN_MS) + 1) * GRAIN_MS;
    if ((this.newest.get(book.id) ?? 0) >= at || this.wakes.length >= WAKES_MAX) return;
    this.newest.set(book.id, at);
    this.wakes.push({ at, book });
    if (this.stopping.signal.aborted) return;
    this.waking ??= this.wake();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.looking, this.waking, this.sweeping]);
  }

  private async slept(ms: number): Promise<boolean> {
    const { signal } = this.stopping;
    try {
      await this.clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return !signal.aborted;
  }

  /** Ends with the last wake, and with the sweep. */
  private async wake(): Promise<void> {
    for (let first = this.wakes[0]; first !== undefined; first = this.wakes[0]) {
      if (!(await this.slept(first.at - this.room.time.guess()))) return;
      const due = new Map<number, Book>();
      while (this.wakes[0] !== undefined && this.wakes[0].at <= this.room.time.guess()) {
        const { book, at } = this.wakes.shift() ?? first;
        due.set(book.id, book);
        if (this.newest.get(book.id) === at) this.newest.delete(book.id);
      }
      await this.sweep([...due.values()]);
    }
    this.waking = undefined;
  }

  private async look(): Promise<void> {
    do {
      try {
        const until = await this.room.time.now();
        const found = await this.room.database.run(listSweptBooks, { until });
        await this.sweep(await this.booksOf(found.map(({ bookId }) => bookId)));
      } catch (error) {
        this.log.warn({ error }, "could not look for orders that were not paid in time");
      }
    } while (await this.slept(LOOK_MS * (0.5 + Math.random())));
  }

  /** One that can't be opened keeps no other waiting. */
  private async booksOf(ids: readonly number[]): Promise<readonly Book[]> {
    const books: Book[] = [];
    for (const id of ids) {
      try {
        books.push(await this.books.bookById(id));
      } catch (error) {
        this.log.warn({ error, book: id }, "could not open a book to end its unpaid orders");
      }
    }
    return books;
  }

  /** What fails is told, and found by the next look. */
  private sweep(books: readonly Book[]): Promise<void> {
    this.sweeping = this.sweeping.then(async () => {
      for (const book of books) {
        try {
          while (!this.stopping.signal.aborted) {
            const { more } = await expireDue(this.room, book, SWEEP);
            if (!more) break;
          }
        } catch (error) {
          this.log.warn({ error, book: book.name }, "could not end orders that were not paid");
        }
      }
    });
    return this.sweeping;
  }
}
