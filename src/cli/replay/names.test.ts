import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAssetCode, isId, isPath } from "../../base/index.ts";
import {
  againKey,
  againStem,
  companyOf,
  escapeName,
  invoiceId,
  NAME_MAX_LENGTH,
  orderKey,
  readAgain,
  refundKey,
  restockKey,
  skuOf,
  stockAsset,
  unescapeName,
} from "./names.ts";

const anyName = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
const fits = (text: string) => escapeName(text).length <= NAME_MAX_LENGTH;

describe("names in the books", () => {
  test.each([
    ["85123A", "SKU:85123A/0"],
    ["85123a", "SKU:85123a/0"],
    ["gift_0001_10", "SKU:gift_0001_10/0"],
    ["BANK CHARGES", "SKU:BANK.20CHARGES/0"],
    ["A.B", "SKU:A.2EB/0"],
    ["-1", "SKU:n..2D1/0"],
    ["茶", "SKU:n..E8.8C.B6/0"],
  ])("the stock code %j is counted in %s", (code, asset) => {
    expect(stockAsset(code)).toBe(asset);
    expect(stockAsset(code)).toBe(`SKU:${skuOf(code)}/0`);
  });

  test("lead back to what the file says, whatever it says", () => {
    fc.assert(
      fc.property(anyName, (text) => {
        expect(unescapeName(escapeName(text))).toBe(text.toWellFormed());
      }),
    );
  });

  test("are never shared by two codes", () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        fc.pre(one.toWellFormed() !== other.toWellFormed());
        expect(escapeName(one)).not.toBe(escapeName(other));
        expect(invoiceId(one)).not.toBe(invoiceId(other));
      }),
    );
  });

  test("are legal as assets, paths, ids and keys of a shop, up to the longest there is", () => {
    const key = /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,39}$/;
    fc.assert(
      fc.property(anyName.filter(fits), (text) => {
        expect(isAssetCode(stockAsset(text))).toBe(true);
        expect(isPath(`company/${companyOf(text)}/credit/2026-11`)).toBe(true);
        expect(isId(`${invoiceId(text)}/9999999/goods/undo`)).toBe(true);
        const order = orderKey(text, 12);
        const keys = [companyOf(text), order, againKey(order, 3), refundKey(text, order)];
        for (const one of [...keys, restockKey(order)]) expect(one).toMatch(key);
        expect(isId(`${order}:0123456789abcdef@50`)).toBe(true);
        const again = { stem: againStem(order), attempt: 7 };
        expect(readAgain(againKey(order, 7))).toEqual(again);
      }),
    );
  });

  test("are those of the file wherever they fit, and else a hash that is no name of another", () => {
    expect(orderKey("536365")).toBe("536365");
    expect(orderKey("536365", 2)).toBe("536365+2");
    expect(againKey("536365", 2)).toBe("536365@2");
    expect(refundKey("C536506", "536488")).toBe("C536506:536488");
    expect(companyOf("17850")).toBe("17850");
    const long = "9".repeat(NAME_MAX_LENGTH);
    expect(orderKey(long)).toBe(long);
    expect(refundKey("C1", long)).toMatch(/^x\.\.[0-9a-f]{37}$/);
    expect(refundKey("C1", long)).not.toBe(refundKey("C2", long));
  });
});
