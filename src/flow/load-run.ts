/** Brings runs that this node has claimed back into memory, by what was recorded of them. */
import { fail } from "../base/index.ts";
import { decodePayload } from "./codec.ts";
import type { RowIn } from "../postgres/index.ts";
import { readAttempts, readClaimed, readRuns, readSteps } from "./flow.sql.ts";
import { flowErrors } from "./flow.errors.ts";
import type { AnyFlow } from "./define-flow.ts";
import type { NodeParts } from "./node-parts.ts";
import type { Run, RunInput } from "./run.ts";
import { showRunId } from "./run-id.ts";
import { repeatable, type Session, writing } from "./session.ts";
import { State, type StepRecord, Trouble } from "./state.ts";
import { deliver, tellThen } from "./tell-ends.ts";
import type { Suspects } from "./suspects.ts";
import type { TaskDesk } from "./task/desk.ts";
import { insertTroubles } from "./write-runs.ts";

const STEPS_PAGE = 2_000;
/** How many runs are read at once. */
const LOADS_MAX = 16;

type Claimed = RowIn<typeof readClaimed>;
type RunRead = RowIn<typeof readRuns>;

/** Where runs are brought back to. */
export interface LoadingNode extends NodeParts {
  find(runId: bigint): Run | undefined;
  /** The flow of that number, where it is served here. */
  flowOf(flow: number): AnyFlow | undefined;
  run(input: RunInput): Run;
  readonly suspects: Suspects;
  readonly tasks: TaskDesk;
}

/** Goes on with what was claimed of these runs. */
export async function loadClaimed(
  session: Session,
  node: LoadingNode,
  runs: readonly bigint[],
): Promise<void> {
  const { owner, epoch } = session.owner;
  const { database } = session;
  const claimed = await session.patiently(() => database.run(readClaimed, { runs, owner, epoch }));
  const left = await node.tasks.goOn(session, claimed);
  const mine = left.filter(({ runId }) => node.find(runId) === undefined);
  const ids = mine.map(({ runId }) => runId);
  if (ids.length === 0) return;
  const rows = await session.patiently(() => database.run(readRuns, { runs: ids }));
  const byId = new Map(rows.map((row) => [row.runId, row]));
  const waiting = [...mine];
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      await goOnSurely(session, node, next, byId.get(next.runId));
    }
  };
  await Promise.all(Array.from({ length: Math.min(LOADS_MAX, waiting.length) }, worker));
}

/** One that can't be brought back is parked by itself: those claimed with it go on. */
async function goOnSurely(
  session: Session,
  node: LoadingNode,
  claimed: Claimed,
  row: RunRead | undefined,
): Promise<void> {
  try {
    await goOn(session, node, claimed, row);
  } catch (error) {
    if (session.signal.aborted) return;
    // Who has ended is not parked: what is left to tell is told by the next one that finds it.
    if (claimed.state === State.telling) node.log.error({ run: claimed.runId, error }, "not told");
    else await parkUnreadable(session, node, claimed, error);
  }
}

async function goOn(
  session: Session,
  node: LoadingNode,
  claimed: Claimed,
  row: RunRead | undefined,
): Promise<void> {
  const { runId } = claimed;
  if (claimed.state === State.telling) {
    if (row === undefined) return deliver(session, runId);
    return tellThen(session, runId, row.parentId === null ? [] : [row.parentId]);
  }
  const flow = node.flowOf(claimed.flow);
  if (row === undefined || flow === undefined) return parkUnreadable(session, node, claimed);
  if (await isTurnedAway(session, node, claimed)) return;
  const ordinal = await flow.recordsAfter?.(session, runId);
  const records = await readRecords(session, runId, ordinal);
  const troubled = await session.patiently(() => session.database.run(readAttempts, { runId }));
  const attempts = new Map(troubled.map((one) => [one.step, one.attempts]));
  const undone = new Map(troubled.map((one) => [one.step, one.undone]));
  const { createdAt, parentId } = row;
  const shared = {
    session,
    parts: node,
    runId,
    flow,
    createdAt,
    parentId,
    records,
    attempts,
    undone,
    ordinal,
  };
  const input: RunInput = { ...shared, input: decodePayload(row.input), crashes: claimed.crashes };
  // Another one may have come meanwhile.
  if (await isTurnedAway(session, node, claimed)) return;
  if (session.signal.aborted) return;
  node.run({ ...input, asked: claimed.asked });
}

/** It may have taken nodes down, as may another one that is here: it comes again later. */
async function isTurnedAway(
  session: Session,
  node: LoadingNode,
  { runId, crashes, asked }: Claimed,
): Promise<boolean> {
  const waitMs = node.suspects.waitMs(crashes);
  if (waitMs === undefined) return false;
  const wakeAt = Math.ceil(session.now()) + waitMs;
  const row = { runId, state: State.waiting, wakeAt, owner: 0, epoch: 0, crashes, seen: asked };
  await session.commit(`later/${runId}`, [writing(session.writers.letGo, row)], repeatable);
  return true;
}

async function readRecords(session: Session, runId: bigint, from = 0): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for (let after = from; ;) {
    const asked = { runId, after, limit: STEPS_PAGE };
    const page = await session.patiently(() => session.database.run(readSteps, asked));
    records.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < STEPS_PAGE) return records;
    after = last.ordinal;
  }
}

/** A live row whose run can't be read: somebody's hand was in the tables. */
async function parkUnreadable(
  session: Session,
  node: LoadingNode,
  { runId, crashes }: Claimed,
  cause?: unknown,
): Promise<void> {
  const run = showRunId(runId);
  const { code, message, advice } = fail(flowErrors, "run_unreadable", { run }, cause);
  const error = JSON.stringify({ name: "parked", code, message, advice });
  const kind = Trouble.parked;
  const at = session.now();
  node.log.error({ run, error: cause }, "a run's rows are not there, or can't be read");
  await session.commit(
    `park/${runId}`,
    [
      writing(session.writers.letGo, {
        runId,
        state: State.parked,
        wakeAt: null,
        owner: 0,
        epoch: 0,
        crashes,
        seen: 0,
      }),
      writing(insertTroubles, { runId, step: "", attempt: 0, kind, error, at }),
    ],
    repeatable,
  );
}
