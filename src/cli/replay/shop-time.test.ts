import { describe, expect, test } from "vitest";
import { toRfc3339 } from "../../base/index.ts";
import { shopInstant } from "./shop-time.ts";

describe("the shop's clock", () => {
  test.each([
    ["2010-12-01 08:26:00", "2010-12-01T08:26:00.000Z"],
    ["2011-06-30 20:08:00", "2011-06-30T19:08:00.000Z"],
    ["2011-03-27 00:59:59", "2011-03-27T00:59:59.000Z"],
    ["2011-03-27 02:00:00", "2011-03-27T01:00:00.000Z"],
    ["2011-10-30 00:59:59", "2011-10-29T23:59:59.000Z"],
    ["2011-10-30 02:00:00", "2011-10-30T02:00:00.000Z"],
    ["2012-02-29 00:00:00", "2012-02-29T00:00:00.000Z"],
  ])("reads %s as %s", (text, instant) => {
    expect(toRfc3339(shopInstant(text) ?? Number.NaN)).toBe(instant);
  });

  test("takes the first of the hour that autumn has twice", () => {
    expect(toRfc3339(shopInstant("2011-10-30 01:30:00") ?? Number.NaN)).toBe(
      "2011-10-30T00:30:00.000Z",
    );
  });

  test.each([
    "",
    "2010-12-01",
    "2010-12-01T08:26:00",
    "2010-12-01 08:26",
    "01/12/2010 08:26",
    "2011-02-29 00:00:00",
    "2010-13-01 00:00:00",
    "2010-12-01 24:00:00",
    "2010-12-01 08:60:00",
    "0099-12-01 08:26:00",
    " 2010-12-01 08:26:00",
  ])("knows no time %j", (text) => {
    expect(shopInstant(text)).toBeUndefined();
  });
});
