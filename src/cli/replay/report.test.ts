import { describe, expect, test } from "vitest";
import { replayOf } from "../testing/replays.ts";
import {
  agrees,
  counted,
  isComplete,
  pounds,
  proofText,
  replayJson,
  reportText,
  unexplained,
} from "./report.ts";
import { verdictOf } from "./run-replay.ts";

describe("the report", () => {
  test("has for machines these keys in this order, and amounts as text", () => {
    const json = replayJson(replayOf());
    expect(Object.keys(json)).toEqual([
      "lines",
      "invoices",
      "cancellationInvoices",
      "adjustments",
      "transfers",
      "refusals",
      "unmatchedCancellationLines",
      "grossMinor",
      "refundsMinor",
      "netMinor",
      "fileNetMinor",
      "leftOutInvoices",
      "leftOutNetMinor",
      "agrees",
      "verified",
      "headHash",
      "seconds",
      "orders",
      "paid",
      "refunded",
      "rushSold",
      "rushRefused",
      "unexplained",
    ]);
    expect(json).toMatchObject({ grossMinor: "82374614", netMinor: "74895702", agrees: true });
    expect(json).toMatchObject({ orders: 1_559, paid: 1_559, rushSold: 100, rushRefused: 900 });
  });

  test("fits a screen of 80 columns, whatever the numbers", () => {
    const large = replayOf({
      owedMinor: -999_999_999_999_99n,
      adjustedMinor: 1n,
      booked: {
        grossMinor: 999_999_999_999_99n,
        refundsMinor: 999_999_999_999_99n,
        netMinor: 0n,
        othersThere: true,
      },
    });
    const text = reportText(large) + proofText(large);
    const widths = text.split("\n").map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  test("says whether the books agree, and that a second start found everything", () => {
    expect(reportText(replayOf())).toContain("agrees to the penny");
    expect(reportText(replayOf())).toContain("2,025 invoices sold now");
    const again = replayOf();
    again.booking.invoicesThereBefore = 2_025;
    expect(reportText(again)).toContain("nothing new: everything was there already");
    again.booking.invoicesThereBefore = 2_000;
    expect(reportText(again)).toContain("25 invoices sold now, 2,000 were there already");
  });

  test("calls a speed by what was done: invoices sold, or lines checked", () => {
    expect(proofText(replayOf())).toContain("(42,725 transfers a second)");
    const again = replayOf();
    again.booking.invoicesThereBefore = 2_025;
    expect(proofText(again)).toContain("(14,160 lines checked a second)");
    expect(proofText(again)).not.toContain("transfers");
    expect(proofText(again)).toContain("3.0 of it checking");
    expect(proofText(replayOf())).toContain("3.0 of it selling");
  });

  test("tells the till from what is owed, and what of that an adjustment left", () => {
    const text = reportText(replayOf());
    expect(text).toContain("in the till                     217,957.02  of walk-ins");
    expect(text).toContain("owed on credit                  531,000.00  by companies");
    expect(text).not.toContain("of that adjusted");
    const adjusted = reportText(replayOf({ adjustedMinor: -1_106_206n }));
    expect(adjusted).toContain("of that adjusted              -11,062.06  by A invoices");
  });

  test("counts what nobody can explain: it is computed, and ends with code 4", () => {
    expect(unexplained(replayOf())).toBe(0);
    expect(reportText(replayOf())).toContain("unexplained               0 orders or lines");
    const open = replayOf();
    open.booking.orders.unended = 2;
    const { fromFile, rush } = replayOf();
    const line = replayOf({ fromFile: { ...fromFile, lines: fromFile.lines + 3 } });
    const penny = replayOf({ fromFile: { ...fromFile, netMinor: fromFile.netMinor + 1n } });
    const lunch = replayOf({ rush: { ...rush, unexplained: 1 } });
    expect([open, line, penny, lunch].map(unexplained)).toEqual([2, 3, 1, 1]);
    for (const replay of [open, line, penny, lunch]) expect(verdictOf(replay)).toBe(4);
  });

  test("says how the rush went, also one that was over before", () => {
    expect(reportText(replayOf())).toContain("1,000 buyers at once for 100 boxes:");
    expect(reportText(replayOf())).toContain("100 sold, 900 refused, within 1.3 s");
    const { rush } = replayOf();
    const before = reportText(replayOf({ rush: { ...rush, seconds: undefined } }));
    expect(before).toContain("100 sold, 900 refused, as before");
  });

  test("disagrees by a penny, by a line, by an invoice", () => {
    const { fromFile } = replayOf();
    expect(agrees(replayOf())).toBe(true);
    const off = [
      { netMinor: fromFile.netMinor + 1n },
      { grossMinor: fromFile.grossMinor - 1n },
      { lines: fromFile.lines + 1 },
      { invoices: fromFile.invoices - 1 },
    ];
    for (const change of off) {
      const replay = replayOf({ fromFile: { ...fromFile, ...change } });
      expect(agrees(replay)).toBe(false);
      expect(reportText(replay)).toContain("DOES NOT AGREE");
    }
  });

  test("agrees where books and what was left out are the file, and shows that line", () => {
    const { booked, fromFile } = replayOf();
    const replay = replayOf({
      booked: { ...booked, grossMinor: booked.grossMinor - 700n, netMinor: booked.netMinor - 500n },
      fromFile: {
        ...fromFile,
        lines: fromFile.lines + 3,
        invoices: fromFile.invoices + 2,
        refundsMinor: fromFile.refundsMinor + 200n,
        grossMinor: fromFile.grossMinor,
        netMinor: fromFile.netMinor,
      },
    });
    expect(agrees(replay)).toBe(false);
    replay.booking.leftOut = { invoices: 2, lines: 3, grossMinor: 700n, refundsMinor: 200n };
    replay.booking.waiting.count = 2;
    replay.booking.waiting.first.push({ invoice: "C537610", line: 14337 });
    expect(agrees(replay)).toBe(true);
    expect(isComplete(replay)).toBe(false);
    expect(verdictOf(replay)).toBe(5);
    const text = reportText(replay);
    expect(text).toContain("left out (see below)                  5.00  2 invoices");
    expect(text).toContain("agrees to the penny");
    expect(text).toContain("- C537610 waits for line 14337");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(replayJson(replay)).toMatchObject({
      refusals: 2,
      leftOutInvoices: 2,
      leftOutNetMinor: "500",
      agrees: true,
    });
  });

  test("calls a difference that nothing left out explains wrong: exit code 4, not 5", () => {
    const { fromFile } = replayOf();
    const replay = replayOf({ fromFile: { ...fromFile, netMinor: fromFile.netMinor + 1n } });
    replay.booking.refused.count = 1;
    replay.booking.leftOut = { invoices: 1, lines: 1, grossMinor: 0n, refundsMinor: 0n };
    expect(verdictOf(replay)).toBe(4);
    expect(verdictOf(replayOf())).toBe(0);
  });

  test("names refused invoices and what verify found", () => {
    const replay = replayOf();
    replay.booking.refused.count = 12;
    replay.booking.leftOut.invoices = 12;
    replay.booking.refused.first.push({
      invoice: "536365",
      code: "ledger.id_exists_with_different_amount",
      id: "536365/1",
    });
    expect(isComplete(replay)).toBe(false);
    expect(reportText(replay)).toContain("12 invoices refused by the shop:");
    expect(reportText(replay)).toContain(
      "536365: ledger.id_exists_with_different_amount at 536365/1",
    );
    expect(reportText(replay)).toContain("- and 11 more");
    const broken = replayOf({
      verify: {
        ...replay.verify,
        verified: false,
        findings: [{ invariant: "I2", message: "shop/stock is not the fold of its history" }],
        findingsCount: 1,
      },
    });
    expect(proofText(broken)).toContain("FAILED");
    expect(proofText(broken)).toContain("I2: shop/stock is not the fold of its history");
  });
});

describe("figures", () => {
  test.each([
    [0n, "0.00"],
    [5n, "0.05"],
    [-7478912n, "-74,789.12"],
    [974774793n, "9,747,747.93"],
    [100000n, "1,000.00"],
  ])("%s pence are %s pounds", (minor, text) => {
    expect(pounds(minor)).toBe(text);
  });

  test("are counted in words", () => {
    expect(counted(1, "line")).toBe("1 line");
    expect(counted(42_481, "line")).toBe("42,481 lines");
    expect(counted(0, "entry", "entries")).toBe("0 entries");
  });
});
