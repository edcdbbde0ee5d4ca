import { expect, test } from "vitest";
import { cutMonth } from "./cut-sample.ts";

test("cuts a month out of a year, line by line as they stand", () => {
  const header = "InvoiceNo,Description,InvoiceDate";
  const december = ["1,LANTERN,2010-12-01 08:26:00", '2,"BOX, 2011",2010-12-23 09:00:00'];
  const january = "3,LANTERN,2011-01-04 10:00:00";
  const year = `${[header, ...december, january].join("\n")}\n`;
  expect(cutMonth(year, "2010-12-")).toBe(`${[header, ...december].join("\n")}\n`);
  expect(cutMonth(year, "2012-01-")).toBe(`${header}\n`);
});
