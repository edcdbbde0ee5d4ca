/** What goes into a decision and comes out of it: exact numbers, as agreed, and never nothing. */
import { fail } from "../base/index.ts";
import type { Compiled } from "./compiled.ts";
import { missingOf } from "./demanded.ts";
import { isObject, type JsonObject, setField } from "./jdm/json.ts";
import { type Mismatch, mismatches } from "./json-schema.ts";
import { rulesErrors } from "./rules.errors.ts";
import { must } from "./version.ts";

/** A decision's own words for messages. */
export interface Named {
  readonly name: string;
  readonly version: number;
}

/** Of JSON: the longest baskets that a catalogue quotes go in whole. */
export const INPUT_MAX_LENGTH = 524_288;
export const OUTPUT_MAX_LENGTH = 524_288;
const DEPTH_MAX = 32;
/** Between these the engine keeps every double to the digit; outside it ends its process. */
const FRACTION_MIN = 1e-9;
const FRACTION_MAX = 1e15;

/**
 * A copy of the input as JSON: amounts may come as bigint, what is undefined isn't there.
 * Refuses: rules.field_malformed, rules.number_inexact.
 */
export function readInput(input: unknown): JsonObject {
  must(isObject(input), "input", "an object");
  return plain(input, "input", 0) as JsonObject;
}

function plain(value: unknown, path: string, depth: number): unknown {
  must(depth <= DEPTH_MAX, path, `at most ${DEPTH_MAX} deep`);
  switch (typeof value) {
    case "string":
      must(value.isWellFormed(), path, "well-formed Unicode");
      return value;
    case "boolean":
      return value;
    case "number":
      checkNumber(value, path);
      return value === 0 ? 0 : value;
    case "bigint": {
      const number = Number(value);
      if (!Number.isSafeInteger(number)) throw fail(rulesErrors, "number_inexact", { path, value });
      return number;
    }
    case "object":
      return value === null ? null : plainInside(value, path, depth);
    default:
      must(false, path, "JSON");
      return undefined;
  }
}

function plainInside(value: object, path: string, depth: number): unknown {
  if (Array.isArray(value)) {
    return value.map((one: unknown, i) => plain(one ?? null, `${path}[${i}]`, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  must(prototype === Object.prototype || prototype === null, path, "plain data");
  const copy: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) {
    if (one !== undefined) setField(copy, key, plain(one, `${path}.${key}`, depth + 1));
  }
  return copy;
}

/** Refuses: rules.number_inexact. */
function checkNumber(value: number, path: string): void {
  const size = Math.abs(value);
  const isExact = Number.isInteger(value)
    ? Number.isSafeInteger(value)
    : size >= FRACTION_MIN && size <= FRACTION_MAX;
  if (!isExact) throw fail(rulesErrors, "number_inexact", { path, value: String(value) });
}

/** Refuses: rules.input_refused, rules.money_inexact. */
export function checkInput(
  schemas: readonly unknown[],
  input: JsonObject,
  { name, version }: Named,
): void {
  const found = schemas.flatMap((schema) => mismatches(schema, input));
  if (found.length === 0) return;
  throwMoney(found);
  const mistakes = found.map(({ path, problem }) => ({
    at: path === "it" ? "input" : `input.${path}`,
    message: { en: problem },
  }));
  throw fail(rulesErrors, "input_refused", { name, version, problems: textsOf(found), mistakes });
}

/**
 * Nothing is no answer, nor is an object without a field, nor one that lacks what the contract demands.
 * Refuses: rules.answer_null, rules.money_inexact, rules.number_inexact, rules.output_refused.
 */
export function checkOutput(
  { outputSchemas: schemas, demanded }: Pick<Compiled, "outputSchemas" | "demanded">,
  output: unknown,
  { name, version }: Named,
): void {
  const none = (problem: string) => fail(rulesErrors, "answer_null", { name, version, problem });
  if (output === null || output === undefined) throw none("it is null");
  if (isObject(output) && Object.keys(output).length === 0) throw none("no row or branch fits");
  checkNumbers(output, "output");
  // Where nobody said what may be null, nothing may: it is what a division by zero or a missing field becomes.
  const lacking = missingOf(demanded, output);
  if (lacking !== undefined) throw none(`${lacking} is null, or not there`);
  const empty = schemas.length === 0 ? nullIn(output, "") : undefined;
  if (empty !== undefined) throw none(`${empty} is null`);
  const found = schemas.flatMap((schema) => mismatches(schema, output));
  if (found.length === 0) return;
  const missing = found.find(({ kind, value }) => kind === "missing" || value === null);
  if (missing !== undefined) throw none(`${missing.path} ${missing.problem}`);
  throwMoney(found);
  throw fail(rulesErrors, "output_refused", { name, version, problems: textsOf(found) });
}

/** A whole number beyond 2^53 came through a double: nobody knows any more which it was. */
function checkNumbers(value: unknown, path: string): void {
  if (typeof value === "number") {
    const isWhole = Number.isInteger(value);
    if (isWhole ? Number.isSafeInteger(value) : Math.abs(value) <= FRACTION_MAX) return;
    throw fail(rulesErrors, "number_inexact", { path, value: String(value) });
  }
  if (Array.isArray(value)) value.forEach((one, i) => checkNumbers(one, `${path}[${i}]`));
  else if (isObject(value)) {
    for (const [key, one] of Object.entries(value)) checkNumbers(one, `${path}.${key}`);
  }
}

/** An answer is kept in memory and in the log. Refuses: rules.output_refused. */
export function checkLength(output: string, { name, version }: Named): void {
  if (output.length <= OUTPUT_MAX_LENGTH) return;
  const problems = `it has ${output.length} characters, and ${OUTPUT_MAX_LENGTH} are the most`;
  throw fail(rulesErrors, "output_refused", { name, version, problems: [problems] });
}

function nullIn(value: unknown, path: string): string | undefined {
  if (value === null) return path;
  if (typeof value !== "object") return undefined;
  for (const [key, one] of Object.entries(value)) {
    const found = nullIn(one, path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function throwMoney(found: readonly Mismatch[]): void {
  const money = found.find(({ kind }) => kind === "money");
  if (money === undefined) return;
  throw fail(rulesErrors, "money_inexact", {
    path: money.path,
    value: JSON.stringify(money.value),
  });
}

const textsOf = (found: readonly Mismatch[]): readonly string[] =>
  found.map(({ path, problem }) => `${path} ${problem}`);
