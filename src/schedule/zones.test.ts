/** Changes of the clock, zone by zone: what the two rules of cron-ticks.ts make of each. */
import { describe, expect, test } from "vitest";
import { readPlan } from "./plan.ts";
import { clockOf } from "./testing/walk.ts";
import { refusalOf } from "./testing/refusal.ts";
import { nextTick, previousTick, ticksBetween } from "./ticks.ts";
import { zoneOf } from "./zone.ts";

interface Row {
  readonly zone: string;
  readonly cron: string;
  /** From this instant up to and including that one. */
  readonly from: string;
  readonly to: string;
  readonly ticks: readonly string[];
  readonly why: string;
}

const berlinSpring = { zone: "Europe/Berlin", from: "2026-03-28T12:00Z", to: "2026-03-30T12:00Z" };
const berlinAutumn = { zone: "Europe/Berlin", from: "2026-10-24T12:00Z", to: "2026-10-26T12:00Z" };
const berlinNight = { zone: "Europe/Berlin", from: "2026-10-24T23:30Z", to: "2026-10-25T02:00Z" };

const rows: readonly Row[] = [
  {
    ...berlinSpring,
    cron: "30 2 * * *",
    why: "what the gap swallowed comes at its end",
    ticks: ["2026-03-29T01:00Z", "2026-03-30T00:30Z"],
  },
  {
    ...berlinSpring,
    cron: "0,15,30,45 2 * * *",
    why: "once, however much it swallowed",
    ticks: ["29T01:00Z", "30T00:00Z", "30T00:15Z", "30T00:30Z", "30T00:45Z"].map(
      (time) => `2026-03-${time}`,
    ),
  },
  {
    ...berlinSpring,
    cron: "0 2,3 * * *",
    why: "and once with what is due there anyway",
    ticks: ["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T01:00Z"],
  },
  {
    ...berlinSpring,
    cron: "*/30 2 * * *",
    why: "with a * nothing is due in a gap",
    ticks: ["2026-03-30T00:00Z", "2026-03-30T00:30Z"],
  },
  {
    zone: "Europe/Berlin",
    cron: "*/20 * * * *",
    from: "2026-03-29T00:30Z",
    to: "2026-03-29T01:30Z",
    why: "elapsed time knows no gap",
    ticks: ["2026-03-29T00:40Z", "2026-03-29T01:00Z", "2026-03-29T01:20Z"],
  },
  {
    ...berlinAutumn,
    cron: "30 2 * * *",
    why: "a repeated time comes the first time",
    ticks: ["2026-10-25T00:30Z", "2026-10-26T01:30Z"],
  },
  {
    ...berlinNight,
    cron: "30 * * * *",
    why: "elapsed time has the repeated hour",
    ticks: ["2026-10-24T23:30Z", "2026-10-25T00:30Z", "2026-10-25T01:30Z"],
  },
  {
    ...berlinNight,
    cron: "30 0-23 * * *",
    why: "hours written out go by the clock",
    ticks: ["2026-10-24T23:30Z", "2026-10-25T00:30Z"],
  },
  {
    ...berlinNight,
    cron: "0 3 * * *",
    why: "what ends the repeated hour comes once, behind it",
    ticks: ["2026-10-25T02:00Z"],
  },
  {
    zone: "America/New_York",
    cron: "15 2 * * *",
    from: "2026-03-08T00:00Z",
    to: "2026-03-09T12:00Z",
    why: "the gap of New York is at 07:00Z",
    ticks: ["2026-03-08T07:00Z", "2026-03-09T06:15Z"],
  },
  {
    zone: "America/New_York",
    cron: "15 1 * * *",
    from: "2026-11-01T00:00Z",
    to: "2026-11-02T12:00Z",
    why: "the first 01:15 is daylight saving time's",
    ticks: ["2026-11-01T05:15Z", "2026-11-02T06:15Z"],
  },
  {
    zone: "America/Sao_Paulo",
    cron: "0 0 * * *",
    from: "2018-11-03T00:00Z",
    to: "2018-11-05T12:00Z",
    why: "where midnight was left out the day begins at 01:00",
    ticks: ["2018-11-03T03:00Z", "2018-11-04T03:00Z", "2018-11-05T02:00Z"],
  },
  {
    zone: "America/Sao_Paulo",
    cron: "30 23 * * *",
    from: "2018-02-17T00:00Z",
    to: "2018-02-19T12:00Z",
    why: "where 23:30 came twice, on the 17th, the first counts",
    ticks: ["2018-02-17T01:30Z", "2018-02-18T01:30Z", "2018-02-19T02:30Z"],
  },
  {
    zone: "Australia/Lord_Howe",
    cron: "15 2 * * *",
    from: "2026-10-03T00:00Z",
    to: "2026-10-04T23:00Z",
    why: "a gap of 30 minutes, from 02:00 to 02:30",
    ticks: ["2026-10-03T15:30Z", "2026-10-04T15:15Z"],
  },
  {
    zone: "Australia/Lord_Howe",
    cron: "45 1 * * *",
    from: "2026-04-04T00:00Z",
    to: "2026-04-05T23:00Z",
    why: "30 minutes again, from 01:30 to 02:00",
    ticks: ["2026-04-04T14:45Z", "2026-04-05T15:15Z"],
  },
  {
    zone: "Australia/Lord_Howe",
    cron: "*/15 1 * * *",
    from: "2026-04-04T14:00Z",
    to: "2026-04-04T16:00Z",
    why: "with a * both halves",
    ticks: ["14:00Z", "14:15Z", "14:30Z", "14:45Z", "15:00Z", "15:15Z"].map(
      (time) => `2026-04-04T${time}`,
    ),
  },
  {
    zone: "Pacific/Apia",
    cron: "30 8 * * *",
    from: "2011-12-29T00:00Z",
    to: "2012-01-01T00:00Z",
    why: "the day that Samoa left out has its tick at its end",
    ticks: ["2011-12-29T18:30Z", "2011-12-30T10:00Z", "2011-12-30T18:30Z", "2011-12-31T18:30Z"],
  },
  {
    zone: "Pacific/Apia",
    cron: "0 12 30 * *",
    from: "2011-11-01T00:00Z",
    to: "2012-01-31T00:00Z",
    why: "so that what is due on the 30th was not lost",
    ticks: ["2011-11-30T22:00Z", "2011-12-30T10:00Z", "2012-01-29T22:00Z"],
  },
  {
    zone: "Pacific/Apia",
    cron: "0 */12 * * *",
    from: "2011-12-30T00:00Z",
    to: "2011-12-31T00:00Z",
    why: "and elapsed time knows nothing of it",
    ticks: ["2011-12-30T10:00Z", "2011-12-30T22:00Z"],
  },
  {
    zone: "Asia/Kathmandu",
    cron: "0 6 * * *",
    from: "2026-05-01T00:00Z",
    to: "2026-05-02T12:00Z",
    why: "45 minutes are part of the offset",
    ticks: ["2026-05-01T00:15Z", "2026-05-02T00:15Z"],
  },
  {
    zone: "Africa/Casablanca",
    cron: "30 2 * * *",
    from: "2026-02-14T12:00Z",
    to: "2026-02-16T12:00Z",
    why: "Ramadan takes daylight saving time away: 02:30 twice",
    ticks: ["2026-02-15T01:30Z", "2026-02-16T02:30Z"],
  },
  {
    zone: "Antarctica/Troll",
    cron: "30 1,2 * * *",
    from: "2026-03-28T12:00Z",
    to: "2026-03-29T12:00Z",
    why: "a gap of two hours, 01:00 to 03:00, holds two and gives one",
    ticks: ["2026-03-29T01:00Z"],
  },
  {
    zone: "Africa/Monrovia",
    cron: "0 0 12 * * *",
    from: "1972-01-06T00:00Z",
    to: "1972-01-08T00:00Z",
    why: "44 minutes and 30 seconds, until 1972",
    ticks: ["1972-01-06T12:44:30Z", "1972-01-07T12:00Z"],
  },
];

const instants = (texts: readonly string[]) => texts.map((text) => Date.parse(text));

describe("when a zone changes its clock", () => {
  test.each(rows)("$zone, $cron: $why", ({ zone, cron, from, to, ticks }) => {
    const plan = readPlan({ cron, zone });
    const found = ticksBetween(plan, {
      after: Date.parse(from) - 1,
      until: Date.parse(to),
      max: 99,
    });
    const shown = (list: readonly number[]) => list.map((tick) => new Date(tick).toISOString());
    expect(shown(found.ticks)).toEqual(shown(instants(ticks)));
    for (const [index, tick] of found.ticks.entries()) {
      expect(previousTick(plan, tick + 1)).toBe(tick);
      if (index > 0) expect(previousTick(plan, tick)).toBe(found.ticks[index - 1]);
    }
  });

  test("asked in the repeated hour, what had its first time waits for tomorrow", () => {
    const plan = readPlan({ cron: "30 2 * * *", zone: "Europe/Berlin" });
    const secondTime = Date.parse("2026-10-25T01:10Z");
    expect(nextTick(plan, secondTime)).toBe(Date.parse("2026-10-26T01:30Z"));
    expect(previousTick(plan, secondTime)).toBe(Date.parse("2026-10-25T00:30Z"));
  });
});

test.each([
  ["America/Recife", "2000-10-01T00:00Z"],
  ["America/Noronha", "2000-10-01T00:00Z"],
  ["Asia/Gaza", "2040-10-10T00:00Z"],
  ["Asia/Gaza", "2054-03-20T00:00Z"],
  ["Asia/Hebron", "2072-10-12T00:00Z"],
])("a daylight saving time of one week is seen: %s, %s", (name, start) => {
  const [zone, clock] = [zoneOf(name), clockOf(name)];
  const offsets = new Set<number>();
  for (let hour = 0; hour < 30 * 24; hour++) {
    const instant = Date.parse(start) + hour * 3_600_000;
    const { offsetMs } = zone.stretchAt(instant);
    expect(offsetMs).toBe(clock(instant) - instant);
    offsets.add(offsetMs);
  }
  expect(offsets.size).toBe(2);
});

describe("the name of a zone", () => {
  const nameOf = (zone: string) => {
    const plan = readPlan({ cron: "@daily", zone });
    return plan.kind === "cron" ? plan.zoneName : undefined;
  };

  test.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["europe/berlin", "Europe/Berlin"],
    ["utc", "UTC"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    ["Asia/Calcutta", "Asia/Calcutta"],
    ["PRC", "PRC"],
    ["Etc/GMT+5", "Etc/GMT+5"],
  ])("%s is read as %s", (zone, name) => {
    expect(nameOf(zone)).toBe(name);
  });

  test("is UTC unless said", () => {
    expect(readPlan({ cron: "@daily" })).toMatchObject({ zoneName: "UTC" });
  });

  test.each([
    ["Europe/Berln", ["Europe/Berlin"]],
    ["Berlin", ["Europe/Berlin"]],
    ["Asia/Beijing", ["Asia/Shanghai"]],
    ["Asia/Kolkatta", ["Asia/Kolkata"]],
    ["America/NewYork", ["America/New_York"]],
    ["San Francisco", ["America/Los_Angeles"]],
    ["CST", ["Asia/Shanghai", "America/Chicago"]],
    ["PST", ["America/Los_Angeles"]],
    ["+08:00", []],
    ["", []],
    ["Mars/Olympus_Mons_Base", []],
    ["x".repeat(5000), []],
  ])("%s is none; near it: %j", (zone, near) => {
    const refusal = refusalOf(() => zoneOf(zone));
    expect(refusal.code).toBe("schedule.zone_unknown");
    expect((refusal.details["names"] as string[]).slice(0, 2)).toEqual(near);
  });
});
