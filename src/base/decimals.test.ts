import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AMOUNT_MAX,
  DECIMAL_MAX_LENGTH,
  multiplyRounded,
  roundHalfAwayFromZero,
} from "./decimals.ts";
import { hasCode } from "./errors.ts";

/** Rounds as one does on paper: the first digit dropped decides. Nothing shared with the code. */
function roundOnPaper(decimal: string, scale: number): bigint {
  const negative = decimal.startsWith("-");
  const [whole = "", fraction = ""] = decimal.replace("-", "").split(".");
  const kept = BigInt(whole + fraction.padEnd(scale, "0").slice(0, scale));
  const size = Number(fraction[scale] ?? 0) >= 5 ? kept + 1n : kept;
  return negative ? -size : size;
}

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    for (const reason of ["amount_malformed", "amount_out_of_range", "scale_out_of_range"]) {
      if (hasCode(error, `base.${reason}`)) return reason;
    }
    throw error;
  }
  return undefined;
}

const decimals = fc
  .tuple(
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 10n ** 12n }),
    fc.string({ unit: fc.constantFrom(..."0123456789".split("")), maxLength: 20 }),
  )
  .map(([negative, whole, fraction]) => {
    return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
  });

describe("rounding a half away from zero", () => {
  test.each<[string, number, bigint]>([
    ["2.555", 2, 256n],
    ["-2.555", 2, -256n],
    ["2.5549999999999999999999", 2, 255n],
    ["1.005", 2, 101n], // as a float it is 1.00499…, and 1.00 would come out
    ["-0.004", 2, 0n],
    ["-0.005", 2, -1n],
    ["0.5", 0, 1n],
    ["-0.5", 0, -1n],
    ["0.49", 0, 0n],
    ["-11062.06", 2, -1106206n],
    ["3", 2, 300n],
    ["3.1", 4, 31000n],
    ["9.995", 2, 1000n],
    ["0.0000000000000000005", 18, 1n],
  ])("%s with %i decimals is %s", (decimal, scale, expected) => {
    expect(roundHalfAwayFromZero(decimal, scale)).toBe(expected);
  });

  test("does what one does on paper, for any number", () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 6 }), (decimal, scale) => {
        expect(roundHalfAwayFromZero(decimal, scale)).toBe(roundOnPaper(decimal, scale));
      }),
    );
  });

  test("is never off by more than half a unit, and mirrors the sign", () => {
    fc.assert(
      fc.property(decimals, (decimal) => {
        const minor = roundHalfAwayFromZero(decimal, 2);
        const fine = roundHalfAwayFromZero(decimal.replace(/(\.\d{6})\d*/, "$1"), 6);
        const off = minor * 10_000n - fine;
        expect(off <= 5_000n && off >= -5_000n).toBe(true);
        const mirrored = decimal.startsWith("-") ? decimal.slice(1) : `-${decimal}`;
        expect(roundHalfAwayFromZero(mirrored, 2)).toBe(-minor);
      }),
    );
  });

  test("keeps to what can be stored", () => {
    expect(roundHalfAwayFromZero("92233720368547758.07", 2)).toBe(AMOUNT_MAX);
    expect(roundHalfAwayFromZero("-92233720368547758.074", 2)).toBe(-AMOUNT_MAX);
    expect(codeOf(() => roundHalfAwayFromZero("92233720368547758.075", 2))).toBe(
      "amount_out_of_range",
    );
    expect(codeOf(() => roundHalfAwayFromZero("-92233720368547758.08", 2))).toBe(
      "amount_out_of_range",
    );
    expect(codeOf(() => roundHalfAwayFromZero("9".repeat(64), 18))).toBe("amount_out_of_range");
  });

  test.each([-1, 19, 1.5, Number.NaN])("refuses %d decimals", (scale) => {
    expect(codeOf(() => roundHalfAwayFromZero("1", scale))).toBe("scale_out_of_range");
    expect(codeOf(() => multiplyRounded(1n, "1", scale))).toBe("scale_out_of_range");
  });

  test("refuses a megabyte of digits without reading it", () => {
    expect(codeOf(() => roundHalfAwayFromZero("1".repeat(1_000_000), 2))).toBe("amount_malformed");
    expect(codeOf(() => roundHalfAwayFromZero(`0.${"1".repeat(DECIMAL_MAX_LENGTH)}`, 2))).toBe(
      "amount_malformed",
    );
  });
});

describe("multiplying a quantity by a price", () => {
  test.each<[bigint, string, bigint]>([
    [6n, "2.55", 1530n],
    [3n, "0.335", 101n], // 1.005: rounded once, after multiplying
    [-1n, "27.505", -2751n],
    [-3n, "-0.335", 101n],
    [80995n, "2.08", 16846960n],
    [0n, "12.75", 0n],
    [12n, "0", 0n],
    [1n, "0.001", 0n],
  ])("%s × %s is %s", (quantity, price, expected) => {
    expect(multiplyRounded(quantity, price, 2)).toBe(expected);
  });

  test("is the rounding of the exact product, for any quantity and price", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -10_000n, max: 10_000n }), decimals, (quantity, price) => {
        const [whole = "", fraction = ""] = price.split(".");
        const product = BigInt(whole + fraction) * quantity;
        const size = (product < 0n ? -product : product).toString().padStart(25, "0");
        const point = size.length - fraction.length;
        const exact = `${product < 0n ? "-" : ""}${size.slice(0, point)}.${size.slice(point)}0`;
        expect(multiplyRounded(quantity, price, 2)).toBe(roundOnPaper(exact, 2));
      }),
    );
  });

  test("refuses a product that can't be stored", () => {
    expect(codeOf(() => multiplyRounded(AMOUNT_MAX, "0.02", 2))).toBe("amount_out_of_range");
    expect(multiplyRounded(AMOUNT_MAX, "0.01", 2)).toBe(AMOUNT_MAX);
  });
});
