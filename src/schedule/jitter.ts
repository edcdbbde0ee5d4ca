/** Jitter: a tick's own delay, the same wherever and whenever it is asked for. */
import { hash } from "node:crypto";
import { assert, type Instant } from "../base/index.ts";

/** No tick is put off by more: a day. */
export const JITTER_MAX_MS = 86_400_000;

const HASH_BYTES = 6;

/**
 * How many milliseconds after its tick a schedule is to fire: from 0 to below `maxMs`, evenly spread
 * over names and ticks, and always the same for the same ones, so that every node and every restart
 * agrees without a word. With 0 there is none.
 */
export function jitterOf(scheduleName: string, tick: Instant, maxMs: number): number {
  const fits = Number.isInteger(maxMs) && maxMs >= 0 && maxMs <= JITTER_MAX_MS;
  assert(fits, `a jitter is a whole number of milliseconds from 0 to ${JITTER_MAX_MS}`);
  if (maxMs === 0) return 0;
  const digest = hash("sha256", `${tick} ${scheduleName}`, "buffer");
  return Math.floor((digest.readUIntBE(0, HASH_BYTES) / 2 ** (8 * HASH_BYTES)) * maxMs);
}
