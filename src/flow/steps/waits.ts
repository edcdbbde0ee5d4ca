/** f.sleep, f.event and f.child: what a run waits for, in memory for a moment and then without it. */
import { fail } from "../../base/index.ts";
import { decodePayload, encodePayload } from "../codec.ts";
import { type AnyFlow, checkInput, type EventOptions, type Flow } from "../define-flow.ts";
import { endOf, eventOf } from "../ears.ts";
import { flowErrors } from "../flow.errors.ts";
import { readEnds, readEvents, readState } from "../flow.sql.ts";
import { CHILD } from "../plan-again.ts";
import { checkName } from "../position.ts";
import { DAY_MS, idAt, instantOf, showRunId } from "../run-id.ts";
import type { Run } from "../run.ts";
import { writing } from "../session.ts";
import { Asked, Kind, Outcome, State, type StepRecord } from "../state.ts";
import { freeState, gateOf } from "../task/gate.ts";
import { deleteWaits, insertWaits, type RunRow } from "../write-runs.ts";
import { answerOf } from "./answer-record.ts";

/** Longer than this nothing is waited for in memory. */
const SLEEP_STAY_MS = 5_000;
const EVENT_STAY_MS = 1_000;
const CHILD_STAY_MS = 5_000;
/** A hundred years: farther than timestamps of the database need to reach. */
export const SLEEP_MAX_MS = 100 * 366 * 86_400_000;
const EVENTS_MAX = 100;
/** Two nodes' ideas of the database's clock differ, and it may be set back: so much earlier is looked, by days. */
const SAID_EARLIER_MS = DAY_MS;
/** No day goes that is younger. */
const FORGOTTEN_FROM_MS = DAY_MS;

export async function sleepStep(run: Run, position: string, forMs: number | Date): Promise<void> {
  const known = await run.recall(position, Kind.sleep);
  const until = known === undefined ? beginSleep(run, position, forMs) : Number(known.result);
  if (until > run.session.now()) {
    await run.settled();
    await run.block({ until, stayMs: SLEEP_STAY_MS });
  }
}

function beginSleep(run: Run, position: string, forMs: number | Date): number {
  const now = run.session.now();
  const until = Math.ceil(forMs instanceof Date ? forMs.getTime() : now + forMs);
  if (!Number.isFinite(until) || until - now > SLEEP_MAX_MS) {
    throw fail(flowErrors, "wait_malformed", { step: position, forMs: String(forMs) });
  }
  const { until: outcome } = Outcome;
  const result = String(until);
  run.record({ step: position, kind: Kind.sleep, outcome, result, attempts: 1, startedAt: now });
  return until;
}

/** The events that a run has had: each counts once. */
const had = new WeakMap<Run, Set<bigint>>();

export async function eventStep(
  run: Run,
  position: string,
  name: string,
  { match = run.name, timeoutMs }: EventOptions,
): Promise<unknown> {
  checkName("the event", name);
  const known = await run.recall(position, Kind.event);
  const seen = had.get(run) ?? new Set<bigint>();
  had.set(run, seen);
  if (known !== undefined) {
    const { id, payload } = answerOf(known) as Heard;
    if (id !== undefined) seen.add(id);
    return decodePayload(payload);
  }
  const asked = { name, match, seen };
  const until = await beginWait(run, position, asked, timeoutMs);
  for (;;) {
    const ear = run.parts.ears.listen(eventOf(name, match));
    try {
      const heard = await findEvent(run, asked);
      if (heard !== undefined) return hear(run, position, seen, heard);
      if (until !== null && until <= run.session.now()) {
        return hear(run, position, seen, { id: undefined, payload: null });
      }
      const arrived = async () => (await findEvent(run, asked)) !== undefined;
      await run.block({ until, stayMs: EVENT_STAY_MS, woken: ear.heard, arrived });
    } finally {
      ear.stop();
    }
  }
}

interface Heard {
  readonly id: bigint | undefined;
  readonly payload: string | null;
}

interface AskedEvent {
  readonly name: string;
  readonly match: string;
  readonly seen: ReadonlySet<bigint>;
}

/** The wait stands before the first look: who says the event later finds it. Answers the deadline. */
async function beginWait(
  run: Run,
  position: string,
  { name, match }: AskedEvent,
  timeoutMs: number | undefined,
): Promise<number | null> {
  const part = `${position}~wait`;
  const begun = run.part(part);
  if (begun !== undefined) return begun.result === null ? null : Number(begun.result);
  const now = run.session.now();
  if (timeoutMs !== undefined && !(timeoutMs >= 0 && timeoutMs <= SLEEP_MAX_MS)) {
    throw fail(flowErrors, "wait_malformed", { step: position, forMs: String(timeoutMs) });
  }
  const until = timeoutMs === undefined ? null : Math.ceil(now + timeoutMs);
  const row = writing(insertWaits, { runId: run.runId, step: position, name, match });
  const result = until === null ? null : String(until);
  const shared = { step: part, kind: Kind.event, outcome: Outcome.until, result };
  run.record({ ...shared, attempts: 1, startedAt: now }, row);
  await run.settled();
  return until;
}

async function findEvent(run: Run, { name, match, seen }: AskedEvent): Promise<Heard | undefined> {
  // Who says something to the run itself knows it, so it has begun, whatever two nodes believe of the clock.
  const earlierMs = match === run.name ? SAID_EARLIER_MS : 0;
  let since = idAt(run.createdAt - earlierMs);
  for (;;) {
    const asked = { name, match, since, limit: EVENTS_MAX };
    const rows = await run.session.patiently(() => run.session.database.run(readEvents, asked));
    const first = rows.find(({ eventId }) => !seen.has(eventId));
    if (first !== undefined) return { id: first.eventId, payload: first.payload };
    const last = rows.at(-1);
    if (last === undefined || rows.length < EVENTS_MAX) return undefined;
    since = last.eventId + 1n;
  }
}

function hear(run: Run, position: string, seen: Set<bigint>, heard: Heard): unknown {
  if (heard.id !== undefined) seen.add(heard.id);
  const result = encodePayload("the event", heard);
  const shared = { step: position, kind: Kind.event, outcome: Outcome.done, result };
  const over = writing(deleteWaits, { runId: run.runId, step: position });
  run.record({ ...shared, attempts: 1, startedAt: run.session.now() }, over);
  return decodePayload(heard.payload);
}

export async function childStep<I, O>(
  run: Run,
  position: string,
  of: Flow<I, O>,
  input: I,
): Promise<O> {
  const known = await run.recall(position, Kind.child);
  if (known !== undefined) return answerOf(known) as O;
  const part = position + CHILD;
  const childId = readChild(run.part(part)) ?? (await startChild(run, part, position, of, input));
  const startedAt = run.session.now();
  for (;;) {
    const ear = run.parts.ears.listen(endOf(childId));
    try {
      const end = await endOfRun(run, childId);
      if (end === undefined) await demandKept(run, childId);
      else {
        const { outcome, result } = end;
        const shared = {
          step: position,
          kind: Kind.child,
          outcome,
          result,
          attempts: 1,
          startedAt,
        };
        run.record(shared);
        return answerOf({ ...shared, ordinal: 0, endedAt: 0 }) as O;
      }
      const arrived = async () => (await endOfRun(run, childId)) !== undefined;
      await run.block({ until: null, stayMs: CHILD_STAY_MS, woken: ear.heard, arrived });
    } catch (error) {
      if (run.asked === Asked.cancel) run.parts.cancelQuietly(childId);
      throw error;
    } finally {
      ear.stop();
    }
  }
}

/**
 * A child that has not ended lives. One that neither lives nor has an end was dropped with its day, while this run
 * stood still. Asked for days that can be gone only. Refuses: flow.child_forgotten.
 */
async function demandKept(run: Run, childId: bigint): Promise<void> {
  const { session } = run;
  if (session.now() - instantOf(childId) < FORGOTTEN_FROM_MS) return;
  const live = await session.patiently(() => session.database.maybe(readState, { runId: childId }));
  if (live !== undefined || (await endOfRun(run, childId)) !== undefined) return;
  throw fail(flowErrors, "child_forgotten", { run: showRunId(childId) });
}

async function endOfRun({ session }: Run, runId: bigint) {
  const [end] = await session.patiently(() => session.database.run(readEnds, { runs: [runId] }));
  return end;
}

const readChild = (record: StepRecord | undefined): bigint | undefined =>
  record === undefined ? undefined : BigInt(record.result ?? "0");

/** The child's rows and the record that names it are one commit. */
async function startChild<I, O>(
  run: Run,
  part: string,
  position: string,
  of: Flow<I, O>,
  input: I,
): Promise<bigint> {
  const { session, parts, runId } = run;
  const checked = checkInput(of, input);
  const childId = parts.newId();
  const now = session.now();
  const child: AnyFlow = of;
  const row: RunRow = {
    runId: childId,
    flow: parts.numberOf(child),
    key: null,
    input: encodePayload(`the input of ${showRunId(childId)}`, checked),
    parentId: runId,
    parentStep: position,
    createdAt: now,
    byKey: null,
    request: null,
  };
  const { owner, epoch } = session.owner;
  // A task comes into its queue; a flow begins here.
  const gate = gateOf(child, checked);
  const place =
    child.task === undefined
      ? { owner, epoch, state: State.running }
      : { owner: 0, epoch: 0, state: freeState(gate, false), gate };
  const live = { runId: childId, flow: row.flow, wakeAt: now, priority: 0, ...place };
  const shared = { step: part, kind: Kind.child, outcome: Outcome.until, result: String(childId) };
  run.record(
    { ...shared, attempts: 1, startedAt: now },
    writing(session.writers.insertStarts, { live, run: row }),
  );
  await run.settled();
  if (child.task === undefined) parts.adopt(session, row, child, checked);
  else parts.enqueued(child, gate);
  return childId;
}
