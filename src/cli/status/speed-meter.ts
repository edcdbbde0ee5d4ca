/** How fast a counter grows, by the looks that are taken at it: nothing is measured while nobody looks. */

const SHORTEST_MS = 1_000;
const LONGEST_MS = 30_000;

interface Look {
  readonly at: number;
  readonly count: number;
}

/**
 * Answers what a counter gains a second, told its count: over the longest stretch of looks that is not
 * above half a minute. Undefined until there is one of a second.
 */
export function speedMeter(now: () => number = () => performance.now()) {
  let looks: Look[] = [];
  return (count: number): number | undefined => {
    const at = now();
    // A counter that went back is another one.
    looks = looks.filter((look) => at - look.at <= LONGEST_MS && look.count <= count);
    looks.push({ at, count });
    const [first] = looks;
    if (first === undefined || at - first.at < SHORTEST_MS) return undefined;
    return ((count - first.count) * 1_000) / (at - first.at);
  };
}
