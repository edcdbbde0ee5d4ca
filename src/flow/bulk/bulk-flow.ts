/**
 * A verb for many runs is a run itself: it counts, then goes page by page, each page a step. It survives kills,
 * can be paused and cancelled like any, and says how far it is. A page that is done again does nothing more:
 * every verb asks only what is not so yet.
 */
import { fail } from "../../base/index.ts";
import { type Flow, flow, type Steps } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import type { Run } from "../run.ts";
import { repeatable, writing } from "../session.ts";
import { FlowSteps } from "../steps/flow-steps.ts";
import { BULK, type BulkWhere, countFound, type Cursor, findPage, seek } from "./find-runs.ts";
import { type BulkVerb, bulkWriters } from "./write-bulk.ts";

export interface BulkInput {
  readonly verb: BulkVerb;
  readonly where: BulkWhere;
}

/** What it says of itself meanwhile, by `flows.query`, and answers in the end. */
export interface BulkProgress {
  readonly verb: BulkVerb;
  readonly phase: "counting" | "doing" | "done";
  /** Rows looked at for the count. */
  readonly seen: number;
  /** Runs that there were to do, by the count before. */
  readonly counted: number;
  /** Runs that were asked. What ended or changed meanwhile was left as it was. */
  readonly asked: number;
}

/** One commit for so many runs: short transactions. */
const CHUNK = 500;

export const bulkFlow: Flow<BulkInput, BulkProgress> = flow(
  BULK,
  { version: 1, retry: { attempts: 20 } },
  async (f, { verb, where }: BulkInput) => {
    const run = FlowSteps.runOf(f);
    const said = (progress: Omit<BulkProgress, "verb">): BulkProgress => {
      const whole = { verb, ...progress };
      f.state(whole);
      return whole;
    };
    const { counted, seen } = await count(f, run, { verb, where }, (found, looked) =>
      said({ phase: "counting", seen: looked, counted: found, asked: 0 }),
    );
    let asked = 0;
    for (let at: Place | undefined = { source: 0, after: undefined }; at !== undefined;) {
      said({ phase: "doing", seen, counted, asked });
      const from: Place = at;
      const page: Page = await f.step("page", () => doPage(run, { verb, where }, from));
      asked += page.asked;
      at = page.next;
    }
    return said({ phase: "done", seen, counted, asked });
  },
);

function count(
  f: Steps,
  { session, runId }: Run,
  { verb, where }: BulkInput,
  say: (found: number, seen: number) => void,
): Promise<{ readonly counted: number; readonly seen: number }> {
  return f.step("count", async ({ signal }) => {
    let looked = 0;
    const onProgress = (found: number, seen: number): void => {
      looked = seen;
      say(found, seen);
    };
    const sought = await seek(session.database, verb, where, runId);
    const counted = await countFound(session.database, sought, { signal, onProgress });
    return { counted, seen: looked };
  });
}

/** How far it is; `after` undefined: at the beginning of the source. */
interface Place {
  readonly source: number;
  readonly after: bigint | undefined;
}

interface Page {
  readonly asked: number;
  readonly next: Place | undefined;
}

async function doPage(run: Run, { verb, where }: BulkInput, at: Place): Promise<Page> {
  const { session } = run;
  const { database } = session;
  const sought = await seek(database, verb, where, run.runId);
  const cursor: Cursor = { source: at.source, after: at.after ?? sought.after };
  const { runs, next } = await findPage(database, sought, cursor, true);
  const { code, message, advice } = fail(flowErrors, "run_cancelled", { run: run.name });
  const word = JSON.stringify({ name: "LongmenError", code, message, advice });
  for (let first = 0; first < runs.length; first += CHUNK) {
    session.signal.throwIfAborted();
    const chunk = runs.slice(first, first + CHUNK);
    await session.commit(
      `bulk/${run.name}`,
      [writing(bulkWriters[verb], { runs: chunk, word })],
      repeatable,
    );
  }
  run.parts.nudge();
  return { asked: runs.length, next };
}
