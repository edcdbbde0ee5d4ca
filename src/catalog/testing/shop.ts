import { onTestFinished } from "vitest";
import { type ManualClock, manualClock } from "../../base/index.ts";
import { type Database, openDatabase, postgresMigrations } from "../../postgres/index.ts";
import { nodeLane, testDatabase, type TestDatabase } from "../../postgres/testing.ts";
import {
  type Actor,
  type Catalog,
  catalogMigrations,
  type KeepQuotes,
  openCatalog,
  type PriceRule,
} from "../index.ts";

export const ann: Actor = { by: "ann/abcdefghijkl", request: "trace-1" };
export const BOOK = "retail";
export const NOW = Date.parse("2026-11-22T12:00:00Z");
export const HOUR = 3_600_000;

/** One node: a pool, a lane and a catalogue of its own on a schema that others may share. */
export interface Shop {
  readonly catalog: Catalog;
  readonly database: Database;
  readonly clock: ManualClock;
  /** The names of the statements that were run so far, those of the lane left out. */
  readonly reads: string[];
}

export interface ShopOptions {
  readonly rules?: PriceRule;
  readonly keepQuotes?: KeepQuotes;
}

/** A fresh schema with one node, and a catalogue in one book. */
export async function shop(
  options: ShopOptions = {},
): Promise<Shop & { readonly opened: TestDatabase }> {
  const opened = await testDatabase({ migrations: [postgresMigrations, catalogMigrations] });
  const node = nodeOn(opened.database, options);
  await node.catalog.openBook(BOOK);
  return { ...node, opened };
}

/** Another node on the same schema, with a pool of its own. */
export async function join(
  { url, schema }: TestDatabase,
  options: ShopOptions = {},
): Promise<Shop> {
  const database = await openDatabase({ url, schema, poolMax: 4 });
  onTestFinished(() => database.close());
  return nodeOn(database, options);
}

/** A node on a database that is open already. */
export function nodeOn(database: Database, { rules, keepQuotes }: ShopOptions = {}): Shop {
  const clock = manualClock(NOW);
  const reads: string[] = [];
  const watched: Database = {
    ...database,
    run: (statement, values) => {
      reads.push(statement.name);
      return database.run(statement, values);
    },
    maybe: (statement, values) => {
      reads.push(statement.name);
      return database.maybe(statement, values);
    },
  };
  const catalog = openCatalog({
    ...{ database: watched, lane: nodeLane(database), clock, rules, keepQuotes },
  });
  onTestFinished(() => catalog.close());
  return { catalog, database, clock, reads };
}

export const cupType = {
  name: { en: "Cup", zh: "杯子" },
  attributes: [
    { key: "material", kind: "text", label: { en: "Material", zh: "材质" }, role: "product" },
    {
      key: "colour",
      kind: "choice",
      label: { en: "Colour", zh: "颜色" },
      role: "variant",
      required: true,
      choices: [
        { value: "red", label: { en: "Red", zh: "红色" } },
        { value: "blue", label: { en: "Blue", zh: "蓝色" } },
      ],
    },
    {
      key: "engraving",
      kind: "text",
      label: { en: "Engraving", zh: "刻字" },
      role: "buyer",
      maxLength: 10,
    },
    {
      key: "font",
      kind: "choice",
      label: { en: "Font", zh: "字体" },
      role: "buyer",
      choices: [{ value: "serif", label: { en: "Serif" } }],
    },
  ],
  constraints: [
    { kind: "together", attributes: ["engraving", "font"] },
    {
      kind: "exclude",
      conditions: [{ attribute: "colour", is: ["blue"] }, { attribute: "engraving" }],
      message: { en: "Blue cups can't be engraved", zh: "蓝色杯子不能刻字" },
    },
  ],
};

export const pounds = (amount: string, per = "1") => ({
  currency: "GBP/2",
  rounding: "half_up",
  scheme: { kind: "flat", amount, per },
});

export const cup = (change: object = {}) => ({
  type: "cup",
  name: { en: "Heart cup", zh: "红心茶杯" },
  values: { material: "china" },
  plan: "cup-price",
  variants: [
    { sku: "CUP-R", values: { colour: "red" } },
    { sku: "CUP-B", values: { colour: "blue" } },
  ],
  ...change,
});

/** A cup for 2.50, on sale since now. */
export async function sellCups(catalog: Catalog, book = BOOK): Promise<void> {
  await catalog.saveType(book, "cup", cupType, { version: 0 }, ann);
  await catalog.savePlan(book, "cup-price", pounds("250"), { version: 0 }, ann);
  await catalog.saveProduct(book, "CUP", cup(), { version: 0 }, ann);
  await catalog.publish(book, "CUP", { version: 1 }, ann);
}

export const code = (wanted: string) => ({ code: `catalog.${wanted}` });
