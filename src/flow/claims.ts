/** Runs on their way from a row to this node's memory. */
import { type LoadingNode, loadClaimed } from "./load-run.ts";
import { repeatable, type Session, writing } from "./session.ts";

export class Claims {
  private readonly under = new Set<bigint>();

  get size(): number {
    return this.under.size;
  }

  has(runId: bigint): boolean {
    return this.under.has(runId);
  }

  /** Takes what can be had of these runs, and goes on with them. */
  claim(session: Session, node: LoadingNode, runs: readonly bigint[]): Promise<void> {
    return this.during(runs, async (wanted) => {
      await session.commit("claim", [writing(session.writers.claim, wanted)], repeatable);
      await loadClaimed(session, node, wanted);
    });
  }

  /** Goes on with what is this node's of these runs, as the rows say. */
  bring(session: Session, node: LoadingNode, runs: readonly bigint[]): Promise<void> {
    return this.during(runs, (wanted) => loadClaimed(session, node, wanted));
  }

  private async during(
    runs: readonly bigint[],
    work: (wanted: readonly bigint[]) => Promise<void>,
  ): Promise<void> {
    const wanted = runs.filter((runId) => !this.under.has(runId));
    if (wanted.length === 0) return;
    for (const runId of wanted) this.under.add(runId);
    try {
      await work(wanted);
    } finally {
      for (const runId of wanted) this.under.delete(runId);
    }
  }
}
