/** What travels over HTTP of the catalogue. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

export interface BuyPage {
  readonly product: string;
  readonly version: number;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly ui: Readonly<Record<string, unknown>>;
}
export interface CatalogHit {
  readonly code: string;
  readonly version: number;
  readonly state: "draft" | "published" | "withdrawn";
  readonly product: Readonly<Record<string, unknown>>;
}
export interface CatalogHitPage {
  readonly items: readonly CatalogHit[];
  readonly cursor?: string;
}
export interface CatalogImport {
  readonly rows: number;
  readonly products: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly errorCount: number;
  readonly errors: readonly {
    readonly line: number;
    readonly column?: string;
    readonly code: string;
    readonly en: string;
    readonly zh?: string;
  }[];
  readonly written: boolean;
}
export interface CatalogItem {
  readonly kind: "type" | "plan" | "product";
  readonly code: string;
  readonly version: number;
  readonly state: "draft" | "published" | "withdrawn";
  readonly effectiveFrom: string;
  readonly body: Readonly<Record<string, unknown>>;
}
export interface CatalogItemPage {
  readonly items: readonly CatalogItem[];
  readonly cursor?: string;
}
export interface CatalogSettings {
  readonly quoteTtlMs?: number;
  readonly discountRules?: readonly string[];
}
export interface CatalogVersion {
  readonly kind: "type" | "plan" | "product";
  readonly code: string;
  readonly version: number;
  readonly state: "draft" | "published" | "withdrawn";
  readonly effectiveFrom: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly by: string;
  readonly request: string;
  readonly madeAt: string;
}
export interface CatalogVersionPage {
  readonly items: readonly CatalogVersion[];
  readonly cursor?: string;
}
export interface EditState {
  readonly expected?: number;
  readonly effectiveFrom?: string;
}
export interface MadeQuote {
  readonly status: "created" | "exists";
  readonly quote: Quote;
  readonly expired?: true;
}
export interface MadeQuoteBrief {
  readonly status: "created" | "exists";
  readonly quote: QuoteBrief;
  readonly expired?: true;
}
export interface NotPricedNow {
  readonly status: "refused";
  readonly code: string;
  readonly detail: string;
}
export interface PricedNow {
  readonly status: "priced";
  readonly total: string;
  readonly currency: string;
}
export interface Quote {
  readonly id: string;
  readonly key: string;
  readonly book: string;
  readonly currency: string;
  readonly lines: readonly QuoteLine[];
  readonly list: string;
  readonly discount: string;
  readonly total: string;
  readonly member?: string;
  readonly region?: string;
  readonly coupon?: string;
  readonly tokens?: readonly { readonly asset: string; readonly amount: string }[];
  readonly rules: readonly RuleProof[];
  readonly catalogVersion: string;
  readonly pricedAt: string;
  readonly expiresAt: string;
  readonly hash: string;
}
export interface QuoteAltered {
  readonly status: "altered";
  readonly quote: Quote;
  readonly echoed: { readonly hash: string; readonly total: string };
  readonly differs: readonly ("hash" | "total")[];
}
export interface QuoteBrief {
  readonly id: string;
  readonly key: string;
  readonly hash: string;
  readonly currency: string;
  readonly total: string;
  readonly expiresAt: string;
}
export interface QuoteExpired {
  readonly status: "expired";
  readonly quote: Quote;
  readonly expiredAt: string;
  readonly now: PricedNow | NotPricedNow;
}
export interface QuoteGood {
  readonly status: "good";
  readonly quote: Quote;
}
export interface QuoteLine {
  readonly sku: string;
  readonly stock: string;
  readonly stocked?: false;
  readonly name: Words;
  readonly quantity: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly list: string;
  readonly discounts: readonly {
    readonly code: string;
    readonly label?: Words;
    readonly amount: string;
    readonly of: "line" | "quote";
  }[];
  readonly amount: string;
  readonly proof: {
    readonly product: string;
    readonly productVersion: number;
    readonly type: string;
    readonly typeVersion: number;
    readonly plan: string;
    readonly planVersion: number;
    readonly path: readonly string[];
    readonly steps: readonly {
      readonly units: string;
      readonly amount: string;
      readonly per: string;
      readonly tier?: number;
    }[];
    readonly rounding: "half_even" | "half_up" | "down" | "up";
    readonly rule?: RuleProof;
    readonly agreed?: {
      readonly amount: string;
      readonly per: string;
      readonly reason: string;
      readonly by: string;
      readonly request: string;
    };
  };
}
export interface QuoteRequest {
  readonly key: string;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: string;
    readonly attributes?: Readonly<Record<string, string | number | boolean>>;
    readonly agreed?: { readonly amount: string; readonly per?: string; readonly reason: string };
  }[];
  readonly member?: string;
  readonly region?: string;
  readonly coupon?: string;
}
export interface QuoteWithdrawn {
  readonly status: "withdrawn";
  readonly quote: Quote;
  readonly skus: readonly string[];
  readonly now: PricedNow | NotPricedNow;
}
export interface RequoteRequest {
  readonly key: string;
}
export interface Requoted {
  readonly before: Quote;
  readonly now: Quote;
  readonly changes: readonly {
    readonly sku: string;
    readonly before: string;
    readonly now: string;
  }[];
}
export interface RuleProof {
  readonly rule: string;
  readonly version: number | string;
  readonly hash: string;
  readonly decisionId: string;
}
export interface SavePlan {
  readonly plan: Readonly<Record<string, unknown>>;
  readonly expected?: number;
  readonly effectiveFrom?: string;
}
export interface SaveProduct {
  readonly product: Readonly<Record<string, unknown>>;
  readonly expected?: number;
  readonly effectiveFrom?: string;
}
export interface SaveType {
  readonly type: Readonly<Record<string, unknown>>;
  readonly expected?: number;
  readonly effectiveFrom?: string;
}
export interface SavedItem {
  readonly kind: "type" | "plan" | "product";
  readonly code: string;
  readonly version: number;
  readonly state: "draft" | "published" | "withdrawn";
  readonly effectiveFrom: string;
  readonly changed: boolean;
}
export interface Words {
  readonly en: string;
  readonly zh?: string;
}
