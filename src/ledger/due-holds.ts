/**
 * Holds whose time-outs end next. Every open hold up to a place in the order of ends is here; those
 * beyond are in the database and fetched when time comes near. What is here is a fact that stays true
 * (this hold was made, with this end); whether it was resolved is asked when it comes up.
 */
import type { Instant } from "../base/index.ts";

export interface Due {
  readonly id: string;
  readonly seq: number;
  readonly expiresAt: Instant;
}

/** A place in the order of ends: many holds may end at one instant, so it takes the seq as well. */
export type DuePlace = Pick<Due, "expiresAt" | "seq">;

/** How many holds one batch lets expire at most; units wait while more are due. */
export const DUE_MAX = 4_096;

/** How many are kept: past twice this the farther half goes back to the database's keeping. */
const KEPT_MAX = 65_536;

const NOTHING_KNOWN: DuePlace = { expiresAt: -Infinity, seq: 0 };
const ALL_KNOWN: DuePlace = { expiresAt: Infinity, seq: 0 };

export class DueHolds {
  private heap: Due[] = [];
  private known = NOTHING_KNOWN;

  /** All up to here are known; undefined: nothing has been loaded yet. */
  get knownTo(): DuePlace | undefined {
    return this.known === NOTHING_KNOWN ? undefined : this.known;
  }

  /** Every open hold that ends at or before this is here. */
  get horizon(): Instant {
    // Of those that end at the very instant of the place some may lie behind it.
    return this.known.expiresAt - 1;
  }

  clear(): void {
    this.heap = [];
    this.known = NOTHING_KNOWN;
  }

  first(): Due | undefined {
    return this.heap[0];
  }

  /** What the database has from the old place on, up to the new one; undefined: there is no more. */
  extend(loaded: readonly Due[], knownTo: DuePlace | undefined): void {
    for (const due of loaded) this.insert(due);
    this.known = knownTo ?? ALL_KNOWN;
  }

  /** A hold that was made after the others were loaded. */
  add(due: Due): void {
    if (before(due, this.known) <= 0) this.insert(due);
    if (this.heap.length > 2 * KEPT_MAX) this.shrink(KEPT_MAX);
  }

  /** Nothing happens: what the next batch can end stays, the rest goes back to the database's keeping. */
  rest(): void {
    if (this.heap.length > DUE_MAX) this.shrink(DUE_MAX);
  }

  /** The first that end at or before `at`, in order: at most a page of them. */
  upTo(at: Instant): Due[] {
    const page: Due[] = [];
    for (let first = this.first(); first !== undefined; first = this.first()) {
      if (first.expiresAt > at || page.length === DUE_MAX) break;
      page.push(first);
      this.pop();
    }
    for (const due of page) this.insert(due);
    return page;
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

  private shrink(kept: number): void {
    // A copy: an array that is cut keeps the room that it had.
    this.heap = this.heap.sort(before).slice(0, kept);
    this.known = this.heap.at(-1) ?? NOTHING_KNOWN;
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

function before(a: DuePlace, b: DuePlace): number {
  return a.expiresAt - b.expiresAt || a.seq - b.seq;
}
