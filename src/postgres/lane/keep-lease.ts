/**
 * Keeps a node's lease: renews it from a thread with a connection of its own, so that neither a busy
 * event loop nor a drained pool loses it, and measures the database's clock on the way. What the thread
 * learns lies in shared memory, by the monotonic clock that all threads of a process have in common.
 */
import { Worker } from "node:worker_threads";
import type { Logger } from "../../base/index.ts";
import { arg, as } from "../columns.ts";
import { type Database, poolOf } from "../database.ts";
import { sql, table } from "../sql.ts";
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

export interface KeepLeaseOptions {
  readonly ttlMs: number;
  readonly everyMs: number;
  /** Somebody has taken the lease over. Called once. */
  readonly onLost: () => void;
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
  /** Stops renewing. With `ends` the lease ends at once, with nothing left behind it or something. */
  close(ends?: "leaving nothing" | "leaving something"): Promise<void>;
}

const ALIVE_MS = 250;
/** A query every few seconds needs little. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

/** Resolves once the lease has been renewed for the first time, or could not be. */
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
    async close(ends) {
      await stop();
      if (ends !== undefined) await endLease(database, held, ends === "leaving nothing");
    },
  };
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
  const { ttlMs, everyMs, onLost, onBlocked, hints, log } = options;
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = new URL(`./keep-lease-thread.${extension}`, import.meta.url);
  const text = renewLease.compile(database.schema).text;
  const lock = lockWords(database, held.node);
  const renewal = { ...held, ttlMs, everyMs, text, lock };
  const started = { settings, shared, renewal, channel: hints?.channel };
  const worker = new Worker(script, { workerData: started, resourceLimits: LIMITS });
  worker.unref();
  const first = Promise.withResolvers<void>();
  worker.on("message", (word: ThreadWord) => {
    if (word.kind === "hint") return hints?.onHint();
    if (word.kind === "blocked") onBlocked?.(word.blockedMs);
    else if (word.kind === "failed")
      log?.warn({ reason: word.reason }, "the lease was not renewed");
    if (word.kind === "lost") onLost();
    first.resolve();
  });
  worker.on("error", (error) => {
    log?.error({ error }, "the thread that renews the lease broke down");
    first.resolve();
  });
  const alive = setInterval(() => (shared[2] = monotonicMs()), ALIVE_MS);
  alive.unref();
  shared[2] = monotonicMs();
  await first.promise;
  return async () => {
    clearInterval(alive);
    await worker.terminate();
  };
}

/** Where a pool's settings can't be handed to a thread: a password that is a function, a stream. */
async function keepHere({ database, held, options, shared }: Keeping): Promise<Stop> {
  const { ttlMs, everyMs, onLost, log } = options;
  const renewal: Renewal = { ...held, ttlMs, everyMs, text: "", lock: "" };
  const first = Promise.withResolvers<void>();
  const over = new AbortController();
  const renewing = renewFor(renewal, shared, over.signal, {
    ask: async () => {
      const row = await database.maybe(renewLease, { ...held, ttlMs, isLocked: false });
      return row && Number(row.nowMs);
    },
    tell: (word) => {
      if (word.kind === "failed") log?.warn({ reason: word.reason }, "the lease was not renewed");
      if (word.kind === "lost") onLost();
      first.resolve();
    },
  });
  await first.promise;
  return async () => {
    over.abort();
    await renewing;
  };
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
