/**
 * Keeps a node's lease: renews it from a thread with a connection of its own, so that neither a busy
 * event loop nor a drained pool loses it, and measures the database's clock on the way. What the thread
 * learns lies in shared memory, by the monotonic clock that all threads of a process have in common.
 */
import { Worker } from "node:worker_threads";
import { fail, type Logger } from "../../base/index.ts";
import { arg, as } from "../columns.ts";
import { type Database, poolOf } from "../database.ts";
import { sql, table } from "../sql.ts";
import { laneErrors } from "./lane.errors.ts";
import { type Lease, lockWords } from "./lease.ts";
import { MEASURES, monotonicMs, renewFor, type Renewal, type ThreadWord } from "./renewals.ts";

const lease = table("lane_lease");

/** Answers no row once the lease is somebody else's. */
export const renewLease = sql.named("lane.renewLease", {
  params: { node: arg.text, epoch: arg.int4, ttlMs: arg.int4, isLocked: arg.bool },
  columns: { nowMs: as.int8 },
})`update ${lease} set lease_until = clock_timestamp() + ${"ttlMs"} * interval '1 millisecond',
    is_locked = ${"isLocked"}
  where node = ${"node"} and epoch = ${"epoch"}
  returning (extract(epoch from clock_timestamp()) * 1000)::int8 as now_ms`;

const end = sql.named("lane.endLease", {
  params: { node: arg.text, epoch: arg.int4, leavesNothing: arg.bool },
})`update ${lease}
  set lease_until = case when ${"leavesNothing"} then '-infinity' else clock_timestamp() end
  where node = ${"node"} and epoch = ${"epoch"}`;

const takeOver = sql.named("lane.takeOverLease", {
  params: { node: arg.text, epoch: arg.int4, ttlMs: arg.int4 },
  columns: { epoch: as.int8 },
})`update ${lease} set epoch = epoch + 1,
    lease_until = clock_timestamp() + ${"ttlMs"} * interval '1 millisecond'
  where node = ${"node"} and epoch = ${"epoch"} and lease_until <= clock_timestamp()
  returning epoch`;

const handOver = sql.named("lane.handOverLease", {
  params: { node: arg.text, epoch: arg.int4, ttlMs: arg.int4 },
  columns: { epoch: as.int8 },
})`update ${lease} set epoch = epoch + 1,
    lease_until = clock_timestamp() + ${"ttlMs"} * interval '1 millisecond'
  where node = ${"node"} and epoch = ${"epoch"}
  returning epoch`;

const LOCK_TIMEOUT_MS = 5_000;

/**
 * Says that nobody is behind a lease: none has to wait for it to run out. Where something is left behind
 * it, others take it over at once. Safe to repeat.
 */
export async function endLease(
  database: Database,
  held: Lease,
  leavesNothing: boolean,
): Promise<void> {
  await database.count(end, { ...held, leavesNothing });
}

/**
 * Takes over the lease of a node that no longer renews it; from then on that node commits nothing.
 * Undefined: it has renewed it, or somebody else was faster. Whoever takes over has `ttlMs` for what
 * follows, and then ends the lease; else somebody takes over again. Waits for the node's commit in flight,
 * not for long (postgres.lock_timeout). Locks: the lease row.
 */
export async function takeOverLease(
  database: Database,
  { node, epoch }: Lease,
  ttlMs: number,
): Promise<Lease | undefined> {
  const taken = await database.transaction((tx) => tx.maybe(takeOver, { node, epoch, ttlMs }), {
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
  return taken && { node, epoch: Number(taken.epoch) };
}

/**
 * Raises one's own lease to its next epoch: what is in flight under it is committed first, and nothing later.
 * Who does so has `ttlMs` for giving back what it had, and then ends the lease; else somebody takes over.
 * Undefined: it is somebody else's already. Waits for commits in flight, not for long (postgres.lock_timeout).
 * Locks: the lease row.
 */
export async function handOverLease(
  database: Database,
  { node, epoch }: Lease,
  ttlMs: number,
): Promise<Lease | undefined> {
  const raised = await database.transaction((tx) => tx.maybe(handOver, { node, epoch, ttlMs }), {
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
  return raised && { node, epoch: Number(raised.epoch) };
}

export interface KeepLeaseOptions {
  readonly ttlMs: number;
  readonly everyMs: number;
  /** Somebody has taken the lease over. Called once. */
  readonly onLost: () => void;
  /**
   * When the event loop stands still for longer the lease is not renewed until it goes on: others have a right to
   * what this process can't do. A minute when left out.
   */
  readonly stillMaxMs?: number | undefined;
  /** The event loop of this process stood still for so long. */
  readonly onBlocked?: ((blockedMs: number) => void) | undefined;
  /**
   * Notifications of a channel of PostgreSQL's, those that come together told as one. Only hints: behind a
   * pooler, and where no thread can renew, none comes.
   */
  readonly hints?: { readonly channel: string; readonly onHint: () => void } | undefined;
  readonly log?: Logger | undefined;
}

export interface KeptLease {
  /** How long the lease certainly stands yet, by what was last heard; 0 when it may be over. */
  leftMs(): number;
  /** The database's clock as this process last measured it; steps of the machine's clock move it not. */
  databaseNow(): number;
  /** Stops renewing. The lease stands as long as it was last renewed for, or until somebody ends it. */
  close(): Promise<void>;
}

const ALIVE_MS = 250;
const STILL_MAX_MS = 60_000;
/** The first renewal measures the database's clock: nobody goes on without. */
const FIRST_MAX_MS = 15_000;
/** A query every few seconds needs little. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

/**
 * Resolves once the lease has been renewed for the first time, which also measured the database's clock.
 * Refuses: lane.not_renewed, where that doesn't come about; lane.fenced.
 */
export async function keepLease(
  database: Database,
  held: Lease,
  options: KeepLeaseOptions,
): Promise<KeptLease> {
  const shared = new Float64Array(new SharedArrayBuffer(MEASURES * 8));
  const settings = settingsOf(database);
  const keep = settings === undefined ? keepHere : keepInThread;
  const stop = await keep({ database, held, options, shared, settings });
  return {
    leftMs: () => Math.max(0, (shared[0] ?? 0) - monotonicMs()),
    databaseNow: () => Math.floor(monotonicMs() + (shared[1] ?? 0)),
    close: stop,
  };
}

/** Waits for the first renewal. Stops what renews where it does not come. */
async function begun(first: First, stop: Stop): Promise<Stop> {
  try {
    await first.promise;
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the first renewal comes to. */
class First {
  private readonly settled = Promise.withResolvers<void>();
  private readonly node: string;
  private readonly timer: NodeJS.Timeout;
  private reason = "there was no answer";
  /** It came to something: from now on there is somebody to tell. */
  isOver = false;

  constructor(node: string) {
    this.node = node;
    this.timer = setTimeout(() => this.fail(), FIRST_MAX_MS);
  }

  get promise(): Promise<void> {
    return this.settled.promise.finally(() => clearTimeout(this.timer));
  }

  hear(word: ThreadWord, { epoch }: Lease): void {
    if (word.kind === "failed") this.reason = word.reason;
    if (word.kind === "lost") {
      this.settled.reject(fail(laneErrors, "fenced", { node: this.node, epoch }));
    } else if (word.kind === "renewed") this.settled.resolve();
    if (word.kind === "lost" || word.kind === "renewed") this.isOver = true;
  }

  fail(error?: unknown): void {
    const reason = error instanceof Error ? error.message : this.reason;
    this.isOver = true;
    this.settled.reject(fail(laneErrors, "not_renewed", { node: this.node, reason }, error));
  }
}

interface Keeping {
  readonly database: Database;
  readonly held: Lease;
  readonly options: KeepLeaseOptions;
  readonly shared: Float64Array<SharedArrayBuffer>;
  readonly settings: object | undefined;
}

type Stop = () => Promise<void>;

async function keepInThread({ database, held, options, shared, settings }: Keeping): Promise<Stop> {
  const { ttlMs, everyMs, stillMaxMs = STILL_MAX_MS, onLost, onBlocked, hints, log } = options;
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = new URL(`./keep-lease-thread.${extension}`, import.meta.url);
  const text = renewLease.compile(database.schema).text;
  const lock = lockWords(database, held.node);
  const renewal = { ...held, ttlMs, everyMs, stillMaxMs, text, lock };
  const started = { settings, shared, renewal, channel: hints?.channel };
  const worker = new Worker(script, { workerData: started, resourceLimits: LIMITS });
  worker.unref();
  const first = new First(held.node);
  worker.on("message", (word: ThreadWord) => {
    if (word.kind === "hint") return hints?.onHint();
    if (word.kind === "blocked") onBlocked?.(word.blockedMs);
    else if (word.kind === "failed")
      log?.warn({ reason: word.reason }, "the lease was not renewed");
    if (word.kind === "lost" && first.isOver) onLost();
    first.hear(word, held);
  });
  worker.on("error", (error: unknown) => {
    log?.error({ error }, "the thread that renews the lease broke down");
    // Nobody renews it any more: whoever had it begins anew.
    if (first.isOver) onLost();
    else first.fail(error);
  });
  const alive = setInterval(() => (shared[2] = monotonicMs()), ALIVE_MS);
  alive.unref();
  shared[2] = monotonicMs();
  return begun(first, async () => {
    clearInterval(alive);
    await worker.terminate();
  });
}

/** Where a pool's settings can't be handed to a thread: a password that is a function, a stream. */
async function keepHere({ database, held, options, shared }: Keeping): Promise<Stop> {
  const { ttlMs, everyMs, onLost, log } = options;
  const renewal: Renewal = { ...held, ttlMs, everyMs, stillMaxMs: Infinity, text: "", lock: "" };
  const first = new First(held.node);
  const over = new AbortController();
  const renewing = renewFor(renewal, shared, over.signal, {
    ask: async () => {
      const row = await database.maybe(renewLease, { ...held, ttlMs, isLocked: false });
      return row && Number(row.nowMs);
    },
    tell: (word) => {
      if (word.kind === "failed") log?.warn({ reason: word.reason }, "the lease was not renewed");
      if (word.kind === "lost" && first.isOver) onLost();
      first.hear(word, held);
    },
  });
  return begun(first, async () => {
    over.abort();
    await renewing;
  });
}

/** What a connection is made with, as far as a thread can be given it. */
function settingsOf(database: Database): object | undefined {
  const { options } = poolOf(database);
  const { connectionString, host, port, user, password, ssl } = options;
  const named = { connectionString, host, port, user, password, ssl, database: options.database };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  try {
    return structuredClone(Object.fromEntries(given));
  } catch {
    return undefined;
  }
}
