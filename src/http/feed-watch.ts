/**
 * Waiting for a book's next entry. What is written through this node wakes its waiters at once; for
 * what other nodes write, the head is asked while somebody waits, one question per book however many
 * wait. Nobody waits: nothing is asked.
 */
import type { Book } from "../ledger/index.ts";

export interface FeedWatch {
  /** Something was written to the book through this node. */
  readonly wrote: (book: string) => void;
  /** Resolves when the book may have entries after `seq`, or when the time or the signal ends it. */
  readonly wait: (book: Book, seq: number, waitMs: number, signal: AbortSignal) => Promise<void>;
}

const LOOK_MS = 250;

interface Watched {
  readonly book: Book;
  readonly waiters: Set<{ readonly seq: number; readonly wake: () => void }>;
  timer: NodeJS.Timeout | undefined;
}

function wakeAll({ waiters }: Watched): void {
  for (const waiter of waiters) waiter.wake();
}

export function feedWatch(): FeedWatch {
  const watched = new Map<string, Watched>();

  async function look(one: Watched): Promise<void> {
    // A database that is away wakes everybody: their next question tells them.
    const head = await one.book.head().catch(() => undefined);
    for (const waiter of one.waiters) {
      if (head === undefined || head.seq > waiter.seq) waiter.wake();
    }
    arm(one);
  }

  function arm(one: Watched): void {
    if (one.waiters.size === 0) {
      watched.delete(one.book.name);
      return;
    }
    one.timer = setTimeout(() => void look(one), LOOK_MS);
    one.timer.unref();
  }

  function watchedOf(book: Book): Watched {
    const known = watched.get(book.name);
    if (known !== undefined) return known;
    const made: Watched = { book, waiters: new Set(), timer: undefined };
    watched.set(book.name, made);
    return made;
  }

  return {
    wrote(name) {
      const one = watched.get(name);
      if (one !== undefined) wakeAll(one);
    },
    wait(book, seq, waitMs, signal) {
      if (signal.aborted) return Promise.resolve();
      const one = watchedOf(book);
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { seq, wake };
      const timer = setTimeout(wake, waitMs);
      signal.addEventListener("abort", wake, { once: true });
      one.waiters.add(waiter);
      if (one.timer === undefined) arm(one);
      return promise;
      function wake(): void {
        if (!one.waiters.delete(waiter)) return;
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      }
    },
  };
}
