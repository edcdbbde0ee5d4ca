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
  readonly month: Values;
  readonly year: Values;
  /** Is the hour or the minute written with a `*`: does it go by elapsed time, not by the clock? */
  readonly elapsed: boolean;
  /** Twelve words of bits, bit 0 the first of the month, for each kind of year. */
  readonly days: readonly Int32Array[];
}

export function searchOf(cron: CronTimes): CronSearch {
  const { fields } = cron;
  const month = valuesOf(fields.month, 12);
  return {
    second: valuesOf(fields.second, 59),
    minute: valuesOf(fields.minute, 59),
    hour: valuesOf(fields.hour, 23),
    month,
    year: valuesOf(fields.year, YEAR_MAX),
    elapsed: isStarred(fields.minute) || isStarred(fields.hour),
    days: Array.from({ length: YEAR_KINDS }, (_, kind) => daysOfYear(cron, month, kind)),
  };
}

function daysOfYear(cron: CronTimes, months: Values, kind: number): Int32Array {
  const { day, weekday } = cron.fields;
  const both = cron.both || isUnrestricted(day) || isUnrestricted(weekday);
  return Int32Array.from({ length: 12 }, (_, month) => {
    if (at(months.atOrAfter, month + 1) !== month + 1) return 0;
    const length = lengthOfMonth(isLeapKind(kind), month);
    const begins = weekdayOfMonthStart(kind, month);
    const byDay = bits(day, length, begins, daysOfPart);
    const byWeekday = bits(weekday, length, begins, weekdaysOfPart);
    return both ? byDay & byWeekday : byDay | byWeekday;
  });
}

/** The days of one month that a part names, from 1; those beyond its length are left out later. */
type DaysOf = (part: CronPart, length: number, begins: number) => readonly number[];

function bits(parts: readonly CronPart[], length: number, begins: number, daysOf: DaysOf): number {
  let word = 0;
  for (const part of parts) {
    for (const day of daysOf(part, length, begins)) {
      if (day >= 1 && day <= length) word |= 1 << (day - 1);
    }
  }
  return word;
}

function daysOfPart(part: CronPart, length: number, begins: number): readonly number[] {
  if (part.kind === "last") return [length];
  if (part.kind === "nearest") {
    const day = part.day === "last" ? length : part.day;
    return day > length ? [] : [weekdayNearest(day, length, begins)];
  }
  return valuesOfSpan(part);
}

/** The day from Monday to Friday nearest to this one, in the same month. */
function weekdayNearest(day: number, length: number, begins: number): number {
  const weekday = (begins + day - 1) % 7;
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === length ? day - 2 : day + 1;
  return day;
}

function weekdaysOfPart(part: CronPart, length: number, begins: number): readonly number[] {
  const firstOf = (weekday: number) => 1 + ((weekday - begins + 7) % 7);
  if (part.kind === "nth") {
    const first = firstOf(part.weekday);
    if (part.nth !== "last") return [first + 7 * (part.nth - 1)];
    return [first + 7 * Math.floor((length - first) / 7)];
  }
  return valuesOfSpan(part).flatMap((value) => {
    const first = firstOf(value % 7);
    return [first, first + 7, first + 14, first + 21, first + 28];
  });
}

function valuesOfSpan(part: CronPart): readonly number[] {
  if (part.kind !== "span") return [];
  const count = Math.floor((part.to - part.from) / part.step) + 1;
  return Array.from({ length: count }, (_, index) => part.from + index * part.step);
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
  return day * DAY_SECONDS + search.hour.first * 3600 + search.minute.first * 60 + search.second.first;
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
function dayAtOrAfter(search: CronSearch, day: number): number {
  if (day >= DAY_END) return NONE;
  const asked = yearOf(day);
  let year = at(search.year.atOrAfter, asked);
  while (year !== NONE) {
    const leap = isLeap(year);
    const start = startOfYear(year);
    const from = year === asked ? day - start : 0;
    const words = search.days[kindOfYear(year)] ?? [];
    const firstMonth = monthOf(leap, from);
    for (let month = firstMonth; month < 12; month++) {
      const fromDay = month === firstMonth ? from - startOfMonth(leap, month) : 0;
      const word = at(words, month) & (-1 << fromDay);
      if (word !== 0) return start + startOfMonth(leap, month) + lowestBit(word);
    }
    year = at(search.year.atOrAfter, year + 1);
  }
  return NONE;
}

/** The last day of the expression at or before `day`, or NONE. */
function dayAtOrBefore(search: CronSearch, day: number): number {
  if (day < DAY_FIRST) return NONE;
  const asked = yearOf(day);
  let year = at(search.year.atOrBefore, asked);
  while (year !== NONE) {
    const leap = isLeap(year);
    const start = startOfYear(year);
    const from = (year === asked ? day : startOfYear(year + 1) - 1) - start;
    const words = search.days[kindOfYear(year)] ?? [];
    const lastMonth = monthOf(leap, from);
    for (let month = lastMonth; month >= 0; month--) {
      const fromDay = month === lastMonth ? from - startOfMonth(leap, month) : 31;
      const word = at(words, month) & upTo(fromDay);
      if (word !== 0) return start + startOfMonth(leap, month) + 31 - Math.clz32(word);
    }
    year = before(search.year, year);
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
