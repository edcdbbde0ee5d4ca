/** Where two answers differ. */
import { isObject, isSame } from "./jdm/json.ts";

export interface Difference {
  /** Such as `total.amountMinor` or `lines[2].price`; empty where the answers differ as a whole. */
  readonly path: string;
  /** Undefined: it wasn't there, or won't be. */
  readonly was: unknown;
  readonly wouldBe: unknown;
}

/** The innermost places, in the order of the first answer's fields; `most` of them. */
export function differencesOf(was: unknown, wouldBe: unknown, most: number): readonly Difference[] {
  const found: Difference[] = [];
  walk(was, wouldBe, "", found, most);
  return found;
}

function walk(
  was: unknown,
  wouldBe: unknown,
  path: string,
  found: Difference[],
  most: number,
): void {
  if (found.length >= most || isSame(was, wouldBe)) return;
  if (isObject(was) && isObject(wouldBe)) {
    for (const key of new Set([...Object.keys(was), ...Object.keys(wouldBe)])) {
      const one = Object.hasOwn(was, key) ? was[key] : undefined;
      const other = Object.hasOwn(wouldBe, key) ? wouldBe[key] : undefined;
      walk(one, other, path === "" ? key : `${path}.${key}`, found, most);
    }
  } else if (Array.isArray(was) && Array.isArray(wouldBe)) {
    const length = Math.max(was.length, wouldBe.length);
    for (let i = 0; i < length; i++) walk(was[i], wouldBe[i], `${path}[${i}]`, found, most);
  } else found.push({ path, was, wouldBe });
}
