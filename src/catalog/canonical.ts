/** One spelling of a value, so that equal values have equal hashes. */
import { createHash } from "node:crypto";

/** JSON with sorted keys, without blanks; a bigint is its decimal text, what is undefined is left out. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
}

export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function sorted(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).filter(([, held]) => held !== undefined);
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // Not an assignment by key: `__proto__` would vanish.
  return Object.fromEntries(pairs.map(([key, held]) => [key, sorted(held)]));
}
