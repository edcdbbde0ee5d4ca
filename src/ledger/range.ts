/** Stretches of the journal, both ends included. Pure. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export type Direction = "newest" | "oldest";

/** The ranges in order of `direction`, overlapping ones made one. */
export function mergeRanges(ranges: readonly Range[], direction: Direction): Range[] {
  const sorted = [...ranges].sort((a, b) => a.low - b.low || a.high - b.high);
  const merged: { low: number; high: number }[] = [];
  for (const { low, high } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last.high + 1) last.high = Math.max(last.high, high);
    else merged.push({ low, high });
  }
  return direction === "newest" ? merged.reverse() : merged;
}

/** The first `rows` seqs of ranges in ascending order, and what is left of them. */
export function cutRanges(
  ranges: readonly Range[],
  rows: number,
  direction: Direction = "oldest",
): { taken: Range[]; left: Range[] } {
  const taken: Range[] = [];
  let room = rows;
  for (const [place, range] of ranges.entries()) {
    const size = range.high - range.low + 1;
    if (size <= room) {
      taken.push(range);
      room -= size;
      continue;
    }
    const [near, far] = split(range, room, direction);
    if (room > 0) taken.push(near);
    return { taken, left: [room > 0 ? far : range, ...ranges.slice(place + 1)] };
  }
  return { taken, left: [] };
}

function split({ low, high }: Range, rows: number, direction: Direction): [Range, Range] {
  return direction === "oldest"
    ? [
        { low, high: low + rows - 1 },
        { low: low + rows, high },
      ]
    : [
        { low: high - rows + 1, high },
        { low, high: high - rows },
      ];
}

/** The parts of the ranges that lie after `after` and not beyond `upTo`. */
export function clipRanges(ranges: readonly Range[], after: number, upTo: number): Range[] {
  return ranges
    .map(({ low, high }) => ({ low: Math.max(low, after + 1), high: Math.min(high, upTo) }))
    .filter(({ low, high }) => low <= high);
}
