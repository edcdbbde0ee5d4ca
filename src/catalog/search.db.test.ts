import { expect, test } from "vitest";
import { ann, BOOK, code, cup, HOUR, NOW, sellCups, shop } from "./testing/shop.ts";
import type { Catalog, Search } from "./index.ts";

const names: readonly (readonly [string, string, string])[] = [
  ["A1", "White hanging heart candles", "白色心形蜡烛"],
  ["A2", "White metal lantern", "白色金属灯笼"],
  ["A3", "Red woolly hottie heart", "红色毛绒热水袋"],
];

async function stocked(catalog: Catalog): Promise<void> {
  await sellCups(catalog);
  for (const [sku, en, zh] of names) {
    const variants = [{ sku: `${sku}-S`, values: { colour: sku === "A3" ? "red" : "blue" } }];
    await catalog.saveProduct(BOOK, sku, cup({ name: { en, zh }, variants }), { version: 0 }, ann);
    await catalog.publish(BOOK, sku, { version: 1 }, ann);
  }
}

const found = async (catalog: Catalog, asked: Search, book = BOOK) =>
  (await catalog.search(book, asked)).items.map((hit) => hit.code).sort();

test("products are found by words in English and Chinese, by attributes, type and code", async () => {
  const { catalog } = await shop();
  await stocked(catalog);
  const cases: readonly (readonly [Search, readonly string[]])[] = [
    [{ text: "heart" }, ["A1", "A3", "CUP"]],
    [{ text: "WHITE candle" }, ["A1"]],
    [{ text: "白色" }, ["A1", "A2"]],
    [{ text: "白色 蜡烛" }, ["A1"]],
    [{ text: "热水袋" }, ["A3"]],
    [{ text: "灯" }, ["A2"]],
    [{ text: "白蜡" }, []],
    [{ attributes: { colour: "red" } }, ["A3", "CUP"]],
    [{ text: "heart", attributes: { colour: "blue" } }, ["A1", "CUP"]],
    [{ code: "a2" }, ["A2"]],
    [{ code: "A2-s" }, ["A2"]],
    [{ text: "lan" }, ["A2"]],
    [{ text: "lan " }, []],
    [{ text: "white h" }, ["A1"]],
    [{ text: "w" }, ["A1", "A2", "A3"]],
    [{ text: "hearts" }, ["A1", "A3", "CUP"]],
    [{ text: "白色 can" }, ["A1"]],
    [{ text: "hot", attributes: { colour: "red" } }, ["A3"]],
    [{ text: "hot", attributes: { colour: "o'neil\\" } }, []],
    // Names of attributes and types are no words.
    [{ text: "col" }, []],
    [{ text: "typ" }, []],
    [{ type: "cup" }, ["A1", "A2", "A3", "CUP"]],
    [{ type: "lamp" }, []],
    [{ text: "!!!" }, []],
    [{ text: "heart' or true --" }, []],
    [{}, ["A1", "A2", "A3", "CUP"]],
  ];
  for (const [asked, expected] of cases) {
    expect([asked, await found(catalog, asked)]).toEqual([asked, expected]);
  }
});

test("a buyer sees what is on sale at that instant, the keeper what was saved last", async () => {
  const { catalog, clock } = await shop();
  await stocked(catalog);
  await catalog.withdraw(BOOK, "A1", { version: 2 }, ann);
  await catalog.withdraw(BOOK, "A2", { version: 2, effectiveFrom: NOW + HOUR }, ann);
  const coming = cup({
    name: { en: "Coming lamp" },
    variants: [{ sku: "L", values: { colour: "red" } }],
  });
  await catalog.saveProduct(BOOK, "L", coming, { version: 0 }, ann);
  expect(await found(catalog, { state: "draft" })).toEqual(["L"]);
  await catalog.publish(BOOK, "L", { version: 1, effectiveFrom: NOW + HOUR }, ann);
  expect(await found(catalog, {})).toEqual(["A2", "A3", "CUP"]);
  expect(await found(catalog, { state: "withdrawn" })).toEqual(["A1", "A2"]);
  expect(await found(catalog, { state: "any", text: "lamp" })).toEqual(["L"]);
  expect(await found(catalog, { state: "any", text: "la" })).toEqual(["A2", "L"]);
  expect(await found(catalog, { state: "withdrawn", text: "can" })).toEqual(["A1"]);
  expect(await found(catalog, { state: "withdrawn", text: "la" })).toEqual(["A2"]);
  expect(await found(catalog, { text: "can" })).toEqual([]);
  clock.advance(HOUR);
  expect(await found(catalog, {})).toEqual(["A3", "CUP", "L"]);
});

test("one book finds nothing of another", async () => {
  const { catalog } = await shop();
  await stocked(catalog);
  await catalog.openBook("other");
  for (const asked of [{}, { text: "heart " }, { text: "hea" }, { state: "any" as const }]) {
    expect(await found(catalog, asked, "other")).toEqual([]);
  }
});

test("pages go through all of it once, newest first", async () => {
  const { catalog } = await shop();
  await stocked(catalog);
  for (const asked of [{}, { text: "heart " }, { text: "hea" }, { text: "w" }]) {
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await catalog.search(BOOK, { ...asked, limit: 1, cursor });
      all.push(...page.items.map((hit) => hit.code));
      cursor = page.cursor;
    } while (cursor !== undefined);
    const whole = await catalog.search(BOOK, asked);
    expect(all).toEqual(whole.items.map((hit) => hit.code));
    expect(all[0]).toBe("A3");
  }
});

test.each([
  { limit: 0 },
  { limit: 1.5 },
  { limit: 101 },
  { cursor: "x" },
  { cursor: "a".repeat(10_000) },
  { state: "sold" as never },
  { text: "x".repeat(1_000) },
  { text: "a\0b" },
  { text: 7 as never },
  { attributes: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, 1])) },
])("a search that is none is refused: %j", async (asked) => {
  const { catalog } = await shop();
  await expect(catalog.search(BOOK, asked)).rejects.toMatchObject(code("filter_malformed"));
});

test("what is older than the newest thousand is found by its beginning, too, a page after another", async () => {
  const { catalog, opened } = await shop();
  await stocked(catalog);
  await opened.database.transaction((tx) =>
    tx.query(`insert into ${opened.schema}.catalog_item
        (book, kind, code, shelf, version, state, changed_in, body_hash, effective_from, tokens)
      select 'retail', 3, 'X' || n, '3/retail', 1, 1, 0, '', now(), array['1:word' || n]
      from generate_series(1, 1500) as n`),
  );
  expect(await found(catalog, { text: "hea" })).toEqual(["A1", "A3", "CUP"]);
  const page = await catalog.search(BOOK, { text: "hea", limit: 2 });
  const { cursor } = page;
  const rest = await catalog.search(BOOK, { text: "hea", limit: 2, cursor });
  expect([...page.items, ...rest.items].map((hit) => hit.code)).toEqual(["A3", "A1", "CUP"]);
});

test("words and attributes are found through the index", async () => {
  const { catalog, opened } = await shop();
  await stocked(catalog);
  const { rows } = await opened.database.transaction(async (tx) => {
    await tx.query(`insert into ${opened.schema}.catalog_item
        (book, kind, code, shelf, version, state, changed_in, body_hash, effective_from, tokens)
      select 'retail', 3, 'X' || n, '3/retail', 1, 1, 0, '', now(), array['1:word' || n, '1:often']
      from generate_series(1, 5000) as n`);
    await tx.query(`analyze ${opened.schema}.catalog_item`);
    return tx.query(
      `explain with found as materialized (select number from ${opened.schema}.catalog_item
       where shelf = '3/retail' and kind = 3
         and ${opened.schema}.catalog_found_by(tokens) @@ $$'1:word7':* & '1:often'$$::tsquery)
       select number from found order by number desc limit 20`,
    );
  });
  expect(JSON.stringify(rows)).toContain("catalog_item_found_by");
});
