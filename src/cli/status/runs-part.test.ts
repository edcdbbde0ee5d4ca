/** What the page says of runs, queues and schedules. */
import { expect, test } from "vitest";
import { runsPart } from "./runs-part.ts";
import type { RunsShown } from "./runs-shown.ts";
import { runsWords } from "./runs-words.ts";
import { words } from "./words.ts";

const AT = "2026-01-02T12:00:00.000Z";
const none = { ready: 0, running: 0, waiting: 0, held: 0, parked: 0, paused: 0 };
const calm: RunsShown = {
  ...{ ends: [], lately: [], queues: [], schedules: [], moreSchedules: false },
  counts: { live: none, dead: 0, seen: 0, most: 10_000 },
};
const shown = (change: Partial<RunsShown> = {}, language: "en" | "zh" = "en") =>
  runsPart({ ...calm, ...change }, { language, at: AT }, words[language]);

test("says what to do where there are no runs and no schedules", () => {
  const html = shown();
  expect(html).toContain("<code>longmen runs start retail.verify</code>");
  expect(html).toContain("longmen schedules put");
  expect(html).not.toContain("Paused");
  expect(html).not.toContain("Queues");
});

test("shows a figure for each state, and in red what waits for a person", () => {
  const live = { ...none, running: 3, waiting: 12_345, paused: 1, parked: 2 };
  const html = shown({ counts: { live, dead: 10_000, seen: 10_000, most: 10_000 } });
  expect(html).toContain("<dt>Waiting</dt><dd>12,345+</dd>");
  expect(html).toContain('<div class="bad"><dt>Parked: wait for you</dt><dd>2</dd></div>');
  expect(html).toContain('<div class="bad"><dt>Dead tasks</dt><dd>10,000+</dd></div>');
  expect(html).toContain("<dt>Paused</dt><dd>1</dd>");
  expect(html).toContain("Of the newest 10,000 that have not ended.");
});

test("shows ends with their errors, escaped and short, in words of the page", () => {
  const error = `<b>${"x".repeat(500)}`;
  const ends = [
    { id: "r2", flow: "retail.verify", status: "failed", at: "2026-01-02T11:59:00.000Z", error },
    { id: "r1", flow: "retail.verify", status: "done", at: "2025-12-31T23:00:09.000Z" },
  ];
  const html = shown({ ends }, "zh");
  expect(html).toContain("失败");
  expect(html).toContain("完成");
  expect(html).toContain("&lt;b&gt;xxx");
  expect(html).not.toContain("x".repeat(200));
  expect(html).toContain(">11:59:00</time>");
  expect(html).toContain(">2025-12-31 23:00</time>");
});

test("shows of a schedule its plan, its next tick, its last outcome, and why nothing comes of it", () => {
  const nightly = { name: "nightly", plan: "every day at 03:00, UTC", state: "active" } as const;
  const html = shown({
    schedules: [
      { ...nightly, next: "2026-01-03T03:00:00.000Z", problem: "no node that lives serves x" },
      {
        ...{ name: "old", plan: "every hour", state: "paused" },
        last: { outcome: "misfired", at: "2026-01-02T03:00:00.000Z" },
      },
    ],
    moreSchedules: true,
  });
  expect(html).toContain(">2026-01-03 03:00</time>");
  expect(html).toContain("no node that lives serves x");
  expect(html).toContain('class="time bad">missed');
  expect(html).toContain(">paused<");
  expect(html).toContain("longmen schedules list");
});

test("shows how many of each flow ended in the last hour, in red what failed", () => {
  const lately = [{ flow: "a<b", done: 1_234, failed: 2, cancelled: 0 }];
  const html = shown({ lately });
  expect(html).toContain("Ended in the last hour");
  expect(html).toContain(
    '<tr><td>a&lt;b</td><td class="n">1,234</td><td class="n bad">2</td><td class="n">0</td></tr>',
  );
  expect(shown({ lately }, "zh")).toContain("近一小时结束");
  expect(shown()).not.toContain("Ended in the last hour");
});

test("shows the queues of the node, and says so when the database is away", () => {
  const queues = [{ task: "mail.send", concurrency: 20, running: 7, waiting: 1_200 }];
  expect(shown({ queues })).toContain('<td class="n">7 / 20</td><td class="n">1,200</td>');
  const away = runsPart(null, { language: "en", at: AT }, words.en);
  expect(away).toContain(words.en.unavailable);
  expect(runsPart(undefined, { language: "en", at: AT }, words.en)).toBe("");
});

test("both languages have a word for everything that the other has", () => {
  const keys = (of: object): string[] =>
    Object.entries(of).flatMap(([key, value]: [string, unknown]) =>
      typeof value === "string" ? [key] : keys(value as object).map((one) => `${key}.${one}`),
    );
  expect(keys(runsWords.zh)).toEqual(keys(runsWords.en));
});
