/**
 * What the lane does when a flush did not come back committed. Whatever it was, the books are as if
 * the flush had never been, or it is certain that it stands; then the units at fault are answered and
 * the others go back to the front of the queue, in their old order, to be decided anew.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { assert, fail, type Logger, LongmenError } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import { isConnectionLoss, sqlStateOf, translateDatabaseError } from "../translate.ts";
import { endBackend } from "./backend.sql.ts";
import {
  askedOf,
  IDLE_TIMEOUT_MS,
  isLoss,
  type LaneConnection,
  type Outcome,
  type RefusedByServer,
  type WireRow,
} from "./connection.ts";
import type { LaneEngine } from "./engine.ts";
import { readFailure } from "./failure.ts";
import type { Flush } from "./flush.ts";
import { outage } from "./outage.ts";
import { failItem, failUnknown } from "./item.ts";
import type { Intake } from "./intake.ts";
import { laneErrors } from "./lane.errors.ts";
import type { Lease } from "./lease.ts";
import { END_WAIT_MS } from "./strays.ts";

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

type Uncommitted = Exclude<Outcome, { readonly kind: "committed" }>;

export async function recover<P, A>(
  lane: Recovering<P, A>,
  outcomes: readonly (Outcome | undefined)[],
) {
  const flushes = [...lane.inFlight];
  const open: Uncommitted[] = [];
  let hasMoved = false;
  let isOvertaken = false;
  flushes.forEach((flush, place) => {
    const outcome = outcomes[place];
    if (outcome?.kind === "committed") {
      isOvertaken ||= hasMoved;
      lane.settle(flush, outcome.rows);
    } else if (outcome !== undefined) {
      open.push(outcome);
      hasMoved ||= flush.batch?.empty === false;
    }
  });
  // Behind a refused batch another can stand only if another node has written the very same one. So what was decided on it
  // holds; but memory can't be taken back to before a batch that stands.
  if (isOvertaken) lane.engine?.forget();
  const [first] = open;
  if (first === undefined) return;
  lane.counts.refusedFlushes += 1;
  if (open.some(({ kind }) => kind === "lost")) return await recoverLost(lane, open);
  const refused = takeBack(lane);
  let pause: Pause | undefined;
  try {
    pause = answer(lane, refused, first);
  } finally {
    requeue(lane, refused);
  }
  await pause?.();
}

/** What to wait for before anything is sent again; its units wait in the queue meanwhile. */
type Pause = () => Promise<unknown>;

/** Answers the units at fault. Nobody else: the others are sent again. */
function answer<P, A>(
  lane: Recovering<P, A>,
  flushes: readonly Flush<P, A>[],
  { kind, error }: Uncommitted,
): Pause | undefined {
  if (isOurOwn(error)) return isolate(lane, flushes, error);
  if (kind === "nothing" && isLoss(error)) return again(flushes, error);
  return answerRefused(lane, flushes, error as RefusedByServer);
}

/** Thrown while the flush was made, by an engine's or a room's code: neither server nor driver. */
function isOurOwn(error: Error): boolean {
  return !("severity" in error) && !isConnectionLoss(error);
}

/** Undoes what is in flight and was refused, newest first. */
function takeBack<P, A>(lane: Recovering<P, A>) {
  const flushes = lane.inFlight.splice(0);
  for (const flush of flushes.toReversed()) flush.batch?.undo();
  return flushes;
}

function answerRefused<P, A>(
  lane: Recovering<P, A>,
  flushes: readonly Flush<P, A>[],
  error: RefusedByServer,
): Pause | undefined {
  const failure = readFailure(error);
  lane.options.log?.debug(
    { lane: lane.options.name, failure: failure.kind, code: error.code },
    "flush refused",
  );
  switch (failure.kind) {
    case "culprits":
      answerConflicts(flushes[0], failure.by, failure.ordinals);
      return undefined;
    case "engine":
      lane.engine?.failed(failure.failure);
      return undefined;
    case "fenced": {
      shutOut(lane, flushes, fail(laneErrors, "fenced", { ...lane.options.lease }, error));
      return undefined;
    }
    case "outdated":
      shutOut(lane, flushes, failure.told);
      return undefined;
    case "unavailable":
      return unavailable(flushes, error);
    case "connection":
      lane.connection?.destroy(error);
      return isWornOut(flushes) ? unavailable(flushes, error) : again(flushes, error);
    case "passing": {
      const told = translateDatabaseError(error);
      if (isWornOut(flushes)) return isolate(lane, flushes, error, told);
      const pause = again(flushes, error);
      return isOrderLockTimeout(lane, error) ? () => freeOrderLock(lane) : pause;
    }
    case "unnamed":
      return isWornOut(flushes) ? isolate(lane, flushes, error) : again(flushes, error);
    case "unexpected":
      return isolate(lane, flushes, error);
  }
}

/** It would refuse any flush: all of this one are told so, and by its name. */
function unavailable<P, A>(flushes: readonly Flush<P, A>[], error: Error): Pause | undefined {
  const named = translateDatabaseError(error);
  const details = { reason: error.message, sqlState: sqlStateOf(error) };
  const isNamed = named instanceof LongmenError;
  failAll(flushes, isNamed ? named : fail(postgresErrors, "unfit", details, error));
  return pauseIfNobodyPays(flushes);
}

/** This node writes nothing any more, for good: whoever waits is told, and whoever comes. */
function shutOut<P, A>(
  lane: Recovering<P, A>,
  flushes: readonly Flush<P, A>[],
  error: Error,
): void {
  lane.options.log?.error({ lane: lane.options.name, error }, "this node may not write any more");
  failAll(flushes, error);
  lane.intake.refusal = error;
  lane.intake.failAll(error);
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
function again<P, A>(flushes: readonly Flush<P, A>[], error: Error): Pause {
  for (const item of flushes[0]?.items ?? []) {
    item.retries += 1;
    // A connection that breaks each time is no unit's fault; what the server says is isolated.
    if (item.retries > RETRIES_MAX) failItem(item, translateDatabaseError(error));
  }
  return () => sleep(Math.random() * PAUSE_MAX_MS);
}

/** The order lock did not come in time. Another lock's time-out is not its holder's business. */
function isOrderLockTimeout<P, A>({ engine }: Recovering<P, A>, error: Error): boolean {
  return sqlStateOf(error) === "55P03" && askedOf(error)?.name === engine?.orderLock;
}

/**
 * Whoever holds the order lock is at work, or is a node that froze while it sent a flush, which would
 * hold it for ever: in the middle of a statement no time-out of the server's reaches it. A sender is
 * frozen if not a byte came from it in as long as a node may pause between two statements.
 */
async function freeOrderLock<P, A>({ engine, connection, options }: Recovering<P, A>) {
  if (engine === undefined || connection === undefined || connection.lost !== undefined) return;
  const { reader } = connection;
  try {
    await connection.rollback();
    const before = await engine.waitingHolder(reader);
    if (before === undefined) return;
    await sleep(IDLE_TIMEOUT_MS);
    const after = await engine.waitingHolder(reader);
    if (after === undefined || !isDeepStrictEqual(before, after)) return;
    const { pid, startedAt } = after;
    await reader.maybe(endBackend, { pid, startedAt, waitMs: BigInt(END_WAIT_MS) });
    options.log?.warn({ lane: options.name, ...after }, "ended a node that froze while it sent");
  } catch (error) {
    options.log?.warn({ lane: options.name, error }, "could not end who holds the order lock");
  }
}

/** After some times it is nobody's bad luck any more, but one unit's fault. */
function isWornOut<P, A>(flushes: readonly Flush<P, A>[]): boolean {
  return flushes[0]?.items.some((item) => item.retries >= RETRIES_MAX) ?? false;
}

/** An error that names nobody: halve until the unit that can't be written stands alone. */
function isolate<P, A>(
  lane: Recovering<P, A>,
  flushes: readonly Flush<P, A>[],
  error: Error,
  told?: Error,
): Pause | undefined {
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
  return pauseIfNobodyPays(flushes);
}

/** What falls due has no caller who would be told and wait: tried again at once it would spin. */
function pauseIfNobodyPays<P, A>(flushes: readonly Flush<P, A>[]): Pause | undefined {
  const isPaid = flushes.some((flush) => flush.items.length > 0);
  return isPaid ? undefined : () => sleep(DUE_PAUSE_MS);
}

/**
 * The connection broke with flushes in flight. On a new one, under the order lock (so behind any
 * backend that still works on them), the batch table tells what is there. What is not there yet can
 * only come if it wins the compare-and-set against what is sent next: then our flush is refused as
 * stale, reads its ids and answers them as they were booked.
 */
async function recoverLost<P, A>(
  lane: Recovering<P, A>,
  outcomes: readonly Uncommitted[],
): Promise<void> {
  lane.counts.lostConnections += 1;
  lane.options.log?.warn(
    { lane: lane.options.name, flushes: outcomes.length },
    "connection lost in flight",
  );
  const broken = outcomes.find(({ kind }) => kind === "lost");
  if (broken !== undefined) lane.connection?.destroy(broken.error);
  // Without an engine there is no batch to look for: no new connection would tell more.
  if (lane.engine === undefined) return await sortOut(lane, outcomes);
  const finding = outage(
    lane.options.log,
    { lane: lane.options.name },
    { failed: "could not find out what was committed", over: "found out what was committed" },
  );
  while (someoneWaits(lane)) {
    try {
      await lane.reconnect();
      if (lane.connection === undefined) continue;
      await sortOut(lane, outcomes);
      finding.over();
      return;
    } catch (error) {
      finding.failed(error);
      if (isOrderLockTimeout(lane, error as Error)) await freeOrderLock(lane);
      lane.connection?.destroy(error as Error);
      await sleep(Math.random() * PAUSE_MAX_MS);
    }
  }
  lane.engine?.forget();
  lane.inFlight.length = 0;
}

function someoneWaits<P, A>(lane: Recovering<P, A>): boolean {
  return lane.inFlight.some((flush) => flush.items.some((item) => !item.done));
}

async function sortOut<P, A>(lane: Recovering<P, A>, outcomes: readonly Uncommitted[]) {
  const { connection, engine } = lane;
  const stands: boolean[] = [];
  if (engine !== undefined) {
    assert(connection !== undefined, "sorting out needs a connection");
    await connection.beginToLook();
    for (const { batch } of lane.inFlight) {
      stands.push(batch !== undefined && (await engine.wasCommitted(batch, connection.reader)));
    }
    await connection.rollback();
  }
  engine?.forget();
  const flushes = lane.inFlight.splice(0);
  const absent = flushes.filter((flush, place) => {
    if (stands[place] !== true) return true;
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
  for (const item of flush.items) if (item.posting === undefined) failUnknown(item);
}

function requeue<P, A>(lane: Recovering<P, A>, flushes: readonly Flush<P, A>[]): void {
  const waiting = flushes.flatMap((flush) => flush.items.filter((item) => !item.done));
  lane.intake.queue.unshiftAll(waiting);
}

function failAll<P, A>(flushes: readonly Flush<P, A>[], error: Error): void {
  for (const flush of flushes) for (const item of flush.items) failItem(item, error);
}
