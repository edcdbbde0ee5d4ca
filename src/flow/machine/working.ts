/** What the parts of a machine's run share: what led to the state whose work they do, and what it answered. */
import { fail } from "../../base/index.ts";
import type { RowIn } from "../../postgres/index.ts";
import { decodePayload } from "../codec.ts";
import { flowErrors } from "../flow.errors.ts";
import type { Run } from "../run.ts";
import { transitionOf } from "./decide.ts";
import type { AnyDefinition, TakenEvent, WorkContext } from "./definition.ts";
import { type readMachine, readTaken } from "./machine.sql.ts";

export type MachineRow = RowIn<typeof readMachine>;

/** What the parts of a machine's run share. */
export interface Working {
  readonly run: Run;
  readonly of: AnyDefinition;
  readonly subject: string;
  /** What it began with, as the machine takes it. */
  readonly data: unknown;
}

interface Entered {
  readonly context: WorkContext<unknown>;
  readonly transition: ReturnType<typeof transitionOf>;
}

/** What led to the state whose work is done now. */
export async function enteredBy(
  { run, of, subject, data }: Working,
  number: number,
): Promise<Entered> {
  if (number === 0) {
    const state = of.initial;
    const context = { subject, data, event: undefined, from: undefined, state };
    return { context, transition: undefined };
  }
  const { session, runId } = run;
  const [taken] = await run.during(() =>
    session.patiently(() => session.database.run(readTaken, { runId, from: number, limit: 1 })),
  );
  if (taken === undefined)
    return run.park("", fail(flowErrors, "run_unreadable", { run: run.name }));
  const { eventId: id, name, payload, at, fromState: from, toState: state } = taken;
  const event: TakenEvent = { id, name, payload: decodePayload(payload), at };
  const context = { subject, data: decodePayload(taken.data), event, from, state };
  return { context, transition: transitionOf(of, { from, on: name, to: state }) };
}

/** Where the record of an event's work stands, with what it answered: what `compensate` is given. */
export const workedStep = (number: number): string => `${number}~worked`;
