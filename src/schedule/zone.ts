/**
 * Time zones, as `Intl` knows them: how far the clock on the wall is from UTC, and when that changes.
 * `Intl` is asked in strides of time, once each, and what it said is kept: afterwards an offset is a
 * look into a small table. Both the zones and the strides there are have a bound.
 */
import { fail, type Instant } from "../base/index.ts";
import { nearest } from "./nearest.ts";
import { scheduleErrors } from "./schedule.errors.ts";

/** A stretch of time in which the clock of a zone keeps its distance to UTC. */
export interface Stretch {
  /** The first instant, and the one after the last. */
  readonly from: Instant;
  readonly until: Instant;
  /** Add it to an instant to get the clock on the wall. Whole seconds, in milliseconds. */
  readonly offsetMs: number;
}

export interface Zone {
  /**
   * Its name in the letters of the database. Nothing where Intl has it as another name of a zone, such
   * as Asia/Kolkata, which it calls Asia/Calcutta: then it stays as it was written.
   */
  readonly spelling: string | undefined;
  /** The stretch that an instant lies in; neighbours may have the same offset. */
  stretchAt(instant: Instant): Stretch;
}

// About 13 months. Its size changes nothing but how much is asked at once.
const STRIDE_MS = 2 ** 35;
// Three days: in all zones of tz 2026c and all years from 1970 to 2090 the shortest stretch is a week, in
// Recife in 2000 and in Gaza in 2040. Asking Intl takes about 1 µs.
const STEP_MS = 2 ** 28;

const NAME_MAX = 64;
const NEAR_MAX = 3;

/** Intl also reads abbreviations; CST is Chicago to it, and Shanghai to a fifth of all people. */
const ianaAbbreviations = new Set(
  "UTC GMT UCT CET EET MET WET EST MST HST PRC ROC ROK".toLowerCase().split(" "),
);

/** Large cities that people write and the database has under another name. */
const otherCities: Readonly<Record<string, string>> = {
  beijing: "Asia/Shanghai",
  guangzhou: "Asia/Shanghai",
  shenzhen: "Asia/Shanghai",
  cst: "Asia/Shanghai, America/Chicago",
  delhi: "Asia/Kolkata",
  mumbai: "Asia/Kolkata",
  ist: "Asia/Kolkata, Europe/Dublin, Asia/Jerusalem",
  frankfurt: "Europe/Berlin",
  munich: "Europe/Berlin",
  geneva: "Europe/Zurich",
  milan: "Europe/Rome",
  san_francisco: "America/Los_Angeles",
  pst: "America/Los_Angeles",
  washington: "America/New_York",
  boston: "America/New_York",
};

/** Names of today that Intl understands and doesn't list, as it keeps older ones. */
const modernNames =
  "UTC Asia/Kolkata Asia/Kathmandu Asia/Ho_Chi_Minh Asia/Yangon Europe/Kyiv America/Nuuk".split(
    " ",
  );

const known = new Map<string, Zone>();

/**
 * The time zone of a name of the IANA database, such as `Asia/Shanghai`, in any case of letters.
 * Refuses: schedule.zone_unknown (with `near`, the names that may be meant).
 */
export function zoneOf(name: string): Zone {
  const key = typeof name === "string" ? name.toLowerCase() : "";
  const before = known.get(key);
  if (before !== undefined) return before;
  const zone = key === "utc" ? utc : openZone(key);
  if (zone === undefined) throw unknown(name);
  known.set(key, zone);
  return zone;
}

const utc: Zone = {
  spelling: "UTC",
  stretchAt: () => ({ from: -Infinity, until: Infinity, offsetMs: 0 }),
};

function openZone(key: string): Zone | undefined {
  const format = isName(key) ? formatOf(key) : undefined;
  if (format === undefined) return undefined;
  const offsetOf: OffsetOf = (instant) => parseOffset(format.format(instant));
  const { timeZone } = format.resolvedOptions();
  const strides = new Map<number, readonly Stretch[]>();
  return {
    spelling: timeZone.toLowerCase() === key ? timeZone : undefined,
    stretchAt: (instant) => {
      const index = Math.floor(instant / STRIDE_MS);
      let stride = strides.get(index);
      if (stride === undefined) {
        stride = readStride(offsetOf, index * STRIDE_MS);
        strides.set(index, stride);
      }
      return within(stride, instant);
    },
  };
}

function isName(key: string): boolean {
  if (key.length > NAME_MAX || !/^[a-z]/.test(key)) return false;
  return key.length !== 3 || ianaAbbreviations.has(key);
}

type OffsetOf = (instant: Instant) => number;

function formatOf(key: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: key, timeZoneName: "longOffset" });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Reads the end of `7/1/2099, GMT+10:30`, `…, GMT-00:44:30`, `…, GMT`. */
function parseOffset(text: string): number {
  const begin = text.indexOf("GMT") + 3;
  if (begin === text.length) return 0;
  const part = (index: number) => Number(text.slice(begin + index, begin + index + 2));
  const ms = (part(1) * 3600 + part(4) * 60 + part(7)) * 1000;
  return text.charCodeAt(begin) === PLUS ? ms : -ms;
}

const PLUS = 43;

function readStride(offsetOf: OffsetOf, start: Instant): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let from = start;
  let offsetMs = offsetOf(start);
  for (let step = start; step < start + STRIDE_MS; step += STEP_MS) {
    const next = offsetOf(step + STEP_MS);
    if (next === offsetMs) continue;
    const until = firstOther(offsetOf, step, step + STEP_MS);
    stretches.push({ from, until, offsetMs });
    from = until;
    offsetMs = next;
  }
  // A change exactly at the stride's end belongs to the next one.
  if (from < start + STRIDE_MS) stretches.push({ from, until: start + STRIDE_MS, offsetMs });
  return stretches;
}

/** The first instant after `same` whose offset is another than at `same`; `other` is one such. */
function firstOther(offsetOf: OffsetOf, same: Instant, other: Instant): Instant {
  const before = offsetOf(same);
  let low = same;
  let high = other;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetOf(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

function within(stretches: readonly Stretch[], instant: Instant): Stretch {
  let found = stretches[0];
  for (const stretch of stretches) {
    if (stretch.from > instant) break;
    found = stretch;
  }
  return found ?? { from: instant, until: instant + 1, offsetMs: 0 };
}

function unknown(name: unknown): Error {
  const text = typeof name === "string" ? name : String(name);
  const word = text
    .slice(text.lastIndexOf("/") + 1)
    .toLowerCase()
    .replaceAll(/[ -]/g, "_");
  const other = Object.hasOwn(otherCities, word) ? otherCities[word] : undefined;
  const all = [...modernNames, ...Intl.supportedValuesOf("timeZone")];
  const names = other?.split(", ") ?? nearest(text, all, NEAR_MAX);
  const near = names.length === 0 ? "" : `; near it: ${names.join(", ")}`;
  return fail(scheduleErrors, "zone_unknown", { zone: text, near, names });
}
