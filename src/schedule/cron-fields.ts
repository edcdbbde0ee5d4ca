/** One field of a cron expression: what may stand in it, read into parts, written again. */

export const fieldKeys = ["second", "minute", "hour", "day", "month", "weekday", "year"] as const;
export type FieldKey = (typeof fieldKeys)[number];

/** What a field's list is made of. */
export type CronPart =
  /** `5`, `1-5`, `1-5/2`, and the wildcards `*` (whole) and `*` with a step, `*` in steps of 1 too. */
  | {
      readonly kind: "span";
      readonly wildcard: "none" | "whole" | "stepped";
      readonly from: number;
      readonly to: number;
      readonly step: number;
    }
  /** `L`: the last day of the month. */
  | { readonly kind: "last" }
  /** `15W`: the day from Monday to Friday nearest to it in the same month. `LW`: the last such. */
  | { readonly kind: "nearest"; readonly day: number | "last" }
  /** `TUE#3`, `FRI#L`: of that weekday the third, the last of the month. Sunday is 0. */
  | { readonly kind: "nth"; readonly weekday: number; readonly nth: number | "last" };

export interface FieldRule {
  readonly key: FieldKey;
  /** As people call it. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Three-letter names of the values, the first for `firstName`. */
  readonly names: readonly string[];
  readonly firstName: number;
  /** Ends the sentence "There may stand …". */
  readonly allowed: string;
}

export const monthNames = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
export const weekdayNames = "SUN MON TUE WED THU FRI SAT".split(" ");

const plain = (key: FieldKey, name: string, min: number, max: number): FieldRule => ({
  key,
  name,
  min,
  max,
  names: [],
  firstName: 0,
  allowed: `numbers from ${min} to ${max}, ranges (${min}-${max}), steps over * or a range (*/5, ${min}-${max}/2), lists of these with commas, or * alone`,
});

export const fieldRules: Readonly<Record<FieldKey, FieldRule>> = {
  second: plain("second", "second", 0, 59),
  minute: plain("minute", "minute", 0, 59),
  hour: plain("hour", "hour", 0, 23),
  day: {
    ...plain("day", "day of month", 1, 31),
    allowed:
      "days from 1 to 31, ranges (1-15), steps over * or a range (*/2), lists of these with commas, L for the last day, * or ? for every day; or alone 15W for the weekday nearest to the 15th, LW for the last weekday",
  },
  month: {
    ...plain("month", "month", 1, 12),
    names: monthNames,
    firstName: 1,
    allowed:
      "months from 1 to 12 or JAN to DEC, ranges (JAN-MAR), steps over * or a range (*/3), lists of these with commas, or * alone",
  },
  weekday: {
    ...plain("weekday", "day of week", 0, 7),
    names: weekdayNames,
    allowed:
      "days from 0 to 7 (0 and 7 are Sunday) or SUN to SAT, ranges (MON-FRI), steps over a range, TUE#3 for the third Tuesday and FRI#L for the last Friday of the month, lists of these with commas, * or ? for every day; a + before all of it asks for both this and the day of month",
  },
  year: plain("year", "year", 1970, 2199),
};

/** What is wrong with a part of a field. `from` is where it begins in the field. */
export interface Complaint {
  readonly text: string;
  readonly from: number;
  readonly problem: string;
}

export type FieldReading =
  | { readonly parts: readonly CronPart[]; readonly both: boolean }
  | { readonly complaint: Complaint };

/** Reads one field. `both` is the `+` before a day of week. */
export function readField(rule: FieldRule, text: string): FieldReading {
  const both = rule.key === "weekday" && text.startsWith("+");
  const items = (both ? text.slice(1) : text).split(",");
  const parts: CronPart[] = [];
  let from = both ? 1 : 0;
  for (const item of items) {
    const part = readPart(rule, item, items.length > 1);
    if (typeof part === "string") {
      const shown = item === "" ? text : item;
      return {
        complaint: {
          text: shown,
          from: item === "" ? 0 : from,
          problem: part.startsWith('"') ? part : `${quoted(shown)} ${part}`,
        },
      };
    }
    parts.push(part);
    from += item.length + 1;
  }
  return { parts, both };
}

/** A part, or what is wrong with it: a sentence, or the rest of one that begins with the item. */
function readPart(rule: FieldRule, item: string, inList: boolean): CronPart | string {
  if (item === "") return "has nothing where a value should be";
  const strange = /[^0-9A-Za-z*,\-/#?+]/u.exec(item)?.[0];
  if (strange !== undefined) return `${quoted(strange)} has no meaning in a field`;
  if (item.includes("+")) return "has a + that isn't the first character of the day of week";
  if (item.includes("?")) return readQuestionMark(rule, item);
  const special =
    rule.key === "day"
      ? readSpecialDay(rule, item.toUpperCase(), inList)
      : rule.key === "weekday"
        ? readNth(rule, item.toUpperCase())
        : undefined;
  return special ?? readSpan(rule, item);
}

function readQuestionMark(rule: FieldRule, item: string): CronPart | string {
  if (rule.key !== "day" && rule.key !== "weekday") {
    return "has a ?, which may only stand for a day of month or a day of week";
  }
  return item === "?" ? wildcardOf(rule) : "has a ? with something beside it; a ? stands alone";
}

function wildcardOf(rule: FieldRule, step?: number): CronPart {
  const wildcard = step === undefined ? "whole" : "stepped";
  return { kind: "span", wildcard, from: rule.min, to: rule.max, step: step ?? 1 };
}

/** `L`, `LW`, `15W`; nothing when the item is none of these. */
function readSpecialDay(
  rule: FieldRule,
  item: string,
  inList: boolean,
): CronPart | string | undefined {
  if (item === "L") return { kind: "last" };
  if (!item.endsWith("W")) {
    return item.startsWith("L")
      ? "is neither L nor LW; days before the last can't be counted"
      : undefined;
  }
  if (inList) return "has a W in a list; a W stands alone";
  if (item === "LW") return { kind: "nearest", day: "last" };
  const day = item.slice(0, -1);
  if (!/^\d+$/.test(day)) return "has a W behind something that isn't one day, such as 15W";
  const value = valueOf(rule, day);
  return value === undefined ? outside(rule, day) : { kind: "nearest", day: value };
}

/** `TUE#3`, `FRI#L`, `5L`; nothing when the item is none of these. */
function readNth(rule: FieldRule, item: string): CronPart | string | undefined {
  const found = /^([^#]*)#([^#]*)$/.exec(item) ?? /^(.*[^#])(L)$/.exec(item);
  if (found === null) {
    if (item === "L") return "is an L without its day; write FRI#L for the last Friday";
    return item.includes("#") ? "has more than one #" : undefined;
  }
  const [, day = "", nth = ""] = found;
  if (/[*/-]/.test(day)) return "counts something that isn't one day of the week";
  const weekday = valueOf(rule, day);
  if (weekday === undefined) return outside(rule, day);
  if (nth !== "L" && !/^[1-5]$/.test(nth))
    return "counts something other than 1 to 5 or L behind its #";
  return { kind: "nth", weekday: weekday % 7, nth: nth === "L" ? "last" : Number(nth) };
}

/** `*`, `5`, `1-5`, `*` and ranges with a step. */
function readSpan(rule: FieldRule, item: string): CronPart | string {
  const [range = "", stepText, ...more] = item.split("/");
  if (more.length > 0) return "has more than one step";
  const step = stepText === undefined ? 1 : readStep(rule, stepText);
  if (typeof step === "string") return step;
  if (range === "*") return wildcardOf(rule, stepText === undefined ? undefined : step);
  if (range === "") return `has a step of nothing; write */${step}`;
  if (range.includes("*")) return "has a * with something beside it";
  const [fromText = "", toText, ...others] = range.split("-");
  if (others.length > 0) return "has more than one -";
  const from = valueOf(rule, fromText);
  if (from === undefined) return outside(rule, fromText);
  if (toText === undefined) {
    if (stepText !== undefined) {
      return `has a step of a single value; write ${fromText}-${lastOf(rule)}/${step}`;
    }
    return { kind: "span", wildcard: "none", from, to: from, step: 1 };
  }
  let to = valueOf(rule, toText);
  if (to === undefined) return outside(rule, toText);
  // SUN is 0 or 7, whichever makes sense: FRI-SUN is a week-end.
  if (to === 0 && from > 0 && toText.toUpperCase() === "SUN") to = 7;
  if (from > to) return backwards(rule, fromText, toText);
  return { kind: "span", wildcard: "none", from, to, step };
}

function backwards(rule: FieldRule, from: string, to: string): string {
  const named = rule.names.length > 0 && !/^\d/.test(from);
  const last = named ? rule.names.at(-1) : lastOf(rule);
  const first = named ? rule.names[0] : rule.min;
  return `runs backwards; write ${from}-${last},${first}-${to}`;
}

function lastOf(rule: FieldRule): number {
  return rule.key === "weekday" ? 6 : rule.max;
}

function readStep(rule: FieldRule, text: string): number | string {
  if (!/^\d{1,4}$/.test(text)) return "has a step that isn't a number";
  const step = Number(text);
  if (step === 0) return "has a step of 0, which would stand still";
  const span = lastOf(rule) - rule.min + 1;
  if (step > span)
    return `has a step beyond the ${span} values of the field, so it would not repeat`;
  return step;
}

function valueOf(rule: FieldRule, text: string): number | undefined {
  if (/^\d{1,4}$/.test(text)) {
    const value = Number(text);
    return value >= rule.min && value <= rule.max ? value : undefined;
  }
  const index = rule.names.indexOf(text.toUpperCase());
  return index === -1 ? undefined : rule.firstName + index;
}

/** Why a text is no value of the field. */
function outside(rule: FieldRule, text: string): string {
  if (/^\d+$/.test(text)) return `${quoted(text)} is outside ${rule.min} to ${rule.max}`;
  if (text === "") return "has nothing where a value should be";
  const short = rule.names.find((name) => text.toUpperCase().startsWith(name));
  return `${quoted(text)} is no ${rule.name}${short === undefined ? "" : `; write ${short}`}`;
}

/** Writes parts so that `readField` reads the same, in one spelling. */
export function fieldText(rule: FieldRule, parts: readonly CronPart[], both: boolean): string {
  return (both ? "+" : "") + parts.map((part) => partText(rule, part)).join(",");
}

function partText(rule: FieldRule, part: CronPart): string {
  switch (part.kind) {
    case "last":
      return "L";
    case "nearest":
      return part.day === "last" ? "LW" : `${part.day}W`;
    case "nth":
      return `${part.weekday}#${part.nth === "last" ? "L" : part.nth}`;
    case "span": {
      if (part.wildcard === "whole") return "*";
      if (part.wildcard === "stepped") return `*/${part.step}`;
      const step = part.step === 1 ? "" : `/${part.step}`;
      // A range with a step stays one, even if it has one value: `5/2` would be refused.
      if (part.from === part.to && step === "") return String(sundayIsZero(rule, part.from));
      return `${part.from}-${part.to}${step}`;
    }
  }
}

function sundayIsZero(rule: FieldRule, value: number): number {
  return rule.key === "weekday" ? value % 7 : value;
}

function quoted(text: string): string {
  return `"${text}"`;
}
