/**
 * What a form needs to sell a product: a JSON Schema (2020-12) of the line that a quote takes, and hints
 * for drawing it. Attributes become properties, constraints become `if` and `else` over the SKU, the
 * buyer's attributes and the region. An input is valid by the schema exactly if `buyMistakes` finds nothing.
 */
import type { Attribute, Values } from "./attribute.ts";
import { optionMistakes } from "./check-options.ts";
import { type Bound, type Condition, type Constraint, isKept, lies } from "./constraint.ts";
import { CALENDAR_PATTERN, dateRangePattern, decimalPattern } from "./digits.ts";
import { decimalDigits } from "./attribute.ts";
import type { Product } from "./product.ts";
import { attributesOf, type ProductType } from "./product-type.ts";
import { isFields } from "./reading.ts";
import { whole } from "./text-pattern.ts";
import { both, type Mistake, type Words } from "./words.ts";

export type Schema = Readonly<Record<string, unknown>>;

export interface BuyPageVariant {
  readonly sku: string;
  /** What this variant says: draw pickers from them. */
  readonly values: Values;
}

export interface BuyPage {
  readonly product: string;
  readonly version: number;
  /** Of `{ sku, quantity, attributes, region? }`. */
  readonly schema: Schema;
  readonly ui: {
    readonly name: Words;
    readonly description?: Words | undefined;
    readonly facts: Values;
    readonly pickers: readonly Attribute[];
    readonly variants: readonly BuyPageVariant[];
    readonly asked: readonly Attribute[];
  };
}

/** From attributes, constraints and variants. */
export function buyPageOf(
  type: ProductType,
  product: Product,
  { code, version }: { readonly code: string; readonly version: number },
): BuyPage {
  const world: World = { type, product };
  const asked = attributesOf(type, "buyer");
  const rules = type.constraints.map((one) => schemaOf(one, world)).filter((one) => one !== true);
  const schema: Schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      sku: { type: "string", enum: product.variants.map(({ sku }) => sku) },
      quantity: { type: "integer", minimum: product.minQuantity, maximum: product.maxQuantity },
      region: { type: "string", pattern: "^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$" },
      attributes: {
        type: "object",
        properties: Object.fromEntries(asked.map((one) => [one.key, attributeSchema(one)])),
        required: asked.filter(({ required }) => required).map(({ key }) => key),
        additionalProperties: false,
      },
    },
    required: ["sku", "quantity", "attributes"],
    additionalProperties: false,
    ...(rules.length === 0
      ? {}
      : { allOf: rules.map((one) => (one === false ? { not: {} } : one)) }),
  };
  const { name, description, values, variants } = product;
  const ui = {
    ...{ name, description, asked, facts: values },
    pickers: attributesOf(type, "variant"),
    variants: variants.map(({ sku, values: own }) => ({ sku, values: own })),
  };
  return { product: code, version, schema, ui };
}

/** The same page for who writes a quantity as text, as amounts are written over HTTP. */
export function withTextQuantity(page: BuyPage): BuyPage {
  const properties = page.schema["properties"] as Readonly<Record<string, Schema>>;
  const { minimum, maximum } = properties["quantity"] as {
    readonly minimum: number;
    readonly maximum: number;
  };
  const pattern = decimalPattern(BigInt(minimum), BigInt(maximum), 0);
  const quantity = { type: "string", pattern, "x-minimum": minimum, "x-maximum": maximum };
  return { ...page, schema: { ...page.schema, properties: { ...properties, quantity } } };
}

/** The same judgement without a schema: all mistakes of one input, in both languages. */
export function buyMistakes(type: ProductType, product: Product, input: unknown): Mistake[] {
  const told = (at: string, code: string, en: string, zh: string): Mistake => ({
    ...{ at, code },
    message: { en, zh },
  });
  if (!isFields(input)) return [told("", "not_an_object", "an object", "须为对象")];
  const mistakes: Mistake[] = [];
  for (const key of Object.keys(input)) {
    if (["sku", "quantity", "attributes", "region"].includes(key)) continue;
    mistakes.push(
      told(`/${key}`, "unknown", `${key}: nothing is asked by this name`, `${key}：没有此项`),
    );
  }
  const { minQuantity: min, maxQuantity: max } = product;
  const { quantity, sku, attributes } = input;
  if (!Number.isSafeInteger(quantity) || Number(quantity) < min || Number(quantity) > max) {
    const range = `${min} – ${max}`;
    mistakes.push(told("/quantity", "not_in_range", `Quantity: ${range}`, `数量：${range}`));
  }
  const variant = product.variants.find((one) => one.sku === sku);
  if (variant === undefined) {
    mistakes.push(
      told("/sku", "not_a_choice", "Choose a variant that is sold", "请选择在售的规格"),
    );
    return mistakes;
  }
  const fixed = { ...product.values, ...variant.values };
  const region = Object.hasOwn(input, "region") ? (input["region"] ?? null) : undefined;
  return [...mistakes, ...optionMistakes(type, { fixed, attributes, region })];
}

function attributeSchema(attribute: Attribute): Schema {
  const { label, unit, hint } = attribute;
  const told = {
    title: label.en,
    ...(hint === undefined ? {} : { description: hint.en }),
    "x-label": both(label),
    ...(unit === undefined ? {} : { "x-unit": both(unit) }),
    "x-kind": attribute.kind,
  };
  switch (attribute.kind) {
    case "text": {
      const { minLength, maxLength, pattern } = attribute;
      const printable = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";
      const own = pattern === undefined ? {} : { allOf: [{ pattern: whole(pattern) }] };
      return { ...told, type: "string", minLength, maxLength, pattern: printable, ...own };
    }
    case "integer":
      return { ...told, type: "integer", minimum: attribute.min, maximum: attribute.max };
    case "decimal": {
      const { min, max } = attribute;
      return { ...told, type: "string", ...rangeSchema(attribute, { min, max }) };
    }
    case "boolean":
      return { ...told, type: "boolean" };
    case "choice":
      return {
        ...told,
        enum: attribute.choices.map(({ value }) => value),
        "x-choices": attribute.choices.map(({ value, label: words }) => ({
          value,
          ...both(words),
        })),
      };
    case "date": {
      const { min, max } = attribute;
      const range = rangeSchema(attribute, { min, max });
      return { ...told, type: "string", format: "date", pattern: CALENDAR_PATTERN, allOf: [range] };
    }
  }
}

function rangeSchema(attribute: Attribute, { min, max }: Pick<Bound, "min" | "max">): Schema {
  if (attribute.kind === "integer") {
    return {
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    };
  }
  if (attribute.kind === "decimal") {
    const digits = (bound: unknown, otherwise: string): bigint =>
      decimalDigits(typeof bound === "string" ? bound : otherwise, attribute.scale) ?? 0n;
    const range = [digits(min, attribute.min), digits(max, attribute.max)] as const;
    return { pattern: decimalPattern(range[0], range[1], attribute.scale) };
  }
  if (attribute.kind !== "date") return {};
  return { pattern: dateRangePattern(String(min ?? attribute.min), String(max ?? attribute.max)) };
}

interface World {
  readonly type: ProductType;
  readonly product: Product;
}

/** True and false are what is certain whatever the buyer says. */
type Clause = Schema | boolean;

const all = (clauses: readonly Clause[]): Clause => {
  if (clauses.includes(false)) return false;
  const rest = clauses.filter((clause) => clause !== true);
  return rest.length === 0 ? true : rest.length === 1 ? (rest[0] ?? true) : { allOf: rest };
};

const any = (clauses: readonly Clause[]): Clause => {
  if (clauses.includes(true)) return true;
  const rest = clauses.filter((clause) => clause !== false);
  return rest.length === 0 ? false : rest.length === 1 ? (rest[0] ?? false) : { anyOf: rest };
};

const not = (clause: Clause): Clause => (typeof clause === "boolean" ? !clause : { not: clause });

/** `if` not, `else`: says what `then` would, which is the word that makes an object look like a promise. */
function implies(condition: Clause, consequence: Clause): Clause {
  if (condition === true) return consequence;
  if (condition === false || consequence === true) return true;
  return consequence === false ? not(condition) : { if: not(condition), else: consequence };
}

function schemaOf(constraint: Constraint, world: World): Clause {
  const given = (attribute: string): Clause => conditionClause({ attribute }, world);
  const when = (conditions: readonly Condition[]): Clause =>
    all(conditions.map((condition) => conditionClause(condition, world)));
  switch (constraint.kind) {
    case "together": {
      const each = constraint.attributes.map(given);
      return any([all(each), all(each.map(not))]);
    }
    case "exclude":
      return not(when(constraint.conditions));
    case "require":
      return implies(when(constraint.when), all(constraint.attributes.map(given)));
    case "combine": {
      const { attributes, rows } = constraint;
      const cell = (row: readonly unknown[]) => (attribute: string, place: number) =>
        conditionClause({ attribute, is: [row[place] as string] }, world);
      return implies(
        all(attributes.map(given)),
        any(rows.map((row) => all(attributes.map(cell(row))))),
      );
    }
    case "bound":
      return implies(when(constraint.when), boundClause(constraint, world));
    case "region":
      return implies(when(constraint.when), regionClause(constraint));
  }
}

/** The variants for which something holds, as a clause about the SKU. */
function skuClause({ product }: World, holds: (values: Values) => boolean): Clause {
  const { variants, values } = product;
  const fit = variants.filter((variant) => holds({ ...values, ...variant.values }));
  if (fit.length === 0) return false;
  if (fit.length === variants.length) return true;
  return { properties: { sku: { enum: fit.map(({ sku }) => sku) } } };
}

const isAsked = ({ type }: World, key: string): boolean =>
  attributesOf(type, "buyer").some((attribute) => attribute.key === key);

function conditionClause(condition: Condition, world: World): Clause {
  const { attribute, is } = condition;
  if (!isAsked(world, attribute)) {
    // Excluded alone it would be broken: so it holds.
    const alone: Constraint = { kind: "exclude", conditions: [condition] };
    return skuClause(world, (values) => !isKept(alone, values, undefined));
  }
  const required = [attribute];
  const own = is === undefined ? {} : { properties: { [attribute]: { enum: is } } };
  return { properties: { attributes: { required, ...own } } };
}

function boundClause(bound: Bound, world: World): Clause {
  const { attribute: key } = bound;
  if (!isAsked(world, key)) {
    return skuClause(world, (values) => {
      const value = values[key];
      return value === undefined || lies(value, bound);
    });
  }
  const attribute = world.type.attributes.find((one) => one.key === key);
  const range = attribute === undefined ? {} : rangeSchema(attribute, bound);
  return { properties: { attributes: { properties: { [key]: range } } } };
}

function regionClause({ allow, deny }: Constraint & { readonly kind: "region" }): Clause {
  const within = (list: readonly string[]): Schema => ({
    pattern: `^(?:${list.join("|")})(?:-|$)`,
  });
  const clauses = [
    ...(allow === undefined ? [] : [within(allow)]),
    ...(deny === undefined ? [] : [{ not: within(deny) }]),
  ];
  return { required: ["region"], properties: { region: all(clauses) } };
}
