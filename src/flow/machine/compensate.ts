/** Taking back what states have done, newest first; each is tried until it is done, or needs a person. */
import { fail } from "../../base/index.ts";
import { decodePayload } from "../codec.ts";
import type { RetryPolicy } from "../retry-policy.ts";
import { flowErrors } from "../flow.errors.ts";
import { readStep } from "../flow.sql.ts";
import { Scope } from "../position.ts";
import type { Run } from "../run.ts";
import { FlowSteps } from "../steps/flow-steps.ts";
import { enteredBy, type MachineRow, workedStep, type Working } from "./working.ts";

/** For ever: nobody else will do it, and until then nothing is consistent. */
const UNTIL_DONE: RetryPolicy = {
  attempts: Infinity,
  baseMs: 1_000,
  maxMs: 300_000,
  when: () => true,
};

/** Takes back what was entered before an event and has not been taken back yet. */
export async function takeBack(
  working: Working,
  { compensated }: MachineRow,
  before: number,
  branch: string,
): Promise<void> {
  const { run, of } = working;
  const { compensate = {}, retry } = of;
  for (let number = before - 1; number >= compensated; number--) {
    const { context } = await enteredBy(working, number);
    const undo = compensate[context.state];
    const worked = undo && (await workedOf(run, number));
    if (undo === undefined || worked?.done !== true) continue;
    const scope = new Scope(`${branch}/undo-${number}/`);
    const f = new FlowSteps(run, scope, [], { ...UNTIL_DONE, ...retry });
    const takeOneBack = async (): Promise<void> => {
      await undo(f, { ...context, result: worked.result });
      await run.quiet();
    };
    await run.compensate(scope.path, takeOneBack).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      const step = `the state "${context.state}"`;
      return run.park(scope.path, fail(flowErrors, "undo_failed", { step, why }, error));
    });
  }
}

interface Worked {
  readonly done: boolean;
  readonly result: unknown;
}

/** What the work of an event answered; undefined where there is no word of it. */
async function workedOf({ session, runId }: Run, number: number): Promise<Worked | undefined> {
  const asked = { runId, step: workedStep(number) };
  const record = await session.patiently(() => session.database.maybe(readStep, asked));
  return record && (decodePayload(record.result) as Worked);
}
