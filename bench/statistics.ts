/** The few statistics that a benchmark needs: medians of rounds, and percentiles of waits. */

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the median of nothing");
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

/** Largest difference from the median, as a share of it: how much the rounds disagree. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  if (middle === 0) return 0;
  return Math.max(...values.map((value) => Math.abs(value - middle))) / middle;
}

// 64 cells to each doubling: a percentile is right within 1.1 %.
const CELLS_PER_OCTAVE = 64;
const SMALLEST_MS = 1 / 1024;
const OCTAVES = 30;

/** Waits, counted into cells of equal ratio, so that recording costs a logarithm and no memory. */
export interface Waits {
  record(ms: number): void;
  readonly count: number;
  /** The wait that `share` (0 to 1) of all waits did not exceed. */
  quantile(share: number): number;
}

export function waits(): Waits {
  const cells = new Uint32Array(OCTAVES * CELLS_PER_OCTAVE);
  let count = 0;
  return {
    record(ms) {
      const cell = Math.floor(
        Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) * CELLS_PER_OCTAVE,
      );
      const at = Math.min(cell, cells.length - 1);
      cells[at] = (cells[at] ?? 0) + 1;
      count++;
    },
    get count() {
      return count;
    },
    quantile(share) {
      if (count === 0) throw new RangeError("a quantile of nothing");
      let left = Math.max(1, Math.ceil(count * share));
      const at = cells.findIndex((inCell) => (left -= inCell) <= 0);
      return SMALLEST_MS * 2 ** ((at + 0.5) / CELLS_PER_OCTAVE);
    },
  };
}

/**
 * The smallest share that any of several sources had of all events in any window of `windowMs`.
 * `buckets[source][i]` counts the events of a source in the i-th stretch of `bucketMs`. Answers
 * undefined when the record is shorter than one window.
 */
export function smallestShare(
  buckets: readonly (readonly number[])[],
  bucketMs: number,
  windowMs: number,
): number | undefined {
  const width = Math.round(windowMs / bucketMs);
  const length = Math.min(...buckets.map((counts) => counts.length));
  if (buckets.length === 0 || length < width) return undefined;
  let smallest = 1;
  for (let start = 0; start + width <= length; start++) {
    const sums = buckets.map((counts) => sum(counts.slice(start, start + width)));
    const all = sum(sums);
    smallest = all === 0 ? 0 : Math.min(smallest, Math.min(...sums) / all);
  }
  return smallest;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
