/** The values of one field, ready to be asked for the next and the one before. */
import type { CronPart } from "./cron-fields.ts";

/** The answer when there is no such value. */
export const NONE = -1;

export interface Values {
  readonly first: number;
  readonly last: number;
  /** The smallest value at or after an index from 0 to one beyond the largest, or NONE. */
  readonly atOrAfter: Int16Array;
  /** The largest value at or before an index from 0 to one beyond the largest, or NONE. */
  readonly atOrBefore: Int16Array;
}

/** Makes the tables of a field's spans for values from `min` to `max`, counted from `min`. */
export function valuesOf(parts: readonly CronPart[], min: number, max: number): Values {
  const size = max - min + 1;
  const present = new Uint8Array(size);
  for (const part of parts) {
    if (part.kind !== "span") continue;
    for (let value = part.from; value <= part.to; value += part.step) present[value - min] = 1;
  }
  const atOrAfter = new Int16Array(size + 1).fill(NONE);
  const atOrBefore = new Int16Array(size + 1).fill(NONE);
  for (let index = size - 1; index >= 0; index--) {
    atOrAfter[index] = present[index] === 1 ? index : (atOrAfter[index + 1] ?? NONE);
  }
  for (let index = 0; index <= size; index++) {
    atOrBefore[index] = present[index] === 1 ? index : (atOrBefore[index - 1] ?? NONE);
  }
  const [first = NONE, last = NONE] = [atOrAfter[0], atOrBefore[size]];
  return { first, last, atOrAfter, atOrBefore };
}
