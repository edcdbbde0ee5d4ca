/** What a buyer asks a quote for. */
import { AMOUNT_MAX, fail, ID_MAX_LENGTH, isId } from "../base/index.ts";
import { canonical, sha256 } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import type { Values } from "./attribute.ts";
import { REGION } from "./constraint.ts";
import { isCode } from "./product.ts";
import { isFields } from "./reading.ts";
import { PER_MAX, type Price } from "./scheme.ts";

/** A price that a sales desk agreed on with the buyer, in the place of the plan's; no discount goes on top. */
export interface AgreedPrice {
  /** In minor units for `per` units, one when left out. Nothing is a price, too: a sample. */
  readonly amount: bigint;
  readonly per?: bigint | undefined;
  /** Why: an invoice, a contract, a promise. */
  readonly reason: string;
}

export interface AskedLine {
  readonly sku: string;
  /** Whole units, at least one. */
  readonly quantity: bigint;
  /** What the buyer says of this line. */
  readonly attributes?: Values | undefined;
  /** Whoever lets a caller give it has made sure that the caller may agree on prices. */
  readonly agreed?: AgreedPrice | undefined;
}

/** A line that was read. */
export interface KnownLine extends AskedLine {
  readonly attributes: Values;
  readonly agreed?: (Price & { readonly reason: string }) | undefined;
}

export interface QuoteRequest {
  /** Of the caller's making: the same key and request answer the same quote. */
  readonly key: string;
  readonly lines: readonly AskedLine[];
  /** The buyer's level as a member. */
  readonly member?: string | undefined;
  /** Where it goes: `GB`, `CN-31`. */
  readonly region?: string | undefined;
  /** Shown to the discount rules. */
  readonly coupon?: string | undefined;
}

/** As many as an order has at most. */
export const LINES_MAX = 2_000;
const ATTRIBUTES_TEXT_MAX = 20_000;
const WORD_MAX = 100;
const REASON_MAX = 200;
const fields = ["key", "lines", "member", "region", "coupon"];

/** Refuses: catalog.request_malformed. */
export function readQuoteRequest(
  given: unknown,
): QuoteRequest & { readonly lines: readonly KnownLine[] } {
  const asked = isFields(given) ? given : {};
  const { key, lines, member, region, coupon } = asked;
  must(
    isFields(given) && Object.keys(given).every((name) => fields.includes(name)),
    "the request",
    `an object of ${fields.join(", ")}`,
  );
  must(isId(key), "key", `an id of 1 to ${ID_MAX_LENGTH} characters`);
  const isList = Array.isArray(lines) && lines.length >= 1 && lines.length <= LINES_MAX;
  must(isList, "lines", `a list of 1 to ${LINES_MAX}`);
  must(isWord(member), "member", "a word");
  must(isWord(coupon), "coupon", "a word");
  must(
    region === undefined || (typeof region === "string" && REGION.test(region)),
    "region",
    "such as GB or CN-31",
  );
  return {
    key: key as string,
    lines: (lines as readonly unknown[]).map(readLine),
    member: member as string | undefined,
    region: region as string | undefined,
    coupon: coupon as string | undefined,
  };
}

function readLine(given: unknown, index: number): KnownLine {
  const line = isFields(given) ? given : {};
  const { sku, quantity, attributes = {}, agreed } = line;
  const here = `lines/${index}`;
  const isKnown = Object.keys(line).every((name) =>
    ["sku", "quantity", "attributes", "agreed"].includes(name),
  );
  must(isFields(given) && isKnown, here, "an object of sku, quantity, attributes, agreed");
  must(isCode(sku), `${here}/sku`, "a SKU");
  must(typeof quantity === "bigint", `${here}/quantity`, "a bigint");
  must(
    isFields(attributes) && isPlain(attributes),
    `${here}/attributes`,
    "an object of texts, numbers and booleans",
  );
  return {
    ...{ sku: sku as string, quantity: quantity as bigint, attributes: attributes as Values },
    ...(agreed === undefined ? {} : { agreed: readAgreed(agreed, `${here}/agreed`) }),
  };
}

function readAgreed(given: unknown, here: string): Price & { readonly reason: string } {
  const { amount, per = 1n, reason, ...others } = isFields(given) ? given : {};
  const isKnown = isFields(given) && Object.keys(others).length === 0;
  must(isKnown, here, "an object of amount, per, reason");
  const isAmount = typeof amount === "bigint" && amount >= 0n && amount <= AMOUNT_MAX;
  must(isAmount, `${here}/amount`, "an amount in minor units, none or more");
  const isPer = typeof per === "bigint" && per >= 1n && per <= PER_MAX;
  must(isPer, `${here}/per`, `a bigint from 1 to ${PER_MAX}`);
  must(
    isWord(reason, REASON_MAX) && reason !== undefined,
    `${here}/reason`,
    "a text that says why",
  );
  return { amount: amount as bigint, per: per as bigint, reason: reason as string };
}

function isPlain(attributes: Readonly<Record<string, unknown>>): boolean {
  const isValue = (value: unknown): boolean =>
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value)) ||
    (typeof value === "string" && value.isWellFormed());
  const values = Object.values(attributes);
  return values.every(isValue) && JSON.stringify(attributes).length <= ATTRIBUTES_TEXT_MAX;
}

const isWord = (value: unknown, max = WORD_MAX): boolean =>
  value === undefined ||
  (typeof value === "string" &&
    value.length >= 1 &&
    value.length <= max &&
    value.isWellFormed() &&
    !value.includes("\0"));

function must(holds: boolean, field: string, expected: string): void {
  if (!holds) throw fail(catalogErrors, "request_malformed", { field, expected });
}

/** Over all but the key: what makes two requests the same. */
export function bodyHashOf({ lines, member, region, coupon }: QuoteRequest): Buffer {
  return sha256(canonical({ lines, member, region, coupon }));
}
