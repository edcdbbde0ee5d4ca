/**
 * Up to where a queue's ready rows were claimed. While there is a backlog looks go on from there: where a long
 * transaction elsewhere keeps vacuum from its work, the index entries of what was claimed stay, and a look from
 * the beginning would meet all of them again. Who comes in before the mark, more urgent or late to be committed, is found
 * by a look at the whole, every three seconds, or as seldom as makes that a twentieth of the time.
 */
const WHOLE_EVERY_MS = 3_000;
const WHOLE_SHARE = 20;

/** Where a row stands in its line. */
export interface Place {
  readonly priority: number;
  readonly wakeMs: number;
}

/** Before all others. */
const BEGINNING: Place = { priority: -32_768, wakeMs: 0 };

export class LowWater {
  private mark: Place | undefined;
  private wholeAt = -Infinity;
  private wholeTookMs = 0;
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Where the next look begins. */
  from(): Place {
    const everyMs = Math.max(WHOLE_EVERY_MS, this.wholeTookMs * WHOLE_SHARE);
    if (this.now() - this.wholeAt > everyMs) this.mark = undefined;
    return this.mark ?? BEGINNING;
  }

  /** A look that began there took so long. */
  looked(from: Place, tookMs: number): void {
    if (from !== BEGINNING) return;
    this.wholeAt = this.now();
    this.wholeTookMs = tookMs;
  }

  /** Taken up to this row, of more; undefined: of no more, or none. */
  taken(last: Place | undefined): void {
    this.mark = last;
  }
}
