/**
 * Numbers of runs and events: 2^22 times the milliseconds since 2026 by the database's clock, and 22 bits
 * that begin anywhere and grow by one. They sort by time and tell the day whose tables hold the run; the
 * machine's clock has no part in them. Two nodes that hit upon one number find out by its key.
 */
import { randomInt } from "node:crypto";
import { fail } from "../base/index.ts";
import { flowErrors } from "./flow.errors.ts";

const ZERO_MS = Date.UTC(2026, 0, 1);
export const DAY_MS = 86_400_000;
const LOW_BITS = 22n;
const LOW_COUNT = 2 ** 22;
const ID = /^r[0-9a-z]{1,13}$/;

/** Makes numbers, each greater than the one before, also where the clock is measured anew. */
export function runIdSource(databaseNow: () => number): () => bigint {
  let ms = 0;
  let low = 0;
  return () => {
    const now = databaseNow() - ZERO_MS;
    if (now > ms) {
      ms = now;
      low = randomInt(LOW_COUNT / 2);
    } else {
      low += 1;
      if (low === LOW_COUNT) {
        ms += 1;
        low = 0;
      }
    }
    return (BigInt(ms) << LOW_BITS) | BigInt(low);
  };
}

/** "r" and the number in base 36: what people see of a run. */
export const showRunId = (id: bigint): string => `r${id.toString(36).padStart(13, "0")}`;

/** Refuses: flow.run_id_malformed. */
export function readRunId(text: string): bigint {
  if (typeof text !== "string" || !ID.test(text))
    throw fail(flowErrors, "run_id_malformed", { text });
  let id = 0n;
  for (const digit of text.slice(1)) id = id * 36n + BigInt(Number.parseInt(digit, 36));
  if (id >= 2n ** 63n) throw fail(flowErrors, "run_id_malformed", { text });
  return id;
}

/** When it was made. */
export const instantOf = (id: bigint): number => Number(id >> LOW_BITS) + ZERO_MS;

/** The table of a kind in which what belongs to a run lies, such as flow_end_20261121. */
export function tableOfDay(kind: string, id: bigint): string {
  return `${kind}_${new Date(instantOf(id)).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

/** The least number of an instant. */
export const idAt = (instantMs: number): bigint => BigInt(instantMs - ZERO_MS) << LOW_BITS;

/** The day whose tables hold it, counted from 2026-01-01. */
export const dayOf = (instantMs: number): number => Math.floor((instantMs - ZERO_MS) / DAY_MS);
