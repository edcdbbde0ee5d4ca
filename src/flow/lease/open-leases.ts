/** The door of leases: taken, kept, watched, broken. */
import { fail, type Logger } from "../../base/index.ts";
import { type Database, Lane, postgresMigrations, type Transaction } from "../../postgres/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { flowMigrations } from "../migrations.ts";
import { closedError } from "./asker.ts";
import { breakLease } from "./break-lease.ts";
import { checkLease, type Lent } from "./check-lease.ts";
import type { Held } from "./held.ts";
import { type LeaseRoom, readSoon } from "./lease-room.ts";
import { leaseBreaks, leaseView, leaseViews } from "./lease.sql.ts";
import {
  type BreakOptions,
  checkKey,
  checkNode,
  checkTake,
  type LeaseBreak,
  type LeaseListOptions,
  type LeaseRef,
  type LeaseView,
  rangeOf,
  type TakeOptions,
  viewOf,
} from "./lease.ts";
import { Line } from "./line.ts";
import { Renewals } from "./renewals.ts";
import { monotonicClock, type Steady, steadyClock } from "./steady-clock.ts";

export interface LeasesOptions {
  /** From openDatabase, migrated with `flowMigrations` behind `postgresMigrations`. */
  readonly database: Database;
  /** What the list of leases calls this process: one line of at most 64 characters. */
  readonly node: string;
  readonly log?: Logger | undefined;
  /**
   * By which this process counts how long its leases stand; the process's monotonic clock when left
   * out. Should it be set back, no lease gets longer; set forward, leases count as lost.
   */
  readonly clock?: Steady | undefined;
}

export interface Leases {
  /**
   * Takes the lease of a key, and keeps it by renewing it until it is released or lost. Undefined:
   * somebody else held it for as long as this waited. First come first served, over all nodes; who
   * doesn't wait passes nobody who does. Not reentrant: whoever holds it and takes it again waits for
   * themselves. Answers within `waitMs` and a few seconds, whatever the database does. Safe to repeat:
   * yes, each call is a holder of its own. Refuses: flow.lease_malformed,
   * flow.too_many_leases, flow.leases_closed; with an aborted signal its reason; where the database
   * can't be asked till the end of the waiting, what that says.
   */
  take(key: string, options: TakeOptions): Promise<Held | undefined>;
  /**
   * Takes it, does the work, and gives it back however that ends. Answers what the work answers; work
   * that must stop when the lease is lost watches `held.lost`, and what must not be written by a late
   * holder is guarded. Refuses: flow.lease_held, and what `take` refuses.
   */
  withLease<T>(key: string, options: TakeOptions, work: (held: Held) => Promise<T> | T): Promise<T>;
  /**
   * In a transaction of the user's own, on this database and schema: holds the lease for the
   * transaction until it ends, so that whoever takes it over comes after its commit. `tx` is a
   * Longmen transaction, or a connection of `pg` on which one has begun. Best the first statement: a
   * late holder then waits for nothing. Keep the transaction short: while it is open, the lease can be
   * renewed, but not taken over. Safe to repeat. Locks: the lease's row, for key share. Refuses:
   * flow.lease_lost, flow.lease_check_unprotected.
   */
  check(tx: Pick<Transaction, "maybe"> | Lent, lease: LeaseRef): Promise<void>;
  /** Leases that are held, by key. The next page begins `after` the last key of this one. */
  list(options?: LeaseListOptions): Promise<readonly LeaseView[]>;
  /** Who holds it; undefined: nobody. Refuses: flow.lease_malformed. */
  find(key: string): Promise<LeaseView | undefined>;
  /**
   * Ends a lease by force: whatever its holder does under it from now on is refused, and it learns
   * that it lost it with its next renewal, within 30 s. Answers what was broken; who did it is
   * recorded. Safe to repeat: name the token, and the next holder is left alone. Refuses:
   * flow.lease_not_held, flow.lease_in_use, flow.lease_malformed.
   */
  breakLease(key: string, options: BreakOptions): Promise<LeaseView>;
  /** What was broken of a key, newest first, at most 100. Refuses: flow.lease_malformed. */
  breaks(key: string): Promise<readonly LeaseBreak[]>;
  /** Ends all waiting (flow.leases_closed), releases all that is held. Safe to repeat. */
  close(): Promise<void>;
}

/** What one process may hold and wait for. */
export const LEASES_MAX = 10_000;
const BREAKS_MAX = 100;
/** Sooner than a lane for books: a lease that can't be renewed for as long is lost. */
const REPLY_TIMEOUT_MS = 8_000;

/** Opens leases on a migrated database. Asks it nothing before somebody wants one. */
export function openLeases(options: LeasesOptions): Leases {
  const { database, node, log = database.log, clock = monotonicClock } = options;
  checkNode(node);
  const lane = new Lane<never, never>({
    name: `leases of ${node}`,
    database,
    rooms: [postgresMigrations, flowMigrations],
    limits: { replyTimeoutMs: REPLY_TIMEOUT_MS },
    log,
  });
  const room: LeaseRoom = { database, lane, node, clock: steadyClock(clock), log };
  const renewals: Renewals = new Renewals(room, (key) => line.poke(key));
  const line = new Line(room, renewals);
  let closing: Promise<void> | undefined;
  const take = async (key: string, asked: TakeOptions): Promise<Held | undefined> => {
    checkTake(key, asked);
    asked.signal?.throwIfAborted();
    if (closing !== undefined) throw closedError(node);
    const count = line.count + renewals.count;
    if (count >= LEASES_MAX) throw fail(flowErrors, "too_many_leases", { count });
    return line.take(key, asked);
  };
  const close = async (): Promise<void> => {
    await line.close();
    await renewals.close();
    await lane.close();
  };
  return {
    take,
    withLease: async (key, asked, work) => {
      await using held = await take(key, asked);
      if (held !== undefined) return await work(held);
      throw fail(flowErrors, "lease_held", { key, waitMs: asked.waitMs ?? 0 });
    },
    check: (tx, lease) => checkLease(database.schema, tx, lease),
    ...looks(room),
    breakLease: (key, asked) => breakLease(room, key, asked),
    close: () => (closing ??= close()),
  };
}

function looks(room: LeaseRoom): Pick<Leases, "list" | "find" | "breaks"> {
  return {
    async list(asked = {}) {
      return (await readSoon(room, leaseViews, rangeOf(asked))).map(viewOf);
    },
    async find(key) {
      checkKey(key);
      const [row] = await readSoon(room, leaseView, { key });
      return row && viewOf(row);
    },
    async breaks(key) {
      checkKey(key);
      const rows = await readSoon(room, leaseBreaks, { key, limit: BREAKS_MAX });
      return rows.map(({ byWhom, reason, ...row }) => ({
        ...row,
        by: byWhom,
        reason: reason ?? undefined,
      }));
    },
  };
}
