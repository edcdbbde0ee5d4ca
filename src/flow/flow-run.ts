import type { ResultOptions } from "./end-watch.ts";

/** A run in the hand of whoever started it, or knows its id. */
export interface FlowRun<O> {
  readonly id: string;
  /** False: the key was known, and this is the run that it belongs to. */
  readonly created: boolean;
  /**
   * What the run answers; throws what it failed with, flow.run_cancelled, or flow.still_running past
   * `timeoutMs` (5 minutes when left out): the run goes on all the same. Who aborts `signal` waits no
   * longer. Safe to repeat.
   */
  result(options?: ResultOptions): Promise<O>;
}
