import { fileURLToPath } from "node:url";
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

  test("no sale of an invoice that is left out", async () => {
    const rows = [{ invoice: "1" }, { invoice: "1", price: "x" }, { invoice: "C2", quantity: -1 }];
    expect(await reversals(...rows)).toEqual(["C2/1 → none"]);
  });
});
