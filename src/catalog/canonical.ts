/** One spelling of a value, so that equal values have equal hashes. */
import { createHash } from "node:crypto";

/** JSON with sorted keys, without blanks; a bigint is its decimal text, what is undefined is left out. */
export function canonical(value: unknown): string {
  return written(value) ?? "null";
}

/** Piece by piece, without a sorted copy: quotes of hundreds of lines are written thousands of times. */
function written(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `"${value}"`;
    case "object":
      break;
    default:
      return JSON.stringify(value);
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map((one) => written(one) ?? "null").join(",")}]`;
  let text = "";
  for (const key of sortedKeys(value)) {
    const held = written((value as Readonly<Record<string, unknown>>)[key]);
    if (held !== undefined) text += `${text === "" ? "" : ","}${nameOf(key)}:${held}`;
  }
  return `{${text}}`;
}

/** Names of fields are few and come again; attributes may have any. */
const names = new Map<string, string>();
const NAMES_MAX = 1_000;

function nameOf(key: string): string {
  let name = names.get(key);
  if (name !== undefined) return name;
  name = JSON.stringify(key);
  if (names.size < NAMES_MAX) names.set(key, name);
  return name;
}

const INDEX_MAX = 2 ** 32 - 2;
const isNumber = (key: string): boolean =>
  /^(0|[1-9][0-9]{0,9})$/.test(key) && Number(key) <= INDEX_MAX;

/** By their letters; but numbers come first and in their own order, as every object of JavaScript has them. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  let before = "";
  let isSorted = true;
  let mayBeNumbers = false;
  for (const key of keys) {
    if (before > key) isSorted = false;
    if (key <= "9:" && key >= "0") mayBeNumbers = true;
    before = key;
  }
  if (!isSorted) keys.sort();
  if (!mayBeNumbers) return keys;
  return [
    ...keys.filter(isNumber).sort((a, b) => Number(a) - Number(b)),
    ...keys.filter((key) => !isNumber(key)),
  ];
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
