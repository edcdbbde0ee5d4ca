/** What each operation of the catalogue takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

import type {
  BuyPage,
  CatalogHitPage,
  CatalogImport,
  CatalogItem,
  CatalogItemPage,
  CatalogSettings,
  CatalogVersionPage,
  EditState,
  MadeQuote,
  MadeQuoteBrief,
  Quote,
  QuoteAltered,
  QuoteExpired,
  QuoteGood,
  QuoteRequest,
  QuoteWithdrawn,
  RequoteRequest,
  Requoted,
  SavePlan,
  SaveProduct,
  SaveType,
  SavedItem,
} from "./api-types.ts";

export interface CatalogOperations {
  readonly checkQuote: {
    readonly params: { readonly book: string; readonly quote: string };
    readonly query: { readonly hash: string; readonly total: string };
    readonly body: undefined;
    readonly answer: QuoteGood | QuoteAltered | QuoteExpired | QuoteWithdrawn;
  };
  readonly exportCatalog: {
    readonly params: { readonly book: string };
    readonly query: { readonly bom?: "1" | "0"; readonly type?: string };
    readonly body: undefined;
    readonly answer: string;
  };
  readonly importCatalog: {
    readonly params: { readonly book: string };
    readonly query: { readonly dryRun?: "true" | "false"; readonly effectiveFrom?: string };
    readonly body: undefined;
    readonly answer: CatalogImport;
  };
  readonly listPlanVersions: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: CatalogVersionPage;
  };
  readonly listPlans: {
    readonly params: { readonly book: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: CatalogItemPage;
  };
  readonly listProductVersions: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: CatalogVersionPage;
  };
  readonly listTypeVersions: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: CatalogVersionPage;
  };
  readonly listTypes: {
    readonly params: { readonly book: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: CatalogItemPage;
  };
  readonly makeQuote: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: QuoteRequest;
    readonly answer: MadeQuote | MadeQuoteBrief;
  };
  readonly openCatalog: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: CatalogSettings;
    readonly answer: CatalogSettings;
  };
  readonly publishProduct: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: undefined;
    readonly body: EditState;
    readonly answer: SavedItem;
  };
  readonly readBuyPage: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: BuyPage;
  };
  readonly readCatalog: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: CatalogSettings;
  };
  readonly readPlan: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: { readonly at?: string };
    readonly body: undefined;
    readonly answer: CatalogItem;
  };
  readonly readProduct: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: { readonly at?: string };
    readonly body: undefined;
    readonly answer: CatalogItem;
  };
  readonly readQuote: {
    readonly params: { readonly book: string; readonly quote: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Quote;
  };
  readonly readType: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: { readonly at?: string };
    readonly body: undefined;
    readonly answer: CatalogItem;
  };
  readonly requote: {
    readonly params: { readonly book: string; readonly quote: string };
    readonly query: undefined;
    readonly body: RequoteRequest;
    readonly answer: Requoted;
  };
  readonly savePlan: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: undefined;
    readonly body: SavePlan;
    readonly answer: SavedItem;
  };
  readonly saveProduct: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: undefined;
    readonly body: SaveProduct;
    readonly answer: SavedItem;
  };
  readonly saveType: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: undefined;
    readonly body: SaveType;
    readonly answer: SavedItem;
  };
  readonly searchCatalog: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly text?: string;
      readonly type?: string;
      readonly code?: string;
      readonly attributes?: string;
      readonly state?: "onSale" | "any" | "draft" | "published" | "withdrawn";
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: CatalogHitPage;
  };
  readonly withdrawProduct: {
    readonly params: { readonly book: string; readonly code: string };
    readonly query: undefined;
    readonly body: EditState;
    readonly answer: SavedItem;
  };
}
