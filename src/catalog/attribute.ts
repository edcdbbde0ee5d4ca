/**
 * Attributes of a product type: what a product, a variant or a buyer says of a thing, in a typed way.
 * Values are plain JSON: text, whole numbers, decimals as text with exactly their scale, dates as
 * `yyyy-mm-dd`. One value has one spelling.
 */
import type { Reading } from "./reading.ts";
import { patternProblem } from "./text-pattern.ts";
import type { Words } from "./words.ts";

export type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;

/** Who says it: the product (its material), the variant (its size), the buyer (what to engrave). */
export type Role = "product" | "variant" | "buyer";
export const roles: readonly Role[] = ["product", "variant", "buyer"];

interface Base {
  readonly key: string;
  readonly label: Words;
  readonly role: Role;
  readonly required: boolean;
  readonly unit?: Words | undefined;
  readonly hint?: Words | undefined;
}

export interface TextAttribute extends Base {
  readonly kind: "text";
  /** In characters as people count them (code points); at least 1: an empty text is no value. */
  readonly minLength: number;
  readonly maxLength: number;
  /** Of the whole text; see text-pattern.ts for what it may hold. */
  readonly pattern?: string | undefined;
}
export interface IntegerAttribute extends Base {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
}
export interface DecimalAttribute extends Base {
  readonly kind: "decimal";
  readonly scale: number;
  readonly min: string;
  readonly max: string;
}
export interface BooleanAttribute extends Base {
  readonly kind: "boolean";
}
export interface Choice {
  readonly value: string;
  readonly label: Words;
}
export interface ChoiceAttribute extends Base {
  readonly kind: "choice";
  readonly choices: readonly Choice[];
}
export interface DateAttribute extends Base {
  readonly kind: "date";
  readonly min: string;
  readonly max: string;
}
export type Attribute =
  | TextAttribute
  | IntegerAttribute
  | DecimalAttribute
  | BooleanAttribute
  | ChoiceAttribute
  | DateAttribute;

const kinds = ["text", "integer", "decimal", "boolean", "choice", "date"] as const;
// Not the one name in small letters that every object has.
const KEY = /^(?!constructor$)[a-z][a-z0-9_]{0,39}$/;
export const TEXT_VALUE_MAX = 1_000;
const CHOICES_MAX = 500;
const SCALE_MAX = 9;
const WHOLE_DIGITS_MAX = 12;
const DATE_MIN = "1900-01-01";
const DATE_MAX = "2199-12-31";
const baseFields = ["key", "label", "role", "required", "unit", "hint", "kind"];

/** Reads one; what is wrong is told to `reading`. */
export function readAttribute(reading: Reading, at: string, given: unknown): Attribute {
  const kindGiven = (given as { readonly kind?: unknown } | null | undefined)?.kind;
  const kind = reading.oneOf(`${at}/kind`, kindGiven, kinds) ?? "boolean";
  const fields = reading.fields(at, given, [...baseFields, ...ownFields[kind]]);
  const { key, label, role, required, unit, hint } = fields;
  const isKey = typeof key === "string" && KEY.test(key);
  reading.must(isKey, `${at}/key`, "a small letter, then up to 39 of a-z, 0-9, _");
  const base = {
    key: isKey ? key : "",
    label: reading.words(`${at}/label`, label),
    role: reading.oneOf(`${at}/role`, role, roles) ?? "product",
    required: reading.flag(`${at}/required`, required),
    unit: reading.maybe(unit, (words) => reading.words(`${at}/unit`, words, 40)),
    hint: reading.maybe(hint, (words) => reading.words(`${at}/hint`, words, 400)),
  };
  switch (kind) {
    case "text":
      return { ...base, kind, ...readText(reading, at, fields) };
    case "integer":
      return { ...base, kind, ...readInteger(reading, at, fields) };
    case "decimal":
      return { ...base, kind, ...readDecimal(reading, at, fields) };
    case "boolean":
      return { ...base, kind };
    case "choice":
      return { ...base, kind, choices: readChoices(reading, at, fields["choices"]) };
    case "date":
      return { ...base, kind, ...readDates(reading, at, fields) };
  }
}

const ownFields: Readonly<Record<Attribute["kind"], readonly string[]>> = {
  text: ["minLength", "maxLength", "pattern"],
  integer: ["min", "max"],
  decimal: ["scale", "min", "max"],
  boolean: [],
  choice: ["choices"],
  date: ["min", "max"],
};

type Given = Readonly<Record<string, unknown>>;

function readText(reading: Reading, at: string, given: Given) {
  const { minLength = 1, maxLength = 200, pattern } = given;
  const max = reading.integer(`${at}/maxLength`, maxLength, 1, TEXT_VALUE_MAX);
  const min = reading.integer(`${at}/minLength`, minLength, 1, max);
  if (pattern === undefined) return { minLength: min, maxLength: max };
  const text = typeof pattern === "string" ? pattern : "";
  const problem = text === "" ? "a pattern, as text" : patternProblem(text, max);
  if (problem !== undefined) reading.problem(`${at}/pattern`, problem);
  return { minLength: min, maxLength: max, pattern: text };
}

function readInteger(reading: Reading, at: string, given: Given) {
  const [least, most] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const min = reading.integer(`${at}/min`, given["min"] ?? least, least, most);
  return { min, max: reading.integer(`${at}/max`, given["max"] ?? most, min, most) };
}

function readDecimal(reading: Reading, at: string, given: Given) {
  const scale = reading.integer(`${at}/scale`, given["scale"] ?? 2, 0, SCALE_MAX);
  const nines = `${"9".repeat(WHOLE_DIGITS_MAX)}${scale === 0 ? "" : `.${"9".repeat(scale)}`}`;
  const read = (name: string, otherwise: string): string => {
    const value = given[name] ?? otherwise;
    if (typeof value === "string" && decimalDigits(value, scale) !== undefined) return value;
    reading.problem(`${at}/${name}`, `a decimal with exactly ${scale} decimals, as text`);
    return otherwise;
  };
  const [min, max] = [read("min", `-${nines}`), read("max", nines)];
  const isRange = (decimalDigits(min, scale) ?? 0n) <= (decimalDigits(max, scale) ?? 0n);
  reading.must(isRange, `${at}/max`, `at least ${min}`);
  return { scale, min, max };
}

function readChoices(reading: Reading, at: string, given: unknown): readonly Choice[] {
  const seen = new Set<string>();
  return reading.list(`${at}/choices`, given, 1, CHOICES_MAX).map((one, index) => {
    const here = `${at}/choices/${index}`;
    const { value, label } = reading.fields(here, one, ["value", "label"]);
    const read = reading.text(`${here}/value`, value, 100);
    reading.must(!seen.has(read), `${here}/value`, "another value than those before");
    seen.add(read);
    return { value: read, label: reading.words(`${here}/label`, label) };
  });
}

function readDates(reading: Reading, at: string, given: Given) {
  const read = (name: string, otherwise: string): string => {
    const value = given[name] ?? otherwise;
    if (isDate(value) && value >= DATE_MIN && value <= DATE_MAX) return value;
    reading.problem(`${at}/${name}`, `a day yyyy-mm-dd from ${DATE_MIN} to ${DATE_MAX}`);
    return otherwise;
  };
  const [min, max] = [read("min", DATE_MIN), read("max", DATE_MAX)];
  reading.must(min <= max, `${at}/max`, `at least ${min}`);
  return { min, max };
}

const DECIMAL = /^-?(?:0|[1-9][0-9]{0,11})(?:\.([0-9]{1,9}))?$/;

/** The decimal in its last place, or undefined if it isn't written with exactly `scale` decimals. */
export function decimalDigits(text: string, scale: number): bigint | undefined {
  const parts = DECIMAL.exec(text);
  if (parts === null || (parts[1]?.length ?? 0) !== scale) return undefined;
  const digits = BigInt(text.replace(".", ""));
  return digits === 0n && text.startsWith("-") ? undefined : digits;
}

/** A day that the calendar has, as `yyyy-mm-dd`. */
export function isDate(value: unknown): value is string {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}
