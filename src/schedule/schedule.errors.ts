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
  name_malformed: {
    kind: "invalid",
    message: "{name} is no name of a schedule.",
    advice:
      "Give a text of 1 to {max} characters without /, #, ~, control characters and spaces at its ends.",
    retry: "never",
  },
  definition_malformed: {
    kind: "invalid",
    message: "The schedule {name} can't be used: {field} is not {expected}.",
    advice: "Mend that field; nothing was made or changed.",
    retry: "never",
  },
  missing: {
    kind: "missing",
    message: "There is no schedule {name}.",
    advice: "Look for its name in the list of schedules; capitals count.",
    retry: "never",
  },
  name_taken: {
    kind: "conflict",
    message: "There is a schedule {name} already, and it is another one.",
    advice: "Change that one, or give this one another name.",
    retry: "never",
  },
  target_unknown: {
    kind: "invalid",
    message: "No node that lives serves {version} of {target}.",
    advice: "Start a node that is given it, or mend the name; nothing was made or changed.",
    retry: "later",
  },
  defined_in_code: {
    kind: "conflict",
    message: "The schedule {name} is defined in code, and is changed there.",
    advice:
      "Change its definition and start the nodes anew; to stop it until then, pause it. If it has gone from the code, remove it with `fromCode`.",
    retry: "never",
  },
  changed_meanwhile: {
    kind: "conflict",
    message: "The schedule {name} was changed by somebody else at the same time.",
    advice: "Look at it as it is now, then ask again.",
    retry: "same_request",
  },
  still_running: {
    kind: "conflict",
    message: "The run {run} of the schedule {name} has not ended, and its runs don't overlap.",
    advice: "Wait for its end, cancel it, or let runs overlap.",
    retry: "later",
  },
  line_full: {
    kind: "limited",
    message: "Of the schedule {name} {queued} ticks wait in line already.",
    advice: "Wait until its runs have caught up, or raise queueMax.",
    retry: "later",
  },
  page_malformed: {
    kind: "invalid",
    message: "{field} of the page is {value}, which is not {expected}.",
    advice: "Ask for the first page without it; each page tells where the next begins.",
    retry: "never",
  },
  closed: {
    kind: "unavailable",
    message: "The schedules of the node {node} are closed.",
    advice: "Ask another node.",
    retry: "later",
  },
  uncertain: {
    kind: "unavailable",
    message: "Whether {what} of the schedule {name} was done is not known yet.",
    advice: "Look at the schedule and its fires before you ask again.",
    retry: "later",
  },
  call_malformed: {
    kind: "invalid",
    message: "The HTTP call can't be made: {field} is not {expected}.",
    advice: "Mend that field; nothing was made or changed.",
    retry: "never",
  },
  call_not_allowed: {
    kind: "forbidden",
    message: "{host} may not be called: {why}.",
    advice:
      "Call a public address over https, or let the node's operator name the host in allowHosts of httpCalls.",
    retry: "never",
  },
  call_refused: {
    kind: "refused",
    message: "{host} answered {status} to the call: {body}",
    advice:
      "Look at what it says. An answer of 3xx, and of 4xx but 408, 409, 425 and 429, is not asked for again.",
    retry: "never",
  },
  secret_missing: {
    kind: "missing",
    message: "This node knows no secret {name}.",
    advice: "Give it to httpCalls on every node that may make the call, then retry the run.",
    retry: "later",
  },
  secret_malformed: {
    kind: "invalid",
    message: "The secret {name} is none that can sign.",
    advice: "Give whsec_ and the base64 of {min} to {max} random bytes, then retry the run.",
    retry: "never",
  },
});
