import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { addUpFile } from "./file-totals.ts";
import { surveyFile } from "./survey-file.ts";
import { csv, fileOf, invoicesOf, type RowWish } from "../testing/invoice-files.ts";

const SAMPLE = fileURLToPath(
  new URL("../../../data/online-retail-2010-12.csv.gz", import.meta.url),
);

/** `invoice/ordinal → what it reverses` of all cancelled lines. */
async function reversals(...rows: readonly RowWish[]): Promise<readonly string[]> {
  const invoices = await invoicesOf(fileOf(csv(...rows)));
  return invoices
    .filter(({ kind }) => kind === "cancellation")
    .flatMap(({ number, lines }) =>
      lines.map(({ ordinal, reverses }) => `${number}/${ordinal} → ${reverses ?? "none"}`),
    );
}

describe("the invoices of a file", () => {
  test("are whole, however scattered their rows are, and come in the order they end", async () => {
    const path = fileOf(
      csv(
        { invoice: "1", code: "A" },
        { invoice: "2", code: "B" },
        { invoice: "3", code: "C" },
        { invoice: "2", code: "D" },
        { invoice: "1", code: "E" },
      ),
    );
    const invoices = await invoicesOf(path);
    const shown = invoices.map(({ number, lines }) => [
      number,
      ...lines.map((line) => `${line.ordinal}${line.code}`),
    ]);
    expect(shown).toEqual([
      ["3", "1C"],
      ["2", "1B", "2D"],
      ["1", "1A", "2E"],
    ]);
  });

  test("with two times on them are one", async () => {
    const path = fileOf(
      csv({ at: "2010-12-01 08:26:00" }, { at: "2010-12-01 08:27:00", code: "B" }),
    );
    const [invoice, ...others] = await invoicesOf(path);
    expect(others).toEqual([]);
    expect(invoice?.lines.map(({ at }) => at)).toEqual([
      Date.UTC(2010, 11, 1, 8, 26),
      Date.UTC(2010, 11, 1, 8, 27),
    ]);
  });

  test("are left out whole when one of their rows is malformed, wherever it stands", async () => {
    const path = fileOf(
      csv({ invoice: "1" }, { invoice: "2" }, { invoice: "1", quantity: "x" }, { invoice: "3" }),
    );
    expect((await invoicesOf(path)).map(({ number }) => number)).toEqual(["2", "3"]);
    const survey = await surveyFile(path);
    expect(survey.faults.count).toBe(1);
    expect(survey.faults.first[0]?.error.message).toContain("line 4");
  });

  test("are told apart: sale, cancellation, adjustment, stock entry", async () => {
    const path = fileOf(
      csv(
        { invoice: "1" },
        { invoice: "C2", quantity: -1 },
        { invoice: "A3" },
        { invoice: "4", price: "0" },
        { invoice: "5", quantity: -3, price: "0.0" },
        { invoice: "6", quantity: 5 },
        { invoice: "6", quantity: -5 },
        { invoice: "C7", price: "0" },
      ),
    );
    expect((await invoicesOf(path)).map(({ number, kind }) => `${number} ${kind}`)).toEqual([
      "1 sale",
      "C2 cancellation",
      "A3 adjustment",
      "4 stock",
      "5 stock",
      "6 stock",
      "C7 cancellation",
    ]);
  });

  test("of the bundled month are the ones that the issue counts", async () => {
    const invoices = await invoicesOf(SAMPLE);
    const cancelled = invoices
      .filter(({ kind }) => kind === "cancellation")
      .flatMap(({ lines }) => lines);
    expect(invoices).toHaveLength(2_025);
    expect(invoices.flatMap(({ lines }) => lines)).toHaveLength(42_481);
    expect(cancelled).toHaveLength(728);
    expect(cancelled.filter(({ reverses }) => reverses === undefined)).toHaveLength(393);
    // The pair that the guide and `longmen history --help` name.
    const ofTheGuide = invoices.find(({ number }) => number === "C536506");
    expect(ofTheGuide?.lines.map(({ reverses }) => reverses)).toEqual(["536488/3"]);
    expect(await addUpFile(SAMPLE)).toEqual({
      lines: 42_481,
      invoices: 2_025,
      grossMinor: 82374614n,
      refundsMinor: 7478912n,
      netMinor: 74895702n,
    });
  });
});

describe("a cancellation reverses", () => {
  test("the newest earlier sale of that code to that customer", async () => {
    const rows = [{ invoice: "1" }, { invoice: "2" }, { invoice: "C3", quantity: -1 }];
    expect(await reversals(...rows)).toEqual(["C3/1 → 2/1"]);
  });

  test("rather one at the same price, though another is newer", async () => {
    const rows = [
      { invoice: "1", price: "2.55" },
      { invoice: "2", price: "2.10" },
      { invoice: "C3", price: "2.55", quantity: -1 },
    ];
    expect(await reversals(...rows)).toEqual(["C3/1 → 1/1"]);
  });

  test("nothing that comes later, is another's, another code, or no sale", async () => {
    const rows = [
      { invoice: "1", customer: "2" },
      { invoice: "2", code: "85123a" },
      { invoice: "3", price: "0" },
      { invoice: "A4" },
      { invoice: "5", quantity: -2 },
      { invoice: "C6" },
      { invoice: "C7", quantity: -1 },
      { invoice: "8" },
    ];
    expect(await reversals(...rows)).toEqual(["C6/1 → none", "C7/1 → none"]);
  });

  test("what was sold to a walk-in, all of them being one", async () => {
    const rows = [
      { invoice: "1", customer: "" },
      { invoice: "C2", customer: "", quantity: -1 },
    ];
    expect(await reversals(...rows)).toEqual(["C2/1 → 1/1"]);
  });

  test("an earlier row of the file, even when that one's invoice ends later", async () => {
    const rows = [{ invoice: "1" }, { invoice: "C2", quantity: -1 }, { invoice: "1", code: "B" }];
    expect(await reversals(...rows)).toEqual(["C2/1 → 1/1"]);
  });

  test("no sale that is only known to be none once a row is mended", async () => {
    const rows = [
      { invoice: "1", price: "x", quantity: -1 },
      { invoice: "A2", price: "x" },
      { invoice: "3", price: "x", code: "B" },
      { invoice: "4", price: "x", customer: "2" },
      { invoice: "C5", quantity: -1 },
      { invoice: "6", price: "x" },
    ];
    expect(await reversals(...rows)).toEqual(["C5/1 → none"]);
  });
});

/** `invoice waits for line` of all that must wait. */
async function waits(...rows: readonly (RowWish | string)[]): Promise<readonly string[]> {
  const invoices = await invoicesOf(fileOf(csv(...rows)));
  return invoices.flatMap(({ number, waitsFor }) =>
    waitsFor === undefined ? [] : [`${number} ${waitsFor}`],
  );
}

describe("a cancellation waits for a malformed line", () => {
  const taken = { invoice: "C9", quantity: -1 } as const;

  test("whose row, or another of its invoice, may be the sale that it reverses", async () => {
    expect(await waits({ invoice: "1", at: "x" }, taken)).toEqual(["C9 2"]);
    expect(await waits({ invoice: "1" }, { invoice: "1", code: "B", at: "x" }, taken)).toEqual([
      "C9 3",
    ]);
    expect(await waits({ invoice: "1", code: "B" }, { invoice: "1", at: "x" }, taken)).toEqual([
      "C9 3",
    ]);
  });

  test("of which a field can't be read that would tell", async () => {
    const long = "x".repeat(50);
    expect(await waits({ invoice: "1", code: long }, taken)).toEqual(["C9 2"]);
    expect(await waits({ invoice: "1", customer: long }, taken)).toEqual(["C9 2"]);
    expect(await waits({ invoice: "1", quantity: "six" }, taken)).toEqual(["C9 2"]);
    expect(await waits("1,85123A,LANTERN, RED,6,2010-12-01 08:26:00,2,1,UK", taken)).toEqual([
      "C9 2",
    ]);
    expect(await waits({ invoice: "1", code: long, customer: "2" }, taken)).toEqual([]);
    expect(await waits({ invoice: "1", code: "B", customer: long }, taken)).toEqual([]);
  });

  test("only as long as no newer sale is known that it would reverse anyway", async () => {
    const broken = { invoice: "1", at: "x" } as const;
    expect(await waits(broken, { invoice: "2" }, taken)).toEqual([]);
    expect(await waits(broken, { invoice: "2", price: "2.00" }, taken)).toEqual(["C9 2"]);
    expect(
      await waits({ ...broken, price: "3.00" }, { invoice: "2", price: "2.00" }, taken),
    ).toEqual([]);
    expect(await waits({ ...broken, price: "2.00" }, { invoice: "2" }, taken)).toEqual([]);
    expect(
      await waits({ invoice: "2", price: "2.00" }, { ...broken, price: "3.00" }, taken),
    ).toEqual(["C9 3"]);
    expect(await waits({ invoice: "2" }, broken, taken)).toEqual(["C9 3"]);
    expect(await waits({ invoice: "2" }, { ...broken, price: "x" }, taken)).toEqual(["C9 3"]);
    expect(await waits(broken, { invoice: "2" }, { ...broken, invoice: "3" }, taken)).toEqual([
      "C9 4",
    ]);
    expect(await waits(taken, broken)).toEqual([]);
  });

  test("in the bundled month with one date spoilt: five of them, and no other", async () => {
    const lines = gunzipSync(readFileSync(SAMPLE)).toString().split("\n");
    lines[14_336] = (lines[14_336] ?? "").replace("11:48:00", "11.48:00");
    const invoices = await invoicesOf(fileOf(lines.join("\n")));
    const waiting = invoices.filter(({ waitsFor }) => waitsFor !== undefined);
    expect(waiting.map(({ number, waitsFor }) => `${number} ${waitsFor}`)).toEqual([
      "C537610 14337",
      "C537613 14337",
      "C538189 14337",
      "C538681 14337",
      "C538682 14337",
    ]);
  });

  test("with its whole invoice, and for the first of several", async () => {
    const rows = [
      { invoice: "0", code: "B" },
      { invoice: "1", at: "x" },
      { ...taken, code: "B" },
      taken,
    ];
    expect(await waits(...rows)).toEqual(["C9 3"]);
  });
});

describe("a row whose invoice can't be read", () => {
  test("may be of the invoice above it or below it, and both wait for it", async () => {
    const nameless = { invoice: "", code: "B" };
    const rows = [{ invoice: "1" }, { invoice: "2" }, nameless, nameless, { invoice: "3" }];
    expect(await waits(...rows, { invoice: "4" })).toEqual(["2 4", "3 4"]);
    expect(await waits(nameless, { invoice: "1" }, { invoice: "2" })).toEqual(["1 2"]);
    expect(await waits({ invoice: "1" }, { invoice: "2" }, nameless)).toEqual(["2 4"]);
  });

  test("leaves open which sale is reversed, also one of an invoice that waits", async () => {
    const nameless = { invoice: "x".repeat(50), code: "B" };
    const taken = { invoice: "C9", quantity: -1 };
    const rows = [{ invoice: "1" }, nameless, { invoice: "2", code: "C" }, { invoice: "3" }];
    expect(await waits(...rows, taken)).toEqual(["1 3", "2 3"]);
    expect(await waits(...rows.slice(0, 3), taken)).toEqual(["1 3", "2 3", "C9 3"]);
  });
});
