/** What a buyer asks a quote for. */
import { fail, ID_MAX_LENGTH, isId } from "../base/index.ts";
import { canonical, sha256 } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import type { Values } from "./attribute.ts";
import { REGION } from "./constraint.ts";
import { isCode } from "./product.ts";
import { isFields } from "./reading.ts";

export interface AskedLine {
  readonly sku: string;
  /** Whole units, at least one. */
  readonly quantity: bigint;
  /** What the buyer says of this line. */
  readonly attributes?: Values | undefined;
}

/** A line that was read. */
export interface KnownLine extends AskedLine {
  readonly attributes: Values;
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

export const LINES_MAX = 500;
const ATTRIBUTES_TEXT_MAX = 20_000;
const WORD_MAX = 100;
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
  const { sku, quantity, attributes = {} } = line;
  const here = `lines/${index}`;
  const isKnown = Object.keys(line).every((name) =>
    ["sku", "quantity", "attributes"].includes(name),
  );
  must(isFields(given) && isKnown, here, "an object of sku, quantity, attributes");
  must(isCode(sku), `${here}/sku`, "a SKU");
  must(typeof quantity === "bigint", `${here}/quantity`, "a bigint");
  must(
    isFields(attributes) && isPlain(attributes),
    `${here}/attributes`,
    "an object of texts, numbers and booleans",
  );
  return { sku: sku as string, quantity: quantity as bigint, attributes: attributes as Values };
}

function isPlain(attributes: Readonly<Record<string, unknown>>): boolean {
  const isValue = (value: unknown): boolean =>
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value)) ||
    (typeof value === "string" && value.isWellFormed());
  const values = Object.values(attributes);
  return values.every(isValue) && JSON.stringify(attributes).length <= ATTRIBUTES_TEXT_MAX;
}

const isWord = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === "string" &&
    value.length >= 1 &&
    value.length <= WORD_MAX &&
    value.isWellFormed() &&
    !value.includes("\0"));

function must(holds: boolean, field: string, expected: string): void {
  if (!holds) throw fail(catalogErrors, "request_malformed", { field, expected });
}

/** Over all but the key: what makes two requests the same. */
export function bodyHashOf({ lines, member, region, coupon }: QuoteRequest): Buffer {
  return sha256(canonical({ lines, member, region, coupon }));
}
