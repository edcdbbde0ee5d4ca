import fc from "fast-check";
import { expect, test } from "vitest";
import { type Left, shareOf } from "./share.ts";

const line = fc
  .tuple(fc.bigInt({ min: 1n, max: 10_000n }), fc.bigInt({ min: 0n, max: 10n ** 12n }))
  .map(([quantity, amount]): Left => ({ quantity, amount }));
const cuts = fc.array(fc.bigInt({ min: 1n, max: 3_000n }), { maxLength: 40 });

test("shares sum to the price exactly, whatever the line is cut into", () => {
  fc.assert(
    fc.property(line, cuts, (sold, wanted) => {
      let left = sold;
      let sum = 0n;
      for (const cut of [...wanted, sold.quantity]) {
        const quantity = cut < left.quantity ? cut : left.quantity;
        if (quantity === 0n) continue;
        const share = shareOf(left, quantity);
        sum += share;
        left = { quantity: left.quantity - quantity, amount: left.amount - share };
      }
      expect([sum, left]).toEqual([sold.amount, { quantity: 0n, amount: 0n }]);
    }),
  );
});

test("each unit costs the price of one, rounded down or up: nobody pays another's penny", () => {
  fc.assert(
    fc.property(line, cuts, (sold, wanted) => {
      const low = sold.amount / sold.quantity;
      const high = low + (sold.amount % sold.quantity === 0n ? 0n : 1n);
      let left = sold;
      for (const cut of wanted) {
        if (cut > left.quantity) continue;
        const share = shareOf(left, cut);
        expect(share >= low * cut && share <= high * cut).toBe(true);
        left = { quantity: left.quantity - cut, amount: left.amount - share };
        if (left.quantity === 0n) break;
      }
    }),
  );
});
