/** Counts how often something took how long, in fixed buckets: a few numbers, however much is counted. */
export interface Histogram {
  readonly observe: (value: number) => void;
  readonly read: () => HistogramRead;
}

export interface HistogramRead {
  /** The upper bounds, ascending; what is above the last is only in `count`. */
  readonly bounds: readonly number[];
  /** How many were at or below each bound and above the one before. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export function histogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0);
  let count = 0;
  let sum = 0;
  return {
    observe(value) {
      count += 1;
      sum += value;
      for (let place = 0; place < bounds.length; place++) {
        if (value > (bounds[place] ?? 0)) continue;
        counts[place] = (counts[place] ?? 0) + 1;
        return;
      }
    },
    read: () => ({ bounds, counts, count, sum }),
  };
}

/** Several with the same bounds as one. */
export function sumOf(reads: readonly HistogramRead[]): HistogramRead {
  const [first] = reads;
  const bounds = first?.bounds ?? [];
  return {
    bounds,
    counts: bounds.map((_, place) => reads.reduce((all, one) => all + (one.counts[place] ?? 0), 0)),
    count: reads.reduce((all, one) => all + one.count, 0),
    sum: reads.reduce((all, one) => all + one.sum, 0),
  };
}
