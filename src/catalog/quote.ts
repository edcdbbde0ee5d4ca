/** A quote: prices that hold until an instant, each with its proof. Nothing of it ever changes. */
import type { Instant } from "../base/index.ts";
import type { PriceStep } from "./amount.ts";
import type { Values } from "./attribute.ts";
import { canonical } from "./canonical.ts";
import type { Rounding } from "./round.ts";
import type { Price } from "./scheme.ts";
import type { RuleProof } from "./rule.ts";
import type { Words } from "./words.ts";

export interface QuoteLine {
  readonly sku: string;
  /** How the ledger counts it. */
  readonly stock: string;
  /** False: a service, of which there is no stock. */
  readonly stocked?: false | undefined;
  readonly name: Words;
  readonly quantity: bigint;
  readonly attributes: Values;
  /** Before discounts, rounded once. */
  readonly list: bigint;
  /** Frozen shares: they and `amount` sum to `list`, whatever becomes of other lines. */
  readonly discounts: readonly LineDiscount[];
  readonly amount: bigint;
  readonly proof: LineProof;
}

export interface LineDiscount {
  readonly code: string;
  readonly label?: Words | undefined;
  readonly amount: bigint;
  /** Of this line alone, or its share of what the whole quote got. */
  readonly of: "line" | "quote";
}

export interface LineProof {
  readonly product: string;
  readonly productVersion: number;
  readonly type: string;
  readonly typeVersion: number;
  readonly plan: string;
  readonly planVersion: number;
  /** How the plan came to its price: `phase 1`, `member gold`, `tiered`; or `agreed`. */
  readonly path: readonly string[];
  readonly steps: readonly PriceStep[];
  readonly rounding: Rounding;
  readonly rule?: RuleProof | undefined;
  /** The price was agreed on; the plan had no say in it. */
  readonly agreed?: AgreedProof | undefined;
}

/** Who agreed on a price, in which request, and why. */
export interface AgreedProof extends Price {
  readonly reason: string;
  readonly by: string;
  readonly request: string;
}

/** So much of an asset of the ledger, from the buyer's tokens. */
export interface QuoteToken {
  readonly asset: string;
  readonly amount: bigint;
}

export interface QuoteContent {
  readonly currency: string;
  readonly lines: readonly QuoteLine[];
  readonly list: bigint;
  readonly discount: bigint;
  readonly total: bigint;
  readonly member?: string | undefined;
  readonly region?: string | undefined;
  readonly coupon?: string | undefined;
  /** What the discounts use up: coupons, points. An order holds them with the stock. */
  readonly tokens?: readonly QuoteToken[] | undefined;
  /** Decisions about discounts. */
  readonly rules: readonly RuleProof[];
  readonly catalogVersion: bigint;
  /** As of when prices were looked up. */
  readonly pricedAt: Instant;
}

export interface Quote extends QuoteContent {
  readonly id: string;
  readonly key: string;
  readonly book: string;
  readonly expiresAt: Instant;
  /** SHA-256, hex, over the text of all the rest; an order echoes it. */
  readonly hash: string;
}

/** All of a quote but its hash, which is over exactly this text. */
export function writeQuote(quote: Omit<Quote, "hash">): string {
  return canonical(quote);
}

type Stored<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : Stored<T[K]> };

/** A quote from its text: amounts become bigints again. */
export function readQuote(body: string, contentHash: Buffer): Quote {
  const stored = JSON.parse(body) as Stored<Quote>;
  const lines = stored.lines.map((line) => {
    const discounts = line.discounts.map((one) => ({ ...one, amount: BigInt(one.amount) }));
    const steps = line.proof.steps.map((step) => ({
      ...{ ...step, units: BigInt(step.units) },
      ...{ amount: BigInt(step.amount), per: BigInt(step.per) },
    }));
    const { agreed, ...proof } = line.proof;
    const priced = agreed && { ...agreed, amount: BigInt(agreed.amount), per: BigInt(agreed.per) };
    return {
      ...line,
      quantity: BigInt(line.quantity),
      list: BigInt(line.list),
      discounts,
      amount: BigInt(line.amount),
      proof: { ...proof, steps, ...(priced === undefined ? {} : { agreed: priced }) },
    };
  });
  const tokens = stored.tokens?.map(({ asset, amount }) => ({ asset, amount: BigInt(amount) }));
  return {
    ...(stored as unknown as Quote),
    ...(tokens === undefined ? {} : { tokens }),
    hash: contentHash.toString("hex"),
    lines,
    list: BigInt(stored.list),
    discount: BigInt(stored.discount),
    total: BigInt(stored.total),
    catalogVersion: BigInt(stored.catalogVersion),
  };
}
