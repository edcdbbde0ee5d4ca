import fc from "fast-check";
import { expect, test } from "vitest";
import { meansByName, type PartAsked, readParts, spreadRefund } from "./index.ts";

const payer = { buyer: "ann", at: Date.UTC(2026, 10, 30, 23, 59) };

test("each means says which account its money comes from", () => {
  const asked: PartAsked[] = [
    { means: "wallet", amount: 1n },
    { means: "company", company: "acme", amount: 2n },
    { means: "cash", amount: 3n },
  ];
  expect(readParts(asked, payer).map(({ path }) => path)).toEqual([
    "user/ann/wallet",
    "company/acme/credit/2026-11",
    "shop/cash",
  ]);
  const numbers = Object.values(meansByName).map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test.each(
  [
    ["nothing", null],
    ["no fields", {}],
    ["an unknown means", { means: "gold", amount: 1n }],
    ["a means of every object", { means: "toString", amount: 1n }],
    ["an amount of zero", { means: "wallet", amount: 0n }],
    ["an amount that is a number", { means: "wallet", amount: 1 }],
    ["no company", { means: "company", amount: 1n }],
    ["an empty company", { means: "company", company: "", amount: 1n }],
    ["a company that is no path", { means: "company", company: "a b", amount: 1n }],
  ].map(([what, part]) => ({ what, read: () => readParts([part] as never, payer) })),
)("a part with $what is refused by name", ({ read }) => {
  expect(read).toThrow(expect.objectContaining({ code: "payment.part_malformed" }) as Error);
});

test("seventeen parts are too many", () => {
  const many = Array.from({ length: 17 }, () => ({ means: "cash", amount: 1n }) as const);
  expect(() => readParts(many, payer)).toThrow(
    expect.objectContaining({ code: "payment.too_many_parts" }) as Error,
  );
});

test("#9: a refund is spread over what is left of the parts, the last first, exactly or not at all", () => {
  const part = fc
    .tuple(fc.bigInt({ min: 0n, max: 1_000n }), fc.bigInt({ min: 0n, max: 1_000n }))
    .map(([a, b]) => ({ amount: a + b, refunded: b }));
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 8 }),
      fc.bigInt({ min: 0n, max: 5_000n }),
      (parts, amount) => {
        const left = parts.map((each) => each.amount - each.refunded);
        const most = left.reduce((sum, each) => sum + each, 0n);
        const back = spreadRefund(amount, parts);
        expect(back === undefined).toBe(amount > most);
        if (back === undefined) return;
        expect(back.reduce((sum, each) => sum + each, 0n)).toBe(amount);
        back.forEach((each, at) => {
          expect(each >= 0n && each <= (left[at] ?? 0n)).toBe(true);
          // Whoever paid before gives only when all behind have given what they had.
          if (each > 0n) expect(back.slice(at + 1)).toEqual(left.slice(at + 1));
        });
      },
    ),
  );
});
