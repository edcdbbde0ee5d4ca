/**
 * Books outnumber connections. The lanes of a pool may hold all of its connections but two, which
 * reads and transactions find whatever the lanes do; a lane that finds every seat taken waits in
 * line, and who has sat long enough makes room.
 */
import type { Pool } from "pg";
import { type Database, poolOf } from "../database.ts";

/** What lanes leave to everybody else, where the pool is large enough. */
export const KEPT_FREE = 2;
/** How many flushes a lane may send while another waits for its seat. */
const FLUSHES_MAX = 16;

interface Seats {
  /** The pool has one connection: there is no telling who else waits for it. */
  readonly isOnly: boolean;
  free: number;
  readonly line: (() => void)[];
  readonly taken: Set<Seat>;
}

const seatsOf = new WeakMap<Pool, Seats>();

function seatsFor(pool: Pool): Seats {
  let seats = seatsOf.get(pool);
  if (seats === undefined) {
    const { max } = pool.options;
    const free = Math.max(1, max - KEPT_FREE);
    seats = { isOnly: max === 1, free, line: [], taken: new Set() };
    seatsOf.set(pool, seats);
  }
  return seats;
}

/** One lane's place among those of its pool. */
export class Seat {
  private readonly seats: Seats;
  private readonly onWanted: () => void;
  private flushesLeft = 0;

  /** `onWanted`: another lane waits. Whoever sends nothing just now leaves at once. */
  constructor(database: Database, onWanted: () => void) {
    this.seats = seatsFor(poolOf(database));
    this.onWanted = onWanted;
  }

  /** Another waits, or may: whoever has nothing to send should leave. */
  get isWanted(): boolean {
    return this.seats.line.length > 0 || this.seats.isOnly;
  }

  /** Another waits, and this one has had its turn. */
  get isOver(): boolean {
    return this.flushesLeft <= 0 && this.isWanted && this.seats.taken.has(this);
  }

  /** One flush of the turn is sent. */
  count(): void {
    this.flushesLeft -= 1;
  }

  /** Waits for a seat, first come first served. Whoever has one keeps it. */
  async take(): Promise<void> {
    const { seats } = this;
    if (seats.taken.has(this)) return;
    if (seats.free > 0) seats.free -= 1;
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      seats.line.push(resolve);
      for (const seat of [...seats.taken]) seat.onWanted();
      await promise;
    }
    seats.taken.add(this);
    this.flushesLeft = FLUSHES_MAX;
  }

  leave(): void {
    const { seats } = this;
    if (!seats.taken.delete(this)) return;
    const next = seats.line.shift();
    if (next === undefined) seats.free += 1;
    else next();
  }
}
