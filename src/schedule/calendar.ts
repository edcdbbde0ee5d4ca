/**
 * The Gregorian calendar of the years that ticks may lie in, as small tables. Days are counted from
 * 1970-01-01, months and days of a month from 0, days of the week from Sunday, which is 0.
 */

/** The first and last year of a tick, by the clock of its zone. */
export const YEAR_MIN = 1970;
export const YEAR_MAX = 2199;

/** A year looks like one of 14: two lengths, and seven weekdays to begin with. */
export const YEAR_KINDS = 14;

const YEARS = YEAR_MAX - YEAR_MIN + 1;
const EPOCH_WEEKDAY = 4; // 1970-01-01 was a Thursday.
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Where each month begins in its year, and the year's end; ordinary years, then leap years. */
const monthStarts = [false, true].map((leap) => {
  let day = 0;
  const starts = MONTH_LENGTHS.map((length, month) => {
    const start = day;
    day += month === 1 && leap ? length + 1 : length;
    return start;
  });
  return Int16Array.from([...starts, day]);
});

const yearStarts = new Int32Array(YEARS + 1);
for (let index = 0; index < YEARS; index++) {
  yearStarts[index + 1] = at(yearStarts, index) + (isLeap(YEAR_MIN + index) ? 366 : 365);
}

/** The first day that a tick may lie on, and the day after the last. */
export const DAY_FIRST = 0;
export const DAY_END = at(yearStarts, YEARS);

/** A number of a table of this room, whose indices are computed and known to lie inside. */
export function at(table: ArrayLike<number>, index: number): number {
  return table[index] ?? 0;
}

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The year of a day from DAY_FIRST to the one before DAY_END. */
export function yearOf(day: number): number {
  // The guess is off by at most one: leap days are spread evenly enough.
  let index = Math.min(Math.floor(day / 365.2425), YEARS - 1);
  if (day < at(yearStarts, index)) index -= 1;
  else if (day >= at(yearStarts, index + 1)) index += 1;
  return YEAR_MIN + index;
}

export function startOfYear(year: number): number {
  return at(yearStarts, year - YEAR_MIN);
}

/** Where in its year a month begins, counted in days; month 12 is the year's end. */
export function startOfMonth(leap: boolean, month: number): number {
  return at(monthStarts[leap ? 1 : 0] ?? [], month);
}

/** The month, from 0, of a day of a year. */
export function monthOf(leap: boolean, dayOfYear: number): number {
  let month = Math.min(11, Math.floor(dayOfYear / 29));
  while (dayOfYear < startOfMonth(leap, month)) month -= 1;
  return month;
}

const yearKinds = Uint8Array.from(
  { length: YEARS },
  (_, index) => (isLeap(YEAR_MIN + index) ? 7 : 0) + ((at(yearStarts, index) + EPOCH_WEEKDAY) % 7),
);

/** Which of the 14 kinds a year is: all years of a kind have the same days on the same weekdays. */
export function kindOfYear(year: number): number {
  return at(yearKinds, year - YEAR_MIN);
}

export function isLeapKind(kind: number): boolean {
  return kind >= 7;
}

/** The weekday of the first day of a month in a year of this kind. */
export function weekdayOfMonthStart(kind: number, month: number): number {
  return ((kind % 7) + startOfMonth(isLeapKind(kind), month)) % 7;
}

export function lengthOfMonth(leap: boolean, month: number): number {
  return startOfMonth(leap, month + 1) - startOfMonth(leap, month);
}
