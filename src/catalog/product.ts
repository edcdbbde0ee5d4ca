/** A product and its variants; what has no price and no variant yet is a draft. */
import { isAssetCode } from "../base/index.ts";
import type { Values } from "./attribute.ts";
import { byKey, roleMistakes } from "./check-options.ts";
import { brokenMistake, isKept, namedIn } from "./constraint.ts";
import { attributesOf, type ProductType } from "./product-type.ts";
import { isFields, Reading } from "./reading.ts";
import { canonical } from "./canonical.ts";
import type { Mistake, Words } from "./words.ts";

export type ProductState = "draft" | "published" | "withdrawn";

export interface Variant {
  /** Known for ever as this product's; its stock is `stockAsset(sku)`. */
  readonly sku: string;
  readonly values: Values;
  /** Instead of the product's price plan. */
  readonly plan?: string | undefined;
}

export interface Product {
  readonly name: Words;
  readonly description?: Words | undefined;
  readonly type: string;
  /** The version of the type that it was made by. */
  readonly typeVersion: number;
  readonly values: Values;
  readonly plan?: string | undefined;
  readonly minQuantity: number;
  readonly maxQuantity: number;
  readonly variants: readonly Variant[];
}

export const VARIANTS_MAX = 200;
export const QUANTITY_MAX = 1_000_000_000;

/** Is this a code of a product, SKU, type or plan? What can stand in the asset `SKU:<code>/0`. */
export function isCode(code: unknown): code is string {
  return typeof code === "string" && /^[A-Za-z0-9]/.test(code) && isAssetCode(`SKU:${code}/0`);
}

/** The asset in which the ledger counts pieces of this SKU. */
export const stockAsset = (sku: string): string => `SKU:${sku}/0`;

const CODE =
  "1 to 59 of letters, digits, `: . _ -` and inner spaces, the first a letter or a digit";

export function checkCode(reading: Reading, at: string, code: unknown): string {
  if (isCode(code)) return code;
  reading.problem(at, CODE);
  return "";
}

/**
 * Reads a product, from an author or from its row, against its type. `typeVersion` says by which.
 * Refuses: catalog.definition_malformed, with all mistakes.
 */
export function readProduct(given: unknown, type: ProductType, typeVersion: number): Product {
  const reading = new Reading();
  const fields = reading.fields("", given, [
    ...["name", "description", "type", "typeVersion", "values", "plan"],
    ...["minQuantity", "maxQuantity", "variants"],
  ]);
  const { values = {}, variants = [] } = fields;
  tell(reading, roleMistakes(type, "product", values, "/values"));
  const read = reading.list("/variants", variants, 0, VARIANTS_MAX);
  const min = reading.integer("/minQuantity", fields["minQuantity"] ?? 1, 1, QUANTITY_MAX);
  const product: Product = {
    name: reading.words("/name", fields["name"]),
    description: reading.maybe(fields["description"], (words) =>
      reading.prose("/description", words),
    ),
    type: checkCode(reading, "/type", fields["type"]),
    typeVersion,
    values: (isFields(values) ? values : {}) as Values,
    plan: reading.maybe(fields["plan"], (plan) => checkCode(reading, "/plan", plan)),
    minQuantity: min,
    maxQuantity: reading.integer(
      "/maxQuantity",
      fields["maxQuantity"] ?? QUANTITY_MAX,
      min,
      QUANTITY_MAX,
    ),
    variants: read.map((one, index) => readVariant(reading, type, one, index)),
  };
  checkVariants(reading, product, type);
  reading.done("the product");
  return product;
}

function readVariant(reading: Reading, type: ProductType, given: unknown, index: number): Variant {
  const at = `/variants/${index}`;
  const { sku, values = {}, plan } = reading.fields(at, given, ["sku", "values", "plan"]);
  tell(reading, roleMistakes(type, "variant", values, `${at}/values`));
  return {
    sku: checkCode(reading, `${at}/sku`, sku),
    values: (isFields(values) ? values : {}) as Values,
    plan: reading.maybe(plan, (code) => checkCode(reading, `${at}/plan`, code)),
  };
}

/** Each SKU once, no two with the same values, and none that its own values forbid. */
function checkVariants(reading: Reading, { variants, values }: Product, type: ProductType): void {
  if (reading.problems.length > 0) return;
  const known = byKey(type.attributes);
  const isBuyers = new Set(attributesOf(type, "buyer").map(({ key }) => key));
  const settled = type.constraints.filter(
    (one) => one.kind !== "region" && !namedIn(one).some((key) => isBuyers.has(key)),
  );
  const seen = new Set<string>();
  variants.forEach(({ sku, values: own }, index) => {
    const alike = canonical(own);
    const isOther = !seen.has(`sku ${sku}`) && !seen.has(`as ${alike}`);
    reading.must(isOther, `/variants/${index}`, "another SKU with other values than those before");
    seen.add(`sku ${sku}`).add(`as ${alike}`);
    for (const constraint of settled) {
      if (isKept(constraint, { ...values, ...own }, undefined)) continue;
      tell(reading, [{ ...brokenMistake(constraint, known), at: `/variants/${index}` }]);
    }
  });
}

function tell(reading: Reading, mistakes: readonly Mistake[]): void {
  for (const { at, message } of mistakes) reading.problem(at, `right (${message.en})`);
}
