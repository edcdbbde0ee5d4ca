/** Records of an earlier life that a function has not asked for yet, by the branch they are in. */
import { scopeOf } from "./position.ts";
import type { StepRecord } from "./state.ts";

/** Where a fork keeps what it is a fork of. */
export const FORK = "~fork";

export interface Forked {
  readonly origin: string;
  /** The first step that was not reused. */
  readonly from?: string | undefined;
  /** When the run began that what is reused goes back to. */
  readonly createdAt?: number | undefined;
  /** Up to which record chance and ids were drawn by the name of which run; the oldest first. */
  readonly seeds: readonly { readonly name: string; readonly upTo: number }[];
}

export class Unasked {
  private readonly byScope = new Map<string, Map<string, number>>();
  private forked: Forked | undefined;

  /** Parts of steps, such as waits that began, are asked for by their steps. */
  add({ step, ordinal, result }: StepRecord): void {
    if (step === FORK) this.forked = JSON.parse(result ?? "{}") as Forked;
    if (step.includes("~")) return;
    const scope = scopeOf(step);
    const positions = this.byScope.get(scope) ?? new Map<string, number>();
    positions.set(step, ordinal);
    this.byScope.set(scope, positions);
  }

  forget(position: string): void {
    const scope = scopeOf(position);
    const positions = this.byScope.get(scope);
    positions?.delete(position);
    if (positions?.size === 0) this.byScope.delete(scope);
  }

  get any(): boolean {
    return this.byScope.size > 0;
  }

  get first(): string | undefined {
    for (const positions of this.byScope.values()) {
      for (const position of positions.keys()) return position;
    }
    return undefined;
  }

  /** Left over in the branch of that position. */
  besides(position: string): string | undefined {
    const [left] = this.byScope.get(scopeOf(position))?.keys() ?? [];
    return left;
  }

  /** When what is reused began, in a fork that reuses something. */
  get begunAt(): number | undefined {
    return this.forked?.createdAt;
  }

  /**
   * By what chance and ids of a branch are drawn: the run's name. Of a fork, while records of its origin are
   * left to be asked for there, the origin's, or its function would not be what those are of.
   */
  seedOf(path: string, own: string): string {
    if (this.forked === undefined || !this.any) return own;
    let least = Infinity;
    for (const [scope, positions] of this.byScope) {
      if (scope.startsWith(path)) least = Math.min(least, ...positions.values());
    }
    return this.forked.seeds.find(({ upTo }) => least <= upTo)?.name ?? own;
  }
}
