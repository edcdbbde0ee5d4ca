/** What a node counts of its runs, in memory, for whoever scrapes it. */
import type { LaneStats } from "../postgres/index.ts";
import type { Driven } from "./drive.ts";
import { Outcome } from "./state.ts";

export interface EndCounts {
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}

type Counts = { -readonly [K in keyof EndCounts]: EndCounts[K] };

export interface FlowsStats {
  /** In memory now. */
  readonly runs: number;
  /** Since this process began: started by it, ended on it, left in need of a person. */
  readonly started: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly parked: number;
  /** What ended on it, by the flow's name, in all its versions. */
  readonly endedByFlow: ReadonlyMap<string, EndCounts>;
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
  parked = 0;
  /** By the flow's number. */
  private readonly ends = new Map<number, Counts>();
  lookedAt = performance.now();

  starts({ created }: { readonly created: boolean }): void {
    if (created) this.started += 1;
  }

  /** What came of a run of that flow. */
  driven(driven: Driven, flow: number): void {
    if ("left" in driven) {
      if (driven.left.kind === "park") this.parked += 1;
      return;
    }
    let counts = this.ends.get(flow);
    if (counts === undefined) this.ends.set(flow, (counts = noEnds()));
    const { outcome } = driven.ended;
    if (outcome === Outcome.done) counts.done += 1;
    else if (outcome === Outcome.failed) counts.failed += 1;
    else counts.cancelled += 1;
  }

  /** `nameOf`: undefined for what is no user's, which counts among all the same. */
  counted(
    nameOf: (flow: number) => string | undefined,
  ): Pick<FlowsStats, "started" | "parked" | "endedByFlow" | keyof EndCounts> {
    const all = noEnds();
    const endedByFlow = new Map<string, Counts>();
    for (const [flow, counts] of this.ends) {
      add(all, counts);
      const name = nameOf(flow);
      if (name === undefined) continue;
      const sum = endedByFlow.get(name) ?? noEnds();
      endedByFlow.set(name, sum);
      add(sum, counts);
    }
    return { started: this.started, parked: this.parked, ...all, endedByFlow };
  }
}

const noEnds = (): Counts => ({ done: 0, failed: 0, cancelled: 0 });

function add(sum: Counts, { done, failed, cancelled }: EndCounts): void {
  sum.done += done;
  sum.failed += failed;
  sum.cancelled += cancelled;
}
