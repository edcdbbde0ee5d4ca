/** Prices and discounts held against exact fractions, reckoned apart from how the catalogue reckons. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { amountOf, chooseScheme, stepsOf } from "./amount.ts";
import { applyDiscounts } from "./discounts.ts";
import { type Rounding, roundings } from "./round.ts";
import type { Scheme, Tier } from "./scheme.ts";

const money = fc.bigInt({ min: 0n, max: 10n ** 9n });
const per = fc.bigInt({ min: 1n, max: 1_000n });
const quantity = fc.bigInt({ min: 1n, max: 10n ** 9n });
const tiers = fc
  .array(fc.record({ size: fc.bigInt({ min: 1n, max: 10n ** 6n }), amount: money, per }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((list): readonly Tier[] => {
    let end = 0n;
    return list.map(({ size, ...price }, index) => {
      end += size;
      return index === list.length - 1 ? price : { ...price, upTo: end };
    });
  });

/** Twice the distance tells a half; nothing here is ever cut off before the end. */
function rounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const low = numerator / denominator;
  const twice = 2n * (numerator - low * denominator);
  if (twice === 0n || rounding === "down") return low;
  if (rounding === "up" || twice > denominator) return low + 1n;
  if (twice < denominator) return low;
  return rounding === "half_up" || low % 2n === 1n ? low + 1n : low;
}

/** The sum of all tiers over the product of their denominators. */
function exactly(list: readonly Tier[], units: bigint): readonly [bigint, bigint] {
  const product = list.reduce((all, tier) => all * tier.per, 1n);
  let before = 0n;
  let sum = 0n;
  for (const { upTo = units, amount, per: each } of list) {
    const end = upTo < units ? upTo : units;
    if (end > before) sum += ((end - before) * amount * product) / each;
    before = end > before ? end : before;
  }
  return [sum, product];
}

test("a price of many tiers, of any size and any fraction of a penny, is the exact sum, rounded once", () => {
  fc.assert(
    fc.property(tiers, quantity, fc.constantFrom(...roundings), (list, units, rounding) => {
      const [numerator, denominator] = exactly(list, units);
      const steps = stepsOf({ kind: "tiered", tiers: list }, units);
      expect(amountOf(steps, rounding).amount).toBe(rounded(numerator, denominator, rounding));
    }),
  );
});

test("a price by volume is that of the one tier which the quantity reaches", () => {
  fc.assert(
    fc.property(tiers, quantity, fc.constantFrom(...roundings), (list, units, rounding) => {
      const tier = list.find(({ upTo }) => upTo === undefined || units <= upTo) ?? list[0];
      const expected = rounded(units * (tier?.amount ?? 0n), tier?.per ?? 1n, rounding);
      const steps = stepsOf({ kind: "volume", tiers: list }, units);
      expect(amountOf(steps, rounding).amount).toBe(expected);
    }),
  );
});

test("whatever phase and level are chosen, it is the price of exactly one scheme", () => {
  const flat = money.map((amount): Scheme => ({ kind: "flat", amount, per: 1n }));
  fc.assert(
    fc.property(flat, flat, flat, fc.nat(300), fc.boolean(), (early, gold, late, at, isGold) => {
      const member: Scheme = { kind: "member", levels: { gold }, otherwise: late };
      const phases = [
        { from: 100, scheme: early },
        { from: 200, scheme: member },
      ];
      const context = { at, member: isGold ? "gold" : undefined };
      const expected = at < 200 ? early : isGold ? gold : late;
      expect(chooseScheme({ kind: "phased", phases }, context).scheme).toEqual(expected);
    }),
  );
});

test("a discount of the whole is shared out by what each line costs: to within a penny of its exact share", () => {
  const lists = fc.array(money, { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(lists, money, (prices, amount) => {
      const lines = prices.map((list, index) => ({ sku: `S${index}`, list }));
      const total = prices.reduce((sum, list) => sum + list, 0n);
      const { lines: given } = applyDiscounts(lines, [{ code: "spring", amount }]);
      const off = given.map((own) => own.reduce((sum, each) => sum + each.amount, 0n));
      const promised = amount < total ? amount : total;
      expect(off.reduce((sum, each) => sum + each, 0n)).toBe(promised);
      off.forEach((each, index) => {
        const list = prices[index] ?? 0n;
        expect(each >= 0n && each <= list).toBe(true);
        // |each - promised × list / total| < 1, without a fraction.
        const distance = each * total - promised * list;
        expect((distance < 0n ? -distance : distance) < (total === 0n ? 1n : total)).toBe(true);
        expect(given[index]?.every(({ amount: share }) => share > 0n)).toBe(true);
      });
    }),
  );
});

test("nothing is added to a price: what is to pay is what the lines cost, less what was taken off", () => {
  const one = fc.record({ sku: fc.constantFrom("A", "B"), list: money });
  const off = fc.record({
    code: fc.constant("x"),
    amount: fc.bigInt({ min: 0n, max: 10n ** 10n }),
    sku: fc.option(fc.constantFrom("A", "B"), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 12 }),
      fc.array(off, { maxLength: 6 }),
      (lines, asked) => {
        const { lines: given } = applyDiscounts(lines, asked);
        const left = lines.map(
          ({ list }, index) =>
            list - (given[index] ?? []).reduce((sum, each) => sum + each.amount, 0n),
        );
        expect(left.every((amount) => amount >= 0n)).toBe(true);
        const taken = given.flat().reduce((sum, { amount }) => sum + amount, 0n);
        const list = lines.reduce((sum, each) => sum + each.list, 0n);
        expect(left.reduce((sum, amount) => sum + amount, 0n)).toBe(list - taken);
        expect(taken <= asked.reduce((sum, { amount }) => sum + amount, 0n)).toBe(true);
      },
    ),
  );
});
