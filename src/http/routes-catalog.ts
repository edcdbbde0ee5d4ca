/** The catalogue: types, plans and products saved, put on sale, looked at and searched. */
import { Type } from "typebox";
import {
  type EditOptions,
  type Kind,
  type ListedKind,
  type Saved,
  withTextQuantity,
} from "../catalog/index.ts";
import { inCatalog, writesCatalog, written } from "./codes.ts";
import { browsing, enterSelling, looking, needing, sellerOf, sellingIn } from "./gate-catalog.ts";
import { demandShop } from "./gate-shop.ts";
import { instantAsked, numberAsked, pageQuery } from "./page-asked.ts";
import { type Call, json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import {
  BuyPage,
  CatalogHitPage,
  CatalogItem,
  CatalogItemPage,
  CatalogSettings,
  CatalogVersionPage,
  codeParam,
  EditState,
  SavedItem,
  SavePlan,
  SaveProduct,
  SaveType,
  searchQuery,
} from "./schemas-catalog.ts";
import { text } from "./schemas.ts";
import { taken } from "./taken.ts";
import {
  cursorOf,
  editOf,
  hitOnWire,
  itemOnWire,
  planIn,
  savedOnWire,
  searchOf,
  versionAfter,
  versionOnWire,
} from "./wire-catalog.ts";

const group = "Catalogue";
const defining = { group, ...needing(["shop.define"]) } as const;
const item = { ...bookParam, ...codeParam };
const savesProduct = [
  ...writesCatalog,
  "catalog.missing",
  "catalog.sku_taken",
  "catalog.wrong_state",
  "catalog.not_publishable",
] as const;
const SAVED =
  "Whole: what is left out is not in the new version. `expected` is the version that the edit was made on, 0 (when left out) for a new one; what says the same again changes nothing. All that is wrong is in `mistakes`.";
const saved = {
  200: { description: "The version that it is now.", schema: SavedItem },
};

const openCatalog = route({
  ...defining,
  method: "PUT",
  path: "/v1/books/{book}/catalog",
  name: "openCatalog",
  summary: "Give a book a catalogue, or its catalogue other settings",
  description:
    "What is left out stays as it is, of a new catalogue as the descriptions say; `discountRules: []` asks none. Safe to repeat.",
  params: bookParam,
  body: taken(CatalogSettings),
  bodyMayMiss: true,
  answers: { 200: { description: "The settings that hold.", schema: CatalogSettings } },
  codes: [
    ...inCatalog,
    ...written,
    "catalog.definition_malformed",
    "catalog.request_malformed",
    "catalog.changing",
  ],
  example: { quoteTtlMs: 900_000 },
  async handle(call) {
    const { catalog } = await enterSelling(call, ["shop.define"]);
    return json(await catalog.openBook(call.params.book, call.body));
  },
});

const readCatalog = route({
  ...needing(looking),
  group,
  method: "GET",
  path: "/v1/books/{book}/catalog",
  name: "readCatalog",
  summary: "The settings of a book's catalogue",
  params: bookParam,
  answers: { 200: { description: "The settings that hold.", schema: CatalogSettings } },
  codes: inCatalog,
  async handle(call) {
    const { catalog } = await enterSelling(call, looking);
    return json(await catalog.settings(call.params.book));
  },
});

const saveType = route({
  ...defining,
  method: "PUT",
  path: "/v1/books/{book}/catalog/types/{code}",
  name: "saveType",
  summary: "Save a product type: attributes, and what must hold between them",
  description: `${SAVED} Products keep the version that they were saved by.`,
  params: item,
  body: taken(SaveType),
  answers: saved,
  codes: writesCatalog,
  example: {
    type: {
      name: { en: "Cup", zh: "杯子" },
      attributes: [
        {
          ...{ key: "colour", kind: "choice", role: "variant", required: true },
          label: { en: "Colour", zh: "颜色" },
          choices: [{ value: "red", label: { en: "Red", zh: "红色" } }],
        },
      ],
      constraints: [],
    },
  },
  async handle(call) {
    const { book, code } = call.params;
    const { catalog } = await enterSelling(call, ["shop.define"]);
    const edit = editOf(call.body, 0);
    const done = await catalog.saveType(book, code, call.body.type, edit, sellerOf(call));
    return json(savedOnWire(done));
  },
});

const savePlan = route({
  ...defining,
  method: "PUT",
  path: "/v1/books/{book}/catalog/plans/{code}",
  name: "savePlan",
  summary: "Save a price plan: currency, rounding, scheme",
  description: `${SAVED} Quotes that hold keep their prices.`,
  params: item,
  body: taken(SavePlan),
  answers: saved,
  codes: writesCatalog,
  example: {
    plan: { currency: "CNY/2", rounding: "half_up", scheme: { kind: "flat", amount: "2500" } },
  },
  async handle(call) {
    const { book, code } = call.params;
    const { catalog } = await enterSelling(call, ["shop.define"]);
    const edit = editOf(call.body, 0);
    const done = await catalog.savePlan(book, code, planIn(call.body.plan), edit, sellerOf(call));
    return json(savedOnWire(done));
  },
});

const saveProduct = route({
  ...defining,
  method: "PUT",
  path: "/v1/books/{book}/catalog/products/{code}",
  name: "saveProduct",
  summary: "Save a product with its variants",
  description: `${SAVED} A draft stays one, what is on sale is sold like this from effectiveFrom on.`,
  params: item,
  body: taken(SaveProduct),
  answers: saved,
  codes: savesProduct,
  example: {
    product: {
      ...{ type: "cup", name: { en: "Heart cup", zh: "红心茶杯" }, plan: "cup-price" },
      variants: [{ sku: "CUP-R", values: { colour: "red" } }],
    },
  },
  async handle(call) {
    const { book, code } = call.params;
    const { catalog } = await enterSelling(call, ["shop.define"]);
    const edit = editOf(call.body, 0);
    const done = await catalog.saveProduct(book, code, call.body.product, edit, sellerOf(call));
    return json(savedOnWire(done));
  },
});

type Verb = (
  book: string,
  code: string,
  edit: EditOptions,
  by: { readonly by: string; readonly request: string },
) => Promise<Saved>;

function stateRoute(verb: "publish" | "withdraw", summary: string, description: string): Route {
  return route({
    ...defining,
    ...{ summary, description },
    method: "POST",
    path: `/v1/books/{book}/catalog/products/{code}/${verb}`,
    name: `${verb}Product`,
    params: item,
    body: taken(EditState),
    bodyMayMiss: true,
    answers: saved,
    codes: [...writesCatalog, "catalog.missing", "catalog.wrong_state", "catalog.not_publishable"],
    example: {},
    async handle(call) {
      const { book, code } = call.params;
      const { catalog } = await enterSelling(call, ["shop.define"]);
      const newest = async () =>
        (await catalog.versions(book, "product", code, { limit: 1 }))[0]?.version ?? 0;
      const edit = editOf(call.body, call.body.expected ?? (await newest()));
      const done: Verb = catalog[verb];
      return json(savedOnWire(await done(book, code, edit, sellerOf(call))));
    },
  });
}

const lists = { type: "types", plan: "plans", product: "products" } as const;
const titles = { type: "Type", plan: "Plan", product: "Product" } as const;

/** What is in effect, and the history, of one kind. */
function looks(kind: Kind): readonly Route[] {
  const path = `/v1/books/{book}/catalog/${lists[kind]}/{code}`;
  const at = { group, ...needing(looking), method: "GET", params: item } as const;
  const codes = [...inCatalog, "catalog.missing", "catalog.filter_malformed"] as const;
  return [
    route({
      ...at,
      path,
      name: `read${titles[kind]}`,
      summary: `A ${kind} as it is in effect, now or at an instant`,
      query: {
        at: Type.Optional(text("RFC 3339; now when left out.", "2026-11-21T07:29:16.000Z")),
      },
      answers: { 200: { description: "What it says, and its version.", schema: CatalogItem } },
      codes,
      async handle(call) {
        const { book, code } = call.params;
        const { catalog } = await enterSelling(call, looking);
        const instant = instantAsked("at", call.query.at);
        return json(itemOnWire(await catalog.at(book, kind, code, instant)));
      },
    }),
    route({
      ...at,
      path: `${path}/versions`,
      name: `list${titles[kind]}Versions`,
      summary: `Versions of a ${kind}, newest first, with who made them`,
      query: pageQuery,
      answers: { 200: { description: "A page.", schema: CatalogVersionPage } },
      codes,
      async handle(call) {
        const { book, code } = call.params;
        const { catalog } = await enterSelling(call, looking);
        const limit = numberAsked(call.query.limit) ?? PAGE;
        const before = versionAfter(call.query.cursor);
        const versions = await catalog.versions(book, kind, code, { before, limit });
        const cursor = versions.length < limit ? undefined : cursorOf(versions.at(-1));
        return json({ items: versions.map(versionOnWire), cursor });
      },
    }),
  ];
}

function listRoute(kind: ListedKind): Route {
  return route({
    ...needing(looking),
    group,
    method: "GET",
    path: `/v1/books/{book}/catalog/${lists[kind]}`,
    name: `list${titles[kind]}s`,
    summary: `${titles[kind]}s as they were last saved, in the order in which they were first`,
    description: "What is planned for later is among them, with its effectiveFrom.",
    params: bookParam,
    query: pageQuery,
    answers: { 200: { description: "A page.", schema: CatalogItemPage } },
    codes: [...inCatalog, "catalog.filter_malformed"],
    async handle(call) {
      const { catalog } = await enterSelling(call, looking);
      const { cursor } = call.query;
      const limit = numberAsked(call.query.limit);
      const page = await catalog.list(call.params.book, kind, { cursor, limit });
      return json({ items: page.items.map(itemOnWire), cursor: page.cursor });
    },
  });
}

const PAGE = 100;

const searchCatalog = route({
  ...needing(browsing),
  group,
  method: "GET",
  path: "/v1/books/{book}/catalog/search",
  name: "searchCatalog",
  summary: "Products by text, type, code and attributes, newest first",
  description:
    "What is on sale now, with any right in the shop; other states need shop.read or shop.define. A page may be short and still have a cursor.",
  params: bookParam,
  query: searchQuery,
  answers: { 200: { description: "A page.", schema: CatalogHitPage } },
  codes: [...inCatalog, "catalog.filter_malformed"],
  async handle(call) {
    const { state = "onSale" } = call.query;
    if (state !== "onSale") demandShop(call, looking);
    const { catalog } = await sellingIn(call);
    const page = await catalog.search(call.params.book, searchOf(call.query));
    return json({ items: page.items.map(hitOnWire), cursor: page.cursor });
  },
});

const readBuyPage = route({
  ...needing(browsing),
  group,
  method: "GET",
  path: "/v1/books/{book}/catalog/products/{code}/buy-page",
  name: "readBuyPage",
  summary: "A form's schema, and hints to draw it, for a product on sale",
  params: item,
  answers: { 200: { description: "The buy page.", schema: BuyPage } },
  codes: [...inCatalog, "catalog.missing"],
  async handle(call: Call<{ readonly book: string; readonly code: string }>) {
    const { catalog } = await sellingIn(call);
    return json(withTextQuantity(await catalog.buyPage(call.params.book, call.params.code)));
  },
});

export const catalogRoutes: readonly Route[] = [
  openCatalog,
  readCatalog,
  saveType,
  savePlan,
  saveProduct,
  stateRoute("publish", "Put a product on sale, as it was last saved", "Safe to repeat."),
  stateRoute(
    "withdraw",
    "Take a product off sale",
    "On this node at once, on others within a second. Quotes of it that hold are told apart.",
  ),
  listRoute("type"),
  listRoute("plan"),
  ...looks("type"),
  ...looks("plan"),
  ...looks("product"),
  searchCatalog,
  readBuyPage,
];
