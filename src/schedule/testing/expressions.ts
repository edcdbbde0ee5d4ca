/**
 * Random cron expressions, each with a naive reading of its own that shares nothing with the room's: a
 * field is text, and a function that says whether a value of a wall clock fits.
 */
import fc from "fast-check";

/** What a clock on the wall shows. Months from 1, Sunday is 0, `length` is the month's. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
  readonly length: number;
}

interface Field {
  readonly text: string;
  readonly fits: (wall: Wall) => boolean;
}

export interface Expression {
  readonly text: string;
  readonly fits: (wall: Wall) => boolean;
  /** Has the hour or the minute a `*`? */
  readonly elapsed: boolean;
}

type Reading = (wall: Wall) => number;

function spans(min: number, max: number, read: Reading, names?: readonly string[]) {
  const shown = (value: number) => names?.[value] ?? String(value);
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 1, max: max - min });
  const range = fc.tuple(value, value).map(([one, other]) => [one, other].sort((a, b) => a - b));
  const single = value.map((one): Field => {
    return { text: shown(one), fits: (wall) => read(wall) === one };
  });
  const ranged = fc.tuple(range, step, fc.boolean()).map(([ends, by, stepped]): Field => {
    const [from = min, to = max] = ends;
    return {
      text: `${shown(from)}-${shown(to)}${stepped ? `/${by}` : ""}`,
      fits: (wall) => {
        const one = read(wall);
        return one >= from && one <= to && (!stepped || (one - from) % by === 0);
      },
    };
  });
  const starred = step.map((by): Field => {
    return { text: `*/${by}`, fits: (wall) => (read(wall) - min) % by === 0 };
  });
  return { single, ranged, starred };
}

const star: Field = { text: "*", fits: () => true };

function listOf(items: readonly fc.Arbitrary<Field>[]): fc.Arbitrary<Field> {
  return fc.array(fc.oneof(...items), { minLength: 1, maxLength: 4 }).map((parts) => ({
    text: parts.map(({ text }) => text).join(","),
    fits: (wall) => parts.some(({ fits }) => fits(wall)),
  }));
}

function field(min: number, max: number, read: Reading, names?: readonly string[]) {
  const { single, ranged, starred } = spans(min, max, read, names);
  return fc.oneof(fc.constant(star), single, listOf([single, ranged, starred]));
}

/** Few values, so that an expression has few ticks. */
function sparse(min: number, max: number, read: Reading) {
  const { single, ranged, starred } = spans(min, max, read);
  return fc.oneof(
    fc.constant(star),
    { arbitrary: single, weight: 3 },
    { arbitrary: listOf([single]), weight: 2 },
    ranged,
    starred,
  );
}

function nearestWeekday(wall: Wall, day: number): boolean {
  if (day > wall.length || wall.weekday === 0 || wall.weekday === 6) return false;
  // Monday stands in for a Sunday before it, Friday for a Saturday after it, at a month's ends for more.
  const asked = (wall.weekday + day - wall.day + 35) % 7;
  if (asked >= 1 && asked <= 5) return wall.day === day;
  if (asked === 6) return wall.day === (day === 1 ? 3 : day - 1);
  return wall.day === (day === wall.length ? day - 2 : day + 1);
}

const dayValues = spans(1, 31, (wall) => wall.day);
const lastDay: Field = { text: "L", fits: (wall) => wall.day === wall.length };
const lastWeekday: Field = { text: "LW", fits: (wall) => nearestWeekday(wall, wall.length) };
const nearWeekday = fc.integer({ min: 1, max: 31 }).map((day): Field => {
  return { text: `${day}W`, fits: (wall) => nearestWeekday(wall, day) };
});
const dayField = fc.oneof(
  fc.constant(star),
  fc.constant({ ...star, text: "?" }),
  dayValues.single,
  listOf([dayValues.single, dayValues.ranged, dayValues.starred, fc.constant(lastDay)]),
  fc.constant(lastWeekday),
  nearWeekday,
);

const monthNames = ["", ..."jan feb mar apr may jun jul aug sep oct nov dec".split(" ")];
const weekdayNames = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const weekdayValues = spans(0, 6, (wall) => wall.weekday);
const namedWeekdays = spans(0, 6, (wall) => wall.weekday, weekdayNames);
const sunday: Field = { text: "7", fits: (wall) => wall.weekday === 0 };
const nthWeekday = fc
  .tuple(fc.nat(7), fc.integer({ min: 1, max: 6 }))
  .map(([weekday, nth]): Field => {
    const onDay = (wall: Wall) => wall.weekday === weekday % 7;
    if (nth === 6) {
      return { text: `${weekday}#L`, fits: (wall) => onDay(wall) && wall.day > wall.length - 7 };
    }
    return {
      text: `${weekday}#${nth}`,
      fits: (wall) => onDay(wall) && Math.ceil(wall.day / 7) === nth,
    };
  });
const weekdayField = fc.oneof(
  fc.constant(star),
  fc.constant({ ...star, text: "?" }),
  namedWeekdays.single,
  listOf([weekdayValues.single, weekdayValues.ranged, fc.constant(sunday), nthWeekday]),
  listOf([namedWeekdays.ranged, nthWeekday]),
);

const minutes = sparse(0, 59, (wall) => wall.minute);
const hours = sparse(0, 23, (wall) => wall.hour);
const seconds = sparse(0, 59, (wall) => wall.second);
const months = fc.oneof(
  { arbitrary: fc.constant(star), weight: 4 },
  field(1, 12, (wall) => wall.month, monthNames),
);
const days = fc.record({ day: dayField, weekday: weekdayField, both: fc.boolean() });

const isWhole = (text: string) => /^[*?](,|$)/.test(text);

/** Expressions of five fields, or of six when `withSeconds`. */
export function anyExpression(withSeconds: boolean): fc.Arbitrary<Expression> {
  const second: fc.Arbitrary<Field> = withSeconds
    ? seconds
    : fc.constant({ text: "", fits: (wall) => wall.second === 0 });
  return fc
    .tuple(second, minutes, hours, days, months)
    .map(([second, minute, hour, date, month]) => {
      const { day, weekday, both } = date;
      const and = both || isWhole(day.text) || isWhole(weekday.text);
      const plus = both ? "+" : "";
      const text = [second, minute, hour, day, month].map((one) => one.text).join(" ");
      return {
        text: `${text} ${plus}${weekday.text}`.trim(),
        elapsed: `${minute.text}${hour.text}`.includes("*"),
        fits: (wall) => {
          if (!hour.fits(wall) || !minute.fits(wall) || !second.fits(wall)) return false;
          if (!month.fits(wall)) return false;
          return and ? day.fits(wall) && weekday.fits(wall) : day.fits(wall) || weekday.fits(wall);
        },
      };
    });
}
