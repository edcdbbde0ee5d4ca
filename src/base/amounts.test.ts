import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asset, formatAmount, money, parseMinor } from "./amounts.ts";
import { AMOUNT_MAX } from "./decimals.ts";
import { LongmenError } from "./errors.ts";

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof LongmenError) return error.code;
    throw error;
  }
  return "accepted";
}

const scales = fc.integer({ min: 0, max: 18 });
const amounts = fc.oneof(
  fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX }),
  fc.constantFrom(0n, 1n, -1n, AMOUNT_MAX, -AMOUNT_MAX),
);

describe("an asset code", () => {
  test.each([
    ["CNY/2", "CNY", 2],
    ["POINT/0", "POINT", 0],
    ["SKU:85123A/0", "SKU:85123A", 0],
    ["SKU:85123a/0", "SKU:85123a", 0],
    ["SKU:BANK CHARGES/0", "SKU:BANK CHARGES", 0],
    ["SKU:gift_0001_20/0", "SKU:gift_0001_20", 0],
    ["ETH/18", "ETH", 18],
    ["1/0", "1", 0],
    [`${"A".repeat(63)}/18`, "A".repeat(63), 18],
  ])("%s has a name and a scale", (code, name, scale) => {
    expect(asset(code)).toEqual({ code, name, scale });
  });

  test.each([
    "",
    "CNY",
    "CNY/",
    "/2",
    "CNY/19",
    "CNY/02",
    "CNY/-1",
    "CNY/2.0",
    "CNY/2/0",
    "CNY /2",
    " CNY/2",
    "CNY/2 ",
    "CNY/2\n",
    ":CNY/2",
    "C¥/2",
    "人民币/2",
    `${"A".repeat(64)}/2`,
  ])("refuses %j", (code) => {
    expect(codeOf(() => asset(code))).toBe("base.asset_malformed");
    expect(codeOf(() => money(code, "1"))).toBe("base.asset_malformed");
    expect(codeOf(() => formatAmount(code, 1n))).toBe("base.asset_malformed");
  });

  test("refuses what a caller without types may pass", () => {
    for (const code of [undefined, null, 2, { code: "CNY/2" }]) {
      expect(codeOf(() => asset(code as unknown as string))).toBe("base.asset_malformed");
    }
  });
});

describe("money", () => {
  test.each<[string, string, bigint]>([
    ["CNY/2", "12.34", 1234n],
    ["CNY/2", "12.3", 1230n],
    ["CNY/2", "12", 1200n],
    ["CNY/2", "0.05", 5n],
    ["CNY/2", "-0.05", -5n],
    ["CNY/2", "-0", 0n],
    ["CNY/2", "-0.00", 0n],
    ["POINT/0", "7", 7n],
    ["ETH/18", "0.000000000000000001", 1n],
    ["CNY/2", "92233720368547758.07", AMOUNT_MAX],
    ["CNY/2", "-92233720368547758.07", -AMOUNT_MAX],
  ])("of %s reads %s", (code, text, expected) => {
    expect(money(code, text)).toBe(expected);
  });

  test.each([
    ["CNY/2", "12.345", "base.amount_too_precise"],
    ["CNY/2", "12.340", "base.amount_too_precise"],
    ["POINT/0", "7.0", "base.amount_too_precise"],
    ["CNY/2", "92233720368547758.08", "base.amount_out_of_range"],
    ["CNY/2", "-92233720368547758.08", "base.amount_out_of_range"],
    ["ETH/18", "10", "base.amount_out_of_range"],
  ])("of %s refuses %s as %s", (code, text, expected) => {
    expect(codeOf(() => money(code, text))).toBe(expected);
  });

  test.each([
    "",
    " ",
    " 1",
    "1 ",
    "1\n",
    "+1",
    "--1",
    "-",
    ".",
    ".5",
    "5.",
    "1.2.3",
    "1,000",
    "1_000",
    "1e3",
    "1E3",
    "0x10",
    "007",
    "-01",
    "NaN",
    "Infinity",
    "null",
    "¥1",
    "１２",
    "٣",
    "−1",
    "1".repeat(65),
  ])("refuses %j as malformed", (text) => {
    expect(codeOf(() => money("CNY/2", text))).toBe("base.amount_malformed");
  });

  test("refuses numbers, so that no float slips in from untyped code", () => {
    for (const value of [1, 1.5, 1n, null, undefined, ["1"]]) {
      expect(codeOf(() => money("CNY/2", value as unknown as string))).toBe(
        "base.amount_malformed",
      );
    }
  });

  test("comes back as it was written, for every asset and amount", () => {
    fc.assert(
      fc.property(scales, amounts, (scale, minor) => {
        expect(money(`X/${scale}`, formatAmount(`X/${scale}`, minor))).toBe(minor);
      }),
    );
  });

  test("names the text and the asset it refused", () => {
    expect(() => money("CNY/2", "12.345")).toThrow(
      'amount "12.345" has more than the 2 decimals of CNY/2',
    );
  });
});

describe("writing an amount", () => {
  test.each<[string, bigint, string]>([
    ["CNY/2", 0n, "0.00"],
    ["CNY/2", 5n, "0.05"],
    ["CNY/2", -5n, "-0.05"],
    ["CNY/2", 100n, "1.00"],
    ["CNY/2", -123456n, "-1234.56"],
    ["POINT/0", -7n, "-7"],
    ["ETH/18", 1n, "0.000000000000000001"],
    ["CNY/2", 974774793n, "9747747.93"],
    ["CNY/2", 10n ** 30n, "1" + "0".repeat(28) + ".00"], // a sum may be beyond one amount
  ])("of %s: %s is %s", (code, minor, expected) => {
    expect(formatAmount(code, minor)).toBe(expected);
  });
});

describe("an amount on the wire", () => {
  test.each([0n, 1n, -1n, 1234n, AMOUNT_MAX, -AMOUNT_MAX])("reads %s", (minor) => {
    expect(parseMinor(minor.toString())).toBe(minor);
  });

  test.each([
    "",
    "-",
    "-0",
    "00",
    "01",
    "-01",
    "+1",
    "1.0",
    "1e3",
    " 1",
    "1 ",
    "1n",
    "0x1",
    "--1",
    "1-",
    "１",
  ])("refuses %j as malformed", (text) => {
    expect(codeOf(() => parseMinor(text))).toBe("base.amount_malformed");
  });

  test.each([
    (2n ** 63n).toString(),
    (-(2n ** 63n)).toString(), // int8 could hold it, its negative could not
    "9".repeat(19),
    "9".repeat(20),
    "1".repeat(100_000),
  ])("refuses a number beyond 2^63 - 1", (text) => {
    expect(codeOf(() => parseMinor(text))).toBe("base.amount_out_of_range");
  });

  test("refuses what is no text", () => {
    for (const value of [5, 5n, null, undefined, ["5"]]) {
      expect(codeOf(() => parseMinor(value as unknown as string))).toBe("base.amount_malformed");
    }
  });

  test("has one spelling for each amount: whatever is read is written the same", () => {
    const near = fc.string({ unit: fc.constantFrom(..."-0123456789 .e".split("")), maxLength: 22 });
    fc.assert(
      fc.property(fc.oneof(near, amounts.map(String)), (text) => {
        const isAmount = codeOf(() => parseMinor(text)) === "accepted";
        if (isAmount) expect(parseMinor(text).toString()).toBe(text);
        const canonical = /^(0|-?[1-9][0-9]*)$/.test(text) && BigInt(text) <= AMOUNT_MAX;
        expect(isAmount).toBe(canonical && BigInt(text) >= -AMOUNT_MAX);
      }),
    );
  });
});
