/**
 * What the Open Cron Pattern Specification says, as cases of our own: one or more for each rule that its
 * conformance vectors test, and for what its text says besides. Times are those of a clock on the wall.
 *
 * Source of the rules: The OCPS Authors, github.com/open-source-cron/ocps (documents under CC BY-SA 4.0),
 * 1.0 revision 3 and 1.1 as final in 2026, 1.2 to 1.4 as drafted.
 */
export interface OcpsCase {
  readonly version: "1.0" | "1.1" | "1.2" | "1.3" | "1.4";
  readonly rule: string;
  readonly pattern: string;
  readonly fires: readonly string[];
  readonly rests: readonly string[];
}

const row = (
  version: OcpsCase["version"],
  rule: string,
  pattern: string,
  fires: string,
  rests: string,
): OcpsCase => ({ version, rule, pattern, fires: times(fires), rests: times(rests) });

function times(text: string): readonly string[] {
  return text === "" ? [] : text.split(", ");
}

export const ocpsCases: readonly OcpsCase[] = [
  row("1.0", "five fields", "40 6 * * *", "2026-05-04 06:40", "2026-05-04 06:39, 2026-05-04 07:40"),
  row("1.0", "names in any case", "0 7 * aPr wED", "2026-04-15 07:00", "2026-04-16 07:00"),
  row("1.0", "0 and 7 are Sunday", "0 7 * * 7", "2026-04-19 07:00", "2026-04-18 07:00"),
  row("1.0", "0 is Sunday, too", "0 7 * * 0", "2026-04-19 07:00", "2026-04-20 07:00"),
  row("1.0", "blanks around and tabs between", " \t5\t 6 * * * ", "2026-04-19 06:05", ""),
  row("1.0", "a range", "0 9-11 * * *", "2026-01-02 09:00, 2026-01-02 11:00", "2026-01-02 12:00"),
  row(
    "1.0",
    "a list joins what it lists",
    "1,3-4,50-59/9 8 * * *",
    "2026-01-02 08:01, 2026-01-02 08:04, 2026-01-02 08:59",
    "2026-01-02 08:02, 2026-01-02 08:51",
  ),
  row(
    "1.0",
    "a step counts from its range's start",
    "3-20/7 9 * * *",
    "2026-03-10 09:03, 2026-03-10 09:17",
    "2026-03-10 09:07, 2026-03-10 09:24",
  ),
  row(
    "1.0",
    "day of month or day of week",
    "15 18 20 * THU",
    "2026-11-20 18:15, 2026-11-26 18:15",
    "2026-11-21 18:15",
  ),
  row(
    "1.0",
    "* leaves the day to the other field",
    "0 8 * * TUE",
    "2026-11-24 08:00",
    "2026-11-25 08:00",
  ),
  row("1.0", "* as day of week does, too", "0 8 24 * *", "2026-11-24 08:00", "2026-11-25 08:00"),
  row("1.0", "a full range restricts", "0 8 1-31 * TUE", "2026-11-25 08:00", "2026-11-25 09:00"),
  row("1.0", "a full range of weekdays does, too", "0 8 24 * 0-6", "2026-11-25 08:00", ""),
  row("1.1", "a step over * restricts", "0 8 */1 * TUE", "2026-11-25 08:00", ""),
  row(
    "1.1",
    "a leading * in a list doesn't",
    "0 8 *,3 * TUE",
    "2026-11-24 08:00",
    "2026-11-25 08:00",
  ),
  row("1.1", "a later * restricts", "0 8 3,* * TUE", "2026-11-25 08:00", ""),
  row("1.1", "yearly", "@yearly", "2027-01-01 00:00", "2027-02-01 00:00, 2027-01-01 01:00"),
  row("1.1", "annually", "@annually", "2027-01-01 00:00", "2027-01-02 00:00"),
  row("1.1", "monthly", "@monthly", "2026-08-01 00:00", "2026-08-02 00:00"),
  row("1.1", "weekly", "@weekly", "2026-11-22 00:00", "2026-11-23 00:00"),
  row("1.1", "daily", "@daily", "2026-08-09 00:00, 2026-09-01 00:00", "2026-08-09 00:00:01"),
  row("1.1", "midnight", "@midnight", "2026-08-09 00:00", "2026-08-08 23:59:59"),
  row("1.1", "hourly", " @hourly ", "2026-08-09 17:00", "2026-08-09 17:30"),
  row(
    "1.2",
    "five fields mean second 0",
    "15 10 * * *",
    "2026-07-01 10:15:00",
    "2026-07-01 10:15:20",
  ),
  row("1.2", "seconds come first", "20 15 10 * * *", "2026-07-01 10:15:20", "2026-07-01 10:15:21"),
  row("1.2", "years come last", "0 0 6 1 * * 2031", "2031-04-01 06:00", "2030-04-01 06:00"),
  row("1.2", "steps of years", "0 0 0 1 1 * 1970-2199/4", "2026-01-01 00:00", "2027-01-01 00:00"),
  row("1.3", "the last day", "0 3 L * *", "2028-02-29 03:00, 2026-04-30 03:00", "2028-02-28 03:00"),
  row("1.3", "the last Monday", "0 3 * * MON#L", "2026-11-30 03:00", "2026-11-23 03:00"),
  row("1.3", "the last Monday, in short", "0 3 * * 1L", "2026-11-30 03:00", "2026-11-23 03:00"),
  row("1.3", "the second Thursday", "0 3 * * 4#2", "2026-11-12 03:00", "2026-11-05 03:00"),
  row("1.3", "a fifth that there isn't", "0 3 * * MON#5", "2026-11-30 03:00", "2026-12-28 03:00"),
  row("1.3", "Saturday falls on Friday", "0 9 15W * *", "2026-08-14 09:00", "2026-08-15 09:00"),
  row("1.3", "Sunday falls on Monday", "0 9 15W * *", "2026-11-16 09:00", "2026-11-15 09:00"),
  row(
    "1.3",
    "a weekday stays",
    "0 9 15W * *",
    "2026-12-15 09:00",
    "2026-12-14 09:00, 2026-12-16 09:00",
  ),
  row(
    "1.3",
    "W stays in its month at its start",
    "0 9 1W * *",
    "2026-08-03 09:00",
    "2026-07-31 09:00",
  ),
  row(
    "1.3",
    "W stays in its month at its end",
    "0 9 31W * *",
    "2026-05-29 09:00",
    "2026-06-01 09:00",
  ),
  row("1.3", "W of a day that there isn't", "0 9 31W * *", "", "2026-06-30 09:00"),
  row(
    "1.4",
    "+ asks for both",
    "0 7 13 * +FRI",
    "2026-11-13 07:00",
    "2026-11-20 07:00, 2026-10-13 07:00",
  ),
  row(
    "1.4",
    "+ before a range",
    "0 7 1-7 * +1-5",
    "2026-11-02 07:00",
    "2026-11-01 07:00, 2026-11-09 07:00",
  ),
  row("1.4", "? is *", "0 7 ? * FRI", "2026-11-13 07:00", "2026-11-14 07:00"),
  row("1.4", "? is * as day of week", "0 7 13 * ?", "2026-11-13 07:00", "2026-11-14 07:00"),
];

/** What a parser must refuse. */
export const ocpsRefused: readonly (readonly [string, string])[] = [
  ["1.0 a minute out of range", "0,75 0 * * *"],
  ["1.0 a day out of range", "0 0 32 * *"],
  ["1.0 a range that runs backwards", "0 0 20-3 * *"],
  ["1.0 a step of 0", "*/0 * * * *"],
  ["1.0 a step of nothing", "0 0 /4 * *"],
  ["1.0 a character without meaning", "0 0 * * MON;TUE"],
  ["1.0 a line break between fields", "0 0 *\n* *"],
  ["1.1 a step of a single value", "7/20 * * * *"],
  ["1.1 an invalid part behind a *", "*,*,61 * * * *"],
  ["1.1 a nickname in capitals", "@Weekly"],
  ["1.1 a nickname with fields", "@hourly * * * * *"],
  ["1.2 four fields", "0 0 * *"],
  ["1.2 eight fields", "0 0 0 * * * 2026 1"],
  ["1.2 a year beyond the portable range", "0 0 0 1 1 * 1969"],
  ["1.3 W with a range", "0 0 2-9W * *"],
  ["1.3 W in a list", "0 0 2W,9 * *"],
  ["1.3 a sixth week", "0 0 * * MON#6"],
  ["1.4 + before another field", "0 0 +2 * MON"],
  ["1.4 + in the middle", "0 0 2 * MON,+TUE"],
  ["1.4 ? in another field", "? 0 * * *"],
];
