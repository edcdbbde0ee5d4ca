import { expect, test } from "vitest";
import { overProxy } from "../postgres/testing.ts";
import { BELIEF_MS } from "./index.ts";
import { effectiveAt } from "./items.ts";
import { CatalogMemory } from "./memory.ts";
import {
  ann,
  BOOK,
  cup,
  HOUR,
  join,
  nodeOn,
  NOW,
  pounds,
  sellCups,
  type Shop,
  shop,
} from "./testing/shop.ts";

let keys = 0;
const priceOf = async ({ catalog }: Pick<Shop, "catalog">, sku = "CUP-R") => {
  keys += 1;
  const { quote } = await catalog.quote(BOOK, { key: `k${keys}`, lines: [{ sku, quantity: 1n }] });
  return quote.total;
};

async function sellPlates({ catalog }: Pick<Shop, "catalog">): Promise<void> {
  const variants = [{ sku: "PLATE", values: { colour: "red" } }];
  await catalog.savePlan(BOOK, "plate-price", pounds("900"), { version: 0 }, ann);
  await catalog.saveProduct(
    BOOK,
    "PLATE",
    cup({ plan: "plate-price", variants }),
    { version: 0 },
    ann,
  );
  await catalog.publish(BOOK, "PLATE", { version: 1 }, ann);
}

test("a book in use is read again ahead of time, in one read, and never while nobody asks", async () => {
  const node = await shop();
  await sellCups(node.catalog);
  await priceOf(node);
  node.reads.length = 0;
  for (let i = 0; i < 20; i++) await priceOf(node);
  expect(node.reads).toEqual([]);
  node.clock.advance(BELIEF_MS / 2);
  for (let i = 0; i < 20; i++) await priceOf(node);
  await node.catalog.close();
  expect(node.reads).toEqual(["catalog.readBooks"]);
  node.clock.advance(100 * BELIEF_MS);
  expect(node.reads).toHaveLength(1);
});

test("what another node changed is read again, and nothing else", async () => {
  const node = await shop();
  const other = await join(node.opened);
  await sellCups(node.catalog);
  await sellPlates(node);
  expect([await priceOf(other), await priceOf(other, "PLATE")]).toEqual([250n, 900n]);
  await node.catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1 }, ann);
  other.clock.advance(BELIEF_MS);
  other.reads.length = 0;
  expect(await priceOf(other, "PLATE")).toBe(900n);
  expect(other.reads).toEqual(["catalog.readBooks", "catalog.changedSince"]);
  other.reads.length = 0;
  expect(await priceOf(other)).toBe(300n);
  expect(other.reads).toEqual(["catalog.liveVersions"]);
});

test("a draft that somebody saves makes no quote wait", async () => {
  const node = await shop();
  const other = await join(node.opened);
  await sellCups(node.catalog);
  await priceOf(other);
  other.reads.length = 0;
  const draft = cup({ variants: [{ sku: "NEW", values: { colour: "red" } }] });
  await node.catalog.saveProduct(BOOK, "NEW", draft, { version: 0 }, ann);
  expect(await priceOf(other)).toBe(250n);
  expect(other.reads).toEqual([]);
});

test("a SKU that was nobody's is found as soon as somebody sells it", async () => {
  const node = await shop();
  const other = await join(node.opened);
  await sellCups(node.catalog);
  await expect(priceOf(other, "PLATE")).rejects.toMatchObject({ code: "catalog.sku_unknown" });
  await sellPlates(node);
  other.clock.advance(BELIEF_MS);
  expect(await priceOf(other, "PLATE")).toBe(900n);
});

test("many who ask for what is not known share the reads", async () => {
  const node = await shop();
  const other = await join(node.opened);
  await sellCups(node.catalog);
  await sellPlates(node);
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => priceOf(other, i % 2 === 0 ? "CUP-R" : "PLATE")),
  );
  // Some fifty callers would each ask for owners, products, a type and plans: a few waves share these.
  expect(other.reads.length).toBeLessThan(20);
});

test("without a database nobody is told a price for longer than a second, and then all goes on", async () => {
  const { catalog, opened } = await shop();
  await sellCups(catalog);
  const { database, proxy } = await overProxy(opened);
  const far = nodeOn(database);
  expect((await far.catalog.search(BOOK, { state: "any" })).items).toHaveLength(1);
  const mend = proxy.refuse();
  far.clock.advance(BELIEF_MS);
  await expect(far.catalog.buyPage(BOOK, "CUP")).rejects.toMatchObject({ kind: "unavailable" });
  mend();
  expect(await far.catalog.buyPage(BOOK, "CUP")).toMatchObject({ product: "CUP", version: 2 });
  expect(await priceOf(far)).toBe(250n);
});

test("a clock that is set back finds what held then, by a little at once, by much with the next read", async () => {
  const { catalog, clock, database } = await shop();
  await sellCups(catalog);
  const planned = { version: 1, effectiveFrom: NOW + HOUR };
  await catalog.savePlan(BOOK, "cup-price", pounds("300"), planned, ann);
  let [at, age] = [NOW + HOUR, 0];
  const time = { now: () => at, earliest: () => at, age: () => age, told: () => undefined };
  const memory = new CatalogMemory(database, time);
  const versionAt = async (instant: number) => {
    at = instant;
    const plans = await memory.plans(await memory.current(BOOK), ["cup-price"]);
    return effectiveAt(plans.get("cup-price") ?? [], at)?.version;
  };
  expect(await versionAt(NOW + HOUR)).toBe(2);
  expect(await versionAt(NOW + HOUR - 100)).toBe(1);
  age += BELIEF_MS;
  expect(await versionAt(NOW)).toBe(1);
  expect(await versionAt(NOW + HOUR)).toBe(2);
  // And as a buyer meets it.
  clock.advance(HOUR);
  expect(await priceOf({ catalog })).toBe(300n);
  clock.set(NOW + HOUR - 100);
  expect(await priceOf({ catalog })).toBe(250n);
});

test("a node keeps no more books, and no more of them, than it may; who is asked for stays", async () => {
  const { catalog, database } = await shop();
  const names = ["b1", "b2", "b3", "b4"];
  for (const name of names) await catalog.openBook(name);
  let age = 0;
  const asked: unknown[] = [];
  const run = ((statement: { name: string }, values: { books?: unknown }) => {
    if (statement.name === "catalog.readBooks") asked.push(values.books);
    return database.run(statement as never, values as never);
  }) as typeof database.run;
  const time = { now: () => NOW, earliest: () => NOW, age: () => age, told: () => undefined };
  const memory = new CatalogMemory({ run }, time, { books: 2, kept: 3 });
  for (const name of names) await memory.current(name);
  asked.length = 0;
  await memory.current("b4");
  await memory.current("b3");
  expect(asked).toEqual([]);
  await memory.current("b1");
  expect(asked).toHaveLength(1);
  asked.length = 0;
  // Much of one book: it goes with the next read, unless it is asked for meanwhile.
  const own = await memory.current("b1");
  await memory.owners(own, ["A", "B", "C", "D"]);
  age += BELIEF_MS;
  await memory.current("b2");
  await memory.current("b2");
  expect((await memory.current("b1")).owners.size).toBe(0);
});

test("what was asked for stays with who asked, though others ask for more than is kept meanwhile", async () => {
  const { catalog, database } = await shop();
  await sellCups(catalog);
  const time = { now: () => NOW, earliest: () => NOW, age: () => 0, told: () => undefined };
  const memory = new CatalogMemory(database, time, { books: 9, kept: 99, each: 2 });
  const own = await memory.current(BOOK);
  const owners = await memory.owners(own, ["CUP-R"]);
  const products = await memory.products(own, ["CUP"]);
  await memory.owners(own, ["A", "B", "C"]);
  await memory.products(own, ["a", "b", "c"]);
  expect(own.owners.has("CUP-R")).toBe(false);
  expect(own.products.has("CUP")).toBe(false);
  expect(owners.get("CUP-R")).toBe("CUP");
  expect(products.get("CUP")).toMatchObject([{ version: 1 }, { version: 2 }]);
  const asked = ["CUP-R", "A", "B", "C"];
  const looks = await Promise.all(asked.map((sku) => memory.owners(own, [sku, "CUP-R"])));
  for (const look of looks) expect(look.get("CUP-R")).toBe("CUP");
});
