import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { asFileError } from "./read-lines.ts";
import { isFault, ROW_LINES_MAX } from "./read-rows.ts";
import { csv, fileOf, HEADER, rowsOf, rowText } from "../testing/invoice-files.ts";

async function faultsOf(content: string): Promise<readonly string[]> {
  const rows = await rowsOf(fileOf(content));
  return rows.filter(isFault).map(({ lineNumber, error }) => `${lineNumber} ${error.code}`);
}

describe("reading a file of invoices", () => {
  test("takes plain and gzip alike, by what is inside and not by the name", async () => {
    const text = csv({ invoice: "1" }, { invoice: "2" });
    const plain = await rowsOf(fileOf(text));
    expect(plain).toHaveLength(2);
    expect(await rowsOf(fileOf(text, { gzip: true }))).toEqual(plain);
  });

  test("takes CRLF, a byte-order mark, blank lines and a missing last line end", async () => {
    const plain = await rowsOf(fileOf(csv({ invoice: "1" }, { invoice: "2" })));
    const odd = `\uFEFF${HEADER}\r\n${rowText({ invoice: "1" })}\r\n\r\n${rowText({ invoice: "2" })}`;
    const rows = await rowsOf(fileOf(odd));
    expect(rows.map((row) => ({ ...row, lineNumber: 0 }))).toEqual(
      plain.map((row) => ({ ...row, lineNumber: 0 })),
    );
    expect(rows.map(({ lineNumber }) => lineNumber)).toEqual([2, 4]);
  });

  test("finds columns by their names, in any order and among others", async () => {
    const text = [
      "UnitPrice,Shelf,CustomerID,Quantity,StockCode,InvoiceDate,InvoiceNo",
      "2.55,B7,17850,6,85123A,2010-12-01 08:26:00,536365",
    ].join("\n");
    expect(await rowsOf(fileOf(text))).toEqual([
      {
        lineNumber: 2,
        invoice: "536365",
        code: "85123A",
        quantity: 6n,
        unitPrice: "2.55",
        amountMinor: 1530n,
        at: Date.UTC(2010, 11, 1, 8, 26),
        customer: "17850",
      },
    ]);
  });

  test("strips the .0 that spreadsheets print behind a customer, and nothing else", async () => {
    const rows = await rowsOf(
      fileOf(csv({ customer: "17850.0" }, { customer: "VIP.0" }, { customer: "" })),
    );
    expect(rows.map((row) => (isFault(row) ? undefined : row.customer))).toEqual([
      "17850",
      "VIP.0",
      "",
    ]);
  });

  test.each([
    ["3", "0.335", 101n],
    ["-3", "0.335", -101n],
    ["1", "0.005", 1n],
    ["1", "0.0049", 0n],
    ["-1", "0.005", -1n],
    ["7", "-0.05", -35n],
    ["0007", "01.50", 1050n],
    ["9999999", "9999999.9999", 9999998999900000n],
  ])("rounds %s × %s to %s pence, a half away from zero", async (quantity, price, minor) => {
    const [row] = await rowsOf(fileOf(csv({ quantity, price })));
    expect(row).toMatchObject({ amountMinor: minor });
  });

  test("reads quoted fields with commas, quotes and line breaks in them", async () => {
    const rows = await rowsOf(
      fileOf(
        csv(
          { invoice: "1", description: '"RECORD FRAME 7"" SINGLE, LARGE"' },
          { invoice: "2", description: '"TWO\nLINES"' },
          { invoice: "3" },
        ),
      ),
    );
    expect(rows.map((row) => [row.lineNumber, row.invoice])).toEqual([
      [2, "1"],
      [3, "2"],
      [5, "3"],
    ]);
    expect(rows.some(isFault)).toBe(false);
  });
});

describe("a malformed row", () => {
  test.each([
    ["cli.row_field_count_wrong", "536365,85123A,6"],
    ["cli.row_field_count_wrong", rowText({ description: "TRAY, LARGE" })],
    ["cli.row_quotes_malformed", rowText({ description: 'FRAME 7" LARGE' })],
    ["cli.row_quotes_malformed", rowText({ description: '"FRAME' })],
    ["cli.invoice_number_malformed", rowText({ invoice: "" })],
    ["cli.invoice_number_malformed", rowText({ invoice: "5".repeat(41) })],
    ["cli.stock_code_malformed", rowText({ code: "  " })],
    ["cli.stock_code_malformed", rowText({ code: "A\tB" })],
    ["cli.quantity_malformed", rowText({ quantity: "6.5" })],
    ["cli.quantity_malformed", rowText({ quantity: "six" })],
    ["cli.quantity_malformed", rowText({ quantity: "12345678" })],
    ["cli.quantity_malformed", rowText({ quantity: "+6" })],
    ["cli.quantity_malformed", rowText({ quantity: "" })],
    ["cli.date_malformed", rowText({ at: "12/1/2010 8:26" })],
    ["cli.date_malformed", rowText({ at: "2011-02-29 08:26:00" })],
    ["cli.price_malformed", rowText({ price: "£2.55" })],
    ["cli.price_malformed", rowText({ price: "2.55555" })],
    ["cli.price_malformed", rowText({ price: "2e3" })],
    ["cli.price_malformed", rowText({ price: ".5" })],
    ["cli.price_malformed", rowText({ price: "1.234.5" })],
    ["cli.customer_malformed", rowText({ customer: "x".repeat(41) })],
    ["cli.row_too_long", rowText({ description: "x".repeat(70_000) })],
  ])("is told as %s by its line number", async (code, row) => {
    expect(await faultsOf(csv({ invoice: "1" }, row, { invoice: "2" }))).toEqual([`3 ${code}`]);
  });

  test("with a quote that never closes costs its own line only", async () => {
    const good = Array.from({ length: 60 }, (_, index) => ({ invoice: `6${index}` }));
    const rows = await rowsOf(fileOf(csv({ invoice: "1", description: '"OPEN' }, ...good)));
    expect(rows.filter(isFault).map(({ lineNumber, invoice }) => [lineNumber, invoice])).toEqual([
      [2, "1"],
    ]);
    expect(rows).toHaveLength(61);
  });

  test("does not swallow the rows up to the next quote that fits by chance", async () => {
    const text = csv(
      { invoice: "1", description: '"OPEN' },
      { invoice: "2" },
      { invoice: "3", description: 'CLOSES"' },
      { invoice: "4", description: '"A, B"' },
    );
    expect(await faultsOf(text)).toEqual([
      "2 cli.row_quotes_malformed",
      "4 cli.row_quotes_malformed",
    ]);
  });

  test("is what a field over too many lines makes", async () => {
    const lines = `"${"\n".repeat(ROW_LINES_MAX)}"`;
    const faults = await faultsOf(csv({ description: lines }, { invoice: "2" }));
    expect(faults[0]).toBe("2 cli.row_quotes_malformed");
    expect(faults).not.toContain(`${ROW_LINES_MAX + 3} cli.row_quotes_malformed`);
  });
});

describe("a file that is none", () => {
  test.each([
    ["cli.file_empty", ""],
    ["cli.file_without_invoices", HEADER],
    ["cli.file_without_invoices", `${HEADER}\n\n\n`],
    ["cli.file_is_no_csv", "hello\n"],
    ["cli.file_is_no_csv", HEADER.replace("UnitPrice", "Price")],
    ["cli.file_is_no_csv", HEADER.replaceAll(",", ";")],
    ["cli.file_is_no_csv", "\u0000\u0001\u0002"],
    ["cli.file_is_no_csv", "x".repeat(200_000)],
  ])("is refused as %s", async (code, content) => {
    await expect(rowsOf(fileOf(content))).rejects.toMatchObject({ code });
  });

  test("is refused where a needed column is named twice, and read where another is", async () => {
    const twice = fileOf(csv({}).replace("Country", "Quantity"));
    await expect(rowsOf(twice)).rejects.toMatchObject({
      code: "cli.file_column_repeated",
      details: { column: "Quantity" },
    });
    expect(await rowsOf(fileOf(csv({}).replace("Country", "Description")))).toHaveLength(1);
  });

  test.each([
    ["Latin-1", 3, Buffer.from(csv({ invoice: "1" }, { code: "85\u00e9" }, {}), "latin1")],
    ["UTF-16", 1, Buffer.from(`\ufeff${csv({})}`, "utf16le")],
    ["a sign that is cut off", 2, Buffer.from(`${HEADER}\n\u00e9`).subarray(0, -1)],
  ])("is refused by its line where it is %s", async (_, line, content) => {
    for (const gzip of [false, true]) {
      await expect(rowsOf(fileOf(content, { gzip }))).rejects.toMatchObject({
        code: "cli.file_not_utf8",
        details: { line },
      });
    }
  });

  test("is found not to be UTF-8 far behind its beginning, by the right line", async () => {
    const good = Buffer.from(csv(...Array.from({ length: 20_000 }, () => ({ code: "\u8336" }))));
    const path = fileOf(Buffer.concat([good, Buffer.from([0x31, 0xe9, 0x0a])]));
    await expect(rowsOf(path)).rejects.toMatchObject({ details: { line: 20_002 } });
    expect(await rowsOf(fileOf(good))).toHaveLength(20_000);
  });

  test("costs one row where a line without end has signs of several bytes", async () => {
    const long = rowText({ description: "\u8336".repeat(400_001) });
    expect(await faultsOf(csv(long, { invoice: "2" }))).toEqual(["2 cli.row_too_long"]);
    expect(await faultsOf(`${HEADER}\n${long}`)).toEqual(["2 cli.row_too_long"]);
  });

  test("is refused where it is a pipe, before anybody waits for it", async () => {
    const path = `${fileOf("")}.pipe`;
    execFileSync("mkfifo", [path]);
    await expect(rowsOf(path)).rejects.toMatchObject({ code: "cli.file_is_pipe" });
    await expect(rowsOf("/dev/null")).rejects.toMatchObject({ code: "cli.file_is_pipe" });
  });

  test("is named with the columns it lacks", async () => {
    const path = fileOf("InvoiceNo,StockCode,Quantity,InvoiceDate\n");
    await expect(rowsOf(path)).rejects.toThrow("lacks UnitPrice, CustomerID");
  });

  test("is told apart: missing, a folder, a broken gzip", async () => {
    const path = fileOf(csv({}));
    await expect(rowsOf(`${path}.not`)).rejects.toMatchObject({ code: "cli.file_missing" });
    await expect(rowsOf(`${path}/below`)).rejects.toMatchObject({ code: "cli.file_missing" });
    const folder = path.slice(0, path.lastIndexOf("/"));
    await expect(rowsOf(folder)).rejects.toMatchObject({ code: "cli.file_is_folder" });
    const broken = fileOf(Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7]));
    await expect(rowsOf(broken)).rejects.toMatchObject({ code: "cli.file_compression_broken" });
  });

  // Made up here: whoever runs the tests as root may read everything.
  test.each([
    ["cli.file_forbidden", "EACCES"],
    ["cli.file_forbidden", "EPERM"],
    ["cli.file_unreadable", "EIO"],
  ])("is told as %s when the system says %s", (code, nodeCode) => {
    const error = Object.assign(new Error(nodeCode), { code: nodeCode });
    expect(asFileError("invoices.csv", error)).toMatchObject({ code, cause: error });
  });
});
