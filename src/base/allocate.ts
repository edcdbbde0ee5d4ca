import { baseErrors } from "./base.errors.ts";
import { assert, fail } from "./errors.ts";

/**
 * Shares out an amount by weights so that the parts sum to it exactly: every part is the exact
 * share cut towards zero, and what is left goes, one unit each, to the largest remainders, the
 * earlier index first among equals (Hamilton's method). A weight of zero gets nothing. A negative
 * total gives the mirror image of the positive one, so a refund undoes its sale part by part.
 * Refuses: base.weights_malformed (none, a negative one, or all zero).
 */
export function allocate(total: bigint, weights: readonly bigint[]): bigint[] {
  const weightSum = checkedSum(weights);
  if (total < 0n) return allocate(-total, weights).map((part) => -part);

  const remainders: { index: number; remainder: bigint }[] = [];
  let left = total;
  const parts = weights.map((weight, index) => {
    const exact = total * weight;
    const part = exact / weightSum;
    left -= part;
    remainders.push({ index, remainder: exact % weightSum });
    return part;
  });

  remainders.sort((a, b) => compare(b.remainder, a.remainder) || a.index - b.index);
  // The remainders sum to left × weightSum and each is below weightSum, so more than `left` of
  // them are above zero: a zero weight never gets a unit.
  for (const { index } of remainders.slice(0, Number(left))) {
    parts[index] = (parts[index] ?? 0n) + 1n;
  }
  assert(
    parts.reduce((sum, part) => sum + part, 0n) === total,
    "the parts of an allocation must sum to its total",
  );
  return parts;
}

function checkedSum(weights: readonly bigint[]): bigint {
  let sum = 0n;
  for (const weight of weights) {
    if (weight < 0n) throw fail(baseErrors, "weights_malformed", { problem: "one is negative" });
    sum += weight;
  }
  if (weights.length === 0) throw fail(baseErrors, "weights_malformed", { problem: "none given" });
  if (sum === 0n) throw fail(baseErrors, "weights_malformed", { problem: "all are zero" });
  return sum;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
