/** The shop's wall clock: London. Its file says no zone, so summer time is ours to undo. */
import type { Instant } from "../../base/index.ts";

const WRITTEN = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const OFFSETS_KEPT_MAX = 10_000;

const london = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

const HOUR_MS = 3_600_000;
/** By the hour on the shop's clock: a year of trading has some thousand, and asking Intl is slow. */
const offsets = new Map<number, number>();

/** The lines of an invoice share their time, so the answer of the row before is mostly this one's. */
let last: { readonly text: string; readonly instant: Instant | undefined } = {
  text: "",
  instant: undefined,
};

/**
 * The instant of `2010-12-01 08:26:00` on the shop's clock, or nothing where that is no such time.
 * An hour that the clock skips in spring is read as if it had not; of one that it shows twice in
 * autumn, the first is meant.
 */
export function shopInstant(text: string): Instant | undefined {
  if (last.text !== text) last = { text, instant: readInstant(text) };
  return last.instant;
}

function readInstant(text: string): Instant | undefined {
  const parts = WRITTEN.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  const wall = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  // Date.UTC counts on past the 30th of February; what it makes of it is not what was written.
  // Years below 100 it takes for 19xx, which this catches too.
  if (new Date(wall).toISOString().slice(0, 19) !== `${text.slice(0, 10)}T${text.slice(11)}`) {
    return undefined;
  }
  return wall - offsetOf(wall);
}

function offsetOf(wall: number): number {
  const hour = Math.floor(wall / HOUR_MS);
  const known = offsets.get(hour);
  if (known !== undefined) return known;
  // In Britain the clock is ahead of UTC, so the true instant is at or before `wall` as UTC; asked
  // one day early for the first guess, the second is exact on both sides of a change.
  const guess = wall - offsetAt(wall - 86_400_000);
  const offset = offsetAt(guess) === wall - guess ? wall - guess : offsetAt(guess);
  if (offsets.size >= OFFSETS_KEPT_MAX) offsets.clear();
  offsets.set(hour, offset);
  return offset;
}

function offsetAt(instant: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of london.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day, hour, minute, second } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
