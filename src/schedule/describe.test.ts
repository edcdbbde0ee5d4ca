import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasCode } from "../base/index.ts";
import { describePlan } from "./describe.ts";
import { type PlanRequest, readPlan } from "./plan.ts";
import { anyExpression } from "./testing/expressions.ts";

const inWords = (request: PlanRequest) => {
  const plan = readPlan(request);
  return [describePlan(plan, "en"), describePlan(plan, "zh")];
};

describe("a cron plan in words", () => {
  test.each([
    ["30 2 * * MON-FRI", "every weekday at 02:30", "每个工作日 02:30"],
    ["@daily", "every day at 00:00", "每天 00:00"],
    ["@hourly", "every hour", "每小时整点"],
    ["@weekly", "every Sunday at 00:00", "每个星期日 00:00"],
    ["@monthly", "on day 1 of the month at 00:00", "每月 1 日 00:00"],
    ["@yearly", "every year on January 1 at 00:00", "每年 1 月 1 日 00:00"],
    ["* * * * *", "every minute", "每分钟"],
    ["* * * * * *", "every second", "每秒"],
    ["*/10 * * * * *", "every 10 seconds", "每 10 秒"],
    ["*/15 * * * *", "every 15 minutes", "每 15 分钟"],
    ["5 * * * *", "every hour at minute 5", "每小时的第 5 分"],
    ["5 */2 * * *", "every 2 hours at minute 5", "每 2 小时的第 5 分"],
    ["30 5 */3 * * *", "every 3 hours at minute 5, second 30", "每 3 小时的第 5 分 30 秒"],
    ["0 9,17 * * *", "every day at 09:00 and 17:00", "每天 09:00、17:00"],
    ["15 30 2 * * *", "every day at 02:30:15", "每天 02:30:15"],
    [
      "0 9-17 * * 1-5",
      "every hour from 09:00 to 17:00, every weekday",
      "每个工作日，09:00 至 17:00 每小时",
    ],
    [
      "*/5 9-17 * * SAT,SUN",
      "every 5 minutes from 09:00 to 17:55, every weekend day",
      "每个周末日，09:00 至 17:55 每 5 分钟",
    ],
    ["*/7 * * * *", "at minute 0 to 59 in steps of 7", "每到 0 至 59（步长 7）分"],
    ["0 0 L * *", "on the last day of the month at 00:00", "每月最后一天 00:00"],
    [
      "0 0 15W * *",
      "on the weekday nearest to day 15 of the month at 00:00",
      "每月离 15 日最近的工作日 00:00",
    ],
    ["0 0 LW * *", "on the last weekday of the month at 00:00", "每月最后一个工作日 00:00"],
    ["0 0 * * TUE#3", "on the third Tuesday of the month at 00:00", "每月第三个星期二 00:00"],
    [
      "0 0 * * MON#1,FRI#L",
      "on the first Monday and the last Friday of the month at 00:00",
      "每月第一个星期一、最后一个星期五 00:00",
    ],
    [
      "0 12 1 * MON",
      "on day 1 of the month or every Monday at 12:00",
      "每月 1 日或每个星期一 12:00",
    ],
    [
      "0 12 13 * +FRI",
      "on day 13 of the month if it is a Friday at 12:00",
      "每月 13 日且为星期五 12:00",
    ],
    [
      "30 8 1,15 JAN,JUL *",
      "on day 1 and day 15 of the month in January and July at 08:30",
      "每月 1 日、15 日（仅 1 月、7 月）08:30",
    ],
    ["0 0 29 2 *", "every year on February 29 at 00:00", "每年 2 月 29 日 00:00"],
    ["0 0 0 1 1 * 2027", "on January 1, 2027, at 00:00", "2027 年 1 月 1 日 00:00"],
    [
      "0 0 * */3 MON,WED",
      "every Monday and Wednesday in January, April, July and October at 00:00",
      "每个星期一、星期三（仅 1 月、4 月、7 月、10 月）00:00",
    ],
    [
      "0 0 */2 * *",
      "on every 2nd day from day 1 of the month at 00:00",
      "每月 1 日至 31 日（步长 2）00:00",
    ],
  ])("%s: %s, %s", (cron, english, chinese) => {
    expect(inWords({ cron, zone: "Europe/Berlin" })).toEqual([
      `${english}, Europe/Berlin`,
      `${chinese}（Europe/Berlin）`,
    ]);
  });

  test("has words for whatever can be written", () => {
    fc.assert(
      fc.property(anyExpression(true), ({ text }) => {
        try {
          for (const words of inWords({ cron: text, zone: "Asia/Shanghai" })) {
            expect(words).toMatch(/^[^ ].*Asia\/Shanghai）?$/);
            expect(words).not.toMatch(/undefined|NaN| {2}|, ,|、、/);
          }
        } catch (error) {
          if (!hasCode(error, "schedule.never_fires")) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("other plans in words", () => {
  test.each<[PlanRequest, string, string]>([
    [{ everyMs: 90_000 }, "every 90 seconds", "每 90 秒"],
    [{ everyMs: 3_600_000 }, "every hour", "每小时"],
    [{ everyMs: 1500 }, "every 1500 milliseconds", "每 1500 毫秒"],
    [
      { everyMs: 172_800_000, anchorAt: 1_767_225_600_000 },
      "every 2 days from 2026-01-01T00:00:00.000Z",
      "自 2026-01-01T00:00:00.000Z 起每 2 天",
    ],
    [
      { at: 1_767_225_600_000 },
      "once, at 2026-01-01T00:00:00.000Z",
      "一次，2026-01-01T00:00:00.000Z",
    ],
  ])("%j: %s, %s", (request, english, chinese) => {
    expect(inWords(request)).toEqual([english, chinese]);
  });
});
