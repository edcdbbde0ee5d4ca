/** What is sold: types, products, price plans, quotes with their proof, search, CSV. README.md says what it promises. */
import { migrationFolder } from "../postgres/index.ts";

export { amountOf, chooseScheme, type Priced, type PriceStep, stepsOf } from "./amount.ts";
export type { Attribute, Role, Value, Values } from "./attribute.ts";
export { buyMistakes, type BuyPage, buyPageOf, type Schema, withTextQuantity } from "./buy-page.ts";
export { catalogErrors } from "./catalog.errors.ts";
export type { Echo, PricedNow, QuoteCheck, Requote } from "./check-quote.ts";
export type { Condition, Constraint } from "./constraint.ts";
export type { RowError } from "./csv-product.ts";
export type { ExportOptions } from "./export-csv.ts";
export type { ImportOptions, ImportProgress, ImportReport } from "./import-pass.ts";
export type { Actor, Kind } from "./items.ts";
export type { KeepQuotes } from "./old-quotes.ts";
export { BELIEF_MS } from "./memory.ts";
export type { QuoteAnswer } from "./make-quote.ts";
export { type Catalog, openCatalog, type OpenCatalogOptions } from "./open-catalog.ts";
export {
  type Product,
  type ProductState,
  QUANTITY_MAX,
  stockAsset,
  type Variant,
} from "./product.ts";
export { type ProductType, readProductType } from "./product-type.ts";
export type {
  AgreedProof,
  LineDiscount,
  LineProof,
  Quote,
  QuoteContent,
  QuoteLine,
} from "./quote.ts";
export { type AgreedPrice, type AskedLine, LINES_MAX, type QuoteRequest } from "./quote-request.ts";
export { refusalWords } from "./refusal-words.ts";
export { type Rounding, roundings } from "./round.ts";
export type { KeepDecision, PriceRule, RuleDecision, RuleProof, RuleQuestion } from "./rule.ts";
export type { EditOptions, Saved } from "./save-item.ts";
export { type Price, type PricePlan, readPricePlan, type Scheme, type Tier } from "./scheme.ts";
export type { Hit, HitPage, Search } from "./search.ts";
export type { BookSettings } from "./settings.ts";
export type { ItemPage, ItemView, ListedKind, VersionView } from "./views.ts";
export type { Mistake, Words } from "./words.ts";

/** The tables of this room: after `postgresMigrations` in the argument of `migrate`. */
export const catalogMigrations = migrationFolder(
  "catalog",
  new URL("./migrations/", import.meta.url),
);
