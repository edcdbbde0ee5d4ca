/**
 * A node's life under one epoch of its lease: the lane its runs share, the runs that it has in memory, and
 * the end of all that once the lease is somebody else's. A node that was taken over opens another session,
 * with another epoch, and begins anew.
 */
import { backoff, fail, type Faults, faultPoint, LongmenError } from "../base/index.ts";
import type { Database, KeptLease, Lane, LaneStats, WriteUse, Writer } from "../postgres/index.ts";
import { readLease } from "./flow.sql.ts";
import { flowErrors } from "./flow.errors.ts";
import { sayStatesOf, type StateRow } from "./write-forks.ts";
import { type Owner, type OwnedWriters, ownedWriters } from "./write-runs.ts";

const beforeCommit = faultPoint(
  "flow.before_commit",
  "a run's unit is about to be handed to its lane",
);
const afterCommit = faultPoint(
  "flow.after_commit",
  "a run's unit is committed, nobody has been told",
);

const LOOKS_MAX = 8;
const KEY_TRIES = 10;
const PAUSE_BASE_MS = 20;
const PAUSE_MAX_MS = 2_000;

/** One more row for a unit. */
export function writing<Item>(writer: Writer<Item>, item: Item): WriteUse {
  return { writer, item };
}

/**
 * `stood`: it was there already, from a unit of ours whose reply was lost. `taken`: a key of the caller's
 * belongs to something else.
 */
export type Committed = "committed" | "stood" | "taken";

export interface CommitOptions {
  /** Looks whether the rows are there, after an unknown outcome. */
  readonly stands: () => Promise<boolean>;
  /** A conflict can be a key of the caller's. */
  readonly mayBeTaken?: boolean;
  /** Where nothing was done it is said so at once: a caller waits, and may be told to come again. */
  readonly impatient?: boolean;
}

/** For rows that may be written twice. */
export const repeatable: CommitOptions = { stands: () => Promise.resolve(false) };

export interface SessionInput {
  readonly database: Database;
  readonly owner: Owner;
  readonly lane: Lane<never, never>;
  readonly kept: KeptLease;
  readonly faults: Faults;
}

export class Session {
  readonly database: Database;
  readonly owner: Owner;
  readonly writers: OwnedWriters;
  readonly sayStates: Writer<StateRow>;
  readonly kept: KeptLease;
  readonly faults: Faults;
  private readonly lane: Lane<never, never>;
  private readonly over = new AbortController();

  constructor({ database, owner, lane, kept, faults }: SessionInput) {
    this.database = database;
    this.owner = owner;
    this.lane = lane;
    this.kept = kept;
    this.faults = faults;
    this.writers = ownedWriters(owner);
    this.sayStates = sayStatesOf(owner);
  }

  /** Aborted once nothing can be committed under this epoch any more. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** The database's clock. */
  now(): number {
    return this.kept.databaseNow();
  }

  /** The lease is gone: everything of this session stops. Safe to repeat. */
  end(): void {
    if (this.over.signal.aborted) return;
    const { node, epoch } = this.owner;
    this.over.abort(fail(flowErrors, "fenced", { node, epoch }));
  }

  /** Before anything is done that can't be taken back: the lease stands, or this waits until it is known. */
  async demandLease(): Promise<void> {
    for (let attempt = 1; this.kept.leftMs() === 0; attempt++) {
      this.signal.throwIfAborted();
      await this.pause(attempt);
    }
    this.signal.throwIfAborted();
  }

  /**
   * Commits rows as one unit, and comes again for whatever passes. Throws the session's reason where it
   * is over, else only what can't pass.
   */
  async commit(
    key: string,
    writes: readonly WriteUse[],
    options: CommitOptions,
  ): Promise<Committed> {
    const fault = this.faults.at(beforeCommit);
    if (fault !== undefined) await fault;
    const committed = await this.commitSurely(key, writes, options);
    const after = this.faults.at(afterCommit);
    if (after !== undefined) await after;
    return committed;
  }

  private async commitSurely(
    key: string,
    writes: readonly WriteUse[],
    { stands, mayBeTaken, impatient }: CommitOptions,
  ): Promise<Committed> {
    for (let attempt = 1; ; attempt++) {
      this.signal.throwIfAborted();
      try {
        const answer = await this.lane.submit({
          key,
          posting: undefined,
          guards: [],
          writes,
          context: undefined,
        });
        if (answer.status !== "conflict") return "committed";
        return await this.explain(key, stands, mayBeTaken);
      } catch (error) {
        if (!isPassing(error)) throw error;
        const isUnknown = error.code === "lane.outcome_unknown";
        if (isUnknown && (await this.standsSoon(stands))) return "stood";
        if (impatient === true && !isUnknown) throw error;
        await this.pause(attempt, hintOf(error));
      }
    }
  }

  /** Why a unit was refused: the lease, a unit of ours that was committed after all, or a key. */
  async explain(
    key: string,
    stands: () => Promise<boolean>,
    mayBeTaken?: boolean,
  ): Promise<Committed> {
    await this.checkLease();
    if (await this.patiently(stands)) return "stood";
    if (mayBeTaken === true) return "taken";
    throw fail(flowErrors, "not_written", { key });
  }

  /** Asks the database whether the lease stands; ends the session where it doesn't, and throws. */
  async checkLease(): Promise<void> {
    const { node, epoch } = this.owner;
    const row = await this.patiently(() => this.database.maybe(readLease, { node, epoch }));
    if (row === undefined) this.end();
    this.signal.throwIfAborted();
  }

  /** A read that is tried again for whatever passes. */
  async patiently<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.signal.throwIfAborted();
      try {
        return await read();
      } catch (error) {
        if (!isPassing(error)) throw error;
        await this.pause(attempt);
      }
    }
  }

  private async standsSoon(stands: () => Promise<boolean>): Promise<boolean> {
    for (let look = 1; look <= LOOKS_MAX; look++) {
      if (await this.patiently(stands)) return true;
      await this.pause(look);
    }
    return false;
  }

  /** Commits it, or finds what has its key. Refuses: flow.not_written. */
  async commitOrFind<T>(
    key: string,
    writes: readonly WriteUse[],
    { stands, find }: { stands: () => Promise<boolean>; find: () => Promise<T | undefined> },
  ): Promise<T | "committed"> {
    const options = { stands, mayBeTaken: true, impatient: true };
    return tryForKey({ session: this }, key, async () => {
      const came = await this.commit(key, writes, options);
      return came === "taken" ? find() : "committed";
    });
  }

  /** Longer after each attempt, up to 2 s. Throws the session's reason where that is over. */
  async pause(attempt: number, leastMs = 0): Promise<void> {
    const waitMs = backoff({ attempt, baseMs: PAUSE_BASE_MS, maxMs: PAUSE_MAX_MS });
    await this.database.clock.sleep(Math.max(waitMs, leastMs, 1), this.signal);
  }

  stats(): LaneStats {
    return this.lane.stats();
  }

  /** Everything of it stops, and the lease is not renewed any more. */
  async close(): Promise<void> {
    this.end();
    await this.kept.close();
  }
}

/**
 * Tries until something comes of it, for some 3 s: what has a key may not be committed yet, where a flush is sent
 * again without those that it refuses, or be gone by now. Refuses: flow.not_written.
 */
export async function tryForKey<T>(
  node: { readonly session: Session },
  key: string,
  once: () => Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const came = await once();
    if (came !== undefined) return came;
    if (attempt === KEY_TRIES) throw fail(flowErrors, "not_written", { key });
    await node.session.pause(attempt);
  }
}

/** Asking again may help: nothing was done, or it can be found out. A bug does not go away. */
export function isPassing(error: unknown): error is LongmenError {
  if (!(error instanceof LongmenError) || error.retry === "never") return false;
  return error.code.startsWith("lane.") || error.code.startsWith("postgres.");
}

function hintOf({ details }: LongmenError): number {
  const hint = details["retryAfterMs"];
  return typeof hint === "number" ? Math.min(hint, PAUSE_MAX_MS) : 0;
}
