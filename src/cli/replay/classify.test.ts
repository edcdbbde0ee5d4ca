import { describe, expect, test } from "vitest";
import { lineOf } from "../testing/invoice-files.ts";
import { agreedPrice, classify, unstockedCodes } from "./classify.ts";
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

const half = [{ order: "536300", line: 3, quantity: 1n, amountMinor: 255n }];
const all = [{ order: "536300", line: 3, quantity: 2n, amountMinor: 510n }];
const dearer = [{ order: "536300", line: 3, quantity: 2n, amountMinor: 600n }];
const C = "company/17850/corrections";

/** `amount debit > credit`: the debit account gives. */
const cases: readonly Case[] = [
  ["goods sold", "sale", {}, "sale", "none", "none"],
  ["a gift", "sale", free, "sale", "none", "none"],
  ["a service", "sale", { code: "POST" }, "sale", "none", "none"],
  ["nothing at all", "sale", { quantity: 0n }, "sale", "none", `0 ${C} > allowances`],
  [
    "goods sold below zero",
    "sale",
    { unitPrice: "-1" },
    "sale",
    "6 stock > stock-take",
    `600 allowances > ${C}`,
  ],
  [
    "a discount below zero to a walk-in",
    "sale",
    { code: "D", unitPrice: "-5", quantity: 1n, customer: "" },
    "sale",
    "none",
    "500 allowances > cash",
  ],
  [
    "goods gone on a sale",
    "sale",
    back,
    "stock_entry",
    "2 stock > stock-take",
    `510 allowances > ${C}`,
  ],
  [
    "a return of a known sale",
    "cancellation",
    { ...back, ...known, taken: all },
    "return",
    "none",
    `0 ${C} > returns/corrections`,
  ],
  [
    "a return of more than was sold",
    "cancellation",
    { ...back, ...known, taken: half },
    "return",
    "1 returns/before-sample > stock",
    `255 returns/corrections > ${C}`,
  ],
  [
    "a return at less than it had cost",
    "cancellation",
    { ...back, ...known, taken: dearer },
    "return",
    "none",
    `90 ${C} > returns/corrections`,
  ],
  [
    "a return of an unknown sale",
    "cancellation",
    back,
    "return_before_sample",
    "2 returns/before-sample > stock",
    `510 returns/before-sample > ${C}`,
  ],
  [
    "a return of an unknown sale to a walk-in",
    "cancellation",
    { ...back, customer: "" },
    "return_before_sample",
    "2 returns/before-sample > stock",
    "510 returns/before-sample > cash",
  ],
  [
    "a discount taken back",
    "cancellation",
    { code: "D", quantity: -1n, unitPrice: "27.50" },
    "return_before_sample",
    "none",
    `2750 returns/before-sample > ${C}`,
  ],
  [
    "a return at a price below zero",
    "cancellation",
    { ...back, ...known, unitPrice: "-1" },
    "return",
    "2 returns/before-sample > stock",
    `200 ${C} > allowances`,
  ],
  ["something sold on a cancellation", "cancellation", {}, "sale", "none", "none"],
  [
    "goods found",
    "stock",
    { ...free, customer: "" },
    "stock_entry",
    "6 stock-take > stock",
    "0 cash > allowances",
  ],
  [
    "goods broken",
    "stock",
    { ...free, ...back, customer: "" },
    "stock_entry",
    "2 stock > stock-take",
    "0 cash > allowances",
  ],
  [
    "a service of a zero-total invoice",
    "stock",
    { ...free, code: "M", customer: "" },
    "stock_entry",
    "none",
    "0 cash > allowances",
  ],
  [
    "a debt taken back on the books",
    "adjustment",
    { code: "B", quantity: 1n, unitPrice: "11062.06", customer: "" },
    "adjustment",
    "none",
    "1106206 walk-in/corrections > bad-debt",
  ],
  [
    "a debt written off",
    "adjustment",
    { code: "B", quantity: 1n, unitPrice: "-11062.06", customer: "" },
    "adjustment",
    "none",
    "1106206 bad-debt > walk-in/corrections",
  ],
  [
    "an adjustment that names goods",
    "adjustment",
    {},
    "adjustment",
    "none",
    `1530 ${C} > bad-debt`,
  ],
];

describe("a line of an invoice", () => {
  test.each(cases)("that is %s (%s %o) is a %s", (_what, invoice, wish, kind, goods, money) => {
    const line = lineOf(wish);
    const found = classify({ kind: invoice }, line);
    expect(found.kind).toBe(kind);
    expect(shown(found.goods)).toBe(goods);
    expect(shown(found.money)).toBe(money);
  });

  test.each([
    ["2.55", 255n, 1n],
    ["2.5", 250n, 1n],
    ["18", 1_800n, 1n],
    ["0", 0n, 1n],
    ["0.001", 1n, 10n],
    ["12.3450", 12_345n, 10n],
    ["0.0375", 375n, 100n],
  ])("at %s is agreed on as %s for %s", (unitPrice, amount, per) => {
    expect(agreedPrice(unitPrice)).toEqual({ amount, per });
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
  return `${move.amount} ${short(move.debit)} > ${short(move.credit)}`;
}
