/** Deliveries, returns and refunds in any order, held against exact fractions: what a patient person would reckon. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { spreadRefund } from "../payment/index.ts";
import { type Left, shareOf } from "./share.ts";

/** numerator / denominator, never rounded. */
type Exact = readonly [numerator: bigint, denominator: bigint];

const times = ([a, b]: Exact, c: bigint): Exact => [a * c, b];
const atMost = ([a, b]: Exact, [c, d]: Exact): boolean => a * d <= c * b;
const minus = ([a, b]: Exact, [c, d]: Exact): Exact => [a * d - c * b, b * d];
const whole = (amount: bigint): Exact => [amount, 1n];

const line = fc
  .tuple(fc.bigInt({ min: 1n, max: 500n }), fc.bigInt({ min: 0n, max: 10n ** 13n }))
  .map(([quantity, amount]): Left => ({ quantity, amount }));
const cuts = fc.array(fc.bigInt({ min: 1n, max: 60n }), { minLength: 1, maxLength: 60 });

/** Takes units away piece by piece; what is left goes with the last. */
function cutUp(sold: Left, wanted: readonly bigint[]): { quantity: bigint; amount: bigint }[] {
  const shares: { quantity: bigint; amount: bigint }[] = [];
  let left = sold;
  for (const cut of [...wanted, sold.quantity]) {
    const quantity = cut < left.quantity ? cut : left.quantity;
    if (quantity === 0n) continue;
    const amount = shareOf(left, quantity);
    shares.push({ quantity, amount });
    left = { quantity: left.quantity - quantity, amount: left.amount - amount };
  }
  return shares;
}

test("after any number of deliveries the buyer was charged the exact price of them, less a unit for each at most", () => {
  fc.assert(
    fc.property(line, cuts, (sold, wanted) => {
      const unit: Exact = [sold.amount, sold.quantity];
      let quantity = 0n;
      let amount = 0n;
      cutUp(sold, wanted).forEach((share, index) => {
        quantity += share.quantity;
        amount += share.amount;
        const exact = times(unit, quantity);
        expect(atMost(whole(amount), exact)).toBe(true);
        expect(atMost(minus(exact, whole(amount)), whole(BigInt(index + 1)))).toBe(true);
      });
      expect({ quantity, amount }).toEqual(sold);
    }),
  );
});

test("what was delivered in pieces and comes back in other pieces is worth what it was delivered for", () => {
  fc.assert(
    fc.property(line, cuts, cuts, fc.nat(20), (sold, out, back, kept) => {
      const delivered = cutUp(sold, out).slice(0, kept + 1);
      const together = delivered.reduce(
        (sum, { quantity, amount }) => ({
          quantity: sum.quantity + quantity,
          amount: sum.amount + amount,
        }),
        { quantity: 0n, amount: 0n },
      );
      const returned = cutUp(together, back);
      expect(returned.reduce((sum, { amount }) => sum + amount, 0n)).toBe(together.amount);
      expect(returned.every(({ amount }) => amount >= 0n)).toBe(true);
      // Nobody gets more back for a unit than the dearest of them cost.
      const dearest = sold.amount / sold.quantity + (sold.amount % sold.quantity === 0n ? 0n : 1n);
      for (const { quantity, amount } of returned) expect(amount <= dearest * quantity).toBe(true);
    }),
  );
});

test("#9: refund after refund, each part gives back what it paid and no more, the last paid first, to the penny", () => {
  const amounts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), {
    minLength: 1,
    maxLength: 16,
  });
  const asked = fc.array(fc.bigInt({ min: 1n, max: 10n ** 15n }), { maxLength: 40 });
  fc.assert(
    fc.property(amounts, asked, (paid, refunds) => {
      const parts = paid.map((amount) => ({ amount, refunded: 0n }));
      const total = paid.reduce((sum, amount) => sum + amount, 0n);
      let given = 0n;
      for (const amount of [...refunds, total]) {
        const most = total - given;
        const back = spreadRefund(amount < most ? amount : most, parts) ?? [];
        back.forEach((each, at) => {
          const part = parts[at];
          if (part !== undefined) part.refunded += each;
        });
        given += amount < most ? amount : most;
        expect(parts.reduce((sum, { refunded }) => sum + refunded, 0n)).toBe(given);
        // From behind: whole parts, one that is begun, untouched ones.
        const begun = parts.filter(({ amount: of, refunded }) => refunded > 0n && refunded < of);
        expect(begun.length <= 1).toBe(true);
        const first = parts.findIndex(({ refunded }) => refunded > 0n);
        expect(parts.slice(first + 1).every(({ amount: of, refunded }) => of === refunded)).toBe(
          first >= 0 || given === 0n,
        );
        expect(spreadRefund(total - given + 1n, parts)).toBeUndefined();
      }
      expect(parts.every(({ amount, refunded }) => amount === refunded)).toBe(true);
    }),
  );
});
