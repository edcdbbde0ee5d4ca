/**
 * Cells that we decide ourselves, to the letter as the engine does: literals, lists of them, comparisons and
 * ranges of numbers. Everything else is `undefined` here and the engine's business.
 *
 * Numbers are compared as doubles, which is exact: a literal of at most 15 digits is the shortest text of its
 * double, the engine reads an input number by its shortest text, and shortest texts are ordered as doubles are.
 */

export type Scalar = string | number | boolean | null;

/** Does this value of the column's field fit the cell? Of what is no scalar nobody here knows. */
export type CellTest = (value: Scalar) => boolean;

export interface Cell {
  readonly test: CellTest;
  /** The values that fit, where they can be listed: such a cell can be looked up instead of tried. */
  readonly equals: readonly Scalar[] | undefined;
}

const NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,14})?$/;
const DIGITS_MAX = 15;
// A backslash means something to the engine's strings, a backtick begins a template.
const STRING = /^(?:"[^"\\]*"|'[^'\\]*')$/;

/** A literal's value, or undefined. */
export function literalOf(text: string): Scalar | undefined {
  if (STRING.test(text)) return text.slice(1, -1);
  if (text === "true") return true;
  if (text === "false") return false;
  if (text === "null") return null;
  return numberOf(text);
}

function numberOf(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const digits = text.length - (text.includes(".") ? 1 : 0) - (text.startsWith("-") ? 1 : 0);
  if (digits > DIGITS_MAX) return undefined;
  const value = Number(text);
  return value === 0 ? 0 : value;
}

const COMPARISON = /^(>=|<=|==|!=|>|<)\s*(.+)$/;
const RANGE = /^([[(])\s*([^\s.]+(?:\.[0-9]+)?)\s*\.\.\s*([^\s]+?)\s*([\])])$/;

/** What a cell that judges its field means. */
export function cellOf(text: string): Cell | undefined {
  const trimmed = text.trim();
  const literals = listOf(trimmed);
  if (literals !== undefined) {
    const known = new Set(literals);
    return { test: (value) => known.has(value), equals: [...known] };
  }
  return comparisonOf(trimmed) ?? bothOf(trimmed) ?? rangeOf(trimmed);
}

/** `"a", "b"`; what stands in quotes may hold commas. */
function listOf(text: string): readonly Scalar[] | undefined {
  const values: Scalar[] = [];
  for (const part of partsOf(text)) {
    const value = literalOf(part.trim());
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function partsOf(text: string): readonly string[] {
  if (!text.includes(",")) return [text];
  const parts: string[] = [];
  let from = 0;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === ",") {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}

function comparisonOf(text: string): Cell | undefined {
  const [, sign, right = ""] = COMPARISON.exec(text) ?? [];
  if (sign === undefined) return undefined;
  if (sign === "==" || sign === "!=") {
    const literal = literalOf(right);
    if (literal === undefined) return undefined;
    if (sign === "==") return { test: (value) => value === literal, equals: [literal] };
    return { test: (value) => value !== literal, equals: undefined };
  }
  const bound = numberOf(right);
  if (bound === undefined) return undefined;
  return {
    test: (value) => typeof value === "number" && compares(value, sign, bound),
    equals: undefined,
  };
}

/** `>= 5 and < 10`. */
function bothOf(text: string): Cell | undefined {
  const parts = text.split(" and ");
  const [one, other] = parts.map((part) => comparisonOf(part.trim()));
  if (parts.length !== 2 || one === undefined || other === undefined) return undefined;
  if (/[=!]=/.test(text.replaceAll(/[<>]=/g, "")) || /["']/.test(text)) return undefined;
  return { test: (value) => one.test(value) && other.test(value), equals: undefined };
}

function rangeOf(text: string): Cell | undefined {
  const [, opening, low = "", high = "", closing] = RANGE.exec(text) ?? [];
  const from = numberOf(low);
  const to = numberOf(high);
  if (from === undefined || to === undefined) return undefined;
  const above = opening === "[" ? ">=" : ">";
  const below = closing === "]" ? "<=" : "<";
  return {
    test: (value) =>
      typeof value === "number" && compares(value, above, from) && compares(value, below, to),
    equals: undefined,
  };
}

function compares(value: number, sign: string, bound: number): boolean {
  switch (sign) {
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "<":
      return value < bound;
    default:
      return value <= bound;
  }
}

const PATH = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;
/** Words that the engine reads as something else than a name. */
const RESERVED = new Set(["true", "false", "null", "and", "or", "not", "in", "undefined"]);

/** `customer.tier` as its names, if it is just that. */
export function pathOf(text: string): readonly string[] | undefined {
  if (!PATH.test(text)) return undefined;
  const names = text.split(".");
  const isOdd = (name: string): boolean => RESERVED.has(name) || name === "__proto__";
  return names.some(isOdd) ? undefined : names;
}
