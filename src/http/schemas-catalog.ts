/** The shapes of a catalogue: see schemas.ts for the rest. Definitions are checked by their room, all mistakes at once. */
import { Type } from "typebox";
import { literals } from "./schemas-runs.ts";
import { closed, digits, named, pageOf, text, Time } from "./schemas.ts";

export const Words = named("Words", { en: Type.String(), zh: Type.Optional(Type.String()) });
export const AttributeValues = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
);
const Definition = (description: string) =>
  Type.Record(Type.String(), Type.Unknown(), { description });

export const codeParam = { code: text("Its code.", "CUP") };
export const kindParam = {
  kind: literals(["types", "plans", "products"]),
  ...codeParam,
};

export const CatalogSettings = named("CatalogSettings", {
  quoteTtlMs: Type.Optional(
    Type.Integer({ description: "How long a quote holds; 15 minutes unless it was ever said." }),
  ),
  discountRules: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "Rules that are asked for discounts of each quote; none unless they were ever said.",
    }),
  ),
});

const edit = {
  expected: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: "The version that the edit was made on; 0: a new one.",
    }),
  ),
  effectiveFrom: Type.Optional(Time),
};

export const SaveType = named("SaveType", {
  type: Definition("Attributes and constraints: docs/concepts/catalog.md."),
  ...edit,
});
export const SavePlan = named("SavePlan", {
  plan: Definition("Currency, rounding, scheme; amounts as strings."),
  ...edit,
});
export const SaveProduct = named("SaveProduct", {
  product: Definition("Type, name, values, variants."),
  ...edit,
});
export const EditState = named("EditState", {
  expected: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: "The version that is meant; the newest when left out.",
    }),
  ),
  effectiveFrom: edit.effectiveFrom,
});

const State = literals(["draft", "published", "withdrawn"]);
const Kind = literals(["type", "plan", "product"]);
const Version = Type.Integer({ minimum: 1 });

export const SavedItem = named("SavedItem", {
  kind: Kind,
  code: Type.String(),
  version: Version,
  state: State,
  effectiveFrom: Time,
  changed: Type.Boolean({ description: "False: it says so already, nothing was written." }),
});

const item = {
  kind: Kind,
  code: Type.String(),
  version: Version,
  state: State,
  effectiveFrom: Time,
  body: Definition("What it says; amounts as strings, times RFC 3339."),
};

export const CatalogItem = named("CatalogItem", item);
export const CatalogItemPage = pageOf("CatalogItemPage", CatalogItem);
export const CatalogVersion = named("CatalogVersion", {
  ...item,
  by: Type.String(),
  request: Type.String(),
  madeAt: Time,
});
export const CatalogVersionPage = pageOf("CatalogVersionPage", CatalogVersion);

export const CatalogHit = named("CatalogHit", {
  code: Type.String(),
  version: Version,
  state: State,
  product: Definition("As it is sold now, or as it was last saved."),
});
export const CatalogHitPage = pageOf("CatalogHitPage", CatalogHit);

export const searchQuery = {
  text: Type.Optional(
    text(
      "English words and Chinese; all of them must be there, of the last one its beginning.",
      "cup",
    ),
  ),
  type: Type.Optional(text("A product type.", "cup")),
  code: Type.Optional(text("A product code or SKU, exactly.", "CUP-R")),
  attributes: Type.Optional(text("Of the product or a variant, as JSON.", '{"colour":"red"}')),
  state: Type.Optional(literals(["onSale", "any", "draft", "published", "withdrawn"])),
  cursor: Type.Optional(text("Where the page before ended; opaque.", "cHJvZHVjdHMvOTk=")),
  limit: Type.Optional(digits("1 to 100; 20 when left out.", "20")),
};

export const BuyPage = named("BuyPage", {
  product: Type.String(),
  version: Version,
  schema: Definition(
    "JSON Schema (2020-12) of { sku, quantity, attributes, region? }: a line as a quote takes it, but its region.",
  ),
  ui: Definition("Name, facts, pickers, variants and what is asked: hints for drawing."),
});

export const ImportReport = named("CatalogImport", {
  rows: Type.Integer(),
  products: Type.Integer(),
  created: Type.Integer(),
  changed: Type.Integer(),
  unchanged: Type.Integer(),
  failed: Type.Integer({ description: "Products that were left out." }),
  errorCount: Type.Integer(),
  errors: Type.Array(
    closed({
      line: Type.Integer(),
      column: Type.Optional(Type.String()),
      code: Type.String(),
      en: Type.String(),
      zh: Type.Optional(Type.String()),
    }),
    { description: "The first thousand, in the order of the file." },
  ),
  written: Type.Boolean({ description: "False: it was looked at only." }),
});
