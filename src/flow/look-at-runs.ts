/** Reading of runs without a node: for whoever only looks. */
import type { Database } from "../postgres/index.ts";
import { type TallyOptions, tallyOf, type TallyView } from "./keep/read-tally.ts";
import {
  findRun,
  findRuns,
  type ListOptions,
  listRuns,
  listSteps,
  listTroubles,
  type RunTold,
  type RunView,
  type StepView,
  tellRuns,
  type TroubleView,
} from "./reads.ts";
import { fail } from "../base/index.ts";
import { decodePayload } from "./codec.ts";
import { flowErrors } from "./flow.errors.ts";
import { readRuns, readSaid } from "./flow.sql.ts";
import { glanceAtRuns, type RunsGlance } from "./glance.ts";
import { readRunId, showRunId } from "./run-id.ts";

/** What a run last said of itself. */
export interface SaidState {
  readonly value: unknown;
  readonly at: number;
}

export interface RunLooks {
  get(id: string): Promise<RunView | undefined>;
  /** Several at once, by their ids, in as many questions as for one; what is kept no longer is missing. */
  several(ids: readonly string[]): Promise<ReadonlyMap<string, RunView>>;
  /** Of several at once the first steps, `most` of each, and what each last said of itself. */
  tell(ids: readonly string[], most: number): Promise<ReadonlyMap<string, RunTold>>;
  /** Newest first; the next page is that `before` the last of this one. */
  list(options?: ListOptions): Promise<readonly RunView[]>;
  steps(id: string): Promise<readonly StepView[]>;
  /** What went wrong, newest first: failed attempts, and why it is parked. */
  troubles(id: string): Promise<readonly TroubleView[]>;
  /**
   * What the run last said of itself by `f.state`, wherever it is and after its end, too; undefined where it
   * has said nothing. Asks the tables, never the run. Refuses: flow.run_missing.
   */
  query(id: string): Promise<SaidState | undefined>;
  /** All of them at a glance, for a page: bounded, however many there are. */
  glance(): Promise<RunsGlance>;
  /**
   * How many ended how, by flow, within a time and its stretches: from counters. What a killed node had counted
   * in its last two seconds is not among them. Refuses: flow.tally_malformed.
   */
  tally(options?: TallyOptions): Promise<readonly TallyView[]>;
}

/** Looks at the runs of a migrated database; makes nothing, holds nothing. */
export function lookAtRuns(database: Database): RunLooks {
  return {
    get: async (id) => findRun(database, readRunId(id)),
    several: async (ids) => findRuns(database, ids.map(readRunId)),
    tell: async (ids, most) => tellRuns(database, ids.map(readRunId), most),
    list: async (asked = {}) => listRuns(database, asked),
    steps: async (id) => listSteps(database, readRunId(id)),
    troubles: async (id) => listTroubles(database, readRunId(id)),
    glance: async () => glanceAtRuns(database),
    query: async (id) => readSaidState(database, readRunId(id)),
    tally: async (asked = {}) => tallyOf(database, asked),
  };
}

async function readSaidState(database: Database, runId: bigint): Promise<SaidState | undefined> {
  const said = await database.maybe(readSaid, { runId });
  if (said !== undefined) return { value: decodePayload(said.value), at: said.at };
  const [known] = await database.run(readRuns, { runs: [runId] });
  if (known === undefined) throw fail(flowErrors, "run_missing", { run: showRunId(runId) });
  return undefined;
}
