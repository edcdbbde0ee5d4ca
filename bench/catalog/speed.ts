/**
 * How fast the catalogue is on this machine: `node scripts/run.mjs bench/catalog/speed.ts [products]`. On a PostgreSQL
 * of its own, durable as it ships: imports products from CSV, imports them again, searches, quotes. Prints one JSON
 * object; progress goes to standard error.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Catalog,
  catalogMigrations,
  openCatalog,
  type Search,
} from "../../src/catalog/index.ts";
import {
  type Database,
  Lane,
  migrate,
  openDatabase,
  postgresMigrations,
  startEmbedded,
} from "../../src/postgres/index.ts";

const BOOK = "speed";
const by = { by: "bench/catalog" };
const CALLERS = 200;
const QUOTES = 20_000;
const SEARCHES = 200;

const colours = ["red", "blue", "green", "white", "black", "pink", "silver", "gold"];
const things: readonly (readonly [string, string])[] = [
  ["heart holder", "心形烛台"],
  ["metal lantern", "金属灯笼"],
  ["tea cup", "陶瓷茶杯"],
  ["woolly bottle", "毛绒热水袋"],
  ["photo frame", "相框"],
  ["paper chain", "纸链"],
  ["lunch bag", "午餐袋"],
  ["cake stand", "蛋糕架"],
];

const type = {
  name: { en: "Thing" },
  attributes: [
    {
      ...{
        key: "colour",
        kind: "choice",
        label: { en: "Colour" },
        role: "variant",
        required: true,
      },
      choices: colours.map((value) => ({ value, label: { en: value } })),
    },
    {
      key: "series",
      kind: "integer",
      label: { en: "Series" },
      role: "product",
      min: 0,
      max: 1_000_000,
    },
  ],
};

function* lines(count: number): Generator<string> {
  yield "code,type,name,name_zh,state,sku,price,currency,attr.colour,attr.series\n";
  for (let i = 0; i < count; i++) {
    const [en, zh] = things[i % things.length] ?? ["", ""];
    const colour = colours[Math.floor(i / things.length) % colours.length] ?? "";
    const price = `${1 + (i % 90)}.${(i % 100).toString().padStart(2, "0")}`;
    yield `P${i},thing,${colour} ${en} model${i},${zh}${i},published,P${i}-S,${price},GBP/2,${colour},${i % 1_000}\n`;
  }
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const startedAt = performance.now();
  return [await work(), performance.now() - startedAt];
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
const at = (sorted: readonly number[], share: number): number =>
  rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

async function importing(catalog: Catalog, products: number) {
  let mostBytes = 0;
  const onProgress = ({ rows }: { readonly rows: number }): void => {
    mostBytes = Math.max(mostBytes, process.memoryUsage().rss);
    process.stderr.write(`\r${rows} rows`);
  };
  const [report, ms] = await timed(() =>
    catalog.importCsv(BOOK, { open: () => lines(products), onProgress }, by),
  );
  process.stderr.write("\n");
  const { created, changed, unchanged, errorCount } = report;
  return {
    ...{ created, changed, unchanged, errorCount },
    seconds: rounded(ms / 1_000),
    rssMb: Math.round(mostBytes / 1e6),
  };
}

async function searching(catalog: Catalog, products: number) {
  const cases: readonly (readonly [string, (i: number) => Search])[] = [
    ["one product's word", (i) => ({ text: `model${(i * 7_919) % products}` })],
    ["two words", (i) => ({ text: `${colours[i % 8] ?? ""} ${things[i % 8]?.[0] ?? ""}` })],
    ["one frequent word", () => ({ text: "heart" })],
    ["Chinese", (i) => ({ text: things[i % 8]?.[1] ?? "" })],
    ["an attribute", (i) => ({ attributes: { series: i % 1_000 } })],
    [
      "word and attributes",
      (i) => ({ text: "lantern", attributes: { colour: colours[i % 8] ?? "", series: i % 1_000 } }),
    ],
    ["no word", () => ({})],
    ["nothing found", (i) => ({ text: `red nothing${i}` })],
  ];
  const results: Record<string, unknown> = {};
  for (const [name, make] of cases) {
    const times: number[] = [];
    let hits = 0;
    for (let i = 0; i < SEARCHES; i++) {
      const [page, ms] = await timed(() => catalog.search(BOOK, make(i)));
      times.push(ms);
      hits += page.items.length;
    }
    times.sort((a, b) => a - b);
    results[name] = {
      p50Ms: at(times, 0.5),
      p99Ms: at(times, 0.99),
      hits: rounded(hits / SEARCHES),
    };
  }
  return results;
}

async function quoting(
  catalog: Catalog,
  linesOf: (i: number) => readonly { sku: string; quantity: bigint }[],
) {
  let next = 0;
  const times: number[] = [];
  const caller = async (): Promise<void> => {
    while (next < QUOTES) {
      const i = next++;
      const [, ms] = await timed(() =>
        catalog.quote(BOOK, { key: `${process.pid}-${linesOf(0).length}-${i}`, lines: linesOf(i) }),
      );
      times.push(ms);
    }
  };
  const [, ms] = await timed(() => Promise.all(Array.from({ length: CALLERS }, caller)));
  times.sort((a, b) => a - b);
  return {
    callers: CALLERS,
    perSecond: Math.round((QUOTES / ms) * 1_000),
    p50Ms: at(times, 0.5),
    p99Ms: at(times, 0.99),
  };
}

async function planOf(database: Database): Promise<readonly string[]> {
  const text = `explain (analyze, costs off, timing off) select code from ${database.schema}.catalog_item
    where shelf = $1 and kind = 3 and tokens @> $2::text[] order by number desc limit 20`;
  const found = await database.transaction(
    (tx) => tx.query(text, [`3/${BOOK}`, ["1:lantern", "1:series=77"]]),
    { readOnly: true },
  );
  return found.rows.map((row) => String(row["QUERY PLAN"]).trimEnd());
}

async function main(products: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "longmen-catalog-"));
  const server = await startEmbedded({ dir });
  const database = await openDatabase({ url: server.url });
  await migrate(database, [postgresMigrations, catalogMigrations]);
  const lane = new Lane<never, never>({ name: "node rows", database });
  const catalog = openCatalog({ database, lane });
  try {
    await catalog.openBook(BOOK);
    await catalog.saveType(BOOK, "thing", type, { version: 0 }, by);
    const sku = (i: number): string => `P${(i * 7_919) % Math.min(products, 10_000)}-S`;
    const result = {
      products,
      import: await importing(catalog, products),
      again: await importing(catalog, products),
      search: await searching(catalog, products),
      plan: await planOf(database),
      quoteOneLine: await quoting(catalog, (i) => [{ sku: sku(i), quantity: 1n }]),
      quoteThreeLines: await quoting(catalog, (i) =>
        [0, 1, 2].map((n) => ({ sku: sku(i + n), quantity: 2n })),
      ),
    };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await catalog.close();
    await lane.close();
    await database.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

await main(Number(process.argv[2] ?? 100_000));
