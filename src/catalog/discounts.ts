/** Discounts, frozen per line at the time of sale: what one line loses later changes no other. */
import { allocate } from "../base/index.ts";
import type { RuleDiscount } from "./ask-rule.ts";
import type { LineDiscount, QuoteToken } from "./quote.ts";

/** What each line gets, and which of the discounts took anything off. */
export interface Given {
  readonly lines: readonly (readonly LineDiscount[])[];
  readonly taken: ReadonlySet<RuleDiscount>;
}

export interface Discountable {
  readonly sku: string;
  readonly list: bigint;
}

/** A discount never takes more than is left; the proof keeps what was asked. */
export function applyDiscounts(
  lines: readonly Discountable[],
  discounts: readonly RuleDiscount[],
): Given {
  const left = lines.map(({ list }) => list);
  const given: LineDiscount[][] = lines.map(() => []);
  const taken = new Set<RuleDiscount>();
  const give = (index: number, amount: bigint, discount: RuleDiscount, of: LineDiscount["of"]) => {
    if (amount === 0n) return;
    const { code, label } = discount;
    taken.add(discount);
    left[index] = (left[index] ?? 0n) - amount;
    given[index]?.push({ code, label, amount, of });
  };
  for (const discount of discounts.filter(({ sku }) => sku !== undefined)) {
    let rest = discount.amount;
    lines.forEach(({ sku }, index) => {
      if (sku !== discount.sku) return;
      const amount = least(rest, left[index] ?? 0n);
      rest -= amount;
      give(index, amount, discount, "line");
    });
  }
  for (const discount of discounts.filter(({ sku }) => sku === undefined)) {
    const sum = left.reduce((total, amount) => total + amount, 0n);
    if (sum === 0n) break;
    // By largest remainder, on what is left of each line: so no share is above its line.
    const shares = allocate(least(discount.amount, sum), left);
    shares.forEach((amount, index) => give(index, amount, discount, "quote"));
  }
  return { lines: given, taken };
}

/** What the discounts that took anything off use up, by asset. Each for itself: several may have one code. */
export function tokensOf(
  discounts: readonly RuleDiscount[],
  taken: ReadonlySet<RuleDiscount>,
): readonly QuoteToken[] {
  const sums = new Map<string, bigint>();
  for (const discount of discounts) {
    const { token } = discount;
    if (token === undefined || !taken.has(discount)) continue;
    sums.set(token.asset, (sums.get(token.asset) ?? 0n) + token.amount);
  }
  return [...sums].map(([asset, amount]) => ({ asset, amount }));
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
