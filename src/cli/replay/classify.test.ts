import { describe, expect, test } from "vitest";
import { lineOf } from "../testing/invoice-files.ts";
import { classify, unstockedCodes } from "./classify.ts";
import type { InvoiceKind, InvoiceLine } from "./invoice.ts";

type Case = readonly [
  what: string,
  invoice: InvoiceKind,
  line: Partial<InvoiceLine>,
  kind: string,
  goods: string,
  money: string,
];

const free = { unitPrice: "0" };
const back = { quantity: -2n };
const known = { reverses: "536300/4" };

/** `amount debit < credit`: the debit account receives. */
const cases: readonly Case[] = [
  ["goods sold", "sale", {}, "sale", "6 sold < stock", "1530 customer/17850 < revenue"],
  ["a gift", "sale", free, "sale", "6 sold < stock", "0 customer/17850 < revenue"],
  ["a service", "sale", { code: "POST" }, "sale", "none", "1530 customer/17850 < revenue"],
  ["a walk-in", "sale", { customer: "" }, "sale", "6 sold < stock", "1530 walk-in < revenue"],
  ["nothing at all", "sale", { quantity: 0n }, "sale", "none", "0 customer/17850 < revenue"],
  [
    "goods sold below zero",
    "sale",
    { unitPrice: "-1" },
    "sale",
    "6 sold < stock",
    "600 revenue < customer/17850",
  ],
  [
    "goods gone on a sale",
    "sale",
    back,
    "stock_entry",
    "2 stock-take < stock",
    "510 revenue < customer/17850",
  ],
  [
    "a return of a known sale",
    "cancellation",
    { ...back, ...known },
    "return",
    "2 stock < sold",
    "510 revenue < customer/17850",
  ],
  [
    "a return of an unknown sale",
    "cancellation",
    back,
    "return_before_sample",
    "2 stock < returns/before-sample",
    "510 returns/before-sample < customer/17850",
  ],
  [
    "a discount taken back",
    "cancellation",
    { code: "D", quantity: -1n, unitPrice: "27.50", ...known },
    "return",
    "none",
    "2750 revenue < customer/17850",
  ],
  [
    "a return at a price below zero",
    "cancellation",
    { ...back, ...known, unitPrice: "-1" },
    "return",
    "2 stock < sold",
    "200 customer/17850 < revenue",
  ],
  [
    "something sold on a cancellation",
    "cancellation",
    {},
    "sale",
    "6 sold < stock",
    "1530 customer/17850 < revenue",
  ],
  [
    "goods found",
    "stock",
    { ...free, customer: "" },
    "stock_entry",
    "6 stock < stock-take",
    "0 walk-in < revenue",
  ],
  [
    "goods broken",
    "stock",
    { ...free, ...back, customer: "" },
    "stock_entry",
    "2 stock-take < stock",
    "0 walk-in < revenue",
  ],
  [
    "a service of a zero-total invoice",
    "stock",
    { ...free, code: "M", customer: "" },
    "stock_entry",
    "none",
    "0 walk-in < revenue",
  ],
  [
    "a debt taken back on the books",
    "adjustment",
    { code: "B", quantity: 1n, unitPrice: "11062.06", customer: "" },
    "adjustment",
    "none",
    "1106206 walk-in < bad-debt",
  ],
  [
    "a debt written off",
    "adjustment",
    { code: "B", quantity: 1n, unitPrice: "-11062.06", customer: "" },
    "adjustment",
    "none",
    "1106206 bad-debt < walk-in",
  ],
  [
    "an adjustment that names goods",
    "adjustment",
    {},
    "adjustment",
    "none",
    "1530 customer/17850 < bad-debt",
  ],
];

describe("a line of an invoice", () => {
  test.each(cases)("that is %s (%s %o) is a %s", (_what, invoice, wish, kind, goods, money) => {
    const line = lineOf(wish);
    const found = classify({ number: "1", kind: invoice, lines: [line] }, line);
    expect(found.kind).toBe(kind);
    expect(shown(found.goods)).toBe(goods);
    expect(shown(found.money)).toBe(money);
  });

  test("of a service code holds no stock, and case matters", () => {
    for (const code of ["POST", "DOT", "M", "m", "D", "S", "C2", "B", "BANK CHARGES"]) {
      expect(unstockedCodes.has(code)).toBe(true);
    }
    for (const code of ["post", "d", "PADS", "gift_0001_10", "DCGSSBOY", "85123A"]) {
      expect(unstockedCodes.has(code)).toBe(false);
    }
  });
});

function shown(move: { debit: string; credit: string; amount: bigint } | undefined): string {
  if (move === undefined) return "none";
  const short = (path: string) => path.replace("shop/", "");
  return `${move.amount} ${short(move.debit)} < ${short(move.credit)}`;
}
