/**
 * Finds the clock times of a cron expression, forwards and backwards, without walking over them: the
 * time of day by tables, the day by one word of bits for each month. A month's bits depend only on the
 * kind of its year, of which there are 14, so a search passes at most 230 years of 12 words.
 *
 * A clock time here is a whole number of seconds since 1970-01-01T00:00 by the clock on the wall.
 */
import {
  at,
  DAY_END,
  DAY_FIRST,
  isLeap,
  isLeapKind,
  kindOfYear,
  lengthOfMonth,
  monthOf,
  startOfMonth,
  startOfYear,
  weekdayOfMonthStart,
  YEAR_KINDS,
  YEAR_MAX,
  YEAR_MIN,
  yearOf,
} from "./calendar.ts";
import { type CronTimes, isStarred, isUnrestricted } from "./cron.ts";
import type { CronPart } from "./cron-fields.ts";
import { NONE, type Values, valuesOf } from "./values.ts";

const DAY_SECONDS = 86_400;

/** An expression made ready for searching. */
export interface CronSearch {
  readonly second: Values;
  readonly minute: Values;
  readonly hour: Values;
  /** Counted from YEAR_MIN. */
  readonly year: Values;
  /** Is the hour or the minute written with a `*`: does it go by elapsed time, not by the clock? */
  readonly elapsed: boolean;
  /** For each kind of year twelve words of bits, bit 0 the first of the month. */
  readonly days: Int32Array;
}

export function searchOf(cron: CronTimes): CronSearch {
  const { fields } = cron;
  return {
    second: valuesOf(fields.second, 0, 59),
    minute: valuesOf(fields.minute, 0, 59),
    hour: valuesOf(fields.hour, 0, 23),
    year: isUnrestricted(fields.year) ? everyYear : valuesOf(fields.year, YEAR_MIN, YEAR_MAX),
    elapsed: isStarred(fields.minute) || isStarred(fields.hour),
    days: daysOf(cron),
  };
}

// Shared: it is the largest of the tables, and nearly every expression has it.
const everyYear = valuesOf(
  [{ kind: "span", wildcard: "whole", from: YEAR_MIN, to: YEAR_MAX, step: 1 }],
  YEAR_MIN,
  YEAR_MAX,
);

/** The days 1, 8, 15, 22 and 29 as bits. */
const SEVENTHS = 0x10204081;

function daysOf(cron: CronTimes): Int32Array {
  const { day, month, weekday } = cron.fields;
  const both = cron.both || isUnrestricted(day) || isUnrestricted(weekday);
  const months = valuesOf(month, 1, 12);
  const daySpans = bitsOfSpans(day, 1);
  const weekdaySpans = bitsOfSpans(weekday, 0);
  const words = new Int32Array(YEAR_KINDS * 12);
  for (let index = 0; index < words.length; index++) {
    const inYear = index % 12;
    const kind = Math.floor(index / 12);
    if (at(months.atOrAfter, inYear) !== inYear) continue;
    const length = lengthOfMonth(isLeapKind(kind), inYear);
    const begins = weekdayOfMonthStart(kind, inYear);
    const byDay = daySpans | specialDays(day, length, begins);
    const byWeekday = daysOnWeekdays(weekdaySpans, begins) | nthWeekdays(weekday, length, begins);
    words[index] = (both ? byDay & byWeekday : byDay | byWeekday) & upTo(length - 1);
  }
  return words;
}

/** The values of the spans as bits, bit 0 for `min`. */
function bitsOfSpans(parts: readonly CronPart[], min: number): number {
  let word = 0;
  for (const part of parts) {
    if (part.kind !== "span") continue;
    for (let value = part.from; value <= part.to; value += part.step) word |= 1 << (value - min);
  }
  return word;
}

function specialDays(parts: readonly CronPart[], length: number, begins: number): number {
  let word = 0;
  for (const part of parts) {
    if (part.kind === "last") word |= 1 << (length - 1);
    if (part.kind !== "nearest") continue;
    const day = part.day === "last" ? length : part.day;
    if (day <= length) word |= 1 << (weekdayNearest(day, length, begins) - 1);
  }
  return word;
}

/** The day from Monday to Friday nearest to this one, in the same month. */
function weekdayNearest(day: number, length: number, begins: number): number {
  const weekday = (begins + day - 1) % 7;
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === length ? day - 2 : day + 1;
  return day;
}

/** All days of a month on these weekdays, of which bits 0 and 7 are Sunday. */
function daysOnWeekdays(weekdays: number, begins: number): number {
  let word = 0;
  for (let value = 0; value <= 7; value++) {
    if ((weekdays & (1 << value)) !== 0) word |= SEVENTHS << firstOn(value, begins);
  }
  return word;
}

function nthWeekdays(parts: readonly CronPart[], length: number, begins: number): number {
  let word = 0;
  for (const part of parts) {
    if (part.kind !== "nth") continue;
    const first = firstOn(part.weekday, begins);
    const weeks = part.nth === "last" ? Math.floor((length - 1 - first) / 7) : part.nth - 1;
    // Behind the 31st nothing counts, and a shift by 32 would come round to the first.
    if (first + 7 * weeks < 31) word |= 1 << (first + 7 * weeks);
  }
  return word;
}

/** The first day of a month, from 0, on a weekday. */
function firstOn(weekday: number, begins: number): number {
  return (weekday - begins + 7) % 7;
}

/** Is there any day at all, from 1970 to 2199? */
export function everFires(search: CronSearch): boolean {
  return dayAtOrAfter(search, DAY_FIRST) !== NONE;
}

/** The first clock time of the expression at or after `clock`, or NONE. */
export function clockAtOrAfter(search: CronSearch, clock: number): number {
  const from = Math.max(clock, DAY_FIRST * DAY_SECONDS);
  if (from >= DAY_END * DAY_SECONDS) return NONE;
  const today = Math.floor(from / DAY_SECONDS);
  let day = dayAtOrAfter(search, today);
  if (day === today) {
    const time = timeAtOrAfter(search, from - today * DAY_SECONDS);
    if (time !== NONE) return day * DAY_SECONDS + time;
    day = dayAtOrAfter(search, today + 1);
  }
  if (day === NONE) return NONE;
  return (
    day * DAY_SECONDS + search.hour.first * 3600 + search.minute.first * 60 + search.second.first
  );
}

/** The last clock time of the expression at or before `clock`, or NONE. */
export function clockAtOrBefore(search: CronSearch, clock: number): number {
  const from = Math.min(clock, DAY_END * DAY_SECONDS - 1);
  if (from < DAY_FIRST * DAY_SECONDS) return NONE;
  const today = Math.floor(from / DAY_SECONDS);
  let day = dayAtOrBefore(search, today);
  if (day === today) {
    const time = timeAtOrBefore(search, from - today * DAY_SECONDS);
    if (time !== NONE) return day * DAY_SECONDS + time;
    day = dayAtOrBefore(search, today - 1);
  }
  if (day === NONE) return NONE;
  return day * DAY_SECONDS + search.hour.last * 3600 + search.minute.last * 60 + search.second.last;
}

/** The first time of day, in seconds, at or after `from`. */
function timeAtOrAfter({ hour, minute, second }: CronSearch, from: number): number {
  const askedHour = Math.floor(from / 3600);
  const askedMinute = Math.floor(from / 60) % 60;
  if (at(hour.atOrAfter, askedHour) === askedHour) {
    if (at(minute.atOrAfter, askedMinute) === askedMinute) {
      const second3 = at(second.atOrAfter, from % 60);
      if (second3 !== NONE) return askedHour * 3600 + askedMinute * 60 + second3;
    }
    const minute2 = at(minute.atOrAfter, askedMinute + 1);
    if (minute2 !== NONE) return askedHour * 3600 + minute2 * 60 + second.first;
  }
  const hour1 = at(hour.atOrAfter, askedHour + 1);
  return hour1 === NONE ? NONE : hour1 * 3600 + minute.first * 60 + second.first;
}

/** The last time of day, in seconds, at or before `from`. */
function timeAtOrBefore({ hour, minute, second }: CronSearch, from: number): number {
  const askedHour = Math.floor(from / 3600);
  const askedMinute = Math.floor(from / 60) % 60;
  if (at(hour.atOrBefore, askedHour) === askedHour) {
    if (at(minute.atOrBefore, askedMinute) === askedMinute) {
      const second3 = at(second.atOrBefore, from % 60);
      if (second3 !== NONE) return askedHour * 3600 + askedMinute * 60 + second3;
    }
    const minute2 = before(minute, askedMinute);
    if (minute2 !== NONE) return askedHour * 3600 + minute2 * 60 + second.last;
  }
  const hour1 = before(hour, askedHour);
  return hour1 === NONE ? NONE : hour1 * 3600 + minute.last * 60 + second.last;
}

function before(values: Values, index: number): number {
  return index === 0 ? NONE : at(values.atOrBefore, index - 1);
}

/** The first day of the expression at or after `day`, or NONE. */
function dayAtOrAfter({ year: years, days }: CronSearch, day: number): number {
  if (day >= DAY_END) return NONE;
  const asked = yearOf(day) - YEAR_MIN;
  let index = at(years.atOrAfter, asked);
  while (index !== NONE) {
    const year = YEAR_MIN + index;
    const leap = isLeap(year);
    const start = startOfYear(year);
    const from = index === asked ? day - start : 0;
    const words = kindOfYear(year) * 12;
    const firstMonth = monthOf(leap, from);
    for (let month = firstMonth; month < 12; month++) {
      const fromDay = month === firstMonth ? from - startOfMonth(leap, month) : 0;
      const word = at(days, words + month) & (-1 << fromDay);
      if (word !== 0) return start + startOfMonth(leap, month) + lowestBit(word);
    }
    index = at(years.atOrAfter, index + 1);
  }
  return NONE;
}

/** The last day of the expression at or before `day`, or NONE. */
function dayAtOrBefore({ year: years, days }: CronSearch, day: number): number {
  if (day < DAY_FIRST) return NONE;
  const asked = yearOf(day) - YEAR_MIN;
  let index = at(years.atOrBefore, asked);
  while (index !== NONE) {
    const year = YEAR_MIN + index;
    const leap = isLeap(year);
    const start = startOfYear(year);
    const from = (index === asked ? day : startOfYear(year + 1) - 1) - start;
    const words = kindOfYear(year) * 12;
    const lastMonth = monthOf(leap, from);
    for (let month = lastMonth; month >= 0; month--) {
      const fromDay = month === lastMonth ? from - startOfMonth(leap, month) : 31;
      const word = at(days, words + month) & upTo(fromDay);
      if (word !== 0) return start + startOfMonth(leap, month) + 31 - Math.clz32(word);
    }
    index = before(years, index);
  }
  return NONE;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** A word with the bits 0 to `bit`, at most 31. */
function upTo(bit: number): number {
  return bit >= 31 ? -1 : (1 << (bit + 1)) - 1;
}
