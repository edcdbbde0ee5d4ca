/**
 * The words of JSON Schema that contracts and input and output nodes may use, checked by ourselves. A word that is
 * not checked here is refused at import: nobody should believe in a bound that nobody looks at. `pattern` is
 * among those: a stranger's regular expression can hold a process up for minutes.
 */
import { formatNames, hasFormat, isFormat } from "./json-format.ts";
import { isObject, isSame } from "./jdm/json.ts";

export type Schema = Readonly<Record<string, unknown>>;

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];
const NOTES = [
  "$schema",
  "$id",
  "title",
  "description",
  "default",
  "examples",
  "$comment",
  "deprecated",
];
const NUMBERS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const COUNTS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];
const SCHEMAS = ["items", "not"];
const LISTS = ["anyOf", "allOf", "oneOf"];
/** Ours: a whole number of minor units. */
const MONEY = "x-money";
const DEPTH_MAX = 32;

/** What is wrong with a schema, with the path to it. */
export function checkSchema(schema: unknown, path = "#", depth = 0): readonly string[] {
  if (depth > DEPTH_MAX) return [`${path} is deeper than ${DEPTH_MAX}`];
  if (typeof schema === "boolean") return [];
  if (!isObject(schema)) return [`${path} is no schema`];
  return Object.entries(schema).flatMap(([word, value]) => checkWord(word, value, path, depth));
}

const isStep = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && value > 0;

function checkWord(word: string, value: unknown, path: string, depth: number): readonly string[] {
  const at = `${path}/${word}`;
  const inner = (one: unknown, under: string) => checkSchema(one, under, depth + 1);
  const unless = (holds: boolean, expected: string) => (holds ? [] : [`${at} is not ${expected}`]);
  if (NOTES.includes(word)) return [];
  if (word === "multipleOf") return unless(isStep(value), "a number above 0");
  if (NUMBERS.includes(word)) return unless(typeof value === "number", "a number");
  if (COUNTS.includes(word)) return unless(Number.isInteger(value), "a whole number");
  if (SCHEMAS.includes(word)) return inner(value, at);
  if (LISTS.includes(word)) {
    if (!Array.isArray(value)) return [`${at} is not a list`];
    return value.flatMap((one, i) => inner(one, `${at}/${i}`));
  }
  switch (word) {
    case "type": {
      const types: readonly unknown[] = Array.isArray(value) ? value : [value];
      return unless(
        types.every((one) => TYPES.includes(one as string)),
        `of ${TYPES.join(", ")}`,
      );
    }
    case "format":
      return unless(isFormat(value), `one of ${formatNames.join(", ")}`);
    case "enum":
      return unless(Array.isArray(value), "a list");
    case "const":
      return [];
    case MONEY:
      return unless(typeof value === "boolean", "true or false");
    case "required": {
      const isNames = Array.isArray(value) && value.every((name) => typeof name === "string");
      return unless(isNames, "a list of names");
    }
    case "properties":
      if (!isObject(value)) return [`${at} is no object`];
      return Object.entries(value).flatMap(([name, one]) => inner(one, `${at}/${name}`));
    case "additionalProperties":
      return inner(value, at);
    default:
      return [`${at} is a word that isn't checked here`];
  }
}

/** What a value lacks, in order of its fields. `money` marks what is no whole number of minor units. */
export interface Mismatch {
  readonly path: string;
  readonly problem: string;
  readonly kind: "missing" | "money" | "other";
  readonly value?: unknown;
}

export function mismatches(schema: unknown, value: unknown, path = ""): readonly Mismatch[] {
  if (schema === true || schema === undefined) return [];
  const at = path === "" ? "it" : path;
  const wrong = (problem: string): readonly Mismatch[] => [
    { path: at, problem, kind: "other", value },
  ];
  if (!isObject(schema)) return wrong("is not allowed");
  return [
    ...checkType(schema, value, at),
    ...checkMoney(schema, value, at),
    ...checkValue(schema, value).flatMap(wrong),
    ...checkFields(schema, value, path),
    ...checkItems(schema, value, path),
    ...checkChoices(schema, value, path).flatMap((one) =>
      typeof one === "string" ? wrong(one) : [one],
    ),
  ];
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function checkType(schema: Schema, value: unknown, path: string): readonly Mismatch[] {
  const { type } = schema;
  if (type === undefined) return [];
  const types = (Array.isArray(type) ? type : [type]) as readonly string[];
  const fits = types.some((one) =>
    one === "integer" ? Number.isInteger(value) : one === typeOf(value),
  );
  if (fits) return [];
  const kind = value === null ? "missing" : "other";
  return [{ path, problem: `is ${typeOf(value)}, not ${types.join(" or ")}`, kind, value }];
}

function checkMoney(schema: Schema, value: unknown, path: string): readonly Mismatch[] {
  if (schema[MONEY] !== true || value === undefined) return [];
  if (Number.isSafeInteger(value)) return [];
  return [{ path, problem: "is no whole number of minor units", kind: "money", value }];
}

function checkValue(schema: Schema, value: unknown): readonly string[] {
  const problems: string[] = [];
  const { enum: listed } = schema;
  if (Array.isArray(listed) && !listed.some((one) => isSame(one, value))) {
    problems.push(`is none of ${JSON.stringify(listed)}`);
  }
  if ("const" in schema && !isSame(schema["const"], value)) {
    problems.push(`is not ${JSON.stringify(schema["const"])}`);
  }
  if (typeof value === "number") problems.push(...numberProblems(schema, value));
  if (typeof value === "string") {
    problems.push(...countProblems(schema, Array.from(value).length, "Length", "characters"));
    const { format } = schema;
    if (isFormat(format) && !hasFormat(format, value)) problems.push(`is no ${format}`);
  }
  return problems;
}

function numberProblems(schema: Schema, value: number): readonly string[] {
  const bound = (word: string): number | undefined => {
    const limit = schema[word];
    return typeof limit === "number" ? limit : undefined;
  };
  const problems: string[] = [];
  const { minimum, maximum, step } = {
    minimum: bound("minimum"),
    maximum: bound("maximum"),
    step: bound("multipleOf"),
  };
  const [above, below] = [bound("exclusiveMinimum"), bound("exclusiveMaximum")];
  if (minimum !== undefined && value < minimum) problems.push(`is below ${minimum}`);
  if (maximum !== undefined && value > maximum) problems.push(`is above ${maximum}`);
  if (above !== undefined && value <= above) problems.push(`is not above ${above}`);
  if (below !== undefined && value >= below) problems.push(`is not below ${below}`);
  if (step !== undefined && !isMultiple(value, step)) problems.push(`is no multiple of ${step}`);
  return problems;
}

/** By their decimal digits: as doubles 19.99 is no multiple of 0.01. */
function isMultiple(value: number, step: number): boolean {
  const [one, other] = [decimalOf(value), decimalOf(step)];
  const places = Math.max(one.places, other.places);
  const whole = ({ digits, places: own }: Decimal): bigint => digits * 10n ** BigInt(places - own);
  return whole(one) % whole(other) === 0n;
}

interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

function decimalOf(value: number): Decimal {
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const places = fraction.length - Number(exponent);
  const digits = BigInt(`${whole}${fraction}`);
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}

function countProblems(schema: Schema, count: number, word: string, of: string): readonly string[] {
  const least = schema[`min${word}`];
  const most = schema[`max${word}`];
  if (typeof least === "number" && count < least) return [`has fewer than ${least} ${of}`];
  if (typeof most === "number" && count > most) return [`has more than ${most} ${of}`];
  return [];
}

function checkFields(schema: Schema, value: unknown, path: string): readonly Mismatch[] {
  if (!isObject(value)) return [];
  const under = (name: string) => (path === "" ? name : `${path}.${name}`);
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = (schema["required"] ?? []) as readonly string[];
  const rest = schema["additionalProperties"];
  const missing = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name): Mismatch => ({ path: under(name), problem: "is missing", kind: "missing" }));
  const inside = Object.entries(value).flatMap(([name, one]) => {
    const known = Object.hasOwn(properties, name);
    return mismatches(known ? properties[name] : rest, one, under(name));
  });
  const count = countProblems(schema, Object.keys(value).length, "Properties", "fields").map(
    (problem): Mismatch => ({ path: path === "" ? "it" : path, problem, kind: "other" }),
  );
  return [...missing, ...inside, ...count];
}

function checkItems(schema: Schema, value: unknown, path: string): readonly Mismatch[] {
  if (!Array.isArray(value)) return [];
  const at = path === "" ? "it" : path;
  const problems = countProblems(schema, value.length, "Items", "entries");
  return [
    ...problems.map((problem): Mismatch => ({ path: at, problem, kind: "other", value })),
    ...value.flatMap((one, i) => mismatches(schema["items"], one, `${path}[${i}]`)),
  ];
}

function checkChoices(
  schema: Schema,
  value: unknown,
  path: string,
): readonly (string | Mismatch)[] {
  const listed = (word: string) => schema[word] as readonly unknown[] | undefined;
  const fits = (one: unknown) => mismatches(one, value, path).length === 0;
  const problems: (string | Mismatch)[] = (listed("allOf") ?? []).flatMap((one) => [
    ...mismatches(one, value, path),
  ]);
  if (listed("anyOf")?.some(fits) === false) problems.push("fits none of anyOf");
  const one = listed("oneOf")?.filter(fits).length;
  if (one !== undefined && one !== 1) problems.push(`fits ${one} of oneOf`);
  if ("not" in schema && fits(schema["not"])) problems.push("fits what it must not");
  return problems;
}
