/** The loop that renews a lease, in whichever thread. */
import { setTimeout as sleep } from "node:timers/promises";

/** Shared: until when the lease stands, the database's clock less ours, when the main thread last ran. */
export const MEASURES = 3;

/** The monotonic clock that all threads of a process share, in milliseconds. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

export interface Renewal {
  readonly node: string;
  readonly epoch: number;
  readonly ttlMs: number;
  readonly everyMs: number;
  readonly text: string;
  /** Who stands still for so long gets no more time. */
  readonly stillMaxMs: number;
  /** What is locked by the session that renews. */
  readonly lock: string;
}

export type ThreadWord =
  | { readonly kind: "renewed" | "lost" | "hint" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "blocked"; readonly blockedMs: number };

export interface Asking {
  /** The database's clock in milliseconds; undefined once the lease is somebody else's. */
  readonly ask: () => Promise<number | undefined>;
  readonly tell: (word: ThreadWord) => void;
  /** Resolves when the lease may be renewed: this process can still do what it holds it for. */
  readonly mayRenew?: () => Promise<void>;
  /** Aborted when the next renewal should come at once. */
  readonly hurry?: () => AbortSignal;
}

const RETRY_MS = 300;

/**
 * The database's clock less ours. It read its clock at some time between question and answer: what was believed stays
 * within that, so that an answer that took seconds, on a busy machine, spoils nothing that a quick one told.
 */
function aheadOf(databaseMs: number, sentAt: number, believed: number | undefined): number {
  const least = databaseMs - monotonicMs();
  const most = databaseMs - sentAt;
  return Math.min(Math.max(believed ?? (least + most) / 2, least), most);
}

/** Renews until it is aborted or the lease is lost. */
export async function renewFor(
  { ttlMs, everyMs }: Renewal,
  shared: Float64Array,
  signal: AbortSignal,
  { ask, tell, mayRenew, hurry }: Asking,
): Promise<void> {
  while (!signal.aborted) {
    await mayRenew?.();
    const sentAt = monotonicMs();
    let pauseMs = everyMs;
    try {
      const databaseMs = await ask();
      if (databaseMs === undefined) return tell({ kind: "lost" });
      const isFirst = shared[0] === 0;
      shared[0] = sentAt + ttlMs;
      shared[1] = aheadOf(databaseMs, sentAt, isFirst ? undefined : shared[1]);
      tell({ kind: "renewed" });
    } catch (error) {
      pauseMs = RETRY_MS;
      tell({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
    }
    const wakes = hurry === undefined ? signal : AbortSignal.any([signal, hurry()]);
    await sleep(pauseMs, undefined, { signal: wakes }).catch(() => undefined);
  }
}
