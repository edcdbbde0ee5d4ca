/**
 * Holds whose time-outs end next. Every open hold that ends at or before `horizon` is here; those
 * beyond are in the database and fetched when time comes near. Resolved holds leave when they come up.
 */
import type { Instant } from "../base/index.ts";

export interface Due {
  readonly id: string;
  readonly seq: number;
  readonly expiresAt: Instant;
}

/** How many holds one batch lets expire at most; units wait while more are due. */
export const DUE_MAX = 4_096;

/** How many are kept: past twice this the farther half goes back to the database's keeping. */
const KEPT_MAX = 65_536;

export class DueHolds {
  private heap: Due[] = [];
  private horizonAt = -Infinity;

  /** -Infinity: nothing has been loaded yet. */
  get horizon(): Instant {
    return this.horizonAt;
  }

  clear(): void {
    this.heap = [];
    this.horizonAt = -Infinity;
  }

  first(): Due | undefined {
    return this.heap[0];
  }

  /** What the database had after the old horizon, in order; `complete` when there is no more. */
  extend(loaded: readonly Due[], complete: boolean): void {
    for (const due of loaded) this.insert(due);
    const last = loaded.at(-1);
    // Of several holds that end at one instant the page may have cut some off: up to just before it.
    if (complete) this.horizonAt = Infinity;
    else if (last !== undefined) this.horizonAt = Math.max(last.expiresAt - 1, this.horizonAt);
  }

  /** A hold of this node's own making. */
  add(due: Due): void {
    if (due.expiresAt <= this.horizonAt) this.insert(due);
    if (this.heap.length > 2 * KEPT_MAX) this.shrink();
  }

  /** Ids of those that end at or before `at`: at most a page of them, in no order. */
  upTo(at: Instant): string[] {
    const first = this.heap[0];
    if (first === undefined || first.expiresAt > at) return [];
    const ids: string[] = [];
    for (const due of this.heap) {
      if (due.expiresAt <= at) ids.push(due.id);
      if (ids.length === DUE_MAX) break;
    }
    return ids;
  }

  /** Gives back one that was popped by a batch that did not happen. */
  restore(due: Due): void {
    this.insert(due);
  }

  pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink();
  }

  private shrink(): void {
    this.heap.sort(before);
    const cut = this.heap[KEPT_MAX];
    if (cut === undefined) return;
    this.heap = this.heap.filter((due) => due.expiresAt < cut.expiresAt);
    this.horizonAt = cut.expiresAt - 1;
  }

  private insert(due: Due): void {
    const { heap } = this;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || before(parent, due) <= 0) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = due;
  }

  private sink(): void {
    const { heap } = this;
    const moved = heap[0];
    if (moved === undefined) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      if (left === undefined) break;
      const right = heap[2 * at + 2];
      const rightFirst = right !== undefined && before(right, left) < 0;
      const child = rightFirst ? right : left;
      if (before(moved, child) <= 0) break;
      heap[at] = child;
      at = 2 * at + (rightFirst ? 2 : 1);
    }
    heap[at] = moved;
  }
}

function before(a: Due, b: Due): number {
  return a.expiresAt - b.expiresAt || a.seq - b.seq;
}
