/** What a node counts of its runs, in memory, for whoever scrapes it. */
import type { LaneStats } from "../postgres/index.ts";
import type { Driven } from "./drive.ts";
import { Outcome } from "./state.ts";

export interface FlowsStats {
  /** In memory now. */
  readonly runs: number;
  /** Since this process began: started by it, ended on it, left in need of a person. */
  readonly started: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly parked: number;
  /** Retries that steps may take at once, of the flow that has least; below 0 they wait for their turn. */
  readonly retriesLeft: number;
  /** Since the node last looked for work and was answered; a few seconds where all is well. */
  readonly lookAgeMs: number;
  /** How long the lease stands still; 0: nothing is begun. */
  readonly leaseLeftMs: number;
  readonly lane: LaneStats;
}

export class Tally {
  started = 0;
  done = 0;
  failed = 0;
  cancelled = 0;
  parked = 0;
  lookedAt = performance.now();

  starts({ created }: { readonly created: boolean }): void {
    if (created) this.started += 1;
  }

  driven(driven: Driven): void {
    if ("left" in driven) {
      if (driven.left.kind === "park") this.parked += 1;
    } else if (driven.ended.outcome === Outcome.done) this.done += 1;
    else if (driven.ended.outcome === Outcome.failed) this.failed += 1;
    else this.cancelled += 1;
  }
}
