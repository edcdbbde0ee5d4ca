/**
 * What the lane does when a flush did not come back committed. Whatever it was, the books are as if
 * the flush had never been, or it is certain that it stands; then the units at fault are answered and
 * the others go back to the front of the queue, in their old order, to be decided anew.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { assert, fail, type Logger } from "../../base/index.ts";
import { isConnectionLoss, sqlStateOf, translateDatabaseError } from "../translate.ts";
import {
  isLoss,
  type LaneConnection,
  type Outcome,
  type RefusedByServer,
  type WireRow,
} from "./connection.ts";
import type { LaneEngine } from "./engine.ts";
import { readFailure } from "./failure.ts";
import type { Flush } from "./flush.ts";
import { failItem } from "./item.ts";
import type { Intake } from "./intake.ts";
import { laneErrors } from "./lane.errors.ts";
import type { Lease } from "./lease.ts";

/** What recovery needs of its lane. */
export interface Recovering<Posting, Answer> {
  readonly options: {
    readonly name: string;
    readonly lease?: Lease | undefined;
    readonly log?: Logger | undefined;
  };
  readonly engine: LaneEngine<Posting, Answer> | undefined;
  readonly intake: Intake<Posting, Answer>;
  readonly inFlight: Flush<Posting, Answer>[];
  readonly counts: { refusedFlushes: number; lostConnections: number };
  readonly connection: LaneConnection | undefined;
  takeMax: number;
  settle(flush: Flush<Posting, Answer>, rows: readonly (readonly WireRow[])[]): void;
  reconnect(): Promise<void>;
}

/** How often a flush is tried again for a deadlock, a lock that did not come or a lost connection. */
const RETRIES_MAX = 8;
const PAUSE_MAX_MS = 30;
const DUE_PAUSE_MS = 1_000;

export async function recover<P, A>(
  lane: Recovering<P, A>,
  outcomes: readonly (Outcome | undefined)[],
) {
  let committed = 0;
  for (const outcome of outcomes) {
    const flush = lane.inFlight[0];
    if (outcome?.kind !== "committed" || flush === undefined) break;
    lane.settle(flush, outcome.rows);
    committed += 1;
  }
  const first = outcomes[committed];
  if (first === undefined || first.kind === "committed") return;
  lane.counts.refusedFlushes += 1;
  if (outcomes.some((each) => each?.kind === "lost")) {
    await recoverLost(lane, outcomes.slice(committed));
    return;
  }
  const rest = takeBack(lane, outcomes.slice(committed));
  const { error } = first;
  if (isOurOwn(error)) await isolate(lane, rest, error);
  else if (first.kind === "nothing" && isLoss(error)) await again(lane, rest, error);
  else await recoverRefused(lane, rest, error as RefusedByServer);
}

/** Thrown while the flush was made, by an engine's or a room's code: neither server nor driver. */
function isOurOwn(error: Error): boolean {
  return !("severity" in error) && !isConnectionLoss(error);
}

/** Undoes everything in flight, newest first; what a lane without an engine committed is answered. */
function takeBack<P, A>(lane: Recovering<P, A>, outcomes: readonly (Outcome | undefined)[]) {
  const flushes = lane.inFlight.splice(0);
  for (const flush of flushes.toReversed()) flush.batch?.undo();
  return flushes.filter((flush, place) => {
    if (outcomes[place]?.kind !== "committed") return true;
    assert(flush.batch === undefined, "a batch can't be committed behind one that was refused");
    flush.answerAll();
    return false;
  });
}

async function recoverRefused<P, A>(
  lane: Recovering<P, A>,
  flushes: readonly Flush<P, A>[],
  error: RefusedByServer,
): Promise<void> {
  const failure = readFailure(error);
  lane.options.log?.debug(
    { lane: lane.options.name, failure: failure.kind, code: error.code },
    "flush refused",
  );
  switch (failure.kind) {
    case "culprits":
      answerConflicts(flushes[0], failure.by, failure.ordinals);
      return requeue(lane, flushes);
    case "engine":
      lane.engine?.failed(failure.failure);
      return requeue(lane, flushes);
    case "fenced": {
      const fenced = fail(laneErrors, "fenced", { ...lane.options.lease }, error);
      failAll(flushes, fenced);
      lane.intake.refusal = fenced;
      return lane.intake.failAll(fenced);
    }
    case "unavailable":
      failAll(flushes, translateDatabaseError(error));
      return pauseIfNobodyPays(flushes);
    case "connection":
      lane.connection?.destroy(error);
      if (!isWornOut(flushes)) return again(lane, flushes, error);
      return isolate(lane, flushes, error);
    case "passing":
      if (isLockTimeout(error)) await freeOrderLock(lane);
      if (!isWornOut(flushes)) return again(lane, flushes, error);
      return isolate(lane, flushes, error, translateDatabaseError(error));
    case "unexpected":
      return isolate(lane, flushes, error);
  }
}

function answerConflicts<P, A>(
  flush: Flush<P, A> | undefined,
  by: string,
  ordinals: readonly number[],
): void {
  for (const ordinal of ordinals) {
    const item = flush?.items[ordinal];
    if (item === undefined || item.done) continue;
    item.done = true;
    item.waiter.answered(item.index, { status: "conflict", by });
  }
}

/** The same flush may pass next time. */
async function again<P, A>(lane: Recovering<P, A>, flushes: readonly Flush<P, A>[], error: Error) {
  for (const item of flushes[0]?.items ?? []) {
    item.retries += 1;
    // A connection that breaks each time is no unit's fault; what the server says is isolated.
    if (item.retries > RETRIES_MAX) failItem(item, translateDatabaseError(error));
  }
  requeue(lane, flushes);
  await sleep(Math.random() * PAUSE_MAX_MS);
}

const isLockTimeout = (error: unknown): boolean => sqlStateOf(error) === "55P03";

/**
 * Whoever holds the order lock is at work, or is a node that froze while it sent a flush, or our own
 * server process behind a wire that broke unheard: the last two would hold it for ever.
 */
async function freeOrderLock<P, A>({ engine, connection, options }: Recovering<P, A>) {
  if (engine === undefined || connection === undefined || connection.lost !== undefined) return;
  try {
    await connection.rollback();
    await engine.freeOrderLock(connection.reader);
  } catch (error) {
    options.log?.warn({ lane: options.name, error }, "could not end who holds the order lock");
  }
}

/** After some times it is nobody's bad luck any more, but one unit's fault. */
function isWornOut<P, A>(flushes: readonly Flush<P, A>[]): boolean {
  return flushes[0]?.items.some((item) => item.retries >= RETRIES_MAX) ?? false;
}

/** An error that names nobody: halve until the unit that can't be written stands alone. */
async function isolate<P, A>(
  lane: Recovering<P, A>,
  flushes: readonly Flush<P, A>[],
  error: Error,
  told?: Error,
): Promise<void> {
  const items = flushes[0]?.items ?? [];
  const [only] = items;
  if (items.length === 1 && only !== undefined) {
    const details = { key: only.key, reason: error.message };
    failItem(only, told ?? fail(laneErrors, "unit_failed", details, error));
    lane.takeMax = lane.intake.limits.flushWeightMax;
  } else {
    const weight = items.reduce((sum, item) => sum + item.weight, 0);
    lane.takeMax = Math.max(1, Math.floor(weight / 2));
  }
  lane.options.log?.error(
    { lane: lane.options.name, error, units: items.length },
    "flush failed unexpectedly",
  );
  requeue(lane, flushes);
  await pauseIfNobodyPays(flushes);
}

/** What falls due has no caller who would be told and wait: tried again at once it would spin. */
async function pauseIfNobodyPays<P, A>(flushes: readonly Flush<P, A>[]): Promise<void> {
  if (flushes.every((flush) => flush.items.length === 0)) await sleep(DUE_PAUSE_MS);
}

/**
 * The connection broke with flushes in flight. On a new one, under the order lock (so behind any
 * backend that still works on them), the batch table tells what is there. What is not there yet can
 * only come if it wins the compare-and-set against what is sent next: then our flush is refused as
 * stale, reads its ids and answers them as they were booked.
 */
async function recoverLost<P, A>(
  lane: Recovering<P, A>,
  outcomes: readonly (Outcome | undefined)[],
) {
  lane.counts.lostConnections += 1;
  lane.options.log?.warn(
    { lane: lane.options.name, flushes: outcomes.length },
    "connection lost in flight",
  );
  const broken = outcomes.find((each) => each?.kind === "lost");
  if (broken?.kind === "lost") lane.connection?.destroy(broken.error);
  // Without an engine there is no batch to look for: no new connection would tell more.
  if (lane.engine === undefined) return await sortOut(lane, outcomes);
  while (someoneWaits(lane)) {
    try {
      await lane.reconnect();
      if (lane.connection === undefined) continue;
      await sortOut(lane, outcomes);
      return;
    } catch (error) {
      lane.options.log?.warn(
        { lane: lane.options.name, error },
        "could not find out what was committed",
      );
      if (isLockTimeout(error)) await freeOrderLock(lane);
      lane.connection?.destroy(error as Error);
    }
  }
  lane.engine?.forget();
  lane.inFlight.length = 0;
}

function someoneWaits<P, A>(lane: Recovering<P, A>): boolean {
  return lane.inFlight.some((flush) => flush.items.some((item) => !item.done));
}

async function sortOut<P, A>(lane: Recovering<P, A>, outcomes: readonly (Outcome | undefined)[]) {
  const { connection, engine } = lane;
  const stands: boolean[] = [];
  if (engine !== undefined) {
    assert(connection !== undefined, "sorting out needs a connection");
    await connection.begin();
    for (const { batch } of lane.inFlight) {
      stands.push(batch !== undefined && (await engine.wasCommitted(batch, connection.reader)));
    }
    await connection.rollback();
  }
  const flushes = lane.inFlight.splice(0);
  engine?.forget();
  const absent = flushes.filter((flush, place) => {
    if (stands[place] !== true && outcomes[place]?.kind !== "committed") return true;
    flush.answerAll();
    return false;
  });
  const lost = absent.filter((flush) => outcomes[flushes.indexOf(flush)]?.kind === "lost");
  for (const flush of lost) tellUnknown(flush);
  requeue(lane, absent);
}

/**
 * A posting sent again is known by its id, even if a backend that still works on the lost flush
 * commits it later. Rows without a posting are not: only the unit's own key can tell.
 */
function tellUnknown<P, A>(flush: Flush<P, A>): void {
  for (const item of flush.items) {
    if (item.posting !== undefined) continue;
    failItem(item, fail(laneErrors, "outcome_unknown", { key: item.key }));
  }
}

function requeue<P, A>(lane: Recovering<P, A>, flushes: readonly Flush<P, A>[]): void {
  const waiting = flushes.flatMap((flush) => flush.items.filter((item) => !item.done));
  lane.intake.queue.unshiftAll(waiting);
}

function failAll<P, A>(flushes: readonly Flush<P, A>[], error: Error): void {
  for (const flush of flushes) for (const item of flush.items) failItem(item, error);
}
