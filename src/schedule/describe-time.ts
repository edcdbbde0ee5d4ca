/** The time of day of a cron expression in words. */
import type { CronTimes } from "./cron.ts";
import type { CronPart } from "./cron-fields.ts";
import {
  fewValues,
  joined,
  listWords,
  onlyValue,
  type PlanLanguage,
  stepOfAll,
} from "./describe-list.ts";

/** More times of day than this are told by their fields. */
const TIMES_MAX = 6;

export interface TimeWords {
  /** Is it a list of times of day, so that a day belongs before it? */
  readonly atTimes: boolean;
  readonly words: string;
}

export function timeWords(cron: CronTimes, language: PlanLanguage): TimeWords {
  const times = timesOfDay(cron);
  if (times !== undefined) return { atTimes: true, words: joined(times, language) };
  return { atTimes: false, words: rhythm(cron, language) ?? byFields(cron, language) };
}

/** "02:30", "02:30:15" for each time of day, when they are few. */
function timesOfDay({ fields }: CronTimes): readonly string[] | undefined {
  const [hours, minutes] = [fewValues(fields.hour), fewValues(fields.minute)];
  const seconds = fewValues(fields.second);
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  if (hours.length * minutes.length * seconds.length > TIMES_MAX) return undefined;
  return hours.flatMap((hour) =>
    minutes.flatMap((minute) =>
      seconds.map((second) => {
        const text = `${twoDigits(hour)}:${twoDigits(minute)}`;
        return second === 0 ? text : `${text}:${twoDigits(second)}`;
      }),
    ),
  );
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** What comes at even distances: "every 15 minutes". A step that doesn't divide its field isn't even. */
function rhythm({ fields }: CronTimes, language: PlanLanguage): string | undefined {
  const [second, minute, hour] = [fields.second, fields.minute, fields.hour].map((parts) => ({
    step: stepOfAll(parts),
    value: onlyValue(parts),
  }));
  const even = (step: number | undefined, size: number) => step !== undefined && size % step === 0;
  if (hour?.step === 1 && minute?.step === 1 && even(second?.step, 60)) {
    return every(second?.step ?? 1, "second", language);
  }
  if (second?.value === undefined) return undefined;
  if (even(minute?.step, 60)) {
    const words = every(minute?.step ?? 1, "minute", language);
    return second.value === 0
      ? duringHours(fields.hour, { words, first: 0, last: 60 - (minute?.step ?? 1) }, language)
      : undefined;
  }
  if (minute?.value === undefined) return undefined;
  if (even(hour?.step, 24)) {
    const words = every(hour?.step ?? 1, "hour", language);
    return words + pastTheHour(minute.value, second.value, language);
  }
  if (second.value !== 0) return undefined;
  const ends = { words: every(1, "hour", language), first: minute.value, last: minute.value };
  return duringHours(fields.hour, ends, language);
}

/** Adds "from 09:00 to 17:45" where the hours are one range; nothing where they are something else. */
function duringHours(
  hours: readonly CronPart[],
  { words, first, last }: { words: string; first: number; last: number },
  language: PlanLanguage,
): string | undefined {
  if (stepOfAll(hours) === 1) return words;
  const [range, ...others] = hours;
  if (range?.kind !== "span" || others.length > 0 || range.step !== 1) return undefined;
  const from = `${twoDigits(range.from)}:${twoDigits(first)}`;
  const to = `${twoDigits(range.to)}:${twoDigits(last)}`;
  return language === "zh" ? `${from} 至 ${to} ${words}` : `${words} from ${from} to ${to}`;
}

const unitWords = {
  second: { en: "second", zh: "秒" },
  minute: { en: "minute", zh: "分钟" },
  hour: { en: "hour", zh: "小时" },
} as const;

function every(count: number, unit: keyof typeof unitWords, language: PlanLanguage): string {
  const word = unitWords[unit][language];
  if (language === "zh") return count === 1 ? `每${word}` : `每 ${count} ${word}`;
  return count === 1 ? `every ${word}` : `every ${count} ${word}s`;
}

function pastTheHour(minute: number, second: number, language: PlanLanguage): string {
  const zh = language === "zh";
  if (minute === 0 && second === 0) return zh ? "整点" : "";
  if (second === 0) return zh ? `的第 ${minute} 分` : ` at minute ${minute}`;
  return zh ? `的第 ${minute} 分 ${second} 秒` : ` at minute ${minute}, second ${second}`;
}

/** Field by field, for what has no shorter words. */
function byFields({ fields }: CronTimes, language: PlanLanguage): string {
  const units = [
    { parts: fields.second, en: "second", zh: "秒" },
    { parts: fields.minute, en: "minute", zh: "分" },
    { parts: fields.hour, en: "hour", zh: "时" },
  ];
  const told = units.filter(({ parts, en }) => {
    return stepOfAll(parts) !== 1 && !(en === "second" && onlyValue(parts) === 0);
  });
  if (language === "en") {
    return `at ${told.map(({ parts, en }) => `${en} ${listWords(parts, String, "en")}`).join(" of ")}`;
  }
  const words = told.map(({ parts, zh }) => `${listWords(parts, String, "zh")} ${zh}`);
  return `每到 ${words.reverse().join("的 ")}`.replaceAll("） ", "）");
}
