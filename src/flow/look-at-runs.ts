/** Reading of runs without a node: for whoever only looks. */
import type { Database } from "../postgres/index.ts";
import { type TallyOptions, tallyOf, type TallyView } from "./keep/read-tally.ts";
import {
  findRun,
  type ListOptions,
  listRuns,
  listSteps,
  listTroubles,
  type RunView,
  type StepView,
  type TroubleView,
} from "./reads.ts";
import { readRunId } from "./run-id.ts";

export interface RunLooks {
  get(id: string): Promise<RunView | undefined>;
  /** Newest first; the next page is that `before` the last of this one. */
  list(options?: ListOptions): Promise<readonly RunView[]>;
  steps(id: string): Promise<readonly StepView[]>;
  /** What went wrong, newest first: failed attempts, and why it is parked. */
  troubles(id: string): Promise<readonly TroubleView[]>;
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
    list: async (asked = {}) => listRuns(database, asked),
    steps: async (id) => listSteps(database, readRunId(id)),
    troubles: async (id) => listTroubles(database, readRunId(id)),
    tally: async (asked = {}) => tallyOf(database, asked),
  };
}
