/** One unit of this room, committed for certain or not at all; never left between the two. */
import { backoff, type Clock, faultPoint, type Faults, LongmenError } from "../../base/index.ts";
import type { Lane, WriteUse, Writer } from "../../postgres/index.ts";

const beforeCommit = faultPoint(
  "schedule.before_commit",
  "what became of a tick is about to be handed to the lane",
);
const afterCommit = faultPoint(
  "schedule.after_commit",
  "what became of a tick is committed, its run has not begun",
);

const LOOKS_MAX = 5;
const PAUSE_BASE_MS = 20;
const PAUSE_MAX_MS = 2_000;

export function writing<Item>(writer: Writer<Item>, ...items: readonly Item[]): WriteUse[] {
  return items.map((item) => ({ writer, item }));
}

export interface Committing {
  readonly lane: Lane<never, never>;
  readonly clock: Pick<Clock, "sleep">;
  readonly faults: Faults;
  /** Aborted when the node closes: then what is uncertain stays so. */
  readonly closing: AbortSignal;
}

/** `by` is what refused it: nothing was written. */
export type Came = { readonly committed: true } | { readonly committed: false; by: string };

/**
 * Commits rows as one unit. Where the outcome is not known it is looked for, and the same unit sent again: at
 * most one of them can be carried out. Throws what kept it from being sent at all, so that nothing was done;
 * and, where the node closes meanwhile, `lane.outcome_unknown`.
 */
export async function commit(
  { lane, clock, faults, closing }: Committing,
  key: string,
  writes: readonly WriteUse[],
  stands: () => Promise<boolean>,
): Promise<Came> {
  const fault = faults.at(beforeCommit);
  if (fault !== undefined) await fault;
  let isUnknown = false;
  for (let attempt = 1; ; attempt++) {
    try {
      const unit = { key, posting: undefined, guards: [], writes, context: undefined };
      const answer = await lane.submit(unit);
      if (answer.status === "conflict") {
        if (isUnknown && (await stands())) break;
        return { committed: false, by: answer.by };
      }
      break;
    } catch (error) {
      if (!isPassing(error) || closing.aborted) throw error;
      const isLost = error.code === "lane.outcome_unknown";
      if (!isLost && !isUnknown) throw error;
      isUnknown = true;
      if (isLost && (await standsSoon(stands, clock))) break;
      await clock.sleep(pauseOf(attempt));
    }
  }
  const after = faults.at(afterCommit);
  if (after !== undefined) await after;
  return { committed: true };
}

async function standsSoon(
  stands: () => Promise<boolean>,
  clock: Pick<Clock, "sleep">,
): Promise<boolean> {
  for (let look = 1; look <= LOOKS_MAX; look++) {
    const found = await stands().catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      return false;
    });
    if (found) return true;
    await clock.sleep(pauseOf(look));
  }
  return false;
}

const pauseOf = (attempt: number): number =>
  Math.max(1, backoff({ attempt, baseMs: PAUSE_BASE_MS, maxMs: PAUSE_MAX_MS }));

/** Asking again may help: nothing was done, or it can be found out. */
export function isPassing(error: unknown): error is LongmenError {
  if (!(error instanceof LongmenError) || error.retry === "never") return false;
  return /^(lane|postgres)\./.test(error.code);
}
