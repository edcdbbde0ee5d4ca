import { describe, expect, onTestFinished, test } from "vitest";
import { LongmenError, manualClock } from "../base/index.ts";
import { type Catalog, type ImportOptions, openCatalog } from "./index.ts";
import type { Database } from "../postgres/index.ts";
import { nodeLane } from "../postgres/testing.ts";
import { ann, BOOK, code, cup, cupType, HOUR, NOW, pounds, shop } from "./testing/shop.ts";

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

describe("a price that several products share", () => {
  const header = "code,type,name,state,sku,plan,price,currency,attr.colour";
  const versions = async (catalog: Catalog, plan: string) =>
    (await catalog.versions(BOOK, "plan", plan)).length;

  test("isn't lost with the row that said it first and was refused", async () => {
    const { catalog } = await cups();
    const before = `${header}
P1,cup,One,published,P1-R,shared,2.50,GBP/2,red
P2,cup,Two,published,P2-R,shared,2.50,GBP/2,red
`;
    await load(catalog, before);
    // The SKU is another product's: the row goes, and neither price nor SKU of it count as said.
    const report = await load(
      catalog,
      `${header}
P3,cup,Three,published,P1-R,shared,2.60,GBP/2,red
P3,cup,Three,published,P3-B,shared,2.60,GBP/2,blue
P2,cup,Two,published,P2-R,shared,2.60,GBP/2,red
P4,cup,Four,published,P3-B,fresh,1,GBP/2,blue
`,
    );
    expect(report).toMatchObject({
      ...{ created: 1, changed: 1, failed: 1 },
      errors: [{ line: 2, code: "catalog.sku_taken" }],
    });
    const lines = [{ sku: "P2-R", quantity: 1n }];
    expect((await catalog.quote(BOOK, { key: "q", lines })).quote.total).toBe(260n);
  });

  test("that could not be written leaves out all that name it, also far behind and without its price", async () => {
    const { opened, catalog: other } = await cups();
    await other.savePlan(BOOK, "shared", pounds("250"), { version: 0 }, ann);
    let isSaved = false;
    // Somebody saves the plan between the look at it and the commit.
    const racing: Database = {
      ...opened.database,
      async run(statement, values) {
        const rows = await opened.database.run(statement, values);
        if (statement.name === "catalog.ownersOfSkus" && !isSaved) {
          isSaved = true;
          await other.savePlan(BOOK, "shared", pounds("255"), { version: 1 }, ann);
          await other.savePlan(BOOK, "P1-R", pounds("1"), { version: 0 }, ann);
          await other.savePlan(BOOK, "fresh", pounds("2"), { version: 0 }, ann);
        }
        return rows;
      },
    };
    const fillers = Array.from({ length: 500 }, (_, n) => `F${n},cup,Cup,draft,,,,,`);
    const lane = nodeLane(opened.database);
    const catalog = openCatalog({ database: racing, lane, clock: manualClock(NOW) });
    onTestFinished(() => catalog.close());
    const report = await load(
      catalog,
      [
        header,
        "P1,cup,One,published,P1-R,,2.60,GBP/2,red",
        "P2,cup,Two,published,P2-R,shared,2.60,GBP/2,red",
        "P3,cup,Three,published,P3-R,fresh,2.60,GBP/2,red",
        "P4,cup,Four,published,P4-R,fresh,,,red",
        "P5,cup,Five,published,P5-R,P1-R,2.60,GBP/2,red",
        ...fillers,
        "P6,cup,Six,published,P6-R,shared,2.60,GBP/2,red",
        "P7,cup,Seven,published,P7-R,P1-R,2.60,GBP/2,red",
      ].join("\n"),
    );
    expect(report.errors.map(({ line, code: of }) => [line, of])).toEqual(
      [2, 3, 4, 5, 6, 507, 508].map((line) => [line, "catalog.version_conflict"]),
    );
    expect(report).toMatchObject({ created: 500, failed: 7 });
    expect(await versions(catalog, "shared")).toBe(2);
  });

  test("that begins later is no price of now", async () => {
    const { catalog } = await cups();
    const soon = { version: 0, effectiveFrom: NOW + HOUR };
    await catalog.savePlan(BOOK, "soon", pounds("250"), soon, ann);
    await catalog.savePlan(BOOK, "dearer", pounds("250"), { version: 0 }, ann);
    await catalog.savePlan(BOOK, "dearer", pounds("300"), { ...soon, version: 1 }, ann);
    const text = `${header}
P1,cup,One,published,P1-R,soon,,,red
P2,cup,Two,published,P2-R,dearer,,,red
`;
    expect(await load(catalog, text)).toMatchObject({
      created: 1,
      errors: [{ line: 2, column: "price", code: "catalog.not_publishable" }],
    });
    const then = await load(catalog, text, { effectiveFrom: NOW + HOUR });
    expect(then).toMatchObject({ created: 1, errors: [] });
  });
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
