/** The values of one field, ready to be asked for the next and the one before. */
import type { CronPart } from "./cron-fields.ts";

/** The answer when there is no such value. */
export const NONE = -1;

export interface Values {
  readonly first: number;
  readonly last: number;
  /** The smallest value at or after an index from 0 to one beyond the field's largest, or NONE. */
  readonly atOrAfter: Int16Array;
  /** The largest value at or before an index from 0 to one beyond the field's largest, or NONE. */
  readonly atOrBefore: Int16Array;
}

/** Makes the tables of a field with values from 0 to `max`; only its spans count. */
export function valuesOf(parts: readonly CronPart[], max: number): Values {
  const present = new Uint8Array(max + 1);
  for (const part of parts) {
    if (part.kind !== "span") continue;
    for (let value = part.from; value <= part.to; value += part.step) present[value] = 1;
  }
  const atOrAfter = new Int16Array(max + 2).fill(NONE);
  const atOrBefore = new Int16Array(max + 2).fill(NONE);
  for (let index = max; index >= 0; index--) {
    atOrAfter[index] = present[index] === 1 ? index : (atOrAfter[index + 1] ?? NONE);
  }
  for (let index = 0; index <= max + 1; index++) {
    atOrBefore[index] = present[index] === 1 ? index : (atOrBefore[index - 1] ?? NONE);
  }
  return {
    first: atOrAfter[0] ?? NONE,
    last: atOrBefore[max] ?? NONE,
    atOrAfter,
    atOrBefore,
  };
}
