/** Runs, queues and schedules on the page. */
import { escapeHtml, sentence } from "./html.ts";
import type { Lately, RunsShown, ShownEnd, ShownSchedule } from "./runs-shown.ts";
import { type RunsWords, runsWords } from "./runs-words.ts";
import type { Language, Words } from "./words.ts";

export const runsStyle = `
.states{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:0;padding:.75rem}.states div{display:flex;flex-direction:column-reverse}
.states dt{color:var(--soft);font-size:.85rem}.states dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
.runs td{vertical-align:top}.runs td:first-child{overflow-wrap:anywhere}.runs small{display:block;color:var(--soft);overflow-wrap:anywhere}.runs .bad small,.runs small.bad{color:var(--bad);font-weight:400}
.runs th{white-space:nowrap}.runs th::first-letter{text-transform:uppercase}
.runs .time{white-space:nowrap;font-variant-numeric:tabular-nums}
@media(max-width:30rem){.states{display:grid;grid-template-columns:1fr 1fr;padding:.5rem}.runs th{font-size:.85rem}.runs td,.runs th{padding:.4rem .3rem}
.runs td:first-child,.runs th:first-child{padding-left:.5rem}.runs td:last-child,.runs th:last-child{padding-right:.5rem}}`;

/** Undefined: the viewer may not see them. Null: the database does not answer. */
export function runsPart(
  shown: RunsShown | null | undefined,
  { language, at }: { readonly language: Language; readonly at: string },
  page: Pick<Words, "locale" | "unavailable">,
): string {
  if (shown === undefined) return "";
  const said = runsWords[language];
  const title = `<h2>${escapeHtml(said.runs)}</h2>`;
  if (shown === null) return `${title}<p class="bad">${escapeHtml(page.unavailable)}</p>`;
  const lately = latelyPart(shown.lately, said, page.locale);
  const parts = [
    endsPart(shown.ends, said, at),
    `<div>${lately}${schedulesPart(shown, said, at)}</div>`,
  ];
  return `${title}${statesPart(shown, said, page.locale)}<div class="side">${parts.join("")}</div>${queuesPart(shown, said, page.locale)}`;
}

const ALWAYS: readonly string[] = ["running", "waiting", "parked", "dead"];
const WORRIES: readonly string[] = ["parked", "dead"];

/** A figure for each state; those that are mostly none only where there are any. */
function statesPart({ counts }: RunsShown, said: RunsWords, locale: string): string {
  const { live, dead, seen, most } = counts;
  const { parked, ...others } = live;
  const all = Object.entries({ ...others, parked, dead });
  const figures = all
    .filter(([state, count]) => count > 0 || ALWAYS.includes(state))
    .map(([state, count]) => {
      const isBad = count > 0 && WORRIES.includes(state);
      const number = `${count.toLocaleString(locale)}${count >= most ? "+" : ""}`;
      const name = said.states[state as keyof typeof said.states];
      return `<div${isBad ? ' class="bad"' : ""}><dt>${escapeHtml(name)}</dt><dd>${number}</dd></div>`;
    });
  const part = said.newest.replace("{n}", most.toLocaleString(locale));
  const note = seen >= most ? `<p class="soft">${escapeHtml(part)}</p>` : "";
  return `<dl class="card states">${figures.join("")}</dl>${note}`;
}

/** Of today the time alone, else the day, and the time to the minute. */
function time(at: string, now: string): string {
  const isToday = at.slice(0, 10) === now.slice(0, 10);
  const shown = isToday ? at.slice(11, 19) : at.slice(0, 16).replace("T", " ");
  return `<time datetime="${at}">${escapeHtml(shown)}</time>`;
}

function endsPart(ends: readonly ShownEnd[], said: RunsWords, now: string): string {
  const title = `<h2>${escapeHtml(said.ends)}</h2>`;
  if (ends.length === 0) {
    return `<section>${title}<p class="soft">${sentence(said.noRuns)}</p></section>`;
  }
  const rows = ends.map(({ id, flow, status, at, error }) => {
    const why =
      error === undefined ? "" : `<small class="bad">${escapeHtml(shortly(error))}</small>`;
    const kind = status === "done" ? "good" : status === "failed" ? "bad" : "soft";
    return [
      `<tr><td>${escapeHtml(flow)}<small>${escapeHtml(id)}</small>${why}</td>`,
      `<td class="time ${kind}">${escapeHtml(said.status[status] ?? status)}</td>`,
      `<td class="time">${time(at, now)}</td></tr>`,
    ].join("");
  });
  return `<section>${title}${tableOf([said.flow, said.ended, said.endedAt], rows)}</section>`;
}

const ERROR_SHOWN = 160;
const shortly = (text: string): string =>
  text.length <= ERROR_SHOWN ? text : `${text.slice(0, ERROR_SHOWN)}…`;

/** Nothing in an hour: it is not there. */
function latelyPart(lately: readonly Lately[], said: RunsWords, locale: string): string {
  if (lately.length === 0) return "";
  const rows = lately.map(({ flow, done, failed, cancelled }) => {
    const cells = [done, failed, cancelled].map((count, place) => {
      const isBad = place === 1 && count > 0;
      return `<td class="n${isBad ? " bad" : ""}">${count.toLocaleString(locale)}</td>`;
    });
    return `<tr><td>${escapeHtml(flow)}</td>${cells.join("")}</tr>`;
  });
  const { done = "", failed = "", cancelled = "" } = said.status;
  const heads = [said.flowOnly, done, failed, cancelled];
  return `<section><h2>${escapeHtml(said.lately)}</h2>${tableOf(heads, rows, ' class="n"')}</section>`;
}

function schedulesPart(
  { schedules, moreSchedules }: RunsShown,
  said: RunsWords,
  now: string,
): string {
  const title = `<h2>${escapeHtml(said.schedules)}</h2>`;
  if (schedules.length === 0) {
    return `<section>${title}<p class="soft">${sentence(said.noSchedules)}</p></section>`;
  }
  const rows = schedules.map((one) => scheduleRow(one, said, now));
  const more = moreSchedules ? `<p class="soft">${sentence(said.moreSchedules)}</p>` : "";
  return `<section>${title}${tableOf([said.schedule, said.next, said.last], rows)}${more}</section>`;
}

function scheduleRow(
  { name, plan, state, next, last, problem }: ShownSchedule,
  said: RunsWords,
  now: string,
) {
  const idle = state === "paused" ? said.paused : state === "over" ? said.over : "–";
  const why = problem === undefined ? "" : `<small class="bad">${escapeHtml(problem)}</small>`;
  const outcome = last && (said.outcomes[last.outcome] ?? last.outcome);
  const isBad = last !== undefined && ["failed", "misfired"].includes(last.outcome);
  return [
    `<tr><td>${escapeHtml(name)}<small>${escapeHtml(plan)}</small>${why}</td>`,
    `<td class="time">${next === undefined ? escapeHtml(idle) : time(next, now)}</td>`,
    last === undefined || outcome === undefined
      ? `<td class="soft">${escapeHtml(said.never)}</td></tr>`
      : `<td class="time${isBad ? " bad" : ""}">${escapeHtml(outcome)}<small>${time(last.at, now)}</small></td></tr>`,
  ].join("");
}

function queuesPart({ queues }: RunsShown, said: RunsWords, locale: string): string {
  if (queues.length === 0) return "";
  const number = (value: number) => value.toLocaleString(locale);
  const rows = queues.map(({ task, running, concurrency, waiting }) => {
    const slots = `${number(running)} / ${number(concurrency)}`;
    return `<tr><td>${escapeHtml(task)}</td><td class="n">${slots}</td><td class="n">${number(waiting)}</td></tr>`;
  });
  const heads = [said.task, said.running, said.waiting];
  return `<h2>${escapeHtml(said.queues)}</h2>${tableOf(heads, rows, ' class="n"')}`;
}

/** `others`: how the columns behind the first stand. */
function tableOf(heads: readonly string[], rows: readonly string[], others = ""): string {
  const cells = heads.map(
    (head, place) => `<th scope="col"${place === 0 ? "" : others}>${escapeHtml(head)}</th>`,
  );
  return `<div class="card runs"><table><tr>${cells.join("")}</tr>${rows.join("")}</table></div>`;
}
