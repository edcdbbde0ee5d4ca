import { defineErrors } from "../base/index.ts";

/** What this room refuses: plans that can't be read, and plans that would never do anything. */
export const scheduleErrors = defineErrors("schedule", {
  cron_malformed: {
    kind: "invalid",
    message: 'the cron expression "{expression}" is wrong in field {field} ({name}): {problem}',
    advice: "There may stand {allowed}.",
    retry: "never",
  },
  never_fires: {
    kind: "invalid",
    message: 'the cron expression "{expression}" never fires: {problem}',
    advice: "Mend the days, months or years, such as L for the last day of every month.",
    retry: "never",
  },
  no_start_event: {
    kind: "invalid",
    message:
      "@reboot has no times: it means once at the start of a machine, and there are many here",
    advice: "Do it where your process starts, or give a plan with times, such as @daily.",
    retry: "never",
  },
  zone_unknown: {
    kind: "invalid",
    message: '"{zone}" is no time zone{near}',
    advice:
      "Write a name of the IANA time zone database, such as Asia/Shanghai or UTC. An abbreviation or an offset is none: both say nothing about the rest of the year.",
    retry: "never",
  },
  plan_malformed: {
    kind: "invalid",
    message: "{field} of the plan is not {expected}",
    advice:
      'Give one of { cron, zone }, { everyMs, anchorAt } and { at }, such as { cron: "30 2 * * *", zone: "Europe/Berlin" }.',
    retry: "never",
  },
});
