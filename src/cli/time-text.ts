/**
 * Times and durations as people read them in a terminal. An instant that another command takes back
 * (`--at`, `--from`) is printed exactly instead, as RFC 3339.
 */
import { type Instant, toRfc3339 } from "../base/index.ts";

const INSTANTS: readonly string[] = [
  ...[
    "at",
    "createdAt",
    "madeAt",
    "approvedAt",
    "effectiveFrom",
    "pricedAt",
    "expiresAt",
    "expiredAt",
  ],
];

/** For --json: its own instants as RFC 3339, as over HTTP. What is within it may be called like one and stays. */
export function timed(item: object): object {
  const told = Object.entries(item).map(([field, value]: [string, unknown]) => {
    const isInstant = typeof value === "number" && INSTANTS.includes(field);
    return [field, isInstant ? toRfc3339(value) : value];
  });
  return Object.fromEntries(told) as object;
}

/** To the second, below a title that says UTC: 2026-11-22 06:31:07. */
export const secondText = (at: Instant): string => toRfc3339(at).slice(0, 19).replace("T", " ");

/** To the second, in a sentence: 2026-11-22 06:31:07 UTC. */
export const utcText = (at: Instant): string => `${secondText(at)} UTC`;

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

/** Exactly, in the units that it has: 15 min, 1 h 30 min, 1 s 500 ms. */
export function durationText(ms: number): string {
  let left = ms;
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}
