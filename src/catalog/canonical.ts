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
    if (held !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${held}`;
  }
  return `{${text}}`;
}

const INDEX_MAX = 2 ** 32 - 2;
const isNumber = (key: string): boolean =>
  /^(0|[1-9][0-9]{0,9})$/.test(key) && Number(key) <= INDEX_MAX;

/** By their letters; but numbers come first and in their own order, as every object of JavaScript has them. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] ?? "") > (keys[i] ?? "")) {
      keys.sort();
      break;
    }
  }
  const numbers = keys.filter(isNumber);
  if (numbers.length === 0) return keys;
  return [
    ...numbers.sort((a, b) => Number(a) - Number(b)),
    ...keys.filter((key) => !isNumber(key)),
  ];
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
