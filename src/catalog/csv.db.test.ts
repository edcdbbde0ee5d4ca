import { describe, expect, test } from "vitest";
import { LongmenError } from "../base/index.ts";
import type { Catalog, ImportOptions } from "./index.ts";
import { ann, BOOK, code, cup, cupType, NOW, pounds, shop } from "./testing/shop.ts";

const bytes = (text: string) => () => [Buffer.from(text)];
const load = (catalog: Catalog, text: string, options: Partial<ImportOptions> = {}, book = BOOK) =>
  catalog.importCsv(book, { open: bytes(text), ...options }, ann);

async function dump(catalog: Catalog, book = BOOK): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of catalog.exportCsv(book)) pieces.push(piece);
  return pieces.join("");
}

async function cups() {
  const opened = await shop();
  await opened.catalog.saveType(BOOK, "cup", cupType, { version: 0 }, ann);
  return opened;
}

const HEADER = "code,type,name,name_zh,state,sku,price,currency,attr.material,attr.colour";
const good = `${HEADER}
C1,cup,Heart cup,红心杯,published,C1-R,2.50,GBP/2,china,red
C1,cup,Heart cup,红心杯,published,C1-B,2.75,GBP/2,china,blue
C2,cup,"Cup, plain ""white""",,published,C2-R,0.125,GBP/2,,Red
`;

test("a file becomes products on sale, and the same file again changes nothing", async () => {
  const { catalog } = await cups();
  const progress: number[] = [];
  const report = await load(catalog, good, { onProgress: ({ rows }) => progress.push(rows) });
  expect(report).toMatchObject({
    rows: 3,
    products: 2,
    created: 2,
    changed: 0,
    unchanged: 0,
    failed: 0,
    errors: [],
    written: true,
  });
  expect(progress).toEqual([3]);
  const lines = [
    { sku: "C1-B", quantity: 2n },
    { sku: "C2-R", quantity: 80n },
  ];
  const { quote } = await catalog.quote(BOOK, { key: "q", lines });
  expect(quote.lines.map(({ amount }) => amount)).toEqual([550n, 1_000n]);
  expect(await load(catalog, good)).toMatchObject({ created: 0, changed: 0, unchanged: 2 });
  expect(await catalog.versions(BOOK, "product", "C1")).toHaveLength(1);
  expect(await catalog.versions(BOOK, "plan", "C1-R")).toHaveLength(1);
});

test("another price or name is a new version, and only that", async () => {
  const { catalog } = await cups();
  await load(catalog, good);
  const report = await load(catalog, good.replace("2.50", "2.60").replaceAll("plain", "simple"));
  expect(report).toMatchObject({ created: 0, changed: 2, unchanged: 0 });
  expect(await catalog.versions(BOOK, "plan", "C1-R")).toHaveLength(2);
  expect(await catalog.versions(BOOK, "plan", "C1-B")).toHaveLength(1);
  expect(await catalog.versions(BOOK, "product", "C1")).toHaveLength(1);
  expect(await catalog.versions(BOOK, "product", "C2")).toHaveLength(2);
});

test("header names are read in Chinese, too, and files of GB18030", async () => {
  const { catalog } = await cups();
  const text =
    "产品编码,类型,名称,状态,SKU编码,价格,币种,属性：colour\nC1,cup,Cup,已发布,C1-R,2,GBP/2,红色\n";
  expect(await load(catalog, `\uFEFF${text}`)).toMatchObject({ created: 1, errors: [] });
  // "杯" in GB18030.
  const gbk = Buffer.concat([
    Buffer.from(`${HEADER}\nC9,cup,`),
    Buffer.from([0xb1, 0xad]),
    Buffer.from(",,draft,,,,,\n"),
  ]);
  expect(
    await catalog.importCsv(BOOK, { open: () => [gbk], encoding: "gb18030" }, ann),
  ).toMatchObject({ created: 1 });
  expect(await catalog.at(BOOK, "product", "C9")).toMatchObject({ body: { name: { en: "杯" } } });
  const wrong = catalog.importCsv(BOOK, { open: () => [gbk] }, ann);
  await expect(wrong).rejects.toMatchObject(code("csv_unreadable"));
});

describe("rows that are wrong", () => {
  const broken = `${HEADER}
B1,cup,Cup,,published,B1-R,two pounds,GBP/2,,red
B2,cup,Cup,,published,B2-R,2.50,GBP/2,,green
B3,lamp,Lamp,,published,B3-R,2.50,GBP/2,,red
B4,cup,Cup,,on sale,B4-R,2.50,POUND,,red
OK,cup,Cup,,published,OK-R,2.50,GBP/2,,red
B5,cup,Cup,,published,B5-R,,,,red
B6,cup,Cup,,published
OK,cup,Cup,,published,OK-B,2.50,GBP/2,,blue
B7,cup,Cup,,published,OK-R,2.50,GBP/2,,red
,cup,Cup,,published,B8-R,2.50,GBP/2,,red
`;
  const wanted = [
    [2, "price", "catalog.csv_value"],
    [3, "attr.colour", "catalog.csv_value"],
    [4, "type", "catalog.missing"],
    [5, "currency", "catalog.csv_value"],
    [5, "state", "catalog.csv_value"],
    [7, "price", "catalog.not_publishable"],
    [8, "code", "catalog.csv_row_missing"],
    [8, undefined, "catalog.csv_unreadable"],
    [9, "code", "catalog.csv_split"],
    [10, "sku", "catalog.sku_taken"],
    [11, "code", "catalog.csv_value"],
  ];
  const told = (errors: readonly { line: number; column?: string | undefined; code: string }[]) =>
    errors
      .map(({ line, column, code: of }) => [line, column, of])
      .sort((a, b) => Number(a[0]) - Number(b[0]) || String(a[1]).localeCompare(String(b[1])));

  test("are told with line, column and code, and the others are kept", async () => {
    const { catalog } = await cups();
    const report = await load(catalog, broken);
    expect(told(report.errors)).toEqual(wanted);
    expect(report).toMatchObject({ created: 1, written: true });
    expect(await catalog.at(BOOK, "product", "OK")).toMatchObject({
      body: { variants: [{ sku: "OK-R" }] },
    });
  });

  test("keep everything out where all or nothing is wanted, told the same", async () => {
    const { catalog } = await cups();
    const report = await load(catalog, broken, { keep: "all" });
    expect(told(report.errors)).toEqual(wanted);
    expect(report.written).toBe(false);
    await expect(catalog.at(BOOK, "product", "OK")).rejects.toMatchObject(code("missing"));
    expect(await load(catalog, good, { keep: "all" })).toMatchObject({ created: 2, written: true });
  });

  test("a quote that is never closed is told where it begins, and what stands beside it is left out", async () => {
    const { catalog } = await cups();
    const rest = "C4,cup,Cup,,draft,,,,,\n".repeat(60_000);
    const report = await load(catalog, `${good}C3,cup,"never closed,,draft,,,,,\n${rest}`);
    expect(report).toMatchObject({ created: 1, failed: 1, errorCount: 2 });
    expect(told(report.errors)).toEqual([
      [4, "code", "catalog.csv_row_missing"],
      [5, undefined, "catalog.csv_unreadable"],
    ]);
  });

  test("a row that can't be read takes no variant off the product that it is of", async () => {
    const { catalog } = await cups();
    await load(catalog, good);
    const [header = "", red = "", blue = "", plain = ""] = good.split("\n");
    const variants = async () => (await catalog.at(BOOK, "product", "C1")).body.variants;
    for (const broken of [`${blue},`, blue.replace("GBP/2", 'GBP"/2')]) {
      for (const rows of [
        [red, broken, plain],
        [broken, red, plain],
        [plain, red, broken],
      ]) {
        const report = await load(catalog, [header, ...rows].join("\n"));
        expect(report.errors.map(({ code: of }) => of)).toContain("catalog.csv_unreadable");
        expect(report.errors.map(({ code: of }) => of)).toContain("catalog.csv_row_missing");
        expect(await variants()).toHaveLength(2);
      }
    }
  });

  test("bytes that are no text of the encoding are refused, and the other one is named", async () => {
    const { catalog } = await cups();
    const open = () => [Buffer.from(HEADER), Buffer.from([0x0a, 0xff, 0xfe])];
    await expect(catalog.importCsv(BOOK, { open }, ann)).rejects.toMatchObject({
      ...code("csv_unreadable"),
      message: expect.stringContaining("gb18030") as string,
    });
  });

  test.each([
    "",
    "\n\n",
    "code,type\n",
    "code,type,name,name\n",
    "code,type,name,colour\n",
    "a;b;c\n",
  ])("a header that is none is refused before anything is written: %j", async (text) => {
    const { catalog } = await cups();
    await expect(load(catalog, text)).rejects.toMatchObject(code("csv_header"));
  });

  test("rows of a product that disagree about it", async () => {
    const { catalog } = await cups();
    const report = await load(
      catalog,
      good.replace(
        "C1,cup,Heart cup,红心杯,published,C1-B",
        "C1,cup,Heart cup,蓝心杯,published,C1-B",
      ),
    );
    expect(report).toMatchObject({
      created: 1,
      failed: 1,
      errors: [{ line: 3, column: "name_zh", code: "catalog.csv_split" }],
    });
  });

  test("a dry run says what would be, and writes nothing", async () => {
    const { catalog } = await cups();
    expect(await load(catalog, good, { dryRun: true })).toMatchObject({
      created: 2,
      written: false,
    });
    await expect(catalog.at(BOOK, "product", "C1")).rejects.toMatchObject(code("missing"));
  });

  test("a source that breaks half-way is an error, not an end", async () => {
    const { catalog } = await cups();
    async function* breaking() {
      yield Buffer.from(good);
      throw new LongmenError("test.broken", {
        kind: "unavailable",
        message: "gone",
        advice: "",
        retry: "later",
      });
    }
    await expect(catalog.importCsv(BOOK, { open: breaking }, ann)).rejects.toMatchObject({
      code: "test.broken",
    });
  });
});

test("a plan that several products share is saved once, and has one price in a file", async () => {
  const { catalog } = await cups();
  const header = "code,type,name,state,sku,plan,price,currency,attr.colour";
  const text = `${header}
P1,cup,One,published,P1-R,shared,2.50,GBP/2,red
P2,cup,Two,published,P2-R,shared,2.50,GBP/2,red
P3,cup,Three,published,P3-R,shared,,,red
`;
  expect(await load(catalog, text)).toMatchObject({ created: 3, errors: [] });
  expect(await catalog.versions(BOOK, "plan", "shared")).toHaveLength(1);
  const clash = await load(catalog, text.replace("P2-R,shared,2.50", "P2-R,shared,2.60"));
  expect(clash).toMatchObject({ unchanged: 2, failed: 1, errors: [{ line: 3, column: "price" }] });
});

test("no cell of an export is a formula, and texts that look like one come back as they were", async () => {
  const { catalog } = await cups();
  const names = ["=1+1", "+1", "-1", "-x", "@x", "'=x", "''-x", "'x", "x=1", "-1.5"];
  const quoted = names.map((name, i) => `F${i},cup,"'${name}",,draft,,,,,`);
  const unguarded = names.map((name, i) => `G${i},cup,${name},,draft,,,,"=HYPERLINK(""x"")",`);
  await load(catalog, [HEADER, ...quoted, ...unguarded].join("\n"));
  const text = await dump(catalog);
  for (const line of text.split("\r\n")) {
    for (const cell of line.split(",")) expect(cell).not.toMatch(/^"?(?:[=+@]|-[^0-9])/);
  }
  expect(await load(catalog, text)).toMatchObject({ unchanged: 20, errorCount: 0 });
  expect(await catalog.at(BOOK, "product", "F0")).toMatchObject({ body: { name: { en: "=1+1" } } });
  expect(await catalog.at(BOOK, "product", "G0")).toMatchObject({
    body: { name: { en: "=1+1" }, values: { material: '=HYPERLINK("x")' } },
  });
  expect(await catalog.at(BOOK, "product", "F7")).toMatchObject({ body: { name: { en: "''x" } } });
});

test("import of an export is the identity: in the same book, and into an empty one", async () => {
  const { catalog } = await cups();
  await load(catalog, good);
  const tiered = {
    currency: "GBP/2",
    rounding: "down",
    scheme: { kind: "tiered", tiers: [{ upTo: "10", amount: "100", per: "3" }, { amount: "90" }] },
  };
  await catalog.savePlan(BOOK, "tiers", tiered, { version: 0 }, ann);
  await catalog.savePlan(BOOK, "odd", pounds("1", "3"), { version: 0 }, ann);
  const other = cup({
    ...{ plan: "tiers", minQuantity: 2, maxQuantity: 50 },
    description: { en: 'Line, with "quotes"', zh: "描述" },
    variants: [
      { sku: "T-R", values: { colour: "red" }, plan: "odd" },
      { sku: "T-B", values: { colour: "blue" } },
    ],
  });
  await catalog.saveProduct(BOOK, "T", other, { version: 0 }, ann);
  await catalog.publish(BOOK, "T", { version: 1 }, ann);
  await catalog.withdraw(BOOK, "T", { version: 2 }, ann);
  await catalog.saveProduct(
    BOOK,
    "BARE",
    cup({ variants: [], plan: undefined, values: {} }),
    { version: 0 },
    ann,
  );
  const text = await dump(catalog);
  expect(await load(catalog, text)).toMatchObject({
    products: 4,
    created: 0,
    changed: 0,
    unchanged: 4,
    errors: [],
  });
  await catalog.openBook("copy");
  await catalog.saveType("copy", "cup", cupType, { version: 0 }, ann);
  // A SKU is its product's in one book only.
  expect(await load(catalog, text, {}, "copy")).toMatchObject({ created: 4, errors: [] });
  expect(await dump(catalog, "copy")).toBe(text);
  for (const product of ["C1", "C2", "T", "BARE"]) {
    const [one, two] = await Promise.all(
      [BOOK, "copy"].map((book) => catalog.at(book, "product", product, NOW)),
    );
    expect(two?.body).toEqual(one?.body);
    expect(two?.state).toBe(one?.state);
  }
});
