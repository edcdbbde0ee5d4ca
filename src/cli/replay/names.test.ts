import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAssetCode, isId, isPath } from "../../base/index.ts";
import {
  codeOfAsset,
  customerPath,
  escapeName,
  invoiceId,
  NAME_MAX_LENGTH,
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
    ["-1", "SKU:.2D1/0"],
    ["茶", "SKU:.E8.8C.B6/0"],
  ])("the stock code %j is counted in %s", (code, asset) => {
    expect(stockAsset(code)).toBe(asset);
    expect(codeOfAsset(asset)).toBe(code);
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

  test("are legal as assets, paths and ids, up to the longest id there is", () => {
    fc.assert(
      fc.property(anyName.filter(fits), (text) => {
        expect(isAssetCode(stockAsset(text))).toBe(true);
        expect(isPath(customerPath(text))).toBe(true);
        expect(isId(`${invoiceId(text)}/9999999/delivery/undo`)).toBe(true);
      }),
    );
  });

  test("of a line without customer is the walk-in", () => {
    expect(customerPath("")).toBe("walk-in");
    expect(customerPath("17850")).toBe("customer/17850");
  });

  test("of other assets are no stock codes", () => {
    expect(codeOfAsset("GBP/2")).toBeUndefined();
  });
});
