/**
 * When is it due? A plan is read, told in words, and asked for its next ticks, on the night on which
 * Berlin's clocks go forward, too. It needs no database. Run it with
 * `npm run example examples/next-ticks.ts`.
 */
import { hasCode, toRfc3339 } from "longmen/base";
import { describePlan, readPlan, ticksBetween } from "longmen/schedule";

export function tellTicks(say: (line: string) => void): void {
  const plan = readPlan({ cron: "30 2 * * *", zone: "Europe/Berlin" });
  say(describePlan(plan, "en"));
  say(describePlan(plan, "zh"));
  const [after, until] = [Date.UTC(2026, 2, 28), Date.UTC(2026, 2, 31)];
  for (const tick of ticksBetween(plan, { after, until, max: 10 }).ticks) say(toRfc3339(tick));
  try {
    readPlan({ cron: "0 9 * * MON-SUNDAY" });
  } catch (error) {
    if (!hasCode(error, "schedule.cron_malformed")) throw error;
    say(error.message);
  }
}

if (process.argv[1] === import.meta.filename) {
  tellTicks((line) => process.stdout.write(`${line}\n`));
}
