/**
 * The run of a machine. Which state it is in is decided where events are sent; the run does the work of what
 * was decided, event by event, in their order, and when there is none it waits for the next or for the
 * state's time-out. In prose: *begin* (its row, and that it waits) → *work* of the first state → wait →
 * the work of the next event: what is to be taken back, the transition's action, the state's entry → …
 * until the work of a final state is done. The end of an event's work moves `worked` in the machine's row, in
 * one commit with its record, so a run that comes back reads the records of what is open and no older ones.
 */
import { fail, LongmenError } from "../../base/index.ts";
import type { WriteUse } from "../../postgres/index.ts";
import { decodePayload, encodePayload, errorRecordOf } from "../codec.ts";
import { eventOf } from "../ears.ts";
import { flowErrors } from "../flow.errors.ts";
import { readRuns } from "../flow.sql.ts";
import { Scope } from "../position.ts";
import type { Run } from "../run.ts";
import { repeatable, type Session, writing } from "../session.ts";
import { Asked, Kind, Outcome, type StepRecord } from "../state.ts";
import { FlowSteps } from "../steps/flow-steps.ts";
import { type Undo, undoAll } from "../steps/undo.ts";
import { deleteWaits, insertWaits } from "../write-runs.ts";
import { takeBack } from "./compensate.ts";
import { deadlineOf, decide, FAILED, TIMEOUT } from "./decide.ts";
import type { AnyDefinition, TakenEvent, Work } from "./definition.ts";
import { readMachine } from "./machine.sql.ts";
import { Raised } from "./raise.ts";
import { enteredBy, type MachineRow, workedStep, type Working } from "./working.ts";
import { beginMachines, markWorked, takeEvents, type TakeRow } from "./write-machine.ts";

/** By this event of the system a machine's run is woken. */
export const INBOX = "~machine";
const STAY_MS = 1_000;
const PAUSE_MS = 15;
const never = new Promise<never>(() => undefined);

/** The last record that a machine's run doesn't need again. */
export async function recordsAfter(session: Session, runId: bigint): Promise<number> {
  const row = await session.patiently(() => session.database.maybe(readMachine, { runId }));
  return row?.after ?? 0;
}

export async function runMachine(run: Run, of: AnyDefinition, data: unknown): Promise<unknown> {
  const working = await begin(run, of, data);
  try {
    for (;;) {
      await run.checkpoint();
      const row = await read(run);
      if (row.worked < row.number) await workOff(working, row, row.worked + 1);
      else if (of.states[row.state]?.final === true) {
        if (run.asked === Asked.cancel) throw run.cancelled();
        return { state: row.state, data: decodePayload(row.data) };
      } else await run.during(() => waitForEvent(working, row));
    }
  } catch (error) {
    if (run.asked !== Asked.cancel) throw error;
    const row = await read(run);
    await takeBack(working, row, row.worked + 1, "cancel");
    throw error;
  } finally {
    if (run.isHere) run.write(writing(deleteWaits, { runId: run.runId, step: INBOX }));
  }
}

async function begin(run: Run, of: AnyDefinition, data: unknown): Promise<Working> {
  const { session, runId, createdAt } = run;
  const [known] = await run.during(() =>
    session.patiently(() => session.database.run(readRuns, { runs: [runId] })),
  );
  const row = {
    runId,
    flow: run.parts.numberOf(run.flow),
    state: of.initial,
    data: encodePayload("the data of a machine", data),
    since: createdAt,
    until: deadlineOf(of, of.initial, createdAt),
  };
  const wait = { runId, step: INBOX, name: INBOX, match: run.name };
  await run.settled();
  await commit(run, "begin", [writing(beginMachines, row), writing(insertWaits, wait)], () =>
    Promise.resolve(false),
  );
  return { run, of, subject: known?.key ?? run.name, data };
}

async function read(run: Run): Promise<MachineRow> {
  const { session, runId } = run;
  return run.during(() => session.patiently(() => session.database.one(readMachine, { runId })));
}

/** Commits under the run's session; false where what it was decided on is not so any more. */
async function commit(
  run: Run,
  what: string,
  rows: readonly WriteUse[],
  stands: () => Promise<boolean>,
): Promise<boolean> {
  const { session } = run;
  try {
    const key = `${run.name}/${what}`;
    const came = await run.during(() =>
      session.commit(key, rows, { ...repeatable, stands, mayBeTaken: true }),
    );
    return came !== "taken";
  } catch (error) {
    if (session.signal.aborted) run.go({ kind: "lost" });
    else {
      const reason = error instanceof Error ? error.message : String(error);
      void run.park(what, fail(flowErrors, "not_recorded", { reason }, error));
    }
    return never;
  }
}

/** Answers when something was taken: by somebody, or by the state's time-out. */
async function waitForEvent({ run, of }: Working, seen: MachineRow): Promise<void> {
  const { number, until } = seen;
  const ear = run.parts.ears.listen(eventOf(INBOX, run.name));
  try {
    const arrived = async () => (await read(run)).number > number;
    if (await arrived()) return;
    if (until !== null && until <= run.session.now()) return await timeOut(run, of, seen);
    await run.block({ until, stayMs: STAY_MS, woken: ear.heard, arrived });
  } finally {
    ear.stop();
  }
}

async function timeOut(run: Run, of: AnyDefinition, seen: MachineRow): Promise<void> {
  const { number } = seen;
  const take = takeOf(run, of, seen, {
    name: TIMEOUT,
    id: `${TIMEOUT}/${number}`,
    payload: undefined,
  });
  if (take === undefined) {
    // Its row has a time-out that the definition has none of any more.
    const found = "none in the definition";
    return run.mismatch(`${number}${TIMEOUT}`, `a time-out of the state "${seen.state}"`, found);
  }
  await run.settled();
  // Its record goes along, so that only the run's own node decides it.
  const record = partOf(run, `${number}${TIMEOUT}`, null);
  const step = writing(run.session.writers.insertSteps, { ...record, runId: run.runId });
  const stands = () => run.stands(record.step);
  if (await commit(run, record.step, [step, writing(takeEvents, take)], stands))
    run.recorded(record);
}

interface Own {
  readonly name: string;
  readonly id: string;
  readonly payload: unknown;
}

/** What the machine sends to itself, decided on a row; undefined where it is not allowed. */
function takeOf(
  run: Run,
  of: AnyDefinition,
  { state, data, number }: MachineRow,
  { name, id, payload }: Own,
): TakeRow | undefined {
  const at = run.session.now();
  const event: TakenEvent = { id, name, payload, at };
  const decided = decide(of, { state, data: decodePayload(data) }, event);
  if (!decided.taken) return undefined;
  const { to } = decided;
  return {
    runId: run.runId,
    seen: number,
    eventId: id,
    name,
    payload: encodePayload("the event", payload),
    from: state,
    to,
    data: encodePayload("the data of a machine", decided.data),
    at,
    until: deadlineOf(of, to, at),
  };
}

function partOf(run: Run, step: string, result: string | null): StepRecord {
  const startedAt = run.session.now();
  const { until: outcome } = Outcome;
  return run.numbered({ step, kind: Kind.step, outcome, result, attempts: 1, startedAt });
}

/** The work of one event, or of the first state. */
async function workOff(working: Working, row: MachineRow, number: number): Promise<void> {
  const { run, of } = working;
  const entered = await enteredBy(working, number);
  const { context, transition } = entered;
  if (transition?.compensates === true) await takeBack(working, row, number, String(number));
  const works: [string, Work<unknown> | undefined][] = [
    ["action", transition?.action],
    ["entry", of.states[context.state]?.entry],
  ];
  const undos: Undo[] = [];
  try {
    let result: unknown;
    for (const [name, work] of works) {
      if (work === undefined) continue;
      const f = new FlowSteps(run, new Scope(`${number}/${name}/`), undos);
      result = await work(f, context);
    }
    await run.quiet();
    const left = run.firstUnasked;
    if (left !== undefined) await run.mismatch(left, `the step "${left}"`, "the end of the work");
    await finishWork(working, number, { result, takesBack: transition?.compensates === true });
  } catch (error) {
    await run.quiet();
    if (!run.isHere) return never;
    const hard = error instanceof LongmenError && error.code === "flow.run_cancelled";
    await run.during(() => undoAll(run, undos));
    if (hard || run.asked === Asked.cancel) throw error;
    await finishFailed(working, number, context.state, error);
  }
}

interface Finished {
  readonly result: unknown;
  readonly takesBack: boolean;
}

async function finishWork(
  { run, of }: Working,
  number: number,
  { result, takesBack }: Finished,
): Promise<void> {
  const raised = result instanceof Raised ? result : undefined;
  const kept = raised === undefined ? result : raised.payload;
  const text = encodePayload("what the work answers", { done: true, result: kept });
  await endWork(run, { number, text, takesBack }, (row) => {
    if (raised === undefined) return undefined;
    const { name, payload } = raised;
    return takeOf(run, of, row, { name, id: `~raised/${number}`, payload });
  });
}

/** A failure leads where the state says; where others were taken meanwhile those decide. */
async function finishFailed(
  { run, of }: Working,
  number: number,
  state: string,
  error: unknown,
): Promise<void> {
  const why = errorRecordOf(error).message;
  const row = await read(run);
  if (row.number === number && of.states[state]?.failed === undefined) {
    await run.park(`${number}/`, fail(flowErrors, "work_failed", { state, why }, error));
  }
  const text = encodePayload("what the work answers", { done: false, result: why });
  await endWork(run, { number, text, takesBack: false }, (now) =>
    now.number > number
      ? undefined
      : takeOf(run, of, now, { name: FAILED, id: `${FAILED}/${number}`, payload: why }),
  );
}

/** A guard that throws needs a person. */
async function decided<T>(run: Run, decision: () => T): Promise<T> {
  try {
    return decision();
  } catch (error) {
    return run.park("", error as LongmenError);
  }
}

interface EndedWork {
  readonly number: number;
  readonly text: string | null;
  readonly takesBack: boolean;
}

/** The end of the work, and what follows from it, in one commit; decided anew while others are faster. */
async function endWork(
  run: Run,
  { number, text, takesBack }: EndedWork,
  following: (row: MachineRow) => TakeRow | undefined,
): Promise<void> {
  await run.settled();
  const record = partOf(run, workedStep(number), text);
  const { runId, session } = run;
  for (;;) {
    const row = await read(run);
    const take = await decided(run, () => following(row));
    const rows = [
      writing(session.writers.insertSteps, { ...record, runId }),
      writing(markWorked, {
        runId,
        done: number,
        last: record.ordinal,
        takenBack: takesBack ? number : 0,
      }),
      ...(take === undefined ? [] : [writing(takeEvents, take)]),
    ];
    if (await commit(run, record.step, rows, () => run.stands(record.step))) break;
    await session.database.clock.sleep(PAUSE_MS * (0.5 + Math.random()), session.signal);
  }
  run.recorded(record);
}
