/** The catalogue: types, plans, products; searched, bought from, as a file. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { orMissing } from "./resolve.ts";
import {
  type CsvSource,
  exportCsv,
  type ExportCsvOptions,
  importCsv,
  type ImportCsvOptions,
} from "./shop-csv.ts";
import { timeText } from "./to-wire.ts";

export type CatalogKind = "type" | "plan" | "product";
export type ProductState = Wire.SavedItem["state"];
/** As docs/concepts/catalog.md has it: JSON, amounts as strings, times as RFC 3339. */
export type Definition = Readonly<Record<string, unknown>>;
export type AttributeValues = Readonly<Record<string, string | number | boolean>>;

export interface CatalogSettings {
  /** How long a quote holds; 15 minutes unless it was ever said. */
  readonly quoteTtlMs?: number | undefined;
  /** Rules that are asked for discounts of every quote, in this order. */
  readonly discountRules?: readonly string[] | undefined;
}

export interface CatalogEdit extends CallOptions {
  /** The version that the edit was made on; when left out 0, a new one, or to publish the newest. */
  readonly expected?: number | undefined;
  /** At once when left out. */
  readonly effectiveFrom?: Instant | undefined;
}

export interface SavedItem extends Omit<Wire.SavedItem, "effectiveFrom"> {
  readonly effectiveFrom: Instant;
}

export interface CatalogItem extends Omit<Wire.CatalogItem, "effectiveFrom"> {
  readonly effectiveFrom: Instant;
}

export interface CatalogVersion extends CatalogItem {
  readonly by: string;
  readonly request: string;
  readonly madeAt: Instant;
}

export interface CatalogSearch {
  /** English words and Chinese; all of them must be there, of the last one its beginning. */
  readonly text?: string | undefined;
  readonly type?: string | undefined;
  /** A product code or SKU, exactly. */
  readonly code?: string | undefined;
  /** Of the product or one of its variants. */
  readonly attributes?: AttributeValues | undefined;
  /** `onSale` when left out; the others are for who keeps the catalogue. */
  readonly state?: ProductState | "onSale" | "any" | undefined;
}

export type CatalogHit = Wire.CatalogHit;
export type BuyPage = Wire.BuyPage;
export type CatalogImport = Wire.CatalogImport;

export interface Catalog {
  /** Gives the book a catalogue, or its catalogue other settings: those that are named, the others stay. */
  open(settings?: CatalogSettings, options?: CallOptions): Promise<CatalogSettings>;
  /** The settings that hold. */
  settings(options?: CallOptions): Promise<CatalogSettings>;
  /** Throws LongmenProblem with all `mistakes` where it can't be used; catalog.version_conflict. */
  saveType(code: string, type: Definition, edit?: CatalogEdit): Promise<SavedItem>;
  savePlan(code: string, plan: Definition, edit?: CatalogEdit): Promise<SavedItem>;
  saveProduct(code: string, product: Definition, edit?: CatalogEdit): Promise<SavedItem>;
  /** Puts it on sale as it was last saved. */
  publish(code: string, edit?: CatalogEdit): Promise<SavedItem>;
  withdraw(code: string, edit?: CatalogEdit): Promise<SavedItem>;
  /** What is in effect; undefined: there is none. */
  get(
    kind: CatalogKind,
    code: string,
    options?: CallOptions & { readonly at?: Instant | undefined },
  ): Promise<CatalogItem | undefined>;
  /** Newest first, with who made them. */
  versions(kind: CatalogKind, code: string, options?: ListOptions): List<CatalogVersion>;
  /** As they were last saved, in the order in which they were first; products are searched for. */
  list(kind: "type" | "plan", options?: ListOptions): List<CatalogItem>;
  /** Newest first. */
  search(asked?: CatalogSearch, options?: ListOptions): List<CatalogHit>;
  /** A form's schema, and hints to draw it; undefined: it is not on sale. */
  buyPage(code: string, options?: CallOptions): Promise<BuyPage | undefined>;
  /** Rows that are wrong are in the report, the others stand unless `keep` is `all`. A file that stands changes nothing. */
  importCsv(source: CsvSource, options?: ImportCsvOptions): Promise<CatalogImport>;
  /** What importCsv takes, streamed. */
  exportCsv(options?: ExportCsvOptions): Promise<ReadableStream<Uint8Array>>;
}

export function catalogOf(wire: Line, book: string): Catalog {
  return {
    ...savesOf(wire, book),
    ...looksOf(wire, book),
    importCsv: (source, options = {}) => importCsv(wire, book, source, options),
    exportCsv: (options) => exportCsv(wire, book, options),
  };
}

type Saves = "open" | "saveType" | "savePlan" | "saveProduct" | "publish" | "withdraw";

function savesOf(wire: Line, book: string): Pick<Catalog, Saves> {
  const place = (code: string) => ({ book, code });
  return {
    open: ({ quoteTtlMs, discountRules } = {}, options) => {
      const body = {
        ...(quoteTtlMs === undefined ? {} : { quoteTtlMs }),
        ...(discountRules === undefined ? {} : { discountRules }),
      };
      return ask(wire, "openCatalog", { params: { book }, body }, options);
    },
    saveType: async (code, type, edit = {}) => {
      const body = { type, ...editToWire(edit) };
      return savedOf(await ask(wire, "saveType", { params: place(code), body }, edit));
    },
    savePlan: async (code, plan, edit = {}) => {
      const body = { plan: definitionToWire(plan), ...editToWire(edit) };
      return savedOf(await ask(wire, "savePlan", { params: place(code), body }, edit));
    },
    saveProduct: async (code, product, edit = {}) => {
      const body = { product, ...editToWire(edit) };
      return savedOf(await ask(wire, "saveProduct", { params: place(code), body }, edit));
    },
    publish: async (code, edit = {}) => {
      const asked = { params: place(code), body: editToWire(edit) };
      return savedOf(await ask(wire, "publishProduct", asked, edit));
    },
    withdraw: async (code, edit = {}) => {
      const asked = { params: place(code), body: editToWire(edit) };
      return savedOf(await ask(wire, "withdrawProduct", asked, edit));
    },
  };
}

const reads = { type: "readType", plan: "readPlan", product: "readProduct" } as const;
const lists = {
  type: "listTypeVersions",
  plan: "listPlanVersions",
  product: "listProductVersions",
} as const;
const all = { type: "listTypes", plan: "listPlans" } as const;

function looksOf(
  wire: Line,
  book: string,
): Pick<Catalog, "settings" | "get" | "versions" | "list" | "search" | "buyPage"> {
  return {
    settings: (options) => ask(wire, "readCatalog", { params: { book } }, options),
    get: async (kind, code, { at, ...options } = {}) => {
      const query = { at: at === undefined ? undefined : timeText(at, "at") };
      const asked = ask(wire, reads[kind], { params: { book, code }, query }, options);
      const told = await orMissing(asked, ["catalog.missing"]);
      return told && itemOf(told);
    },
    versions: (kind, code, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { cursor, limit: digits(limit) };
          const page = await ask(wire, lists[kind], { params: { book, code }, query }, options);
          return { ...page, items: page.items.map(versionOf) };
        },
        ({ items }) => items,
      ),
    list: (kind, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { cursor, limit: digits(limit) };
          const page = await ask(wire, all[kind], { params: { book }, query }, options);
          return { ...page, items: page.items.map(itemOf) };
        },
        ({ items }) => items,
      ),
    search: ({ attributes, ...words } = {}, { limit, ...options } = {}) =>
      listOf(
        (cursor) => {
          const query = {
            ...{ ...words, cursor, limit: digits(limit) },
            attributes: attributes === undefined ? undefined : JSON.stringify(attributes),
          };
          return ask(wire, "searchCatalog", { params: { book }, query }, options);
        },
        ({ items }) => items,
      ),
    buyPage: (code, options) => {
      const asked = ask(wire, "readBuyPage", { params: { book, code } }, options);
      return orMissing(asked, ["catalog.missing"]);
    },
  };
}

function editToWire({ expected, effectiveFrom }: CatalogEdit): Wire.EditState {
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(effectiveFrom === undefined
      ? {}
      : { effectiveFrom: timeText(effectiveFrom, "/effectiveFrom") }),
  };
}

/** Amounts may come as bigints. */
function definitionToWire(given: Definition): Definition {
  const text = JSON.stringify(given, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  return JSON.parse(text) as Definition;
}

function savedOf({ effectiveFrom, ...saved }: Wire.SavedItem): SavedItem {
  return { ...saved, effectiveFrom: instantOf(effectiveFrom) };
}

function itemOf({ effectiveFrom, ...item }: Wire.CatalogItem): CatalogItem {
  return { ...item, effectiveFrom: instantOf(effectiveFrom) };
}

function versionOf({ madeAt, effectiveFrom, ...version }: Wire.CatalogVersion): CatalogVersion {
  return { ...version, effectiveFrom: instantOf(effectiveFrom), madeAt: instantOf(madeAt) };
}
