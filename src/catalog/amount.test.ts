import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { amountOf, chooseScheme, stepsOf } from "./amount.ts";
import { applyDiscounts } from "./discounts.ts";
import { round, type Rounding, roundings } from "./round.ts";
import { readPricePlan, type Tier } from "./scheme.ts";

type Plain = Exclude<ReturnType<typeof chooseScheme>["scheme"], { kind: "rule" }>;

const price = (scheme: Plain, quantity: bigint, rounding: Rounding = "half_up"): bigint =>
  amountOf(stepsOf(scheme, quantity), rounding).amount;

const money = fc.bigInt({ min: 0n, max: 1_000_000n });
const per = fc.constantFrom(1n, 3n, 7n, 10n, 1_000n);
const quantities = fc.bigInt({ min: 1n, max: 100_000n });
const tiers = fc
  .array(fc.record({ size: fc.bigInt({ min: 1n, max: 500n }), amount: money, per }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((list): readonly Tier[] => {
    let end = 0n;
    return list.map(({ size, amount, per: units }, index) => {
      end += size;
      return index === list.length - 1 ? { amount, per: units } : { amount, per: units, upTo: end };
    });
  });

/** Unit by unit, as a person would add it up, over one denominator. */
const DENOMINATOR = 3n * 7n * 1_000n;
function byHand(list: readonly Tier[], quantity: bigint): bigint {
  let sum = 0n;
  for (let unit = 1n; unit <= quantity; unit++) {
    const tier = list.find(({ upTo }) => upTo === undefined || unit <= upTo);
    sum += ((tier?.amount ?? 0n) * DENOMINATOR) / (tier?.per ?? 1n);
  }
  return sum;
}

test("a tiered price is the sum of its units, each at its tier, rounded once", () => {
  fc.assert(
    fc.property(tiers, fc.bigInt({ min: 1n, max: 700n }), (list, quantity) => {
      const numerator = byHand(list, quantity);
      for (const rounding of roundings) {
        const expected = round({ numerator, denominator: DENOMINATOR }, rounding);
        expect(price({ kind: "tiered", tiers: list }, quantity, rounding)).toBe(expected);
      }
    }),
  );
});

test("more units never cost less, flat or tiered, however it is rounded", () => {
  const rounds = fc.constantFrom(...roundings);
  fc.assert(
    fc.property(tiers, quantities, quantities, rounds, (list, a, b, rounding) => {
      const [fewer, more] = a < b ? [a, b] : [b, a];
      const tiered: Plain = { kind: "tiered", tiers: list };
      expect(price(tiered, fewer, rounding)).toBeLessThanOrEqual(price(tiered, more, rounding));
      const { amount, per: units } = list[0] ?? { amount: 0n, per: 1n };
      const flat: Plain = { kind: "flat", amount, per: units };
      expect(price(flat, fewer, rounding)).toBeLessThanOrEqual(price(flat, more, rounding));
    }),
  );
});

test("the steps of a tiered price have all units, in order, none of them empty", () => {
  fc.assert(
    fc.property(tiers, quantities, (list, quantity) => {
      const steps = stepsOf({ kind: "tiered", tiers: list }, quantity);
      expect(steps.reduce((sum, { units }) => sum + units, 0n)).toBe(quantity);
      expect(steps.every(({ units }) => units > 0n)).toBe(true);
      expect(steps.map(({ tier }) => tier)).toEqual(steps.map((_, index) => index));
    }),
  );
});

describe("at the boundary of a tier", () => {
  const list: readonly Tier[] = [
    { upTo: 10n, amount: 100n, per: 1n },
    { upTo: 20n, amount: 90n, per: 1n },
    { amount: 80n, per: 1n },
  ];

  test.each([
    [1n, 100n],
    [10n, 1_000n],
    [11n, 1_090n],
    [20n, 1_900n],
    [21n, 1_980n],
  ])("each unit has the price of its own tier: %d cost %d", (quantity, amount) => {
    expect(price({ kind: "tiered", tiers: list }, quantity)).toBe(amount);
  });

  test.each([
    [10n, 1_000n],
    [11n, 990n],
    [20n, 1_800n],
    [21n, 1_680n],
  ])("all have the price of the tier reached, by volume: %d cost %d", (quantity, amount) => {
    expect(price({ kind: "volume", tiers: list }, quantity)).toBe(amount);
  });
});

test.each([
  ["half_even", [0n, 2n, 2n, 1n, 1n]],
  ["half_up", [1n, 2n, 3n, 1n, 1n]],
  ["down", [0n, 1n, 2n, 0n, 1n]],
  ["up", [1n, 2n, 3n, 1n, 2n]],
] as const)("%s rounds halves, thirds and what is just above as it says", (rounding, expected) => {
  const of = (numerator: bigint, denominator: bigint) =>
    round({ numerator, denominator }, rounding);
  expect([of(1n, 2n), of(3n, 2n), of(5n, 2n), of(2n, 3n), of(4n, 3n)]).toEqual(expected);
});

test("a third of a penny a piece is exact: three hundred cost a pound, not ninety-nine", () => {
  const third: Plain = { kind: "flat", amount: 1n, per: 3n };
  expect(price(third, 300n)).toBe(100n);
  expect(price(third, 1n)).toBe(0n);
  expect(price(third, 2n)).toBe(1n);
});

test("phases and levels choose the price, and say how", () => {
  const { scheme } = readPricePlan({
    currency: "CNY/2",
    scheme: {
      kind: "phased",
      phases: [
        { from: 100, scheme: { kind: "flat", amount: "900" } },
        {
          from: 200,
          scheme: {
            kind: "member",
            levels: { gold: { kind: "flat", amount: "950" } },
            otherwise: { kind: "flat", amount: "1000" },
          },
        },
      ],
    },
  });
  const chosen = (at: number, member?: string) => chooseScheme(scheme, { at, member });
  expect(chosen(50)).toMatchObject({ scheme: { amount: 900n }, path: ["phase 0"] });
  expect(chosen(199)).toMatchObject({ scheme: { amount: 900n }, path: ["phase 0"] });
  expect(chosen(200)).toMatchObject({ scheme: { amount: 1000n } });
  expect(chosen(200, "gold")).toMatchObject({
    scheme: { amount: 950n },
    path: ["phase 1", "member gold"],
  });
  expect(chosen(200, "constructor")).toMatchObject({ scheme: { amount: 1000n } });
});

test("discounts and amounts sum to the list, line by line, whatever is taken off", () => {
  const lines = fc.array(fc.record({ sku: fc.constantFrom("A", "B", "C"), list: money }), {
    minLength: 1,
    maxLength: 20,
  });
  const discounts = fc.array(
    fc.record({
      code: fc.constantFrom("x", "y"),
      amount: fc.bigInt({ min: 0n, max: 3_000_000n }),
      sku: fc.option(fc.constantFrom("A", "B", "D"), { nil: undefined }),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(lines, discounts, (list, asked) => {
      const { lines: given } = applyDiscounts(list, asked);
      const off = given.map((own) => own.reduce((sum, { amount }) => sum + amount, 0n));
      list.forEach((line, index) => expect(off[index]).toBeLessThanOrEqual(line.list));
      // What the whole quote got is all that it was promised, as far as there was something to take.
      const whole = asked.filter(({ sku }) => sku === undefined);
      const promised = whole.reduce((sum, { amount }) => sum + amount, 0n);
      const shared = given.flat().filter(({ of }) => of === "quote");
      const ownOff = given.flat().filter(({ of }) => of === "line");
      const total = (list2: readonly { amount: bigint }[]) =>
        list2.reduce((sum, { amount }) => sum + amount, 0n);
      const left = list.reduce((sum, line) => sum + line.list, 0n) - total(ownOff);
      expect(total(shared)).toBe(promised < left ? promised : left);
    }),
  );
});

test.each([
  [null, "/currency"],
  [{ currency: "GBP", scheme: { kind: "flat", amount: "1" } }, "/currency"],
  [{ currency: "GBP/2", scheme: { kind: "flat", amount: 1.5 } }, "/scheme/amount"],
  [{ currency: "GBP/2", scheme: { kind: "flat", amount: "-1" } }, "/scheme/amount"],
  [{ currency: "GBP/2", scheme: { kind: "flat", amount: "1", per: "0" } }, "/scheme/per"],
  [{ currency: "GBP/2", scheme: { kind: "tiered", tiers: [] } }, "/scheme/tiers"],
  [{ currency: "GBP/2", scheme: { kind: "tiered", tiers: [{ amount: "1", upTo: "5" }] } }, "upTo"],
  [{ currency: "GBP/2", scheme: { kind: "member", levels: null } }, "/scheme/levels"],
  [{ currency: "GBP/2", rounding: "up a bit", scheme: { kind: "rule", rule: "r" } }, "/rounding"],
  [{ currency: "GBP/2", scheme: undefined }, "/scheme/kind"],
])("a plan that is none is refused by name: %j", (given, at) => {
  expect(() => readPricePlan(given)).toThrow(
    expect.objectContaining({
      code: "catalog.definition_malformed",
      message: expect.stringContaining(at) as string,
    }) as Error,
  );
});
