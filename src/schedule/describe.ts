/** A plan in words of two languages, for the console and the command line. */
import { toRfc3339 } from "../base/index.ts";
import { dateWords, isEveryDay } from "./describe-date.ts";
import type { PlanLanguage } from "./describe-list.ts";
import { timeWords } from "./describe-time.ts";
import type { CronPlan, Plan } from "./plan.ts";

/**
 * Says when a plan is due: "every weekday at 02:30, Europe/Berlin", "每个工作日 02:30（Europe/Berlin）". Words
 * for people; what counts is the expression.
 */
export function describePlan(plan: Plan, language: PlanLanguage): string {
  const zh = language === "zh";
  switch (plan.kind) {
    case "cron":
      return zh ? cronInChinese(plan) : cronInEnglish(plan);
    case "interval": {
      const every = everyWords(plan.everyMs, language);
      if (plan.anchorAt === 0) return every;
      const from = toRfc3339(plan.anchorAt);
      return zh ? `自 ${from} 起${every}` : `${every} from ${from}`;
    }
    case "once":
      return zh ? `一次，${toRfc3339(plan.at)}` : `once, at ${toRfc3339(plan.at)}`;
  }
}

function cronInEnglish({ cron, zoneName }: CronPlan): string {
  const time = timeWords(cron, "en");
  const date = dateWords(cron, "en");
  if (time.atTimes) return `${date} at ${time.words}, ${zoneName}`;
  const when = isEveryDay(cron) ? "" : `, ${date}`;
  return `${time.words}${when}, ${zoneName}`;
}

function cronInChinese({ cron, zoneName }: CronPlan): string {
  const time = timeWords(cron, "zh");
  const date = dateWords(cron, "zh");
  const space = date.endsWith("）") ? "" : " ";
  if (time.atTimes) return `${date}${space}${time.words}（${zoneName}）`;
  const when = isEveryDay(cron) ? "" : `${date}，`;
  return `${when}${time.words}（${zoneName}）`;
}

const units = [
  { ms: 86_400_000, en: "day", zh: "天" },
  { ms: 3_600_000, en: "hour", zh: "小时" },
  { ms: 60_000, en: "minute", zh: "分钟" },
  { ms: 1000, en: "second", zh: "秒" },
  { ms: 1, en: "millisecond", zh: "毫秒" },
] as const;

/** In the largest unit that the length is a whole number of. */
function everyWords(ms: number, language: PlanLanguage): string {
  const unit = units.find((one) => ms % one.ms === 0) ?? units[4];
  const count = ms / unit.ms;
  if (language === "zh") return count === 1 ? `每${unit.zh}` : `每 ${count} ${unit.zh}`;
  return count === 1 ? `every ${unit.en}` : `every ${count} ${unit.en}s`;
}
