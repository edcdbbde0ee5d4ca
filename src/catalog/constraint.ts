/**
 * Constraints between attributes, as data. They are checked here by a pure function, and told to a
 * buyer's form as JSON Schema by `buy-page.ts`; a property test holds the two together.
 */
import type { Attribute, Value, Values } from "./attribute.ts";
import { isValueOf } from "./check-value.ts";
import type { Reading } from "./reading.ts";
import type { Mistake, Words } from "./words.ts";

/** The attribute has one of these values; without `is`, it is given at all. */
export interface Condition {
  readonly attribute: string;
  readonly is?: readonly Value[] | undefined;
}

interface Told {
  /** Instead of the words that are made of the constraint. */
  readonly message?: Words | undefined;
}

/** All of them or none. */
export interface Together extends Told {
  readonly kind: "together";
  readonly attributes: readonly string[];
}
/** Never all of these at once. */
export interface Exclude extends Told {
  readonly kind: "exclude";
  readonly conditions: readonly Condition[];
}
/** When all of these hold, the attributes are given. */
export interface Require extends Told {
  readonly kind: "require";
  readonly when: readonly Condition[];
  readonly attributes: readonly string[];
}
/** When all of the attributes are given, they are one of the rows. */
export interface Combine extends Told {
  readonly kind: "combine";
  readonly attributes: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}
/** When all of these hold, the attribute (if it is given) lies between. */
export interface Bound extends Told {
  readonly kind: "bound";
  readonly when: readonly Condition[];
  readonly attribute: string;
  readonly min?: Value | undefined;
  readonly max?: Value | undefined;
}
/** When all of these hold, the region is told, is (in) one of `allow` if there are such, and in none of `deny`. */
export interface Region extends Told {
  readonly kind: "region";
  readonly when: readonly Condition[];
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}
export type Constraint = Together | Exclude | Require | Combine | Bound | Region;

export const REGION = /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/;
const LIST_MAX = 50;
const ROWS_MAX = 1_000;
const kinds = ["together", "exclude", "require", "combine", "bound", "region"] as const;

type Known = ReadonlyMap<string, Attribute>;

/** Reads one; what is wrong is told to `reading`. */
export function readConstraint(
  reading: Reading,
  at: string,
  given: unknown,
  known: Known,
): Constraint {
  const kindGiven = (given as { readonly kind?: unknown } | null | undefined)?.kind;
  const kind = reading.oneOf(`${at}/kind`, kindGiven, kinds) ?? "together";
  const fields = reading.fields(at, given, ["kind", "message", ...ownFields[kind]]);
  const message = reading.maybe(fields["message"], (words) =>
    reading.words(`${at}/message`, words),
  );
  const keys = (min: number): readonly string[] =>
    reading
      .list(`${at}/attributes`, fields["attributes"], min, LIST_MAX)
      .map((key, index) => readKey(reading, `${at}/attributes/${index}`, key, known).key);
  const conditions = (name: string, min: number): readonly Condition[] =>
    reading
      .list(`${at}/${name}`, fields[name] ?? [], min, LIST_MAX)
      .map((one, index) => readCondition(reading, `${at}/${name}/${index}`, one, known));
  switch (kind) {
    case "together":
      return { kind, message, attributes: keys(2) };
    case "exclude":
      return { kind, message, conditions: conditions("conditions", 2) };
    case "require":
      return { kind, message, when: conditions("when", 1), attributes: keys(1) };
    case "combine": {
      const attributes = keys(2);
      return {
        kind,
        message,
        attributes,
        rows: readRows(reading, at, fields["rows"], attributes, known),
      };
    }
    case "bound":
      return {
        kind,
        message,
        when: conditions("when", 1),
        ...readBounds(reading, at, fields, known),
      };
    case "region":
      return { kind, message, when: conditions("when", 0), ...readRegions(reading, at, fields) };
  }
}

const ownFields: Readonly<Record<Constraint["kind"], readonly string[]>> = {
  together: ["attributes"],
  exclude: ["conditions"],
  require: ["when", "attributes"],
  combine: ["attributes", "rows"],
  bound: ["when", "attribute", "min", "max"],
  region: ["when", "allow", "deny"],
};

const nobody: Attribute = {
  key: "",
  kind: "boolean",
  label: { en: "" },
  role: "product",
  required: false,
};

function readKey(reading: Reading, at: string, key: unknown, known: Known): Attribute {
  const found = typeof key === "string" ? known.get(key) : undefined;
  if (found === undefined) reading.problem(at, "the key of an attribute of this type");
  return found ?? nobody;
}

function readCondition(reading: Reading, at: string, given: unknown, known: Known): Condition {
  const fields = reading.fields(at, given, ["attribute", "is"]);
  const attribute = readKey(reading, `${at}/attribute`, fields["attribute"], known);
  const is = reading.maybe(fields["is"], (values) =>
    reading
      .list(`${at}/is`, values, 1, ROWS_MAX)
      .map((value, index) => readValue(reading, `${at}/is/${index}`, value, attribute)),
  );
  return { attribute: attribute.key, is };
}

function readValue(reading: Reading, at: string, value: unknown, attribute: Attribute): Value {
  if (isValueOf(attribute, value)) return value;
  reading.problem(at, `a value of ${attribute.key}`);
  return "";
}

function readRows(
  reading: Reading,
  at: string,
  given: unknown,
  keys: readonly string[],
  known: Known,
): readonly (readonly Value[])[] {
  return reading.list(`${at}/rows`, given, 1, ROWS_MAX).map((row, index) => {
    const here = `${at}/rows/${index}`;
    return reading
      .list(here, row, keys.length, keys.length)
      .map((value, place) =>
        readValue(reading, `${here}/${place}`, value, known.get(keys[place] ?? "") ?? nobody),
      );
  });
}

function readBounds(
  reading: Reading,
  at: string,
  given: Readonly<Record<string, unknown>>,
  known: Known,
) {
  const attribute = readKey(reading, `${at}/attribute`, given["attribute"], known);
  const isOrdered = ["integer", "decimal", "date"].includes(attribute.kind);
  reading.must(isOrdered, `${at}/attribute`, "a number or a date");
  const { min, max } = given;
  reading.must(min !== undefined || max !== undefined, at, "with a min or a max");
  const read = (name: string, value: unknown): Value =>
    readValue(reading, `${at}/${name}`, value, attribute);
  return {
    attribute: attribute.key,
    min: reading.maybe(min, (value) => read("min", value)),
    max: reading.maybe(max, (value) => read("max", value)),
  };
}

function readRegions(reading: Reading, at: string, given: Readonly<Record<string, unknown>>) {
  const { allow, deny } = given;
  reading.must(allow !== undefined || deny !== undefined, at, "with allow or deny");
  const read = (name: string, list: unknown): readonly string[] =>
    reading.list(`${at}/${name}`, list, 1, 300).map((region, index) => {
      if (typeof region === "string" && REGION.test(region)) return region;
      reading.problem(`${at}/${name}/${index}`, "a region such as GB or CN-31");
      return "";
    });
  return {
    allow: reading.maybe(allow, (list) => read("allow", list)),
    deny: reading.maybe(deny, (list) => read("deny", list)),
  };
}

/** `CN-31` is in `CN`. */
export function isIn(region: string, list: readonly string[]): boolean {
  return list.some((one) => region === one || region.startsWith(`${one}-`));
}

/** The value as something that can be compared: dates and decimals of one attribute by their digits. */
export function ranked(value: Value): number | bigint {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return BigInt(value.startsWith("-") ? `-${digitsOf(value)}` : digitsOf(value));
}

const digitsOf = (text: string): string => text.replaceAll(/[^0-9]/g, "") || "0";

export function lies(value: Value, { min, max }: Pick<Bound, "min" | "max">): boolean {
  const rank = ranked(value);
  return (min === undefined || rank >= ranked(min)) && (max === undefined || rank <= ranked(max));
}

const holds = (values: Values, { attribute, is }: Condition): boolean => {
  const value = values[attribute];
  return value !== undefined && (is === undefined || is.includes(value));
};

/** Is it kept? Values are known to be values of their attributes. */
export function isKept(
  constraint: Constraint,
  values: Values,
  region: string | undefined,
): boolean {
  const given = (key: string): boolean => values[key] !== undefined;
  const all = (conditions: readonly Condition[]): boolean =>
    conditions.every((condition) => holds(values, condition));
  switch (constraint.kind) {
    case "together":
      return constraint.attributes.every(given) || !constraint.attributes.some(given);
    case "exclude":
      return !all(constraint.conditions);
    case "require":
      return !all(constraint.when) || constraint.attributes.every(given);
    case "combine": {
      const { attributes, rows } = constraint;
      if (!attributes.every(given)) return true;
      return rows.some((row) => attributes.every((key, place) => values[key] === row[place]));
    }
    case "bound": {
      const value = values[constraint.attribute];
      return value === undefined || !all(constraint.when) || lies(value, constraint);
    }
    case "region": {
      if (!all(constraint.when)) return true;
      if (region === undefined) return false;
      const { allow, deny = [] } = constraint;
      return (allow === undefined || isIn(region, allow)) && !isIn(region, deny);
    }
  }
}

/** Where the buyer's form shows it: product and variant are chosen by the SKU, and have no field of their own. */
function placeOf(constraint: Constraint, known: Known): string {
  if (constraint.kind === "region") return "/region";
  const asked = namedIn(constraint).find((key) => known.get(key)?.role === "buyer");
  return asked === undefined ? "/sku" : `/attributes/${asked}`;
}

/** What the buyer is told when it is broken. */
export function brokenMistake(constraint: Constraint, known: Known): Mistake {
  const at = placeOf(constraint, known);
  const { message } = constraint;
  if (message !== undefined) {
    return {
      at,
      code: "constraint_broken",
      message: { en: message.en, zh: message.zh ?? message.en },
    };
  }
  const names = namedIn(constraint).map((key) => known.get(key)?.label ?? { en: key });
  const en = names.map((label) => label.en).join(", ");
  const zh = names.map((label) => label.zh ?? label.en).join("、");
  return { at, code: "constraint_broken", message: madeWords[constraint.kind](en, zh) };
}

export function namedIn(constraint: Constraint): readonly string[] {
  const named = (conditions: readonly Condition[]): string[] =>
    conditions.map(({ attribute }) => attribute);
  switch (constraint.kind) {
    case "together":
    case "combine":
      return constraint.attributes;
    case "exclude":
      return named(constraint.conditions);
    case "require":
      return [...constraint.attributes, ...named(constraint.when)];
    case "bound":
      return [constraint.attribute, ...named(constraint.when)];
    case "region":
      return named(constraint.when);
  }
}

const madeWords: Readonly<Record<Constraint["kind"], (en: string, zh: string) => Required<Words>>> =
  {
    together: (en, zh) => ({
      en: `${en}: give all of them or none`,
      zh: `${zh}：须同时填写或都不填`,
    }),
    exclude: (en, zh) => ({ en: `${en}: not together like this`, zh: `${zh}：不能这样同时选择` }),
    require: (en, zh) => ({ en: `${en}: the first must be given here`, zh: `${zh}：此时前者必填` }),
    combine: (en, zh) => ({ en: `${en}: not sold in this combination`, zh: `${zh}：没有这种组合` }),
    bound: (en, zh) => ({
      en: `${en}: out of what is possible here`,
      zh: `${zh}：超出此时允许的范围`,
    }),
    region: () => ({
      en: "not sold in this region, or no region is given",
      zh: "该地区不销售，或未填写地区",
    }),
  };
