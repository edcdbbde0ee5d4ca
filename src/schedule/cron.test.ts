import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CRON_TEXT_MAX, cronText, parseCron } from "./cron.ts";
import { searchOf } from "./cron-search.ts";
import { readPlan } from "./plan.ts";
import { anyExpression } from "./testing/expressions.ts";
import { ocpsCases, ocpsRefused } from "./testing/ocps-cases.ts";
import { refusalOf } from "./testing/refusal.ts";
import { isTick } from "./ticks.ts";

/** The error of reading a text. */
const complaintOf = (text: unknown) => refusalOf(() => parseCron(text as string));

const instantOf = (text: string) => Date.parse(`${text.replace(" ", "T")}Z`);

describe("the Open Cron Pattern Specification", () => {
  test.each(ocpsCases)("$version: $rule ($pattern)", ({ pattern, fires, rests }) => {
    const plan = readPlan({ cron: pattern });
    for (const time of fires) expect(isTick(plan, instantOf(time)), `fires ${time}`).toBe(true);
    for (const time of rests) expect(isTick(plan, instantOf(time)), `rests ${time}`).toBe(false);
  });

  test.each(ocpsRefused)("%s is refused: %s", (_rule, pattern) => {
    expect(complaintOf(pattern).code).toBe("schedule.cron_malformed");
  });

  test("a day that never comes is well written", () => {
    expect(parseCron("* * 31 2 *").kind).toBe("times");
    expect(refusalOf(() => readPlan({ cron: "* * 31 2 *" })).code).toBe("schedule.never_fires");
  });

  test("@reboot is read, and has no times", () => {
    expect(parseCron("@reboot")).toEqual({ kind: "reboot", text: "@reboot" });
    expect(cronText(parseCron(" @reboot "))).toBe("@reboot");
    expect(refusalOf(() => readPlan({ cron: "@reboot" })).code).toBe("schedule.no_start_event");
  });
});

describe("a mistake is pointed at", () => {
  test.each([
    ["60 0 * * *", 1, "minute", "60", 0, '"60" is outside 0 to 59'],
    ["0 0 1,32 * *", 3, "day of month", "32", 6, '"32" is outside 1 to 31'],
    ["0 9-25 * * *", 2, "hour", "9-25", 2, '"25" is outside 0 to 23'],
    ["0 0 10-5 * *", 3, "day of month", "10-5", 4, "write 10-31,1-5"],
    ["0 0 * * FRI-MON", 5, "day of week", "FRI-MON", 8, "write FRI-SAT,SUN-MON"],
    ["0/15 * * * *", 1, "minute", "0/15", 0, "write 0-59/15"],
    ["0 0 /30 * *", 3, "day of month", "/30", 4, "write */30"],
    ["*/90 * * * *", 1, "minute", "*/90", 0, "beyond the 60 values"],
    ["*/0 * * * *", 1, "minute", "*/0", 0, "would stand still"],
    ["0 0 * * MONDAY", 5, "day of week", "MONDAY", 8, "write MON"],
    ["0 0 1 JANU *", 4, "month", "JANU", 6, "write JAN"],
    ["0 0 * * L", 5, "day of week", "L", 8, "write FRI#L"],
    ["0 0 * * MON#0", 5, "day of week", "MON#0", 8, "1 to 5 or L"],
    ["0 0 * * MON-FRI#1", 5, "day of week", "MON-FRI#1", 8, "isn't one day"],
    ["0 0 L-3 * *", 3, "day of month", "L-3", 4, "neither L nor LW"],
    ["0 0 1W,15W * *", 3, "day of month", "1W", 4, "a W stands alone"],
    ["0 0 +1 * *", 3, "day of month", "+1", 4, "first character of the day of week"],
    ["0 ? * * *", 2, "hour", "?", 2, "day of month or a day of week"],
    ["0 0 ?/2 * *", 3, "day of month", "?/2", 4, "a ? stands alone"],
    ["1,,2 * * * *", 1, "minute", "1,,2", 0, "nothing where a value should be"],
    ["* * * * 1,", 5, "day of week", "1,", 8, "nothing where a value should be"],
    ["1-2-3 * * * *", 1, "minute", "1-2-3", 0, "more than one -"],
    ["*/2/3 * * * *", 1, "minute", "*/2/3", 0, "more than one step"],
    ["*-5 * * * *", 1, "minute", "*-5", 0, "a * with something beside it"],
    ["-5 * * * *", 1, "minute", "-5", 0, "nothing where a value should be"],
    ["* * * * 1#2#3", 5, "day of week", "1#2#3", 8, "more than one #"],
    ["1.5 * * * *", 1, "minute", "1.5", 0, '"." has no meaning'],
    ["１ * * * *", 1, "minute", "１", 0, '"１" has no meaning'],
    ["0 0 0 1 1 * 2200", 7, "year", "2200", 12, "outside 1970 to 2199"],
    ["0 0 * *", 5, "day of week", "", 7, "it is missing; there are 4 fields"],
    ["", 1, "minute", "", 0, "it is missing; there are 0 fields"],
    ["0 0 0 * * * * 9", 8, "one too many", "9", 14, "8 fields are too many"],
    ["@wekly", 1, "nickname", "@wekly", 0, "is @weekly meant?"],
    ["@daily 5", 1, "nickname", "@daily", 0, "a nickname stands alone"],
    ["@toString", 1, "nickname", "@toString", 0, "is no nickname"],
  ])("%s", (expression, field, name, text, at, problem) => {
    const error = complaintOf(expression);
    expect(error.code).toBe("schedule.cron_malformed");
    expect(error.details).toMatchObject({ expression, field, name, text, at });
    expect(error.message).toContain(`is wrong in field ${field} (${name}): `);
    expect(error.message).toContain(problem);
    expect(error.advice).toMatch(/^There may stand .{20}/);
  });

  test.each([[undefined], [null], [5], [{}]])("%s is no text", (given) => {
    expect(complaintOf(given).message).toContain("it is no text");
  });

  test("a text that is too long is not read", () => {
    const error = complaintOf("1,".repeat(CRON_TEXT_MAX));
    expect(error.message).toContain("over 1000 characters");
    expect(String(error.details["expression"]).length).toBe(CRON_TEXT_MAX);
    expect(complaintOf(`@${"x".repeat(1_000_000)}`).details["text"]).toHaveLength(CRON_TEXT_MAX);
  });

  test("no text whatsoever does anything but be read or refused", () => {
    const alphabet = fc.constantFrom(..." \t0159*,-/LW#?+@MONFRIjan\n日".split(""));
    const anyText = fc.string({ unit: alphabet, maxLength: 40 });
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          parseCron(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "schedule.cron_malformed" });
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("an expression is written", () => {
  test.each([
    ["  05   2 * jan-MAR mon-fri ", "5 2 * 1-3 1-5"],
    ["0 30 2 * * *", "30 2 * * *"],
    ["15 30 2 * * *", "15 30 2 * * *"],
    ["0 30 2 * * * *", "30 2 * * *"],
    ["0 30 2 * * * 2026", "0 30 2 * * * 2026"],
    ["0 0 ? * 7", "0 0 * * 0"],
    ["0 0 * * FRI-SUN", "0 0 * * 5-7"],
    ["0 0 lw * +tue#3,5l", "0 0 LW * +2#3,5#L"],
    ["0 0 15w * *", "0 0 15W * *"],
    ["*/1 1-9/3,5-5 L,3 * *", "*/1 1-9/3,5 L,3 * *"],
    ["@weekly", "0 0 * * 0"],
  ])("%s as %s", (text, canonical) => {
    expect(cronText(parseCron(text))).toBe(canonical);
  });

  test("so that it is read as the same, and in one spelling", () => {
    fc.assert(
      fc.property(anyExpression(true), ({ text }) => {
        const cron = parseCron(text);
        const written = parseCron(cronText(cron));
        expect(cronText(written)).toBe(cronText(cron));
        if (cron.kind === "reboot" || written.kind === "reboot") return;
        expect(searchOf(written)).toEqual(searchOf(cron));
      }),
      { numRuns: 500 },
    );
  });
});
