/** The days of a cron expression in words. */
import { type CronTimes, isUnrestricted } from "./cron.ts";
import type { CronPart } from "./cron-fields.ts";
import {
  fewValues,
  joined,
  listWords,
  onlyValue,
  ordinal,
  type PlanLanguage,
  spacedBefore,
  spanWords,
  stepOfAll,
} from "./describe-list.ts";

const weekdays = {
  en: "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" "),
  zh: "星期日 星期一 星期二 星期三 星期四 星期五 星期六".split(" "),
};
const months = {
  en: "January February March April May June July August September October November December".split(
    " ",
  ),
  zh: Array.from({ length: 12 }, (_, index) => `${index + 1} 月`),
};
const counted = {
  en: ["", "first", "second", "third", "fourth", "fifth"],
  zh: ["", "第一个", "第二个", "第三个", "第四个", "第五个"],
};

/** Do day, month and year leave every day in? */
export function isEveryDay({ fields }: CronTimes): boolean {
  return [fields.day, fields.month, fields.weekday, fields.year].every(isUnrestricted);
}

/** "every weekday", "every year on March 1", "每年 3 月 1 日". */
export function dateWords(cron: CronTimes, language: PlanLanguage): string {
  const { month, year } = cron.fields;
  const zh = language === "zh";
  const [onlyMonth, only] = [onlyValue(month), onlyDay(cron)];
  if (onlyMonth !== undefined && only !== undefined) {
    return oneDayOfYear(onlyMonth, only, year, language);
  }
  const [days, inYear] = [daysWords(cron, language), yearWords(year, language)];
  if (isUnrestricted(month)) return `${days}${inYear}`;
  const words = monthWords(month, language);
  return zh ? `${days}（仅 ${words}）${inYear}` : `${days} in ${words}${inYear}`;
}

function oneDayOfYear(
  month: number,
  day: number,
  year: readonly CronPart[],
  language: PlanLanguage,
): string {
  const onlyYear = onlyValue(year);
  if (language === "zh") {
    const date = `${month} 月 ${day} 日`;
    return onlyYear === undefined
      ? `每年 ${date}${yearWords(year, language)}`
      : `${onlyYear} 年 ${date}`;
  }
  const date = `on ${months.en[month - 1]} ${day}`;
  if (onlyYear !== undefined) return `${date}, ${onlyYear},`;
  return isUnrestricted(year) ? `every year ${date}` : `${date}${yearWords(year, language)}`;
}

/** The one day of the month, if that is all the expression says of days. */
function onlyDay({ fields }: CronTimes): number | undefined {
  return isUnrestricted(fields.weekday) ? onlyValue(fields.day) : undefined;
}

function daysWords(cron: CronTimes, language: PlanLanguage): string {
  const { day, weekday } = cron.fields;
  const zh = language === "zh";
  if (isUnrestricted(day)) {
    if (isUnrestricted(weekday)) return zh ? "每天" : "every day";
    return weekdayWords(weekday, language, "alone");
  }
  const inMonth = zh
    ? `每月${spacedBefore(monthDayWords(day, language))}`
    : `on ${monthDayWords(day, language)} of the month`;
  if (isUnrestricted(weekday)) return inMonth;
  if (!cron.both) {
    const other = weekdayWords(weekday, language, "alone");
    return zh ? `${inMonth}或${other}` : `${inMonth} or ${other}`;
  }
  const when = weekdayWords(weekday, language, "condition");
  return zh ? `${inMonth}且为${when}` : `${inMonth} if it is ${when}`;
}

function monthDayWords(parts: readonly CronPart[], language: PlanLanguage): string {
  const zh = language === "zh";
  const step = stepOfAll(parts);
  if (step !== undefined && !zh) return `every ${ordinal(step)} day from day 1`;
  const words = parts.map((part) => {
    if (part.kind === "last") return zh ? "最后一天" : "the last day";
    if (part.kind === "nearest" && part.day === "last") {
      return zh ? "最后一个工作日" : "the last weekday";
    }
    if (part.kind === "nearest") {
      return zh ? `离 ${part.day} 日最近的工作日` : `the weekday nearest to day ${part.day}`;
    }
    if (part.kind !== "span") return "";
    return spanWords(part, zh ? (day) => `${day} 日` : (day) => `day ${day}`, language);
  });
  return joined(words, language);
}

/** Alone, "every Monday"; as a condition, "a Monday". */
function weekdayWords(
  parts: readonly CronPart[],
  language: PlanLanguage,
  as: "alone" | "condition",
): string {
  const zh = language === "zh";
  const alone = as === "alone";
  const named = wellKnown(parts);
  if (named !== undefined) {
    const word = named === "weekday" ? "工作日" : "周末日";
    if (zh) return alone ? `每个${word}` : word;
    const english = named === "weekday" ? "weekday" : "weekend day";
    return `${alone ? "every" : "a"} ${english}`;
  }
  const nameOf = (value: number) => weekdays[language][value % 7] ?? "";
  const words = parts.map((part) => {
    if (part.kind === "nth") return nthWords(part.nth, nameOf(part.weekday), language);
    return part.kind === "span" ? spanWords(part, nameOf, language) : "";
  });
  if (zh) {
    // 每月 belongs before 第三个星期二, 每个 before 星期二.
    if (!alone) return joined(words, language);
    const spans = parts.every((part) => part.kind === "span");
    return `${spans ? "每个" : "每月"}${joined(words, language)}`;
  }
  if (parts.every((part) => part.kind === "nth")) {
    return `${alone ? "on " : ""}${joined(words, language, alone ? "and" : "or")} of the month`;
  }
  return `${alone ? "every" : "a"} ${joined(words, language, alone ? "and" : "or")}`;
}

function nthWords(nth: number | "last", day: string, language: PlanLanguage): string {
  const zh = language === "zh";
  if (nth === "last") return zh ? `最后一个${day}` : `the last ${day}`;
  const word = counted[language][nth] ?? "";
  return zh ? `${word}${day}` : `the ${word} ${day}`;
}

/** Monday to Friday and the week-end have words of their own. */
function wellKnown(parts: readonly CronPart[]): "weekday" | "weekend" | undefined {
  const [only, ...others] = parts;
  if (only?.kind === "span" && others.length === 0 && only.step === 1) {
    if (only.from === 1 && only.to === 5) return "weekday";
    if (only.from === 6 && only.to === 7) return "weekend";
  }
  const days = new Set(fewValues(parts)?.map((value) => value % 7));
  return days.size === 2 && days.has(0) && days.has(6) ? "weekend" : undefined;
}

function monthWords(parts: readonly CronPart[], language: PlanLanguage): string {
  const step = stepOfAll(parts);
  if (step !== undefined) {
    const all = Array.from({ length: Math.ceil(12 / step) }, (_, index) => index * step);
    return joined(
      all.map((month) => months[language][month] ?? ""),
      language,
    );
  }
  return listWords(parts, (month) => months[language][month - 1] ?? "", language);
}

function yearWords(parts: readonly CronPart[], language: PlanLanguage): string {
  if (isUnrestricted(parts)) return "";
  const words = listWords(parts, String, language);
  return language === "zh" ? `（${words} 年）` : ` in ${words}`;
}
